"""Answer again: the same question, answered anew in the place of the old answer."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.contracts import AnswerEvent, Question
from bot.errors import ModelUnavailable
from tests.slack.cast import Answerer, Workspace, answer, connected, ours, over_both_transports, said
from tests.slack.test_revisions import final, rests


class Anew(Answerer):
    """Each of its answers is another."""

    async def __call__(self, question: Question) -> AsyncIterator[AnswerEvent]:
        number = len(self.asked) + 1
        self.answer = answer(f"{number}번째 답: 15일이에요 [1].", trace_id=f"trace-{number}")
        async for event in super().__call__(question):
            yield event


async def answered(sandbox: Workspace, path: Path, channel: str = "general") -> tuple[str, str]:
    """The ts of the question, and of its answer."""
    ts = await sandbox.say("minsu", channel, "@footnote 연차는 며칠이야?")
    await sandbox.wait_for(lambda: final(sandbox, ts, "1번째"))
    await rests(sandbox, path)
    return ts, str(ours(sandbox, channel, ts)[0]["ts"])


async def again(sandbox: Workspace, user: str, reply_ts: str) -> None:
    await sandbox.click(user, "general", reply_ts, "footnote_again")


@over_both_transports
async def test_the_asker_gets_a_new_answer_in_the_same_message(sandbox: Workspace, path: Path) -> None:
    answerer = Anew()
    async with connected(sandbox, path, answerer):
        ts, reply_ts = await answered(sandbox, path)
        await again(sandbox, "minsu", reply_ts)
        await sandbox.wait_for(lambda: final(sandbox, ts, "2번째"))
        await rests(sandbox, path)
        (reply,) = ours(sandbox, "general", ts)
    assert reply["ts"] == reply_ts
    assert "1번째" not in said(reply)
    assert [question.fresh for question in answerer.asked] == [False, True]
    assert {question.text for question in answerer.asked} == {"연차는 며칠이야?"}
    assert answerer.asked[0].readers == answerer.asked[1].readers


async def test_while_it_is_made_the_reply_says_so_and_another_click_is_told(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Anew()
    async with connected(sandbox, path, answerer):
        ts, reply_ts = await answered(sandbox, path)
        answerer.begin.clear()
        await asyncio.gather(again(sandbox, "minsu", reply_ts), again(sandbox, "minsu", reply_ts))
        (told,) = await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
        assert "이미 새로 답하고 있어요" in said(told)
        await sandbox.wait_for(lambda: "다시 답하고 있어요" in said(ours(sandbox, "general", ts)[0]))
        answerer.begin.set()
        await sandbox.wait_for(lambda: final(sandbox, ts, "2번째"))
        await rests(sandbox, path)
        assert "다시 답하고" not in said(ours(sandbox, "general", ts)[0])
    assert len(answerer.asked) == 2


async def test_others_may_not_but_an_admin_may_on_behalf_of_the_asker(sandbox: Workspace, path: Path) -> None:
    answerer = Anew()
    async with connected(sandbox, path, answerer):
        ts, reply_ts = await answered(sandbox, path)
        await again(sandbox, "alex", reply_ts)
        (told,) = await sandbox.wait_for(lambda: sandbox.ephemerals("alex", "general"))
        assert "질문한 사람과 관리자만" in said(told)
        assert len(answerer.asked) == 1
        await again(sandbox, "jiwoo", reply_ts)
        await sandbox.wait_for(lambda: final(sandbox, ts, "2번째"))
    assert answerer.asked[1].readers == answerer.asked[0].readers


@over_both_transports
async def test_an_answer_that_only_the_asker_sees_is_replaced_too(sandbox: Workspace, path: Path) -> None:
    answerer = Anew()

    def shown(number: int) -> list[Any]:
        found = sandbox.ephemerals("minsu", "general")
        return [one for one in found if f"{number}번째" in said(one) and "footnote_again" in str(one)]

    async with connected(sandbox, path, answerer):
        await sandbox.command("minsu", "general", "/footnote", "ask 연차는 며칠이야?")
        (private,) = await sandbox.wait_for(lambda: shown(1))
        before = len(sandbox.ephemerals("minsu", "general"))
        await rests(sandbox, path)
        answerer.begin.clear()
        await again(sandbox, "minsu", private["ts"])
        await sandbox.wait_for(lambda: "다시 답하고 있어요" in str(sandbox.ephemerals("minsu", "general")))
        answerer.begin.set()
        (renewed,) = await sandbox.wait_for(lambda: shown(2))
        assert renewed["ts"] == private["ts"]
        assert len(sandbox.ephemerals("minsu", "general")) == before
    assert [question.fresh for question in answerer.asked] == [False, True]


async def test_a_process_that_dies_meanwhile_makes_it_after_the_next_start(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Anew()
    async with connected(sandbox, path, answerer):
        ts, reply_ts = await answered(sandbox, path)
        answerer.hold.clear()
        await again(sandbox, "minsu", reply_ts)
        await sandbox.wait_for(lambda: len(answerer.asked) == 2)
    answerer.hold.set()
    async with connected(sandbox, path, answerer):
        await sandbox.wait_for(lambda: final(sandbox, ts, "3번째"), timeout=15)
        assert len(ours(sandbox, "general", ts)) == 1
    assert answerer.asked[-1].fresh


async def test_a_new_answer_may_be_made_again(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Anew()):
        ts, reply_ts = await answered(sandbox, path)
        for number in (2, 3):
            await again(sandbox, "minsu", reply_ts)
            await sandbox.wait_for(lambda number=number: final(sandbox, ts, f"{number}번째"))  # type: ignore[misc]
            await rests(sandbox, path)
        assert len(ours(sandbox, "general", ts)) == 1


async def test_an_edit_meanwhile_wins_and_is_answered_as_any_question(sandbox: Workspace, path: Path) -> None:
    answerer = Anew()
    async with connected(sandbox, path, answerer):
        ts, reply_ts = await answered(sandbox, path)
        answerer.hold.clear()
        await again(sandbox, "minsu", reply_ts)
        await sandbox.wait_for(lambda: len(answerer.asked) == 2)
        await sandbox.edit("minsu", "general", ts, "@footnote 병가는 며칠이야?")
        await sandbox.wait_for(lambda: len(answerer.asked) == 3)
        answerer.hold.set()
        await sandbox.wait_for(lambda: final(sandbox, ts, "3번째"))
        await rests(sandbox, path)
        assert len(ours(sandbox, "general", ts)) == 1
    assert (answerer.asked[-1].text, answerer.asked[-1].fresh) == ("병가는 며칠이야?", False)


async def test_a_question_deleted_meanwhile_leaves_nothing(sandbox: Workspace, path: Path) -> None:
    answerer = Anew()
    async with connected(sandbox, path, answerer):
        ts, reply_ts = await answered(sandbox, path)
        answerer.hold.clear()
        await again(sandbox, "minsu", reply_ts)
        await sandbox.wait_for(lambda: len(answerer.asked) == 2)
        await sandbox.delete("general", ts)
        await sandbox.wait_for(lambda: not ours(sandbox, "general", ts))
        await rests(sandbox, path)


async def test_a_new_answer_that_fails_is_an_apology_and_stopped_it_keeps_what_was_written(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Anew()
    async with connected(sandbox, path, answerer):
        ts, reply_ts = await answered(sandbox, path)
        answerer.failures += [ModelUnavailable("down"), ModelUnavailable("down")]
        await again(sandbox, "minsu", reply_ts)
        await sandbox.wait_for(lambda: "모델이 지금 응답하지 않아요" in said(ours(sandbox, "general", ts)[0]))
        await rests(sandbox, path)
        assert len(ours(sandbox, "general", ts)) == 1


async def test_a_question_that_is_not_kept_any_more_has_to_be_asked_anew(
    sandbox: Workspace, path: Path
) -> None:
    async with connected(sandbox, path, Anew()):
        _, reply_ts = await answered(sandbox, path)
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("DELETE FROM inbox")
        connection.commit()
        connection.close()
        await again(sandbox, "minsu", reply_ts)
        (told,) = await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
    assert "새로 물어봐 주세요" in said(told)
