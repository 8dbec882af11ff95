"""What a person answers to a question that people were asked: who hears it, and what is kept of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.store.answers import Answers
from bot.store.corrections import CorrectedAnswer, Corrections
from bot.store.database import Database
from tests.slack.cast import Workspace, over_both_transports, said
from tests.slack.library import LEAVE, PAY, Library, not_found
from tests.slack.owners import PEOPLE, asked, bot, kept
from tests.slack.test_experts import ask, posted
from tests.slack.test_experts_marks import REOPEN, audited, form, post_of, resolve, told
from tests.slack.test_quotes import elements

Json = dict[str, Any]
ANSWER = "연차는 1년에 15일이고, Vermilion 팀에 신청해요. <!channel>\n남으면 이월돼요."


def corrections(path: Path) -> list[CorrectedAnswer]:
    database = Database(path)
    try:
        return Corrections(database).all()
    finally:
        database.close()


def answers_in(sandbox: Workspace, channel: str = "general") -> list[Json]:
    """Messages of a channel and its threads that hold what a person answered."""
    place = sandbox.workspace.channel(channel).id
    return [
        one
        for message in sandbox.workspace.history[place].values()
        if ((one := message.as_json(metadata=True)).get("metadata") or {}).get("event_type")
        == "footnote_escalation_said"
    ]


def bytes_of(path: Path) -> bytes:
    """Those of the file, with the log folded into it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()


async def answered(sandbox: Workspace, path: Path, answer: str = ANSWER) -> Json:
    """Jiwoo answers what Minsu asked in #general. The post of the question."""
    _, post = await asked(sandbox, path)
    Library(path).put()  # what had been found; nobody in #general may read all of it
    assert await resolve(sandbox, "jiwoo", post["ts"], answer) == {}
    await sandbox.wait_for(lambda: kept(path).shown == 1, timeout=10)
    return post


