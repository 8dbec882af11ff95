"""Whatever people and the bot do, in whatever order: what must hold afterwards."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox import Sandbox
from tests.sandbox.acts import ACTS
from tests.sandbox.crowd import APP, BOT, MARK, PEOPLE, Crowd, Json, crowd

NUMBER = st.integers(0, 999)
PLAN = st.lists(st.tuples(st.sampled_from(sorted(ACTS)), NUMBER, NUMBER, NUMBER), min_size=20, max_size=60)
NOTICES = ("channel_join", "channel_leave", "group_join", "group_leave")
TALKATIVE = [("say", who, where, 0) for where in range(11) for who in range(5)]
"""So that from the beginning there is something to edit, answer, delete and see."""


@settings(
    max_examples=14,
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
@given(plan=PLAN)
def test_whatever_is_done_order_threads_privacy_paging_and_the_state_file_hold(
    plan: list[tuple[str, int, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_played(plan, Path(folder) / "state.json"))


async def _played(plan: list[tuple[str, int, int, int]], state: Path) -> None:
    async with Sandbox(app=APP, state=state, rate_limits=False) as sandbox, crowd(sandbox) as here:
        for name, *numbers in (*TALKATIVE, *plan):
            await ACTS[name](here, *numbers)
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
        await the_bot_heard_what_it_may_and_all_of_it(here)
        everybody_sees_what_they_may(here, {person: await here.page(person) for person in PEOPLE})
        for place in here.members:
            await a_channel_is_in_order(here, place)
        await the_bot_finds_what_it_may(here)
        await sandbox.faults.trigger("expire_streams")
        before = {person: _kept(await here.page(person)) for person in PEOPLE}
        address = sandbox.url
        assert sandbox.state_file
        await sandbox.state_file.save()
        step_by_step = await asyncio.to_thread(state.read_text, encoding="utf-8")
    kept = await asyncio.to_thread(state.read_text, encoding="utf-8")
    assert kept == step_by_step, "a change was not told, so that it was saved on stopping only"
    assert {mark for mark in MARK.findall(kept) if here.marks[mark].is_gone} == set()
    async with Sandbox(app=APP, state=state) as again, crowd(again) as there:
        expected = json.loads(json.dumps(before).replace(address, again.url))
        assert {person: _kept(await there.page(person)) for person in PEOPLE} == expected


def _kept(page: Json) -> Json:
    """What a restart leaves: no ephemeral messages."""
    for channel in page["channels"]:
        channel["messages"] = [one for one in channel["messages"] if not one["is_ephemeral"]]
    return {key: value for key, value in page.items() if key != "connections"}


# --- what must hold -----------------------------------------------------------------------------------------


def everybody_sees_what_they_may(here: Crowd, pages: dict[str, Json]) -> None:
    for person, page in pages.items():
        seen = set(MARK.findall(json.dumps(page)))
        assert {mark for mark in seen if here.marks[mark].is_gone} == set(), "what is gone is still shown"
        shown = {channel["id"] for channel in page["channels"]}
        assert shown == {place for place in here.members if here.may_see(person, place)}
        for mark in seen:
            place = here.marks[mark].place
            assert person in here.marks[mark].audience, f"{person} sees {mark}"
            assert not place or here.may_see(person, place), f"{person} still sees {mark}"
        told = set(MARK.findall("".join(here.seen[person])))
        assert {mark for mark in told if person not in here.marks[mark].audience} == set()
        standing = {
            mark for one in here.standing() for mark in one.marks if here.may_see(person, one.channel)
        }
        assert standing - seen == set(), f"{person} misses something"


async def the_bot_heard_what_it_may_and_all_of_it(here: Crowd) -> None:
    events = [payload["event"] for payload in here.envelopes if payload.get("type") == "event_callback"]
    ever = {ts for _, ts in here.said}
    new: dict[str, list[str]] = {}
    for event in events:
        for mark in MARK.findall(json.dumps(event)):
            assert BOT in here.marks[mark].audience, f"the bot was told {mark}: {event}"
        if event["type"] == "message" and event.get("subtype") not in NOTICES:
            about = event.get("message") or {"ts": event.get("deleted_ts") or event["ts"]}
            assert about["ts"] in ever, event
            if event.get("subtype") not in ("message_changed", "message_deleted"):
                new.setdefault(event["channel"], []).append(event["ts"])
        if event["type"].startswith("reaction_"):
            assert event["item"]["ts"] in ever
        if event["type"] == "agent_session_stopped":
            assert {event["thread_ts"], *event["streaming_message_ts"]} <= ever
    for place in here.members:
        heard = [one.ts for one in here.said.values() if one.channel == place and one.was_heard]
        assert new.get(place, []) == sorted(heard), "an event was lost, doubled or out of order"


async def a_channel_is_in_order(here: Crowd, place: str) -> None:
    found = await here.every_page("conversations.history", "messages", 3, channel=place)
    whole = await here.every_page("conversations.history", "messages", 999, channel=place)
    assert found == whole, "paging leaves out or repeats"
    if BOT not in here.members[place]:
        assert found == []
        return
    stamps = [message["ts"] for message in found]
    assert all(later > earlier for later, earlier in itertools.pairwise(stamps))
    roots = {one.ts: one for one in here.said.values() if one.channel == place and not one.root}
    tombstones = {ts for ts, one in roots.items() if one.is_gone and here.replies_of(one)}
    standing = {one.ts for one in here.standing() if one.channel == place and one.in_channel}
    theirs = {
        message["ts"]
        for message in found
        if message.get("subtype") not in NOTICES
        # a tombstone stays when its last reply is deleted
        and not (message.get("subtype") == "tombstone" and message["ts"] not in tombstones)
    }
    assert theirs == standing | tombstones
    for message in found:
        root = roots.get(message["ts"])
        if root is None:
            continue
        replies = here.replies_of(root)
        assert message.get("reply_count", 0) == len(replies)
        if replies:
            assert message["latest_reply"] == replies[-1].ts
            assert set(message["reply_users"]) == {reply.author for reply in replies}
            assert message["reply_users_count"] == len({reply.author for reply in replies})
        thread = await here.every_page("conversations.replies", "messages", 2, channel=place, ts=root.ts)
        below = [one["ts"] for one in thread if one["ts"] != root.ts]
        assert below == [reply.ts for reply in replies], "a thread is not what was said in it"
        assert all(one["thread_ts"] == root.ts for one in thread if replies)


async def the_bot_finds_what_it_may(here: Crowd) -> None:
    kinds = "public_channel,private_channel,mpim,im"
    listed = await here.every_page("conversations.list", "channels", 3, types=kinds)
    visible = {place for place in here.members if BOT in here.members[place] or here.kinds[place] == "public"}
    assert sorted(channel["id"] for channel in listed) == sorted(visible)
    for place, members in here.members.items():
        answer = await here.call("conversations.info", channel=place)
        assert answer["ok"] == (place in visible)
        found = await here.every_page("conversations.members", "members", 2, channel=place)
        assert sorted(found) == (sorted(members) if place in visible else [])
        read = await here.call("conversations.history", channel=place, limit=999)
        for mark in MARK.findall(json.dumps(read)):
            assert BOT in here.members[here.marks[mark].place], f"the bot reads {mark}"
            assert not here.marks[mark].is_private, "an ephemeral message stands in the history"
            assert not here.marks[mark].is_gone
    files = await here.call("files.list")
    for mark in MARK.findall(json.dumps(files)):
        assert not here.marks[mark].is_gone, "a file outlives its message"
        assert BOT in here.marks[mark].audience or here.kinds[here.marks[mark].place] == "public"
    found = await here.every_page("users.list", "members", 2)
    assert len({user["id"] for user in found}) == len(found) == len(here.sandbox.workspace.users)
