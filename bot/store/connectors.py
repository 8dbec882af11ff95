"""Connectors that were added at run time; those of config.toml stand there alone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.errors import NotFound, Outdated
from bot.store.audit import Audit
from bot.store.database import Database


@dataclass(frozen=True)
class AddedConnector:
    """One connector as it was entered."""

    name: str
    kind: str
    settings: Mapping[str, Any]
    """Plain values by the names of the kind's fields; without its secrets."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Field to what stands for its value: "env:NAME", or sealed (bot.sealed)."""
    schedule: str = ""
    """Empty: that of [sync]."""
    timezone: str = ""
    """Empty: that of [sync]."""
    owner_channel: str = ""
    """Id of a Slack channel; empty: nobody is named."""
    added_by: str = ""
    """A principal."""
    added_at: datetime | None = None
    changed_by: str = ""
    changed_at: datetime | None = None


class AddedConnectors:
    """The table `added_connectors`, in verbs. Each change and its audit row are one transaction; secrets,
    sealed or not, are never in that row. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audit = Audit(database)

    def list(self) -> list[AddedConnector]:
        """In the order they were added."""
        rows = self._database.rows("SELECT * FROM added_connectors ORDER BY added_at, name")
        return [_added(row) for row in rows]

    def get(self, name: str) -> AddedConnector:
        """Raises NotFound."""
        row = self._database.row("SELECT * FROM added_connectors WHERE name = ?", [name])
        if row is None:
            raise NotFound(f"No connector {name!r} was added.", mend="See: footnote connectors list")
        return _added(row)

    def save(self, connector: AddedConnector, instead_of: AddedConnector | None, *, who: str) -> None:
        """Add it, or put it in the place of `instead_of`; who added that one stays.

        Raises Outdated where another one has that name by now, NotFound where `instead_of` was removed.
        """
        now = datetime.now(UTC).timestamp()
        with self._database.write() as db:
            self._check_is_still(connector.name, instead_of)
            old = db.conn.execute(
                """SELECT kind, settings, secrets, schedule, timezone, owner_channel
                FROM added_connectors WHERE name = ?""",
                [connector.name],
            ).fetchone()
            new = (
                connector.kind,
                json.dumps(dict(connector.settings), ensure_ascii=False),
                json.dumps(dict(connector.secrets)),
                connector.schedule,
                connector.timezone,
                connector.owner_channel,
            )
            db.conn.execute(
                """INSERT INTO added_connectors
                (name, kind, settings, secrets, schedule, timezone, owner_channel,
                    added_by, added_at, changed_by, changed_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET
                    kind = excluded.kind, settings = excluded.settings, secrets = excluded.secrets,
                    schedule = excluded.schedule, timezone = excluded.timezone,
                    owner_channel = excluded.owner_channel,
                    changed_by = excluded.changed_by, changed_at = excluded.changed_at""",
                [connector.name, *new, who, now, who, now],
            )
            what = "add connector" if old is None else "edit connector"
            self._audit.append(who, what, _in_words(connector.name, old, new))

    def remove(self, name: str, *, who: str) -> None:
        """Raises NotFound."""
        with self._database.write() as db:
            if not db.conn.execute("DELETE FROM added_connectors WHERE name = ?", [name]).rowcount:
                raise NotFound(f"No connector {name!r} was added.", mend="See: footnote connectors list")
            self._audit.append(who, "remove connector", name)

    def _check_is_still(self, name: str, expected: AddedConnector | None) -> None:
        """While nobody else can write. Raises Outdated, NotFound."""
        found = next((each for each in self.list() if each.name == name), None)
        if found == expected:
            return
        if found is None:
            raise NotFound(f"The connector {name} was removed meanwhile.", mend="Nothing was saved.")
        what = "changed" if expected else "added"
        raise Outdated(
            f"The connector {name} was {what} by somebody else meanwhile, so nothing was saved.",
            mend="Look at what it is now, and begin again.",
        )


def _in_words(name: str, old: tuple[str, ...] | None, new: tuple[str, ...]) -> str:
    """What an audit row says of a change: settings before and after, of secrets their names alone."""
    before, after = (_shown(row) if row else {} for row in (old, new))
    parts: list[str] = []
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) == after.get(key):
            continue
        if old is None:
            parts.append(f"{key} = {_json(after[key])}")
        else:
            was, now = (_json(each[key]) if key in each else "unset" for each in (before, after))
            parts.append(f"{key}: {was} -> {now}")
    secrets_before, secrets_after = (json.loads(row[2]) if row else {} for row in (old, new))
    for key in sorted(secrets_before.keys() | secrets_after.keys()):
        if secrets_before.get(key) != secrets_after.get(key):
            parts.append(f"{key}: {'a new secret' if key in secrets_after else 'no secret any more'}")
    return f"{name}: {'; '.join(parts) or 'nothing changed'}"


def _shown(row: tuple[str, ...]) -> dict[str, Any]:
    kind, settings, _, schedule, timezone, owner_channel = row
    table = {"kind": kind, **json.loads(settings)}
    beside = {"schedule": schedule, "time zone": timezone, "owner channel": owner_channel}
    return table | {key: text for key, text in beside.items() if text}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _added(row: sqlite3.Row) -> AddedConnector:
    return AddedConnector(
        name=row["name"],
        kind=row["kind"],
        settings=json.loads(row["settings"]),
        secrets=json.loads(row["secrets"]),
        schedule=row["schedule"],
        timezone=row["timezone"],
        owner_channel=row["owner_channel"],
        added_by=row["added_by"],
        added_at=datetime.fromtimestamp(row["added_at"], UTC),
        changed_by=row["changed_by"],
        changed_at=datetime.fromtimestamp(row["changed_at"], UTC),
    )
