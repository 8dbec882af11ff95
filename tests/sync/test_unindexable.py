"""Documents that the index cannot take, and an index that can take none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.errors import ModelUnavailable, StoreError
from bot.index.hybrid import HybridIndex
from bot.parsing.parsed import Parsed, Section
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.sync import Syncing
from connectors.base import Document
from connectors.folder import Folder
from tests.fakes import HashEmbedder, PlainMorphology


class PlainParser:
    async def parse(self, document: Document) -> Parsed:
        return Parsed(document.id, (Section((), document.content.decode(), None, ""),))


@dataclass
class Brittle(HybridIndex):
    """An index whose child dies of certain documents, or whose disk is full."""

    database: Database
    poison: set[str] = field(default_factory=set)
    is_full: bool = False

    def __post_init__(self) -> None:
        super().__init__(self.database, PlainMorphology(), HashEmbedder())

    async def put(self, connector: str, version: str, document: Document, parsed: Parsed) -> None:
        if self.is_full:
            raise StoreError("The database cannot be written: the disk is full.")
        if document.id in self.poison:
            raise ModelUnavailable("The morphology process died.")
        await super().put(connector, version, document, parsed)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Brittle]:
    database = Database(tmp_path / "footnote.db")
    yield Brittle(database)
    database.close()


def syncing(index: Brittle) -> Syncing:
    return Syncing(index, PlainParser(), Sources(index.database), versions=Corpus(index.database).versions)


def folder_of(tmp_path: Path, count: int) -> Folder:
    (tmp_path / "docs").mkdir()
    for number in range(count):
        (tmp_path / "docs" / f"{number:02}.txt").write_text(f"Page {number}")
    return Folder(path=tmp_path / "docs")


async def test_a_document_that_kills_the_child_is_set_aside_and_the_rest_goes_on(
    index: Brittle, tmp_path: Path
) -> None:
    index.poison = {"03.txt", "11.txt"}
    report = await syncing(index).run("docs", folder_of(tmp_path, 20))
    assert (report.added, report.failed, report.error) == (18, 2, "")
    assert [item for item, _ in report.failures] == ["03.txt", "11.txt"]


async def test_an_index_that_can_take_nothing_ends_the_sync_and_blames_no_documents(
    index: Brittle, tmp_path: Path
) -> None:
    index.poison = {f"{number:02}.txt" for number in range(20)}
    folder = folder_of(tmp_path, 20)
    report = await syncing(index).run("docs", folder)
    assert report.error == "The morphology process died."
    assert report.failed < 5
    index.poison = set()
    assert (await syncing(index).run("docs", folder, force=True)).added == 20


async def test_a_full_disk_is_a_sentence_in_the_report_and_mends_itself(
    index: Brittle, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, 5)
    index.is_full = True
    report = await syncing(index).run("docs", folder)
    assert "disk is full" in report.error
    assert report.failed == 0
    index.is_full = False
    assert (await syncing(index).run("docs", folder)).added == 5
