"""What only the asker may read: answered to them alone, and shared where everybody may read it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.contracts import AnswerEvent, Question
from bot.slack import texts
from tests.slack.cast import Answerer, Workspace, connected, final_replies, said
from tests.slack.library import Library, found, not_found
from tests.slack.test_access_in_channels import GENERAL, short

ALONE, SHARE = "footnote_alone", "footnote_share"
ONLY_MINSU = frozenset({"user:T01SANDBOX/U03MINSU00", "user:T01SANDBOX/U02ALEX000"})
KOREAN, ENGLISH = ("minsu", "연차는 며칠이야?", "ko"), ("alex", "How many days off do I get?", "en")
in_both_languages = pytest.mark.parametrize(("user", "question", "language"), [KOREAN, ENGLISH])


class Knowing(Answerer):
    """Finds the answer for one person alone."""

    async def __call__(self, question: Question) -> AsyncIterator[AnswerEvent]:
        is_alone = any(reader.startswith("user:") for reader in question.readers)
        language = texts.language_of(question.text)
        self.answer = (
            found(trace_id="trace-alone", language=language)
            if is_alone
            else not_found(text="…", language=language, nearest=())
        )
        async for event in super().__call__(question):
            yield event


def actions(message: dict[str, Any]) -> list[str]:
    blocks = [block for block in message.get("blocks") or [] if block["type"] == "actions"]
    return [element["action_id"] for block in blocks for element in block["elements"]]


async def not_found_in_general(sandbox: Workspace, user: str, question: str) -> dict[str, Any]:
    ts = await sandbox.say(user, "general", f"@footnote {question}")
    (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    return dict(reply)


async def alone(sandbox: Workspace, user: str, reply: dict[str, Any]) -> dict[str, Any]:
    """Click the button; the private answer."""
    await sandbox.click(user, "general", reply["ts"], ALONE)
    (private,) = await sandbox.wait_for(
        lambda: [one for one in sandbox.ephemerals(user, "general") if SHARE in actions(one)]
    )
    return dict(private)


@in_both_languages
async def test_what_a_channel_may_not_read_is_answered_to_the_asker_alone_and_shared_once_all_may_read_it(
    sandbox: Workspace, path: Path, user: str, question: str, language: str
) -> None:
    answerer = Knowing()
    library = Library(path)
    library.put(readers=ONLY_MINSU)
    library.record(found(trace_id="trace-alone", language=language))
    async with connected(sandbox, path, answerer):
        reply = await not_found_in_general(sandbox, user, question)
        assert texts.text("alone_note", language) in said(reply)
        private = await alone(sandbox, user, reply)
        assert private["thread_ts"] == reply["thread_ts"]
        here = len(sandbox.messages("general", reply["thread_ts"]))

        await sandbox.click(user, "general", private["ts"], SHARE)
        denied = texts.text("share_denied", language)
        await sandbox.wait_for(lambda: [o for o in sandbox.ephemerals(user, "general") if denied in said(o)])
        assert len(sandbox.messages("general", reply["thread_ts"])) == here

        library.set_readers(frozenset({f"channel:T01SANDBOX/{GENERAL}"}))
        await sandbox.click(user, "general", private["ts"], SHARE)
        await sandbox.click(user, "general", private["ts"], SHARE)
        shared = await sandbox.wait_for(lambda: sandbox.messages("general", reply["thread_ts"])[here:])
    assert len(shared) == 1
    assert "15일" in said(shared[0])
    assert question in said(shared[0])
    assert texts.text("shared_by", language) in said(shared[0])
    assert actions(shared[0]) == ["footnote_quotes"]  # it cannot be made anew there
    in_channel, for_one = (short(asked.readers) for asked in answerer.asked)
    assert in_channel == {"everyone", f"channel:{GENERAL}"}
    assert for_one > in_channel


async def test_the_button_says_nothing_of_what_there_is_and_works_for_whoever_clicks(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer(not_found())
    async with connected(sandbox, path, answerer):
        reply = await not_found_in_general(sandbox, "minsu", "연차는?")
        assert ALONE in actions(reply)
        await sandbox.click("alex", "general", reply["ts"], ALONE)
        await sandbox.wait_for(lambda: len(answerer.asked) == 2)
        await sandbox.wait_for(lambda: len(sandbox.ephemerals("alex", "general")) == 2)
        last = sandbox.ephemerals("alex", "general")[-1]
    assert "user:U02ALEX000" in short(answerer.asked[1].readers)
    assert "user:U03MINSU00" not in short(answerer.asked[1].readers)
    assert ALONE not in actions(last)
    assert SHARE not in actions(last)


async def test_where_a_guest_reads_along_what_is_for_everyone_is_not_shared(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put()
    library.record(found(trace_id="trace-alone"))
    async with connected(sandbox, path, Knowing()):
        await sandbox.command("minsu", "handbook-ko", "/footnote", "ask 연차는?")
        (private,) = await sandbox.wait_for(
            lambda: [one for one in sandbox.ephemerals("minsu", "handbook-ko") if SHARE in actions(one)]
        )
        await sandbox.click("minsu", "handbook-ko", private["ts"], SHARE)
        denied = texts.text("share_denied", "ko")
        await sandbox.wait_for(
            lambda: [one for one in sandbox.ephemerals("minsu", "handbook-ko") if denied in said(one)]
        )
    assert [one for one in sandbox.messages("handbook-ko") if one.get("bot_id")] == []


async def test_somebody_elses_answer_cannot_be_shared_by_its_name(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.put()
    library.record(found(trace_id="trace-alone"))
    library.record(found(trace_id="trace-of-another"))
    async with connected(sandbox, path, Knowing()):
        await sandbox.command("minsu", "general", "/footnote", "ask 연차는?")
        (private,) = await sandbox.wait_for(
            lambda: [one for one in sandbox.ephemerals("minsu", "general") if SHARE in actions(one)]
        )
        for message in sandbox.workspace.ephemerals.values():  # a client that sends another value
            for block in message.blocks:
                for element in block.get("elements", ()):
                    if element.get("action_id") == SHARE:
                        element["value"] = "share:trace-of-another:ko"
        await sandbox.click("minsu", "general", private["ts"], SHARE)
        gone = texts.text("share_gone", "ko")
        await sandbox.wait_for(lambda: [o for o in sandbox.ephemerals("minsu", "general") if gone in said(o)])
    assert [one for one in sandbox.messages("general") if one.get("bot_id")] == []


async def test_in_a_direct_message_neither_button_is_there(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Answerer(not_found())):
        ts = await sandbox.say("minsu", sandbox.dm("minsu"), "연차는?")
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, sandbox.dm("minsu"), ts))
    assert not {ALONE, SHARE} & set(actions(reply))
    assert texts.text("alone_note", "ko") not in said(reply)
