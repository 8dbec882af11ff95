"""The language in which somebody wants the bot's own words, where they said so."""

from __future__ import annotations

from bot.store.database import Database


class Languages:
    """The table `person_languages`, in verbs. Every method raises StoreError where the file fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def chosen(self, team: str, user: str) -> str:
        """ "ko" or "en"; "" where they did not choose."""
        found = self._database.value(
            "SELECT language FROM person_languages WHERE team = ? AND user = ?", [team, user]
        )
        return str(found or "")

    def choose(self, team: str, user: str, language: str) -> None:
        """From now on "ko" or "en"; "" takes the choice back."""
        with self._database.write() as db:
            db.conn.execute("DELETE FROM person_languages WHERE team = ? AND user = ?", [team, user])
            if language:
                db.conn.execute("INSERT INTO person_languages VALUES (?, ?, ?)", [team, user, language])
