"""👍 and 👎, and what somebody says about why an answer did not help."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.slack import texts
from bot.slack.feedback import reason_view
from bot.slack.notices import AdminNotices
from bot.store.database import Database
from bot.store.feedback import DOWN, MAX_COMMENT, REASONS, UP, Feedback, Vote
from tests.slack.cast import (
    Answerer,
    Workspace,
    answer,
    connected,
    final_replies,
    over_both_transports,
    said,
)

pytestmark = over_both_transports

VOTED = {"trace_id": "trace-1", "language": "ko", "channel": "", "thread_ts": ""}
TEAM, MINSU, ALEX = "T01SANDBOX", "U03MINSU00", "U02ALEX000"


def votes(path: Path) -> list[Vote]:
    database = Database(path)
    try:
        return Feedback(database, lambda: 0.0).votes("trace-1")
    finally:
        database.close()


async def answered(sandbox: Workspace) -> str:
    """The ts of an answer in #general."""
    ts = await sandbox.say("minsu", "general", "@footnote 연차는?")
    (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    return str(reply["ts"])


async def vote(sandbox: Workspace, user: str, ts: str, which: str, language: str = "ko") -> None:
    await sandbox.click(user, "general", ts, "footnote_vote", f"{which}:trace-1:{language}")


async def asked_why(sandbox: Workspace, user: str) -> dict[str, Any]:
    return await sandbox.wait_for(lambda: sandbox.modal(user)) or {}


async def test_a_thumb_up_is_stored_and_thanked_for_without_a_question(
    sandbox: Workspace, path: Path
) -> None:
    async with connected(sandbox, path, Answerer()):
        await vote(sandbox, "minsu", await answered(sandbox), "up")
        (thanks,) = await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
        assert sandbox.modal("minsu") is None
    assert "의견 고마워요" in said(thanks)
    assert votes(path) == [Vote(TEAM, MINSU, UP)]


async def test_a_thumb_down_counts_at_once_and_is_asked_for_its_reason(
    sandbox: Workspace, path: Path
) -> None:
    async with connected(sandbox, path, Answerer()):
        await vote(sandbox, "minsu", await answered(sandbox), "down")
        view = await asked_why(sandbox, "minsu")
        assert votes(path) == [Vote(TEAM, MINSU, DOWN)]
        assert view["title"]["text"] == "어떤 점이 아쉬웠나요?"
        assert sandbox.ephemerals("minsu", "general") == []
        assert await sandbox.submit("minsu", {"reason": "outdated", "comment": "  올해 바뀌었어요  "}) == {}
        (thanks,) = await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
    assert "알려 줘서 고마워요" in said(thanks)
    assert votes(path) == [Vote(TEAM, MINSU, DOWN, "outdated", "올해 바뀌었어요")]


async def test_a_modal_that_is_closed_leaves_the_vote(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Answerer()):
        await vote(sandbox, "minsu", await answered(sandbox), "down")
        await asked_why(sandbox, "minsu")
        await sandbox.close_modal("minsu")
    assert votes(path) == [Vote(TEAM, MINSU, DOWN)]


async def test_the_question_why_is_in_the_language_of_the_answer_not_of_the_reader(
    sandbox: Workspace, path: Path
) -> None:
    english = answer("You have 15 days [1].", language="en")
    async with connected(sandbox, path, Answerer(english)):
        await vote(sandbox, "minsu", await answered(sandbox), "down", "en")
        view = await asked_why(sandbox, "minsu")
        assert view["title"]["text"] == "What was wrong?"
        errors = await sandbox.submit("minsu", {"reason": "other"})
    assert errors == {"comment": "Please say in a few words what was wrong."}


@pytest.mark.parametrize("comment", [None, "   \n "])
async def test_another_reason_needs_words(sandbox: Workspace, path: Path, comment: str | None) -> None:
    async with connected(sandbox, path, Answerer()):
        await vote(sandbox, "minsu", await answered(sandbox), "down")
        await asked_why(sandbox, "minsu")
        errors = await sandbox.submit("minsu", {"reason": "other", "comment": comment})
        assert errors == {"comment": "어떤 점이 아쉬웠는지 몇 마디로 적어 주세요."}
        assert votes(path) == [Vote(TEAM, MINSU, DOWN)]
        assert await sandbox.submit("minsu", {"reason": "other", "comment": "글꼴이 이상해요"}) == {}
    assert votes(path) == [Vote(TEAM, MINSU, DOWN, "other", "글꼴이 이상해요")]


async def test_the_last_vote_counts_and_changing_it_forgets_the_reason(
    sandbox: Workspace, path: Path
) -> None:
    async with connected(sandbox, path, Answerer()):
        ts = await answered(sandbox)
        for _ in range(2):  # a double click
            await vote(sandbox, "minsu", ts, "down")
        await asked_why(sandbox, "minsu")
        await sandbox.submit("minsu", {"reason": "wrong"})
        assert votes(path) == [Vote(TEAM, MINSU, DOWN, "wrong")]
        await vote(sandbox, "minsu", ts, "up")
        assert votes(path) == [Vote(TEAM, MINSU, UP)]
        await vote(sandbox, "alex", ts, "down")
        await vote(sandbox, "minsu", ts, "down")
    assert {(one.user, one.vote, one.reason) for one in votes(path)} == {
        (MINSU, DOWN, ""),
        (ALEX, DOWN, ""),
    }


async def test_a_trigger_that_expired_loses_no_vote(sandbox: Workspace, path: Path) -> None:
    sandbox.faults.fail("views.open", "expired_trigger_id")
    async with connected(sandbox, path, Answerer()):
        await vote(sandbox, "minsu", await answered(sandbox), "down")
        (thanks,) = await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
        assert sandbox.modal("minsu") is None
    assert "알려 줘서 고마워요" in said(thanks)
    assert votes(path) == [Vote(TEAM, MINSU, DOWN)]


async def test_a_reason_is_stored_though_the_answer_was_deleted_meanwhile(
    sandbox: Workspace, path: Path
) -> None:
    async with connected(sandbox, path, Answerer()):
        ts = await answered(sandbox)
        await vote(sandbox, "minsu", ts, "down")
        await asked_why(sandbox, "minsu")
        await sandbox.delete("general", ts)
        assert await sandbox.submit("minsu", {"reason": "not_for_me"}) == {}
    assert votes(path) == [Vote(TEAM, MINSU, DOWN, "not_for_me")]


async def test_an_answer_that_only_the_asker_sees_can_be_voted_on_too(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Answerer()):
        await sandbox.command("minsu", "general", "/footnote", "ask 연차는?")

        def shown() -> list[dict[str, Any]]:
            found = sandbox.ephemerals("minsu", "general")
            return [m for m in found if "footnote_vote" in str(m["blocks"])]

        (private,) = await sandbox.wait_for(shown)
        await vote(sandbox, "minsu", private["ts"], "down")
        view = await asked_why(sandbox, "minsu")
        assert view["title"]["text"] == "어떤 점이 아쉬웠나요?"
        assert await sandbox.submit("minsu", {"reason": "incomplete"}) == {}
    assert votes(path) == [Vote(TEAM, MINSU, DOWN, "incomplete")]


def told(sandbox: Workspace, user: str) -> list[dict[str, Any]]:
    return [m for m in sandbox.messages(sandbox.dm(user)) if m.get("bot_id")]


@pytest.mark.parametrize(
    ("admin", "expected"),
    [
        ("jiwoo", "보면 안 되는 답을 봤다고 누군가 알려 줬어요"),
        ("alex", "should not have been shown to them"),
    ],
)
async def test_that_an_answer_was_not_meant_for_somebody_is_told_to_admins_once_and_names_nobody(
    sandbox: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch, admin: str, expected: str
) -> None:
    monkeypatch.setattr(AdminNotices.run, "__defaults__", (0.05,))
    admins = (sandbox.workspace.user(admin).id,)
    async with connected(sandbox, path, Answerer(), admins=admins):
        ts = await answered(sandbox)
        for user in ("minsu", "alex"):
            await vote(sandbox, user, ts, "down")
            await asked_why(sandbox, user)
            given = {"reason": "not_for_me", "comment": "월급표가 보여요"}
            assert await sandbox.submit(user, given) == {}
        (notice,) = await sandbox.wait_for(lambda: told(sandbox, admin))
        await vote(sandbox, "jiwoo", ts, "down")
        await asked_why(sandbox, "jiwoo")
        assert await sandbox.submit("jiwoo", {"reason": "missing_source"}) == {}
    assert expected in said(notice)
    assert "footnote trace trace-1" in said(notice)
    for secret in (MINSU, ALEX, "민수", "Alex", "월급표", "연차"):
        assert secret not in str(notice)
    assert len(told(sandbox, admin)) == 1
    assert [one.reason for one in votes(path)] == ["not_for_me", "not_for_me", "missing_source"]


def submission(reason: str | None, comment: str, **changes: Any) -> dict[str, Any]:
    """What Slack would send: the local workspace refuses to fill a modal with what does not fit."""
    metadata = json.dumps(VOTED)
    option = {"selected_option": {"value": reason} if reason else None}
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": "footnote_reason",
        "private_metadata": metadata,
        "state": {"values": {"reason": {"reason": option}, "comment": {"comment": {"value": comment}}}},
        **changes,
    }
    return {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": MINSU, "team_id": TEAM},
        "view": view,
    }


