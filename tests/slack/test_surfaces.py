"""What else Slack sends beside questions in channels: the assistant pane, groups, files, strangers, bots."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.team.app import EVENTS, App
from bot.slack import texts
from bot.slack.prompts import OFFERED
from tests.slack.cast import Answerer, Workspace, connected, final_replies, ours, over_both_transports, said

LEGACY = App(
    surface="assistant_view",
    events=EVENTS | {"assistant_thread_started", "assistant_thread_context_changed"},
)


@pytest.fixture
async def legacy(transport: str) -> AsyncIterator[Workspace]:
    """A workspace in which the app was created with the older assistant_view."""
    async with Workspace(transport, app=LEGACY, ack_seconds=1.0, retry_delays=(0.0, 0.1)) as running:
        yield running


def offered(sandbox: Workspace, user: str, thread_ts: str = "") -> list[str]:
    """What somebody is offered to ask."""
    prompts = sandbox.workspace.sessions.prompts.get((sandbox.dm(user), thread_ts)) or {}
    return [prompt["message"] for prompt in prompts.get("prompts", [])]


@over_both_transports
@pytest.mark.parametrize(("user", "language"), [("minsu", "ko"), ("alex", "en")])
async def test_who_opens_the_bot_is_offered_questions_in_their_language(
    sandbox: Workspace, path: Path, user: str, language: str
) -> None:
    async with connected(sandbox, path, Answerer()):
        await sandbox.open_app(user)
        found = await sandbox.wait_for(lambda: offered(sandbox, user))
    assert found == [texts.text(name, language) for name in OFFERED]
    assert sandbox.messages(sandbox.dm(user)) == []


async def test_the_home_tab_offers_nothing(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Answerer()):
        await sandbox.open_app("minsu", "home")
        await sandbox.open_app("alex", "messages")
        await sandbox.wait_for(lambda: offered(sandbox, "alex"))
        assert offered(sandbox, "minsu") == []


async def test_prompts_that_slack_refuses_do_no_harm(sandbox: Workspace, path: Path) -> None:
    sandbox.faults.fail("assistant.threads.setSuggestedPrompts", "internal_error", times=9)
    async with connected(sandbox, path, Answerer()):
        await sandbox.open_app("minsu")
        ts = await sandbox.say("minsu", sandbox.dm("minsu"), "연차는?")
        await sandbox.wait_for(lambda: final_replies(sandbox, sandbox.dm("minsu"), ts))
    assert offered(sandbox, "minsu") == []


@over_both_transports
async def test_in_the_legacy_pane_questions_are_offered_and_answered_in_its_thread(
    legacy: Workspace, path: Path
) -> None:
    answerer = Answerer()
    async with connected(legacy, path, answerer):
        dm = legacy.dm("minsu")
        thread = await legacy.open_app("minsu")
        assert await legacy.wait_for(lambda: offered(legacy, "minsu", thread))
        await legacy.look_at("minsu", "general")
        await legacy.say("minsu", dm, "연차는 며칠이야?", thread)
        await legacy.wait_for(lambda: len(final_replies(legacy, dm, thread)) == 1)
        await legacy.say("minsu", dm, "그럼 병가는?", thread)
        await legacy.wait_for(lambda: len(final_replies(legacy, dm, thread)) == 2)
    first, second = answerer.asked
    assert first.history == ()  # "New Assistant Thread" is nothing that was said
    assert [turn.text for turn in second.history] == ["연차는 며칠이야?", answerer.answer.text]


async def test_a_group_of_direct_messages_is_a_channel_to_the_bot(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        group = sandbox.group("jiwoo", "alex", "footnote")
        await sandbox.say("jiwoo", group, "점심 먹을까?")
        ts = await sandbox.say("jiwoo", group, "@footnote 연차는?")
        await sandbox.wait_for(lambda: final_replies(sandbox, group, ts))
        await sandbox.say("alex", group, "And sick leave?", ts)
        await sandbox.wait_for(lambda: len(final_replies(sandbox, group, ts)) == 2)
    assert [question.text for question in answerer.asked] == ["연차는?", "And sick leave?"]
    readers = {"everyone", f"channel:{sandbox.team_id}/{group}"}
    assert [question.readers for question in answerer.asked] == [readers, readers]


async def test_the_words_beside_a_file_are_the_question(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        dm = sandbox.dm("minsu")
        ts = await sandbox.upload("minsu", dm, "영수증.pdf", b"%PDF-1.7", comment="이거 어떻게 정산해?")
        await sandbox.wait_for(lambda: final_replies(sandbox, dm, ts))
        bare = await sandbox.upload("minsu", dm, "영수증.pdf", b"%PDF-1.7")
        (hint,) = await sandbox.wait_for(lambda: final_replies(sandbox, dm, bare))
    assert [question.text for question in answerer.asked] == ["이거 어떻게 정산해?"]
    assert "무엇을 찾아 드릴까요?" in said(hint)


async def test_who_is_of_another_organisation_is_told_what_the_shared_channel_may_know(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        for user in ("hana", "alex"):
            ts = await sandbox.say(user, "partner-project", "@footnote How many days off?")
            await sandbox.wait_for(
                lambda ts=ts: final_replies(sandbox, "partner-project", ts)  # type: ignore[misc]
            )
    only_the_channel = {f"channel:{sandbox.team_id}/C05PARTNER"}
    assert [question.readers for question in answerer.asked] == [only_the_channel, only_the_channel]


async def test_a_mention_by_another_bot_is_left_alone(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        deployed = await sandbox.post_as_other_bot("general", "@footnote deployed 1.2")
        ts = await sandbox.say("minsu", "general", "@footnote 연차는?")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        assert ours(sandbox, "general", deployed) == []
    assert len(answerer.asked) == 1


@over_both_transports
async def test_what_people_look_at_and_how_they_name_things_is_acked_and_left_alone(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        dm = sandbox.dm("minsu")
        ts = await sandbox.say("minsu", dm, "연차는?")
        await sandbox.wait_for(lambda: final_replies(sandbox, dm, ts))
        await sandbox.look_at("minsu", "general")
        await sandbox.rename_session("minsu", dm, ts, "휴가")
        await sandbox.join("alex", "handbook-ko")
        await sandbox.leave("alex", "handbook-ko")
        last = await sandbox.say("minsu", dm, "병가는?")
        await sandbox.wait_for(lambda: final_replies(sandbox, dm, last))
        await sandbox.wait_for(lambda: sandbox.delivery.delivering == 0)
        assert sandbox.delivery.undelivered == []
    assert len(answerer.asked) == 2
