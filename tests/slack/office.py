"""A folder of documents under the real verbs of bot.admin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.admin import Admin
from bot.errors import ParseError
from bot.index.hybrid import HybridIndex
from bot.parsing.parsed import Parsed, Section
from bot.store.database import Database
from connectors.base import Document
from connectors.folder import Folder
from tests.fakes import HashEmbedder, PlainMorphology

TOMORROW = datetime(2026, 11, 22, tzinfo=UTC)


class Reader:
    """Reads text. What is called broken cannot be read until it `is_mended`."""

    def __init__(self) -> None:
        self.is_mended = False
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def parse(self, document: Document) -> Parsed:
        await self.may_go_on.wait()
        if document.id.startswith("broken") and not self.is_mended:
            raise ParseError("The file ends in the middle. <!channel>")
        return Parsed(document.id, (Section((), document.content.decode(), None, ""),))


@dataclass
class Office:
    """An Admin with one folder of five documents, one of them broken."""

    folder: Path
    database: Database
    reader: Reader
    admin: Admin

    def holds(self) -> int:
        (status,) = self.admin._statuses.all()
        return status.documents

    def audited(self) -> list[tuple[str, str]]:
        return [(entry.what, entry.who) for entry in reversed(self.admin.audited(100))]


@asynccontextmanager
async def open_office(directory: Path, path: Path) -> AsyncIterator[Office]:
    """Below `directory`, with the database at `path`; synced once."""
    folder = directory / "docs"
    folder.mkdir()
    for name in ("휴가", "급여", "출장", "교육", "broken"):
        (folder / f"{name}.md").write_text(f"# {name}\n{name}에 대한 글")
    database, reader = Database(path), Reader()
    admin = Admin(
        {"docs": Folder(path=folder)},
        index=HybridIndex(database, PlainMorphology(), HashEmbedder()),
        parser=reader,
        database=database,
        data_dir=directory / "data",
        next_runs=lambda: {"docs": TOMORROW},
    )
    await admin.sync(who="cli:minji")
    yield Office(folder, database, reader, admin)
    database.close()
