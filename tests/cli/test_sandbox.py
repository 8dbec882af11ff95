"""`footnote sandbox`, run as people run it: scenarios, state, transports, apps of their own."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import pytest
from aiohttp import web

from tests.cli.conftest import Run

HELLO = 'title = "hello"\n[[steps]]\ndo = "say"\nas = "jiwoo"\nin = "general"\ntext = "hello"\n'
ALONE = ("sandbox", "--alone", "--port", "0", "--exit")


def wait(what: str, *more: str) -> str:
    return "\n".join(["[[steps]]", 'do = "wait_for"', f'what = "{what}"', *more, ""])


def command(text: str) -> str:
    return f'[[steps]]\ndo = "command"\nas = "jiwoo"\nin = "general"\ntext = "{text}"\n'


@pytest.mark.parametrize("transport", ["socket", "http"])
def test_the_bot_answers_a_command_in_it_over_either_transport(
    run: Run, tmp_path: Path, transport: str
) -> None:
    script = tmp_path / "help.toml"
    help_shown = wait("ephemeral", 'as = "jiwoo"', 'contains = "/footnote"', "timeout = 30")
    script.write_text('title = "help"\n' + wait("connection") + command("/footnote help") + help_shown)
    result = run(
        "sandbox", "--port", "0", "--transport", transport, "--script", str(script), "--exit", "--json"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    access, *steps = [json.loads(line) for line in result.stdout.splitlines()]
    assert access["api_url"] == access["url"] + "/api/"
    assert [step["do"] for step in steps] == ["wait_for", "command", "wait_for"]
    assert not any(step["expected"] for step in steps)


def test_a_scenario_that_fails_says_where_and_exits_with_1(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "fails.toml"
    script.write_text(HELLO + '[[steps]]\ndo = "expect"\ncontains = "goodbye"\n')
    result = run(*ALONE, "--script", str(script))
    assert result.returncode == 1
    assert "xoxb-" in result.stdout
    for said in ("2 expect", "text with 'goodbye'", "hello", "→"):
        assert said in result.stdout


def test_a_scenario_that_cannot_be_read_is_named_before_anything_starts(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "wrong.toml"
    script.write_text(HELLO + '[[steps]]\ndo = "dance"\n')
    result = run(*ALONE, "--script", str(script))
    assert result.returncode == 1
    assert result.stdout == ""
    assert "step 2" in result.stderr


def test_the_workspace_is_there_again_with_a_state_file(run: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text(HELLO)
    second.write_text(
        'title = "again"\n' + wait("text", 'in = "general"', 'contains = "hello"', "timeout = 1")
    )
    state = tmp_path / "state.json"
    assert run(*ALONE, "--state", str(state), "--script", str(second)).returncode == 1
    assert run(*ALONE, "--state", str(state), "--script", str(first)).returncode == 0
    assert run(*ALONE, "--state", str(state), "--script", str(second)).returncode == 0

    state.write_text("{")
    refused = run(*ALONE, "--state", str(state), "--script", str(second))
    assert refused.returncode == 1
    assert "state.json is damaged" in refused.stderr
    assert state.read_text() == "{"


def test_the_app_of_a_manifest_is_installed(run: Run, tmp_path: Path) -> None:
    manifest, script = tmp_path / "manifest.json", tmp_path / "script.toml"
    manifest.write_text(json.dumps({"features": {"slash_commands": [{"command": "/lunch"}]}}))
    unanswered = wait("ephemeral", 'as = "jiwoo"', 'contains = "operation_timeout"')
    unknown = wait("ephemeral", 'as = "jiwoo"', 'contains = "not a valid command"')
    script.write_text('title = "x"\n' + command("/lunch today") + unanswered + command("/dinner") + unknown)
    result = run(*ALONE, "--manifest", str(manifest), "--script", str(script))
    assert result.returncode == 0, result.stdout + result.stderr

    manifest.write_text('{"features": []}')
    refused = run(*ALONE, "--manifest", str(manifest), "--script", str(script))
    assert refused.returncode == 1
    assert "features: an object was expected" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--manifest", "m.json"), "belong to --alone"),
        (("--request-url", "http://127.0.0.1:1"), "belong to --alone"),
        (("--exit",), "belongs to --script"),
        (("--alone", "--transport", "http"), "--request-url"),
    ],
)
def test_options_that_do_not_go_together_are_refused(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run("sandbox", *arguments)
    assert result.returncode == 2
    assert said in result.stderr


async def test_an_app_of_ones_own_may_listen_later_than_the_workspace_starts(
    run: Run, tmp_path: Path
) -> None:
    script = tmp_path / "script.toml"
    await asyncio.to_thread(script.write_text, 'title = "x"\n' + wait("connection", "timeout = 30"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/slack/events"
    started = asyncio.create_task(
        asyncio.to_thread(run, *ALONE, "--request-url", url, "--script", str(script))
    )
    await asyncio.sleep(1.0)

    async def challenge(request: web.Request) -> web.Response:
        return web.Response(text=(await request.json())["challenge"])

    app = web.Application()
    app.router.add_post("/slack/events", challenge)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    result = await started
    await runner.cleanup()
    assert result.returncode == 0, result.stdout + result.stderr
