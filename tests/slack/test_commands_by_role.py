"""Every word of /footnote, and /reindex, said by everybody: what each gets, and who is named in the audit.

The connectors, the documents and the audit are real. `payroll` may be read by 지우 alone.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.admin import Admin
from bot.index.hybrid import HybridIndex
from bot.sandbox.team.app import App
from bot.sandbox.team.people import User
from bot.slack.commands.connectors import FORGET_ACTION, KEEP_ACTION
from bot.slack.manifest import manifest
from bot.store.audit import Audit
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.lock import sync_lock
from connectors.base import EVERYONE
from connectors.folder import Folder
from tests.fakes import HashEmbedder, PlainMorphology
from tests.slack.cast import Answerer, Workspace, connected, said
from tests.sync.feed import PlainParser

TEAM = "T01SANDBOX"
TOMORROW = datetime.now(UTC) + timedelta(days=1, minutes=1)
OWNER, ADMIN, NAMED, MEMBER, GUEST, STRANGER, GONE = (
    "jiwoo",
    "yuna",
    "minsu",
    "alex",
    "sam",
    "hana",
    "dana",
)
ADMINS, OUTSIDERS = (OWNER, ADMIN, NAMED), (GUEST, STRANGER, GONE)
ONLY_ADMINS = "관리자만|for admins|Only admins"
NO_DOCUMENTS = "There are no documents for you yet"
CANARY = "canary-7391"


@dataclass
class _Administrator(User):
    """An admin of the workspace who is not its owner."""

    def as_json(self, *, locale: bool = False, email: bool = False) -> dict[str, Any]:
        return super().as_json(locale=locale, email=email) | {"is_owner": False, "is_primary_owner": False}


@dataclass
class House:
    """The workspace with the bot in it, and what is behind the bot."""

    sandbox: Workspace
    database: Database
    answerer: Answerer

    async def told(self, user: str, line: str, expected: str, place: str = "") -> str:
        """What `user` is told of `line`, once `expected` (a pattern) is in it."""
        sandbox, place = self.sandbox, place or self.sandbox.dm(user)
        before = len(sandbox.ephemerals(user, place))

        def shown() -> str:
            return "\n".join(map(said, sandbox.ephemerals(user, place)[before:]))

        name, _, text = line.partition(" ")
        await sandbox.command(user, place, name, text)
        try:
            await sandbox.wait_for(lambda: re.search(expected, shown()))
        except TimeoutError:
            pytest.fail(f"{line!r} told {user}: {shown()!r}, not {expected!r}")
        return shown()

    def audited(self) -> list[tuple[str, str, str]]:
        return [(entry.who, entry.what, entry.detail) for entry in reversed(Audit(self.database).list())]

    def held(self, connector: str) -> int:
        return len(Corpus(self.database).versions(connector))

    def is_paused(self, connector: str) -> bool:
        return Sources(self.database).state(connector).is_paused

    def principal(self, user: str) -> str:
        person = self.sandbox.workspace.user(user)
        return f"user:{person.team_id}/{person.id}"

    def confirmation(self, user: str) -> tuple[str, dict[str, Any]]:
        """The ts of the newest message with buttons that `user` sees, and its first button, to be changed."""
        found = [
            (message.ts, block["elements"][0])
            for message in self.sandbox.workspace.ephemerals.values()
            for block in message.blocks
            if block["type"] == "actions" and message.ephemeral_for == self.sandbox.workspace.user(user).id
        ]
        return found[-1]

    async def click(self, user: str, ts: str, action: str, expected: str) -> None:
        """`user` clicks, and is told what is expected."""
        place = self.sandbox.dm(user)
        await self.sandbox.click(user, place, ts, action)
        await self.sandbox.wait_for(
            lambda: re.search(expected, "\n".join(map(said, self.sandbox.ephemerals(user, place))))
        )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    for name, text in (("handbook", "annual leave is 15 days"), ("payroll", f"leave pay {CANARY}")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "R&D leave.md").write_text(text)
    database = Database(tmp_path / "data" / "footnote.db")
    index = HybridIndex(database, PlainMorphology(), HashEmbedder())
    admin = Admin(
        {name: Folder(path=tmp_path / name) for name in ("handbook", "payroll")},
        index=index,
        parser=PlainParser(),
        database=database,
        data_dir=tmp_path / "data",
        next_runs=lambda: {"handbook": TOMORROW},
    )
    await admin.sync(who="schedule")
    only_owner = frozenset({f"user:{TEAM}/U01JIWOO00"})
    Corpus(database).set_readers("payroll", "R&D leave.md", only_owner)
    async with Workspace(app=App.from_manifest(manifest())) as sandbox:
        new = {"team_id": TEAM, "created": 1_700_000_000}
        for user in (
            _Administrator("U06YUNA000", "yuna", "유나 최", "ko-KR", is_admin=True, **new),  # type: ignore[arg-type]
            User("U07DANA000", "dana", "Dana Lee", "en-US", is_admin=True, deleted=True, **new),  # type: ignore[arg-type]
        ):
            sandbox.workspace.users[user.id] = user
        answerer = Answerer()
        async with connected(
            sandbox,
            tmp_path / "data" / "footnote.db",
            answerer,
            admin=admin,
            search=index.search,
            admins=("U03MINSU00",),
        ):
            yield House(sandbox, database, answerer)
    database.close()


@pytest.mark.parametrize(
    ("line", "admins", "member", "outsiders"),
    [
        ("/footnote help", "관리자만", "Admins only", "Admins only"),
        ("/footnote search leave", "R&D leave", "R&D leave", "Nothing was found for “leave”"),
        ("/footnote search", "무엇을 찾을지", "what to look for", "what to look for"),
        ("/footnote search :tada:", "무엇을 찾을지", "what to look for", "what to look for"),
        ("/footnote sources", "handbook", "handbook", NO_DOCUMENTS),
        ("/footnote sources all", "아무것도 적지 않아요", "Nothing follows", "Nothing follows"),
        ("/footnote status", "조각 2개", "Documents you can ask: 1", "Documents you can ask: 0"),
        (
            "/footnote connectors",
            r"handbook\*\* \(folder\) – 잘 읽고 있음 · 문서 1개 · 방금 전에 읽음 · 다음: (1일|23시간) 뒤",
            "handbook",
            NO_DOCUMENTS,
        ),
        ("/footnote connectors all", "아무것도 적지 않아요", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote schedule", rf"handbook\*\* – {TOMORROW:%Y-%m-%d %H:%M} UTC", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote pause", "멈출 커넥터", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote resume a b", "하나만", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote resume nowhere", "There is no connector 'nowhere'", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote forget", "무엇을 지울지", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote forget nowhere", "There is no connector 'nowhere'", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote forget handbook/", "무엇을 지울지", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote forget payroll", "문서 1개를 모두 지울까요", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote forget handbook/a.md", "`a.md`를 지울까요", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote reindex handbook dry-run", "그대로 1", ONLY_ADMINS, ONLY_ADMINS),
        ("/reindex handbook dry-run", "그대로 1", ONLY_ADMINS, ONLY_ADMINS),
        ("/reindex help", "There is no connector 'help'", ONLY_ADMINS, ONLY_ADMINS),
        ("/footnote channel", "DM", "direct message", "direct message"),
        ("/footnote language", "지금은 한국어로", "I speak English", "I speak English"),
        ("/footnote language fr", "지금은 한국어로", "I speak English", "I speak English"),
        ("/footnote ask", "무엇을 물어볼지", "what to ask", "what to ask"),
        ("/footnote frobnicate", "모르는 명령", "do not know the command", "do not know the command"),
    ],
)
async def test_what_changes_nothing_is_answered_to_everybody_by_what_they_may(
    house: House, line: str, admins: str, member: str, outsiders: str
) -> None:
    expected = {**dict.fromkeys(ADMINS, admins), MEMBER: member, **dict.fromkeys(OUTSIDERS, outsiders)}
    for user, pattern in expected.items():
        shown = await house.told(user, line, pattern)
        if user != OWNER:
            assert CANARY not in shown
        if user not in ADMINS:
            assert "payroll" not in shown
        if user in OUTSIDERS:
            assert "handbook" not in shown
    assert [what for _, what, _ in house.audited()] == []
    assert (house.held("handbook"), house.held("payroll")) == (1, 1)


async def test_what_the_owner_may_read_is_found_for_the_owner_alone(house: House) -> None:
    assert CANARY in await house.told(OWNER, "/footnote search leave", "R&D leave")
    assert CANARY not in await house.told(NAMED, "/footnote search leave", "R&D leave")


@pytest.mark.parametrize("user", [*ADMINS, MEMBER, *OUTSIDERS])
async def test_only_admins_change_something_and_each_change_names_them(house: House, user: str) -> None:
    is_admin = user in ADMINS
    lines = [
        ("/footnote pause handbook 서버 &lt;점검&gt;", "멈춰|정기적으로 읽지 않아요", ("pause", "handbook")),
        ("/footnote resume handbook", "다시 정기적으로", ("resume", "handbook")),
        ("/reindex handbook", "그대로 1", ("sync", "handbook")),
        ("/footnote reindex", "그대로 1", ("sync", "handbook, payroll")),
    ]
    for line, done, _ in lines:
        await house.told(user, line, done if is_admin else ONLY_ADMINS)
        if "pause" in line:
            assert house.is_paused("handbook") is is_admin
    who = house.principal(user)
    assert house.audited() == ([(who, *row) for _, _, row in lines] if is_admin else [])
    assert not house.is_paused("handbook")


@pytest.mark.parametrize(
    ("user", "place"),
    [
        *((user, "general") for user in (*ADMINS, MEMBER, GONE)),
        (GUEST, "handbook-ko"),
        (STRANGER, "partner-project"),
    ],
)
async def test_only_admins_set_when_the_bot_speaks_in_a_channel(house: House, user: str, place: str) -> None:
    is_admin = user in ADMINS
    await house.told(user, "/footnote channel", "이 채널에서는" if is_admin else "In this channel", place)
    await house.told(user, "/footnote channel always", "`mention`, `questions`, `sure`", place)
    changed = "바꿨어요" if is_admin else "Only admins may change this"
    await house.told(user, "/footnote channel sure", changed, place)
    channel = house.sandbox.workspace.channel(place).id
    assert house.audited() == ([(house.principal(user), "channel", f"{channel}: sure")] if is_admin else [])


@pytest.mark.parametrize("user", [OWNER, MEMBER, GUEST, STRANGER])
async def test_everybody_chooses_the_language_in_which_they_are_spoken_to(house: House, user: str) -> None:
    await house.told(user, "/footnote language KO", "이제 한국어로 말할게요")
    await house.told(user, "/footnote help", "도움말")
    await house.told(user, "/footnote language en", "I speak English to you now")
    await house.told(user, "/footnote help", "this text")
    await house.told(NAMED, "/footnote help", "도움말")
    by_slack = "Slack에 설정된" if user == OWNER else "that Slack is set to"
    await house.told(user, "/footnote language auto", by_slack)
    await house.told(user, "/footnote help", "도움말" if user == OWNER else "this text")
    assert house.audited() == []


async def test_a_question_by_command_is_asked_on_behalf_of_whoever_asks(house: House) -> None:
    for user in (*ADMINS, MEMBER, *OUTSIDERS):
        await house.told(user, "/footnote ask How many days off?", "15일")
        readers = house.answerer.asked[-1].readers
        assert (EVERYONE in readers) is (user not in OUTSIDERS)
        assert not any(reader.startswith("user:") and reader != house.principal(user) for reader in readers)


@pytest.mark.parametrize(
    ("user", "line", "done", "detail", "left"),
    [
        (OWNER, "payroll", "문서 1개를 지우고", "payroll: 1 documents", (1, 0)),
        (NAMED, "handbook/R&amp;D leave.md", "md`를 지웠어요", "handbook/R&D leave.md", (0, 1)),
        (ADMIN, "handbook/휴가.md", "`휴가.md`는 없었어요", "handbook/휴가.md", (1, 1)),
    ],
)
async def test_what_is_confirmed_is_forgotten_and_the_audit_says_by_whom(
    house: House, user: str, line: str, done: str, detail: str, left: tuple[int, int]
) -> None:
    await house.told(user, f"/footnote forget {line}", "지울까요")
    ts, _ = house.confirmation(user)
    assert house.audited() == []
    await house.click(user, ts, FORGET_ACTION, done)
    assert house.audited() == [(house.principal(user), "forget", detail)]
    assert (house.held("handbook"), house.held("payroll")) == left


async def test_what_is_being_synced_is_not_forgotten_and_the_click_says_why(house: House) -> None:
    await house.told(NAMED, "/footnote forget handbook", "지울까요")
    ts, _ = house.confirmation(NAMED)
    with sync_lock(house.database.path.parent, "handbook"):
        await house.click(NAMED, ts, FORGET_ACTION, "그건 하지 못했어요: .*handbook")
    assert (house.audited(), house.held("handbook")) == ([], 1)


async def test_a_confirmation_that_is_declined_changes_nothing(house: House) -> None:
    await house.told(OWNER, "/footnote forget handbook", "지울까요")
    ts, _ = house.confirmation(OWNER)
    await house.click(OWNER, ts, KEEP_ACTION, "아무것도 지우지 않았어요")
    assert (house.audited(), house.held("handbook")) == ([], 1)


@pytest.mark.parametrize("forgery", ["", "payroll", "handbook", "no", "another", "never", "unsigned", "é.é"])
async def test_a_value_that_was_not_shown_does_nothing_but_say_so(house: House, forgery: str) -> None:
    await house.told(OWNER, "/footnote forget handbook", "지울까요")
    ts, button = house.confirmation(OWNER)
    until, signature, _ = button["value"].split(".", 2)
    forged = {
        "another": f"{until}.{signature}.payroll",
        "never": f"99999999999.{signature}.handbook",
        "unsigned": f"{until}..handbook",
    }
    button["value"] = forged.get(forgery, forgery)
    await house.click(OWNER, ts, FORGET_ACTION, "이 확인은 더 쓸 수 없어서")
    assert (house.audited(), house.held("handbook"), house.held("payroll")) == ([], 1, 1)


async def test_a_value_counts_only_for_whoever_was_shown_it(house: House) -> None:
    for user in (OWNER, NAMED):
        await house.told(user, "/footnote forget handbook", "지울까요")
    _, shown_to_owner = house.confirmation(OWNER)
    ts, button = house.confirmation(NAMED)
    button["value"] = shown_to_owner["value"]
    await house.click(NAMED, ts, FORGET_ACTION, "이 확인은 더 쓸 수 없어서")
    assert (house.audited(), house.held("handbook")) == ([], 1)


@pytest.mark.parametrize("change", [{"is_admin": False}, {"deleted": True}, {"is_stranger": True}])
async def test_who_is_no_admin_any_more_at_the_click_is_refused(
    house: House, change: dict[str, bool]
) -> None:
    await house.told(OWNER, "/footnote forget handbook", "지울까요")
    ts, _ = house.confirmation(OWNER)
    person = house.sandbox.workspace.user(OWNER)
    for name, value in change.items():
        setattr(person, name, value)
    await house.click(OWNER, ts, FORGET_ACTION, "관리자만 쓸 수 있어요")
    assert (house.audited(), house.held("handbook")) == ([], 1)