@over_both_transports
async def test_an_answer_stands_in_the_thread_under_the_name_of_who_wrote_it_and_is_kept(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        ts, post = await asked(sandbox, path)
        library.put()
        shown = await form(sandbox, "jiwoo", post["ts"])
        assert [one["channel_id"] for one in elements(shown, "channel")] == ["C01GENERAL"]
        assert "연차는?" in said(shown)
        assert await sandbox.submit("jiwoo", {"answer": ANSWER}) == {}
        assert "질문한 사람에게 바로 전해요" in said(sandbox.modal("jiwoo") or {})
        await sandbox.wait_for(lambda: kept(path).shown == 1)
    (heard,) = answers_in(sandbox)
    assert heard["thread_ts"] == sandbox.workspace.message("C01GENERAL", ts).thread_ts
    assert "사람이 쓴 답" in said(heard)
    assert "문서에서 확인한 답이 아니에요" in said(heard)
    assert [one["user_id"] for one in elements(heard, "user")] == ["U01JIWOO00", "U03MINSU00"]
    (quoted,) = elements(heard, "rich_text_quote")
    assert quoted["elements"] == [{"type": "text", "text": ANSWER}]
    assert "<!channel>" not in heard["text"]
    assert told(sandbox) == [], "they are told once"
    assert "Vermilion" in said(post_of(sandbox)), "its channel reads it, too"

    (one,) = corrections(path)
    correction = one.correction
    assert (correction.question, correction.answer) == ("연차는?", ANSWER)
    assert (correction.who, correction.trace_id) == ("user:T01SANDBOX/U01JIWOO00", "trace-1")
    assert correction.readers == ("everyone",)
    assert one.documents == {LEAVE: "1", PAY: "1"}
    assert kept(path).answer == "", "Slack has it"
    assert audited(path) == [("user:T01SANDBOX/U01JIWOO00", "resolve question")]


async def test_what_is_reopened_is_taken_back_and_another_answer_takes_its_place(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found(language="en"))
    async with bot(sandbox, path, not_found(language="en"), handbook=PEOPLE):
        post = await answered(sandbox, path)
        await sandbox.click("minsu", "people-team", post["ts"], REOPEN)
        await sandbox.wait_for(lambda: kept(path).shown == 2)
        (heard,) = answers_in(sandbox)
        assert "the answer that stood here was taken back" in said(heard)
        assert "Vermilion" not in str(heard) + str(post_of(sandbox))
        assert corrections(path) == []
        await resolve(sandbox, "minsu", post["ts"], "20 days.")
        await sandbox.wait_for(lambda: kept(path).shown == 3)
        (heard,) = answers_in(sandbox)
        assert "A person's answer" in said(heard)
        assert "20 days." in said(heard)
        assert [one.correction.answer for one in corrections(path)] == ["20 days."]


async def test_who_asked_in_private_alone_hears_it_and_nothing_is_kept(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        dm = sandbox.dm("minsu")
        root = await sandbox.say("minsu", dm, "연차는 며칠이야?")
        (reply,) = await sandbox.wait_for(
            lambda: [one for one in sandbox.replies(dm, root) if "footnote_experts" in str(one["blocks"])]
        )
        await ask(sandbox, "minsu", reply["ts"], dm)
        await sandbox.submit("minsu", {"question": "연차는?"})
        (post,) = await sandbox.wait_for(lambda: posted(sandbox))
        await sandbox.wait_for(lambda: kept(path).is_posted)
        shown = await form(sandbox, "jiwoo", post["ts"])
        assert "저장해 두지 않아요" in said(shown)
        await sandbox.submit("jiwoo", {"answer": ANSWER})
        await sandbox.wait_for(lambda: kept(path).shown == 1)
        assert "Vermilion" in said(sandbox.replies(dm, root)[-1])
    assert corrections(path) == []
    assert b"Vermilion" not in bytes_of(path)


async def test_where_the_thread_refuses_it_the_asker_reads_it_in_direct_messages(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        sandbox.faults.fail("chat.postMessage", "is_archived")
        await resolve(sandbox, "jiwoo", post["ts"], ANSWER)
        await sandbox.wait_for(lambda: kept(path).shown == 1)
        assert "Vermilion" in said(sandbox.messages(sandbox.dm("minsu"))[-1])
    assert answers_in(sandbox) == []


@pytest.mark.parametrize("fault", ["lose_reply", "break_down"])
async def test_an_answer_whose_outcome_is_unknown_stands_there_once(
    sandbox: Workspace, path: Path, fault: str
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        getattr(sandbox.faults, fault)("chat.postMessage")
        await resolve(sandbox, "jiwoo", post["ts"], ANSWER)
        await sandbox.wait_for(lambda: kept(path).shown == 1, timeout=10)
    assert len(answers_in(sandbox)) == 1
    assert (kept(path).said_ts, told(sandbox)) == (answers_in(sandbox)[0]["ts"], [])


async def test_what_is_reopened_while_it_is_unknown_whether_it_stands_there_is_taken_back(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        sandbox.faults.lose_reply("chat.postMessage")
        await resolve(sandbox, "jiwoo", post["ts"], ANSWER)
        await sandbox.wait_for(lambda: answers_in(sandbox))
        await sandbox.click("jiwoo", "people-team", post["ts"], REOPEN)
        await sandbox.wait_for(lambda: kept(path).shown == 2, timeout=10)
        (heard,) = answers_in(sandbox)
        assert "Vermilion" not in str(heard)
    assert corrections(path) == []


@pytest.mark.parametrize("way", ["document", "question"])
async def test_with_a_document_found_for_it_or_with_its_question_it_is_gone_from_the_bytes(
    sandbox: Workspace, path: Path, way: str
) -> None:
    library = Library(path)
    library.record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        await answered(sandbox, path)
    assert b"Vermilion" in bytes_of(path)
    if way == "document":
        library.remove()
    else:
        database = Database(path)
        Answers(database).forget("trace-1")
        database.close()
    assert corrections(path) == []
    assert b"Vermilion" not in bytes_of(path)


async def test_an_answer_that_is_too_long_is_sent_back(sandbox: Workspace, path: Path) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        await form(sandbox, "jiwoo", post["ts"])
        assert list(await sandbox.submit("jiwoo", {"answer": "가" * 3001})) == ["answer"]
        assert kept(path).changes == 0
