"""A sync killed at random moments, again and again: in the end the database is that of a clean one.

FOOTNOTE_KILLS says how many kills each (200 in bench/results.md); a few here.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from pathlib import Path

import pytest

from tests.sync.flaky import contents
from tests.sync.killed_sync import sync

KILLS = int(os.environ.get("FOOTNOTE_KILLS", "4"))


class Company:
    """A folder that goes on changing, and a log of what changed."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self.chance = chance
        folder.mkdir()
        self.log.touch()
        for number in range(40):
            self.write(f"{number:03}.md", "first")

    def write(self, name: str, edition: str) -> None:
        path = self.folder / name
        path.write_text(
            f"# 문서 {name}\n\nEdition {edition} of {name}.\n\n## More\n\nWords {edition}.", "utf-8"
        )
        os.utime(path, ns=(time.time_ns(), time.time_ns()))
        self._note(name)

    def edit(self, number: int) -> None:
        names = sorted(path.name for path in self.folder.iterdir())
        for name in self.chance.sample(names, 12):
            self.write(name, str(number))
        for name in self.chance.sample(names, 3):
            (self.folder / name).unlink()
            self._note(name)
        for new in range(4):
            self.write(f"{number:03}-{new}.md", "new")

    def _note(self, name: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{name}\n")


def audit(database: Path) -> list[str]:
    """What must never be found in a database, whenever its writer was killed."""
    connection = sqlite3.connect(database)
    try:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        questions = {
            "half a document": "SELECT id FROM documents EXCEPT SELECT document_id FROM chunks",
            "a chunk without terms": "SELECT id FROM chunks EXCEPT SELECT rowid FROM chunk_terms",
            "terms without a chunk": "SELECT rowid FROM chunk_terms EXCEPT SELECT id FROM chunks",
            "nobody's document": "SELECT id FROM documents EXCEPT SELECT document_id FROM document_readers",
        }
        for what, question in questions.items():
            found += [f"{what}: {row[0]}" for row in connection.execute(question)]
    finally:
        connection.close()
    return found


@pytest.mark.timeout(300 + 60 * KILLS)
@pytest.mark.parametrize("gives_changes", [False, True], ids=["whole listings", "changes"])
def test_a_sync_killed_at_random_moments_ends_where_a_clean_one_does(
    tmp_path: Path, *, gives_changes: bool
) -> None:
    chance = random.Random(f"{KILLS}{gives_changes}")
    company = Company(tmp_path / "docs", chance)
    database = tmp_path / "killed.db"

    def synced(path: Path, kill_after: float | None = None) -> float:
        return sync(company.folder, path, gives_changes=gives_changes, kill_after=kill_after)

    synced(database)
    company.edit(0)
    usual = synced(database)
    kills = syncs = 0
    while kills < KILLS:
        company.edit(syncs := syncs + 1)
        took = synced(database, chance.random() * usual)
        kills += not took
        usual = max(took, usual * 0.98)  # the machine is now faster, now slower
        assert syncs % 10 or audit(database) == []
    synced(database)
    synced(tmp_path / "clean.db")
    print(f"{kills} of {syncs} syncs were killed before their end")
    assert audit(database) == []
    assert len({row[0] for row in contents(database)}) == len([*company.folder.iterdir()])
    assert contents(database) == contents(tmp_path / "clean.db")
