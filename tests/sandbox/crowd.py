"""People and a bot who do anything at all in a workspace, and what each of them may have seen of it.

Everything goes over HTTP, as the page and the app do it. The bookkeeping here knows the rules of Slack and
nothing of the workspace's insides: every text holds a mark of its own, and every mark knows its audience.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.sandbox import App, Sandbox
from bot.sandbox.team.app import SCOPES

Json = dict[str, Any]
MARK = re.compile(r"mark-\d+-")
PEOPLE = ("U01JIWOO00", "U02ALEX000", "U03MINSU00", "U04SAM0000", "U05HANA000")
OUTSIDE = frozenset({"U04SAM0000", "U05HANA000"})
"""A guest and a stranger: of public channels too they see only those that they are in."""
BOT = "U09FOOTNOTE"
MORE_SCOPES = frozenset(
    {"channels:join", "channels:manage", "groups:write", "mpim:write", "files:read", "reactions:read"}
)
EVENTS = frozenset({"reaction_added", "reaction_removed", "file_shared"})
APP = App(scopes=SCOPES | MORE_SCOPES, events=App().events | EVENTS)


@dataclass
class Mark:
    """One text. `place` is "" for what has no channel: a Home tab."""

    place: str
    audience: set[str]
    """Who may see it, or may have seen it once. The bot is one of them where it is a member."""
    is_private: bool = False
    """True: whoever joins later does not see it either."""
    is_gone: bool = False
    """Edited away or deleted: nobody reads it any more."""


@dataclass
class Said:
    """One message as it must stand there."""

    channel: str
    ts: str
    author: str
    marks: list[str]
    beside: list[str] = field(default_factory=list)
    """What goes with it: its file, and what the bot says of the thread (status, title, prompts)."""
    root: str = ""
    in_channel: bool = True
    is_stream: bool = False
    is_gone: bool = False
    was_heard: bool = False
    """The bot was a member when it was said."""


@dataclass
class Crowd:
    """Everybody, the workspace they are in, and the book that is kept of it."""

    sandbox: Sandbox
    session: aiohttp.ClientSession
    members: dict[str, set[str]]
    kinds: dict[str, str]
    marks: dict[str, Mark] = field(default_factory=dict)
    said: dict[tuple[str, str], Said] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)
    """The newest ts by channel."""
    envelopes: list[Json] = field(default_factory=list)
    seen: dict[str, list[str]] = field(default_factory=lambda: {person: [] for person in PEOPLE})
    """Each line of everybody's stream of updates."""

    # --- over HTTP ------------------------------------------------------------------------------------

    async def call(self, method: str, **arguments: object) -> Json:
        """The Web API, as the bot."""
        headers = {"Authorization": f"Bearer {self.sandbox.bot_token}"}
        given = {key: value for key, value in arguments.items() if value not in (None, "")}
        async with self.session.post(self.sandbox.api_url + method, json=given, headers=headers) as response:
            assert response.status == 200, method
            answer: Json = await response.json()
            return answer

    async def do(self, action: str, user: str, **body: object) -> Json:
        """The page, as somebody."""
        url = f"{self.sandbox.url}/page/do/{action}"
        async with self.session.post(url, json={"user": user, **body}) as response:
            assert response.status == 200, (action, response.status)
            answer: Json = await response.json()
            return answer

    async def page(self, user: str) -> Json:
        """All that somebody sees."""
        async with self.session.get(f"{self.sandbox.url}/page/state?user={user}") as response:
            state: Json = await response.json()
            return state

    async def every_page(self, method: str, key: str, limit: int, **arguments: object) -> list[Any]:
        """Everything that a method lists, `limit` at a time; [] where it refuses."""
        found: list[Any] = []
        cursor = ""
        while True:
            answer = await self.call(method, limit=limit, cursor=cursor, **arguments)
            if not answer["ok"]:
                return found
            assert len(answer[key]) <= limit + (method == "conversations.replies")
            found += answer[key]
            cursor = answer["response_metadata"]["next_cursor"]
            if not cursor:
                return found

    # --- the book -------------------------------------------------------------------------------------

    def may_see(self, user: str, place: str) -> bool:
        """Members do; public channels everybody does but guests, strangers and, for its text, the bot."""
        if user in self.members[place]:
            return True
        return user != BOT and self.kinds[place] == "public" and user not in OUTSIDE

    def mark(self, place: str, *, only: str = "") -> str:
        """A text that nobody wrote before."""
        text = f"mark-{len(self.marks)}-"
        everybody = {user for user in (*PEOPLE, BOT) if place and self.may_see(user, place)}
        self.marks[text] = Mark(place, {only} if only else everybody, is_private=bool(only))
        return text

    def unmark(self, text: str) -> None:
        """It was refused: nobody ever sees it."""
        self.marks[text].audience = set()
        self.marks[text].is_gone = True

    def note(self, said: Said) -> None:
        """A message was taken. Its ts is the latest of its channel."""
        assert said.ts > self.newest.get(said.channel, ""), "a ts that does not rise"
        self.newest[said.channel] = said.ts
        said.was_heard = BOT in self.members[said.channel]
        self.said[said.channel, said.ts] = said

    def joined(self, user: str, place: str) -> None:
        """A member sees what was said before."""
        self.members[place].add(user)
        for mark in self.marks.values():
            if mark.place == place and not mark.is_private and not mark.is_gone:
                mark.audience.add(user)

    def left(self, user: str, place: str) -> None:
        """What they saw they have seen; nothing new reaches them."""
        self.members[place].discard(user)

    def gone(self, said: Said) -> None:
        """Nobody reads it any more."""
        said.is_gone = True
        for text in (*said.marks, *said.beside):
            self.marks[text].is_gone = True

    def replies_of(self, root: Said) -> list[Said]:
        """What must stand in a thread below its root, oldest first."""
        found = [
            one
            for one in self.said.values()
            if one.root == root.ts and one.channel == root.channel and not one.is_gone
        ]
        return sorted(found, key=lambda one: one.ts)

    def standing(self, *, of: str = "") -> list[Said]:
        """Every message that was not deleted."""
        return [one for one in self.said.values() if not one.is_gone and of in ("", one.author)]


