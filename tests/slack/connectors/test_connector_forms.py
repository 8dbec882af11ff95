"""Adding connectors from the Home tab: the real list, checks and syncs, and a real web server."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from bot.connector_settings import settings_of
from bot.slack import texts
from bot.slack.connector_entries import KIND, NAME, OWNER_CHANNEL, SCHEDULE, TIMEZONE, Entered
from bot.slack.connector_form_blocks import ADD_ACTION, form_view, kind_view, offered_kinds
from connectors import KINDS
from tests.connectors.http_source import Response, serving
from tests.slack.cast import Workspace, over_both_transports, said
from tests.slack.connector_desk import (
    CANARY,
    Desk,
    Site,
    form,
    home_says,
    modal_says,
    running,
)


def behind(view: dict[str, Any], name: str) -> str:
    """The text between the input of that name and the next one."""
    blocks = view["blocks"]
    at = next(place for place, block in enumerate(blocks, 1) if block.get("block_id") == name)
    return "" if blocks[at]["type"] == "input" else said({"blocks": [blocks[at]]})


def files_with(content: bytes, directory: Path) -> list[Path]:
    return [file for file in directory.rglob("*") if file.is_file() and content in file.read_bytes()]


@over_both_transports
@pytest.mark.parametrize(
    ("user", "done", "report"),
    [("jiwoo", "wiki: 추가했어요", "wiki: 추가 2"), ("alex", "wiki was added", "wiki: 2 added")],
)
async def test_an_admin_adds_a_web_site_wrongly_then_rightly_and_sees_it_synced(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, user: str, done: str, report: str
) -> None:
    async with running(sandbox, path, desk):
        await form(sandbox, user)
        wrong = await sandbox.submit(user, {"urls": site.url, "max_pages": "many"})
        assert "many" in wrong["max_pages"]
        wrong = await sandbox.submit(user, {"urls": site.url, "max_pages": "9", SCHEDULE: "now and then"})
        assert "now and then" in wrong[SCHEDULE]
        assert desk.added() == []
        assert await sandbox.submit(user, {"urls": site.url, "max_pages": "9", SCHEDULE: ""}) == {}
        await modal_says(sandbox, user, done)
        await home_says(sandbox, user, report)
    assert desk.connectors.added("wiki").settings == {"urls": [site.url], "max_pages": 9}
    assert await desk.documents("wiki") == 2
    who = f"user:{sandbox.team_id}/{sandbox.workspace.user(user).id}"
    assert desk.audited() == [("add connector", who), ("sync", who)]


async def test_the_time_zone_and_the_channel_of_the_owners_are_taken_with_the_schedule(
    sandbox: Workspace, path: Path, desk: Desk, site: Site
) -> None:
    channel = sandbox.workspace.channel("general").id
    async with running(sandbox, path, desk):
        await form(sandbox, "alex")
        filled: dict[str, object] = {"urls": site.url, SCHEDULE: "30 6 * * *", OWNER_CHANNEL: [channel]}
        wrong = await sandbox.submit("alex", filled | {TIMEZONE: "Mars/Base"})
        assert "Mars/Base" in wrong[TIMEZONE]
        wrong = await sandbox.submit("alex", filled | {TIMEZONE: "", OWNER_CHANNEL: ["general"]})
        assert "'general'" in wrong[OWNER_CHANNEL]
        assert await sandbox.submit("alex", filled | {TIMEZONE: "Asia/Seoul"}) == {}
        await modal_says(sandbox, "alex", "wiki was added")
    added = desk.connectors.added("wiki")
    assert (added.schedule, added.timezone, added.owner_channel) == ("30 6 * * *", "Asia/Seoul", channel)


async def test_a_form_that_is_submitted_twice_at_once_is_obeyed_once(
    sandbox: Workspace, path: Path, desk: Desk, site: Site
) -> None:
    async with running(sandbox, path, desk):
        await form(sandbox, "alex")
        site.may_answer.clear()
        twice = [asyncio.create_task(sandbox.submit("alex", {"urls": site.url})) for _ in range(2)]
        await sandbox.wait_for(lambda: site.served.requests)
        site.may_answer.set()
        assert await asyncio.gather(*twice) == [{}, {}]
        await modal_says(sandbox, "alex", "wiki was added")
        await home_says(sandbox, "alex", "wiki: 2 added")
    assert [what for what, _ in desk.audited()] == ["add connector", "sync"]


async def test_of_two_who_add_the_same_name_at_once_the_slower_one_adds_nothing(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.submits.ACK_SECONDS", 0.3)
    async with running(sandbox, path, desk):
        await form(sandbox, "alex")
        site.may_answer.clear()
        await sandbox.submit("alex", {"urls": site.url})
        await modal_says(sandbox, "alex", "Checking the connection")
        desk.add_wiki("https://wiki.example.com/")
        site.may_answer.set()
        await modal_says(sandbox, "alex", "added by somebody else meanwhile")
    assert desk.connectors.added("wiki").settings["urls"] == ["https://wiki.example.com/"]
    assert [what for what, _ in desk.audited()] == ["add connector"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "http://10.1.2.3/"])
@pytest.mark.parametrize(
    ("user", "refusal", "again"),
    [("jiwoo", "저장하지 않았어요", "다시 입력해"), ("alex", "Nothing was saved", "Enter the secrets again")],
)
async def test_a_check_that_fails_saves_nothing_and_keeps_what_was_entered_but_secrets(
    sandbox: Workspace, path: Path, desk: Desk, address: str, user: str, refusal: str, again: str
) -> None:
    async with running(sandbox, path, desk):
        await form(sandbox, user)
        filled = {"urls": address, "user": "reader", "password": CANARY, "obey_robots": []}
        assert await sandbox.submit(user, filled) == {}
        await modal_says(sandbox, user, refusal)
        shown = sandbox.modal(user) or {}
    elements = {block["block_id"]: block["element"] for block in shown["blocks"] if block["type"] == "input"}
    assert again in str(shown["blocks"])
    assert behind(shown, "urls").count(refusal) == 1, "it is told beside the address too"
    assert elements["urls"]["initial_value"] == address
    assert elements["user"]["initial_value"] == "reader"
    assert "initial_options" not in elements["obey_robots"]
    assert "initial_value" not in elements["password"]
    assert (desk.added(), desk.audited()) == ([], [])


async def test_a_refused_password_is_told_beside_the_password(
    sandbox: Workspace, path: Path, desk: Desk
) -> None:
    with serving(lambda request: Response(401)) as site:
        async with running(sandbox, path, desk):
            await form(sandbox, "alex")
            await sandbox.submit("alex", {"urls": f"{site.url}/", "user": "reader", "password": "another"})
            await modal_says(sandbox, "alex", "Nothing was saved")
            shown = sandbox.modal("alex") or {}
    assert "Nothing was saved" in behind(shown, "password")
    assert behind(shown, "urls") == ""


async def test_a_check_that_takes_long_is_acked_first_and_shown_when_it_is_done(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.submits.ACK_SECONDS", 0.3)
    async with running(sandbox, path, desk):
        await form(sandbox, "alex")
        site.may_answer.clear()
        assert await sandbox.submit("alex", {"urls": site.url}) == {}
        await modal_says(sandbox, "alex", "Checking the connection")
        assert desk.added() == []
        site.may_answer.set()
        await modal_says(sandbox, "alex", "wiki was added")
        await home_says(sandbox, "alex", "wiki: 2 added")


async def test_who_is_no_admin_any_more_when_the_check_ends_has_added_nothing(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.submits.ACK_SECONDS", 0.3)
    async with running(sandbox, path, desk):
        await form(sandbox, "jiwoo")
        site.may_answer.clear()
        await sandbox.submit("jiwoo", {"urls": site.url})
        await modal_says(sandbox, "jiwoo", "연결을 확인하고")
        sandbox.workspace.users["U01JIWOO00"].is_admin = False
        site.may_answer.set()
        await modal_says(sandbox, "jiwoo", "관리자만 할 수 있어요")
    assert (desk.added(), desk.audited()) == ([], [])


@over_both_transports
async def test_who_is_no_admin_any_more_submits_an_open_form_in_vain(
    sandbox: Workspace, path: Path, desk: Desk, site: Site
) -> None:
    async with running(sandbox, path, desk):
        await form(sandbox, "jiwoo")
        sandbox.workspace.users["U01JIWOO00"].is_admin = False
        await sandbox.submit("jiwoo", {"urls": site.url})
        await modal_says(sandbox, "jiwoo", "관리자만 할 수 있어요")
    assert (desk.added(), desk.audited(), site.served.requests) == ([], [], [])


@over_both_transports
@pytest.mark.parametrize(
    ("user", "refusal"), [("minsu", "관리자만 할 수"), ("sam", "Only admins may do this")]
)
async def test_who_forges_the_button_and_the_forms_of_an_admin_gets_nowhere(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, user: str, refusal: str
) -> None:
    async with running(sandbox, path, desk):
        await form(sandbox, "jiwoo")
        await sandbox.open_app(user, "home")
        await sandbox.wait_for(lambda: sandbox.home(user))
        assert ADD_ACTION not in str(sandbox.home(user))
        person = sandbox.workspace.user(user).id
        forged = sandbox.views.homes["U01JIWOO00"].content
        for view, filled in (
            (kind_view("ko"), {KIND: "web", NAME: "mine"}),
            (form_view(Entered("web", "mine"), "ko"), {"urls": site.url}),
        ):
            sandbox.views.publish(person, forged)
            await sandbox.click_in_home(user, ADD_ACTION)
            await modal_says(sandbox, user, refusal)
            top = sandbox.views.top(person)
            assert top is not None
            sandbox.views.update(top, view | {"private_metadata": view["private_metadata"] or "admin"})
            await sandbox.submit(user, filled)
            await modal_says(sandbox, user, refusal)
            await sandbox.close_modal(user)
    assert (desk.added(), desk.audited(), site.served.requests) == ([], [], [])


@pytest.mark.parametrize(("name", "problem"), [("Wiki!", "Wiki!"), ("docs", "There is a connector docs")])
async def test_a_name_that_cannot_be_is_said_beside_its_field(
    sandbox: Workspace, path: Path, desk: Desk, name: str, problem: str
) -> None:
    async with running(sandbox, path, desk):
        await sandbox.open_app("alex", "home")
        await sandbox.wait_for(lambda: ADD_ACTION in str(sandbox.home("alex")))
        await sandbox.click_in_home("alex", ADD_ACTION)
        await modal_says(sandbox, "alex", "static_select")
        errors = await sandbox.submit("alex", {KIND: "web", NAME: name})
    assert problem in errors[NAME]


async def test_a_wrong_name_that_is_found_late_is_said_above_the_form(
    sandbox: Workspace, path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(sandbox, path, desk):
        await sandbox.open_app("jiwoo", "home")
        await sandbox.wait_for(lambda: ADD_ACTION in str(sandbox.home("jiwoo")))
        await sandbox.click_in_home("jiwoo", ADD_ACTION)
        await modal_says(sandbox, "jiwoo", "static_select")
        monkeypatch.setattr("bot.slack.submits.ACK_SECONDS", 0.0)
        assert await sandbox.submit("jiwoo", {KIND: "web", NAME: "docs"}) == {}
        await modal_says(sandbox, "jiwoo", "docs: 이미 있는 이름이에요.")


@pytest.mark.parametrize(
    ("settings", "beside"),
    [
        ({"password": "env:FOOTNOTE_KEY"}, "password"),
        ({"urls": f"https://me:{CANARY}@example.com/"}, "urls"),
    ],
)
async def test_neither_variables_of_the_machine_nor_passwords_in_addresses_are_taken(
    sandbox: Workspace, path: Path, desk: Desk, settings: dict[str, str], beside: str
) -> None:
    async with running(sandbox, path, desk):
        await form(sandbox, "alex")
        errors = await sandbox.submit("alex", {"urls": "https://example.com/", **settings})
    assert CANARY not in str(errors)
    assert beside in errors or (beside == "urls" and errors == {})
    assert desk.added() == []


async def test_a_secret_is_found_nowhere_but_at_the_source(
    sandbox: Workspace,
    path: Path,
    desk: Desk,
    site: Site,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.INFO)
    async with running(sandbox, path, desk):
        await form(sandbox, "alex")
        filled = {"urls": "http://127.0.0.1:9/", "user": "reader", "password": CANARY}
        await sandbox.submit("alex", filled)
        await modal_says(sandbox, "alex", "Nothing was saved")
        first = str((sandbox.modal("alex") or {})["blocks"])
        await sandbox.submit("alex", filled | {"urls": site.url})
        await home_says(sandbox, "alex", "wiki: 2 added")
        seen = [first, str((sandbox.modal("alex") or {})["blocks"]), str(sandbox.home("alex"))]
        calls = str(sandbox.calls)
    assert any("authorization" in request.headers for request in site.served.requests)
    assert "password" in desk.connectors.added("wiki").secrets
    assert any(file.name.startswith(path.name) for file in files_with(b"wiki", tmp_path))
    assert files_with(CANARY.encode(), tmp_path) == []
    for words in (*seen, calls, caplog.text, str(desk.admin.audited(100))):
        assert CANARY not in words


@pytest.mark.parametrize("language", [texts.KOREAN, texts.ENGLISH])
def test_the_form_of_every_kind_is_one_that_slack_takes(sandbox: Workspace, language: str) -> None:
    assert "folder" not in offered_kinds()
    sandbox.views.open("U01JIWOO00", kind_view(language))
    sandbox.views.close("U01JIWOO00", everything=True)
    for kind in KINDS:
        assert not {KIND, NAME, SCHEDULE, OWNER_CHANNEL} & {setting.name for setting in settings_of(kind)}
        view = form_view(Entered(kind, "a" * 40), language, note="<!channel> " * 300)
        sandbox.views.open("U01JIWOO00", view)
        sandbox.views.close("U01JIWOO00", everything=True)
        needed = [not block["optional"] for block in view["blocks"] if block["type"] == "input"]
        assert needed == sorted(needed, reverse=True)
