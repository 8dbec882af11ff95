"""A model that has too much to do, takes too long, or dies: what becomes of the question, what is said."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.errors import ModelBusy, ModelUnavailable
from bot.slack import texts
from bot.slack.replies import MAX_ATTEMPTS
from tests.slack.cast import Answerer, Workspace, connected, final_replies, over_both_transports, said
from tests.slack.test_queue import statuses

QUESTIONS = [("ko", "@footnote 연차는 며칠이야?"), ("en", "@footnote How many days off?")]


def busy(times: int) -> list[Exception]:
    return [ModelBusy("64 questions wait for the model already.") for _ in range(times)]


async def reply_to(sandbox: Workspace, ts: str, channel: str = "general") -> str:
    await sandbox.wait_for(lambda: final_replies(sandbox, channel, ts))
    (only,) = final_replies(sandbox, channel, ts)
    return said(only)


@over_both_transports
@pytest.mark.parametrize(("language", "question"), QUESTIONS)
async def test_a_question_waits_for_a_busy_model_and_is_answered_however_often_it_was_put_off(
    sandbox: Workspace, path: Path, language: str, question: str
) -> None:
    answerer = Answerer(failures=busy(MAX_ATTEMPTS + 2))
    async with connected(sandbox, path, answerer, busy_seconds=0.01):
        ts = await sandbox.say("minsu", "general", question)
        assert "15일" in await reply_to(sandbox, ts)
    assert len(answerer.asked) == MAX_ATTEMPTS + 3
    assert texts.text("model_busy", language) in statuses(sandbox, ts)


async def test_a_question_that_waits_for_a_busy_model_outlives_the_bot(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer(failures=busy(1))
    async with connected(sandbox, path, answerer, busy_seconds=3600):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는?")
        await sandbox.wait_for(lambda: texts.text("model_busy", "ko") in statuses(sandbox, ts))
    async with connected(sandbox, path, answerer):
        assert "15일" in await reply_to(sandbox, ts)


@pytest.mark.parametrize(("language", "question"), QUESTIONS)
async def test_a_model_that_is_busy_for_too_long_ends_in_one_message_with_what_to_do(
    sandbox: Workspace, path: Path, language: str, question: str
) -> None:
    answerer = Answerer(failures=busy(1000))
    async with connected(sandbox, path, answerer, busy_seconds=0.05, answer_seconds=0.3):
        ts = await sandbox.say("minsu", "general", question)
        assert await reply_to(sandbox, ts) == texts.text("out_of_time", language)


async def test_an_answer_that_takes_too_long_ends_with_what_was_checked_of_it_and_what_to_do(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer, answer_seconds=1.5):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는?")
        shown = await reply_to(sandbox, ts)
    assert "연차는 1년에" in shown
    assert shown.endswith(texts.text("out_of_time", "ko"))


async def test_a_question_asked_by_a_command_ends_in_time_too(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer, answer_seconds=0.3):
        await sandbox.command("minsu", "general", "/footnote", "ask 연차는?")
        await sandbox.wait_for(
            lambda: (
                texts.text("out_of_time", "ko") in "".join(map(said, sandbox.ephemerals("minsu", "general")))
            )
        )


async def test_the_deadline_is_that_of_the_first_attempt(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer(failures=[ModelUnavailable("died"), *busy(1)])
    before = time.monotonic()
    async with connected(sandbox, path, answerer, busy_seconds=0.01, answer_seconds=100):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는?")
        assert "15일" in await reply_to(sandbox, ts)
    (deadline,) = {question.deadline for question in answerer.asked}
    assert before + 100 <= deadline <= time.monotonic() + 100


@pytest.mark.parametrize(("language", "question"), QUESTIONS)
async def test_a_question_whose_model_died_twice_is_told_so_and_asked_no_third_time(
    sandbox: Workspace, path: Path, language: str, question: str
) -> None:
    answerer = Answerer(failures=[ModelUnavailable("died"), *busy(2), ModelUnavailable("died again")])
    async with connected(sandbox, path, answerer, busy_seconds=0.01):
        ts = await sandbox.say("minsu", "general", question)
        assert await reply_to(sandbox, ts) == texts.text("model_unavailable", language)
    assert len(answerer.asked) == 4
