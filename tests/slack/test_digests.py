"""The weekly digest: who is told what, once, and what nobody is told."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.access import is_one_person
from bot.contracts import Answer, AnswerEvent, Citation, Finished, Question, SyncReport
from bot.digest import WEEK
from bot.slack import digests
from bot.slack.digests import DigestPlan
from bot.store.answers import Answers
from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from bot.store.escalations import Escalations
from bot.store.feedback import Feedback
from bot.store.sources import Sources
from tests.fakes import Clock
from tests.slack.cast import Workspace, connected, final_replies, over_both_transports, said
from tests.store.cast import a_document

Json = dict[str, Any]
TEAM, ALEX, JIWOO, MINSU = "T01SANDBOX", "U02ALEX000", "U01JIWOO00", "U03MINSU00"
GENERAL, HANDBOOK, RANDOM, PEOPLE = "C01GENERAL", "C02HANDBOOK", "C03RANDOM0", "C04PEOPLE0"
EVERYONE = frozenset({"everyone"})


@dataclass
class Office:
    """Documents, the questions about them, and a moment at which the digests of a week are due."""

    path: Path
    database: Database
    clock: Clock
    due: datetime
    owners: dict[str, str] = field(default_factory=dict)
    near: dict[str, str] = field(default_factory=dict)
    """How a question begins -> the item that comes nearest."""
    count: int = 0

    @property
    def plan(self) -> DigestPlan:
        def due(now: datetime) -> datetime | None:
            weeks = (now - self.due) // WEEK
            return self.due + weeks * WEEK if weeks >= 0 else None

        return DigestPlan(due, lambda: self.owners)

    def document(self, item: str, readers: frozenset[str] = EVERYONE, *, days: int = 1) -> str:
        """`item`: "connector/title". Its id."""
        connector, _, title = item.partition("/")
        updated_at = self.due - timedelta(days=days)
        made = replace(
            a_document(title, f"{item} text", connector=connector, readers=readers),
            title=title,
            updated_at=updated_at,
            language="ko",
        )
        Corpus(self.database).put(made)
        return document_id(connector, title)

    def answered(self, *items: str) -> str:
        """An answer that cites these. Its trace id."""
        self.count += 1
        citations = tuple(
            Citation(
                number,
                document_id(*item.split("/")),
                item.split("/")[0],
                item.split("/")[1],
                "",
                "",
                "text",
                None,
            )
            for number, item in enumerate(items, 1)
        )
        made = Answer("text [1].", citations, True, f"cites-{self.count}", "ko")
        Answers(self.database).record(f"질문 {self.count}", made, {}, self.due - timedelta(days=1))
        return made.trace_id

    async def answer(self, question: Question) -> AsyncIterator[AnswerEvent]:
        """As bot.answering does where it finds nothing, by `near`."""
        self.count += 1
        connector, _, title = self.near[question.text[:10]].partition("/")
        passages = [{"document_id": document_id(connector, title)}] if title else []
        declined = Answer("문서에서 답을 찾지 못했어요.", (), False, f"asked-{self.count}", "ko")
        Answers(self.database).record(
            question.text,
            declined,
            {"passages": passages},
            datetime.fromtimestamp(self.clock(), UTC),
            is_private=is_one_person(question.readers),
        )
        yield Finished(declined)

    async def asked(self, sandbox: Workspace, user: str, where: str, question: str, item: str) -> None:
        """Somebody asks, and hears that there is no answer."""
        self.near[question[:10]] = item
        mention = "" if where.startswith("D") else "@footnote "
        ts = await sandbox.say(user, where, mention + question)
        await sandbox.wait_for(lambda: final_replies(sandbox, where, ts))


@pytest.fixture
def office(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(digests, "LOOK_SECONDS", 0.05)
    database = Database(path)
    now = time.time()
    yield Office(path, database, Clock(now), datetime.fromtimestamp(now, UTC) + timedelta(seconds=30))
    database.close()


def bot(sandbox: Workspace, office: Office, **more: Any) -> Any:
    more = {"admins": (ALEX,), "clock": office.clock, "digest": office.plan, **more}
    return connected(sandbox, office.path, office.answer, **more)


def told(sandbox: Workspace, place: str) -> list[Json]:
    return [
        message
        for message in sandbox.messages(place)
        if (message.get("metadata") or {}).get("event_type") == "footnote_digest"
    ]


def states(office: Office) -> Mapping[str, str]:
    rows = office.database.rows("SELECT place, state FROM digests WHERE place != ''")
    return {row["place"]: row["state"] for row in rows}


async def all_settled(sandbox: Workspace, office: Office) -> None:
    """Until the week is over and done."""
    await sandbox.wait_for(
        lambda: office.database.value("SELECT 1 FROM digests WHERE place = '' AND state = 'sent'")
    )


@over_both_transports
async def test_owners_are_told_what_their_readers_may_read_and_admins_the_rest(
    sandbox: Workspace, office: Office
) -> None:
    office.owners = {"hr": PEOPLE, "wiki": HANDBOOK, "files": ""}
    office.document("hr/휴가 규정", days=800)
    office.document("hr/팀 규칙", frozenset({f"channel:{TEAM}/{PEOPLE}"}), days=900)
    office.document("hr/CANARY-연봉표", frozenset({f"user:{TEAM}/{JIWOO}"}), days=900)
    office.document("wiki/CANARY-company-page", days=900)
    office.document("wiki/손님 안내", frozenset({f"channel:{TEAM}/{HANDBOOK}"}), days=900)
    office.document("files/new")
    office.answered("hr/휴가 규정", "hr/팀 규칙", "hr/CANARY-연봉표")
    office.answered("hr/휴가 규정", "wiki/CANARY-company-page", "wiki/손님 안내", "files/new")
    async with bot(sandbox, office):
        asked = office.asked
        await asked(sandbox, "minsu", "general", "육아휴직은 몇 달인가요?", "hr/CANARY-연봉표")
        await asked(sandbox, "jiwoo", "people-team", "팀 회식비는 얼마인가요?", "hr/팀 규칙")
        await asked(sandbox, "minsu", sandbox.dm("minsu"), "CANARY-병가를 내고 싶은데요?", "hr/휴가 규정")
        await asked(sandbox, "minsu", "handbook-ko", "와이파이 비밀번호는 뭐예요?", "wiki/손님 안내")
        await asked(sandbox, "minsu", "general", "CANARY-전사 질문인가요?", "wiki/손님 안내")
        await asked(sandbox, "jiwoo", "people-team", "CANARY-희망퇴직은요?", "wiki/손님 안내")
        await asked(sandbox, "alex", "general", "Is there a gym?", "")
        await asked(sandbox, "minsu", "people-team", "CANARY-노조가 있나요?", "")
        assert [told(sandbox, place) for place in (PEOPLE, HANDBOOK, sandbox.dm("alex"))] == [[], [], []]
        office.clock.now += 60
        await all_settled(sandbox, office)
    (people,), (handbook,), (admin,) = (
        told(sandbox, place) for place in (PEOPLE, HANDBOOK, sandbox.dm("alex"))
    )

    shown = said(people)
    assert "이번 주 문서 소식" in shown
    for words in (
        "육아휴직은 몇 달인가요?",
        "팀 회식비는 얼마인가요?",
        "가장 가까운 문서: 팀 규칙",
        "답 2개에 쓰임",
    ):
        assert words in shown
    assert "질문 1개는 여기서 보여 드리지 않아요" in shown  # the one of the direct message
    assert "문서 1개는 여기서 제목을" in shown

    shown = said(handbook)  # a guest reads along: not even what is for everyone
    assert "와이파이 비밀번호는 뭐예요?" in shown
    assert "손님 안내" in shown
    assert "질문 2개는" in shown
    assert "육아휴직" not in shown

    shown = said(admin)
    assert "This week's documents" in shown
    assert "Is there a gym?" in shown
    assert "1 more question, asked in private or elsewhere" in shown
    assert "files" in shown
    assert "규정" not in shown
    for message in (people, handbook, admin):
        assert "CANARY" not in str(message)
        for name in ("minsu", "민수", "지우", MINSU, JIWOO):
            assert name not in str(message["blocks"])
    assert states(office) == {PEOPLE: "sent", HANDBOOK: "sent", ALEX: "sent"}


async def test_each_week_is_told_once_whenever_the_bot_is_back(sandbox: Workspace, office: Office) -> None:
    office.owners = {"hr": GENERAL}
    office.document("hr/휴가 규정", days=900)
    office.answered("hr/휴가 규정")
    office.clock.now += 3 * 86400  # it was due on a day on which the bot was down
    for _ in range(2):
        async with bot(sandbox, office):
            await all_settled(sandbox, office)
    assert len(told(sandbox, GENERAL)) == 1
    assert states(office) == {GENERAL: "sent", ALEX: "quiet"}
    office.clock.now += WEEK.total_seconds()
    async with bot(sandbox, office):
        await sandbox.wait_for(
            lambda: office.database.value("SELECT count(*) FROM digests WHERE place = ''") == 2
        )
    assert len(told(sandbox, GENERAL)) == 1  # nothing was cited in that one, so nobody hears of it


async def test_a_post_whose_reply_was_lost_is_found_and_not_made_again(
    sandbox: Workspace, office: Office
) -> None:
    office.owners = {"hr": GENERAL}
    office.document("hr/휴가 규정", days=900)
    office.answered("hr/휴가 규정")
    sandbox.faults.lose_reply("chat.postMessage")
    async with bot(sandbox, office):
        office.clock.now += 60
        await sandbox.wait_for(lambda: told(sandbox, GENERAL))
        await sandbox.wait_for(lambda: office.database.value("SELECT max(not_before) FROM digests"))
    office.clock.now += 600
    async with bot(sandbox, office):
        await all_settled(sandbox, office)
    assert len(told(sandbox, GENERAL)) == 1
    assert office.database.value("SELECT attempts FROM digests WHERE place = ?", [GENERAL]) == 1


async def test_one_killed_between_writing_down_and_posting_posts_when_it_is_back(
    sandbox: Workspace, office: Office
) -> None:
    office.owners = {"hr": GENERAL, "wiki": HANDBOOK}
    office.document("hr/휴가 규정", days=900)
    office.document("wiki/손님 안내", frozenset({f"channel:{TEAM}/{HANDBOOK}"}), days=900)
    office.answered("hr/휴가 규정", "wiki/손님 안내")
    office.clock.now += 60
    async with bot(sandbox, office):
        await all_settled(sandbox, office)
    sandbox.workspace.delete(sandbox.workspace.message(GENERAL, told(sandbox, GENERAL)[0]["ts"]))
    with office.database.write() as db:  # as a kill before Slack answered leaves both; one was never made
        db.conn.execute("DELETE FROM digests WHERE place = ''")
        db.conn.execute("UPDATE digests SET state = 'waiting' WHERE place != ?", [ALEX])
    async with bot(sandbox, office):
        await all_settled(sandbox, office)
    assert (len(told(sandbox, GENERAL)), len(told(sandbox, HANDBOOK))) == (1, 1)


@pytest.mark.parametrize("moment", ["conversations.members", "chat.postMessage", "conversations.open"])
async def test_each_place_has_one_digest_after_a_kill_at(
    sandbox: Workspace, office: Office, moment: str
) -> None:
    for item in ("hr/휴가 규정", "wiki/와이파이"):
        office.document(item, days=900)
        office.answered(item)
    due = str(office.due.timestamp() - 60)
    spawned = [await spawn(sandbox, office.path, due)]
    await sandbox.wait_for(lambda: any(call.method == moment for call in sandbox.calls), timeout=30)
    spawned[0].kill()
    await spawned[0].wait()
    spawned.append(await spawn(sandbox, office.path, due))
    try:
        await sandbox.wait_for(
            lambda: office.database.value("SELECT 1 FROM digests WHERE place = ''"), timeout=30
        )
    finally:
        spawned[1].kill()
        await spawned[1].wait()
    assert "휴가 규정" in said(*told(sandbox, GENERAL))
    assert "와이파이" in said(*told(sandbox, sandbox.dm("jiwoo")))


async def spawn(sandbox: Workspace, path: Path, due: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.slack.digest_process",
        *(sandbox.api_url, sandbox.bot_token, str(path), sandbox.app_token, due, GENERAL),
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize(
    ("admin", "expected"), [("alex", "I cannot post in the owners' channel"), ("jiwoo", "초대하거나")]
)
async def test_where_the_bot_was_not_invited_admins_are_told_instead(
    sandbox: Workspace, office: Office, admin: str, expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    office.owners = {"hr": RANDOM}
    office.document("hr/휴가 규정", days=900)
    office.answered("hr/휴가 규정")
    office.clock.now += 60
    user = sandbox.workspace.user(admin).id
    async with bot(sandbox, office, admins=(user,)):
        await all_settled(sandbox, office)
    (message,) = told(sandbox, sandbox.dm(admin))
    assert expected in said(message)
    assert "휴가 규정" in said(message)
    assert {"type": "channel", "channel_id": RANDOM} in message["blocks"][2]["elements"][0]["elements"]
    assert states(office) == {RANDOM: "refused", user: "sent"}
    assert f"cannot be posted in {RANDOM}: not_in_channel" in caplog.text


async def test_a_reason_is_for_admins_and_a_channel_hears_only_that_a_source_fails(
    sandbox: Workspace, office: Office
) -> None:
    sources = Sources(office.database)
    office.owners = {"hr": GENERAL, "wiki": ""}
    for name in office.owners:
        office.document(f"{name}/page")
        for hours, error in ((50, ""), (2, "CANARY-host refuses <https://evil.example|click>")):
            at = office.due - timedelta(hours=hours)
            sources.started(name, at)
            sources.finished(SyncReport(name, error=error), at, cursor=None)
    sources.doubts.raise_("hr", ["CANARY-a.md", "b.md"], 9, office.due)
    office.clock.now += 60
    async with bot(sandbox, office):
        await all_settled(sandbox, office)
    ((channel,), (admin,)) = (told(sandbox, place) for place in (GENERAL, sandbox.dm("alex")))
    assert "읽지 못하고 있어요 · 2일 전에 마지막으로 읽었어요 · 원본에서 사라진 문서 2개" in said(channel)
    assert "CANARY" not in str(channel)
    assert "wiki: cannot be read · last read 2 days ago" in said(admin)
    assert "CANARY-host refuses" in said(admin)
    assert '"type": "link"' not in str(admin["blocks"]).replace("'", '"')


async def test_votes_are_counted_by_reason_and_outdated_documents_named(
    sandbox: Workspace, office: Office
) -> None:
    office.owners = {"hr": GENERAL, "wiki": ""}
    office.document("hr/휴가 규정")
    office.document("hr/CANARY-연봉표", frozenset({f"user:{TEAM}/{JIWOO}"}))
    trace = office.answered("hr/휴가 규정", "hr/CANARY-연봉표")
    feedback = Feedback(office.database, office.clock)
    for user in (MINSU, ALEX):
        feedback.explain(trace, TEAM, user, "outdated", "CANARY-comment")
    feedback.vote(trace, TEAM, JIWOO, "up")
    escalations = Escalations(office.database, office.clock)
    for number, connector in enumerate(("hr", "hr", "")):
        escalations.add(TEAM, f"t{number}", MINSU, GENERAL, {"question": "CANARY-question"}, connector)
    for trace_id in ("t0", "t2"):
        one = escalations.get(TEAM, trace_id)
        assert one is not None
        escalations.posted(one, ts="1.000001", permalink="", asked={})
    office.clock.now += 60
    async with bot(sandbox, office):
        await all_settled(sandbox, office)
    (message,) = told(sandbox, GENERAL)
    assert "오래된 내용이라는 의견을 받은 문서" in said(message)
    assert "휴가 규정 · hr" in said(message)
    assert "의견 2개" in said(message)
    assert "👍 1  👎 2 (오래된 내용이에요 2)" in said(message)
    assert "아직 해결되지 않은 질문: 1개" in said(message)
    assert "CANARY" not in str(message)
    (rest,) = told(sandbox, sandbox.dm("alex"))
    assert "still open: 1" in said(rest)
    assert "👎" not in said(rest)


async def test_words_of_people_and_documents_stay_words_and_many_fit_into_one_message(
    sandbox: Workspace, office: Office
) -> None:
    office.owners = {"hr": GENERAL}
    words = "<!channel> <https://evil.example|여기> :tada: ![x](https://evil.example/x.png) "
    for number in range(15):
        item = f"hr/{number} {words.replace('/', '∕')}{'가' * 500}"
        office.document(item, days=900)
        office.answered(item)
    async with bot(sandbox, office):
        for number in range(12):
            question = f"{number}번 {words}<@{MINSU}> minsu@example.com 질문{'나' * 600}?"
            await office.asked(sandbox, "alex", "general", question, item)
        office.clock.now += 60
        await all_settled(sandbox, office)
    (message,) = told(sandbox, GENERAL)
    assert "그 밖에 2개 더" in said(message)
    assert "그 밖에 5개 더" in said(message)
    assert len(message["blocks"]) <= 50
    assert len(said(message)) < 13_000
    kinds = {kind for block in message["blocks"] for kind in _kinds(block)}
    assert kinds <= {"header", "plain_text", "rich_text", "rich_text_section", "rich_text_list", "text"}
    assert MINSU not in str(message["blocks"])
    assert "minsu@example.com" not in str(message)
    assert "evil" not in message["text"]


async def test_somebody_who_is_no_admin_any_more_is_told_nothing(sandbox: Workspace, office: Office) -> None:
    office.owners = {"hr": ""}
    office.document("hr/휴가 규정", days=900)
    office.answered("hr/휴가 규정")
    sandbox.workspace.user("minsu").deleted = True
    office.clock.now += 60
    async with bot(sandbox, office, admins=(MINSU, ALEX)):
        await all_settled(sandbox, office)
    assert states(office) == {MINSU: "quiet", ALEX: "sent"}
    assert told(sandbox, sandbox.dm("minsu")) == []


async def test_a_guest_who_comes_into_the_channel_ends_what_everyone_may_read_there(
    sandbox: Workspace, office: Office
) -> None:
    office.owners = {"hr": GENERAL}
    office.document("hr/CANARY-휴가 규정", days=900)
    office.answered("hr/CANARY-휴가 규정")
    async with bot(sandbox, office):
        await office.asked(sandbox, "minsu", "people-team", "CANARY-팀 질문?", "hr/CANARY-휴가 규정")
        await sandbox.join("sam", "general")
        office.clock.now += 61
        await all_settled(sandbox, office)
    (message,) = told(sandbox, GENERAL)
    assert "문서 1개는 여기서 제목을" in said(message)
    assert "질문 1개는 여기서" in said(message)
    assert "CANARY" not in str(message)


def _kinds(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "type" in value:
            yield value["type"]
        for each in value.values():
            yield from _kinds(each)
    elif isinstance(value, list):
        for each in value:
            yield from _kinds(each)
