"""`footnote gaps`"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from bot.contracts import Answer
from bot.store.answers import Answers
from bot.store.database import Database
from tests.cli.conftest import Run


def test_what_went_unanswered_is_listed_for_people_and_as_json(run: Run, tmp_path: Path) -> None:
    assert run("gaps", "--json").stdout.strip() == '{"gaps": [], "private_questions": 0, "private_times": 0}'
    database = Database(tmp_path / "data" / "footnote.db")
    for number, question in enumerate(("How high is the pension?", "how high is the pension")):
        declined = Answer("Nothing.", (), False, f"t{number}", "en")
        Answers(database).record(question, declined, {}, datetime(2026, 11, 16 + number, tzinfo=UTC))
    secret = Answer("Nothing.", (), False, "t9", "en")
    Answers(database).record("Who is ill?", secret, {}, datetime(2026, 11, 18, tzinfo=UTC), is_private=True)
    database.close()

    shown = run("gaps")
    assert "how high is the pension" in shown.stdout
    assert "2026-11-17" in shown.stdout
    assert "ill" not in shown.stdout + shown.stderr
    assert "1 asked in private" in shown.stderr

    found = json.loads(run("gaps", "--json").stdout)
    assert [(gap["question"], gap["times"]) for gap in found["gaps"]] == [("how high is the pension", 2)]
    assert found["private_times"] == 1
    assert json.loads(run("gaps", "--since", "2026-11-17", "--json").stdout)["gaps"][0]["times"] == 1
