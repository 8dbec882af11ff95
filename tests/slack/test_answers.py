"""A person asks, the bot answers: over real sockets, against the local workspace."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox import Sandbox
from tests.slack.cast import Answerer, answer, connected, final_replies, ours, said


async def test_a_mention_is_answered_in_its_thread_with_sources_and_buttons(
    sandbox: Sandbox, path: Path
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
    assert kinds == ["markdown", "rich_text", "context_actions"]
    assert len(ours(sandbox, "general", ts)) == 1
