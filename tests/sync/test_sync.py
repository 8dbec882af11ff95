"""What a sync does to the index: real files, real SQLite, the real parser."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from bot.index.hybrid import HybridIndex
from bot.parsing.parser import Parser
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.embedding import embed_waiting
from bot.sync.sync import Syncing
from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    SourceUnavailable,
)
from connectors.folder import Folder
from tests.fakes import HashEmbedder, PlainMorphology

READERS = frozenset({EVERYONE})


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Bench:
    """A sync with everything it needs, and the folder it reads."""

    folder: Path
    database: Database
    index: HybridIndex
    sources: Sources
    syncing: Syncing
    clock: Clock

    @property
    def connector(self) -> Folder:
        return Folder(path=self.folder)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        # two writes within one tick of the file system's clock would share a version
        os.utime(path, ns=(time.time_ns(), time.time_ns()))

    async def found(self, text: str) -> list[str]:
        return [passage.text for passage in await self.index.search(text, READERS, 5)]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    (tmp_path / "docs").mkdir()
    database = Database(tmp_path / "footnote.db")
    index = HybridIndex(database, PlainMorphology(), HashEmbedder())
    parser, sources, clock = Parser(), Sources(database), Clock()
    syncing = Syncing(index, parser, sources, Corpus(database).versions, now=clock)
    yield Bench(tmp_path / "docs", database, index, sources, syncing, clock)
    await parser.close()
    database.close()


async def test_new_changed_and_deleted_files_reach_the_answers(bench: Bench) -> None:
    bench.write("a.md", "# Alpha\n\nThe meeting room is called Hibiscus.")
    bench.write("b.md", "# Beta\n\nThe printer stands on the fourth floor.")
    first = await bench.syncing.run("docs", bench.connector)
    assert (first.added, first.changed, first.removed, first.skipped, first.failed) == (2, 0, 0, 0, 0)

    bench.write("a.md", "# Alpha\n\nThe meeting room is called Magnolia.")
    (bench.folder / "b.md").unlink()
    second = await bench.syncing.run("docs", bench.connector)
    assert (second.added, second.changed, second.removed, second.skipped) == (0, 1, 1, 0)
    texts = " ".join(await bench.found("meeting room printer floor"))
    assert "Magnolia" in texts
    assert "Hibiscus" not in texts
    assert "printer" not in texts


async def test_an_unchanged_folder_fetches_nothing(bench: Bench) -> None:
    bench.write("a.md", "# Alpha\n\nText.")
    await bench.syncing.run("docs", bench.connector)

    @dataclass(frozen=True)
    class NeverFetched(Folder):
        def fetch(self, item: Item) -> Document:
            raise AssertionError(f"{item.id} was fetched")

    report = await bench.syncing.run("docs", NeverFetched(path=bench.folder))
    assert (report.skipped, report.error) == (1, "")


async def test_force_reads_unchanged_documents_again(bench: Bench) -> None:
    bench.write("a.md", "# Alpha\n\nText.")
    await bench.syncing.run("docs", bench.connector)
    report = await bench.syncing.run("docs", bench.connector, force=True)
    assert (report.changed, report.skipped) == (1, 0)


async def test_a_vanished_folder_deletes_nothing_and_is_said_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.write("a.md", "# Alpha\n\nThe safe word is Hibiscus.")
    await bench.syncing.run("docs", bench.connector)
    gone = bench.folder.rename(bench.folder.with_name("elsewhere"))
    for _ in range(3):
        report = await bench.syncing.run("docs", bench.connector)
        assert report.error
        assert report.removed == 0
    assert await bench.found("Hibiscus")
    gone.rename(bench.folder)
    assert (await bench.syncing.run("docs", bench.connector)).error == ""
    said = [record.getMessage() for record in caplog.records if record.name == "bot.sync.sync"]
    assert len(said) == 2
    assert "works again" in said[1]


async def test_a_partial_listing_never_deletes(bench: Bench) -> None:
    for number in range(4):
        bench.write(f"{number}.md", f"# Page {number}\n\nText {number}.")
    await bench.syncing.run("docs", bench.connector)

    @dataclass(frozen=True)
    class Partial(Folder):
        def items(self, cursor: str | None) -> Listing:
            return replace(super().items(cursor), items=super().items(cursor).items[:1], is_complete=False)

    report = await bench.syncing.run("docs", Partial(path=bench.folder))
    assert (report.removed, report.skipped) == (0, 1)
    assert len(Corpus(bench.database).versions("docs")) == 4


async def test_losing_many_documents_pauses_and_asks_an_admin(bench: Bench) -> None:
    for number in range(10):
        bench.write(f"{number}.md", f"# Page {number}\n\nText {number}.")
    await bench.syncing.run("docs", bench.connector)
    for number in range(6):
        (bench.folder / f"{number}.md").unlink()

    guarded = await bench.syncing.run("docs", bench.connector)
    assert guarded.removed == 0
    assert "6 of 10" in guarded.error
    assert "--allow-removals" in guarded.error
    assert bench.sources.state("docs").is_paused
    assert len(Corpus(bench.database).versions("docs")) == 10
    assert (await bench.syncing.run("docs", bench.connector)).error.startswith("paused")

    allowed = await bench.syncing.run("docs", bench.connector, allow_removals=True)
    assert allowed.removed == 6
    assert not bench.sources.state("docs").is_paused


async def test_losing_a_few_documents_is_ordinary(bench: Bench) -> None:
    for number in range(10):
        bench.write(f"{number}.md", f"# Page {number}\n\nText {number}.")
    await bench.syncing.run("docs", bench.connector)
    for number in range(5):
        (bench.folder / f"{number}.md").unlink()
    assert (await bench.syncing.run("docs", bench.connector)).removed == 5


async def test_an_unreadable_document_is_set_aside_with_its_reason_and_retried_later(bench: Bench) -> None:
    bench.write("good.md", "# Good\n\nText.")
    (bench.folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing of the kind")
    first = await bench.syncing.run("docs", bench.connector)
    assert (first.added, first.failed) == (1, 1)
    assert first.failures[0][0] == "broken.pdf"
    assert "broken.pdf" in first.failures[0][1] or "PDF" in first.failures[0][1]
    assert bench.sources.set_aside("docs")["broken.pdf"].attempts == 1

    bench.clock.now += timedelta(minutes=30)
    await bench.syncing.run("docs", bench.connector)
    assert bench.sources.set_aside("docs")["broken.pdf"].attempts == 1
    bench.clock.now += timedelta(minutes=31)
    await bench.syncing.run("docs", bench.connector)
    assert bench.sources.set_aside("docs")["broken.pdf"].attempts == 2

    (bench.folder / "broken.pdf").unlink()
    assert (await bench.syncing.run("docs", bench.connector)).failed == 0
    assert bench.sources.set_aside("docs") == {}


async def test_a_document_that_becomes_unreadable_keeps_its_last_readable_text(bench: Bench) -> None:
    bench.write("a.md", "# Alpha\n\nThe safe word is Hibiscus.")
    await bench.syncing.run("docs", bench.connector)

    @dataclass(frozen=True)
    class Locked(Folder):
        def fetch(self, item: Item) -> Document:
            raise ItemUnreadable(f"{item.id} may not be read")

    bench.write("a.md", "# Alpha\n\nSomething newer.")
    report = await bench.syncing.run("docs", Locked(path=bench.folder))
    assert (report.failed, report.removed) == (1, 0)
    assert await bench.found("Hibiscus")


@dataclass(frozen=True)
class Refusing:
    """A source that refuses us, or is away."""

    error: Exception
    kind: ClassVar[str] = "refusing"

    def check(self) -> str:
        raise self.error

    def items(self, cursor: str | None) -> Listing:
        raise self.error

    def fetch(self, item: Item) -> Document:
        raise self.error


async def test_refused_credentials_pause_the_connector(bench: Bench) -> None:
    report = await bench.syncing.run("wiki", Refusing(CredentialsRejected("issue a new token")))
    assert report.error == "issue a new token"
    assert bench.sources.state("wiki").is_paused


async def test_a_fault_in_a_connector_is_a_sentence_not_a_traceback(bench: Bench) -> None:
    report = await bench.syncing.run("wiki", Refusing(RuntimeError("secret innards")))
    assert "log" in report.error
    assert "innards" not in report.error


@dataclass(frozen=True)
class LeavesHalfway:
    """Ten items, of which the source stops giving any after the fourth."""

    given: list[str] = field(default_factory=list)
    kind: ClassVar[str] = "leaves"

    def check(self) -> str:
        return "ten items"

    def items(self, cursor: str | None) -> Listing:
        return Listing.complete(Item(f"{number}.md", "1") for number in range(10))

    def fetch(self, item: Item) -> Document:
        if int(item.id[0]) >= 4:
            raise SourceUnavailable("the source went away")
        self.given.append(item.id)
        return Document(item.id, "", f"file:///{item.id}", b"# Page\n\nText.", "text/markdown", None)


async def test_a_source_that_leaves_halfway_keeps_what_was_read(bench: Bench) -> None:
    report = await bench.syncing.run("far", LeavesHalfway())
    assert report.error == "the source went away"
    assert set(Corpus(bench.database).versions("far")) == {f"{number}.md" for number in range(4)}


async def test_a_cancelled_sync_goes_on_where_it_was(bench: Bench) -> None:
    for number in range(30):
        bench.write(f"{number}.md", f"# Page {number}\n\nText {number}.")
    task: asyncio.Task[object]

    def stop_at_ten(what: str, done: int, total: int) -> None:
        if what.startswith("reading") and done == 10:
            task.cancel()

    task = asyncio.create_task(bench.syncing.run("docs", bench.connector, progress=stop_at_ten))
    with pytest.raises(asyncio.CancelledError):
        await task
    kept = len(Corpus(bench.database).versions("docs"))
    assert 10 <= kept < 30
    rest = await bench.syncing.run("docs", bench.connector)
    assert (rest.added, rest.skipped) == (30 - kept, kept)


async def test_embedding_goes_on_where_it_was_interrupted(bench: Bench) -> None:
    for number in range(80):
        bench.write(f"{number}.md", f"# Page {number}\n\nA text about the number {number}.")
    await bench.syncing.run("docs", bench.connector)
    waiting = await bench.index.unembedded()
    assert waiting == 80
    task: asyncio.Task[int]

    def stop_after_one_slice(_what: str, done: int, _total: int) -> None:
        if done:
            task.cancel()

    task = asyncio.create_task(embed_waiting(bench.index, stop_after_one_slice))
    with pytest.raises(asyncio.CancelledError):
        await task
    left = await bench.index.unembedded()
    assert 0 < left < waiting
    # a slice that a thread was writing when it was cancelled is kept, too
    assert 0 < await embed_waiting(bench.index) <= left
    assert await bench.index.unembedded() == 0


KILLED = """
import asyncio, sys
from pathlib import Path
from bot.index.hybrid import HybridIndex
from bot.parsing.parser import Parser
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.sync import Syncing
from connectors.folder import Folder
from tests.fakes import HashEmbedder, PlainMorphology

