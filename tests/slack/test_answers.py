"""A person asks, the bot answers: over real sockets, against the local workspace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import ModelMissing, ModelUnavailable
from tests.slack.cast import (
    Answerer,
    Workspace,
    answer,
    citation,
    connected,
    final_replies,
    ours,
    over_both_transports,
    passage,
    said,
)

pytestmark = over_both_transports


async def ask(sandbox: Workspace, path: Path, text: str, answerer: Answerer | None = None) -> str:
    """Everything the one reply to a message in #general shows."""
    async with connected(sandbox, path, answerer or Answerer()):
        ts = await sandbox.say("minsu", "general", text)
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        return said(reply)


async def test_a_mention_is_answered_in_its_thread_with_sources_and_buttons(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    assert [question.text for question in answerer.asked] == ["연차는 며칠이야?"]
    assert "연차는 1년에 15일이에요 [1]." in said(reply)
    assert "출처" in said(reply)
    assert "휴가 > 연차 · handbook · 3일 전" in said(reply)
    kinds = [block["type"] for block in reply["blocks"]]
    assert kinds == ["markdown", "rich_text", "context_actions", "actions"]
    assert len(ours(sandbox, "general", ts)) == 1


async def test_the_answer_is_shown_while_it_is_written(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: "찾은 문서: 휴가" in "".join(map(said, ours(sandbox, "general", ts))))
        assert not final_replies(sandbox, "general", ts)
        answerer.hold.set()
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        (reply,) = ours(sandbox, "general", ts)
    assert "찾은 문서" not in said(reply)


async def test_the_first_thing_said_is_that_it_is_searching(sandbox: Workspace, path: Path) -> None:
    await ask(sandbox, path, "@footnote 연차는 며칠이야?")
    statuses = [call.arguments for call in sandbox.calls if call.method == "assistant.threads.setStatus"]
    assert statuses[0]["status"] == "문서를 찾고 있어요…"


async def test_a_direct_message_needs_no_mention_and_may_read_what_the_asker_may(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        channel = sandbox.dm("alex")
        ts = await sandbox.say("alex", channel, "How many days off?")
        await sandbox.wait_for(lambda: final_replies(sandbox, channel, ts))
    assert answerer.asked[0].readers >= {"everyone", f"user:{sandbox.team_id}/U02ALEX000"}
    assert answerer.asked[0].locale == "en-US"


async def test_a_channel_reads_as_the_channel_and_only_without_guests_as_everyone(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        for place in ("general", "handbook-ko"):  # Sam, a guest, is a member of the second
            ts = await sandbox.say("minsu", place, "@footnote 연차는?")
            await sandbox.wait_for(lambda place=place, ts=ts: final_replies(sandbox, place, ts))  # type: ignore[misc]
    general, handbook = (f"channel:{sandbox.team_id}/{name}" for name in ("C01GENERAL", "C02HANDBOOK"))
    assert [question.readers for question in answerer.asked] == [{"everyone", general}, {handbook}]


async def test_a_follow_up_in_the_thread_needs_no_mention_and_knows_what_was_said(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        await sandbox.say("alex", "general", "그럼 병가는?", ts)
        await sandbox.wait_for(lambda: len(final_replies(sandbox, "general", ts)) == 2)
    assert answerer.asked[1].text == "그럼 병가는?"
    turns = [(turn.role, turn.text) for turn in answerer.asked[1].history]
    assert turns == [("user", "연차는 며칠이야?"), ("assistant", answerer.answer.text)]


async def test_what_is_not_for_the_bot_is_left_alone_and_acked(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        asked = await sandbox.say("minsu", "general", "@footnote 연차는?")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", asked))
        await sandbox.say("minsu", "general", "점심 먹을까?")
        root = await sandbox.say("minsu", "general", "다른 스레드")
        await sandbox.say("alex", "general", "답글", root)
        await sandbox.say("alex", "general", "@minsu 어떻게 생각해?", asked)
        await sandbox.post_as_other_bot("general", "@footnote hello")
        await sandbox.react("alex", "general", root, "eyes")
        last = await sandbox.say("minsu", "general", "@footnote 병가는?")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", last))
    assert [question.text for question in answerer.asked] == ["연차는?", "병가는?"]


async def test_the_nearest_documents_are_named_where_nothing_was_found(
    sandbox: Workspace, path: Path
) -> None:
    nothing = answer(
        "", found=False, citations=(), nearest=(passage("출장"), passage("출장"), passage("경비"))
    )
    shown = await ask(sandbox, path, "@footnote 주차장은?", Answerer(nothing))
    assert "문서에서 답을 찾지 못했어요" in shown
    assert shown.count("출장 > 연차") == 1
    assert "경비 > 연차" in shown


async def test_a_file_is_shown_as_a_path_and_never_as_a_link(sandbox: Workspace, path: Path) -> None:
    there = answer(citations=(citation(url="file:///srv/docs/%ED%9C%B4%EA%B0%80.md"),))
    async with connected(sandbox, path, Answerer(there)):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는?")
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    assert "docs/휴가.md" in said(reply)
    assert "/srv" not in said(reply)
    assert '"link"' not in str(reply["blocks"]).replace("'", '"')


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("@footnote", "예를 들어 이렇게 물어보세요"),
        ("@footnote  :wave: 🙏", "글자로 된 질문이 있어야"),
        ("@footnote " + "가" * 30_000, "30,000"),
    ],
)
async def test_a_question_that_is_none_gets_a_hint(
    sandbox: Workspace, path: Path, written: str, expected: str
) -> None:
    answerer = Answerer()
    assert expected in await ask(sandbox, path, written, answerer)
    assert answerer.asked == []


async def test_a_missing_model_is_said_honestly_with_what_an_admin_has_to_do(
    sandbox: Workspace, path: Path
) -> None:
    failing = Answerer(failures=[ModelMissing("no file")])
    assert "`footnote models pull`" in await ask(sandbox, path, "@footnote 연차는?", failing)


async def test_a_model_that_died_is_asked_once_more(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer(failures=[ModelUnavailable("died")])
    assert "15일" in await ask(sandbox, path, "@footnote 연차는?", answerer)
    assert len(answerer.asked) == 2


async def test_a_bug_ends_in_one_apology_without_a_traceback(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer(failures=[ZeroDivisionError("secret detail")] * 9)
    shown = await ask(sandbox, path, "@footnote 연차는?", answerer)
    assert "문제가 생겼어요" in shown
    assert "secret" not in shown
    assert len(answerer.asked) == 3


async def test_a_deleted_question_that_waits_is_not_answered(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer, at_once=1):
        first = await sandbox.say("minsu", "general", "@footnote 첫째 질문은?")
        await answerer.middle.wait()
        second = await sandbox.say("minsu", "general", "@footnote 둘째 질문은?")
        await sandbox.wait_for(lambda: sandbox.status("general", second))
        await sandbox.delete("general", second)
        third = await sandbox.say("minsu", "general", "@footnote 셋째 질문은?")
        await sandbox.wait_for(lambda: sandbox.status("general", third))
        answerer.hold.set()
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", third))
        assert final_replies(sandbox, "general", first)
    assert [question.text for question in answerer.asked] == ["첫째 질문은?", "셋째 질문은?"]


async def test_an_edited_question_that_waits_is_answered_as_edited(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer, at_once=1):
        await sandbox.say("minsu", "general", "@footnote 첫째 질문은?")
        await answerer.middle.wait()
        second = await sandbox.say("minsu", "general", "@footnote 둘째 질문은?")
        await sandbox.wait_for(lambda: "1" in sandbox.status("general", second))
        await sandbox.edit("minsu", "general", second, "@footnote 고친 질문은?")
        third = await sandbox.say("minsu", "general", "@footnote 셋째 질문은?")
        await sandbox.wait_for(lambda: "2" in sandbox.status("general", third))
        answerer.hold.set()
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", third))
    assert [question.text for question in answerer.asked] == ["첫째 질문은?", "고친 질문은?", "셋째 질문은?"]


async def test_a_click_on_stop_keeps_what_was_written(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는?")
        await sandbox.wait_for(lambda: "연차는 " in "".join(map(said, ours(sandbox, "general", ts))))
        await sandbox.stop_answer("minsu", "general", ts)
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    assert "여기서 멈췄어요" in said(reply)
    assert len(ours(sandbox, "general", ts)) == 1


async def test_two_questions_of_one_thread_are_answered_one_after_the_other(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer, at_once=4):
        answerer.begin.clear()
        ts = await sandbox.say("minsu", "general", "@footnote 첫째 질문은?")
        await sandbox.wait_for(lambda: answerer.asked)
        await sandbox.say("minsu", "general", "@footnote 둘째 질문은?", ts)
        answerer.begin.set()
        await sandbox.wait_for(lambda: len(final_replies(sandbox, "general", ts)) == 2)
    assert len(answerer.asked[1].history) >= 1
    assert "assistant" in [turn.role for turn in answerer.asked[1].history]


async def test_an_english_question_is_spoken_to_in_english(sandbox: Workspace, path: Path) -> None:
    english = answer("You have 15 days [1].", language="en")
    shown = await ask(sandbox, path, "@footnote How many days off?", Answerer(english))
    assert "Sources" in shown
    assert "3 days ago" in shown


async def test_an_answer_that_is_too_long_for_slack_is_shortened(sandbox: Workspace, path: Path) -> None:
    many = tuple(replace(citation(number), title="제목 " * 80) for number in range(1, 30))
    long = answer("<&> 아주 긴 문장이에요. " * 900, citations=many)
    shown = await ask(sandbox, path, "@footnote 연차는?", Answerer(long))
    assert "너무 길어서 줄였어요" in shown
    assert "그 밖에 19개 더" in shown
