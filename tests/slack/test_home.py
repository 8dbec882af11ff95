"""The Home tab, as each of them sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.connector_status import ConnectorStatus
from bot.slack.home.blocks import Readable, home_view
from bot.slack.manifest import manifest
from bot.store.readable import Example
from tests.slack.cast import NOW, Answerer, Workspace, connected, over_both_transports, said, source
from tests.slack.library import Library

Json = dict[str, Any]


async def home_of(sandbox: Workspace, user: str) -> Json:
    await sandbox.open_app(user, "home")
    return await sandbox.wait_for(lambda: sandbox.home(user)) or {}


def links(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["url"]] if value.get("type") == "link" else []
        return own + [url for item in value.values() for url in links(item)]
    return [url for item in value for url in links(item)] if isinstance(value, list) else []


def test_the_app_is_installed_with_a_home_tab() -> None:
    assert manifest()["features"]["app_home"]["home_tab_enabled"] is True
    assert "app_home_opened" in manifest()["settings"]["event_subscriptions"]["bot_events"]


@over_both_transports
@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("minsu", ("“휴가”에 대해 알려 줘", "handbook – 문서 1,234개, 2시간 전에 읽음")),
        ("alex", ("What does “휴가” say?", "handbook – 1,234 documents, read 2 hours ago", "not read yet")),
    ],
)
async def test_a_member_sees_in_their_language_what_they_may_ask_and_read(
    sandbox: Workspace, path: Path, user: str, words: tuple[str, ...]
) -> None:
    Library(path).put()
    async with connected(sandbox, path, Answerer()):
        home = await home_of(sandbox, user)
    for expected in words:
        assert expected in said(home)
    assert "급여" not in said(home)
    assert links(home) == ["https://wiki.example.com/leave.md"]


async def test_a_guest_sees_nothing_of_what_was_not_granted(sandbox: Workspace, path: Path) -> None:
    Library(path).put()
    async with connected(sandbox, path, Answerer()):
        home = await home_of(sandbox, "sam")
    assert "There are no documents for you yet" in said(home)
    assert "How many days a week may I work from home?" in said(home)
    assert not any(name in said(home) for name in ("휴가", "급여", "handbook", "wiki"))
    assert links(home) == []


async def test_a_home_tab_that_slack_refuses_keeps_nobody_from_asking(sandbox: Workspace, path: Path) -> None:
    sandbox.faults.fail("views.publish", "internal_error", times=1)
    async with connected(sandbox, path, Answerer()):
        await sandbox.open_app("minsu", "home")
        await sandbox.wait_for(lambda: not sandbox.faults.active())  # it met his, not the next one's
        home = await home_of(sandbox, "alex")
    assert "What you can ask" in said(home)
    assert sandbox.home("minsu") is None


def test_hundreds_of_sources_and_hostile_titles_fit_and_are_only_texts() -> None:
    hostile = "<!channel> [x](https://evil.example) *b*\n" * 20
    sources: list[ConnectorStatus] = [source(f"{number} {hostile}", number) for number in range(300)]
    examples = [
        Example(hostile, url) for url in ("javascript:alert(1)", "file:///etc/passwd", "", "http://[")
    ]
    view = home_view(Readable(sources, examples), NOW, "ko")
    assert len(view["blocks"]) <= 100
    assert links(view) == []
    assert {block["type"] for block in view["blocks"]} == {"rich_text", "header"}
    assert "그 밖에 260개 더" in said(view)
