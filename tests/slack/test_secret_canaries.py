"""Secrets go to where they open something, and nowhere else: looked for in all that Footnote leaves.

`footnote run` and the other verbs are processes of their own, over the local workspace, a git server and a
web site that take a password; then both send back what they were told, in every part of an answer. Each
secret is a canary, looked for in every spelling in which it could stand somewhere.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from bot.sandbox.team import cast
from bot.slack.connector_form_blocks import ADD_ACTION
from tests.connectors.git_server import Repository, git_server
from tests.connectors.http_source import Request, Response, serving
from tests.slack.cast import Workspace, said
from tests.slack.connector_desk import ALEX_ID, form, modal_says

AT_DEBUG = (
    "import logging, sys; logging.basicConfig(level=logging.DEBUG, stream=sys.stderr);"
    "from bot.cli import main; main()"
)
HTML = {"Content-Type": "text/html; charset=utf-8"}


def a_secret(name: str) -> str:
    """With characters that are spelt otherwise in addresses, in JSON and in HTML."""
    return f'{name}-{hashlib.sha256(name.encode()).hexdigest()[:12]}/7+"&<%'


GIT_TOKEN, WRONG_TOKEN = a_secret("git"), a_secret("wrong")
WEB_PASSWORD, ENV_PASSWORD = a_secret("web"), a_secret("env")
KEY = base64.b64encode(hashlib.sha256(b"the key of the seal").digest()).decode()
BOT_TOKEN, APP_TOKEN = "xoxb-4217-canary-bot-7f3a", "xapp-4217-canary-app-91bc"
SECRETS = {
    "git token": GIT_TOKEN,
    "refused token": WRONG_TOKEN,
    "web password": WEB_PASSWORD,
    "password of the environment": ENV_PASSWORD,
    "key": KEY,
    "bot token": BOT_TOKEN,
    "app token": APP_TOKEN,
}


def spellings(secret: str) -> set[bytes]:
    """As it is, and as it is written in addresses, JSON, HTML, shells, hexadecimal and base64."""
    plain = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}
    plain |= {json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[3:-3], repr(secret)[1:-1]}
    plain |= {secret.replace("&", "&amp;").replace("<", "&lt;"), secret.encode().hex()}
    found = {spelt.encode() for spelt in plain}
    for before in range(3):  # where it begins in what is encoded: `user:password`, say
        for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"." * before + secret.encode())
            behind = (before + len(secret.encode())) % 3
            found.add(encoded[(0, 2, 3)[before] : len(encoded) - (4 if behind else 0)])
    if secret == KEY:
        found.add(base64.b64decode(KEY))
    return found


SPELT = {name: spellings(secret) for name, secret in SECRETS.items()}


def secrets_in(content: bytes) -> list[str]:
    return [name for name, spelt in SPELT.items() if any(one in content for one in spelt)]


@pytest.mark.parametrize("user", ["", "g", "git", "reader"])
def test_a_secret_is_found_in_every_spelling(user: str) -> None:
    credentials = base64.b64encode(f"{user}:{GIT_TOKEN}".encode())
    for content in (credentials, json.dumps({"a": GIT_TOKEN}).encode(), quote(GIT_TOKEN).encode()):
        assert secrets_in(b"x" + content + b"y") == ["git token"]


# --- what the processes of Footnote show to the machine ----------------------------------------------------


class Watch(threading.Thread):
    """Reads the arguments and environments of every process below one, again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._is_over = threading.Event()
        self.seen: dict[tuple[bytes, bytes], None] = {}
        """(arguments, environment) of each, the first process left out."""
        self.arguments = b""
        """Of the first."""

    def run(self) -> None:
        while not self._is_over.wait(0.02):
            for pid in self._below(self._pid):
                about = Path(f"/proc/{pid}")
                try:
                    arguments, environment = (
                        (about / "cmdline").read_bytes(),
                        (about / "environ").read_bytes(),
                    )
                except OSError:
                    continue
                if pid == self._pid:
                    self.arguments = arguments
                else:
                    self.seen[arguments, environment] = None

    def stop(self) -> None:
        self._is_over.set()
        self.join()

    def _below(self, pid: int) -> Iterator[int]:
        yield pid
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                below = children.read_text().split()
            except OSError:
                continue
            for child in below:
                yield from self._below(int(child))


# --- sources that take a password, and then tell everybody -------------------------------------------------


