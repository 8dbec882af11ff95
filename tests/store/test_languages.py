"""The language that somebody chose."""

from __future__ import annotations

from pathlib import Path

from bot.store.database import Database
from bot.store.languages import Languages


def test_a_choice_holds_for_one_person_until_it_is_changed_or_taken_back(tmp_path: Path) -> None:
    database = Database(tmp_path / "footnote.db")
    languages = Languages(database)
    assert languages.chosen("T", "U1") == ""
    languages.choose("T", "U1", "ko")
    languages.choose("T", "U1", "en")
    languages.choose("T", "U2", "ko")
    assert [languages.chosen("T", user) for user in ("U1", "U2", "U3")] == ["en", "ko", ""]
    assert languages.chosen("T2", "U1") == ""
    languages.choose("T", "U1", "")
    assert [languages.chosen("T", user) for user in ("U1", "U2")] == ["", "ko"]
    database.close()
