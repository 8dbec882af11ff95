"""Rows from all that a dataset is to be made of: files, what people approved or corrected, documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.contracts import Progress, unwatched
from bot.store.database import Database
from bot.tuning.data.approved import approved_rows
from bot.tuning.data.builder import Gathered
from bot.tuning.data.checking import Checks
from bot.tuning.data.corrections import CORRECTION, corrected_rows
from bot.tuning.data.documents import Documents
from bot.tuning.data.files import Terms, read_file, read_query
from bot.tuning.data.generated import Generator, chunks_to_ask
from bot.tuning.data.lookup import Search, with_passages_found
from bot.tuning.rows import Row


@dataclass(frozen=True)
class Wanted:
    """What rows are to be made of."""

    files: tuple[Path, ...] = ()
    corrections: tuple[Path, ...] = ()
    """Files, too, whose rows go before all others with the same question."""
    queries: tuple[tuple[Path, str], ...] = ()
    """(SQLite file, SELECT)"""
    terms: Terms = field(default_factory=Terms)
    approved: bool = True
    """What came of answers in Slack: those that people approved, and those that they corrected."""
    generate: int = 0
    """Passages to ask a model about."""
    readers: tuple[str, ...] | None = None
    """Principals to whom the adapter will be restricted; None: it is for everybody."""
    seed: int = 0


async def gather(
    wanted: Wanted,
    database: Database,
    documents: Documents,
    checks: Checks,
    *,
    search: Search | None = None,
    generator: Callable[[], Awaitable[Generator]] | None = None,
    progress: Progress = unwatched,
) -> Gathered:
    """All rows, those of files first: what is wrong in one is said before anything slow begins.

    `generator` is made when it is needed. Raises FileError, StoreError, ModelError, DatasetError.
    """
    rejected, masked = Counter[str](), Counter[str]()
    rows: list[Row] = []
    for path in wanted.files:
        rows += read_file(path, wanted.terms)
    for path in wanted.corrections:
        rows += [replace(row, source=CORRECTION) for row in read_file(path, wanted.terms)]
    for path, query in wanted.queries:
        rows += read_query(path, query, wanted.terms)
    if not len(documents):
        search = None
    rows = await with_passages_found(
        rows,
        search,
        documents,
        checks,
        wanted.readers,
        rejected,
        progress=progress,
    )
    if wanted.approved:
        rows += await corrected_rows(
            database, documents, checks, search, wanted.readers, rejected, progress=progress
        )
        rows += approved_rows(database, documents, rejected)
    if wanted.generate and generator is not None:
        chunks = chunks_to_ask(documents, wanted.generate, wanted.seed, wanted.readers)
        if chunks:
            made = await generator()
            rows += await made.rows(chunks, documents, rejected, masked, progress=progress)
    return Gathered(rows, rejected, masked)
