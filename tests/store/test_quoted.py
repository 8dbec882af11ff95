from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils

from bot.contracts import Answer, Citation, Copy, Passage, Timings
from bot.store.answers import Answers
from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from bot.store.inbox import Inbox, Incoming
from bot.store.migrations import footnote_schema
from bot.store.outbox import Outbox, OutboxRow
from bot.store.sources import Sources
from tests.fakes import Clock
from tests.store.cast import a_document

CANARY = "Vermilion otters audit the cellar."
LEAVE = document_id("wiki", "leave.md")
TRAVEL = document_id("wiki", "travel.md")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "footnote.db")
    yield database
    database.close()


@pytest.fixture
def corpus(database: Database) -> Corpus:
    corpus = Corpus(database)
    corpus.put(a_document("leave.md", CANARY, "Leave is 15 days."))
    corpus.put(a_document("travel.md", "Hotels are booked in the portal."))
    return corpus


def answered(database: Database, trace_id: str = "t1", *found: str, at: datetime | None = None) -> None:
    """An answer quoting LEAVE, for which these documents (by id) were found."""
    citation = Citation(1, LEAVE, "wiki", "Otters", "https://docs.example/leave.md", "", CANARY, None)
    passages = [
        {"chunk_id": number, "document_id": one, "title": "Otters", "section": "Otters", "score": 0.5}
        for number, one in enumerate(found or (LEAVE, TRAVEL), start=1)
    ]
    trace = {"passages": passages, "prompt": [{"role": "user", "content": CANARY}], "reply": CANARY}
    answer = Answer(f"{CANARY} [1]", (citation,), True, trace_id, "en", timings=Timings(total_s=5.0))
    Answers(database).record("who audits?", answer, trace, at or now())


def bytes_of(database: Database) -> bytes:
    log = database.path.with_name(f"{database.path.name}-wal")
    return database.path.read_bytes() + (log.read_bytes() if log.exists() else b"")


def test_nothing_a_removed_document_said_is_left_in_answers_and_traces(
    database: Database, corpus: Corpus
) -> None:
    answered(database)
    assert b"Vermilion" in bytes_of(database)
    corpus.remove("wiki", ["leave.md"])
    assert b"Vermilion" not in bytes_of(database)
    assert b"Otters" not in bytes_of(database)


def test_what_is_not_the_documents_stays_for_statistics(database: Database, corpus: Corpus) -> None:
    answered(database)
    corpus.remove("wiki", ["leave.md"])
    record = Answers(database).get("t1")
    assert record.is_forgotten
    assert (record.question, record.answer.found, record.answer.timings.total_s) == ("who audits?", True, 5.0)
    assert (record.answer.text, record.answer.citations) == ("", ())
    assert record.trace == {
        "passages": [
            {"chunk_id": 1, "document_id": LEAVE, "score": 0.5},
            {"chunk_id": 2, "document_id": TRAVEL, "score": 0.5},
        ]
    }
    assert Answers(database).counts().found == 1


def test_the_words_of_a_declined_question_stay_and_its_nearest_passages_go(
    database: Database, corpus: Corpus
) -> None:
    nearest = Passage(1, LEAVE, "wiki", "Otters", "https://docs.example/1", "", CANARY, 0.4, None)
    declined = Answer("I found nothing.", (), False, "t1", "en", nearest=(nearest,))
    Answers(database).record("who audits?", declined, {}, now())
    corpus.remove("wiki", ["leave.md"])
    answer = Answers(database).get("t1").answer
    assert (answer.text, answer.nearest) == ("I found nothing.", ())


def test_a_document_that_says_something_else_takes_its_old_words_along(
    database: Database, corpus: Corpus
) -> None:
    answered(database)
    corpus.put(a_document("leave.md", "Leave is 16 days.", version="2"))
    corpus.terms.sweep()
    assert Answers(database).get("t1").is_forgotten
    assert b"Vermilion" not in bytes_of(database)


def test_a_new_version_with_the_same_words_leaves_answers_as_they_are(
    database: Database, corpus: Corpus
) -> None:
    answered(database)
    corpus.put(a_document("leave.md", CANARY, "Leave is 15 days.", version="2"))
    assert not Answers(database).get("t1").is_forgotten


def test_answers_from_other_documents_stay(database: Database, corpus: Corpus) -> None:
    answered(database)
    corpus.put(a_document("parking.md", "Parking is free."))
    corpus.put(a_document("parking.md", "Parking costs 3 euros.", version="2"))
    corpus.remove("wiki", ["parking.md"])
    assert not Answers(database).get("t1").is_forgotten


