"""Who changed what, and when: rows that are only ever added (the database itself refuses anything else)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.store.database import Database


@dataclass(frozen=True)
class AuditEntry:
    """One change by one person. `detail` holds no secret and no document text."""

    at: datetime
    who: str
    what: str
    detail: str


class Audit:
    """The table `audit`, in verbs. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, who: str, what: str, detail: str = "") -> None:
        """`what` is a verb of bot.admin ("sync", "pause"), `who` a principal ("user:T1/U1", "cli:minji")."""
        with self._database.write() as db:
            db.conn.execute(
                "INSERT INTO audit (at, who, what, detail) VALUES (?, ?, ?, ?)",
                [datetime.now(UTC).timestamp(), who, what, detail],
            )

    def list(self, limit: int = 100) -> list[AuditEntry]:
        """The newest first."""
        rows = self._database.rows("SELECT * FROM audit ORDER BY id DESC LIMIT ?", [limit])
        return [
            AuditEntry(datetime.fromtimestamp(row["at"], UTC), row["who"], row["what"], row["detail"])
            for row in rows
        ]
