"""An answer whose source was deleted is taken back, in the message that gave it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.slack import delivery
from tests.slack.cast import Answerer, Workspace, connected, final_replies, ours, said
from tests.slack.library import LEAVE, Library, found
from tests.slack.test_revisions import rests


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody tells the bot in another process that something is due: it looks."""
    monkeypatch.setattr(delivery, "LONGEST_NAP", 0.1)


async def answered(sandbox: Workspace, path: Path) -> str:
    """The ts of the question whose answer, which cites 휴가, is kept."""
    ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
    await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    await rests(sandbox, path)
    return ts


async def test_a_deleted_document_takes_back_the_answers_that_cite_it(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.put()
    given = found(trace_id="trace-1")
    async with connected(sandbox, path, Answerer(given)):
        library.record(given)
        ts = await answered(sandbox, path)
        (before,) = ours(sandbox, "general", ts)
        library.remove()
        await sandbox.wait_for(lambda: "거두었어요" in said(ours(sandbox, "general", ts)[0]))
        (reply,) = ours(sandbox, "general", ts)
        assert reply["ts"] == before["ts"]
        assert "15일" not in str(reply)
        assert "휴가" not in str(reply)
        assert "footnote_again" in str(reply)
        assert LEAVE not in str(reply)


async def test_an_answer_that_somebody_deleted_meanwhile_does_not_come_back(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put()
    given = found(trace_id="trace-1")
    async with connected(sandbox, path, Answerer(given)):
        library.record(given)
        ts = await answered(sandbox, path)
        (reply,) = ours(sandbox, "general", ts)
        await sandbox.delete("general", str(reply["ts"]))
        library.remove()
        await rests(sandbox, path)
        assert ours(sandbox, "general", ts) == []
