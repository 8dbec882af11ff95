"""Nobody's page is told what that person may not see. No browser: what a page is sent is read as it comes."""

from __future__ import annotations

import asyncio
import json
import re

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.sandbox.conftest import Json, running
from tests.sandbox.page.forms import FEEDBACK, HOME, modal

# the fixtures of this folder live in the session's event loop
pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "canary-7f3a"
JIWOO, ALEX, SAM, HANA = "U01JIWOO00", "U02ALEX000", "U04SAM0000", "U05HANA000"


class Reader:
    """Somebody's stream of updates, as raw text."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession, user: str) -> None:
        self.user = user
        self._sandbox = sandbox
        self._session = session
        self.heard = ""

    async def listen(self) -> None:
        url = f"{self._sandbox.url}/page/updates?user={self.user}"
        async with self._session.get(url) as response:
            async for line in response.content:
                self.heard += line.decode()

    async def state(self) -> str:
        async with self._session.get(f"{self._sandbox.url}/page/state?user={self.user}") as response:
            return await response.text()


async def do(session: aiohttp.ClientSession, sandbox: Sandbox, action: str, body: Json) -> Json:
    async with session.post(f"{sandbox.url}/page/do/{action}", json=body) as response:
        answer: Json = await response.json()
        return answer


async def test_what_is_private_reaches_nobody_elses_page(sandbox: Sandbox, client: AsyncWebClient) -> None:
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        readers = [Reader(sandbox, session, user) for user in (JIWOO, ALEX, SAM, HANA)]
        listening = [tasks.create_task(reader.listen()) for reader in readers]
        await sandbox.wait_for(lambda: all("hello" in reader.heard for reader in readers))
        dm = sandbox.dm("jiwoo")
        root = await sandbox.say("jiwoo", dm, CANARY)
        await sandbox.react("jiwoo", dm, root, CANARY)
        await sandbox.edit("jiwoo", dm, root, f"{CANARY} edited")
        await client.chat_postMessage(channel=dm, thread_ts=root, text=CANARY)
        await client.assistant_threads_setStatus(channel_id=dm, thread_ts=root, status=CANARY)
        await client.assistant_threads_setSuggestedPrompts(
            channel_id=dm, thread_ts="", prompts=[{"title": CANARY, "message": CANARY}]
        )
        await client.api_call(
            "agents.sessions.setStatus",
            json={"channel_id": dm, "thread_ts": root, "status": "processing", "title": CANARY},
        )
        await client.chat_postEphemeral(channel="C01GENERAL", user=JIWOO, text=CANARY)
        await sandbox.upload("jiwoo", dm, f"{CANARY}.txt", CANARY.encode(), comment=CANARY)
        group = sandbox.workspace.open_group([JIWOO, "U03MINSU00", sandbox.bot_user_id])
        await sandbox.say("minsu", group.id, CANARY)
        await sandbox.say("jiwoo", "people-team", CANARY)
        gone = await sandbox.say("minsu", "people-team", CANARY)
        await sandbox.delete("people-team", gone)
        home = {**HOME, "private_metadata": CANARY}
        await client.views_publish(user_id=JIWOO, view=home)
        sandbox.views.open(JIWOO, {**modal("Form", *FEEDBACK["blocks"]), "private_metadata": CANARY})
        # everybody hears this one, so all before it has gone out
        for channel in ("general", "handbook-ko", "partner-project"):
            await client.chat_postMessage(channel=channel_id(sandbox, channel), text="for all")
        await sandbox.wait_for(lambda: all("for all" in reader.heard for reader in readers))
        assert CANARY in readers[0].heard
        assert CANARY in await readers[0].state()
        for reader in readers[1:]:
            assert CANARY not in reader.heard, reader.user
            assert CANARY not in await reader.state(), reader.user
        async with session.get(f"{sandbox.url}/page/faults") as response:
            assert CANARY not in await response.text()
        for task in listening:
            task.cancel()


async def test_every_window_of_a_person_is_told_alike_and_nobody_elses(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        first, second, other = (Reader(sandbox, session, user) for user in (JIWOO, JIWOO, ALEX))
        windows = (first, other, second)
        listening = [tasks.create_task(reader.listen()) for reader in windows]
        await sandbox.wait_for(lambda: all("hello" in reader.heard for reader in windows))
        await sandbox.say("minsu", "people-team", CANARY)
        await sandbox.say("minsu", "general", "for all")
        await sandbox.wait_for(lambda: all("for all" in reader.heard for reader in windows))
        for task in listening:
            task.cancel()
    assert first.heard == second.heard
    assert CANARY in first.heard
    assert CANARY not in other.heard


def channel_id(sandbox: Sandbox, name: str) -> str:
    return sandbox.workspace.channel(name).id


async def test_the_traffic_shown_holds_no_text_of_what_people_wrote(sandbox: Sandbox) -> None:
    async with running(sandbox), aiohttp.ClientSession() as session:
        await sandbox.say("jiwoo", sandbox.dm("jiwoo"), CANARY)
        await sandbox.command("jiwoo", "general", "/footnote", CANARY)
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
        async with session.get(f"{sandbox.url}/page/faults") as response:
            shown = await response.json()
        assert {sending["what"] for sending in shown["deliveries"]} >= {"message", "/footnote"}
        assert CANARY not in json.dumps(shown)


async def test_a_file_opens_only_for_those_who_see_a_channel_it_stands_in(sandbox: Sandbox) -> None:
    ts = await sandbox.upload("jiwoo", "people-team", "salaries.html", b"<script>alert(1)</script>")
    message = sandbox.workspace.message(channel_id(sandbox, "people-team"), ts)
    file = message.files[0]["id"]
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{sandbox.url}/page/files/{file}?user={JIWOO}") as response:
            assert response.status == 200
            assert response.headers["Content-Disposition"].startswith("attachment")
            assert response.headers["Content-Type"] == "application/octet-stream"
            assert "sandbox" in response.headers["Content-Security-Policy"]
        async with session.get(f"{sandbox.url}/page/files/{file}?user={ALEX}") as response:
            assert response.status == 404


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("say", {"text": "x"}),
        ("react", {"ts": "TS", "name": "eyes"}),
        ("edit", {"ts": "TS", "text": "x"}),
        ("delete", {"ts": "TS"}),
        ("join", {}),
        ("look_at", {}),
        ("stop", {"thread_ts": "TS"}),
        ("rename_session", {"thread_ts": "TS", "title": "x"}),
        ("command", {"text": "/footnote x"}),
        ("click", {"ts": "TS", "action_id": "x"}),
        ("message_shortcut", {"ts": "TS", "callback_id": "explain"}),
        ("suggest", {"ts": "TS", "action_id": "x", "typed": "x"}),
    ],
)
async def test_nothing_can_be_done_in_a_channel_one_does_not_see(
    sandbox: Sandbox, action: str, body: Json
) -> None:
    ts = await sandbox.say("jiwoo", "people-team", "secret")
    given = {name: ts if value == "TS" else value for name, value in body.items()}
    before = len(sandbox.workspace.history["C04PEOPLE0"])
    async with aiohttp.ClientSession() as session:
        answer = await do(session, sandbox, action, {"user": ALEX, "channel": "C04PEOPLE0", **given})
    assert answer == {"ok": False, "error": "channel_not_found"}
    assert len(sandbox.workspace.history["C04PEOPLE0"]) == before


async def test_a_modal_is_filled_in_by_nobody_but_its_owner(sandbox: Sandbox) -> None:
    view = sandbox.views.open(JIWOO, FEEDBACK)
    async with aiohttp.ClientSession() as session:
        for action, body in (("submit", {"filled": {}}), ("click", {"action_id": "reason"})):
            answer = await do(session, sandbox, action, {"user": ALEX, "view_id": view.id, **body})
            assert answer["error"] == "not_found"
    assert sandbox.modal("jiwoo")


async def test_a_page_of_another_origin_can_do_nothing(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        body = f'{{"user": "{JIWOO}", "channel": "general", "text": "forged"}}'
        # a form of another site can send text, but not announce JSON or bytes without being asked first
        for path in ("/page/do/say", f"/page/upload?user={JIWOO}&channel=general&name=x"):
            async with session.post(sandbox.url + path, data=body) as forged:
                assert forged.status == 415
        async with session.get(sandbox.url) as page:
            assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert sandbox.messages("general") == []


@pytest.mark.parametrize("name", ["..%2Fapi.py", "%2E%2E/api.py", "api.py", "", "%00"])
async def test_only_the_files_of_the_page_are_served(sandbox: Sandbox, name: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{sandbox.url}/assets/{name}") as response,
    ):
        assert response.status == 404


async def test_every_file_the_page_asks_for_is_there(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        wanted, seen = ["/"], set()
        while wanted:
            path = wanted.pop()
            if path in seen:
                continue
            seen.add(path)
            async with session.get(sandbox.url + path) as response:
                assert response.status == 200, path
                text = await response.text()
            wanted += re.findall(r'"(/assets/[\w.-]+)"', text)
            wanted += [f"/assets/{name}" for name in re.findall(r'from "\./([\w.-]+)"', text)]
    assert "/assets/faults.js" in seen
