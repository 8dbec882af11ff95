"""What a listing would have deleted that was not believed: kept until an admin decides or the source does."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.store.database import Database

NAMED = 3
"""Documents that the reason of a pause names of those that would go."""


@dataclass(frozen=True)
class Doubt:
    """One question to an admin: may these documents go?"""

    id: str
    """Another one for every other list of documents."""
    connector: str
    at: datetime
    held: int
    """How many documents the connector had then."""
    gone: tuple[str, ...]
    """Item ids, in order."""

    @property
    def reason(self) -> str:
        """What the sync that asked says of it, and pauses the connector with. A pause for another reason
        may stand beside a question that is open."""
        first = ", ".join(self.gone[:NAMED])
        more = f" and {len(self.gone) - NAMED} more" if len(self.gone) > NAMED else ""
        return (
            f"{len(self.gone)} of {self.held} documents are gone from the source ({first}{more}); nothing "
            f"was changed. If that is right: footnote sync {self.connector} --allow-removals"
        )


class Doubts:
    """The table `doubts`, in verbs: one open question a connector. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def raise_(self, connector: str, gone: Collection[str], held: int, at: datetime) -> Doubt:
        """Ask about these documents. Where the very same were asked about before, that question stays."""
        listed = tuple(sorted(gone))
        with self._database.write() as db:
            known = self.of(connector)
            if known is not None and known.gone == listed:
                return known
            doubt = Doubt(secrets.token_hex(8), connector, at, held, listed)
            db.conn.execute(
                "INSERT OR REPLACE INTO doubts (connector, id, at, held, gone) VALUES (?, ?, ?, ?, ?)",
                [connector, doubt.id, at.timestamp(), held, json.dumps(listed, ensure_ascii=False)],
            )
        return doubt

    def of(self, connector: str) -> Doubt | None:
        """The open question about a connector."""
        return self._found("connector = ?", connector)

    def get(self, doubt_id: str) -> Doubt | None:
        """That question, while it is open."""
        return self._found("id = ?", doubt_id)

    def settle(self, connector: str) -> None:
        """There is no question about it any more."""
        with self._database.write() as db:
            db.conn.execute("DELETE FROM doubts WHERE connector = ?", [connector])

    def _found(self, condition: str, value: str) -> Doubt | None:
        row = self._database.row(
            f"SELECT id, connector, at, held, gone FROM doubts WHERE {condition}",  # noqa: S608 - constants
            [value],
        )
        if row is None:
            return None
        return Doubt(
            row["id"],
            row["connector"],
            datetime.fromtimestamp(row["at"], UTC),
            row["held"],
            tuple(json.loads(row["gone"])),
        )