@pytest.mark.parametrize(
    ("reason", "comment", "errors"),
    [
        (None, "x", {"reason": "아쉬운 점을 하나 골라 주세요."}),
        ("boring", "x", {"reason": "아쉬운 점을 하나 골라 주세요."}),
        ("wrong", "가" * 3_001, {"comment": "3,000자까지 적을 수 있는데 3,001자예요. 줄여 주세요."}),
    ],
)
async def test_what_slack_should_have_held_back_is_refused_where_it_stands(
    sandbox: Workspace, path: Path, reason: str | None, comment: str, errors: dict[str, str]
) -> None:
    async with connected(sandbox, path, Answerer()):
        acked = await sandbox.delivery.ask("interactive", submission(reason, comment))
    assert acked == {"response_action": "errors", "errors": errors}
    assert votes(path) == []


async def test_a_comment_that_just_fits_is_stored_whole(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Answerer()):
        await sandbox.delivery.ask("interactive", submission("wrong", "가" * MAX_COMMENT))
    assert votes(path) == [Vote(TEAM, MINSU, DOWN, "wrong", "가" * MAX_COMMENT)]


@pytest.mark.parametrize(
    "changes",
    [
        {"private_metadata": ""},
        {"private_metadata": "[]"},
        {"private_metadata": '{"trace_id": "trace-1"}'},
        {"private_metadata": json.dumps({**VOTED, "trace_id": "`x` <!channel> [y](https://evil.example)"})},
        {"private_metadata": json.dumps({**VOTED, "trace_id": ["trace-1"]})},
        {"state": {}},
        {"state": {"values": {"reason": {"reason": None}}}},
    ],
)
async def test_a_forged_modal_is_acked_and_stores_nothing(
    sandbox: Workspace, path: Path, changes: dict[str, Any]
) -> None:
    async with connected(sandbox, path, Answerer()):
        await sandbox.delivery.ask("interactive", submission("wrong", "x", **changes))
    assert votes(path) == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_modal_fits_into_what_slack_takes(transport: str, language: str) -> None:
    view = reason_view(language, "{}")
    assert all(len(view[part]["text"]) <= 24 for part in ("title", "submit", "close"))
    options = view["blocks"][0]["element"]["options"]
    assert [option["value"] for option in options] == list(REASONS)
    assert all(len(option["text"]["text"]) <= 75 for option in options)
    assert options[-1]["text"]["text"] == texts.text("reason_other", language)
