"""What an app on HTTP is told: signed and repeated as Slack does it, answered by an unmodified Bolt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.events.delivery import NotAcknowledged
from bot.sandbox.events.http_events import RequestUrlRefused
from tests.sandbox.conftest import Heard, Json, running

PATH = "/slack/events"
SECRET = "sandbox-signing-secret"


@asynccontextmanager
async def bolt_on_http(
    sandbox: Sandbox,
    prepare: Callable[[AsyncApp], None] | None = None,
    heard: Heard | None = None,
    *,
    signing_secret: str = SECRET,
) -> AsyncIterator[str]:
    """An unmodified bolt app behind Bolt's own HTTP server. Yields its request URL, which is not set yet."""
    client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
    app = AsyncApp(client=client, signing_secret=signing_secret)
    heard = heard or Heard()
    app.use(heard.note)
    if prepare:
        prepare(app)
    heard.acknowledge_the_rest(app)
    async with TestServer(app.server(path=PATH).web_app) as server:
        yield str(server.make_url(PATH))
        # bolt runs listeners in tasks of its own that outlive the request
        await asyncio.sleep(0)


@dataclass
class Endpoint:
    """A request URL that answers the challenge, notes every other request, and answers what it is told to."""

    answers: list[web.StreamResponse] = field(default_factory=list)
    """For the next requests; after them 200 and nothing."""
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    """Not set: the next request is never answered in time."""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hold.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if request.content_type == "application/json":
            body = json.loads(raw)
            if body["type"] == "url_verification":
                return web.Response(text=body["challenge"])
        self.requests.append((dict(request.headers), raw))
        await self.hold.wait()
        return self.answers.pop(0) if self.answers else web.Response()

    def headers(self, name: str) -> list[str | None]:
        return [headers.get(name) for headers, _ in self.requests]


@asynccontextmanager
async def served(handle: Callable[[web.Request], Any], port: int | None = None) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post(PATH, handle)
    async with TestServer(app, port=port) as server:
        yield str(server.make_url(PATH))


@pytest.fixture
async def endpoint(sandbox: Sandbox) -> AsyncIterator[Endpoint]:
    """The sandbox delivers to it."""
    endpoint = Endpoint()
    async with served(endpoint.handle) as url:
        await sandbox.use_request_url(url)
        yield endpoint
        endpoint.hold.set()


# --- the request URL ----------------------------------------------------------------------------------


async def test_bolt_answers_the_challenge_and_hears_what_happens(sandbox: Sandbox) -> None:
    heard = Heard()

    def prepare(app: AsyncApp) -> None:
        @app.event("app_mention")
        async def answer(event: Json, say) -> None:  # type: ignore[no-untyped-def]
            await say(text="답", thread_ts=event["ts"])

    async with bolt_on_http(sandbox, prepare, heard) as url:
        await sandbox.use_request_url(url)
        ts = await sandbox.say("jiwoo", "general", "@footnote 질문")
        (reply,) = await sandbox.wait_for(lambda: sandbox.replies("general", ts))
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
    assert reply["text"] == "답"
    assert {event["type"] for event in heard.events} == {"app_mention", "message"}
    assert sandbox.delivery.undelivered == []


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (lambda: web.Response(text="hello"), "'hello'"),
        (lambda: web.Response(status=404, text="nothing here"), "404.*nothing here"),
        (lambda: web.json_response({"challenge": "another"}), "another"),
    ],
)
async def test_a_url_that_answers_anything_else_is_refused_by_name_and_nothing_changes(
    sandbox: Sandbox, answer: Callable[[], web.Response], named: str
) -> None:
    async def handle(_: web.Request) -> web.Response:
        return answer()

    before = sandbox.delivery.transport
    async with served(handle) as url:
        with pytest.raises(RequestUrlRefused, match=named) as refused:
            await sandbox.use_request_url(url)
    assert url in str(refused.value)
    assert sandbox.delivery.transport is before


async def test_a_url_where_nobody_listens_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(RequestUrlRefused, match="cannot be reached"):
        await sandbox.use_request_url("http://127.0.0.1:9/slack/events")


@pytest.mark.parametrize("form", ["json", "form"])
async def test_the_challenge_may_come_back_as_json_or_as_a_form(sandbox: Sandbox, form: str) -> None:
    async def handle(request: web.Request) -> web.Response:
        challenge = (await request.json())["challenge"]
        return (
            web.json_response({"challenge": challenge})
            if form == "json"
            else web.Response(text=f"challenge={challenge}")
        )

    async with served(handle) as url:
        await sandbox.use_request_url(url)


async def test_an_app_with_another_secret_refuses_even_the_challenge(sandbox: Sandbox) -> None:
    async with bolt_on_http(sandbox, signing_secret="not the one") as url:
        with pytest.raises(RequestUrlRefused, match="401"):
            await sandbox.use_request_url(url)


