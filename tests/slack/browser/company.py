"""What admins add connectors for, really served, under the real verbs of bot.admin: a git repository that
wants a token, and a web site."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.admin import Admin
from bot.config import load_config
from bot.connector_list import ConnectorList
from bot.index.hybrid import HybridIndex
from bot.parsing.parsed import Parsed, Section
from bot.store.database import Database
from bot.sync.schedule import parse_schedule
from connectors.base import Document
from tests.connectors.git_server import Repository, git_server
from tests.connectors.http_source import Request, Response, Served, serving
from tests.fakes import HashEmbedder, PlainMorphology
from tests.slack.office import TOMORROW, Reader

TOKEN = "glpat-right-token"
CONFIG = '[network]\nprivate = ["127.0.0.1"]\n[connectors.docs]\nkind = "folder"\npath = "docs"\n'
GUIDES = ("휴가", "급여", "출장", "교육", "보안", "장비", "채용", "복지")
PAGES: Mapping[str, str] = {
    "/": '<title>Wiki</title><p>Welcome.</p><a href="/leave">Leave</a> <a href="/pay">Pay</a>',
    "/leave": "<title>Leave</title><p>Leave is 15 days.</p>",
    "/pay": "<title>Pay</title><p>Pay day is the 25th.</p>",
}


class PacedReader(Reader):
    """Reads `before_waiting` documents, and the others when it `may_go_on`."""

    def __init__(self) -> None:
        super().__init__()
        self.before_waiting = 0

    async def parse(self, document: Document) -> Parsed:
        self.before_waiting -= 1
        if self.before_waiting < 0:
            await self.may_go_on.wait()
        return Parsed(document.id, (Section((), document.content.decode(), None, ""),))


@dataclass
class Company:
    """A repository of eight documents and a site of three; one folder in config.toml."""

    repository: Repository
    git_url: str
    site: Served
    connectors: ConnectorList
    admin: Admin
    reader: PacedReader

    @property
    def site_url(self) -> str:
        return f"{self.site.url}/"

    def added(self) -> list[str]:
        """Names of the connectors that are not of config.toml."""
        return [name for name, entry in self.connectors.entries().items() if entry.added_by]

    def holds(self, name: str) -> int:
        """How many documents of a connector there are."""
        return next((one.documents for one in self.admin._statuses.all() if one.name == name), 0)

    def audited(self) -> list[tuple[str, str]]:
        """What was changed and by whom, in order; not what was prepared on the command line."""
        entries = reversed(self.admin.audited(100))
        return [(entry.what, entry.who) for entry in entries if not entry.who.startswith("cli:")]

    async def has_guide(self) -> None:
        """The connector guide, of the repository, added on the command line and synced."""
        settings, secrets = {"remote": [self.git_url]}, {"token": TOKEN}
        draft = self.connectors.draft("git", "guide", settings, secrets, on_machine=True)
        self.connectors.save(draft, who="cli:minji")
        await self.admin.sync("guide", who="cli:minji")

    def lose(self, *names: str) -> None:
        """Take documents out of the repository."""
        for name in names:
            self.repository.remove(f"{name}.md")
        self.repository.push("remove")

    def bring_back(self, *names: str) -> None:
        """Put documents into the repository."""
        for name in names:
            self.repository.put(f"{name}.md", f"# {name}\n{name}에 대한 글".encode())
        self.repository.push("add")


@asynccontextmanager
async def open_company(directory: Path, path: Path) -> AsyncIterator[Company]:
    """Below `directory`, with the database at `path`."""
    (directory / "docs").mkdir()
    (directory / "docs" / "규정.md").write_text("# 규정\n규정에 대한 글")
    (directory / "config.toml").write_text(CONFIG)
    config = load_config(directory / "config.toml", {"FOOTNOTE_DATA_DIR": str(directory / "data")})
    repository = Repository(directory)
    database, reader = Database(path), PacedReader()
    connectors = ConnectorList(config, database, parse_schedule)
    admin = Admin(
        connectors,
        index=HybridIndex(database, PlainMorphology(), HashEmbedder()),
        parser=reader,
        database=database,
        data_dir=directory / "data",
        next_runs=lambda: dict.fromkeys(connectors, TOMORROW),
        entries=connectors.entries,
    )
    served_by_git = git_server(directory, credentials=f"git:{TOKEN}")
    with serving(served_by_git) as git, serving(_page) as site:
        company = Company(repository, f"{git.url}/team/docs.git", site, connectors, admin, reader)
        company.bring_back(*GUIDES)
        await admin.sync("docs", who="cli:minji")
        try:
            yield company
        finally:
            reader.may_go_on.set()
    database.close()


def _page(request: Request) -> Response:
    found = PAGES.get(request.path)
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Response(200, f"<html>{found}</html>".encode(), headers) if found else Response(404)
