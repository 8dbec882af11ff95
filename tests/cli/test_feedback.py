"""`footnote feedback`"""

from __future__ import annotations

import json
from pathlib import Path

from bot.store.database import Database
from bot.store.feedback import UP, Feedback
from tests.cli.conftest import Run


def test_votes_are_listed_by_reason_without_who_and_what_they_said(run: Run, tmp_path: Path) -> None:
    database = Database(tmp_path / "data" / "footnote.db")
    feedback = Feedback(database, lambda: 1_800_000_000.0)
    feedback.vote("t1", "T1", "U1", UP)
    feedback.explain("t1", "T1", "U2", "missing_source", "their own words")
    database.close()

    shown = run("feedback").stdout
    assert "missing source" in shown
    assert "their own words" not in shown
    assert "U2" not in shown
    counted = {"up": 1, "down": 1, "reasons": {"missing_source": 1}}
    assert json.loads(run("feedback", "--json").stdout) == counted
    nothing = {"up": 0, "down": 0, "reasons": {}}
    assert json.loads(run("feedback", "--since", "2027-01-16", "--json").stdout) == nothing
