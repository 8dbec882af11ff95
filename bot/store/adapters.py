"""Adapters that were tuned here: what each is, where it answered when, and how its answers did.

What happened to them is a list of events that only grows (the database itself refuses anything else); which
of them answers now follows from it: see bot.tuning.activation.choice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.errors import NotFound
from bot.store.database import Database
from connectors.base import EVERYONE

ACTIVATED, ROLLED_BACK = "activated", "rolled back"
MOST_COMPARED = 500
"""Answers of the base model that an adapter is compared with: the last ones before it was activated."""
ENOUGH_COMPARED = 100
"""Where there are fewer, the first ones after it are taken besides."""
_CHECKED = "says that there is no answer"


@dataclass(frozen=True)
class TunedAdapter:
    """An adapter as it was when it was entered. A file that is another one now is not it."""

    name: str
    file: str
    sha256: str
    dataset: str
    dataset_hash: str
    base_sha256: str
    readers: tuple[str, ...] | None
    """Principals: it answers only where all of them read along, or what they may. None: everywhere."""
    created_at: datetime


@dataclass(frozen=True)
class AdapterEvent:
    """It was activated, or rolled back."""

    adapter: str
    what: str
    channel: str
    """Id of the channel in which alone it answers; "": any."""
    share: float
    """Of the questions; 1: all."""
    at: datetime
    who: str
    why: str
    scorecard_sha256: str = ""


@dataclass(frozen=True)
class Staleness:
    """How many of the documents that an adapter was trained on are not what they were then."""

    changed: int = 0
    gone: int = 0
    narrowed: int = 0
    """Not everybody who may be answered by the adapter may read them any more."""

    @property
    def documents(self) -> int:
        return self.changed + self.gone + self.narrowed


@dataclass(frozen=True)
class AnswerFigures:
    """What one answer was worth, as far as that shows by itself."""

    is_found: bool
    sentences: int
    dropped: int
    up: int
    down: int


class Adapters:
    """The tables of tuned adapters, in verbs. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- what there is --------------------------------------------------------------------------------------

    def enter(self, adapter: TunedAdapter, versions: Mapping[str, str]) -> None:
        """Write down a new one, with the documents it was trained on and their versions; one of that name
        takes the place of another that was never activated, and of no other."""
        readers = None if adapter.readers is None else json.dumps(sorted(adapter.readers))
        with self._database.write() as db:
            db.conn.execute(
                "DELETE FROM adapters WHERE name = ? AND name NOT IN (SELECT adapter FROM adapter_events)",
                [adapter.name],
            )
            added = db.conn.execute(
                "INSERT OR IGNORE INTO adapters VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    adapter.name,
                    adapter.file,
                    adapter.sha256,
                    adapter.dataset,
                    adapter.dataset_hash,
                    adapter.base_sha256,
                    readers,
                    adapter.created_at.timestamp(),
                ],
            ).rowcount
            if added:
                db.conn.executemany(
                    "INSERT INTO adapter_documents VALUES (?, ?, ?)",
                    [(adapter.name, document, version) for document, version in versions.items()],
                )

    def get(self, name: str) -> TunedAdapter:
        """Raises NotFound."""
        row = self._database.row("SELECT * FROM adapters WHERE name = ?", [name])
        if row is None:
            raise NotFound(f"There is no tuned adapter {name[:80]!r}.", mend="See: footnote tune list")
        return _adapter(row)

    def all(self) -> list[TunedAdapter]:
        """The newest first."""
        return [
            _adapter(row)
            for row in self._database.rows("SELECT * FROM adapters ORDER BY created_at DESC, name")
        ]

    # --- what happened to them ------------------------------------------------------------------------------

    def add_event(self, event: AdapterEvent) -> None:
        """Write down that one was activated or rolled back."""
        with self._database.write() as db:
            db.conn.execute(
                """INSERT INTO adapter_events (at, adapter, what, channel, share, who, why, scorecard_sha256)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                [
                    event.at.timestamp(),
                    event.adapter,
                    event.what,
                    event.channel,
                    event.share,
                    event.who,
                    event.why,
                    event.scorecard_sha256,
                ],
            )

    def events(self) -> list[AdapterEvent]:
        """All of them, oldest first."""
        rows = self._database.rows(
            """SELECT adapter, what, channel, share, at, who, why, scorecard_sha256
            FROM adapter_events ORDER BY id"""
        )
        return [AdapterEvent(**{**dict(row), "at": datetime.fromtimestamp(row["at"], UTC)}) for row in rows]

    # --- what they learned from -----------------------------------------------------------------------------

    def staleness(self, name: str) -> Staleness:
        """Of the documents that it was trained on. Each counts once, as the worst that happened to it.

        What had no version then was not in the index (a file of rows named it), and so is not gone from it.
        """
        adapter = self.get(name)
        readers = json.dumps(list(adapter.readers or (EVERYONE,)))
        row = self._database.row(
            """WITH learned AS (
                SELECT d.id, d.version AS now, a.version AS then_, EXISTS (
                    SELECT 1 FROM document_readers r WHERE r.document_id = d.id
                    AND r.reader IN (SELECT value FROM json_each(:readers))) AS readable
                FROM adapter_documents a LEFT JOIN documents d ON d.id = a.document_id
                WHERE a.adapter = :name)
            SELECT count(*) FILTER (WHERE id IS NULL AND then_ != '') AS gone,
                count(*) FILTER (WHERE id IS NOT NULL AND NOT readable) AS narrowed,
                count(*) FILTER (WHERE id IS NOT NULL AND readable AND then_ NOT IN ('', now)) AS changed
            FROM learned""",
            {"name": name, "readers": readers},
        )
        return Staleness() if row is None else Staleness(row["changed"], row["gone"], row["narrowed"])

    def trained_on(self, document_ids: Collection[str]) -> list[str]:
        """Names of those that learned from any of these documents."""
        rows = self._database.rows(
            """SELECT DISTINCT adapter FROM adapter_documents
            WHERE document_id IN (SELECT value FROM json_each(?)) ORDER BY adapter""",
            [json.dumps([*document_ids])],
        )
        return [row["adapter"] for row in rows]

    def gone(self) -> dict[str, int]:
        """By name, from how many documents of the index it learned that are gone; none: left out."""
        rows = self._database.rows(
            """SELECT adapter, count(*) AS gone FROM adapter_documents
            WHERE version != '' AND document_id NOT IN (SELECT id FROM documents)
            GROUP BY adapter ORDER BY adapter"""
        )
        return {row["adapter"]: row["gone"] for row in rows}

    # --- how their answers did ------------------------------------------------------------------------------

    def answered_by(self, name: str, since: datetime) -> list[AnswerFigures]:
        """Answers with this adapter, from then on, oldest first. Repetitions are none of them: nothing was
        written for those."""
        return self._figures("f.adapter = ? AND asked_at >= ? ORDER BY asked_at", name, since.timestamp())

    def compared_with(self, since: datetime) -> list[AnswerFigures]:
        """Answers of the model without any, oldest first: the MOST_COMPARED before that moment, and where
        these are not ENOUGH_COMPARED, so many after it as are missing."""
        moment = since.timestamp()
        before = self._figures(
            f"f.adapter = '' AND asked_at < ? ORDER BY asked_at DESC LIMIT {MOST_COMPARED}", moment
        )[::-1]
        missing = ENOUGH_COMPARED - len(before)
        if missing <= 0:
            return before
        after = "f.adapter = '' AND asked_at >= ? ORDER BY asked_at LIMIT ?"
        return before + self._figures(after, moment, missing)

    def _figures(self, condition: str, *values: object) -> list[AnswerFigures]:
        rows = self._database.rows(
            f"""SELECT found, sentences, dropped,
                (SELECT count(*) FROM feedback v WHERE v.vote = 'up' AND v.trace_id IN (SELECT a.trace_id
                    UNION SELECT trace_id FROM answers WHERE repeats = a.trace_id)) AS up,
                (SELECT count(*) FROM feedback v WHERE v.vote = 'down' AND v.trace_id IN (SELECT a.trace_id
                    UNION SELECT trace_id FROM answers WHERE repeats = a.trace_id)) AS down
            FROM answer_figures f JOIN answers a USING (trace_id)
            WHERE {condition}""",  # noqa: S608 - constants of this class
            values,
        )
        return [
            AnswerFigures(bool(row["found"]), row["sentences"], row["dropped"], row["up"], row["down"])
            for row in rows
        ]


def note_figures(connection: sqlite3.Connection, trace_id: str, trace: Mapping[str, Any]) -> None:
    """Within the transaction that records an answer: which adapter made it, and what the check dropped.

    Numbers alone, so that they outlive the words. Of a trace that names no adapter nothing is known.
    """
    connection.execute("DELETE FROM answer_figures WHERE trace_id = ?", [trace_id])
    if "adapter" not in trace or trace.get("repeats"):
        return
    checked: Sequence[Mapping[str, Any]] = [
        verdict for verdict in trace.get("verdicts", ()) if verdict.get("reason") != _CHECKED
    ]
    dropped = sum(1 for verdict in checked if not verdict.get("sources"))
    connection.execute(
        "INSERT INTO answer_figures VALUES (?, ?, ?, ?)",
        [trace_id, str(trace["adapter"]), len(checked), dropped],
    )


def _adapter(row: sqlite3.Row) -> TunedAdapter:
    return TunedAdapter(
        name=row["name"],
        file=row["file"],
        sha256=row["sha256"],
        dataset=row["dataset"],
        dataset_hash=row["dataset_hash"],
        base_sha256=row["base_sha256"],
        readers=None if row["readers"] is None else tuple(json.loads(row["readers"])),
        created_at=datetime.fromtimestamp(row["created_at"], UTC),
    )