def test_a_forgotten_connector_takes_its_words_along(database: Database, corpus: Corpus) -> None:
    answered(database)
    corpus.remove_connector("wiki")
    assert b"Vermilion" not in bytes_of(database)


def test_an_answer_recorded_after_its_document_went_holds_none_of_its_words(
    database: Database, corpus: Corpus
) -> None:
    asked_at = now()
    corpus.remove("wiki", ["leave.md"])
    answered(database, at=asked_at)
    assert Answers(database).get("t1").is_forgotten
    assert Answers(database).get("t1").answer.text == ""


def test_an_answer_asked_for_after_a_change_is_kept_whole(database: Database, corpus: Corpus) -> None:
    corpus.put(a_document("leave.md", "Leave is 16 days.", version="2"))
    answered(database, at=now() + timedelta(seconds=1))
    assert not Answers(database).get("t1").is_forgotten


def replied(database: Database, channel: str = "C1") -> tuple[Outbox, OutboxRow]:
    """A final reply that shows answer t1, waiting to be sent."""
    inbox = Inbox(database, Clock())
    outbox = Outbox(database, inbox, Clock())
    incoming = Incoming("T1", "question", channel, "1.000001", "Ev1", {"text": "who audits?"})
    inbox.receive(incoming)
    question = inbox.take("T1", frozenset())
    assert question is not None
    row = outbox.open(question, "1.000001")
    assert row is not None
    outbox.complete(row, {"text": CANARY, "said": CANARY, "blocks": [{"text": CANARY}], "trace_id": "t1"})
    return outbox, row


def withdrawn(outbox: Outbox) -> list[OutboxRow]:
    due = [row for row in outbox.due("T1") if row.payload.get("withdrawn") == "en"]
    assert all(row.payload["trace_id"] == "t1" and not row.payload["text"] for row in due)
    return due


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_reply_that_cites_a_removed_document_is_taken_back(
    database: Database, corpus: Corpus, is_sent: bool
) -> None:
    answered(database)
    outbox, row = replied(database)
    if is_sent:
        outbox.sent(row.id, "2.000001")
    corpus.remove("wiki", ["leave.md"])
    (due,) = withdrawn(outbox)
    assert due.ts == ("2.000001" if is_sent else "")
    assert b"Vermilion" not in bytes_of(database)
    outbox.sent(row.id, "2.000001")
    assert outbox.due("T1") == []


def test_a_reply_for_which_it_was_only_found_stays(database: Database, corpus: Corpus) -> None:
    answered(database)
    outbox, row = replied(database)
    outbox.sent(row.id, "2.000001")
    corpus.remove("wiki", ["travel.md"])
    assert withdrawn(outbox) == []


def test_a_document_that_moved_takes_no_reply_along(database: Database, corpus: Corpus) -> None:
    answered(database)
    outbox, row = replied(database)
    outbox.sent(row.id, "2.000001")
    corpus.put(a_document("moved/leave.md", CANARY, "Leave is 15 days."))
    corpus.remove("wiki", ["leave.md"])
    assert withdrawn(outbox) == []
    corpus.remove("wiki", ["moved/leave.md"])
    assert [due.payload["reason"] for due in withdrawn(outbox)] == ["deleted"]


def test_a_reply_is_taken_back_though_its_document_said_something_else_before_it_went(
    database: Database, corpus: Corpus
) -> None:
    answered(database)
    outbox, row = replied(database)
    outbox.sent(row.id, "2.000001")
    corpus.put(a_document("leave.md", "Leave is 16 days.", version="2"))
    assert withdrawn(outbox) == []
    corpus.remove("wiki", ["leave.md"])
    assert [due.ts for due in withdrawn(outbox)] == ["2.000001"]


@pytest.mark.parametrize(
    ("channel", "readers", "is_taken_back"),
    [
        ("C1", {"user:T1/U1"}, True),
        ("C1", {"channel:T1/C2", "group:T1/S1"}, True),
        ("C1", set(), True),
        ("C1", {"channel:T1/C1"}, False),
        ("C1", {"everyone"}, False),
        ("D1", {"user:T1/U1"}, False),  # who read it there has read it
    ],
)
@pytest.mark.parametrize("is_new_version", [False, True])
def test_a_reply_is_taken_back_from_a_channel_that_its_document_is_given_to_no_more(
    database: Database,
    corpus: Corpus,
    channel: str,
    readers: set[str],
    is_taken_back: bool,
    is_new_version: bool,
) -> None:
    answered(database)
    outbox, row = replied(database, channel)
    outbox.sent(row.id, "2.000001")
    if is_new_version:
        corpus.put(a_document("leave.md", CANARY, version="2", readers=frozenset(readers)))
    else:
        corpus.set_readers("wiki", "leave.md", frozenset(readers))
    assert [due.payload["reason"] for due in withdrawn(outbox)] == ["readers"] * is_taken_back
    outbox.sent(row.id, "2.000001")
    corpus.set_readers("wiki", "leave.md", frozenset(readers))
    assert withdrawn(outbox) == []  # once is enough