async def main():
    database = Database(Path(sys.argv[2]))
    index = HybridIndex(database, PlainMorphology(), HashEmbedder())
    syncing = Syncing(index, Parser(), Sources(database), Corpus(database).versions)
    await syncing.run("docs", Folder(path=Path(sys.argv[1])), progress=lambda *a: print(*a, flush=True))

asyncio.run(main())
"""


def contents(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(
            """SELECT item_id, version, position, chunks.section, text, chunk_terms.body FROM documents
            JOIN chunks ON document_id = documents.id JOIN chunk_terms ON chunk_terms.rowid = chunks.id
            ORDER BY item_id, position"""
        ).fetchall()
    finally:
        connection.close()


def sync_in_a_process(folder: Path, database: Path, kill_at: Callable[[str], bool] | None = None) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder), str(database)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with process:
        assert process.stdout
        for line in process.stdout:
            if kill_at and kill_at(line):
                process.send_signal(signal.SIGKILL)
                break


def test_a_sync_killed_anywhere_and_repeated_equals_a_clean_one(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(150):
        (folder / f"{number:03}.md").write_text(
            f"# Page {number}\n\nText {number}.\n\n## More\n\nWords {number}."
        )
    for read in ("1", "10", "20"):

        def has_read(line: str, read: str = read) -> bool:
            return line.startswith("reading") and line.split()[-2] == read

        sync_in_a_process(folder, tmp_path / "killed.db", has_read)
    assert 0 < len({row[0] for row in contents(tmp_path / "killed.db")}) < 150
    sync_in_a_process(folder, tmp_path / "killed.db")
    sync_in_a_process(folder, tmp_path / "clean.db")
    assert len(contents(tmp_path / "clean.db")) >= 150
    assert contents(tmp_path / "killed.db") == contents(tmp_path / "clean.db")
