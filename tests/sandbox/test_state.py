"""The state file over real restarts: what is kept, what is gone, and what is refused."""

# ruff: noqa: ASYNC240 - a test may wait for its disk
from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox import App, Sandbox
from bot.sandbox.state import FORMAT, StateError

Json = dict[str, Any]
VIEW = {"type": "home", "blocks": [{"type": "divider"}]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "workspace.json"


async def call(sandbox: Sandbox, method: str, **arguments: object) -> Json:
    headers = {"Authorization": f"Bearer {sandbox.bot_token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(sandbox.api_url + method, json=arguments) as response,
    ):
        answer: Json = await response.json()
    assert answer["ok"], answer
    return answer


async def page_of(sandbox: Sandbox, user: str) -> Json:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{sandbox.url}/page/state?user={user}") as response,
    ):
        state: Json = await response.json()
        return state


async def test_everything_that_people_see_is_there_after_a_restart(path: Path) -> None:
    async with Sandbox(state=path) as sandbox:
        root = await sandbox.say("jiwoo", "general", "연차는 며칠인가요? <b> & @footnote")
        await sandbox.say("alex", "general", "in the thread", root, broadcast=True)
        await sandbox.edit("jiwoo", "general", root, "연차는 며칠이에요?")
        await sandbox.react("alex", "general", root, "eyes")
        await sandbox.upload("jiwoo", "people-team", "규정.bin", bytes(range(256)), comment="here")
        group = sandbox.group("jiwoo", "minsu", "alex")
        await sandbox.say("minsu", group, "among us")
        await sandbox.leave("minsu", "random")
        await call(sandbox, "views.publish", user_id=sandbox.workspace.user("alex").id, view=VIEW)
        await call(
            sandbox,
            "assistant.threads.setSuggestedPrompts",
            channel_id=sandbox.dm("alex"),
            prompts=[{"title": "Leave", "message": "How much leave?"}],
        )
        await call(
            sandbox,
            "agents.sessions.setStatus",
            channel_id=sandbox.workspace.channel("general").id,
            thread_ts=root,
            status="active",
            title="휴가",
        )
        before = {user: await page_of(sandbox, user) for user in sandbox.workspace.users}
        address = sandbox.url

    async with Sandbox(state=path) as sandbox:
        after = {user: await page_of(sandbox, user) for user in sandbox.workspace.users}
        # files are named by address, and the port is another one
        assert json.loads(json.dumps(before).replace(address, sandbox.url)) == after
        file = next(iter(sandbox.workspace.files.by_id.values()))
        assert file.content == bytes(range(256))
        assert await sandbox.say("jiwoo", "general", "again") > root


async def test_what_is_for_one_moment_only_is_not_kept(path: Path) -> None:
    async with Sandbox(state=path) as sandbox:
        alex, general = sandbox.workspace.user("alex").id, sandbox.workspace.channel("general").id
        await call(sandbox, "chat.postEphemeral", channel=general, user=alex, text="for your eyes only")
        await sandbox.command("alex", "general", "/unknown")
    assert "your eyes" not in path.read_text()
    assert "xoxb" not in path.read_text()
    async with Sandbox(state=path) as sandbox:
        assert sandbox.ephemerals("alex", "general") == []


async def test_a_stream_that_a_crash_left_open_is_expired(path: Path) -> None:
    async with Sandbox(state=path) as sandbox:
        root = await sandbox.say("jiwoo", sandbox.dm("jiwoo"), "hello")
        place = sandbox.dm("jiwoo")
        await call(
            sandbox, "chat.startStream", channel=place, thread_ts=root, markdown_text="The first words"
        )
    async with Sandbox(state=path) as sandbox:
        [reply] = sandbox.replies(place, root)
        assert reply["text"] == "The first words"
        assert reply["streaming_state"] == "completed"
        assert sandbox.workspace.message(place, reply["ts"]).stream.state == "expired"  # type: ignore[union-attr]


async def saved(path: Path, text: str, *, there: bool) -> None:
    async with asyncio.timeout(5):
        while not path.exists() or (text in path.read_text()) != there:  # noqa: ASYNC110 - it is a file
            await asyncio.sleep(0.01)


async def test_a_change_is_on_disk_without_a_stop_and_what_is_deleted_leaves_the_file(path: Path) -> None:
    async with Sandbox(state=path) as sandbox:
        root = await sandbox.say("jiwoo", "general", "a secret root")
        reply = await sandbox.say("alex", "general", "a secret reply", root)
        place = sandbox.workspace.channel("general").id
        session: Json = {"channel_id": place, "thread_ts": root, "status": "active"}
        await call(sandbox, "agents.sessions.setStatus", title="a secret title", **session)
        await saved(path, "secret reply", there=True)
        await saved(path, "secret title", there=True)
        await sandbox.edit("alex", "general", reply, "harmless")
        await saved(path, "secret reply", there=False)
        await sandbox.delete("general", root)
        await saved(path, "secret", there=False)
        assert "harmless" in path.read_text()