async def test_a_request_url_switches_socket_mode_off(sandbox: Sandbox) -> None:
    over_socket, over_http = Heard(), Heard()
    async with running(sandbox, heard=over_socket), bolt_on_http(sandbox, heard=over_http) as url:
        await sandbox.say("alex", "general", "one")
        await sandbox.wait_for(lambda: over_socket.events)
        await sandbox.use_request_url(url)
        await sandbox.say("alex", "general", "two")
        await sandbox.wait_for(lambda: over_http.events)
    assert [event["text"] for event in over_socket.events + over_http.events] == ["one", "two"]


async def test_an_app_meant_for_http_hears_nothing_before_it_has_a_url() -> None:
    async with Sandbox(transport="http", ack_seconds=0.5, retry_delays=()) as sandbox:
        await sandbox.say("alex", "general", "hello?")
        await sandbox.wait_for(lambda: sandbox.delivery.undelivered)


# --- signatures and repetitions -----------------------------------------------------------------------


async def test_slack_sdk_accepts_every_signature_and_a_changed_body_never(
    sandbox: Sandbox, endpoint: Endpoint
) -> None:
    await sandbox.say("jiwoo", "general", "서명 & sign=1 %26")
    await sandbox.command("jiwoo", "general", "/footnote", "ask 휴가 & 출장?")
    await sandbox.wait_for(lambda: len(endpoint.requests) == 2)
    verifier = SignatureVerifier(sandbox.signing_secret)
    for headers, body in endpoint.requests:
        assert verifier.is_valid_request(body, headers)
        assert not verifier.is_valid_request(body + b" ", headers)
        assert not SignatureVerifier("another").is_valid_request(body, headers)
    command = next(body for headers, body in endpoint.requests if "urlencoded" in headers["Content-Type"])
    assert parse_qs(command.decode())["text"] == ["ask 휴가 & 출장?"]


async def test_a_repetition_says_which_it_is_and_what_went_wrong(
    impatient: Sandbox, endpoint: Endpoint
) -> None:
    endpoint.answers.append(web.Response(status=500))
    await impatient.say("alex", "general", "first fails")
    await impatient.wait_for(lambda: not impatient.delivery.delivering)
    endpoint.hold.clear()
    await impatient.say("alex", "general", "then hangs")
    await impatient.wait_for(lambda: len(endpoint.requests) == 4)
    endpoint.hold.set()
    await impatient.wait_for(lambda: not impatient.delivery.delivering)
    assert endpoint.headers("X-Slack-Retry-Num") == [None, "1", None, "1"]
    assert endpoint.headers("X-Slack-Retry-Reason") == [None, "http_error", None, "http_timeout"]
    bodies = [body for _, body in endpoint.requests]
    assert bodies[0] == bodies[1] != bodies[2] == bodies[3]
    assert impatient.delivery.undelivered == []


async def test_an_app_may_ask_for_no_repetition(sandbox: Sandbox, endpoint: Endpoint) -> None:
    endpoint.answers.append(web.Response(status=500, headers={"X-Slack-No-Retry": "1"}))
    await sandbox.say("alex", "general", "never again")
    await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
    assert len(endpoint.requests) == 1
    assert [event["event"]["text"] for event in sandbox.delivery.undelivered] == ["never again"]


async def test_redirects_are_followed_twice_and_no_further(sandbox: Sandbox, endpoint: Endpoint) -> None:
    there = {"Location": PATH}
    endpoint.answers += [web.Response(status=307, headers=there) for _ in range(2)]
    await sandbox.say("alex", "general", "two")
    await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
    assert len(endpoint.requests) == 3
    endpoint.answers += [web.Response(status=307, headers=there) for _ in range(3)]
    await sandbox.say("alex", "general", "three")
    await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
    assert endpoint.headers("X-Slack-Retry-Reason")[-1] == "too_many_redirects"


async def test_bolt_refuses_what_a_wrong_clock_signed(sandbox: Sandbox) -> None:
    heard = Heard()
    async with bolt_on_http(sandbox, heard=heard) as url:
        await sandbox.use_request_url(url)
        await sandbox.faults.trigger("clock_skew", seconds=-301)
        await sandbox.say("alex", "general", "too old")
        await sandbox.wait_for(lambda: sandbox.delivery.undelivered)
        assert heard.events == []
        sandbox.faults.lift("clock_skew")
        await sandbox.say("alex", "general", "right again")
        await sandbox.wait_for(lambda: heard.events)
    assert [event["text"] for event in heard.events] == ["right again"]


# --- commands and interactions ------------------------------------------------------------------------


async def test_a_command_may_be_answered_in_plain_text_which_only_the_person_sees(
    sandbox: Sandbox, endpoint: Endpoint
) -> None:
    endpoint.answers.append(web.Response(text="색인 중이에요"))
    await sandbox.command("jiwoo", "general", "/footnote", "status")
    (shown,) = sandbox.ephemerals("jiwoo", "general")
    assert shown["text"] == "색인 중이에요"


