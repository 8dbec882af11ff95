"""What channels are set to, and how long answers took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.contracts import Answer, Timings
from bot.store.answers import Answers
from bot.store.audit import Audit
from bot.store.channels import Channels, Speaks, Unasked
from bot.store.database import Database
from bot.store.inbox import EDITED, QUESTION, Inbox, Incoming
from bot.store.outbox import Outbox
from bot.store.pace import ENOUGH, LOOKED_AT, Pace, shares
from bot.store.revisions import Revisions


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "footnote.db")
    yield database
    database.close()


def test_a_channel_is_answered_where_mentioned_until_somebody_sets_it_otherwise(database: Database) -> None:
    channels = Channels(database, lambda: 5.0)
    assert channels.speaks("T", "C1") is Speaks.MENTION
    channels.change("T", "C1", Speaks.SURE, who="user:T/U1")
    channels.change("T", "C1", Speaks.QUESTIONS, who="user:T/U2")
    assert channels.speaks("T", "C1") is Speaks.QUESTIONS
    assert channels.speaks("T2", "C1") is Speaks.MENTION
    (setting,) = channels.settings("T")
    assert (setting.set_by, setting.set_at) == ("user:T/U2", datetime.fromtimestamp(5.0, UTC))
    channels.change("T", "C1", Speaks.MENTION, who="user:T/U2")
    assert channels.settings() == []
    assert [entry.detail for entry in Audit(database).list()] == ["C1: mention", "C1: questions", "C1: sure"]


def test_settings_are_listed_by_team(database: Database) -> None:
    channels = Channels(database, lambda: 0.0)
    for team in ("T1", "T2"):
        channels.change(team, "C1", Speaks.SURE, who="user:T/U1")
    assert [each.team for each in channels.settings()] == ["T1", "T2"]
    assert [each.team for each in channels.settings("T2")] == ["T2"]


def record(database: Database, *seconds: float, wrote: bool = True) -> None:
    """Answers that took so long, each asked after all before it."""
    answers = Answers(database)
    made = answers.counts().asked
    for place, total in enumerate(seconds, made):
        answer = Answer("…", (), True, f"t{place}", "ko")
        timings = Timings(first_token_s=1.0 if wrote else None, total_s=total)
        asked_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=place)
        answers.record("?", replace(answer, timings=timings), {}, asked_at)


def test_the_pace_is_not_known_before_there_are_enough_answers(database: Database) -> None:
    record(database, *[10.0] * (ENOUGH - 1))
    assert Pace(database).seconds() is None
    record(database, 10.0)
    assert Pace(database).seconds() == 10.0


def test_the_pace_is_the_median_of_the_last_answers_that_a_model_wrote(database: Database) -> None:
    record(database, *[99.0] * LOOKED_AT)
    record(database, *[10.0] * (LOOKED_AT - 7), *[12.0] * 6, 500.0)
    record(database, *[0.1] * LOOKED_AT, wrote=False)  # given again, or nothing found to read
    assert Pace(database).seconds() == 10.0


def test_a_question_that_nobody_asked_us_is_withdrawn_with_its_reply(database: Database) -> None:
    inbox = Inbox(database, lambda: 1.0)
    outbox, unasked = Outbox(database, inbox, lambda: 1.0), Unasked(database, inbox)
    inbox.receive(Incoming("T", QUESTION, "C1", "1.0", "e1", {"thread_ts": "1.0", "is_unasked": True}))
    question = inbox.take("T")
    assert question is not None
    reply = outbox.open(question, "1.0")
    assert reply is not None
    assert not unasked.has_answered("T", "C1", "1.0")
    assert unasked.withdraw(reply)
    assert not unasked.withdraw(reply)  # nothing is done twice
    assert [(row.id, row.state) for row in outbox.due("T")] == [(reply.id, "unwanted")]
    assert inbox.count_waiting("T") == 0


def test_what_was_edited_meanwhile_is_not_withdrawn(database: Database) -> None:
    inbox = Inbox(database, lambda: 1.0)
    outbox, unasked = Outbox(database, inbox, lambda: 1.0), Unasked(database, inbox)
    asked = Incoming("T", QUESTION, "C1", "1.0", "e1", {"text": "A?", "length": 2, "is_unasked": True})
    inbox.receive(asked)
    question = inbox.take("T")
    assert question is not None
    reply = outbox.open(question, "1.0")
    assert reply is not None
    edit = replace(asked, kind=EDITED, ts="2.0", event_id="e2", payload={**asked.payload, "text": "B?"})
    Revisions(database, inbox).amend(edit, "1.0")
    assert not unasked.withdraw(reply)
    assert inbox.count_waiting("T") == 1


def test_who_asked_stands_in_the_line_before_who_did_not(database: Database) -> None:
    inbox = Inbox(database, lambda: 1.0)
    for place, is_unasked in enumerate((True, False, True, False)):
        payload = {"thread_ts": f"{place}.0", **({"is_unasked": True} if is_unasked else {})}
        inbox.receive(Incoming("T", QUESTION, "C1", f"{place}.0", f"e{place}", payload))
    assert [row.ts for row in inbox.waiting("T")] == ["1.0", "3.0", "0.0", "2.0"]


def test_answers_made_together_have_equal_parts_of_the_time(database: Database) -> None:
    assert shares([(0.0, 20.0), (0.0, 20.0)]) == [10.0, 10.0]
    assert shares([(0.0, 10.0), (5.0, 10.0), (30.0, 40.0)]) == [7.5, 2.5, 10.0]
    assert shares([(0.0, 0.0)]) == [0.0]
    answers = Answers(database)
    for number in range(8):  # four at a time, 40 s each time
        made = Answer("…", (), True, f"t{number}", "ko", timings=Timings(first_token_s=1.0, total_s=40.0))
        answers.record("?", made, {}, datetime(2026, 1, 1, 0, number // 4, tzinfo=UTC))
    assert Pace(database).seconds() == 10.0
