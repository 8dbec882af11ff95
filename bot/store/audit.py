"""Who changed what, and when: rows that are only ever added (the database itself refuses anything else)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.store.database import Database

TERMINAL = "terminal"
"""Who did something on the command line."""
OF_TERMINAL = "cli:"
"""What comes before the name of an account there, where that is known."""


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
        """`what` is a verb ("sync", "pause"; Slack translates those it knows), `who` a principal
        ("user:T1/U1"), TERMINAL or OF_TERMINAL with a name."""
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
