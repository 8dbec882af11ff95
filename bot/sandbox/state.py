"""The state file: what somebody would miss after a restart, kept as JSON.

People, channels, messages with their threads, reactions and streams, files with their contents, sessions,
prompts and Home tabs are kept; tokens, triggers, modals and ephemeral messages are not. What was deleted is
not in the file either, once the next save is over.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import fcntl
import json
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bot.sandbox.shapes import Json
from bot.sandbox.team import cast
from bot.sandbox.team.changes import Change
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.files import File
from bot.sandbox.team.messages import Message
from bot.sandbox.team.people import User, UserGroup
from bot.sandbox.team.sessions import Session
from bot.sandbox.team.views import View, Views
from bot.sandbox.team.workspace import Workspace

FORMAT = 1
SAVE_SECONDS = 0.5
"""At most so long after a change it is on disk, and it is written no oftener than this."""

log = logging.getLogger(__name__)


class StateError(Exception):
    """A state file cannot be used. `problem` names the file and what is wrong, `mend` the next step."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem} {mend}")
        self.problem = problem
        self.mend = mend


@dataclass
class KeptSession:
    """What the bot says of one thread."""

    channel: str
    thread_ts: str
    session: Session


@dataclass
class KeptPrompts:
    """What the bot offers to ask in one place."""

    channel: str
    thread_ts: str
    prompts: Json


