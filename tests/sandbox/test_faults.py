"""Every fault of the catalogue: armed, spent and lifted, and survived by Slack's own clients."""

from __future__ import annotations

import contextlib

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.faults.faults import CATALOGUE, Fault, WrongFault
from tests.sandbox.conftest import Heard, Json, running
from tests.sandbox.sockets import bare_socket, builtin_client


def texts(heard: Heard) -> list[str]:
    return [event["text"] for event in heard.events]


# --- the catalogue ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: fault.name)
async def test_every_fault_can_be_triggered_as_it_stands_and_is_told_in_two_languages(
    sandbox: Sandbox, fault: Fault
) -> None:
    await sandbox.faults.trigger(fault.name)
    active = sandbox.faults.active()
    if fault.happens_at_once:
        assert active == []
    else:
        assert [(one["name"], one["left"]) for one in active] == [
            (fault.name, None if fault.is_standing else 1)
        ]
    sandbox.faults.lift(fault.name)
    assert sandbox.faults.active() == []
    for text in (fault.title, fault.explanation, *(parameter.title for parameter in fault.parameters)):
        assert text.keys() == {"en", "ko"}
        assert all(text.values())


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("earthquake", {}),
        ("delay", {"hours": 1}),
        ("delay", {"seconds": "soon"}),
        ("delay", {"seconds": float("nan")}),
        ("delay", {"seconds": -1}),
        ("duplicate", {"times": 0}),
        ("disconnect", {"reason": "bored"}),
        ("rate_limit", {"method": ""}),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(
    sandbox: Sandbox, name: str, parameters: dict[str, object]
) -> None:
    with pytest.raises(WrongFault):
        await sandbox.faults.trigger(name, **parameters)
    assert sandbox.faults.active() == []


async def test_a_fault_is_spent_by_its_uses_and_every_change_is_told(sandbox: Sandbox) -> None:
    told: list[list[int | None]] = []
    sandbox.faults.on_change = lambda: told.append([one["left"] for one in sandbox.faults.active()])
    await sandbox.faults.trigger("api_error", method="auth.test", error="fatal_error", times="2")
    sandbox.faults.token_revoked = True
    client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
    errors = []
    for _ in range(3):
        with pytest.raises(SlackApiError) as refused:
            await client.auth_test()
        errors.append(refused.value.response["error"])
    assert errors == ["fatal_error", "fatal_error", "token_revoked"]
    sandbox.faults.lift_all()
    assert (await client.auth_test())["ok"]
    assert told == [[2], [2, None], [1, None], [None], []]


async def test_a_fault_of_every_method_waits_for_whichever_comes(sandbox: Sandbox) -> None:
    await sandbox.faults.trigger("rate_limit", method="*", retry_after=7)
    client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
    with pytest.raises(SlackApiError) as refused:
        await client.users_list()
    assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "7")
    assert (await client.users_list())["ok"]


# --- events -------------------------------------------------------------------------------------------


async def test_a_lost_ack_brings_the_same_event_once_more(impatient: Sandbox) -> None:
    heard = Heard()
    async with running(impatient, heard=heard):
        await impatient.faults.trigger("retry")
        await impatient.say("alex", "general", "hello?")
        await impatient.wait_for(lambda: not impatient.delivery.delivering)
    assert len(heard.bodies) == 2
    assert len({body["event_id"] for body in heard.bodies}) == 1
    assert (impatient.delivery.undelivered, impatient.faults.active()) == ([], [])


