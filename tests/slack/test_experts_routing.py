"""A question to people goes to those who look after the documents that were found."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox.errors import SlackError
from bot.slack.experts_blocks import ExpertsChannel
from tests.slack.cast import Answerer, Workspace, connected, over_both_transports, said
from tests.slack.library import Library, found, not_found
from tests.slack.owners import HANDBOOK, PEOPLE, RANDOM, bot, connectors, kept
from tests.slack.test_experts import answered, ask, posted
from tests.slack.test_quotes import elements


@over_both_transports
async def test_a_question_goes_to_the_owners_of_what_was_found_and_the_form_names_their_channel(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    near = not_found()
    near = replace(near, nearest=(replace(near.nearest[0], connector="wiki"), *near.nearest[1:]))
    library.record(near)
    async with bot(sandbox, path, near, handbook=HANDBOOK, wiki=PEOPLE):
        ts = await answered(sandbox)
        library.put()  # later than the answer, of which 급여 is too: it would be withdrawn
        view = await ask(sandbox, "minsu", ts)
        assert [one["channel_id"] for one in elements(view, "channel")] == [PEOPLE]
        await sandbox.submit("minsu", {"question": "연차는?"})
        (post,) = await sandbox.wait_for(lambda: posted(sandbox))
    assert posted(sandbox, "handbook-ko") == []
    assert elements(post, "usergroup") == []
    assert "휴가" in said(post)
    assert "급여" not in said(post)  # nobody in that channel may read it for being there
    assert kept(path).connector == "wiki"


async def test_below_a_found_answer_the_owners_of_the_cited_documents_are_asked(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(found())
    async with bot(sandbox, path, found(), handbook=HANDBOOK, wiki=PEOPLE):
        ts = await answered(sandbox)
        await sandbox.click("minsu", "general", ts, "footnote_more", "experts:trace-1:ko")
        view = await sandbox.wait_for(lambda: sandbox.modal("minsu"))
        assert view is not None
        assert [one["channel_id"] for one in elements(view, "channel")] == [HANDBOOK]


async def test_it_is_decided_anew_when_the_question_is_sent_whatever_the_form_says(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.record(not_found())
    many = connectors(path, wiki=RANDOM)
    folder = {"path": ["."]}
    draft = many.draft("folder", "handbook", folder, {}, owner_channel=PEOPLE, on_machine=True)
    many.save(draft, who="cli:minji")
    general = ExpertsChannel(HANDBOOK)
    async with connected(sandbox, path, Answerer(not_found()), connectors=many, experts=general):
        ts = await answered(sandbox)
        view = await ask(sandbox, "minsu", ts)
        assert [one["channel_id"] for one in elements(view, "channel")] == [PEOPLE]
        many.remove("handbook", who="cli:minji")
        await sandbox.submit("minsu", {"question": "연차는?"})
        await sandbox.wait_for(lambda: posted(sandbox, "handbook-ko"))
    assert posted(sandbox) == []
    assert kept(path).connector == ""


async def test_where_nothing_is_kept_of_the_answer_the_general_channel_is_asked(
    sandbox: Workspace, path: Path
) -> None:
    general, many = ExpertsChannel(HANDBOOK), connectors(path, handbook=PEOPLE)
    async with connected(sandbox, path, Answerer(not_found()), connectors=many, experts=general):
        view = await ask(sandbox, "minsu", await answered(sandbox))
        assert [one["channel_id"] for one in elements(view, "channel")] == [HANDBOOK]


async def test_where_no_place_is_left_nobody_is_asked_and_the_person_hears_it(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.record(not_found())
    many = connectors(path)
    folder = {"path": ["."]}
    draft = many.draft("folder", "handbook", folder, {}, owner_channel=PEOPLE, on_machine=True)
    many.save(draft, who="cli:minji")
    async with connected(sandbox, path, Answerer(not_found()), connectors=many):
        ts = await answered(sandbox)
        await ask(sandbox, "minsu", ts)
        many.remove("handbook", who="cli:minji")
        refused = await sandbox.submit("minsu", {"question": "연차는?"})
        assert "정해져 있지 않아요" in refused["question"]
        await sandbox.close_modal("minsu")
        await sandbox.click("minsu", "general", ts, "footnote_experts")
        (heard,) = await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
        assert "정해져 있지 않아요" in said(heard)
        assert sandbox.modal("minsu") is None
        later = await answered(sandbox)
        (message,) = [one for one in sandbox.workspace.history["C01GENERAL"].values() if one.ts == later]
        assert "footnote_experts" not in str(message.blocks)


async def test_only_below_answers_of_owned_documents_people_are_offered_where_there_is_no_general_channel(
    sandbox: Workspace, path: Path
) -> None:
    async with bot(sandbox, path, not_found(), wiki=PEOPLE):
        ts = await answered(sandbox)
        with pytest.raises(SlackError, match="action_not_found"):
            await sandbox.click("minsu", "general", ts, "footnote_experts")


@pytest.mark.parametrize(("error", "heard"), [("not_in_channel", "초대해 달라고"), ("is_archived", "보관돼")])
async def test_a_channel_that_takes_no_post_is_named_to_the_asker_and_its_setting_in_the_log(
    sandbox: Workspace, path: Path, caplog: pytest.LogCaptureFixture, error: str, heard: str
) -> None:
    Library(path).record(not_found())
    caplog.set_level(logging.WARNING)
    async with bot(sandbox, path, not_found(), handbook=RANDOM):
        ts = await answered(sandbox)
        await ask(sandbox, "minsu", ts)
        if error == "is_archived":
            sandbox.faults.fail("chat.postMessage", error)
        await sandbox.submit("minsu", {"question": "연차는?"})
        (message,) = await sandbox.wait_for(lambda: sandbox.ephemerals("minsu", "general"))
        assert heard in said(message)
        assert [one["channel_id"] for one in elements(message, "channel")] == [RANDOM]
        assert f"connectors.handbook.owner_channel): {error}" in caplog.text
        assert elements(await ask(sandbox, "minsu", ts), "plain_text_input"), "it can be tried again"
