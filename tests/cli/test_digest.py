"""`footnote digest`"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.contracts import Answer, Citation
from bot.store.answers import Answers
from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from tests.cli.conftest import Run
from tests.store.cast import a_document


def test_the_digest_is_printed_for_people_and_as_json_and_names_only_what_is_for_everyone(
    run: Run, tmp_path: Path
) -> None:
    assert "nothing wants anybody" in run("digest").stderr
    database = Database(tmp_path / "data" / "footnote.db")
    corpus, answers, now = Corpus(database), Answers(database), datetime.now(UTC)
    corpus.put(a_document("old", "text"))
    corpus.put(a_document("canary", "text", readers=frozenset({"user:T1/U1"})))
    citations = tuple(
        Citation(number, document_id("wiki", item), "wiki", item, "", "", "text", None)
        for number, item in enumerate(("old", "canary"), 1)
    )
    answers.record("q", Answer("[1]", citations, True, "t1", "en"), {}, now - timedelta(days=1))
    with database.write() as db:
        db.conn.execute("UPDATE documents SET updated_at = 0, title = item_id")
    for question, is_private in (("How high is the pension?", False), ("Who is ill?", True)):
        declined = Answer("Nothing.", (), False, question[:3], "en")
        answers.record(question, declined, {}, now - timedelta(hours=1), is_private=is_private)
    database.close()

    shown = run("digest").stdout
    for words in (
        "How high is the pension?",
        "1 more asked in private",
        "old",
        "1970-01-01",
        "1 more unchanged",
    ):
        assert words in shown
    found = json.loads(run("digest", "--json").stdout)
    assert [one["question"] for one in found["questions"]] == ["How high is the pension?"]
    assert (found["unshown_questions"], found["unshown_stale"]) == (1, 1)
    assert [one["title"] for one in found["stale"]] == ["old"]
    assert "canary" not in shown + json.dumps(found)
    assert "ill" not in shown + json.dumps(found)
    tomorrow = f"{now + timedelta(days=1):%Y-%m-%d}"
    assert json.loads(run("digest", "--since", tomorrow, "--json").stdout)["questions"] == []


def test_a_channel_that_owns_nothing_is_named_with_those_that_do(run: Run, tmp_path: Path) -> None:
    del tmp_path
    refused = run("digest", "--channel", "C0123456789")
    assert refused.returncode == 1
    assert "No connector has owner_channel 'C0123456789'" in refused.stderr
    assert "Give one an owner_channel" in refused.stderr


def test_a_schedule_that_cannot_be_read_is_named_before_anything_starts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[slack]\ndigest = "someday"\n')
    refused = run("run")
    assert refused.returncode == 1
    assert "slack.digest: 'someday' is no schedule" in refused.stderr
    assert "switches it off" in refused.stderr
