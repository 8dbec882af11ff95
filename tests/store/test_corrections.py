"""What people wrote in the place of an answer is kept while that answer and its documents are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.contracts import Answer
from bot.store.answers import Answers
from bot.store.corpus import Corpus, document_id
from bot.store.corrections import Correction, Corrections
from bot.store.database import Database
from bot.store.kept import QuestionKey
from tests.store.cast import a_document

LEAVE = document_id("wiki", "leave.md")
CANARY = "Vermilion otters know."


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "footnote.db")
    Corpus(database).put(a_document("leave.md", "Leave is 15 days.", version="7"))
    yield database
    database.close()


def asked(database: Database, trace_id: str = "t1", **more: object) -> None:
    trace = {"passages": [{"chunk_id": 1, "document_id": LEAVE, "score": 0.5}]}
    answer = Answer("Leave is 25 days.", (), True, trace_id, "en")
    Answers(database).record("how much leave?", answer, trace, datetime.now(UTC), **more)  # type: ignore[arg-type]


def corrected(database: Database, answer: str = CANARY, trace_id: str = "t1") -> bool:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    given = Correction(trace_id, "how much leave?", answer, "user:T1/U1", at, ("everyone",))
    return Corrections(database).add(given)


def kept(database: Database) -> list[str]:
    return [one.correction.answer for one in Corrections(database).all()]


def bytes_of(database: Database) -> bytes:
    """Those of the file, with the log folded into it."""
    connection = sqlite3.connect(database.path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return database.path.read_bytes()


def test_it_is_kept_with_what_had_been_found_then_and_the_last_one_counts(database: Database) -> None:
    asked(database)
    assert corrected(database)
    assert corrected(database, "15 days.")
    (one,) = Corrections(database).all()
    assert one.correction == Correction(
        "t1", "how much leave?", "15 days.", "user:T1/U1", datetime(2026, 11, 22, tzinfo=UTC), ("everyone",)
    )
    assert (one.record.question, one.documents) == ("how much leave?", {LEAVE: "7"})
    assert b"Vermilion" not in bytes_of(database)


def test_where_an_answer_was_given_again_it_leads_to_what_was_read_for_it(database: Database) -> None:
    asked(database)
    asked(database, "t2", repeats="t1")
    corrected(database, trace_id="t2")
    (one,) = Corrections(database).all()
    assert (one.correction.trace_id, one.record.answer.trace_id) == ("t2", "t1")


@pytest.mark.parametrize("how", ["removed", "reworded", "connector", "question"])
def test_none_of_its_bytes_outlive_a_document_found_for_it_or_its_question(
    database: Database, how: str
) -> None:
    asked(database)
    corrected(database)
    assert b"Vermilion" in bytes_of(database)
    corpus = Corpus(database)
    match how:
        case "removed":
            corpus.remove("wiki", ["leave.md"])
        case "reworded":
            corpus.put(a_document("leave.md", "Leave is 16 days.", version="8"))
            corpus.terms.sweep()
        case "connector":
            corpus.remove_connector("wiki")
        case _:
            Answers(database).forget("t1")
    assert kept(database) == []
    assert database.value("SELECT count(*) FROM correction_documents") == 0
    assert b"Vermilion" not in bytes_of(database)


def test_a_new_version_that_says_the_same_leaves_it(database: Database) -> None:
    asked(database)
    corrected(database)
    Corpus(database).put(a_document("leave.md", "Leave is 15 days.", version="8"))
    assert kept(database) == [CANARY]
    assert Corrections(database).all()[0].documents == {LEAVE: "7"}


@pytest.mark.parametrize("why", ["never asked", "asked in private", "forgotten"])
def test_where_there_is_nothing_to_bind_it_to_it_is_not_kept(database: Database, why: str) -> None:
    if why != "never asked":
        asked(database, is_private=why == "asked in private")
    if why == "forgotten":
        Corpus(database).remove("wiki", ["leave.md"])
    assert not corrected(database)
    assert kept(database) == []
    assert b"Vermilion" not in bytes_of(database)


@pytest.mark.parametrize("trace_id", ["t1", "t2"])
def test_an_answer_that_a_person_corrected_is_not_given_again(database: Database, trace_id: str) -> None:
    key = QuestionKey("everybody", "how much leave")
    asked(database, key=key)
    asked(database, "t2", repeats="t1")
    assert Answers(database).kept(key) is not None
    corrected(database, trace_id=trace_id)
    assert Answers(database).kept(key) is None