async def test_a_command_that_fails_is_not_repeated_and_the_person_is_told(
    sandbox: Sandbox, endpoint: Endpoint
) -> None:
    endpoint.answers.append(web.Response(status=500, text="Traceback"))
    await sandbox.command("jiwoo", "general", "/footnote", "status")
    (shown,) = sandbox.ephemerals("jiwoo", "general")
    assert shown["text"] == "/footnote failed with the error “dispatch_failed”"
    assert len(endpoint.requests) == 1


async def test_bolt_takes_commands_clicks_and_modals_over_http(sandbox: Sandbox) -> None:
    clicks: list[str] = []
    modal = {
        "type": "modal",
        "callback_id": "ask",
        "title": {"type": "plain_text", "text": "Ask"},
        "submit": {"type": "plain_text", "text": "Go"},
        "blocks": [
            {
                "type": "input",
                "block_id": "question",
                "label": {"type": "plain_text", "text": "Question"},
                "element": {"type": "plain_text_input", "action_id": "text"},
            }
        ],
    }
    button = {"type": "button", "action_id": "go", "value": "7", "text": {"type": "plain_text", "text": "Go"}}

    def prepare(app: AsyncApp) -> None:
        @app.command("/footnote")
        async def command(ack, body: Json, client: AsyncWebClient) -> None:  # type: ignore[no-untyped-def]
            await ack("opening")
            await client.views_open(trigger_id=body["trigger_id"], view=modal)

        @app.view("ask")
        async def submitted(ack, view: Json) -> None:  # type: ignore[no-untyped-def]
            if view["state"]["values"]["question"]["text"]["value"] == "?":
                await ack(response_action="errors", errors={"question": "Too short"})
            else:
                await ack()

        @app.action("go")
        async def clicked(ack, action: Json) -> None:  # type: ignore[no-untyped-def]
            await ack()
            clicks.append(action["value"])

    async with bolt_on_http(sandbox, prepare) as url:
        await sandbox.use_request_url(url)
        await sandbox.command("jiwoo", "general", "/footnote", "ask")
        await sandbox.wait_for(lambda: sandbox.modal("jiwoo"))
        assert sandbox.ephemerals("jiwoo", "general")[-1]["text"] == "opening"
        assert await sandbox.submit("jiwoo", {"text": "?"}) == {"question": "Too short"}
        assert await sandbox.submit("jiwoo", {"text": "휴가는?"}) == {}
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
        blocks = [{"type": "actions", "elements": [button]}]
        posted = await client.chat_postMessage(channel="C01GENERAL", text="choose", blocks=blocks)
        await sandbox.click("jiwoo", "general", posted["ts"], "go")
        await sandbox.wait_for(lambda: clicks)
    assert clicks == ["7"]


async def test_a_submission_answered_with_a_page_is_not_acknowledged(
    sandbox: Sandbox, endpoint: Endpoint
) -> None:
    endpoint.answers.append(web.Response(text="<html>Welcome</html>", content_type="text/html"))
    with pytest.raises(NotAcknowledged):
        await sandbox.delivery.ask("interactive", {"type": "view_submission"})


async def test_what_is_under_way_while_the_url_changes_is_not_lost(
    sandbox: Sandbox, endpoint: Endpoint
) -> None:
    endpoint.hold.clear()
    await sandbox.say("alex", "general", "to the old one")
    await sandbox.wait_for(lambda: endpoint.requests)
    heard = Heard()
    async with bolt_on_http(sandbox, heard=heard) as url:
        await sandbox.use_request_url(url)
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
    assert [event["text"] for event in heard.events] == ["to the old one"]
    assert sandbox.delivery.undelivered == []


async def test_an_app_that_was_away_hears_it_with_the_reason(sandbox: Sandbox) -> None:
    endpoint, sandbox.delivery.retry_delays = Endpoint(), (0.5,) * 20
    async with served(endpoint.handle) as url:
        await sandbox.use_request_url(url)
        port = int(url.split(":")[2].split("/")[0])
    await sandbox.say("alex", "general", "anybody?")
    await asyncio.sleep(0.1)  # time to be refused once; later repetitions say the same
    async with served(endpoint.handle, port):
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
    assert endpoint.headers("X-Slack-Retry-Reason") == ["connection_failed"]


# --- faults -------------------------------------------------------------------------------------------


async def test_faults_of_events_work_over_http_as_well(impatient: Sandbox) -> None:
    heard = Heard()
    async with bolt_on_http(impatient, heard=heard) as url:
        await impatient.use_request_url(url)
        for name in ("retry", "duplicate", "slow_ack"):
            await impatient.faults.trigger(name)
            await impatient.say("alex", "general", name)
            await impatient.wait_for(lambda: not impatient.delivery.delivering, timeout=10)
        await impatient.faults.trigger("delay", seconds=0.3)
        await impatient.say("alex", "general", "delayed")
        await impatient.say("alex", "general", "at once")
        await impatient.wait_for(lambda: not impatient.delivery.delivering)
    texts = [event["text"] for event in heard.events]
    assert texts == ["retry"] * 2 + ["duplicate"] * 2 + ["slow_ack"] * 2 + ["at once", "delayed"]
    assert impatient.delivery.undelivered == []
