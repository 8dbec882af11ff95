"""Rate limits: who stays within the documented figures is never refused, others are told how long to wait."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.api.methods import METHODS
from bot.sandbox.api.rate_limits import LIMITS, PER_CHANNEL, RateLimits
from tests.fakes import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=clock) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])


def test_every_method_has_its_limit() -> None:
    assert LIMITS.keys() == METHODS.keys()


@pytest.mark.parametrize("method", ["users.list", "chat.update", "users.info", "assistant.threads.setStatus"])
def test_a_client_within_the_figure_is_never_refused(clock: Clock, method: str) -> None:
    limits = RateLimits(clock)
    for _ in range(500):
        assert limits.retry_after(method) == 0
        clock.now += 60 / LIMITS[method].per_minute


def test_beyond_the_figure_the_wait_that_is_told_is_enough_and_not_too_long(clock: Clock) -> None:
    limits = RateLimits(clock)
    while not (wait := limits.retry_after("chat.startStream")):
        pass
    assert wait == 3  # 20 a minute
    clock.now += wait - 1
    assert limits.retry_after("chat.startStream") == 1
    clock.now += 1
    assert limits.retry_after("chat.startStream") == 0
    assert limits.retry_after("chat.stopStream") == 0  # each method counts for itself


async def test_a_channel_takes_a_burst_and_then_one_message_a_second(
    sandbox: Sandbox, client: AsyncWebClient, clock: Clock
) -> None:
    for number in range(int(PER_CHANNEL.burst)):
        await client.chat_postMessage(channel="C01GENERAL", text=str(number))
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C01GENERAL", text="too soon")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert caught.value.response["error"] == "ratelimited"
    await client.chat_postMessage(channel="C02HANDBOOK", text="another channel has its own")
    clock.now += 1
    await client.chat_postMessage(channel="C01GENERAL", text="in time")
    assert [message["text"] for message in sandbox.messages("general")][-2:] == ["19", "in time"]


async def test_outside_the_marketplace_history_is_read_once_a_minute_and_fifteen_at_a_time(
    clock: Clock,
) -> None:
    async with Sandbox(clock=clock, outside_marketplace=True) as sandbox:
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
        for number in range(20):
            await sandbox.say("alex", "general", str(number))
        page = await client.conversations_history(channel="C01GENERAL", limit=200)
        assert len(page["messages"]) == 15
        assert page["has_more"]
        with pytest.raises(SlackApiError) as caught:
            await client.conversations_history(channel="C01GENERAL")
        assert caught.value.response.headers["Retry-After"] == "60"


async def test_limits_can_be_switched_off() -> None:
    async with Sandbox(rate_limits=False) as sandbox:
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
        for _ in range(30):
            await client.chat_postMessage(channel="C01GENERAL", text="again")
    assert len(sandbox.messages("general")) == 30
