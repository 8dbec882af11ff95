"""Editing and removing connectors from the Home tab: the real list, checks and syncs, a real web server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.connector_settings import settings_of
from bot.slack import texts
from bot.slack.clicks import value_of
from bot.slack.connector_entries import OWNER_CHANNEL, SCHEDULE, TIMEZONE, changes, of_added
from bot.slack.connector_form_blocks import EDIT_VIEW, form_view
from bot.slack.home.desk_connectors import ACTION, EDIT_ACTION
from bot.store.connectors import AddedConnector
from connectors import KINDS
from tests.slack.cast import Workspace, over_both_transports, said
from tests.slack.connector_desk import (
    CANARY,
    JIWOO_ID,
    Desk,
    Site,
    home_says,
    modal_says,
    running,
)

Json = dict[str, Any]
CHANGED = datetime(2026, 11, 21, tzinfo=UTC)
OTHERS = pytest.mark.parametrize(
    ("user", "refusal"),
    [
        ("minsu", "관리자만 할 수 있어요"),
        ("sam", "Only admins may do this"),
        ("hana", "Only admins may do this"),
    ],
)
"""A member, a guest, and somebody of another organisation."""


async def open_form(sandbox: Workspace, user: str) -> Json:
    """The form of the one connector that was added."""
    await sandbox.open_app(user, "home")
    await sandbox.wait_for(lambda: EDIT_ACTION in str(sandbox.home(user)))
    await sandbox.click_in_home(user, EDIT_ACTION)
    await sandbox.wait_for(lambda: (sandbox.modal(user) or {}).get("callback_id") == EDIT_VIEW)
    return sandbox.modal(user) or {}


def inputs(view: Json) -> dict[str, Json]:
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def forge(sandbox: Workspace, user: str, view: Json) -> None:
    """Put a view in the place of the modal that somebody has open."""
    top = sandbox.views.top(sandbox.workspace.user(user).id)
    assert top is not None
    sandbox.views.update(top, view)


@over_both_transports
@pytest.mark.parametrize(
    ("user", "hint", "done", "report"),
    [
        ("jiwoo", "저장된 값은 보여 드리지 않아요", "wiki: 저장했어요", "wiki: 추가 2"),
        ("alex", "which is never shown", "wiki was changed", "wiki: 2 added"),
    ],
)
async def test_an_edit_begins_with_what_is_stored_but_secrets_and_changes_what_was_changed(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, user: str, hint: str, done: str, report: str
) -> None:
    before = desk.add_wiki(site.url, schedule="every 2 hours")
    async with running(sandbox, path, desk):
        view = await open_form(sandbox, user)
        shown = inputs(view)
        assert shown["urls"]["element"]["initial_value"] == site.url
        assert shown["max_pages"]["element"]["initial_value"] == "9"
        assert "initial_options" not in shown["obey_robots"]["element"]
        assert shown[SCHEDULE]["element"]["initial_value"] == "every 2 hours"
        assert hint in shown["password"]["hint"]["text"]
        assert "initial_value" not in shown["password"]["element"]
        assert await sandbox.submit(user, {"max_pages": "7", "user": "", TIMEZONE: "Asia/Seoul"}) == {}
        await modal_says(sandbox, user, done)
        await home_says(sandbox, user, report)
        calls = str(sandbox.calls)
    after = desk.connectors.added("wiki")
    assert after.settings == {"urls": [site.url], "max_pages": 7, "obey_robots": False}
    assert (after.secrets, after.schedule, after.timezone) == (before.secrets, "every 2 hours", "Asia/Seoul")
    who = f"user:{sandbox.team_id}/{sandbox.workspace.user(user).id}"
    assert desk.audited()[1:] == [("edit connector", who), ("sync", who)]
    edit = desk.admin.audited(100)[1]
    assert edit.detail == 'wiki: max_pages: 9 -> 7; time zone: unset -> "Asia/Seoul"; user: "reader" -> unset'
    for kept_out in (CANARY, before.secrets["password"]):
        assert kept_out not in calls


async def test_a_form_that_is_submitted_as_it_was_changes_nothing_but_who_looked_at_it(
    sandbox: Workspace, path: Path, desk: Desk, site: Site
) -> None:
    channel = sandbox.workspace.channel("general").id
    before = desk.add_wiki(site.url, timezone="Asia/Seoul", owner_channel=channel)
    async with running(sandbox, path, desk):
        await open_form(sandbox, "alex")
        assert await sandbox.submit("alex", {}) == {}
        await modal_says(sandbox, "alex", "wiki was changed")
        await home_says(sandbox, "alex", "wiki: 2 added")
        assert desk.admin.audited(100)[1].detail == "wiki: nothing changed"
        after = desk.connectors.added("wiki")
        assert replace(after, changed_by=before.changed_by, changed_at=before.changed_at) == before
        await sandbox.close_modal("alex")
        await open_form(sandbox, "alex")
        assert await sandbox.submit("alex", {OWNER_CHANNEL: None, TIMEZONE: ""}) == {}
        await modal_says(sandbox, "alex", "wiki was changed")
    after = desk.connectors.added("wiki")
    assert (after.owner_channel, after.timezone) == ("", "")


@pytest.mark.parametrize(
    ("user", "beside", "refusal"),
    [
        ("jiwoo", "urls 설정이 바뀌면 이 값을 보내는 곳도 바뀌어요", "저장하지 않았어요"),
        ("alex", "urls says where this is sent: enter it again", "Nothing was saved"),
    ],
)
async def test_another_address_wants_the_secret_again_and_one_that_fails_its_check_is_not_saved(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, user: str, beside: str, refusal: str
) -> None:
    before = desk.add_wiki("https://wiki.example.com/")
    async with running(sandbox, path, desk):
        await open_form(sandbox, user)
        errors = await sandbox.submit(user, {"urls": site.url})
        assert list(errors) == ["password"]
        assert beside in errors["password"]
        assert site.served.requests == []
        wrong = {"urls": "http://127.0.0.1:9/", "password": CANARY + "2"}
        assert await sandbox.submit(user, wrong) == {}
        await modal_says(sandbox, user, refusal)
        shown = sandbox.modal(user) or {}
        assert shown["callback_id"] == EDIT_VIEW
        assert inputs(shown)["urls"]["element"]["initial_value"] == "http://127.0.0.1:9/"
        assert CANARY not in str(shown["blocks"])
        assert desk.connectors.added("wiki") == before
        await sandbox.submit(user, {"urls": site.url, "password": CANARY + "2"})
        await home_says(sandbox, user, "wiki: ")
        await sandbox.wait_for(lambda: desk.connectors.added("wiki") != before)
    assert desk.connectors.added("wiki").secrets != before.secrets
    assert CANARY not in str(desk.admin.audited(100))


async def test_what_its_source_had_refused_goes_on_once_a_check_succeeds(
    sandbox: Workspace, path: Path, desk: Desk, site: Site
) -> None:
    desk.add_wiki(site.url)
    desk.refuse("wiki")
    async with running(sandbox, path, desk):
        await open_form(sandbox, "alex")
        await sandbox.submit("alex", {"password": "mended"})
        await home_says(sandbox, "alex", "wiki: 2 added")
    assert not desk.state("wiki").is_paused
    assert [what for what, _ in desk.audited()] == ["add connector", "edit connector", "resume", "sync"]


@pytest.mark.parametrize(
    ("user", "still", "words", "by"),
    [
        ("jiwoo", "멈춰 둔 커넥터라 지금은 읽지 않아요", "관리자가 멈춤", "멈춘 사람: "),
        ("alex", "so it is not read now", "an admin paused it", "paused by "),
    ],
)
async def test_what_a_person_paused_stays_so_and_that_person_is_drawn(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, user: str, still: str, words: str, by: str
) -> None:
    desk.add_wiki(site.url)
    desk.admin.pause("wiki", who=f"user:{sandbox.team_id}/{JIWOO_ID}")
    async with running(sandbox, path, desk):
        await open_form(sandbox, user)
        await sandbox.submit(user, {"max_pages": "7"})
        await home_says(sandbox, user, still)
        home = sandbox.home(user) or {}
        for line in ("connectors", "schedule", "status"):
            await sandbox.command(user, sandbox.dm(user), "/footnote", line)
        await sandbox.wait_for(lambda: len(sandbox.ephemerals(user, sandbox.dm(user))) == 3)
        told = "".join(map(said, sandbox.ephemerals(user, sandbox.dm(user))))
    assert desk.state("wiki").is_paused
    assert site.served.requests, "it was checked"
    assert by in said(home)
    assert words not in said(home), "the person says it"
    assert {"type": "user", "user_id": JIWOO_ID} in [
        element for block in home["blocks"] for part in block.get("elements", []) for element in
        part.get("elements", []) if isinstance(element, dict)
    ]  # fmt: skip
    assert words in told
    assert "user:" not in said(home) + told


@pytest.mark.parametrize(
    ("user", "gone", "changed"),
    [
        ("jiwoo", "그사이 없어졌어요", "그사이 누군가 고쳤어요"),
        ("alex", "or none any more", "changed by somebody meanwhile"),
    ],
)
async def test_who_is_slower_than_another_admin_saves_nothing_and_hears_why(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, user: str, gone: str, changed: str
) -> None:
    desk.add_wiki(site.url)
    async with running(sandbox, path, desk):
        await open_form(sandbox, user)
        newer = desk.connectors.changed("wiki", {}, {}, schedule="every 3 hours", on_machine=True)
        desk.connectors.save(newer, who="terminal")
        await sandbox.submit(user, {"max_pages": "7"})
        await modal_says(sandbox, user, changed)
        await sandbox.close_modal(user)
        await open_form(sandbox, user)
        desk.connectors.remove("wiki", who="terminal")
        await sandbox.submit(user, {"max_pages": "7"})
        await modal_says(sandbox, user, gone)
    assert desk.added() == []
    assert {who for _, who in desk.audited()[1:]} == {"terminal"}


async def test_what_is_removed_or_whose_editor_is_no_admin_when_the_check_ends_is_not_saved(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.submits.ACK_SECONDS", 0.3)
    before = desk.add_wiki(site.url)
    async with running(sandbox, path, desk):
        for user in ("jiwoo", "alex"):
            await open_form(sandbox, user)
            site.may_answer.clear()
            await sandbox.submit(user, {"max_pages": "7"})
            await modal_says(sandbox, user, "연결을 확인" if user == "jiwoo" else "Checking the connection")
            if user == "jiwoo":
                sandbox.workspace.users[JIWOO_ID].is_admin = False
                site.may_answer.set()
                await modal_says(sandbox, user, "관리자만 할 수 있어요")
                assert desk.connectors.added("wiki") == before
            else:
                desk.connectors.remove("wiki", who="terminal")
                site.may_answer.set()
                await modal_says(sandbox, user, "or none any more")
    assert [what for what, _ in desk.audited()] == ["add connector", "remove connector"]


@over_both_transports
async def test_who_is_no_admin_any_more_submits_an_open_edit_in_vain(
    sandbox: Workspace, path: Path, desk: Desk, site: Site
) -> None:
    before = desk.add_wiki(site.url)
    async with running(sandbox, path, desk):
        await open_form(sandbox, "jiwoo")
        sandbox.workspace.users[JIWOO_ID].is_admin = False
        await sandbox.submit("jiwoo", {"max_pages": "7"})
        await modal_says(sandbox, "jiwoo", "관리자만 할 수 있어요")
    assert desk.connectors.added("wiki") == before
    assert (len(desk.audited()), site.served.requests) == (1, [])


async def test_an_edit_that_is_submitted_twice_at_once_is_obeyed_once(
    sandbox: Workspace, path: Path, desk: Desk, site: Site
) -> None:
    desk.add_wiki(site.url)
    async with running(sandbox, path, desk):
        await open_form(sandbox, "alex")
        site.may_answer.clear()
        twice = [asyncio.create_task(sandbox.submit("alex", {"max_pages": "7"})) for _ in range(2)]
        await sandbox.wait_for(lambda: site.served.requests)
        site.may_answer.set()
        assert await asyncio.gather(*twice) == [{}, {}]
        await modal_says(sandbox, "alex", "wiki was changed")
        await home_says(sandbox, "alex", "wiki: 2 added")
    assert [what for what, _ in desk.audited()] == ["add connector", "edit connector", "sync"]


@over_both_transports
@OTHERS
async def test_who_forges_the_buttons_and_the_form_of_an_admin_changes_nothing(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, user: str, refusal: str
) -> None:
    before = desk.add_wiki(site.url)
    async with running(sandbox, path, desk):
        view = await open_form(sandbox, "jiwoo")
        person, forged = sandbox.workspace.user(user).id, sandbox.views.homes[JIWOO_ID].content
        for action in (EDIT_ACTION, ACTION + "remove_connector"):
            sandbox.views.publish(person, forged)
            await sandbox.click_in_home(user, action)
            await modal_says(sandbox, user, refusal)
            if action == EDIT_ACTION:
                content = {key: view[key] for key in ("type", "title", "blocks", "callback_id", "submit")}
                forge(sandbox, user, content | {"private_metadata": view["private_metadata"]})
                await sandbox.submit(user, {"max_pages": "7"})
                await modal_says(sandbox, user, refusal)
            await sandbox.close_modal(user)
    assert desk.connectors.added("wiki") == before
    assert (len(desk.audited()), site.served.requests) == (1, [])


@pytest.mark.parametrize(
    ("forged", "said_of_it"),
    [
        ({"name": "docs"}, "is managed by config.toml"),
        ({"name": "docs", "kind": "folder"}, "is managed by config.toml"),
        ({"name": "gone"}, "There is no connector gone"),
        ({"name": "../wiki <!channel>"}, "There is no connector ../wiki <!channel>"),
        ({"name": "wiki", "kind": "sql"}, "changed by somebody meanwhile"),
        ({"name": "wiki", "version": "2020-01-01T00:00:00+00:00"}, "changed by somebody meanwhile"),
        ({"name": "wiki", "version": ""}, "changed by somebody meanwhile"),
        ({"name": "wiki", "version": {"any": 1}}, "changed by somebody meanwhile"),
    ],
)
async def test_what_a_form_remembers_names_a_connector_and_nothing_else(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, forged: Json, said_of_it: str
) -> None:
    before = desk.add_wiki(site.url)
    async with running(sandbox, path, desk):
        view = await open_form(sandbox, "alex")
        remembered = json.loads(view["private_metadata"])
        content = {key: view[key] for key in ("type", "title", "blocks", "callback_id", "submit")}
        forge(sandbox, "alex", content | {"private_metadata": json.dumps(remembered | forged)})
        await sandbox.submit("alex", {"max_pages": "7"})
        await modal_says(sandbox, "alex", said_of_it)
    assert desk.connectors.added("wiki") == before
    assert (len(desk.audited()), site.served.requests) == (1, [])


@pytest.mark.parametrize(
    ("value", "said_of_it"),
    [
        (value_of("edit", "docs", "en"), "is managed by config.toml"),
        (value_of("edit", "gone", "en"), "There is no connector gone"),
        (value_of("edit", "위키", "en"), "There is no connector 위키"),
        (value_of("edit", "../wiki", "en"), ""),
        ("", ""),
    ],
)
async def test_a_button_that_names_what_cannot_be_edited_opens_no_form(
    sandbox: Workspace, path: Path, desk: Desk, site: Site, value: str, said_of_it: str
) -> None:
    desk.add_wiki(site.url)
    async with running(sandbox, path, desk):
        await sandbox.open_app("alex", "home")
        await sandbox.wait_for(lambda: EDIT_ACTION in str(sandbox.home("alex")))
        home = sandbox.views.homes["U02ALEX000"].content
        forged = json.loads(json.dumps(home))
        for block in forged["blocks"]:
            for element in block.get("elements", []):
                if element.get("action_id") == EDIT_ACTION:
                    element["value"] = value
        sandbox.views.publish("U02ALEX000", forged)
        await sandbox.click_in_home("alex", EDIT_ACTION)
        if said_of_it:
            await modal_says(sandbox, "alex", said_of_it)
        assert (sandbox.modal("alex") or {}).get("callback_id") != EDIT_VIEW


@over_both_transports
@pytest.mark.parametrize(
    ("user", "asked", "done", "managed", "added"),
    [
        (
            "jiwoo",
            "그 문서 2개도 검색과 답변에서 지워요",
            "wiki: 커넥터를 없애고 문서 2개를 지웠어요",
            "config.toml 3번째 줄에서 관리해요",
            " 님이 추가했어요",
        ),
        (
            "alex",
            "its 2 documents from searches and answers",
            "wiki is removed, and 2 documents forgotten",
            "managed by config.toml, line 3",
            "added by ",
        ),
    ],
)
async def test_what_was_added_is_removed_with_its_documents_and_what_the_file_has_is_not(
    sandbox: Workspace, path: Path, desk: Desk, site: Site,
    user: str, asked: str, done: str, managed: str, added: str,
) -> None:  # fmt: skip
    desk.add_wiki(site.url)
    await desk.admin.sync("wiki", who="terminal")
    async with running(sandbox, path, desk):
        await sandbox.open_app(user, "home")
        await home_says(sandbox, user, managed)
        home = sandbox.home(user) or {}
        assert added in said(home)
        elements = [one for block in home["blocks"] for one in block.get("elements", [])]
        (remove,) = [one for one in elements if one.get("action_id") == ACTION + "remove_connector"]
        assert len([one for one in elements if one.get("action_id") == EDIT_ACTION]) == 1
        assert len([one for one in elements if one.get("action_id") == ACTION + "forget"]) == 2
        assert asked in remove["confirm"]["text"]["text"]
        await sandbox.click_in_home(user, ACTION + "remove_connector")
        await home_says(sandbox, user, done)
    who = f"user:{sandbox.team_id}/{sandbox.workspace.user(user).id}"
    assert desk.audited()[2:] == [("remove connector", who), ("forget", who)]
    assert list(desk.connectors) == ["docs"]
    assert [one.name for one in (await desk.admin.status()).connectors] == ["docs"]


@pytest.mark.parametrize("name", ["docs", "gone", "../wiki", "wiki "])
async def test_a_forged_name_removes_nothing(sandbox: Workspace, path: Path, desk: Desk, name: str) -> None:
    desk.add_wiki("https://wiki.example.com/")
    async with running(sandbox, path, desk):
        await sandbox.open_app("alex", "home")
        await sandbox.wait_for(lambda: EDIT_ACTION in str(sandbox.home("alex")))
        forged = json.loads(json.dumps(sandbox.views.homes["U02ALEX000"].content))
        for block in forged["blocks"]:
            for element in block.get("elements", []):
                if element.get("action_id") == ACTION + "remove_connector":
                    element["value"] = f"en:{name}"
        sandbox.views.publish("U02ALEX000", forged)
        await sandbox.click_in_home("alex", ACTION + "remove_connector")
        await home_says(sandbox, "alex", "That did not work")
    assert list(desk.connectors) == ["docs", "wiki"]
    assert len(desk.audited()) == 1


async def test_what_no_form_can_show_stays_as_it_is(
    sandbox: Workspace, path: Path, desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    many = [f"{number}/**/{'x' * 40}.md" for number in range(90)]
    before = desk.add("folder", "rules", {"path": ["rules"], "include": ["*.md"], "exclude": many}, {})
    async with running(sandbox, path, desk):
        view = await open_form(sandbox, "alex")
        assert "stays as it is: exclude, path" in str(view["blocks"])
        assert not {"path", "exclude"} & inputs(view).keys()
        assert await sandbox.submit("alex", {"include": "*.md\n*.txt"}) == {}
        await modal_says(sandbox, "alex", "rules was changed")
    after = desk.connectors.added("rules")
    assert after.settings == {**before.settings, "include": ["*.md", "*.txt"]}


def _value(setting: Any) -> Any:
    values = {"list": ["하나", "two words"], "number": 7, "flag": not setting.default, "path": "/srv/x"}
    if setting.choices:
        several = list(setting.choices[::-1])
        return several if setting.type == "choices" else setting.choices[-1]
    return values.get(setting.type, "select *\nfrom pages")


@pytest.mark.parametrize("language", [texts.KOREAN, texts.ENGLISH])
@pytest.mark.parametrize("kind", list(KINDS))
def test_the_form_of_every_kind_gives_back_what_it_was_made_of(
    sandbox: Workspace, kind: str, language: str
) -> None:
    settings = {one.name: _value(one) for one in settings_of(kind) if one.type != "secret"}
    secrets = {one.name: "v1.sealed" for one in settings_of(kind) if one.type == "secret"}
    added = AddedConnector(
        kind, kind, settings, secrets, "1h", "Asia/Seoul", "C0123456789", "", None, "", CHANGED
    )
    form = of_added(added)
    view = form_view(form, language, note="<!channel> " * 300)
    sandbox.views.open(JIWOO_ID, view)
    assert "v1.sealed" not in str(view)
    assert "/srv/x" not in str(view)
    assert changes(form, added) == {}
    emptied = replace(form, settings={name: [] for name in form.settings})
    assert changes(emptied, added) == {name: [] for name in form.settings}
