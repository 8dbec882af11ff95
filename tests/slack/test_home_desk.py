"""The Home tab of admins, over real files, a real database and the real verbs of bot.admin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.admin import Status
from bot.answering.gaps import Gap, Gaps
from bot.connector_status import ConnectorStatus
from bot.slack import texts
from bot.slack.home import Home
from bot.slack.home.desk import Desk, desk_blocks
from bot.slack.home.desk_connectors import ACTION
from bot.slack.people import People
from bot.store.answers import Answers
from bot.store.audit import AuditEntry
from bot.store.doubts import Doubt
from bot.sync.lock import Running
from connectors.base import CredentialsRejected, Listing
from connectors.folder import Folder
from tests.fakes import Clock
from tests.slack.cast import NOW, Answerer, Workspace, connected, over_both_transports, said
from tests.slack.library import Library, not_found
from tests.slack.office import Office, open_office

Json = dict[str, Any]
ALEX_ID = "U02ALEX000"
EVERY_ACTION = ("sync", "preview", "pause", "forget", "aside", "remove", "keep")


@pytest.fixture
async def office(tmp_path: Path, path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, path) as running:
        yield running


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync that runs is looked at more often than in life."""
    monkeypatch.setattr("bot.slack.home.LOOK_SECONDS", 0.05)


def shown(sandbox: Workspace, user: str) -> str:
    return said(sandbox.home(user) or {})


async def opened(sandbox: Workspace, user: str) -> str:
    await sandbox.open_app(user, "home")
    await sandbox.wait_for(lambda: sandbox.home(user))
    return shown(sandbox, user)


def element(view: Json | None, what: str) -> Json:
    return next(
        one
        for block in (view or {})["blocks"]
        for one in block.get("elements", [])
        if one.get("action_id") == ACTION + what
    )


def rich_elements(value: Any) -> list[Json]:
    """Everything of a view that has a type, however deep."""
    if isinstance(value, dict):
        return [value] * ("type" in value) + [e for item in value.values() for e in rich_elements(item)]
    return [e for item in value for e in rich_elements(item)] if isinstance(value, list) else []


async def modal_says(sandbox: Workspace, user: str, words: str) -> None:
    await sandbox.wait_for(lambda: words in said(sandbox.modal(user) or {}))


