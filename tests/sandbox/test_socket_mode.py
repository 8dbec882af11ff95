"""What an unmodified bolt app is told over Socket Mode, and what it is told again."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox import Sandbox
from bot.sandbox.team.app import EVENTS, SCOPES, App
from tests.sandbox.conftest import Heard, Json, running
from tests.sandbox.sockets import bare_socket, builtin_client


async def test_a_mention_arrives_once_as_app_mention_and_once_as_message(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        ts = await sandbox.say("jiwoo", "general", "@footnote 휴가는 며칠?")
        await sandbox.wait_for(lambda: len(heard.events) >= 2 and not sandbox.delivery.unacknowledged)
    (mention,), (message,) = heard.of("app_mention"), heard.of("message")
    assert mention["ts"] == message["ts"] == ts
    assert (mention["user"], mention["text"]) == ("U01JIWOO00", "<@U09FOOTNOTE> 휴가는 며칠?")
    assert (message["channel"], message["channel_type"]) == ("C01GENERAL", "channel")


async def test_the_twins_come_in_either_order(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        for number in range(2):
            await sandbox.say("jiwoo", "general", f"@footnote {number}")
            count = 2 * number + 2
            await sandbox.wait_for(lambda count=count: len(heard.events) == count)  # type: ignore[misc]
    assert {heard.events[0]["type"], heard.events[2]["type"]} == {"app_mention", "message"}


async def test_a_direct_message_is_no_mention_and_a_private_channel_is_a_group(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        await sandbox.say("alex", sandbox.dm("alex"), "@footnote hi")
        await sandbox.say("minsu", "people-team", "안녕")
        await sandbox.say("minsu", "random", "the bot is not here")
        await sandbox.wait_for(lambda: len(heard.events) == 2 and not sandbox.delivery.unacknowledged)
    assert [event["channel_type"] for event in heard.of("message")] == ["im", "group"]
    assert heard.of("app_mention") == []


async def test_a_threaded_reply_carries_its_parent(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        root = await sandbox.say("jiwoo", "general", "root")
        await sandbox.say("alex", "general", "reply", root)
        await sandbox.wait_for(lambda: len(heard.events) == 2)
    reply = next(event for event in heard.events if event["text"] == "reply")
    assert (reply["thread_ts"], reply["parent_user_id"]) == (root, "U01JIWOO00")


async def test_edits_deletions_other_bots_and_members_are_told(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        ts = await sandbox.say("alex", "general", "befor")
        await sandbox.edit("alex", "general", ts, "before")
        await sandbox.delete("general", ts)
        await sandbox.post_as_other_bot("general", "<@U09FOOTNOTE> beep")
        await sandbox.join("sam", "general")
        await sandbox.leave("sam", "general")
        await sandbox.open_app("alex", "home")
        await sandbox.wait_for(lambda: len(heard.events) == 10)
    (changed,) = heard.of("message", "message_changed")
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("befor", "before")
    (deleted,) = heard.of("message", "message_deleted")
    assert deleted["deleted_ts"] == ts
    assert heard.of("message", "bot_message")[0]["bot_id"] == "B06DEPLOY00"
    assert heard.of("member_joined_channel")[0]["user"] == "U04SAM0000"
    assert heard.of("member_left_channel")[0]["user"] == "U04SAM0000"
    assert heard.of("message", "channel_join")[0]["user"] == "U04SAM0000"
    assert heard.of("message", "channel_leave")
    assert heard.of("app_home_opened")[0]["tab"] == "home"


async def test_reactions_are_told_only_to_an_app_that_subscribed() -> None:
    heard = Heard()
    subscribed = Sandbox(app=App(events=EVENTS | {"reaction_added"}, scopes=SCOPES | {"reactions:read"}))
    async with subscribed as sandbox, running(sandbox, heard=heard):
        ts = await sandbox.say("alex", "general", "hello")
        await sandbox.react("jiwoo", "general", ts, "+1")
        await sandbox.wait_for(lambda: len(heard.events) == 2)
    (reaction,) = heard.of("reaction_added")
    assert (reaction["reaction"], reaction["item"]["ts"]) == ("+1", ts)


async def test_an_event_that_is_not_acknowledged_comes_again_with_its_attempt(impatient: Sandbox) -> None:
    heard = Heard()
    async with running(impatient, heard=heard):
        impatient.faults.ignore_acks = True
        await impatient.say("alex", "general", "hello?")
        await impatient.wait_for(lambda: len(heard.events) == 2)
        impatient.faults.ignore_acks = False
        await impatient.wait_for(lambda: not impatient.delivery.delivering)
    assert len({body["event_id"] for body in heard.bodies}) == 1
    assert impatient.delivery.undelivered == []


async def test_a_repetition_says_which_attempt_it_is_and_why(impatient: Sandbox) -> None:
    async with aiohttp.ClientSession() as session, bare_socket(impatient, session) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        await impatient.say("alex", "general", "hello?")
        first, second = await socket.receive_json(), await socket.receive_json()
        await socket.send_json({"envelope_id": second["envelope_id"]})
        await impatient.wait_for(lambda: not impatient.delivery.delivering)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(socket._response.url)
    assert first["payload"] == second["payload"]
    assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
    assert second["retry_reason"] == "timeout"
    assert first["envelope_id"] != second["envelope_id"]


async def test_an_event_nobody_acknowledges_is_given_up_after_the_last_repetition(impatient: Sandbox) -> None:
    heard = Heard()
    async with running(impatient, heard=heard):
        impatient.faults.ignore_acks = True
        await impatient.say("alex", "general", "hello?")
        await impatient.wait_for(lambda: impatient.delivery.undelivered)
    assert len(heard.events) == 3


async def test_an_unmatched_event_is_not_acknowledged_by_bolt_and_so_repeated(impatient: Sandbox) -> None:
    seen: list[Json] = []

    async def note(body: Json, next) -> None:  # type: ignore[no-untyped-def]
        seen.append(body)
        await next()

    heard = Heard()
    heard.acknowledge_the_rest = lambda app: None  # type: ignore[method-assign]

    def prepare(app: AsyncApp) -> None:
        app.use(note)

    async with running(impatient, prepare, heard):
        await impatient.say("alex", "general", "hello")
        await impatient.wait_for(lambda: len(seen) == 3)


async def test_a_duplicate_carries_the_same_event_id(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        sandbox.faults.duplicate_next_envelope(times=2)
        await sandbox.say("alex", "general", "once")
        await sandbox.wait_for(lambda: len(heard.bodies) == 3 and not sandbox.delivery.unacknowledged)
    assert len({body["event_id"] for body in heard.bodies}) == 1


@pytest.mark.parametrize("how", ["refresh_requested", "drop"])
async def test_the_app_comes_back_after_a_disconnect_and_misses_nothing(sandbox: Sandbox, how: str) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        await sandbox.say("alex", "general", "one")
        await sandbox.wait_for(lambda: len(heard.events) == 1)
        if how == "drop":
            sandbox.faults.drop_connections()
        else:
            await sandbox.faults.disconnect(how)
        await sandbox.say("alex", "general", "two")
        await sandbox.wait_for(lambda: len(heard.events) >= 2)
    assert heard.events[-1]["text"] == "two"


async def test_two_connections_take_turns(sandbox: Sandbox) -> None:
    first, second = Heard(), Heard()
    async with running(sandbox, heard=first), running(sandbox, heard=second):
        await sandbox.wait_for(lambda: sandbox.connections == 2)
        for number in range(4):
            await sandbox.say("alex", "general", f"number {number}")
        await sandbox.wait_for(lambda: len(first.events) + len(second.events) == 4)
    assert (len(first.events), len(second.events)) == (2, 2)


async def test_a_bot_answers_in_the_thread_of_the_mention(sandbox: Sandbox) -> None:
    def prepare(app: AsyncApp) -> None:
        @app.event("app_mention")
        async def answer(event: Json, say) -> None:  # type: ignore[no-untyped-def]
            await say(text="답", thread_ts=event["ts"])

    async with running(sandbox, prepare):
        ts = await sandbox.say("jiwoo", "general", "@footnote 질문")
        (reply,) = await sandbox.wait_for(lambda: sandbox.replies("general", ts))
    assert (reply["text"], reply["bot_id"], reply["thread_ts"]) == ("답", "B09FOOTNOTE", ts)


async def test_the_builtin_client_hears_and_acknowledges(sandbox: Sandbox) -> None:
    events: list[Json] = []
    async with builtin_client(sandbox, events) as client:
        await sandbox.say("alex", "general", "hello")
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
        # its own ping comes back to it as a pong, or it would take the connection for a dead one
        session = client.current_session
        assert session is not None
        await sandbox.wait_for(lambda: session.last_ping_pong_time)
    assert [event["text"] for event in events] == ["hello"]


async def test_a_ping_comes_back_with_what_it_carried_and_slack_pings_too() -> None:
    async with (
        Sandbox(ping_seconds=0.05) as sandbox,
        aiohttp.ClientSession() as session,
        bare_socket(sandbox, session, autoping=False) as socket,
    ):
        await socket.ping(b"sdk-ping-pong:1.5")
        messages = [await socket.receive() for _ in range(4)]
    by_kind = {message.type: message.data for message in messages}
    assert by_kind[aiohttp.WSMsgType.PONG] == b"sdk-ping-pong:1.5"
    assert b"Ping from" in by_kind[aiohttp.WSMsgType.PING]


async def test_a_connection_that_answers_no_ping_is_cut_and_its_events_go_to_the_next() -> None:
    heard = Heard()
    async with (
        Sandbox(ack_seconds=0.5, retry_delays=(0.0,) * 5, ping_seconds=0.05) as sandbox,
        aiohttp.ClientSession() as session,
        bare_socket(sandbox, session, autoping=False) as socket,
    ):
        await sandbox.say("alex", "general", "hello?")
        await sandbox.wait_for(lambda: not sandbox.connections)
        async with running(sandbox, heard=heard):
            await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
        while (await socket.receive()).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING):
            continue
        assert socket.closed
    assert [event["text"] for event in heard.events] == ["hello?"]


async def test_one_connection_too_many_is_told_so_and_closed() -> None:
    async with (
        Sandbox(max_connections=2) as sandbox,
        aiohttp.ClientSession() as session,
        bare_socket(sandbox, session) as first,
        bare_socket(sandbox, session) as second,
        bare_socket(sandbox, session) as third,
    ):
        hellos = [await first.receive_json(), await second.receive_json()]
        assert [hello["num_connections"] for hello in hellos] == [1, 2]
        refusal = await third.receive_json()
        assert (refusal["type"], refusal["reason"]) == ("disconnect", "too_many_websockets")
        assert (await third.receive()).type is aiohttp.WSMsgType.CLOSE
        assert sandbox.connections == 2


async def test_after_a_warning_a_connection_still_works_until_it_is_closed() -> None:
    async with (
        Sandbox(warning_seconds=0.3, ack_seconds=0.5) as sandbox,
        aiohttp.ClientSession() as session,
        bare_socket(sandbox, session) as socket,
    ):
        assert (await socket.receive_json())["type"] == "hello"
        await sandbox.faults.disconnect("warning")
        await sandbox.say("alex", "general", "in between")
        assert (await socket.receive_json())["reason"] == "warning"
        envelope = await socket.receive_json()
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
        assert (await socket.receive_json())["reason"] == "refresh_requested"
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert envelope["payload"]["event"]["text"] == "in between"


async def test_an_ack_may_arrive_over_the_next_connection(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session, bare_socket(sandbox, session) as old:
        await old.receive_json()
        await sandbox.say("alex", "general", "hello")
        envelope = await old.receive_json()
        await sandbox.faults.disconnect("refresh_requested")
        async with bare_socket(sandbox, session) as new:
            await new.receive_json()
            await new.send_json({"envelope_id": envelope["envelope_id"]})
            await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
            assert sandbox.delivery.undelivered == []


async def test_many_events_over_many_connections_are_neither_lost_nor_reordered() -> None:
    """Forty connections; each carries its share in the order of what happened."""
    seen: list[list[str]] = []
    attempts: list[int] = []

    async def listen(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        mine: list[str] = []
        seen.append(mine)
        async with bare_socket(sandbox, session) as socket:
            async for message in socket:
                body = message.json()
                if body["type"] == "events_api":
                    mine.append(body["payload"]["event"]["ts"])
                    attempts.append(body["retry_attempt"])
                    await socket.send_json({"envelope_id": body["envelope_id"]})

    async with Sandbox(max_connections=100) as sandbox, aiohttp.ClientSession() as session:
        listeners = [asyncio.create_task(listen(sandbox, session)) for _ in range(40)]
        await sandbox.wait_for(lambda: sandbox.connections == 40)
        said = []
        for number in range(400):
            said.append(await sandbox.say("alex", "general", f"number {number}"))
            if number % 7 == 0:
                await asyncio.sleep(0)
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering, timeout=30)
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
    assert sorted(ts for mine in seen for ts in mine) == said
    assert all(mine == sorted(mine) and len(mine) == 10 for mine in seen)
    assert set(attempts) == {0}


async def test_what_was_said_while_nobody_listened_comes_in_order_once_somebody_does(
    sandbox: Sandbox,
) -> None:
    heard = Heard()
    for number in range(20):
        await sandbox.say("alex", "general", str(number))
    async with running(sandbox, heard=heard):
        await sandbox.say("alex", "general", "20")
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
    assert [event["text"] for event in heard.events] == [str(number) for number in range(21)]