def test_the_copy_of_a_reply_that_was_sent_goes_with_the_words_that_changed(
    database: Database, corpus: Corpus
) -> None:
    answered(database)
    outbox, row = replied(database)
    outbox.sent(row.id, "2.000001")
    corpus.put(a_document("leave.md", "Leave is 16 days.", version="2"))
    kept = outbox.get(row.id)
    assert kept is not None
    assert kept.payload == {"text": "", "said": "", "blocks": [], "trace_id": "t1"}


def test_a_reply_that_waits_keeps_words_that_changed_until_it_is_sent(
    database: Database, corpus: Corpus
) -> None:
    answered(database)
    outbox, row = replied(database)
    corpus.put(a_document("leave.md", "Leave is 16 days.", version="2"))
    (waiting,) = outbox.due("T1")
    assert waiting.payload["text"] == CANARY
    outbox.sent(row.id, "2.000001")
    kept = outbox.get(row.id)
    assert kept is not None
    assert kept.payload["text"] == ""


def test_answers_of_an_older_database_are_tied_to_their_documents(tmp_path: Path) -> None:
    path = tmp_path / "footnote.db"
    old = sqlite_utils.Database(sqlite3.connect(path))
    footnote_schema.apply(old, stop_before="documents_of_answers")
    old.conn.execute(
        "INSERT INTO documents (id, connector, item_id, version, title, url, language, synced_at, number)"
        " VALUES (?, 'wiki', 'leave.md', '1', 'Handbook', '', 'en', 0, 1)",
        [LEAVE],
    )
    for trace_id, document in (("t1", LEAVE), ("t2", TRAVEL)):  # the second is not there any more
        old.conn.execute(
            "INSERT INTO answers VALUES (?, 0, 'who?', ?, ?, 1)",
            [
                trace_id,
                '{"text": "x", "citations": [], "nearest": [], "found": true, "trace_id": "t1",'
                ' "language": "en"}',
                f'{{"passages": [{{"document_id": "{document}"}}]}}',
            ],
        )
    old.conn.commit()
    old.conn.close()

    database = Database(path)
    assert Answers(database).counts().asked == 1
    Corpus(database).remove("wiki", ["leave.md"])
    assert Answers(database).get("t1").is_forgotten
    database.close()


def test_a_reply_whose_source_stands_elsewhere_too_stays(database: Database, corpus: Corpus) -> None:
    copy = Copy(TRAVEL, "wiki", "Otters", "https://docs.example/travel.md")
    citation = Citation(
        1, LEAVE, "wiki", "Otters", "https://docs.example/leave.md", "", CANARY, None, (copy,)
    )
    given = Answer(f"{CANARY} [1]", (citation,), True, "t1", "en")
    Answers(database).record("who audits?", given, {}, now())
    outbox, row = replied(database)
    outbox.sent(row.id, "2.000001")
    corpus.remove("wiki", ["leave.md"])
    assert withdrawn(outbox) == []
    assert b"Vermilion" not in bytes_of(database)


def test_the_title_of_a_copy_goes_with_the_copy(database: Database, corpus: Corpus) -> None:
    copy = Copy(TRAVEL, "wiki", "Zebra quilts", "https://docs.example/travel.md")
    citation = Citation(
        1, LEAVE, "wiki", "Otters", "https://docs.example/leave.md", "", CANARY, None, (copy,)
    )
    Answers(database).record("who?", Answer("x [1]", (citation,), True, "t1", "en"), {}, now())
    corpus.remove("wiki", ["travel.md"])
    assert b"Zebra" not in bytes_of(database)


def test_a_document_that_is_forgotten_while_a_sync_has_it_in_its_hands_does_not_come_in(
    database: Database, corpus: Corpus
) -> None:
    Sources(database).forget_item("wiki", "leave.md")
    corpus.remove("wiki", ["leave.md"])
    corpus.put(a_document("leave.md", CANARY))
    assert "leave.md" not in corpus.versions("wiki")
    assert b"Vermilion" not in bytes_of(database)
