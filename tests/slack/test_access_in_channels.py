"""Who reads an answer along, and what the asker reads alone: asked of a workspace over real sockets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import readers_of
from bot.contracts import Readers
from bot.sandbox.team.people import User
from bot.slack.people import People, directory
from tests.fakes import Clock
from tests.slack.cast import Answerer, Workspace, connected, final_replies

GENERAL, HANDBOOK, RANDOM, PEOPLE_TEAM = "C01GENERAL", "C02HANDBOOK", "C03RANDOM0", "C04PEOPLE0"
PARTNER, GROUP = "C05PARTNER", "G01GROUP00"


def short(readers: Readers) -> set[str]:
    """Without the name of the workspace."""
    return {reader.replace("T01SANDBOX/", "") for reader in readers}


class Asking:
    """What is read for whom, with a clock that stands still, and the calls that were made."""

    def __init__(self, sandbox: Workspace) -> None:
        self._client = AsyncWebClient(sandbox.bot_token, sandbox.api_url, retry_handlers=[])
        self._client.proxy = None
        self.calls: list[str] = []
        original = self._client.api_call

        async def counted(method: str, **arguments: Any) -> Any:
            self.calls.append(method)
            return await original(method, **arguments)

        self._client.api_call = counted  # type: ignore[method-assign, assignment]
        self.clock = Clock()
        self.people = People(self._client, sandbox.team_id, self.clock)
        self._sandbox = sandbox

    async def readers(self, user: str, channel: str = "") -> set[str]:
        """For an answer in a channel, or a private one."""
        person = await self.people.person(self._sandbox.workspace.user(user).id)
        place = await self.people.place(channel, person, is_private_to_asker=not channel)
        return short(readers_of(place))


@pytest.fixture
def asking(sandbox: Workspace) -> Asking:
    return Asking(sandbox)


@pytest.mark.parametrize(
    ("user", "channel", "is_for_everyone"),
    [
        ("minsu", GENERAL, True),  # with two bots in it
        ("minsu", HANDBOOK, False),  # Sam, a guest, reads along
        ("minsu", PEOPLE_TEAM, True),
        ("alex", PARTNER, False),
        ("hana", PARTNER, False),
        ("alex", GROUP, True),
        ("alex", "C99NOWHERE", False),
    ],
)
async def test_a_channel_gets_what_all_its_members_may_read(
    asking: Asking, user: str, channel: str, is_for_everyone: bool
) -> None:
    expected = {f"channel:{channel}"} | ({"everyone"} if is_for_everyone else set())
    assert await asking.readers(user, channel) == expected


async def test_a_group_message_with_a_guest_is_not_for_everyone(sandbox: Workspace, asking: Asking) -> None:
    group = sandbox.group("minsu", "sam", "footnote")
    assert await asking.readers("minsu", group) == {f"channel:{group}"}


@pytest.mark.parametrize(
    ("user", "readers"),
    [
        (
            "minsu",
            {"everyone", "user:U03MINSU00", "email:minsu@example.com", "group:S01PEOPLE0"}
            | {f"channel:{name}" for name in (GENERAL, HANDBOOK, RANDOM, PEOPLE_TEAM)},
        ),
        ("sam", {"user:U04SAM0000", "email:sam@partner.example", f"channel:{HANDBOOK}"}),
        ("hana", {"user:T02PARTNER/U05HANA000"}),
    ],
)
async def test_in_private_somebody_reads_what_their_channels_and_groups_may(
    asking: Asking, user: str, readers: set[str]
) -> None:
    assert await asking.readers(user) == readers


async def test_without_the_scope_for_groups_nobody_is_in_one(sandbox: Workspace, asking: Asking) -> None:
    app = sandbox.workspace.app
    object.__setattr__(app, "scopes", app.scopes - {"usergroups:read", "users:read.email"})
    found = await asking.readers("minsu")
    assert {"everyone", f"channel:{GENERAL}"} <= found
    assert not [reader for reader in found if reader.startswith(("group:", "email:"))]


async def test_leaving_a_channel_is_noticed_after_a_minute_at_the_latest(
    sandbox: Workspace, asking: Asking
) -> None:
    assert f"channel:{PEOPLE_TEAM}" in await asking.readers("minsu")
    assert await asking.readers("jiwoo", HANDBOOK) == {f"channel:{HANDBOOK}"}
    await sandbox.leave("minsu", "people-team")
    await sandbox.leave("sam", "handbook-ko")
    asking.clock.now += 60
    assert f"channel:{PEOPLE_TEAM}" not in await asking.readers("minsu")
    assert await asking.readers("jiwoo", HANDBOOK) == {"everyone", f"channel:{HANDBOOK}"}


async def test_a_guest_who_joins_or_a_member_who_becomes_one_is_noticed_after_a_minute(
    sandbox: Workspace, asking: Asking
) -> None:
    assert "everyone" in await asking.readers("jiwoo", GENERAL)
    asking.clock.now += 30
    # the members are remembered since half a minute, the persons asked for anew must not make that longer
    assert "everyone" in await asking.readers("jiwoo", PEOPLE_TEAM)
    await sandbox.join("sam", "general")
    sandbox.workspace.user("minsu").is_guest = True
    asking.clock.now += 30
    assert "everyone" not in await asking.readers("jiwoo", GENERAL)
    assert "everyone" not in await asking.readers("jiwoo", PEOPLE_TEAM)
    asking.clock.now += 30
    assert "everyone" not in await asking.readers("minsu")


async def test_what_is_remembered_is_not_asked_again(asking: Asking) -> None:
    for _ in range(3):
        await asking.readers("jiwoo", GENERAL)
        await asking.readers("jiwoo")
    counted = {method: asking.calls.count(method) for method in set(asking.calls)}
    assert counted == {
        "users.info": 5,
        "conversations.info": 1,
        "conversations.members": 1,
        "users.conversations": 1,
        "usergroups.list": 1,
    }


def crowd(sandbox: Workspace, count: int, **last: Any) -> None:
    """So many people join #general, the last one with these traits."""
    channel = sandbox.workspace.channel("general")
    for number in range(count):
        traits: Mapping[str, Any] = last if number == count - 1 else {}
        name = f"crowd{number}"
        user = User(f"U9{number:08}", name, name, "ko-KR", sandbox.team_id, 1_700_000_000, **traits)
        sandbox.workspace.users[user.id] = user
        channel.members.append(user.id)


