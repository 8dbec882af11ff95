"""A list of connectors under the real verbs of bot.admin, and a web site that they may read."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.admin import Admin
from bot.config import load_config
from bot.connector_list import ConnectorList
from bot.index.hybrid import HybridIndex
from bot.slack.connector_entries import KIND, NAME
from bot.slack.connector_form_blocks import ADD_ACTION, FORM_VIEW
from bot.store.connectors import AddedConnector
from bot.store.database import Database
from bot.store.sources import Sources, SourceState
from bot.sync.schedule import parse_schedule
from connectors.base import CredentialsRejected
from tests.connectors.http_source import Request, Response, Served, serving
from tests.fakes import HashEmbedder, PlainMorphology
from tests.slack.cast import Answerer, Workspace, connected, said
from tests.slack.office import Reader

CANARY = "canary-8d1f-password"
HTML = {"Content-Type": "text/html; charset=utf-8"}
CONFIG = '[network]\nprivate = ["127.0.0.1"]\n[connectors.docs]\nkind = "folder"\npath = "docs"\n'
ALEX_ID, JIWOO_ID = "U02ALEX000", "U01JIWOO00"
"""The admin named in the settings, and the owner of the workspace."""


@dataclass
class Site:
    """Two pages. A check waits while `may_answer` is not set."""

    served: Served
    may_answer: threading.Event

    @property
    def url(self) -> str:
        return self.served.url + "/"


@contextmanager
def open_site() -> Iterator[Site]:
    may_answer = threading.Event()
    may_answer.set()

    def answer(request: Request) -> Response:
        may_answer.wait(10)
        pages = {"/": '<p>Leave is 15 days.</p><a href="/b">b</a>', "/b": "<p>Expenses are paid monthly.</p>"}
        found = pages.get(request.path)
        return Response(200, f"<html><body>{found}</body></html>".encode(), HTML) if found else Response(404)

    with serving(answer) as served:
        yield Site(served, may_answer)
        may_answer.set()


@dataclass
class Desk:
    connectors: ConnectorList
    admin: Admin
    database: Database

    def audited(self) -> list[tuple[str, str]]:
        return [(entry.what, entry.who) for entry in reversed(self.admin.audited(100))]

    def added(self) -> list[str]:
        return [name for name, entry in self.connectors.entries().items() if entry.added_by]

    async def documents(self, name: str) -> int:
        status = await self.admin.status()
        return sum(one.documents for one in status.connectors if one.name == name)

    def add(
        self, kind: str, name: str, settings: Mapping[str, list[str]], secrets: Mapping[str, str], **more: str
    ) -> AddedConnector:
        """Somebody at the machine adds one."""
        draft = self.connectors.draft(kind, name, settings, secrets, on_machine=True, **more)
        self.connectors.save(draft, who=f"user:T01SANDBOX/{JIWOO_ID}")
        return self.connectors.added(name)

    def add_wiki(self, url: str, **more: str) -> AddedConnector:
        """A web site behind a password."""
        settings = {"urls": [url], "user": ["reader"], "max_pages": ["9"], "obey_robots": ["false"]}
        return self.add("web", "wiki", settings, {"password": CANARY}, **more)

    def state(self, name: str) -> SourceState:
        return Sources(self.database).state(name)

    def refuse(self, name: str) -> None:
        """As a sync does whose source refuses it."""
        Sources(self.database).pause(name, str(CredentialsRejected("The site refuses the password.")))


@asynccontextmanager
async def open_desk(directory: Path, path: Path) -> AsyncIterator[Desk]:
    """Below `directory`, with the database at `path`: one connector, a folder of config.toml."""
    (directory / "docs").mkdir()
    (directory / "config.toml").write_text(CONFIG)
    config = load_config(directory / "config.toml", {"FOOTNOTE_DATA_DIR": str(directory / "data")})
    database = Database(path)
    connectors = ConnectorList(config, database, parse_schedule)
    admin = Admin(
        connectors,
        index=HybridIndex(database, PlainMorphology(), HashEmbedder()),
        parser=Reader(),
        database=database,
        data_dir=directory / "data",
        next_runs=dict,
        entries=connectors.entries,
    )
    yield Desk(connectors, admin, database)
    database.close()


@asynccontextmanager
async def running(sandbox: Workspace, path: Path, desk: Desk) -> AsyncIterator[None]:
    """The bot; admins are the owner of the workspace and alex, whom the settings name."""
    more: dict[str, Any] = {"admin": desk.admin, "admins": (ALEX_ID,), "connectors": desk.connectors}
    async with connected(sandbox, path, Answerer(), **more):
        yield


async def modal_says(sandbox: Workspace, user: str, words: str) -> None:
    await sandbox.wait_for(lambda: words in str((sandbox.modal(user) or {}).get("blocks")), 20)


async def home_says(sandbox: Workspace, user: str, words: str) -> None:
    await sandbox.wait_for(lambda: words in said(sandbox.home(user) or {}), 20)


async def form(sandbox: Workspace, user: str, name: str = "wiki", kind: str = "web") -> None:
    """Open the Home tab and go to the form of a kind."""
    await sandbox.open_app(user, "home")
    await sandbox.wait_for(lambda: ADD_ACTION in str(sandbox.home(user)))
    await sandbox.click_in_home(user, ADD_ACTION)
    await modal_says(sandbox, user, "static_select")
    assert await sandbox.submit(user, {KIND: kind, NAME: name}) == {}
    await sandbox.wait_for(lambda: (sandbox.modal(user) or {}).get("callback_id") == FORM_VIEW)