def telling(request: Request) -> Response:
    """A server that is broken so that it sends back what it was told, in all of its answer."""
    header = request.headers.get("authorization", "")
    told = base64.b64decode(header.removeprefix("Basic ")).decode(errors="replace") if header else "nobody"
    text = f"{header} {told}"
    headers = {
        "WWW-Authenticate": f'Basic realm="{quote(told)}"',
        "X-Told": header,
        "Content-Type": "text/plain",
    }
    if request.path.endswith("moved"):
        return Response(302, text.encode(), {**headers, "Location": f"/gone?was={quote(told)}"})
    status = 500 if request.path.endswith("broken") else 403
    return Response(status, f"fatal: {text}\n".encode(), headers)


class Sources:
    """A repository and a site. `is_telling`: they are broken as `telling` is."""

    def __init__(self, directory: Path) -> None:
        self.is_telling = False
        self.repository = Repository(directory)
        self.repository.put("leave.md", b"# Leave\nLeave is 15 days.")
        self.repository.push()
        # git lives long enough to be seen
        self._git = git_server(directory, credentials=f"git:{GIT_TOKEN}", before=lambda: time.sleep(0.1))
        self.url = ""

    def answer(self, request: Request) -> Response:
        if self.is_telling:
            return telling(request)
        if request.path.startswith("/team/"):
            return self._git(request)
        wanted = ENV_PASSWORD if request.path.startswith("/intranet") else WEB_PASSWORD
        credentials = "Basic " + base64.b64encode(f"reader:{wanted}".encode()).decode()
        if request.path == "/robots.txt":
            return Response(404)
        if request.headers.get("authorization") != credentials:
            return Response(401, b"", {"WWW-Authenticate": 'Basic realm="here"'})
        pages = f'<p>Expenses.</p><a href="{request.path}moved">a</a> <a href="{request.path}broken">b</a>'
        return Response(200, f"<html><body>{pages}</body></html>".encode(), HTML)


@contextmanager
def sources_in(directory: Path) -> Iterator[Sources]:
    sources = Sources(directory)
    with serving(sources.answer) as served:
        sources.url = served.url
        yield sources


# --- Footnote ----------------------------------------------------------------------------------------------


class Machine:
    """Where Footnote is installed: its folder, and what its processes have printed."""

    def __init__(self, directory: Path, api_url: str, sources: Sources) -> None:
        self.directory = directory
        self.printed = b""
        (directory / "docs").mkdir()
        (directory / "docs" / "pay.md").write_text("# Pay\nPay comes on the 25th.")
        (directory / "config.toml").write_text(
            f'data_dir = "data"\n[slack]\napi_url = "{api_url}"\nadmins = ["{ALEX_ID}"]\n'
            '[network]\nprivate = ["127.0.0.1"]\n'
            '[connectors.docs]\nkind = "folder"\npath = "docs"\n'
            f'[connectors.intranet]\nkind = "web"\nurls = ["{sources.url}/intranet/"]\nuser = "reader"\n'
            'password = "env:INTRANET_PASSWORD"\n'
        )
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "VIRTUAL_ENV") if name in os.environ},
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "FOOTNOTE_KEY": KEY,
            "INTRANET_PASSWORD": ENV_PASSWORD,
        }

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", AT_DEBUG, "--verbose", *arguments,
            cwd=self.directory,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip

    async def run(self, *arguments: str) -> bytes:
        """One verb; what it printed."""
        process = await self.start(*arguments)
        printed, _ = await process.communicate()
        self.printed += printed
        return printed

    @asynccontextmanager
    async def running(self, sandbox: Workspace) -> AsyncIterator[Watch]:
        process = await self.start("run")
        watch = Watch(process.pid)
        watch.start()
        reading = asyncio.create_task(process.communicate())
        try:
            await sandbox.wait_for(lambda: sandbox.connections, timeout=60)
            yield watch
        finally:
            watch.stop()
            process.send_signal(signal.SIGTERM)
            printed, _ = await asyncio.wait_for(reading, 60)
            self.printed += printed

    def leaks(self) -> dict[str, list[str]]:
        """Of every file, cache and log here: the secrets that stand in it."""
        files = {str(file): file.read_bytes() for file in self.directory.rglob("*") if file.is_file()}
        assert any(name.endswith("footnote.db") for name in files)
        return {name: found for name, content in files.items() if (found := secrets_in(content))}


