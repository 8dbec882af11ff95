"""What the HTTP transport takes, and what it refuses: real requests, signed as Slack signs them."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.errors import ConfigError
from bot.slack.bot import SlackBot
from bot.slack.http_events import HttpEvents
from bot.store.database import Database
from tests.slack.cast import Answerer, NotingAdmin, Workspace, nothing_found

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def signed(body: str, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature or ""}


def question(ts: str = "1700000000.000100") -> dict[str, Any]:
    event = {"type": "app_mention", "user": "U03MINSU00", "text": "<@U09FOOTNOTE> 연차는?", "ts": ts}
    return {
        "type": "event_callback",
        "event_id": f"Ev{ts}",
        "event": {**event, "channel": "C01GENERAL", "event_ts": ts},
    }


@dataclass
class Slack:
    """Posts to the bot as Slack does, and looks into its database."""

    session: aiohttp.ClientSession
    url: str
    path: Path
    database: Database

    async def post(
        self, body: str | bytes, headers: dict[str, str] | None = None, kind: str = JSON
    ) -> tuple[int, str]:
        text = body if isinstance(body, str) else body.decode("utf-8", "replace")
        given = signed(text) if headers is None else headers
        raw = io.BytesIO(body.encode() if isinstance(body, str) else body)  # aiohttp warns of long bytes
        async with self.session.post(self.url, data=raw, headers={"Content-Type": kind, **given}) as answer:
            return answer.status, await answer.text()

    def asked(self) -> int:
        connection = sqlite3.connect(self.path)
        try:
            return int(connection.execute("SELECT count(*) FROM inbox").fetchone()[0])
        finally:
            connection.close()


@pytest.fixture
async def slack(sandbox: Workspace, path: Path) -> AsyncIterator[Slack]:
    database = Database(path)
    events = HttpEvents(SECRET, "127.0.0.1", 0)
    bot = SlackBot(
        bot_token=sandbox.bot_token,
        transport=events,
        api_url=sandbox.api_url,
        database=database,
        answer=Answerer(),
        search=nothing_found,
        admin=NotingAdmin(),
    )
    await bot.start()
    async with aiohttp.ClientSession() as session:
        yield Slack(session, events.request_url, path, database)
    await bot.close()
    database.close()


async def test_what_slack_signed_is_taken_and_acked_without_a_word(slack: Slack) -> None:
    assert await slack.post(json.dumps(question())) == (200, "")
    assert slack.asked() == 1


async def test_five_minutes_to_either_side_of_the_clock_are_believed_and_no_more(slack: Slack) -> None:
    body, now = json.dumps(question()), time.time()
    statuses = [(await slack.post(body, signed(body, at=now + apart)))[0] for apart in (-310, -290, 290, 310)]
    assert statuses == [401, 200, 200, 401]


@pytest.mark.parametrize("stamp", ["", "soon", "1e9", "1700000000.5", "nan", "9" * 5000, "-1", "0", "x" * 99])
async def test_a_timestamp_that_cannot_be_one_is_refused(slack: Slack, stamp: str) -> None:
    body = json.dumps(question())
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body) or ""
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    assert (await slack.post(body, headers))[0] == 401
    assert slack.asked() == 0


async def test_what_slack_did_not_sign_is_refused_before_it_is_read(slack: Slack) -> None:
    body = json.dumps(question())
    good = signed(body)
    for headers in (
        {},
        signed(body, secret="another"),
        signed(body + " "),
        {**good, "X-Slack-Signature": "v0="},
        {**good, "X-Slack-Signature": "v0=é"},
        {**good, "X-Slack-Signature": good["X-Slack-Signature"].replace("v0=", "v1=")},
        {"X-Slack-Signature": good["X-Slack-Signature"]},
        {"X-Slack-Request-Timestamp": good["X-Slack-Request-Timestamp"]},
    ):
        assert (await slack.post(body, headers))[0] == 401
    assert (await slack.post("[" * 100_000, {}))[0] == 401
    assert (await slack.post(b"\xff\xfe" + body.encode()))[0] == 401
    assert slack.asked() == 0
    assert (await slack.post(body))[0] == 200


async def test_a_refused_signature_is_said_once_in_the_log_and_its_mending_once(
    slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps(question())
    with caplog.at_level(logging.WARNING, "bot.slack.http_events"):
        for _ in range(3):
            await slack.post(body, signed(body, secret="another"))
        await slack.post(body, {})  # somebody who does not claim to be Slack
        for _ in range(2):
            await slack.post(body)
    assert [record.message.split()[2] for record in caplog.records] == ["was", "signed"]
    assert "clock" in caplog.records[0].message
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "7",
        "null",
        "[" * 100_000,
        '{"type": "something_new"}',
        '{"type": "event_callback"}',
        '{"type": "event_callback", "event": {"type": "never_heard_of"}, "event_id": "E2"}',
    ],
)
async def test_whatever_slack_signs_is_acked_if_nothing_can_be_made_of_it(slack: Slack, body: str) -> None:
    assert (await slack.post(body))[0] == 200
    assert slack.asked() == 0


@pytest.mark.parametrize(
    "form",
    [
        {"command": "/unknown", "text": "", "user_id": "U1", "team_id": "T01SANDBOX"},
        {"payload": json.dumps({"type": "block_actions", "actions": [{"action_id": "unknown"}]})},
        {"payload": json.dumps({"type": "view_submission", "view": {"type": "modal", "callback_id": "x"}})},
        {"payload": json.dumps({"type": "shortcut", "callback_id": "unknown"})},
        {"payload": "{"},
        {"nothing": "known"},
    ],
)
async def test_an_interaction_that_no_listener_knows_is_acked(slack: Slack, form: dict[str, str]) -> None:
    assert (await slack.post(urlencode(form), kind=FORM))[0] == 200


async def test_the_challenge_of_slack_is_answered(slack: Slack) -> None:
    challenge = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1aB"})
    status, answer = await slack.post(challenge)
    assert status == 200
    assert json.loads(answer) == {"challenge": "3eZbrw1aB"}
    assert (await slack.post(challenge, {}))[0] == 401


async def test_slack_looking_at_the_certificate_needs_no_signature(slack: Slack) -> None:
    assert (await slack.post("ssl_check=1&token=x", {}, FORM))[0] == 200
    assert (await slack.post("ssl_check=0&token=x", {}, FORM))[0] == 401


async def test_a_database_that_fails_gives_500_and_no_ack(slack: Slack) -> None:
    slack.database.close()
    assert (await slack.post(json.dumps(question())))[0] == 500


async def test_a_command_that_cannot_be_written_down_gives_no_ack(slack: Slack) -> None:
    slack.database.close()
    command = {
        "command": "/footnote",
        "text": "ask 연차는?",
        "user_id": "U03MINSU00",
        "channel_id": "C01GENERAL",
        "team_id": "T01SANDBOX",
        "trigger_id": "1.2.3",
        "response_url": "http://127.0.0.1:9/",
    }
    assert (await slack.post(urlencode(command), kind=FORM))[0] == 500


async def test_the_same_event_posted_again_and_at_once_is_one_question(slack: Slack) -> None:
    body = json.dumps(question())
    answers = await asyncio.gather(*(slack.post(body) for _ in range(8)))
    assert answers == [(200, "")] * 8
    assert slack.asked() == 1


async def test_a_body_over_a_megabyte_is_refused_however_its_length_is_told(slack: Slack) -> None:
    large = b"x" * ((1 << 20) + 1)

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 1 << 16):
            yield large[start : start + (1 << 16)]

    assert (await slack.post(large))[0] == 413
    async with slack.session.post(slack.url, data=in_pieces(), headers=signed("")) as answer:
        assert answer.status == 413
    just_fits = json.dumps({"type": "event_callback", "pad": "x" * ((1 << 20) - 50)})
    assert (await slack.post(just_fits))[0] == 200


async def test_health_is_told_to_anybody_and_nothing_else_is(slack: Slack) -> None:
    base = slack.url.removesuffix("/slack/events")
    async with slack.session.get(base + "/health") as answer:
        assert (answer.status, await answer.json()) == (200, {"ok": True})
    for method, path, status in (
        ("GET", "/", 404),
        ("GET", "/slack/events", 405),
        ("POST", "/health", 405),
        ("POST", "/slack/events/x", 404),
    ):
        async with slack.session.request(method, base + path) as answer:
            assert answer.status == status


@asynccontextmanager
async def listening(**how: Any) -> AsyncIterator[HttpEvents]:
    events = HttpEvents(SECRET, "127.0.0.1", 0, **how)
    await events.start(AsyncApp(token="xoxb-1", request_verification_enabled=False))
    try:
        yield events
    finally:
        await events.close()


async def test_a_body_that_trickles_in_is_given_up() -> None:
    async with listening(body_seconds=0.1) as events:
        port = int(events.request_url.split(":")[2].partition("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()
        assert b"408" in await reader.readline()
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 1000\r\n\r\n{",
        b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
async def test_a_body_that_breaks_off_or_is_garbled_is_no_event_and_no_error_of_ours(
    caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    async with listening() as events:
        port = int(events.request_url.split(":")[2].partition("/")[0])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\n" + sent)
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        await writer.wait_closed()
        async with (
            aiohttp.ClientSession() as session,
            session.get(events.request_url.replace("/slack/events", "/health")) as answer,
        ):
            assert answer.status == 200
    assert "Error handling request" not in caplog.text  # as aiohttp says of what a handler raises


async def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    async with listening() as events:
        port = int(events.request_url.split(":")[2].partition("/")[0])
        second = HttpEvents(SECRET, "127.0.0.1", port)
        with pytest.raises(ConfigError, match=str(port)) as caught:
            await second.start(AsyncApp(token="xoxb-1", request_verification_enabled=False))
        await second.close()
    assert "slack.http_port" in caught.value.mend


@pytest.mark.parametrize("secret", ["", "xoxb-1-2", "xapp-1-2"])
def test_a_secret_that_cannot_be_one_is_named_with_where_it_is_found(secret: str) -> None:
    with pytest.raises(ConfigError, match="SLACK_SIGNING_SECRET") as caught:
        HttpEvents(secret, "127.0.0.1", 0).check()
    assert "Signing Secret" in caught.value.mend


async def test_no_app_token_is_needed(slack: Slack, sandbox: Workspace) -> None:
    await slack.post(json.dumps(question()))
    assert "apps.connections.open" not in {call.method for call in sandbox.calls}
