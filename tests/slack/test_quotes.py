"""Show quotes: the cited passages, for those who may read them, and nothing in them that could do harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.contracts import Answer
from tests.slack.cast import (
    Answerer,
    Workspace,
    answer,
    citation,
    connected,
    final_replies,
    over_both_transports,
    said,
)
from tests.slack.library import EVERYONE, LEAVE, PAY, QUOTE, Library, found, not_found
from tests.slack.test_revisions import rests

Json = dict[str, Any]


async def answered(sandbox: Workspace, channel: str = "general", user: str = "minsu") -> str:
    ts = await sandbox.say(user, channel, "@footnote 연차는 며칠이야?")
    (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, channel, ts))
    return str(reply["ts"])


def not_kept(trace_id: str) -> Answer:
    """Cites nothing that is there: what it is said to cite is recorded later, as a reply would not be sent of
    which the place may not read everything.
    """
    return answer(trace_id=trace_id)


async def quotes(sandbox: Workspace, user: str, ts: str, channel: str = "general") -> Json:
    """The modal once it is filled."""
    await sandbox.click(user, channel, ts, "footnote_quotes")
    return await filled(sandbox, user)


async def filled(sandbox: Workspace, user: str) -> Json:
    def view() -> Json | None:
        shown = sandbox.modal(user)
        waits = shown is None or any(words in said(shown) for words in ("불러오는 중", "One moment"))
        return None if waits else shown

    shown = await sandbox.wait_for(view)
    assert shown is not None
    return shown


def elements(view: Json, kind: str) -> list[Json]:
    """Every element of that type, however deep."""

    def inside(value: Any) -> list[Json]:
        if isinstance(value, dict):
            own = [value] if value.get("type") == kind else []
            return own + [one for item in value.values() for one in inside(item)]
        return [one for item in value for one in inside(item)] if isinstance(value, list) else []

    return inside(view["blocks"])


@over_both_transports
async def test_the_passage_is_shown_with_what_supports_the_answer_in_bold(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put()
    library.record(found())
    async with connected(sandbox, path, Answerer(found())):
        view = await quotes(sandbox, "alex", await answered(sandbox))
    assert view["title"]["text"] == "답의 근거"
    (quoted,) = elements(view, "rich_text_quote")
    assert [(one["text"], bool(one.get("style"))) for one in quoted["elements"]][:2] == [
        ("연차\n연차는 입사한 날부터 쌓입니다. ", False),
        ("연차는 1년에 15일입니다.", True),
    ]
    assert [link["url"] for link in elements(view, "link")] == ["https://wiki.example.com/leave.md#a"]
    assert elements(view, "link")[0]["text"] == "휴가 > 연차"


async def test_markup_in_a_document_becomes_no_link_mention_or_image(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.put()
    library.record(found())
    async with connected(sandbox, path, Answerer(found())):
        view = await quotes(sandbox, "alex", await answered(sandbox))
    assert {one["type"] for one in view["blocks"]} == {"rich_text", "divider"}
    for kind in ("user", "usergroup", "broadcast", "channel", "image", "mrkdwn", "emoji"):
        assert elements(view, kind) == []
    assert "evil.example" not in said(view)


async def test_who_may_no_longer_read_a_document_sees_neither_its_text_nor_its_title(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put()
    library.record(found())
    async with connected(sandbox, path, Answerer(found())):
        ts = await answered(sandbox)
        await rests(sandbox, path)  # it is taken back within a minute; until then somebody may click
        library.set_readers(frozenset({"user:T01SANDBOX/U01JIWOO00"}))
        denied = await quotes(sandbox, "alex", ts)
        assert said(denied) == "[1] 이 문서를 볼 권한이 없어요."
        allowed = await quotes(sandbox, "jiwoo", ts)
    assert "15일입니다" in said(allowed)


async def test_a_channels_documents_are_for_those_who_see_the_answer_there(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put(readers=frozenset({"channel:T01SANDBOX/C01GENERAL"}))
    library.record(found())
    async with connected(sandbox, path, Answerer(found())):
        here = await quotes(sandbox, "alex", await answered(sandbox))
        assert "15일입니다" in said(here)
    async with connected(sandbox, path, Answerer(not_kept("trace-2"))):
        # who is in #general reads them in private too; Sam is not
        ts = await answered(sandbox, "handbook-ko")
        await rests(sandbox, path)
        library.record(found(trace_id="trace-2"))
        elsewhere = await quotes(sandbox, "sam", ts, "handbook-ko")
    assert said(elsewhere) == "[1] 이 문서를 볼 권한이 없어요."


async def test_a_guest_and_somebody_of_a_partner_read_nothing_that_is_for_everyone(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put(readers=EVERYONE)
    async with connected(sandbox, path, Answerer(not_kept("trace-1"))):
        here = await answered(sandbox, "handbook-ko")
        there = await answered(sandbox, "partner-project", "alex")
        await rests(sandbox, path)
        library.record(found())
        for user, channel, ts in (("sam", "handbook-ko", here), ("hana", "partner-project", there)):
            view = await quotes(sandbox, user, ts, channel)
            assert said(view) == "[1] 이 문서를 볼 권한이 없어요."


@pytest.mark.parametrize("change", ["removed", "rewritten"])
async def test_where_a_document_went_or_says_something_else_the_modal_says_so(
    sandbox: Workspace, path: Path, change: str
) -> None:
    library = Library(path)
    library.put()
    library.record(found())
    async with connected(sandbox, path, Answerer(found())):
        ts = await answered(sandbox)
        library.remove() if change == "removed" else library.put(text="연차는 16일입니다.")
        view = await quotes(sandbox, "alex", ts)
    assert "문서가 바뀌거나 지워져서" in said(view)
    assert "15일" not in said(view)


async def test_a_quote_that_no_passage_holds_any_more_is_shown_as_it_was(
    sandbox: Workspace, path: Path
) -> None:
    """The same text, cut into other passages."""
    library = Library(path)
    library.put(text="연차는 16일입니다.")
    library.record(found())
    async with connected(sandbox, path, Answerer(found())):
        view = await quotes(sandbox, "alex", await answered(sandbox))
    assert "문서가 바뀌었어요" in said(view)
    assert "연차는 1년에 15일입니다." in said(view)


async def test_of_several_sources_each_is_looked_at_by_itself(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.put()
    gone = citation(3, document_id="0" * 64, title="없음", quote="없음")
    mixed = found(
        citations=(
            citation(1, document_id=LEAVE, quote=QUOTE),
            citation(2, document_id=PAY, title="급여", quote="급여는 25일에 나옵니다."),
            gone,
        )
    )
    async with connected(sandbox, path, Answerer(not_kept(mixed.trace_id))):
        ts = await answered(sandbox)
        library.record(mixed)
        view = await quotes(sandbox, "alex", ts)
    shown = said(view)
    assert "15일입니다" in shown
    assert "[2] 이 문서를 볼 권한이 없어요." in shown
    assert "[3] 이 문서는 이제 없어요." in shown
    assert "급여" not in shown


async def test_an_answer_of_which_nothing_is_kept_says_so(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Answerer(found())):
        view = await quotes(sandbox, "alex", await answered(sandbox))
    assert "기록이 더 남아 있지 않아요" in said(view)


@over_both_transports
async def test_below_an_answer_that_only_the_asker_sees_it_works_too(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.put(readers=frozenset({"user:T01SANDBOX/U03MINSU00"}))
    library.record(found())
    async with connected(sandbox, path, Answerer(found())):
        await sandbox.command("minsu", "general", "/footnote", "ask 연차는?")
        private = await sandbox.wait_for(lambda: with_buttons(sandbox, "minsu"))
        view = await quotes(sandbox, "minsu", private[0]["ts"])
    assert "15일입니다" in said(view)


def with_buttons(sandbox: Workspace, user: str) -> list[Json]:
    return [one for one in sandbox.ephemerals(user, "general") if "footnote_again" in str(one["blocks"])]


async def test_a_trigger_that_expired_is_answered_with_a_request_to_click_again(
    sandbox: Workspace, path: Path
) -> None:
    sandbox.faults.fail("views.open", "expired_trigger_id")
    async with connected(sandbox, path, Answerer(found())):
        ts = await answered(sandbox)
        await sandbox.click("alex", "general", ts, "footnote_quotes")
        (told,) = await sandbox.wait_for(lambda: sandbox.ephemerals("alex", "general"))
    assert "한 번 더 눌러 주세요" in said(told)


@pytest.mark.parametrize(
    ("given", "has_button"), [(found(), True), (not_found(), False), (answer(language="en"), True)]
)
async def test_only_an_answer_that_was_found_has_quotes(
    sandbox: Workspace, path: Path, given: Answer, has_button: bool
) -> None:
    async with connected(sandbox, path, Answerer(given)):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    assert ("footnote_quotes" in str(reply["blocks"])) is has_button