def sent(sandbox: Workspace) -> bytes:
    """All that Footnote said to Slack (tokens in their header left out), and all that people see."""
    calls = [repr(call) for call in sandbox.calls]
    seen = [repr(message) for place in sandbox.workspace.history.values() for message in place.values()]
    seen += [repr(message) for message in sandbox.workspace.ephemerals.values()]
    homes = [repr(sandbox.home(user.id)) for user in sandbox.workspace.users.values()]
    modals = [repr(sandbox.modal(user.id)) for user in sandbox.workspace.users.values()]
    return "\n".join([*calls, *seen, *homes, *modals]).encode()


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workspace]:
    monkeypatch.setattr(cast, "BOT_TOKEN", BOT_TOKEN)
    monkeypatch.setattr(cast, "APP_TOKEN", APP_TOKEN)
    async with Workspace(ack_seconds=20.0) as running:  # it is about secrets, on a machine that may be busy
        yield running


async def is_told(sandbox: Workspace, command: str, words: str) -> None:
    before = len(sandbox.ephemerals("alex", "general"))
    await sandbox.command("alex", "general", "/footnote", command)
    await sandbox.wait_for(
        lambda: [one for one in sandbox.ephemerals("alex", "general")[before:] if words in said(one)], 60
    )


async def home_says(sandbox: Workspace, words: str) -> None:
    await sandbox.wait_for(lambda: words in said(sandbox.home("alex") or {}), 120)


async def filled_in(sandbox: Workspace, name: str, kind: str, given: Mapping[str, Any], words: str) -> None:
    await form(sandbox, "alex", name, kind)
    assert await sandbox.submit("alex", dict(given)) == {}
    await modal_says(sandbox, "alex", words)
    await sandbox.close_modal("alex")


async def test_secrets_are_in_no_file_log_message_argument_or_process_that_does_not_need_them(
    sandbox: Workspace, tmp_path: Path
) -> None:
    place = tmp_path / "machine"
    place.mkdir()
    with sources_in(tmp_path / "sources") as sources:
        machine = Machine(place, sandbox.api_url, sources)
        async with machine.running(sandbox) as watch:
            await sandbox.open_app("alex", "home")
            await sandbox.wait_for(lambda: ADD_ACTION in str(sandbox.home("alex")), 60)
            remote = f"{sources.url}/team/docs.git"
            await filled_in(
                sandbox, "code", "git", {"remote": remote, "token": WRONG_TOKEN}, "Nothing was saved"
            )
            await filled_in(sandbox, "code", "git", {"remote": remote, "token": GIT_TOKEN}, "code was added")
            site = {"urls": f"{sources.url}/site/", "user": "reader", "password": WEB_PASSWORD}
            await filled_in(sandbox, "site", "web", site, "site was added")
            for report in ("code: 1 added", "site: "):
                await home_says(sandbox, report)
            while_running = machine.leaks()
            sources.is_telling = True
            for name in ("code", "site", "intranet"):
                await is_told(sandbox, f"reindex {name}", name)
            for command in ("status", "connectors"):
                await is_told(sandbox, command, "intranet")
            await sandbox.open_app("alex", "home")
            await filled_in(
                sandbox, "again", "git", {"remote": remote, "token": WRONG_TOKEN}, "Nothing was saved"
            )
            for arguments in (
                ["connectors", "list"],
                ["connectors", "export"],
                ["connectors", "check", "code"],
                ["connectors", "check", "site"],
                ["connectors", "check", "intranet"],
                ["sync", "code"],
                ["sync", "site"],
                ["sync", "intranet"],
                ["status"],
                ["doctor"],
            ):
                assert await machine.run(*arguments)
        leaks = machine.leaks()
    assert (while_running, leaks) == ({}, {})
    assert secrets_in(machine.printed) == []
    assert secrets_in(sent(sandbox)) == []
    assert secrets_in(watch.arguments) == []
    assert [arguments for arguments, _ in watch.seen if secrets_in(arguments)] == []
    assert any(b"bot.parsing.worker" in arguments for arguments, _ in watch.seen)
    # git is told the token of its own remote and nothing else, the other children nothing
    told = {
        (arguments, tuple(secrets_in(environment)))
        for arguments, environment in watch.seen
        if arguments != watch.arguments  # Footnote itself, between fork and exec
    }
    widely = [arguments for arguments, found in told if len(found) > 1]
    assert widely == []
    assert {found for arguments, found in told if b"fetch" in arguments} >= {("git token",)}
    assert {found for arguments, found in told if b"git" not in arguments} == {()}
    assert {found for _, found in told} <= {(), ("git token",), ("refused token",)}
