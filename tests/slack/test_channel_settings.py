"""/footnote channel: seen by everyone, changed by admins, kept, and followed from then on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.slack import texts
from bot.slack.channel_settings import CHANNEL_ACTION
from bot.store.audit import Audit
from bot.store.channels import Channels, Speaks
from bot.store.database import Database
from tests.slack.cast import Answerer, Workspace, connected, final_replies, over_both_transports, said

TEAM, GENERAL, RANDOM, PARTNER = "T01SANDBOX", "C01GENERAL", "C03RANDOM0", "C05PARTNER"
ADMIN = "user:T01SANDBOX/U01JIWOO00"


async def told(sandbox: Workspace, user: str, channel: str, text: str) -> dict[str, Any]:
    """The message that somebody gets for a command, seen by nobody else."""
    before = len(sandbox.ephemerals(user, channel))
    await sandbox.command(user, channel, "/footnote", text)
    return (await sandbox.wait_for(lambda: sandbox.ephemerals(user, channel)[before:]))[0]


def kept(path: Path) -> tuple[dict[str, Speaks], list[tuple[str, str, str]]]:
    """What is set, by channel, and the audit rows."""
    database = Database(path)
    settings = {each.channel: each.speaks for each in Channels(database, lambda: 0.0).settings(TEAM)}
    audit = [(entry.who, entry.what, entry.detail) for entry in Audit(database).list()]
    database.close()
    return settings, audit


@over_both_transports
@pytest.mark.parametrize(("user", "may_change"), [("jiwoo", True), ("alex", False)])
async def test_everyone_sees_the_setting_and_only_admins_the_choices(
    sandbox: Workspace, path: Path, user: str, may_change: bool
) -> None:
    async with connected(sandbox, path, Answerer()):
        message = await told(sandbox, user, "general", "channel")
    language = "ko" if user == "jiwoo" else "en"
    assert texts.text("channel_mention", language) in said(message)
    selects = [element for block in message["blocks"] for element in block.get("elements", [])]
    assert [select["action_id"] for select in selects] == [CHANNEL_ACTION] * may_change
    assert kept(path) == ({}, [])


@over_both_transports
async def test_an_admin_sets_it_by_a_word_and_it_is_followed_and_audited(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        message = await told(sandbox, "jiwoo", "general", "channel Questions")
        ts = await sandbox.say("minsu", "general", "연차 며칠이에요")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        await told(sandbox, "jiwoo", "general", "channel mention")
    assert texts.text("channel_set", "ko") in said(message)
    assert texts.text("channel_questions", "ko") in said(message)
    changes = [(ADMIN, "channel", f"{GENERAL}: mention"), (ADMIN, "channel", f"{GENERAL}: questions")]
    assert kept(path) == ({}, changes)


async def test_an_admin_demoted_while_the_list_stands_changes_nothing(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Answerer()):
        message = await told(sandbox, "jiwoo", "general", "channel")
        sandbox.workspace.user("jiwoo").is_admin = False
        await sandbox.click("jiwoo", "general", message["ts"], CHANNEL_ACTION, "sure")
        refused = texts.text("channel_admins_only", "ko")
        await sandbox.wait_for(lambda: refused in "".join(map(said, sandbox.ephemerals("jiwoo", "general"))))
    assert kept(path) == ({}, [])


@over_both_transports
async def test_an_admin_chooses_it_from_the_list(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Answerer()):
        message = await told(sandbox, "jiwoo", "general", "channel")
        await sandbox.click("jiwoo", "general", message["ts"], CHANNEL_ACTION, "sure")
        await sandbox.wait_for(
            lambda: (
                texts.text("channel_set", "ko") in "".join(map(said, sandbox.ephemerals("jiwoo", "general")))
            )
        )
        (shown,) = sandbox.ephemerals("jiwoo", "general")
    assert shown["blocks"][-1]["elements"][0]["initial_option"]["value"] == "sure"
    assert kept(path) == ({GENERAL: Speaks.SURE}, [(ADMIN, "channel", f"{GENERAL}: sure")])


@pytest.mark.parametrize(
    ("user", "channel", "wanted", "name"),
    [
        ("alex", "general", "sure", "channel_admins_only"),
        ("sam", "handbook-ko", "sure", "channel_admins_only"),
        ("hana", "partner-project", "questions", "channel_admins_only"),
        ("jiwoo", "partner-project", "questions", "channel_shared"),
        ("jiwoo", "general", "always", "usage_channel"),
    ],
)
async def test_what_may_not_be_set_is_said_and_leaves_everything_as_it_was(
    sandbox: Workspace, path: Path, user: str, channel: str, wanted: str, name: str
) -> None:
    async with connected(sandbox, path, Answerer()):
        message = await told(sandbox, user, channel, f"channel {wanted}")
    assert texts.text(name, "ko" if user == "jiwoo" else "en").split("`")[0] in said(message)
    assert kept(path) == ({}, [])


async def test_who_is_an_admin_no_more_cannot_choose_from_an_old_list(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Answerer(), admins=("U02ALEX000",)):
        message = await told(sandbox, "alex", "general", "channel")
    async with connected(sandbox, path, Answerer()):
        await sandbox.click("alex", "general", message["ts"], CHANNEL_ACTION, "sure")
        refusal = texts.text("channel_admins_only", "en")
        await sandbox.wait_for(lambda: refusal in "".join(map(said, sandbox.ephemerals("alex", "general"))))
    assert kept(path) == ({}, [])


async def test_a_direct_message_has_no_setting_and_a_channel_without_the_bot_wants_it_invited(
    sandbox: Workspace, path: Path
) -> None:
    async with connected(sandbox, path, Answerer()):
        direct = await told(sandbox, "jiwoo", sandbox.dm("jiwoo"), "channel sure")
        outside = await told(sandbox, "jiwoo", "random", "channel sure")
    assert texts.text("channel_direct", "ko").split("`")[0] in said(direct)
    assert "/invite" in said(outside)
    assert kept(path)[0] == {RANDOM: Speaks.SURE}


async def test_status_lists_the_channels_to_admins_as_slack_draws_them(
    sandbox: Workspace, path: Path
) -> None:
    async with connected(sandbox, path, Answerer()):
        await told(sandbox, "jiwoo", "people-team", "channel sure")
        admins = await told(sandbox, "jiwoo", "general", "status")
        members = await told(sandbox, "alex", "general", "status")
    assert {"type": "channel", "channel_id": "C04PEOPLE0"} in admins["blocks"][-1]["elements"][0]["elements"][
        0
    ]["elements"]
    assert "C04PEOPLE0" not in str(members)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_choice_fits_into_what_slack_takes(language: str) -> None:
    assert all(len(texts.text(f"channel_{speaks}", language)) <= 75 for speaks in Speaks)
