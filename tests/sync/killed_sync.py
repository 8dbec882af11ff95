"""A sync in a process of its own, to be killed.

The real folder, store and index; the embedding model and the dictionary of words are the tests' fakes, and
text is read in the process itself. The process is forked from one that has imported all of this, so that most
of its life is the sync.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path

from bot.index.hybrid import HybridIndex
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.embedding import embed_waiting
from bot.sync.sync import Syncing
from connectors.base import Connector
from connectors.folder import Folder
from tests.fakes import HashEmbedder, PlainMorphology
from tests.sync.feed import PlainParser
from tests.sync.folder_feed import FolderFeed


def sync(folder: Path, database: Path, *, gives_changes: bool, kill_after: float | None = None) -> float:
    """Run one, and kill it so many seconds after its first step. Seconds from then to its end; 0 where it was
    killed before that."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_main, args=(folder, database, gives_changes, there))
    process.start()
    there.close()
    try:
        here.recv()
        began = time.monotonic()
        if kill_after is not None:
            process.join(kill_after)
            process.kill()
        process.join()
        took = time.monotonic() - began
    finally:
        here.close()
    if process.exitcode not in (0, -9):
        raise AssertionError(f"the sync ended with {process.exitcode}")
    is_killed = process.exitcode == -9
    process.close()
    return 0.0 if is_killed else took


def _main(folder: Path, path: Path, gives_changes: bool, steps: Connection) -> None:
    asyncio.run(_sync(folder, path, steps, gives_changes=gives_changes))


async def _sync(folder: Path, path: Path, steps: Connection, *, gives_changes: bool) -> None:
    database = Database(path)
    corpus = Corpus(database)
    index = HybridIndex(database, PlainMorphology(), HashEmbedder())
    connector: Connector = FolderFeed(folder) if gives_changes else Folder(path=folder)
    syncing = Syncing(index, PlainParser(), Sources(database), corpus.versions)
    steps.send("begins")
    report = await syncing.run("docs", connector, allow_removals=True, despite_pause=True)
    await asyncio.to_thread(corpus.terms.sweep)
    await embed_waiting(index)
    if report.error or report.failed:
        raise SystemExit(f"{report.error} {report.failures}")
    database.close()
