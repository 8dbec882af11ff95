"""Who may see what, on the Home tab of admins: a real database, and Slack's own word for who is who."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.access import Person
from bot.access_review import AtConnector, Obstacle
from bot.config import load_config
from bot.connector_list import ConnectorList
from bot.slack import texts
from bot.slack.home.access_review_view import (
    DOCUMENT_INPUT,
    MAX_DOCUMENT,
    PERSON_ACTION,
    SHOW_ACTION,
    Asked,
    Told,
    connector_answer,
    document_answer,
    review_view,
)
from bot.store.corpus import Corpus, document_id
from bot.store.document_readers import ReaderSet, ReaderTable, StoredReaders
from bot.sync.schedule import parse_schedule
from connectors.base import EVERYONE
from tests.slack.cast import Answerer, Workspace, connected, over_both_transports, said
from tests.slack.office import Office, open_office
from tests.slack.test_home_desk import ALEX_ID, modal_says, opened, rich_elements
from tests.store.cast import a_document

Json = dict[str, Any]
JIWOO, MINSU, SAM, HANA = "U01JIWOO00", "U03MINSU00", "U04SAM0000", "U05HANA000"
PEOPLE_TEAM, HR, MAIL = (
    "channel:T01SANDBOX/C04PEOPLE0",
    "group:T01SANDBOX/S01PEOPLE0",
    "email:lee@example.com",
)
READERS: Mapping[str, set[str]] = {
    "휴가": {EVERYONE},
    "급여": {PEOPLE_TEAM, HR},
    "출장": {MAIL, f"user:T01SANDBOX/{JIWOO}"},
    "교육": set(),
}
TITLES = tuple(READERS)
CONTRACT = "https://docs.example/contract.md"


@pytest.fixture
async def office(tmp_path: Path, path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, path) as running:
        corpus = Corpus(running.database)
        for name, readers in READERS.items():
            corpus.set_readers("docs", f"{name}.md", frozenset(readers))
        corpus.put(a_document("contract.md", "x", connector="docs", readers=frozenset({HR})))
        yield running


async def reviewed(sandbox: Workspace, user: str) -> Json:
    await opened(sandbox, user)
    await sandbox.click_in_home(user, SHOW_ACTION)
    await modal_says(sandbox, user, "docs – ")
    return sandbox.modal(user) or {}


async def asked_about(sandbox: Workspace, admin: str, user: str, words: str) -> str:
    await sandbox.click_in_modal(admin, PERSON_ACTION, user)
    await modal_says(sandbox, admin, words)
    return said(sandbox.modal(admin) or {})


@over_both_transports
@pytest.mark.parametrize(
    ("user", "words"),
    [
        (
            "jiwoo",
            ("docs – 문서 5개", "문서 1개: 모두(게스트 제외)", "아무도 볼 수 없는 문서: 1개", "원본의 권한"),
        ),
        (
            "alex",
            ("docs – 5 documents", "1 document: everyone but guests", "Readable by nobody: 1", "the rights"),
        ),
    ],
)
async def test_an_admin_sees_who_may_read_the_documents_and_never_their_titles(
    sandbox: Workspace, path: Path, office: Office, user: str, words: tuple[str, ...]
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        view = await reviewed(sandbox, user)
    for expected in words:
        assert expected in said(view)
    elements = rich_elements(view["blocks"])
    assert {"type": "channel", "channel_id": "C04PEOPLE0"} in elements
    assert {"type": "usergroup", "usergroup_id": "S01PEOPLE0"} in elements
    assert {"type": "user", "user_id": JIWOO} in elements
    assert {"type": "text", "text": "lee@example.com"} in elements
    assert not [title for title in TITLES if title in str(view)]
    assert "everyone_may_read" not in str(view)


@pytest.mark.parametrize(
    ("switch", "mend"), [("false", "switch on everyone_may_read"), ("true", "the rights")]
)
async def test_the_mend_names_the_setting_that_lets_everyone_read_where_it_is_off(
    sandbox: Workspace, path: Path, tmp_path: Path, office: Office, switch: str, mend: str
) -> None:
    (tmp_path / "config.toml").write_text(
        '[connectors.docs]\nkind = "sql"\ndatabase = "sqlite"\npath = "rows.db"\nquery = "SELECT 1"\n'
        f'url = "https://docs.example/{{id}}"\neveryone_may_read = {switch}\n'
    )
    config = load_config(tmp_path / "config.toml", {"FOOTNOTE_DATA_DIR": str(tmp_path / "data")})
    connectors = ConnectorList(config, office.database, parse_schedule)
    more = {"admin": office.admin, "admins": (ALEX_ID,), "connectors": connectors}
    async with connected(sandbox, path, Answerer(), **more):
        words = said(await reviewed(sandbox, "alex"))
    assert mend in words
    assert ("everyone_may_read" in words) == (switch == "false")


@pytest.mark.parametrize(
    ("user", "readable", "missing"),
    [
        (JIWOO, "may see 4 of 5", "nobody: 1"),
        (MINSU, "may see 3 of 5", "lee@example.com (their e-mail address is another one)"),
        (SAM, "may see 0 of 5", "everyone but guests (they are a guest)"),
        (HANA, "may see 0 of 5", "(they belong to another organisation)"),
    ],
)
async def test_what_somebody_may_read_is_counted_with_the_reason_for_the_rest(
    sandbox: Workspace, path: Path, office: Office, user: str, readable: str, missing: str
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await reviewed(sandbox, "alex")
        words = await asked_about(sandbox, "alex", user, readable)
        view = sandbox.modal("alex") or {}
    assert missing in words
    assert not [title for title in TITLES if title in str(view)]
    assert {"type": "user", "user_id": user} in rich_elements(view["blocks"])


async def test_who_joins_the_channel_or_leaves_the_company_is_seen_to(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await reviewed(sandbox, "alex")
        before = await asked_about(sandbox, "alex", SAM, "may see 0 of 5")
        assert "(they are not in this channel)" in before
        assert "(they are not in this group)" in before
    sandbox.workspace.channel("C04PEOPLE0").members.append(SAM)
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await reviewed(sandbox, "alex")
        after = await asked_about(sandbox, "alex", SAM, "may see 1 of 5")
        assert "Because these may read" in after
    sandbox.workspace.users[SAM].deleted = True
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await reviewed(sandbox, "alex")
        assert "deactivated" in await asked_about(sandbox, "alex", SAM, "may see 0 of 5")


@over_both_transports
async def test_one_document_is_asked_about_by_its_link_or_id(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        await reviewed(sandbox, "jiwoo")
        await sandbox.submit("jiwoo", {PERSON_ACTION: MINSU, DOCUMENT_INPUT: f"<{CONTRACT}#fees>"})
        await modal_says(sandbox, "jiwoo", "혼자 물어볼 때 볼 수 있어요")
        view = sandbox.modal("jiwoo") or {}
        # 지우 is in @hr, so may read it herself
        assert {"type": "link", "url": CONTRACT, "text": "Handbook"} in rich_elements(view["blocks"])
        await sandbox.click_in_modal("jiwoo", PERSON_ACTION, SAM)  # the link still stands there
        await modal_says(sandbox, "jiwoo", "이 그룹에 없어요")
        await sandbox.submit("jiwoo", {PERSON_ACTION: MINSU, DOCUMENT_INPUT: document_id("docs", "교육.md")})
        await modal_says(sandbox, "jiwoo", "아무도 볼 수 없어요")
        assert "교육" not in str((sandbox.modal("jiwoo") or {})["blocks"])
        await sandbox.submit("jiwoo", {DOCUMENT_INPUT: "https://docs.example/nowhere"})
        await modal_says(sandbox, "jiwoo", "그런 문서가 없어요")


async def test_the_title_of_what_the_admin_may_not_read_stays_hidden(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await reviewed(sandbox, "alex")
        await sandbox.submit("alex", {PERSON_ACTION: MINSU, DOCUMENT_INPUT: CONTRACT})
        await modal_says(sandbox, "alex", "may see it when asking in private")
        blocks = (sandbox.modal("alex") or {})["blocks"]
    assert "its title is for those who may read it" in str(blocks)
    assert "Handbook" not in str(blocks)
    assert "'link'" not in str(blocks)


async def test_an_answer_that_takes_long_is_acked_first(
    sandbox: Workspace, path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.submits.ACK_SECONDS", 0.0)
    monkeypatch.setattr("bot.slack.submits.SETTLE_SECONDS", 0.2)
    async with connected(sandbox, path, Answerer(), admin=office.admin, admins=(ALEX_ID,)):
        await reviewed(sandbox, "alex")
        await sandbox.submit("alex", {PERSON_ACTION: MINSU, DOCUMENT_INPUT: ""})
        assert PERSON_ACTION not in str(sandbox.modal("alex"))
        await modal_says(sandbox, "alex", "may see 3 of 5")


@over_both_transports
@pytest.mark.parametrize(
    ("user", "refusal"), [("minsu", "관리자만 할 수"), ("sam", "Only admins may do this")]
)
async def test_who_forges_the_button_and_the_modal_learns_nothing(
    sandbox: Workspace, path: Path, office: Office, user: str, refusal: str
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        view = await reviewed(sandbox, "jiwoo")
        person = sandbox.workspace.user(user).id
        await opened(sandbox, user)
        assert SHOW_ACTION not in str(sandbox.home(user))
        sandbox.views.publish(person, sandbox.views.homes[JIWOO].content)
        await sandbox.click_in_home(user, SHOW_ACTION)
        await modal_says(sandbox, user, refusal)
        kept = ("type", "title", "submit", "close", "blocks", "callback_id", "private_metadata")
        forged = {key: view[key] for key in kept}
        for act in ("choose", "submit"):
            top = sandbox.views.top(person)
            assert top is not None
            sandbox.views.update(top, forged)
            if act == "choose":
                await sandbox.click_in_modal(user, PERSON_ACTION, MINSU)
            else:
                await sandbox.submit(user, {PERSON_ACTION: MINSU, DOCUMENT_INPUT: CONTRACT})
            await modal_says(sandbox, user, refusal)
            assert "C04PEOPLE0" not in str(sandbox.modal(user))


async def test_who_is_no_admin_any_more_learns_nothing_from_a_modal_that_is_open(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        await reviewed(sandbox, "jiwoo")
        sandbox.workspace.users[JIWOO].is_admin = False
        await sandbox.click_in_modal("jiwoo", PERSON_ACTION, MINSU)
        await modal_says(sandbox, "jiwoo", "관리자만 할 수 있어요")
        assert "C04PEOPLE0" not in str(sandbox.modal("jiwoo"))


@pytest.mark.parametrize("metadata", ["", "docs'; --", "x" * 3_000, "없는 이름!", "../docs"])
async def test_metadata_of_another_shape_is_set_aside(
    sandbox: Workspace, path: Path, office: Office, metadata: str
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        await reviewed(sandbox, "jiwoo")
        top = sandbox.views.top(JIWOO)
        assert top is not None
        sandbox.views.update(top, top.content | {"private_metadata": metadata})
        before = str((sandbox.modal("jiwoo") or {})["blocks"])
        await sandbox.click_in_modal("jiwoo", PERSON_ACTION, MINSU)
        assert str((sandbox.modal("jiwoo") or {})["blocks"]) == before
        await sandbox.submit("jiwoo", {PERSON_ACTION: MINSU})
        assert sandbox.modal("jiwoo") is None


async def test_a_connector_that_is_not_there_has_no_documents(
    sandbox: Workspace, path: Path, office: Office
) -> None:
    async with connected(sandbox, path, Answerer(), admin=office.admin):
        await reviewed(sandbox, "jiwoo")
        top = sandbox.views.top(JIWOO)
        assert top is not None
        sandbox.views.update(top, top.content | {"private_metadata": "nowhere"})
        await sandbox.click_in_modal("jiwoo", PERSON_ACTION, MINSU)
        await modal_says(sandbox, "jiwoo", "문서 0개 중 0개")


@pytest.mark.parametrize("language", [texts.KOREAN, texts.ENGLISH])
def test_the_longest_answer_with_hostile_readers_is_one_that_slack_takes(
    sandbox: Workspace, language: str
) -> None:
    hostile = "email:<!channel>@[x](https://evil.example)" + "\n*x*" * 500
    readers = tuple(f"{hostile}{number}" for number in range(3_000))
    readers = ("channel:T02PARTNER/C1", "user:T01SANDBOX/U1", *readers)
    table = ReaderTable(9_999, 7, tuple(ReaderSet(readers, 5) for _ in range(20)), 900, 5_000)
    person = Person("T01SANDBOX", SAM)
    at = AtConnector(table, 9_999, 9, dict.fromkeys(readers, 1), table)
    document = StoredReaders("0" * 64, "docs", hostile, hostile, "javascript:alert(1)", readers)

    def why(_principal: str) -> Obstacle:
        return Obstacle.NOT_IN_CHANNEL

    answers = connector_answer(person, at, why, "T01SANDBOX", language, has_switch=True)
    answers += document_answer(Told(document, None, True), why, "T01SANDBOX", language, None)
    asked = Asked("a" * 40, SAM, "x" * MAX_DOCUMENT)
    view = review_view(asked, table, answers, "T01SANDBOX", language, has_switch=True)
    sandbox.views.open(JIWOO, view)
    assert "'link'" not in str(view)
    assert "mrkdwn" not in str(view)
    assert "C1" not in {one.get("channel_id") for one in rich_elements(view["blocks"])}
    assert {"type": "user", "user_id": "U1"} in rich_elements(view["blocks"])


@pytest.mark.parametrize("obstacle", list(Obstacle))
@pytest.mark.parametrize("language", [texts.KOREAN, texts.ENGLISH])
def test_every_obstacle_has_its_words(obstacle: Obstacle, language: str) -> None:
    assert texts.text(f"access_{obstacle.value}", language)
