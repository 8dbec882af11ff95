"""What is known of each connector between two syncs, and of the items that could not be read."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.contracts import Filter, SyncReport
from bot.store.changes import filter_conditions
from bot.store.database import Database
from bot.store.doubts import Doubts
from bot.store.notices import Notices
from connectors.base import Item


@dataclass(frozen=True)
class SourceState:
    """One connector as its last sync left it."""

    name: str
    is_paused: bool = False
    pause_reason: str = ""
    paused_by: str = ""
    """Who paused it; empty where the sync itself did (credentials refused, too many documents gone)."""
    cursor: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    """Earlier than `started_at` (or None) where the last sync was interrupted or still runs."""
    report: SyncReport | None = None
    whole_at: datetime | None = None
    """When the last listing was asked for that began without a cursor and was taken in whole."""
    failures: int = 0
    """How many syncs failed in a row."""
    succeeded_at: datetime | None = None
    """When the last sync without an error ended."""

    @property
    def was_interrupted(self) -> bool:
        """Whether the last sync never came to its end (or runs now)."""
        return self.started_at is not None and (
            self.finished_at is None or self.finished_at < self.started_at
        )


@dataclass(frozen=True)
class SetAside:
    """An item that could not be read in this version."""

    item_id: str
    version: str
    reason: str
    since: datetime
    attempts: int
    tried_at: datetime


@dataclass(frozen=True)
class Holdings:
    """How much of one connector is in the index."""

    documents: int = 0
    chunks: int = 0


class Sources:
    """The tables `connectors` and `quarantine`, in verbs. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.doubts = Doubts(database)
        self.notices = Notices(database)

    # --- state ---

    def state(self, name: str) -> SourceState:
        """A connector never heard of is active and has no report."""
        row = self._database.row("SELECT * FROM connectors WHERE name = ?", [name])
        return SourceState(name) if row is None else _state(row)

    def names(self) -> list[str]:
        """Every connector that was ever synced or paused, or has documents, and was not forgotten."""
        rows = self._database.rows(
            "SELECT name FROM connectors UNION SELECT DISTINCT connector FROM documents ORDER BY 1"
        )
        return [row[0] for row in rows]

    def pause(self, name: str, reason: str, *, by: str = "") -> None:
        with self._database.write() as db:
            db.conn.execute(
                """INSERT INTO connectors (name, state, pause_reason, paused_by) VALUES (?, 'paused', ?, ?)
                ON CONFLICT (name) DO UPDATE
                SET state = 'paused', pause_reason = excluded.pause_reason, paused_by = excluded.paused_by""",
                [name, reason, by],
            )

    def resume(self, name: str) -> None:
        with self._database.write() as db:
            db.conn.execute(
                "UPDATE connectors SET state = 'active', pause_reason = '', paused_by = '' WHERE name = ?",
                [name],
            )

    def started(self, name: str, at: datetime) -> None:
        with self._database.write() as db:
            db.conn.execute(
                """INSERT INTO connectors (name, started_at) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at""",
                [name, at.timestamp()],
            )

    def finished(
        self, report: SyncReport, at: datetime, *, cursor: str | None, whole_at: datetime | None = None
    ) -> None:
        """Keep the report, the cursor and, if given, when the whole source was listed: all or nothing."""
        with self._database.write() as db:
            db.conn.execute(
                """UPDATE connectors SET finished_at = :at, report = :report, cursor = :cursor,
                whole_at = coalesce(:whole_at, whole_at),
                failures = CASE WHEN :failed THEN failures + 1 ELSE 0 END,
                succeeded_at = CASE WHEN :failed THEN succeeded_at ELSE :at END
                WHERE name = :name""",
                {
                    "at": at.timestamp(),
                    "report": json.dumps(dataclasses.asdict(report), ensure_ascii=False),
                    "cursor": cursor,
                    "whole_at": whole_at.timestamp() if whole_at else None,
                    "failed": bool(report.error),
                    "name": report.connector,
                },
            )
            self.notices.note(report.connector, report.error, at)

    def forget(self, name: str) -> None:
        """Everything but the documents, which are the index's to remove."""
        with self._database.write() as db:
            db.conn.execute("DELETE FROM quarantine WHERE connector = ?", [name])
            db.conn.execute("DELETE FROM forgotten_items WHERE connector = ?", [name])
            self.doubts.settle(name)
            self.notices.forget(name)
            db.conn.execute("DELETE FROM connectors WHERE name = ?", [name])

    def holdings(self) -> dict[str, Holdings]:
        """Documents and chunks of every connector that has any."""
        rows = self._database.rows(
            """SELECT connector, COUNT(DISTINCT documents.id), COUNT(chunks.id) FROM documents
            LEFT JOIN chunks ON chunks.document_id = documents.id GROUP BY connector"""
        )
        return {row[0]: Holdings(row[1], row[2]) for row in rows}

    def readable(self, readers: Collection[str]) -> dict[str, int]:
        """Connector -> how many of its documents at least one of `readers` may read; none: left out."""
        # not EXISTS: with many readers, a look into each of 100,000 documents takes ten seconds
        rows = self._database.rows(
            """SELECT connector, COUNT(*) FROM documents WHERE id IN (
                SELECT document_id FROM document_readers WHERE reader IN (SELECT value FROM json_each(?))
            ) GROUP BY connector ORDER BY connector""",
            [json.dumps(sorted(readers))],
        )
        return {row[0]: row[1] for row in rows}

    def count(self, narrowed: Filter) -> int:
        """How many documents a filter lets through, whoever may read them."""
        clauses, values = filter_conditions(narrowed)
        return int(
            self._database.value(
                f"SELECT COUNT(*) FROM documents d WHERE TRUE{clauses}",  # noqa: S608 - only question marks
                values,
            )
        )

    # --- forgotten items ---

    def forgotten(self, name: str) -> frozenset[str]:
        """Ids of a connector's items that an admin had forgotten: they are not taken in."""
        rows = self._database.rows("SELECT item_id FROM forgotten_items WHERE connector = ?", [name])
        return frozenset(row[0] for row in rows)

    def forget_item(self, name: str, item_id: str) -> None:
        """Take this item in no more, and know nothing of it but that."""
        with self._database.write() as db:
            db.conn.execute("INSERT OR IGNORE INTO forgotten_items VALUES (?, ?)", [name, item_id])
            db.conn.execute("DELETE FROM quarantine WHERE connector = ? AND item_id = ?", [name, item_id])

    def allow_item(self, name: str, item_id: str) -> bool:
        """Take a forgotten item in again at the next whole listing; False where it was not forgotten."""
        with self._database.write() as db:
            found = db.conn.execute(
                "DELETE FROM forgotten_items WHERE connector = ? AND item_id = ?", [name, item_id]
            )
            # a source that only tells its changes would not list it again
            db.conn.execute("UPDATE connectors SET cursor = NULL WHERE name = ?", [name])
        return found.rowcount == 1

    # --- quarantine ---

    def set_aside(self, name: str) -> dict[str, SetAside]:
        """Item id -> why it could not be read."""
        rows = self._database.rows("SELECT * FROM quarantine WHERE connector = ? ORDER BY item_id", [name])
        return {row["item_id"]: _set_aside(row) for row in rows}

    def quarantine(self, name: str, item: Item, reason: str, at: datetime) -> None:
        """Note that this version could not be read; again: one more attempt. A new version starts anew."""
        with self._database.write() as db:
            db.conn.execute(
                """INSERT INTO quarantine (connector, item_id, version, reason, since, attempts, tried_at)
                VALUES (:connector, :item, :version, :reason, :at, 1, :at)
                ON CONFLICT (connector, item_id) DO UPDATE SET
                    attempts = CASE WHEN version = excluded.version THEN attempts + 1 ELSE 1 END,
                    since = CASE WHEN version = excluded.version THEN since ELSE excluded.since END,
                    version = excluded.version, reason = excluded.reason, tried_at = excluded.tried_at""",
                {
                    "connector": name,
                    "item": item.id,
                    "version": item.version,
                    "reason": reason,
                    "at": at.timestamp(),
                },
            )

    def try_again(self, name: str) -> int:
        """Let the next sync try every item that was set aside, however lately it was tried; how many."""
        with self._database.write() as db:
            found = db.conn.execute("UPDATE quarantine SET tried_at = 0 WHERE connector = ?", [name])
        return found.rowcount

    def release(self, name: str, item_ids: Collection[str]) -> None:
        """Take items out of the quarantine."""
        if not item_ids:
            return
        with self._database.write() as db:
            db.conn.executemany(
                "DELETE FROM quarantine WHERE connector = ? AND item_id = ?",
                [(name, item_id) for item_id in item_ids],
            )


def _state(row: sqlite3.Row) -> SourceState:
    return SourceState(
        name=row["name"],
        is_paused=row["state"] == "paused",
        pause_reason=row["pause_reason"],
        paused_by=row["paused_by"],
        cursor=row["cursor"],
        started_at=_moment(row["started_at"]),
        finished_at=_moment(row["finished_at"]),
        report=_report(row["report"]),
        whole_at=_moment(row["whole_at"]),
        failures=row["failures"],
        succeeded_at=_moment(row["succeeded_at"]),
    )


def _report(text: str | None) -> SyncReport | None:
    if text is None:
        return None
    known = {field.name for field in dataclasses.fields(SyncReport)}
    values = {key: value for key, value in json.loads(text).items() if key in known}
    values["failures"] = tuple((item, reason) for item, reason in values.get("failures", ()))
    return SyncReport(**values)


def _set_aside(row: sqlite3.Row) -> SetAside:
    return SetAside(
        item_id=row["item_id"],
        version=row["version"],
        reason=row["reason"],
        since=datetime.fromtimestamp(row["since"], UTC),
        attempts=row["attempts"],
        tried_at=datetime.fromtimestamp(row["tried_at"], UTC),
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
