"""Ask a human: what somebody writes goes to people in one channel, once, with nothing they may not read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.slack.experts_blocks import ExpertsChannel
from tests.slack.cast import Answerer, Workspace, connected, final_replies, over_both_transports, said
from tests.slack.library import Library, found, not_found
from tests.slack.test_quotes import elements, with_buttons

Json = dict[str, Any]
PEOPLE = ExpertsChannel("C04PEOPLE0", "S01PEOPLE0")
HERE = ExpertsChannel("C02HANDBOOK")


async def answered(sandbox: Workspace, channel: str = "general", user: str = "minsu") -> str:
    ts = await sandbox.say(user, channel, "@footnote 연차는 며칠이야?")
    (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, channel, ts))
    return str(reply["ts"])


async def ask(sandbox: Workspace, user: str, ts: str, channel: str = "general") -> Json:
    """The modal."""
    await sandbox.click(user, channel, ts, "footnote_experts")
    view = await sandbox.wait_for(lambda: sandbox.modal(user))
    assert view is not None
    return view


def posted(sandbox: Workspace, channel: str = "people-team") -> list[Json]:
    place = sandbox.workspace.channel(channel).id
    return [
        message.as_json(metadata=True)
        for message in sandbox.workspace.history[place].values()
        if message.user == sandbox.bot_user_id and not message.thread_ts
    ]


@over_both_transports
async def test_a_question_without_an_answer_goes_to_people_and_the_asker_hears_where(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.record(not_found())
    async with connected(sandbox, path, Answerer(not_found()), experts=PEOPLE):
        ts = await answered(sandbox)
        library.put()
        view = await ask(sandbox, "minsu", ts)
        assert view["title"]["text"] == "사람에게 묻기"
        (written,) = elements(view, "plain_text_input")
        assert written["initial_value"] == "연차는 며칠이야?"
        assert await sandbox.submit("minsu", {"question": "연차는 며칠이야? <!channel> 급해요"}) == {}
        (post,) = await sandbox.wait_for(lambda: posted(sandbox))
        (told,) = await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
    assert [one["user_id"] for one in elements(post, "user")] == ["U03MINSU00"]
    assert [one["usergroup_id"] for one in elements(post, "usergroup")] == ["S01PEOPLE0"]
    assert elements(post, "broadcast") == []
    (quoted,) = elements(post, "rich_text_quote")
    assert quoted["elements"] == [{"type": "text", "text": "연차는 며칠이야? <!channel> 급해요"}]
    assert "<!channel>" not in post["text"]
    thread, document = elements(post, "link")
    assert "/archives/C01GENERAL/" in thread["url"]
    assert document["text"] == "휴가 > 연차"
    assert "급여" not in said(post)  # nobody in that channel may read it for being there
    (where,) = elements(told, "link")
    assert "/archives/C04PEOPLE0/" in where["url"]


async def test_a_second_click_by_whoever_posts_nothing_and_says_where_it_was_asked(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with connected(sandbox, path, Answerer(not_found()), experts=PEOPLE):
        ts = await answered(sandbox)
        await ask(sandbox, "minsu", ts)
        await ask(sandbox, "alex", ts)  # both have the form open
        await sandbox.submit("minsu", {"question": "연차는?"})
        await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
        await sandbox.submit("alex", {"question": "저도 궁금해요"})
        (told,) = await sandbox.wait_for(lambda: sandbox.ephemerals("alex", "general"))
        assert "이미 사람에게 물어봤어요" in said(told)
        again = await ask(sandbox, "minsu", ts)
        assert "이미 사람에게 물어봤어요" in said(again)
        assert elements(again, "plain_text_input") == []
        assert len(posted(sandbox)) == 1


async def test_after_a_restart_it_is_known_that_people_were_asked(sandbox: Workspace, path: Path) -> None:
    Library(path).record(not_found())
    async with connected(sandbox, path, Answerer(not_found()), experts=PEOPLE):
        ts = await answered(sandbox)
        await ask(sandbox, "minsu", ts)
        await sandbox.submit("minsu", {"question": "연차는?"})
        await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
        await sandbox.close_modal("minsu")
    async with connected(sandbox, path, Answerer(not_found()), experts=PEOPLE):
        assert "이미 사람에게 물어봤어요" in said(await ask(sandbox, "minsu", ts))
        assert len(posted(sandbox)) == 1


@pytest.mark.parametrize("fault", ["lose_reply", "break_down", "rate_limit"])
async def test_a_post_whose_outcome_is_unknown_is_made_once(
    sandbox: Workspace, path: Path, fault: str
) -> None:
    Library(path).record(not_found())
    async with connected(sandbox, path, Answerer(not_found()), experts=PEOPLE):
        ts = await answered(sandbox)
        await ask(sandbox, "minsu", ts)
        if fault == "rate_limit":
            sandbox.faults.rate_limit("chat.postMessage", retry_after=1)
        else:
            getattr(sandbox.faults, fault)("chat.postMessage")
        await sandbox.submit("minsu", {"question": "연차는?"})
        (told,) = await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"), timeout=10)
        assert "사람에게 물어봤어요" in said(told)
        assert len(posted(sandbox)) == 1


async def test_where_the_bot_is_not_in_the_channel_the_asker_hears_it_and_may_try_again(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with connected(sandbox, path, Answerer(not_found()), experts=ExpertsChannel("C03RANDOM0")):
        ts = await answered(sandbox)
        await ask(sandbox, "minsu", ts)
        await sandbox.submit("minsu", {"question": "연차는?"})
        (told,) = await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
        assert "초대해 달라고" in said(told)
        assert elements(await ask(sandbox, "minsu", ts), "plain_text_input")


async def test_a_question_asked_in_private_goes_without_a_link_and_below_a_found_answer_by_the_menu(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put(readers=frozenset({"channel:T01SANDBOX/C02HANDBOOK"}))  # a guest reads along there
    library.record(found())
    async with connected(sandbox, path, Answerer(found()), experts=HERE):
        await sandbox.command("minsu", "general", "/footnote", "ask 연차는?")
        (private,) = await sandbox.wait_for(lambda: with_buttons(sandbox, "minsu"))
        await sandbox.click("minsu", "general", private["ts"], "footnote_more", "experts:trace-1:ko")
        await sandbox.wait_for(lambda: sandbox.modal("minsu"))
        await sandbox.submit("minsu", {"question": "더 알려 주세요"})
        (post,) = await sandbox.wait_for(lambda: posted(sandbox, "handbook-ko"))
        told = await sandbox.wait_for(
            lambda: [one for one in sandbox.ephemerals("minsu", "general") if "물어봤어요" in said(one)]
        )
    assert [one["text"] for one in elements(post, "link")] == ["휴가 > 연차"]
    assert elements(post, "usergroup") == []
    assert len(told) == 1


async def test_into_a_channel_shared_outside_no_title_goes(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.record(not_found())
    async with connected(sandbox, path, Answerer(not_found()), experts=ExpertsChannel("C05PARTNER")):
        ts = await answered(sandbox)
        library.put()
        await ask(sandbox, "minsu", ts)
        await sandbox.submit("minsu", {"question": "연차는?"})
        (post,) = await sandbox.wait_for(lambda: posted(sandbox, "partner-project"))
    assert "휴가" not in said(post)


async def test_an_empty_question_is_sent_back(sandbox: Workspace, path: Path) -> None:
    Library(path).record(not_found())
    async with connected(sandbox, path, Answerer(not_found()), experts=PEOPLE):
        await ask(sandbox, "minsu", await answered(sandbox))
        assert await sandbox.submit("minsu", {"question": "  \n "}) == {
            "question": "무엇이 궁금한지 적어 주세요."
        }
        assert await sandbox.submit("minsu", {"question": "연차는?"}) == {}


async def test_without_a_channel_nobody_is_offered_it_and_an_old_button_does_nothing(
    sandbox: Workspace, path: Path
) -> None:
    async with connected(sandbox, path, Answerer(not_found()), experts=PEOPLE):
        old = await answered(sandbox)
    async with connected(sandbox, path, Answerer(not_found())):
        ts = await sandbox.say("minsu", "general", "@footnote 병가는?")
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        assert "footnote_experts" not in str(reply["blocks"])
        assert "experts:" not in str(reply["blocks"])
        await sandbox.click("minsu", "general", old, "footnote_experts")
        await asyncio.sleep(0)
        assert sandbox.modal("minsu") is None
    assert posted(sandbox) == []
