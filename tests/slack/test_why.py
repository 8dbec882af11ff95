"""Why this answer? For admins alone, and of the documents only what this admin may read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.slack.cast import Answerer, Workspace, connected, final_replies, over_both_transports, said
from tests.slack.library import LEAVE, PAY, TRACE, Library, found
from tests.slack.test_quotes import elements, filled

Json = dict[str, Any]


async def why(sandbox: Workspace, user: str, language: str = "ko") -> Json:
    ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
    (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    await sandbox.click(user, "general", reply["ts"], "footnote_more", f"why:trace-1:{language}")
    return await filled(sandbox, user)


@over_both_transports
async def test_an_admin_sees_how_the_answer_came_about(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.put()
    library.record(found())
    async with connected(sandbox, path, Answerer(found())):
        shown = said(await why(sandbox, "jiwoo"))
    assert "질문: 연차는 며칠이야?" in shown
    assert "휴가가 궁금해요" in shown
    assert "How many days of annual leave" in shown
    assert "휴가 > 연차: 0.812" in shown
    assert "급여 > 지급일: 0.250" in shown  # jiwoo may read it
    assert "✓ 연차는 1년에 15일이에요 (인용한 글이 뒷받침해요)" in shown
    assert "✗ 급여는 25일에 나와요 (질문과 상관없는 글이에요)" in shown
    assert "맞을 가능성 88%" in shown
    assert "출처만 보고 답하세요." in shown


async def test_an_admin_of_the_settings_reads_it_in_their_language_without_what_they_may_not_read(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put()
    library.record(found())
    async with connected(sandbox, path, Answerer(found()), admins=["U02ALEX000"]):
        view = await why(sandbox, "alex")
    shown = said(view)
    assert view["title"]["text"] == "Why this answer?"
    assert "휴가 > 연차: 0.812" in shown
    assert "and 1 that you may not read" in shown
    assert "✓ 연차는 1년에 15일이에요 (the passage it cites supports it)" in shown
    assert "1 left out" in shown
    assert "급여" not in shown
    assert "Not shown: it holds texts that you may not read." in shown


@pytest.mark.parametrize("user", ["minsu", "alex"])
async def test_anybody_else_is_kindly_told_whom_it_is_for(sandbox: Workspace, path: Path, user: str) -> None:
    library = Library(path)
    library.put()
    library.record(found())
    async with connected(sandbox, path, Answerer(found())):
        view = await why(sandbox, user)
    words = {"minsu": "관리자만 볼 수 있어요", "alex": "is for admins"}
    assert words[user] in said(view)
    assert "0.812" not in said(view)


async def test_after_a_document_went_the_account_holds_none_of_its_words(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put()
    library.record(found())
    library.remove()
    still_shown = replace(found(), citations=())  # a reply that cites what is gone is taken back
    async with connected(sandbox, path, Answerer(still_shown)):
        shown = said(await why(sandbox, "jiwoo"))
    assert "문서의 글은 남아 있지 않아요" in shown
    assert "15일" not in shown


async def test_what_a_document_or_the_model_says_stays_text(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.put()
    evil = "<!channel> <https://evil.example|x> ![a](https://evil.example/y.png) <@U03MINSU00>"
    passages = [
        {"document_id": document, "title": evil, "section": evil, "score": 1.0} for document in (LEAVE, PAY)
    ]
    verdicts = [{"sentence": evil, "marks": [], "reason": evil, "sources": []}]
    trace = {**TRACE, "passages": passages, "verdicts": verdicts, "reply": evil * 900, "earlier": evil}
    library.record(found(), evil, **trace)
    async with connected(sandbox, path, Answerer(found())):
        view = await why(sandbox, "jiwoo")
    for kind in ("link", "user", "broadcast", "image", "mrkdwn", "channel", "usergroup"):
        assert elements(view, kind) == []
    assert "evil.example" in said(view)
