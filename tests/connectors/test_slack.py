"""The channels of a workspace, read from the local one over real sockets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.team import cast
from bot.sandbox.team.messages import Message
from connectors.base import CredentialsRejected, Item, ItemUnreadable, Machine, Secret, SourceUnavailable
from connectors.slack import SlackChannels
from connectors.slack import api as slack_api
from tests.connectors.contract import ConnectorContract

T = TypeVar("T")
GENERAL, PEOPLE = "C01GENERAL", "C04PEOPLE0"


class SlackSource:
    """A workspace in a thread of its own, where a "document" is a thread that 민수 began."""

    def __init__(self, sandbox: Sandbox, loop: asyncio.AbstractEventLoop) -> None:
        self.sandbox = sandbox
        self._loop = loop
        self._threads: dict[str, tuple[str, str]] = {}
        """Name to the ts of its root and of its answer."""
        self.connector = SlackChannels(
            Secret(cast.BOT_TOKEN),
            channels=("general",),
            api_url=f"{sandbox.url}/api/",
            machine=Machine(private=("127.0.0.1", "localhost")),
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def say(self, text: str, *, user: str = "minsu", channel: str = "general", to: str = "") -> str:
        return self.run(self.sandbox.say(user, channel, text, to or None))

    def write(self, name: str, text: str) -> str:
        if name in self._threads:
            root, answer = self._threads[name]
            self.run(self.sandbox.edit("alex", "general", answer, text))
            # Slack shows the edit of an answer only in its thread; somebody says so, as people do
            self.say("고쳤어요", user="alex", to=root)
        else:
            root = self.say(name)
            self._threads[name] = root, self.say(text, user="alex", to=root)
        return f"{GENERAL}/{root}"

    def delete(self, name: str) -> None:
        root, answer = self._threads.pop(name)
        for ts in (answer, root):
            self.run(self.sandbox.delete("general", ts))

    def vanish(self) -> None:
        self.run(self.sandbox.__aexit__(None, None, None))


@contextmanager
def workspace() -> Iterator[SlackSource]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    sandbox = Sandbox()
    asyncio.run_coroutine_threadsafe(sandbox.__aenter__(), loop).result(10)
    source = SlackSource(sandbox, loop)
    try:
        yield source
    finally:
        source.vanish()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSource]:
    monkeypatch.setattr(slack_api, "REQUESTS_PER_SECOND", 10_000.0)
    with workspace() as source:
        yield source


def ids(connector: SlackChannels) -> list[str]:
    return [item.id for item in connector.items(None).items]


class TestSlackKeepsTheContract(ConnectorContract):
    test_one_unreadable_document_leaves_the_others_readable = None  # type: ignore[assignment] # Slack lists no such
    test_check_says_in_one_sentence_what_is_there = None  # type: ignore[assignment] # it counts channels


def test_a_thread_is_read_as_people_see_it(source: SlackSource) -> None:
    root = source.say("연차 문의입니다")
    source.say(f"<@{source.sandbox.workspace.user('jiwoo').id}> 15일이에요", user="jiwoo", to=root)
    written = "<#C01GENERAL|general> <https://wiki.example.com/a?b=1&amp;c|규정> &lt;꼭&gt; <!channel>"
    source.run(source.sandbox.post_as_other_bot("general", written, root))
    connector = replace(source.connector, bots=True)
    (item,) = connector.items(None).items
    document = connector.fetch(item)
    text = document.content.decode()
    assert "#general 규정 (https://wiki.example.com/a?b=1&c) <꼭> @channel" in text
    assert "@jiwoo 15일이에요" in text
    assert document.title == "#general: 연차 문의입니다"
    assert document.url.endswith(f"/archives/{GENERAL}/p{root.replace('.', '')}")
    assert document.authors == ("minsu", "jiwoo", "deploybot")


def test_messages_that_nobody_answered_are_a_document_a_day(source: SlackSource) -> None:
    source.say("내일은 사무실을 닫습니다.")
    source.say("주차장은 엽니다.", user="jiwoo")
    (item,) = source.connector.items(None).items
    document = source.connector.fetch(item)
    assert document.title == f"#general, {item.id.partition('/')[2]}"
    text = document.content.decode()
    assert text.index("닫습니다") < text.index("엽니다")
    source.say("식당도 닫습니다.")
    (after,) = source.connector.items(None).items
    assert after.id == item.id
    assert after.version != item.version


def test_what_is_asked_of_us_and_what_bots_say_is_left_out(source: SlackSource) -> None:
    source.say("@footnote 연차는 며칠이야?")
    source.run(source.sandbox.post_as_other_bot("general", "deployed 1.2.3"))
    assert ids(source.connector) == []
    assert len(ids(replace(source.connector, bots=True))) == 1


def test_a_private_channel_is_for_its_members_alone(source: SlackSource) -> None:
    connector = replace(source.connector, channels=("people-team",))
    root = source.say("연봉 협상은 3월입니다.", user="jiwoo", channel="people-team")
    source.say("네", channel="people-team", to=root)
    (item,) = connector.items(None).items
    document = connector.fetch(item)
    assert "everyone" not in document.readers
    assert f"channel:{cast.TEAM_ID}/{PEOPLE}" in document.readers
    assert f"user:{cast.TEAM_ID}/U01JIWOO00" in document.readers
    assert not any("U02ALEX" in reader for reader in document.readers)
    source.say("나도", user="minsu", channel="people-team", to=root)
    source.run(source.sandbox.leave("minsu", "people-team"))
    (after,) = replace(connector).items(None).items
    assert after.version != item.version
    assert not any("U03MINSU" in reader for reader in replace(connector).fetch(after).readers)


def test_a_listing_of_changes_lists_a_channel_whole_where_its_members_changed(source: SlackSource) -> None:
    connector = replace(source.connector, channels=())
    first = connector.items(None)
    assert first.is_complete
    source.say("새 글", channel="general")
    second = connector.items(first.cursor)
    assert not second.is_complete
    assert [item.id.partition("/")[0] for item in second.items] == [GENERAL]


def test_a_channel_that_we_left_leads_to_a_whole_listing(source: SlackSource) -> None:
    connector = replace(source.connector, channels=())
    cursor = connector.items(None).cursor
    source.run(source.sandbox.leave("footnote", "people-team"))
    assert connector.items(cursor).is_complete


def test_a_cursor_of_another_version_is_no_cursor(source: SlackSource) -> None:
    assert source.connector.items("{}").is_complete
    assert source.connector.items("not json").is_complete


def test_a_channel_we_are_not_in_is_named(source: SlackSource) -> None:
    connector = replace(source.connector, channels=("general", "random"))
    assert "not in random" in connector.check()
    ((name, reason),) = connector.items(None).unreadable
    assert name == "random"
    assert "invite" in reason


def test_an_app_in_no_channel_is_told_what_to_do(source: SlackSource) -> None:
    with pytest.raises(SourceUnavailable, match="/invite"):
        replace(source.connector, channels=("random",)).check()


def test_a_wrong_token_says_where_the_right_one_is(source: SlackSource) -> None:
    wrong = replace(source.connector, token=Secret("xoxb-canary"))
    with pytest.raises(CredentialsRejected, match="OAuth") as caught:
        wrong.check()
    assert "canary" not in str(caught.value)


def test_older_messages_than_days_are_left_out(source: SlackSource) -> None:
    source.say("오늘 글")
    workspace = source.sandbox.workspace
    old = Message("1600000000.000100", GENERAL, workspace.user("minsu").id, "2020년 글")

    async def post() -> None:
        workspace.post(old)

    source.run(post())
    assert len(ids(source.connector)) == 1
    assert len(ids(replace(source.connector, days=0))) == 2


def test_many_messages_are_listed_over_several_pages(
    source: SlackSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_api, "PAGE", 3)
    for number in range(10):
        root = source.say(f"질문 {number}")
        source.say("답", user="alex", to=root)
    assert len(ids(source.connector)) == 10


def test_what_is_gone_cannot_be_fetched(source: SlackSource) -> None:
    with pytest.raises(ItemUnreadable, match="1700000000"):
        source.connector.fetch(Item(f"{GENERAL}/1700000000.000100", "1"))
    with pytest.raises(ItemUnreadable, match="2001"):
        source.connector.fetch(Item(f"{GENERAL}/2001-01-01", "1"))
