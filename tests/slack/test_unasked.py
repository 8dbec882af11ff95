"""Questions that mention nobody: who is answered where, and what nobody notices."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ModelMissing
from bot.store.channels import Channels, Speaks
from bot.store.database import Database
from tests.slack.cast import (
    Answerer,
    Workspace,
    answer,
    connected,
    final_replies,
    ours,
    over_both_transports,
    passage,
    said,
)

GENERAL, HANDBOOK, PARTNER = "C01GENERAL", "C02HANDBOOK", "C05PARTNER"
NOTHING = answer("", found=False, citations=(), nearest=(passage("출장"),))
KOREAN, ENGLISH = "연차 며칠이에요", "anyone know how many days off we get"

in_every_setting = pytest.mark.parametrize("speaks", [Speaks.QUESTIONS, Speaks.SURE])


def set_to(path: Path, speaks: Speaks, channel: str = GENERAL) -> None:
    database = Database(path)
    Channels(database, lambda: 0.0).change("T01SANDBOX", channel, speaks, who="user:T01SANDBOX/U01JIWOO00")
    database.close()


async def settled(sandbox: Workspace, path: Path) -> None:
    """Wait until nothing is to be answered, sent or removed, nor on its way to the bot."""
    unfinished = """SELECT (SELECT count(*) FROM inbox WHERE state IN ('waiting', 'working')) +
        (SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'dead'))"""

    def is_quiet() -> bool:
        with closing(sqlite3.connect(path)) as db:
            return not sandbox.delivery.delivering and db.execute(unfinished).fetchone() == (0,)

    await sandbox.wait_for(is_quiet)


def noticed(sandbox: Workspace, thread_ts: str) -> list[str]:
    """The calls of the bot that anybody could have noticed in a thread."""
    reads = ("conversations.", "users.", "auth.", "apps.")
    return [
        call.method
        for call in sandbox.calls
        if not call.method.startswith(reads) and thread_ts in map(str, call.arguments.values())
    ]


@over_both_transports
@in_every_setting
@pytest.mark.parametrize("text", [KOREAN, ENGLISH])
async def test_a_question_to_everybody_is_answered_once_in_a_thread_where_the_channel_wants_that(
    sandbox: Workspace, path: Path, speaks: Speaks, text: str
) -> None:
    set_to(path, speaks)
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", text)
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        await settled(sandbox, path)
        assert len(ours(sandbox, "general", ts)) == 1
    assert "15일" in said(reply)
    assert [question.text for question in answerer.asked] == [text]
    assert answerer.asked[0].readers == {"everyone", f"channel:T01SANDBOX/{GENERAL}"}


async def test_only_a_mention_is_answered_where_nobody_set_anything_else(
    sandbox: Workspace, path: Path
) -> None:
    set_to(path, Speaks.QUESTIONS, HANDBOOK)
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", KOREAN)
        await settled(sandbox, path)
        assert noticed(sandbox, ts) == []
    assert answerer.asked == []


async def test_where_only_sure_answers_are_wanted_nobody_notices_that_it_looked_in_vain(
    sandbox: Workspace, path: Path
) -> None:
    set_to(path, Speaks.SURE)
    answerer = Answerer(NOTHING)
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", KOREAN)
        await sandbox.wait_for(lambda: answerer.asked)
        await settled(sandbox, path)
        assert noticed(sandbox, ts) == []
        await sandbox.say("alex", "general", "그럼 병가는?", ts)  # a thread without us is not ours
        await settled(sandbox, path)
    assert len(answerer.asked) == 1


async def test_an_answer_that_is_found_comes_without_a_word_before_where_only_sure_ones_are_wanted(
    sandbox: Workspace, path: Path
) -> None:
    set_to(path, Speaks.SURE)
    async with connected(sandbox, path, Answerer()):
        ts = await sandbox.say("minsu", "general", KOREAN)
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        await settled(sandbox, path)
        assert noticed(sandbox, ts) == ["chat.postMessage"]


async def test_where_questions_are_answered_it_is_said_that_nothing_was_found(
    sandbox: Workspace, path: Path
) -> None:
    set_to(path, Speaks.QUESTIONS)
    async with connected(sandbox, path, Answerer(NOTHING)):
        ts = await sandbox.say("minsu", "general", KOREAN)
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    assert "찾지 못했어요" in said(reply)


@in_every_setting
async def test_what_is_no_question_to_everybody_is_left_alone(
    sandbox: Workspace, path: Path, speaks: Speaks
) -> None:
    set_to(path, speaks)
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        stamps = [
            await sandbox.say("minsu", "general", text)
            for text in (
                "점심 먹을까요?",
                "감사합니다!",
                "ㅋㅋ 왜 이래",
                "오늘 5시에 배포합니다. 문의는 DM 주세요.",
                "@alex 연차 며칠이에요?",
                "```\nwhy?\n```",
                "> 연차 며칠이에요?\n네",
                "https://wiki.example.com/how?",
            )
        ]
        stamps.append(await sandbox.post_as_other_bot("general", "연차 며칠이에요?"))
        shot = "이거 왜 안 되나요?"
        stamps.append(await sandbox.upload("minsu", "general", "화면.png", b"png", comment=shot))
        await sandbox.join("sam", "general")
        await settled(sandbox, path)
        assert [noticed(sandbox, ts) for ts in stamps] == [[]] * len(stamps)
    assert answerer.asked == []


@in_every_setting
async def test_people_who_talk_in_a_thread_of_their_own_are_left_alone(
    sandbox: Workspace, path: Path, speaks: Speaks
) -> None:
    set_to(path, speaks)
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        root = await sandbox.say("minsu", "general", "배포 끝났습니다")
        await sandbox.say("alex", "general", "anyone know how to roll back?", root)
        await sandbox.say("minsu", "general", "어떻게 하나요?", root)
        await settled(sandbox, path)
        assert noticed(sandbox, root) == []
    assert answerer.asked == []


async def test_under_an_answer_of_ours_a_question_is_a_follow_up_and_thanks_are_none(
    sandbox: Workspace, path: Path
) -> None:
    set_to(path, Speaks.QUESTIONS)
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", KOREAN)
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        for text in (
            "감사합니다!",
            "저는 다음 주에 쉬려고요",
            "@minsu 언제 쉬어요?",
            "그럼 병가는 며칠인가요",
        ):
            await sandbox.say("alex", "general", text, ts)
        await sandbox.wait_for(lambda: len(final_replies(sandbox, "general", ts)) == 2)
        await settled(sandbox, path)
    assert [question.text for question in answerer.asked] == [KOREAN, "그럼 병가는 며칠인가요"]
    assert [turn.text for turn in answerer.asked[1].history][:2] == [KOREAN, answerer.answer.text]


@pytest.mark.parametrize("thanks", ["고마워요!", "Thanks a lot :pray:", "👍", "넵 확인했습니다"])
async def test_thanks_under_an_answer_that_was_asked_for_are_not_answered(
    sandbox: Workspace, path: Path, thanks: str
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는?")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        await sandbox.say("minsu", "general", thanks, ts)
        await sandbox.say("minsu", "general", "병가", ts)
        await sandbox.wait_for(lambda: len(final_replies(sandbox, "general", ts)) == 2)
    assert [question.text for question in answerer.asked] == ["연차는?", "병가"]


@in_every_setting
async def test_guests_strangers_and_shared_channels_are_answered_only_where_they_ask_for_it(
    sandbox: Workspace, path: Path, speaks: Speaks
) -> None:
    set_to(path, speaks, HANDBOOK)
    set_to(path, speaks, PARTNER)
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        stamps = [
            await sandbox.say("sam", "handbook-ko", ENGLISH),
            await sandbox.say("hana", "partner-project", ENGLISH),
            await sandbox.say("alex", "partner-project", ENGLISH),
        ]
        await settled(sandbox, path)
        assert [noticed(sandbox, ts) for ts in stamps] == [[], [], []]
        assert answerer.asked == []
        ts = await sandbox.say("sam", "handbook-ko", f"@footnote {ENGLISH}")
        await sandbox.wait_for(lambda: final_replies(sandbox, "handbook-ko", ts))


@in_every_setting
async def test_nobody_who_did_not_ask_is_told_of_what_is_broken(
    sandbox: Workspace, path: Path, speaks: Speaks
) -> None:
    set_to(path, speaks)
    answerer = Answerer(failures=[ModelMissing("no file"), *[ZeroDivisionError("bug")] * 4])
    async with connected(sandbox, path, answerer):
        first = await sandbox.say("minsu", "general", KOREAN)
        await sandbox.wait_for(lambda: len(answerer.asked) == 1)
        second = await sandbox.say("minsu", "general", ENGLISH)
        await sandbox.wait_for(lambda: len(answerer.asked) == 4)
        await settled(sandbox, path)
        assert ours(sandbox, "general", first) == ours(sandbox, "general", second) == []


async def test_a_setting_taken_back_silences_also_what_waits(sandbox: Workspace, path: Path) -> None:
    set_to(path, Speaks.QUESTIONS)
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer, at_once=1):
        first = await sandbox.say("minsu", "general", "@footnote 연차는?")
        await answerer.middle.wait()
        second = await sandbox.say("minsu", "general", KOREAN)
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
        set_to(path, Speaks.MENTION)
        answerer.hold.set()
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", first))
        await settled(sandbox, path)
        assert noticed(sandbox, second) == []
    assert len(answerer.asked) == 1


async def test_who_asked_goes_ahead_of_who_did_not(sandbox: Workspace, path: Path) -> None:
    set_to(path, Speaks.QUESTIONS)
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer, at_once=1):
        await sandbox.say("minsu", "general", "@footnote 첫째는?")
        await answerer.middle.wait()
        unasked = await sandbox.say("minsu", "general", KOREAN)
        asked = await sandbox.say("alex", "general", "@footnote second?")
        await sandbox.wait_for(lambda: "1 ahead" in sandbox.status("general", asked))
        assert noticed(sandbox, unasked) == []  # who did not ask does not wait
        answerer.hold.set()
        await settled(sandbox, path)
    assert [question.text for question in answerer.asked] == ["첫째는?", "second?", KOREAN]


async def edited(sandbox: Workspace, path: Path, answerer: Answerer, text: str) -> list[dict[str, Any]]:
    """A question to everybody was answered; then it is edited. What stands in its thread at last."""
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", KOREAN)
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        await settled(sandbox, path)
        answerer.answer = NOTHING
        await sandbox.edit("minsu", "general", ts, text)
        await settled(sandbox, path)
        return ours(sandbox, "general", ts)


@in_every_setting
async def test_solved_in_place_of_a_question_leaves_its_answer(
    sandbox: Workspace, path: Path, speaks: Speaks
) -> None:
    set_to(path, speaks)
    answerer = Answerer()
    (reply,) = await edited(sandbox, path, answerer, "해결했습니다!")
    assert "15일" in said(reply)
    assert len(answerer.asked) == 1


async def test_an_answer_is_removed_where_the_edited_question_has_none_and_only_sure_ones_are_wanted(
    sandbox: Workspace, path: Path
) -> None:
    set_to(path, Speaks.SURE)
    assert await edited(sandbox, path, Answerer(), "병가 며칠이에요") == []


async def test_who_adds_the_mention_has_asked(sandbox: Workspace, path: Path) -> None:
    set_to(path, Speaks.SURE)
    answerer = Answerer(NOTHING)
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", KOREAN)
        await sandbox.wait_for(lambda: answerer.asked)
        await settled(sandbox, path)
        await sandbox.edit("minsu", "general", ts, f"@footnote {KOREAN}")
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    assert "찾지 못했어요" in said(reply)


async def test_a_message_that_becomes_a_question_later_is_left_alone(sandbox: Workspace, path: Path) -> None:
    set_to(path, Speaks.QUESTIONS)
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "배포 끝났습니다")
        await sandbox.edit("minsu", "general", ts, "배포 어떻게 하나요?")
        await settled(sandbox, path)
        assert noticed(sandbox, ts) == []


async def test_a_deleted_question_takes_its_answer_along(sandbox: Workspace, path: Path) -> None:
    set_to(path, Speaks.QUESTIONS)
    async with connected(sandbox, path, Answerer()):
        ts = await sandbox.say("minsu", "general", KOREAN)
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        await sandbox.delete("general", ts)
        await sandbox.wait_for(lambda: ours(sandbox, "general", ts) == [])