async def test_reordered_events_swap_and_the_next_ones_do_not(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        await sandbox.faults.trigger("reorder")
        for number in range(4):
            await sandbox.say("alex", "general", str(number))
        await sandbox.wait_for(lambda: len(heard.events) == 4)
    assert texts(heard) == ["1", "0", "2", "3"]


async def test_an_event_that_nothing_overtakes_is_late_but_not_lost(sandbox: Sandbox) -> None:
    heard = Heard()
    sandbox.delivery.reorder_seconds = 0.1
    async with running(sandbox, heard=heard):
        await sandbox.faults.trigger("reorder")
        await sandbox.say("alex", "general", "alone")
        assert heard.events == []
        await sandbox.wait_for(lambda: heard.events)
        await sandbox.say("alex", "general", "after")
        await sandbox.wait_for(lambda: len(heard.events) == 2)
    assert texts(heard) == ["alone", "after"]


async def test_a_delayed_event_is_overtaken_and_still_comes(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        await sandbox.faults.trigger("delay", seconds=0.3)
        await sandbox.say("alex", "general", "early")
        await sandbox.say("alex", "general", "late")
        await sandbox.wait_for(lambda: len(heard.events) == 2)
    assert texts(heard) == ["late", "early"]


async def test_a_duplicate_of_a_reordered_event_is_held_back_with_it(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        await sandbox.faults.trigger("reorder")
        await sandbox.faults.trigger("duplicate", times=2)
        await sandbox.say("alex", "general", "first")
        await sandbox.say("alex", "general", "second")
        await sandbox.wait_for(lambda: len(heard.events) == 4)
    assert texts(heard) == ["second", "first", "first", "first"]


async def test_a_slow_ack_has_the_event_repeated_and_the_command_fail_though_the_work_was_done(
    impatient: Sandbox,
) -> None:
    heard, done = Heard(), []

    def prepare(app: AsyncApp) -> None:
        @app.command("/footnote")
        async def run(ack, command: Json) -> None:  # type: ignore[no-untyped-def]
            await ack()
            done.append(command["text"])

    async with running(impatient, prepare, heard):
        await impatient.faults.trigger("slow_ack", seconds=60, times=2)
        await impatient.say("alex", "general", "hello")
        await impatient.command("alex", "general", "/footnote", "status")
        await impatient.wait_for(lambda: not impatient.delivery.delivering)
    assert texts(heard) == ["hello", "hello"]
    assert done == ["status"]
    assert "failed with the error" in impatient.ephemerals("alex", "general")[-1]["text"]


async def test_a_slow_ack_that_is_in_time_changes_nothing(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        await sandbox.faults.trigger("slow_ack", seconds=0.01)
        await sandbox.say("alex", "general", "hello")
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
    assert texts(heard) == ["hello"]


async def test_a_wrong_clock_shows_in_the_time_of_the_event(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        await sandbox.say("alex", "general", "one")
        await sandbox.faults.trigger("clock_skew", seconds=-86400)
        await sandbox.say("alex", "general", "two")
        await sandbox.wait_for(lambda: len(heard.bodies) == 2)
    right, wrong = (body["event_time"] for body in heard.bodies)
    assert 86390 < right - wrong <= 86400


# --- connections --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled", "too_many_websockets"])
async def test_the_app_comes_back_after_every_reason_to_disconnect(sandbox: Sandbox, reason: str) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        await sandbox.faults.disconnect(reason)
        await sandbox.say("alex", "general", "still there?")
        await sandbox.wait_for(lambda: heard.events and not sandbox.delivery.delivering)
    assert texts(heard) == ["still there?"]


async def test_an_app_finds_a_half_open_connection_by_its_pings_and_misses_nothing(sandbox: Sandbox) -> None:
    heard = Heard()
    sandbox.delivery.retry_delays = (0.0, 0.5, 1.0, 1.0)
    async with running(sandbox, heard=heard):
        await sandbox.say("alex", "general", "before")
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
        await sandbox.faults.trigger("half_open")
        await sandbox.say("alex", "general", "into the void")
        await sandbox.wait_for(lambda: sandbox.connections == 2)
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
    assert set(texts(heard)) == {"before", "into the void"}
    assert sandbox.delivery.undelivered == []


@pytest.mark.parametrize("name", ["half_open", "drop"])
async def test_the_builtin_client_comes_back_too(name: str) -> None:
    events: list[Json] = []
    async with (
        Sandbox(ack_seconds=0.5, retry_delays=(0.5,) * 20) as sandbox,
        builtin_client(sandbox, events),
    ):
        await sandbox.say("alex", "general", "before")
        await sandbox.wait_for(lambda: events)
        await sandbox.faults.trigger(name)
        await sandbox.say("alex", "general", "after")
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering, timeout=20)
    assert {event["text"] for event in events} == {"before", "after"}
    assert sandbox.delivery.undelivered == []


async def test_a_half_open_connection_says_nothing_at_all_not_even_goodbye() -> None:
    async with (
        Sandbox(ack_seconds=0.1, retry_delays=(), ping_seconds=0.05) as sandbox,
        aiohttp.ClientSession() as session,
        bare_socket(sandbox, session, autoping=False) as socket,
    ):
        await sandbox.faults.trigger("half_open")
        await socket.ping(b"anybody?")
        await sandbox.say("alex", "general", "hello?")
        await sandbox.wait_for(lambda: sandbox.delivery.undelivered)
        # Slack's side finds out by its own pings
        await sandbox.wait_for(lambda: not sandbox.connections)
        kinds = []
        with contextlib.suppress(TimeoutError):
            while not socket.closed:
                kinds.append((await socket.receive(timeout=0.2)).type)
        assert not socket.closed
        assert set(kinds) <= {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING}  # the hello, and from before
        socket._response.close()
