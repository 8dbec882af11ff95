"""Questions to people are resolved in the channel of the owners, and opened again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.slack import texts
from bot.store.audit import Audit
from bot.store.database import Database
from bot.store.escalations import Escalations
from tests.slack.cast import Workspace, over_both_transports, said
from tests.slack.library import Library, not_found
from tests.slack.owners import HANDBOOK, PEOPLE, asked, bot, kept
from tests.slack.test_experts import answered, ask, posted
from tests.slack.test_kill import spawn
from tests.slack.test_quotes import elements

Json = dict[str, Any]
RESOLVE, REOPEN = "footnote_resolve", "footnote_reopen"
LOADING = texts.both("modal_loading").splitlines()


def post_of(sandbox: Workspace, channel: str = "people-team") -> Json:
    (post,) = posted(sandbox, channel)
    return post


def told(sandbox: Workspace, user: str = "minsu") -> list[Json]:
    """What somebody was told in direct messages of a question to people."""
    return [
        message
        for message in sandbox.messages(sandbox.dm(user))
        if (message.get("metadata") or {}).get("event_type") == "footnote_escalation_told"
    ]


async def form(sandbox: Workspace, user: str, ts: str, channel: str = "people-team") -> Json:
    """What somebody gets who clicks on "Resolved", once it is filled."""
    await sandbox.click(user, channel, ts, RESOLVE)
    await sandbox.wait_for(lambda: sandbox.modal(user) and said(sandbox.modal(user) or {}) not in LOADING)
    return sandbox.modal(user) or {}


async def resolve(
    sandbox: Workspace, user: str, ts: str, answer: str = "", channel: str = "people-team"
) -> dict[str, str]:
    """Somebody resolves a question, perhaps with an answer. Returns the errors shown."""
    await form(sandbox, user, ts, channel)
    errors = await sandbox.submit(user, {"answer": answer} if answer else {})
    await sandbox.close_modal(user)
    return errors


def audited(path: Path) -> list[tuple[str, str]]:
    entries = reversed(Audit(Database(path)).list())
    return [(entry.who, entry.what) for entry in entries if entry.what.endswith("question")]


@over_both_transports
async def test_what_is_resolved_says_by_whom_and_the_asker_is_told_once_where_to_look(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path, user="alex")
        await resolve(sandbox, "minsu", post["ts"])
        (heard,) = await sandbox.wait_for(lambda: told(sandbox, "alex"))
        await sandbox.wait_for(lambda: kept(path).shown == 1)
        shown = post_of(sandbox)
        assert said(shown).startswith("✅ 해결됨: ")
        assert [one["user_id"] for one in elements(shown, "user")] == ["U03MINSU00", "U02ALEX000"]
        assert "연차는?" in said(shown)
        assert [one["action_id"] for one in elements(shown, "button")] == [REOPEN]
        assert shown["metadata"] == post["metadata"]
        assert "해결됐다고 표시됐어요" in said(heard)
        people, thread = (one["url"] for one in elements(heard, "link"))
        assert (f"/archives/{PEOPLE}/" in people, "/archives/C01GENERAL/" in thread) == (True, True)
        assert elements(heard, "user") == [], "who resolved it is not named outside their channel"

        await sandbox.click("jiwoo", "people-team", post["ts"], REOPEN)
        await sandbox.wait_for(lambda: kept(path).shown == 2)
        assert post_of(sandbox)["blocks"] == post["blocks"]
        (heard,) = told(sandbox, "alex")
        assert "다시 열렸어요" in said(heard)

        await resolve(sandbox, "jiwoo", post["ts"])
        await sandbox.wait_for(lambda: kept(path).shown == 3)
        (heard,) = told(sandbox, "alex")
        assert "해결됐다고 표시됐어요" in said(heard)
    assert audited(path) == [
        ("user:T01SANDBOX/U03MINSU00", "resolve question"),
        ("user:T01SANDBOX/U01JIWOO00", "reopen question"),
        ("user:T01SANDBOX/U01JIWOO00", "resolve question"),
    ]


async def test_in_english_too(sandbox: Workspace, path: Path) -> None:
    english = not_found(language="en")
    Library(path).record(english)
    async with bot(sandbox, path, english, handbook=PEOPLE):
        _, post = await asked(sandbox, path, user="alex")
        assert [one["text"]["text"] for one in elements(post, "button")] == ["Resolved"]
        await resolve(sandbox, "minsu", post["ts"])
        (heard,) = await sandbox.wait_for(lambda: told(sandbox, "alex"))
        assert "is marked as resolved" in said(heard)
        assert said(post_of(sandbox)).startswith("✅ Resolved by ")


async def test_who_asked_in_direct_messages_is_told_in_that_thread(sandbox: Workspace, path: Path) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        dm = sandbox.dm("minsu")
        root = await sandbox.say("minsu", dm, "연차는 며칠이야?")
        reply = await sandbox.wait_for(
            lambda: [one for one in sandbox.replies(dm, root) if "footnote_experts" in str(one["blocks"])]
        )
        await ask(sandbox, "minsu", reply[0]["ts"], dm)
        await sandbox.submit("minsu", {"question": "연차는?"})
        (post,) = await sandbox.wait_for(lambda: posted(sandbox))
        await sandbox.wait_for(lambda: kept(path).is_posted)
        await resolve(sandbox, "jiwoo", post["ts"])
        await sandbox.wait_for(lambda: "해결됐다고" in said(sandbox.replies(dm, root)[-1]))
        assert len(elements(sandbox.replies(dm, root)[-1], "link")) == 1


async def test_of_two_who_resolve_it_at_once_one_does_and_the_other_hears_it(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        for user in ("minsu", "jiwoo"):
            await form(sandbox, user, post["ts"])  # both have it open
        said_to = await asyncio.gather(
            *(sandbox.submit(user, {"answer": "15일"}) for user in ("minsu", "jiwoo"))
        )
        assert sorted(map(len, said_to)) == [0, 1]
        (refused,) = [errors["answer"] for errors in said_to if errors]
        assert "이미 해결된 질문이에요" in refused
        await sandbox.wait_for(lambda: kept(path).shown == 1)
        assert kept(path).changes == 1
    assert len(audited(path)) == 1


async def test_a_guest_and_somebody_of_another_organization_mark_nothing(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    for channel, id_, user in (("handbook-ko", HANDBOOK, "sam"), ("partner-project", "C05PARTNER", "hana")):
        where = path.with_name(f"{channel}.db")
        Library(where).record(not_found())
        async with bot(sandbox, where, not_found(), handbook=id_):
            _, post = await asked(sandbox, where, channel=channel)
            refused = await form(sandbox, user, post["ts"], channel)
            assert "Guests and people of other organizations" in said(refused)
            assert not refused["submit"]
            assert (kept(where).changes, audited(where)) == (0, [])


async def test_somebody_who_became_a_guest_a_moment_ago_marks_nothing(sandbox: Workspace, path: Path) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        await form(sandbox, "minsu", post["ts"])
        sandbox.workspace.user("minsu").is_guest = True
        errors = await sandbox.submit("minsu", {"answer": "연차는 15일입니다."})
        assert "손님이나 다른 조직 사람은" in errors["answer"]
        assert kept(path).changes == 0


async def test_a_click_on_another_message_that_names_the_question_marks_nothing(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        ts, post = await asked(sandbox, path)
        button = next(block for block in post["blocks"] if block["type"] == "actions")
        answer = sandbox.workspace.message("C01GENERAL", ts)
        answer.blocks.append({**button, "block_id": "forged"})  # as if somebody had it elsewhere
        assert "Nothing is kept" in said(await form(sandbox, "alex", ts, "general"))
        button["elements"][0]["value"] = "resolve:trace-2:ko"
        forged = sandbox.workspace.message(PEOPLE, post["ts"])
        forged.blocks[-1] = button
        assert "더 남아 있지 않아서" in said(await form(sandbox, "minsu", post["ts"]))
        assert kept(path).changes == 0
    assert audited(path) == []


async def test_what_was_resolved_before_a_restart_is_shown_and_told_after_it(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
    database = Database(path)
    one = kept(path)
    escalations = Escalations(database, lambda: 1_700_000_000.0)
    assert escalations.mark(one, user="U01JIWOO00", who="user:T01SANDBOX/U01JIWOO00", is_resolved=True)
    database.close()
    async with bot(sandbox, path, not_found()):  # its connector has no owner channel any more
        await sandbox.wait_for(lambda: told(sandbox))
        await sandbox.wait_for(lambda: kept(path).shown == 1)
        assert said(post_of(sandbox)).startswith("✅ 해결됨: ")
    assert len(told(sandbox)) == 1
    assert post["ts"] == post_of(sandbox)["ts"]


@pytest.mark.parametrize("fault", ["lose_reply", "break_down", "rate_limit"])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_a_telling_whose_outcome_is_unknown_is_made_once(
    sandbox: Workspace, path: Path, fault: str, method: str
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        getattr(sandbox.faults, fault)(method)
        await resolve(sandbox, "jiwoo", post["ts"])
        await sandbox.wait_for(lambda: kept(path).shown == 1, timeout=10)
        assert len(told(sandbox)) == 1
        assert said(post_of(sandbox)).startswith("✅ 해결됨: ")


async def test_a_post_that_is_gone_does_not_keep_the_asker_from_being_told(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        sandbox.faults.fail("chat.update", "is_archived")
        await resolve(sandbox, "jiwoo", post["ts"])
        await sandbox.wait_for(lambda: kept(path).shown == 1)
        assert len(told(sandbox)) == 1


async def test_where_direct_messages_are_refused_the_asker_hears_it_beside_the_answer(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        sandbox.faults.fail("conversations.open", "channel_not_found")
        await resolve(sandbox, "jiwoo", post["ts"])
        await sandbox.wait_for(
            lambda: [one for one in sandbox.ephemerals("minsu", "general") if "해결됐다고" in said(one)]
        )
        await sandbox.wait_for(lambda: kept(path).shown == 1)
        assert told(sandbox) == []


async def test_no_word_of_the_question_is_kept_once_it_is_posted(sandbox: Workspace, path: Path) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        ts = await answered(sandbox)
        await ask(sandbox, "minsu", ts)
        await sandbox.submit("minsu", {"question": "아주 개인적인 질문"})
        (post,) = await sandbox.wait_for(lambda: posted(sandbox))
        await sandbox.wait_for(lambda: kept(path).is_posted)
        await resolve(sandbox, "jiwoo", post["ts"])
        await sandbox.wait_for(lambda: kept(path).shown == 1)
    assert "개인적인" not in str(kept(path))


async def test_what_is_reopened_while_it_is_unknown_whether_the_asker_was_told_is_told_as_open(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        sandbox.faults.lose_reply("chat.postMessage")
        await resolve(sandbox, "jiwoo", post["ts"])
        await sandbox.wait_for(lambda: told(sandbox))
        assert kept(path).told_ts == ""
        await sandbox.click("jiwoo", "people-team", post["ts"], REOPEN)
        await sandbox.wait_for(lambda: kept(path).shown == 2, timeout=10)
        (heard,) = told(sandbox)
        assert "다시 열렸어요" in said(heard)


async def test_what_is_resolved_and_reopened_before_anything_was_shown_tells_nobody(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
    database = Database(path)
    escalations = Escalations(database, lambda: 1_700_000_000.0)
    for is_resolved in (True, False):
        assert escalations.mark(kept(path), user="U01JIWOO00", who="user:T/U", is_resolved=is_resolved)
    database.close()
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        await sandbox.wait_for(lambda: kept(path).shown == 2)
    assert told(sandbox) == []
    assert post_of(sandbox)["blocks"] == post["blocks"]


async def test_where_it_is_not_kept_where_somebody_asked_they_are_told_in_direct_messages(
    sandbox: Workspace, path: Path
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        database = Database(path)
        with database.write() as db:
            db.conn.execute("UPDATE escalations SET payload = '{}'")
        database.close()
        await resolve(sandbox, "jiwoo", post["ts"])
        await sandbox.wait_for(lambda: kept(path).shown == 1)
        (heard,) = told(sandbox)
        assert len(elements(heard, "link")) == 1


async def test_a_question_that_is_forgotten_by_now_cannot_be_marked(sandbox: Workspace, path: Path) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        _, post = await asked(sandbox, path)
        database = Database(path)
        assert Escalations(database, lambda: 0.0).forget(4_000_000_000.0) == 1
        database.close()
        assert "더 남아 있지 않아서" in said(await form(sandbox, "jiwoo", post["ts"]))


@pytest.mark.parametrize(
    "moment", ["conversations.history", "chat.update", "conversations.open", "chat.postMessage"]
)
async def test_after_a_kill_the_post_says_it_and_the_asker_was_told_once_at(
    sandbox: Workspace, path: Path, moment: str
) -> None:
    Library(path).record(not_found())
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        await asked(sandbox, path)
    database = Database(path)
    escalations = Escalations(database, lambda: 1_700_000_000.0)
    assert escalations.mark(kept(path), user="U01JIWOO00", who="user:T/U", is_resolved=True)
    database.close()
    before = len(sandbox.calls)
    process = await spawn(sandbox, path, 0)
    await sandbox.wait_for(
        lambda: moment in [call.method for call in list(sandbox.calls)[before:]], timeout=30
    )
    process.kill()
    await process.wait()
    async with bot(sandbox, path, not_found(), handbook=PEOPLE):
        await sandbox.wait_for(lambda: kept(path).shown == 1, timeout=10)
    assert len(told(sandbox)) == 1
    assert said(post_of(sandbox)).startswith("✅ 해결됨: ")