async def test_a_file_goes_with_the_only_message_that_held_it(path: Path) -> None:
    async with Sandbox(state=path) as sandbox:
        ts = await sandbox.upload("jiwoo", "general", "pay.txt", b"the salaries of all")
        await saved(path, "pay.txt", there=True)
        await sandbox.delete("general", ts)
        await saved(path, "pay.txt", there=False)
        assert "dGhlIHNhbGFyaWVz" not in path.read_text()


async def test_a_file_that_a_person_deleted_leaves_the_file(path: Path) -> None:
    async with Sandbox(state=path) as sandbox:
        await sandbox.upload("jiwoo", "general", "pay.txt", b"the salaries of all")
        encoded = "dGhlIHNhbGFyaWVz"  # "the salaries", in base64
        await saved(path, encoded, there=True)
        file = next(iter(sandbox.workspace.files.by_id.values()))
        sandbox.workspace.files.delete(file, file.user)
        await saved(path, encoded, there=False)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is damaged"),
        ('{"format": 1, "mess', "is damaged"),
        ("[]", "is no state file"),
        ('{"format": 99}', "has format 99"),
        ('{"format": 1, "last_ts": "soon"}', "is damaged (last_ts"),
    ],
)
async def test_a_damaged_or_newer_file_is_refused_and_left_as_it_is(
    path: Path, content: str, said: str
) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(StateError) as refusal:
        await Sandbox(state=path).start()
    assert str(path) in refusal.value.problem
    assert said in refusal.value.problem
    assert refusal.value.mend
    assert path.read_text() == content
    path.unlink()
    async with Sandbox(state=path):  # the file was let go of
        pass


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("messages", {"channel": "C0NOWHERE"}),
        ("messages", {"replies": ["1.000000"]}),
        ("channels", {"members": ["U0NOBODY"]}),
    ],
)
async def test_a_file_that_contradicts_itself_is_refused(path: Path, part: str, change: Json) -> None:
    async with Sandbox(state=path) as sandbox:
        await sandbox.say("jiwoo", "general", "hello")
    kept = json.loads(path.read_text())
    assert kept["format"] == FORMAT
    kept[part][0] |= change
    path.write_text(json.dumps(kept))
    with pytest.raises(StateError, match="is damaged"):
        await Sandbox(state=path).start()


async def test_two_workspaces_do_not_share_a_file(path: Path) -> None:
    async with Sandbox(state=path):
        with pytest.raises(StateError, match="in use"):
            await Sandbox(state=path).start()


async def test_a_path_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("is none")
    with pytest.raises(StateError, match="cannot be used"):
        await Sandbox(state=tmp_path / "folder" / "state.json").start()


async def test_a_save_that_fails_leaves_the_last_good_file_and_is_made_up_for(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Sandbox(state=path) as sandbox:
        await sandbox.say("jiwoo", "general", "first")
        await saved(path, "first", there=True)

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as disk:
            disk.setattr(os, "fsync", full)
            await sandbox.say("jiwoo", "general", "second")
            await sandbox.wait_for(lambda: "No space left" in caplog.text)
            assert "first" in path.read_text()
            assert "second" not in path.read_text()
        await sandbox.say("jiwoo", "general", "third")
        await saved(path, "third", there=True)
        assert "second" in path.read_text()
    assert [entry.name for entry in path.parent.iterdir() if entry.suffix != ".lock"] == ["workspace.json"]


async def test_what_a_killed_save_left_behind_is_cleared_away(path: Path) -> None:
    path.parent.mkdir()
    left, foreign = path.with_name(f".{path.name}.abc.part"), path.with_name("other.part")
    left.write_text("half of it")
    foreign.write_text("not ours")
    async with Sandbox(state=path):
        assert not left.exists()
        assert foreign.exists()


async def test_another_app_finds_the_same_workspace(path: Path) -> None:
    async with Sandbox(state=path) as sandbox:
        await sandbox.say("jiwoo", "general", "hello")
    async with Sandbox(state=path, app=App(name="helper")) as sandbox:
        assert sandbox.workspace.users[sandbox.bot_user_id].name == "helper"
        assert [message["text"] for message in sandbox.messages("general")] == ["hello"]