@asynccontextmanager
async def crowd(sandbox: Sandbox) -> AsyncIterator[Crowd]:
    """Everybody's page is open, and the bot is connected."""
    async with aiohttp.ClientSession() as session:
        channels = sandbox.workspace.channels.values()
        members = {channel.id: set(channel.members) for channel in channels}
        here = Crowd(sandbox, session, members, {channel.id: channel.kind for channel in channels})
        headers = {"Authorization": f"Bearer {sandbox.app_token}"}
        async with session.post(sandbox.api_url + "apps.connections.open", headers=headers) as response:
            address = (await response.json())["url"]
        async with session.ws_connect(address) as socket:
            tasks = [asyncio.create_task(_listen(here, socket))]
            tasks += [asyncio.create_task(_read_along(here, person)) for person in PEOPLE]
            await sandbox.wait_for(lambda: sandbox.connections and all(here.seen.values()))
            try:
                yield here
            finally:
                for task in tasks:
                    task.cancel()
                for task in tasks:
                    with contextlib.suppress(asyncio.CancelledError):
                        await task


async def _listen(here: Crowd, socket: aiohttp.ClientWebSocketResponse) -> None:
    async for message in socket:
        envelope = json.loads(message.data)
        if "envelope_id" in envelope:
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            here.envelopes.append(envelope["payload"])


async def _read_along(here: Crowd, person: str) -> None:
    url = f"{here.sandbox.url}/page/updates?user={person}"
    async with here.session.get(url, timeout=aiohttp.ClientTimeout()) as response:
        async for line in response.content:
            here.seen[person].append(line.decode())


Act = Callable[[Crowd, int, int, int], Awaitable[None]]