async def test_of_a_large_channel_the_members_are_read_page_by_page_and_not_one_by_one(
    sandbox: Workspace, asking: Asking
) -> None:
    crowd(sandbox, 2_500)
    assert "everyone" in await asking.readers("jiwoo", GENERAL)
    counted = {method: asking.calls.count(method) for method in set(asking.calls)}
    assert counted == {
        "users.info": 1,  # the asker
        "conversations.info": 1,
        "conversations.members": 3,
        "users.list": 3,
    }


@pytest.mark.parametrize("last", [{"is_guest": True}, {"is_stranger": True}])
async def test_one_guest_or_stranger_in_a_large_channel_is_enough(
    sandbox: Workspace, asking: Asking, last: Mapping[str, Any]
) -> None:
    crowd(sandbox, 1_200, **last)
    assert await asking.readers("jiwoo", GENERAL) == {f"channel:{GENERAL}"}


async def test_more_members_than_can_be_read_are_not_taken_for_everyone(
    sandbox: Workspace, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_PAGES", 2)
    crowd(sandbox, 2_500)
    assert await asking.readers("jiwoo", GENERAL) == {f"channel:{GENERAL}"}


async def test_the_bot_searches_for_a_channel_with_a_guest_on_behalf_of_the_channel_alone(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        for user in ("minsu", "sam"):
            ts = await sandbox.say(user, "handbook-ko", "@footnote 연차는?")
            await sandbox.wait_for(lambda ts=ts: final_replies(sandbox, "handbook-ko", ts))  # type: ignore[misc]
        ts = await sandbox.say("sam", sandbox.dm("sam"), "How many days off?")
        await sandbox.wait_for(lambda: final_replies(sandbox, sandbox.dm("sam"), ts))
    assert [short(question.readers) for question in answerer.asked] == [
        {f"channel:{HANDBOOK}"},
        {f"channel:{HANDBOOK}"},
        {"user:U04SAM0000", "email:sam@partner.example", f"channel:{HANDBOOK}"},
    ]