@dataclass
class Kept:
    """The whole file. Contents stand apart from their files, in base64, by the file's id."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    format: int
    last_ts: int
    users: list[User]
    groups: list[UserGroup]
    channels: list[Channel]
    sessions: list[KeptSession]
    prompts: list[KeptPrompts]
    homes: list[View]
    files: list[File]
    messages: list[Message]
    contents: dict[str, str]


@cache
def _kept() -> TypeAdapter[Kept]:
    return TypeAdapter(Kept)


@cache
def _message() -> TypeAdapter[Message]:
    return TypeAdapter(Message)


class StateFile:
    """Reads a workspace from `path`, and keeps what happens in it there."""

    def __init__(self, path: Path, workspace: Workspace, views: Views) -> None:
        self.path = path.expanduser().resolve()
        self._workspace = workspace
        self._views = views
        self._lock: IO[bytes] | None = None
        self._changed = asyncio.Event()
        self._saving = asyncio.Lock()
        self._saver: asyncio.Task[None] | None = None
        self._is_failing = False
        self._lines: dict[tuple[str, str], bytes] = {}
        """Each message as it stands in the file, by channel and ts: only what changed is put into JSON."""
        self._contents: dict[str, bytes] = {}

    def load(self) -> None:
        """Fill the workspace from the file, if there is one, and let nobody else use it.

        Raises StateError, and leaves the file as it is, where it is damaged, of a newer format, or in use.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
            self._clear_away()
            content = self.path.read_bytes() if self.path.exists() else None
        except OSError as exc:
            raise self._unusable(f"cannot be used: {exc.strerror or exc}", "Choose another one.") from exc
        if content is None:
            return
        try:
            self._restore(self._read(content))
        except StateError:
            self._unlock()
            raise

    def start(self) -> None:
        """Save from now on, behind every change."""
        self._refresh_addresses()
        self._workspace.watchers.append(self._note)
        self._saver = asyncio.create_task(self._save_changes())

    async def close(self) -> None:
        """Save once more, and let go of the file."""
        if self._saver:
            self._saver.cancel()
            await asyncio.gather(self._saver, return_exceptions=True)
            self._workspace.watchers.remove(self._note)
            self._lines.clear()  # what changed without a Change is kept too
            await self.save()
            self._saver = None
        self._unlock()

    async def save(self) -> None:
        """Write the file now. A failure is logged once, and tried again behind the next change."""
        try:
            async with self._saving:  # an older save never takes the place of a newer one
                parts = [*self._parts()]
                files = self._workspace.files.by_id.values()
                contents = {file.id: file.content for file in files if file.content}
                await asyncio.to_thread(self._write, parts, contents)
        except OSError as exc:
            if not self._is_failing:
                log.error(
                    "%s cannot be written (%s): what happens now is lost when the workspace stops",
                    self.path, exc.strerror or exc,
                )  # fmt: skip
            self._is_failing = True
        else:
            if self._is_failing:
                log.warning("%s is written again", self.path)
            self._is_failing = False

    # --- writing --------------------------------------------------------------------------------------

    def _note(self, change: Change) -> None:
        message = change.message
        if message:
            for ts in (message.ts, message.thread_ts):
                self._lines.pop((message.channel, ts), None)
        self._changed.set()

    async def _save_changes(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await asyncio.sleep(SAVE_SECONDS)
            # the thread that writes cannot be cancelled; `close` waits for it
            await asyncio.shield(self.save())

    def _parts(self) -> Iterator[bytes]:
        """The file without the contents, in pieces, as it stands at this moment."""
        workspace, sessions = self._workspace, self._workspace.sessions
        kept = Kept(
            format=FORMAT,
            last_ts=workspace.last_ts,
            users=list(workspace.users.values()),
            groups=list(workspace.groups.values()),
            channels=list(workspace.channels.values()),
            sessions=[KeptSession(*place, session) for place, session in sessions.of_threads.items()],
            prompts=[KeptPrompts(*place, prompts) for place, prompts in sessions.prompts.items()],
            homes=list(self._views.homes.values()),
            files=[replace(file, content=b"") for file in workspace.files.by_id.values()],
            messages=[],
            contents={},
        )
        head = _kept().dump_json(kept, exclude={"messages", "contents"})
        yield head.removesuffix(b"}") + b',\n"messages":[\n'
        lines = {}
        for channel, history in workspace.history.items():
            for ts, message in history.items():
                known = self._lines.get((channel, ts))
                lines[channel, ts] = known or _message().dump_json(message)
        self._lines = lines
        yield b",\n".join(lines.values())
        yield b'],\n"contents":{\n'

    def _write(self, parts: Iterable[bytes], contents: dict[str, bytes]) -> None:
        """Runs in a thread. Raises OSError; then the file is as it was."""
        self._contents = {
            file_id: self._contents.get(file_id) or base64.b64encode(content)
            for file_id, content in contents.items()
        }
        encoded = (b'"%s":"%s"' % (key.encode(), text) for key, text in self._contents.items())
        descriptor, name = tempfile.mkstemp(".part", f".{self.path.name}.", self.path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(parts)
                file.write(b",\n".join(encoded) + b"}}\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self.path)  # noqa: PTH105 - Path.replace does no more
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        _fsync_folder(self.path.parent)

    # --- reading --------------------------------------------------------------------------------------

    def _read(self, content: bytes) -> Kept:
        aside = "Move it away to begin anew, or name another file."
        try:
            found = json.loads(content)
        except ValueError as exc:
            raise self._unusable(f"is damaged ({exc})", aside) from exc
        version = found.get("format") if isinstance(found, dict) else None
        if not isinstance(version, int):
            raise self._unusable("is no state file of a local workspace", "Name another file.")
        if version > FORMAT:
            raise self._unusable(
                f"has format {version}, and this version reads {FORMAT}",
                "Update Footnote, or name another file.",
            )
        try:
            kept = _kept().validate_python(found)
            for file in kept.files:
                file.content = base64.b64decode(kept.contents.get(file.id, ""), validate=True)
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise self._unusable(f"is damaged ({where}: {first['msg']})", aside) from exc
        except ValueError as exc:
            raise self._unusable(f"is damaged (contents: {exc})", aside) from exc
        if problem := _inconsistency(kept):
            raise self._unusable(f"is damaged ({problem})", aside)
        return kept

    def _restore(self, kept: Kept) -> None:
        workspace, sessions = self._workspace, self._workspace.sessions
        workspace.last_ts = kept.last_ts
        workspace.users |= {user.id: user for user in kept.users}
        workspace.groups |= {group.id: group for group in kept.groups}
        workspace.channels |= {channel.id: channel for channel in kept.channels}
        workspace.files.by_id = {file.id: file for file in kept.files}
        workspace.history = {channel: {} for channel in workspace.channels}
        for message in kept.messages:
            workspace.history[message.channel][message.ts] = message
            if message.stream and message.stream.state == "in_progress":
                message.stream.state = "expired"  # whoever wrote it knows nothing of it any more
        sessions.of_threads = {(one.channel, one.thread_ts): one.session for one in kept.sessions}
        sessions.prompts = {(one.channel, one.thread_ts): one.prompts for one in kept.prompts}
        self._views.homes = {view.user: view for view in kept.homes}
        # another app may be installed by now
        bot = workspace.users[cast.BOT_USER_ID]
        bot.name = bot.real_name = workspace.app.name

    def _refresh_addresses(self) -> None:
        """Messages name their files by address, and the workspace may be served from another one now."""
        files = self._workspace.files
        for history in self._workspace.history.values():
            for message in history.values():
                message.files = [
                    files.as_json(files.by_id[shown["id"]]) if shown["id"] in files.by_id else shown
                    for shown in message.files
                ]

    def _locked(self) -> IO[bytes]:
        lock = self.path.with_name(f".{self.path.name}.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise self._unusable(
                "is in use by another local workspace", "Stop that one, or name another file."
            ) from None
        return lock

    def _clear_away(self) -> None:
        """What a save left behind that was killed on its way: it may hold what was deleted since."""
        for entry in list(self.path.parent.iterdir()):
            if entry.name.startswith(f".{self.path.name}.") and entry.suffix == ".part":
                entry.unlink()

    def _unlock(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None

    def _unusable(self, why: str, mend: str) -> StateError:
        return StateError(f"{self.path} {why}.", mend)


def _inconsistency(kept: Kept) -> str:
    """What a file that is well-formed says of things that are not there; "" if nothing."""
    users = {user.id for user in kept.users}
    channels = {channel.id for channel in kept.channels}
    places = {(message.channel, message.ts) for message in kept.messages}
    for channel in kept.channels:
        if unknown := set(channel.members) - users:
            return f"channel {channel.id}: no user {min(unknown)}"
    for message in kept.messages:
        if message.channel not in channels:
            return f"message {message.ts}: no channel {message.channel}"
        for other in (*message.replies, message.thread_ts or message.ts):
            if (message.channel, other) not in places:
                return f"message {message.ts}: no message {other}"
    for file in kept.files:
        for channel_id, _ in file.shares:
            if channel_id not in channels:
                return f"file {file.id}: no channel {channel_id}"
    if cast.BOT_USER_ID not in users:
        return f"no user {cast.BOT_USER_ID}"
    return ""


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
