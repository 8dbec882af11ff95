"""Bolt's own Assistant, for Node and Python, with the older assistant_view."""

from __future__ import annotations

import pytest

from tests.clients.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_assistant_thread_is_greeted_offered_prompts_and_answered(older_stage: Stage) -> None:
    sandbox = older_stage.sandbox
    direct = sandbox.dm("alex")
    await sandbox.look_at("alex", "general")
    thread = await sandbox.open_app("alex")
    await sandbox.wait_for(lambda: sandbox.replies(direct, thread))
    prompts = await sandbox.wait_for(lambda: sandbox.workspace.sessions.prompts.get((direct, thread)))
    assert prompts is not None
    assert prompts["prompts"] == [{"title": "Leave", "message": "How many days?"}]
    await sandbox.say("alex", direct, "How many days?", thread)
    await sandbox.wait_for(lambda: len(sandbox.replies(direct, thread)) == 3)
    greeting, _, answer = sandbox.replies(direct, thread)
    assert greeting["text"] == "How can I help?"
    assert answer["text"] == "answer: How many days?, asked from C01GENERAL"
    session = sandbox.workspace.sessions.find(direct, thread)
    assert session is not None
    assert session.title == "How many days?"


async def test_the_context_of_a_thread_follows_what_the_person_looks_at(older_stage: Stage) -> None:
    sandbox = older_stage.sandbox
    direct = sandbox.dm("jiwoo")
    await sandbox.look_at("jiwoo", "general")
    thread = await sandbox.open_app("jiwoo")
    await sandbox.wait_for(lambda: sandbox.workspace.sessions.prompts.get((direct, thread)))
    await sandbox.look_at("jiwoo", "handbook-ko")
    await sandbox.wait_for(lambda: "edited" in sandbox.replies(direct, thread)[0])
    assert sandbox.replies(direct, thread)[0]["metadata"]["event_payload"]["channel_id"] == "C02HANDBOOK"
    await sandbox.say("jiwoo", direct, "며칠?", thread)
    await sandbox.wait_for(lambda: len(sandbox.replies(direct, thread)) == 3)
    assert sandbox.replies(direct, thread)[-1]["text"] == "answer: 며칠?, asked from C02HANDBOOK"