@over_both_transports
async def test_admins_in_two_languages_a_member_and_a_guest_see_different_homes(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    Library(path).record(not_found(), "식단표는 어디 있어?", is_private=False)
    more = {"admin": office.admin, "admins": (ALEX_ID,), "models": ("qwen-1.5b",)}
    async with connected(sandbox, path, Answerer(), **more):
        korean, english = await opened(sandbox, "jiwoo"), await opened(sandbox, "alex")
        member, guest = await opened(sandbox, "minsu"), await opened(sandbox, "sam")
    for words in (
        "docs – 작동 중 · 문서 4개 · 읽지 못한 문서 1개",
        "다음 동기화: ",
        "qwen-1.5b",
        "변경 기록",
        "minji (터미널) · 동기화 docs",
    ):
        assert words in korean
    for words in (
        "docs – active · 4 documents · 1 could not be read",
        "next sync: ",
        "Audit log",
        "minji (terminal) · sync docs",
    ):
        assert words in english
    assert "문서 4개" in member
    for secret in (
        "qwen-1.5b",
        "minji",
        "변경 기록",
        "커넥터 관리",
        "읽지 못한",
        "Audit log",
        "Sync now",
    ):
        assert secret not in member + guest
    assert "docs" not in guest


@over_both_transports
async def test_a_connector_is_paused_and_resumed_with_a_click_and_both_are_audited(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        await opened(sandbox, "jiwoo")
        await sandbox.click_in_home("jiwoo", ACTION + "pause")
        await sandbox.wait_for(lambda: "docs – 멈춤" in shown(sandbox, "jiwoo"))
        assert "docs: 멈췄어요" in shown(sandbox, "jiwoo")
        await sandbox.click_in_home("jiwoo", ACTION + "resume")
        await sandbox.wait_for(lambda: "docs – 작동 중" in shown(sandbox, "jiwoo"))
    who = f"user:{sandbox.team_id}/U01JIWOO00"
    assert office.audited()[1:] == [("pause", who), ("resume", who)]


async def test_what_one_admin_does_another_one_sees_and_by_whom(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await opened(sandbox, "alex")
        await opened(sandbox, "jiwoo")
        await sandbox.click_in_home("jiwoo", ACTION + "pause")
        await sandbox.wait_for(lambda: "docs – paused" in shown(sandbox, "alex"))
    assert "docs is paused" not in shown(sandbox, "alex")
    assert {"type": "user", "user_id": "U01JIWOO00"} in rich_elements(sandbox.home("alex"))


async def test_a_sync_shows_a_bar_while_it_runs_and_its_report_after_it(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await opened(sandbox, "jiwoo")
        await opened(sandbox, "alex")
        (office.folder / "new.md").write_text("A new page")
        office.reader.may_go_on.clear()
        await sandbox.click_in_home("alex", ACTION + "sync")
        await sandbox.wait_for(lambda: "reading docs ░░░" in shown(sandbox, "alex"))
        await sandbox.wait_for(lambda: "docs 문서를 읽는 중 ░░░" in shown(sandbox, "jiwoo"))
        await sandbox.click_in_home("alex", ACTION + "forget")
        await sandbox.wait_for(lambda: "That did not work" in shown(sandbox, "alex"))
        office.reader.may_go_on.set()
        await sandbox.wait_for(lambda: "docs: 1 added" in shown(sandbox, "alex"))
        await sandbox.wait_for(lambda: "Syncing now" not in shown(sandbox, "alex"))
    assert office.holds() == 5


async def test_forgetting_asks_first_with_the_number_of_documents(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        await opened(sandbox, "jiwoo")
        button = element(sandbox.home("jiwoo"), "forget")
        assert "문서 4개가 검색과 답변에서 사라져요" in button["confirm"]["text"]["text"]
        await sandbox.click_in_home("jiwoo", ACTION + "forget")
        await sandbox.wait_for(lambda: "docs: 문서 4개를 지웠어요" in shown(sandbox, "jiwoo"))
    assert office.holds() == 0
    assert office.audited()[-1][0] == "forget"


@over_both_transports
@pytest.mark.parametrize(
    ("user", "refusal"), [("minsu", "관리자만 할 수"), ("sam", "Only admins may do this")]
)
async def test_who_forges_the_view_of_an_admin_changes_nothing_with_any_of_its_buttons(
    sandbox: Workspace, path: Path, office: Office, user: str, refusal: str
) -> None:
    doubt = office.admin._sources.doubts.raise_("docs", ["a.md"], 4, NOW)
    before = office.audited()
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        await opened(sandbox, "jiwoo")
        forged = sandbox.views.homes["U01JIWOO00"].content
        assert doubt.id in str(forged)
        for what in EVERY_ACTION:
            await opened(sandbox, user)
            sandbox.views.publish(sandbox.workspace.user(user).id, forged | {"private_metadata": "admin"})
            await sandbox.click_in_home(user, ACTION + what)
            await modal_says(sandbox, user, refusal)
            await sandbox.close_modal(user)
        await sandbox.wait_for(lambda: "(터미널)" not in shown(sandbox, user))
    assert office.audited() == before
    assert office.holds() == 4
    assert office.admin.doubt(doubt.id) == doubt


async def test_who_is_no_admin_any_more_when_they_click_changes_nothing_and_sees_no_more(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    before = office.audited()
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        assert "변경 기록" in await opened(sandbox, "jiwoo")
        sandbox.workspace.users["U01JIWOO00"].is_admin = False
        await sandbox.click_in_home("jiwoo", ACTION + "pause")
        await modal_says(sandbox, "jiwoo", "관리자만 할 수 있어요")
        await sandbox.wait_for(lambda: "변경 기록" not in shown(sandbox, "jiwoo"))
    assert office.audited() == before


async def test_who_is_no_admin_any_more_cannot_use_a_modal_that_is_open(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    before = office.audited()
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        await opened(sandbox, "jiwoo")
        await sandbox.click_in_home("jiwoo", ACTION + "aside")
        await modal_says(sandbox, "jiwoo", "broken.md")
        sandbox.workspace.users["U01JIWOO00"].is_admin = False
        await sandbox.click_in_modal("jiwoo", ACTION + "retry")
        await modal_says(sandbox, "jiwoo", "관리자만 할 수 있어요")
        assert "broken.md" not in said(sandbox.modal("jiwoo") or {})
    assert office.audited() == before


async def test_what_could_not_be_read_is_shown_with_its_reason_and_tried_again(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await opened(sandbox, "alex")
        await sandbox.click_in_home("alex", ACTION + "aside")
        await modal_says(sandbox, "alex", "The file ends in the middle. <!channel> (tried 1×)")
        office.reader.is_mended = True
        await sandbox.click_in_modal("alex", ACTION + "retry")
        await modal_says(sandbox, "alex", "Everything was read.")
        await sandbox.wait_for(lambda: "could not be read" not in shown(sandbox, "alex"))
    assert office.holds() == 5
    assert [what for what, _ in office.audited()] == ["sync", "try again", "sync"]


async def test_a_dry_run_says_what_would_change_and_changes_nothing(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    (office.folder / "new.md").write_text("A new page")
    (office.folder / "휴가.md").unlink()
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await opened(sandbox, "alex")
        await sandbox.click_in_home("alex", ACTION + "preview")
        await modal_says(sandbox, "alex", "Nothing was changed.")
        words = said(sandbox.modal("alex") or {})
    for expected in ("To add: 1", "new.md", "To remove: 1", "휴가.md", "Unchanged: 3"):
        assert expected in words
    assert office.holds() == 4


async def test_a_source_that_breaks_in_a_dry_run_leaves_no_modal_waiting(
    sandbox: Workspace, path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(self: Folder, cursor: str | None) -> Listing:
        raise ZeroDivisionError

    monkeypatch.setattr(Folder, "items", breaks)
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await opened(sandbox, "alex")
        await sandbox.click_in_home("alex", ACTION + "preview")
        await modal_says(sandbox, "alex", "something went wrong")


def test_only_the_home_tabs_opened_last_are_kept_up_to_date_and_not_for_ever(office: Office) -> None:
    clock = Clock()
    client, people = AsyncWebClient("xoxb-none"), People(AsyncWebClient("xoxb-none"), "T1", clock)
    home = Home(client, "T1", people, office.admin, (), office.database, clock)
    for number in range(9):
        clock.now += 1
        home._watch(f"U{number}")
    assert home._watching() == ["U8", "U7", "U6", "U5", "U4"]
    home._watch("U0")  # a refresh is no opening
    assert "U0" not in home._watching()
    clock.now += 600
    assert home._watching() == []


async def test_an_admin_decides_about_missing_documents_on_the_home_tab(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    for number in range(10):
        (office.folder / f"{number}.md").write_text(f"Page {number}")
    await office.admin.sync(who="cli:minji")
    for number in range(10):
        (office.folder / f"{number}.md").unlink()
    await office.admin.sync(who="cli:minji")
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        korean, home = await opened(sandbox, "jiwoo"), await opened(sandbox, "alex")
        assert korean.count("14개 중 10개") == 1
        assert "are gone from the source" not in korean
        assert home.count("10 of 14 documents are gone") == 1
        assert "and 5 more" in home
        await sandbox.click_in_home("alex", ACTION + "remove")
        await sandbox.wait_for(lambda: "10 removed" in shown(sandbox, "alex"))
        assert "are gone from the source" not in shown(sandbox, "alex")
    assert office.holds() == 4


async def test_a_refused_credential_is_shown_beside_a_question_about_missing_documents(
    sandbox: Workspace, path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        (office.folder / f"{number}.md").write_text(f"Page {number}")
    await office.admin.sync(who="cli:minji")
    for number in range(10):
        (office.folder / f"{number}.md").unlink()
    await office.admin.sync(who="cli:minji")

    def refuses(self: Folder, cursor: str | None) -> Listing:
        raise CredentialsRejected("the server refused the token")

    monkeypatch.setattr(Folder, "items", refuses)
    await office.admin.sync("docs", who="cli:minji")
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        home = await opened(sandbox, "jiwoo")
    assert "the server refused the token" in home
    assert "14개 중 10개" in home


def test_the_audit_log_is_in_the_language_of_the_reader_but_for_verbs_that_are_not_known() -> None:
    rows = [
        ("terminal", "forget"),
        ("cli:민지", "add connector"),
        ("user:T1/U1", "keep paused"),
        ("user:T2/U1", "beautify"),
    ]
    entries = [AuditEntry(NOW, who, what, "docs") for who, what in rows]
    desk = Desk("T1", Status((), 0, 0, ()), {}, {}, (), Gaps((), 0, 0), entries)
    korean, english = (said({"blocks": desk_blocks(desk, language)}) for language in ("ko", "en"))
    for words in ("터미널 · 문서 지우기 docs", "민지 (터미널) · 커넥터 추가 docs", "· 멈춘 채로 두기 docs"):
        assert words in korean
    for words in ("terminal · forget docs", "민지 (terminal) · add connector docs", "· keep paused docs"):
        assert words in english
    for home in (korean, english):
        assert "user:T2/U1 · beautify docs" in home


def test_a_reason_that_somebody_gave_for_a_pause_stands_before_who_it_was() -> None:
    paused = ConnectorStatus("docs", "folder", True, "maintenance", 4, 4, 0, NOW, None, "")
    paused = replace(paused, paused_by="user:T1/U1")
    desk = Desk("T1", Status((paused,), 0, 0, ()), {}, {}, (), Gaps((), 0, 0), ())
    home = desk_blocks(desk, "en")
    assert "maintenance (paused by " in said({"blocks": home})
    assert {"type": "user", "user_id": "U1"} in rich_elements(home)


async def test_what_was_asked_in_private_is_counted_on_the_home_tab_and_not_shown(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    asked = datetime.now(UTC)
    Answers(office.database).record("내 급여 통장은?", not_found(), {}, asked, is_private=True)
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        home = await opened(sandbox, "jiwoo")
    assert "따로 물어본 질문 1개" in home
    assert "통장" not in home


@pytest.mark.parametrize("language", [texts.KOREAN, texts.ENGLISH])
def test_a_desk_of_hundreds_of_connectors_with_hostile_names_fits(sandbox: Workspace, language: str) -> None:
    hostile = "<!channel> [x](https://evil.example) " * 30
    one = ConnectorStatus("n", "folder", True, hostile, 5, 5, 2, NOW, None, hostile)
    one = replace(one, added_by="user:T02OTHER00/U01JIWOO00", paused_by="user:T01SANDBOX/U01JIWOO00")
    connectors = tuple(replace(one, name=f"{number} {hostile}"[:200]) for number in range(300))
    desk = Desk(
        "T01SANDBOX",
        Status(connectors, 1, 1, tuple(Running(hostile, 1, 2, 30.0) for _ in range(300))),
        {each.name: 7 for each in connectors},
        {each.name: Doubt("0" * 16, each.name, NOW, 9, (hostile,) * 90) for each in connectors},
        [hostile],
        Gaps((Gap(hostile, 2, NOW, NOW, ()),) * 90, 3, 4),
        [AuditEntry(NOW, "user:T01SANDBOX/U01JIWOO00", "pause", hostile)] * 90,
    )
    blocks = desk_blocks(desk, language, note=hostile)
    assert len(blocks) <= 95  # what everyone sees is five more
    sandbox.views.publish("U01JIWOO00", {"type": "home", "blocks": blocks})
    buttons = [block["elements"] for block in blocks if block["type"] == "actions"]
    assert max(map(len, buttons)) < 25, "Slack takes no more beside each other"
    assert "user:" not in said({"blocks": [block for block in blocks if block["type"] == "rich_text"][:9]})
    assert "'link'" not in str(blocks)
    assert "mrkdwn" not in str(blocks)
