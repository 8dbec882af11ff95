"""A dataset of public questions, as the drill of tuning builds it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.tuning.data.builder import Gathered, build, building
from bot.tuning.data.checking import Checks
from bot.tuning.data.documents import Documents
from bot.tuning.data.files import Terms, read_file
from tests.tuning.eval_rows import EVALUATION, write_rows

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not EVALUATION.is_dir(), reason="../shared/eval is not here"),
]


async def test_public_questions_become_rows_that_stand_the_checks(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    write_rows(file, 60, korean=30)
    rows = read_file(file, Terms())
    assert len(rows) == 60
    assert Counter(row.language for row in rows) == {"en": 30, "ko": 30}
    assert {row.licence for row in rows} == {"CC BY-SA 4.0", "CC BY-ND 2.0 KR"}

    database = Database(tmp_path / "footnote.db")
    with building(tmp_path / "public") as place:
        gathered = Gathered(rows, Counter(), Counter())
        dataset = await build(place, gathered, Documents(database), Checks(), seed=7)
    database.close()
    kinds = Counter(row.kind for own in dataset.splits.values() for row in own)
    assert kinds["answer"] >= 40  # of 50: what the bot would not have shown is not taught
    assert kinds["abstain"] >= 10
    assert not dataset.manifest.masked.get("resident number")
