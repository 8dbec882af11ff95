"""The types that Slack publishes for TypeScript, held against what the sandbox answers and sends.

The compiler finds members of a wrong type, members it does not know and, in events and interactions, members
that are missing (in answers every member is optional to it). What is knowingly beyond the types stands in
BEYOND with its reason; a finding that went away must go from there too.
"""

from __future__ import annotations

import asyncio
import copy
import json
import subprocess

import pytest
import pytest_asyncio

from bot.sandbox.api.methods import METHODS
from tests.clients.recording import EVENTS, Recording, recorded
from tests.clients.scripted import Json
from tests.node import CLIENTS, Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

Findings = dict[str, set[str]]

EVENT_TYPES = {
    "app_mention": "types.AppMentionEvent",
    "message": "Unset<types.GenericMessageEvent, 'subtype'>",
    "message/bot_message": "types.BotMessageEvent",
    "message/channel_join": "types.ChannelJoinMessageEvent",
    "message/channel_leave": "types.ChannelLeaveMessageEvent",
    "message/file_share": "types.FileShareMessageEvent",
    "message/message_changed": "Opaque<types.MessageChangedEvent, 'message' | 'previous_message'>",
    "message/message_deleted": "Opaque<types.MessageDeletedEvent, 'previous_message'>",
    "message/thread_broadcast": "Opaque<types.ThreadBroadcastMessageEvent, 'root'>",
    "reaction_added": "types.ReactionAddedEvent",
    "reaction_removed": "types.ReactionRemovedEvent",
    "member_joined_channel": "types.MemberJoinedChannelEvent",
    "member_left_channel": "types.MemberLeftChannelEvent",
    "app_home_opened": "types.AppHomeOpenedEvent",
    "app_context_changed": "types.AppContextChangedEvent",
    "assistant_thread_started": "types.AssistantThreadStartedEvent",
    "assistant_thread_context_changed": "types.AssistantThreadContextChangedEvent",
    "agent_session_stopped": "types.AgentSessionStoppedEvent",
    "agent_session_title_changed": "types.AgentSessionTitleChangedEvent",
}
INTERACTION_TYPES = {
    "event_callback": "bolt.EnvelopedEvent",
    "slash_command": "bolt.SlashCommand",
    "block_actions": "Unset<bolt.BlockAction, 'response_url'>",  # it has none in a view
    "block_suggestion": "bolt.BlockSuggestion",
    "view_submission": "Omit<bolt.ViewSubmitAction, 'view'>",
    "view_closed": "Omit<bolt.ViewClosedAction, 'view'>",
    "shortcut": "bolt.GlobalShortcut",
    "message_action": "bolt.MessageShortcut",
}


PART_TYPES = {
    # the types of answers know only old kinds of blocks, those of events hardly a message inside another
    "blocks": "types.KnownBlock",
    "messages": "NonNullable<api.ConversationsHistoryResponse['messages']>[number]",
    "views": "bolt.ViewOutput",
}

BEYOND: dict[str, dict[str, str]] = {
    "the documents show null here, the types leave it out": {
        "views.open": "view.close: not null; view.previous_view_id: not null",
        "views.push": "view.close: not null",
        "views.update": "view.close: not null; view.previous_view_id: not null; view.submit: not null",
        "views.publish": "view.close: not null; view.previous_view_id: not null; view.submit: not null;"
        " view.title: not null",
        "usergroups.list": "usergroups.[].deleted_by: not null",
        "conversations.history": "channel_actions_ts: not null",
        "event_callback": "context_enterprise_id: not null",
        "block_actions": "enterprise: not null",
        "block_suggestion": "enterprise: not null",
        "view_submission": "enterprise: not null",
        "view_closed": "enterprise: not null",
        "shortcut": "enterprise: not null",
        "message_action": "enterprise: not null",
    },
    "documented, but not in the types": {
        "usergroups.list": "usergroups.[].auto_type: unknown",
        "event_callback": "event_context: unknown",
        "conversations.replies": "messages.[].subtype: unknown",
        "message": "source_team: unknown; user_team: unknown",
        "block_suggestion": "user.username: unknown",
        "view_submission": "user.username: unknown",
        "view_closed": "user.username: unknown",
    },
    "the types were made from other channels than direct messages": {
        "conversations.info": "channel.is_user_deleted: unknown; channel.priority: unknown;"
        " channel.user: unknown",
        "conversations.open": "channel.is_user_deleted: unknown",
    },
    "the types of events with a subtype are a hand-written selection; a plain message has these": {
        "message/thread_broadcast": "parent_user_id: unknown; team: unknown",
        "message/file_share": "app_context: unknown; client_msg_id: unknown; team: unknown;"
        " files.[].comments_count: not number; files.[].file_access: unknown; files.[].ims: unknown;"
        " files.[].timestamp: unknown; files.[].user_team: unknown",
        "message/bot_message": "team: unknown",
    },
    "only who was invited has an inviter": {"message/channel_join": ": misses inviter"},
    "in the types of events, not yet in those of answers": {"messages": "streaming_state: unknown"},
    "a Home tab has no title": {"views": "title: not null; : misses title"},
}

WRONG: dict[str, Json] = {
    "a wrong answer": {
        "type": "api.ChatPostMessageResponse",
        "values": [{"ok": True, "ts": 7, "message": {"text": "a", "colour": "red"}}],
    },
    "a wrong event": {
        "type": EVENT_TYPES["member_joined_channel"],
        "values": [{"type": "member_joined_channel", "user": "U1", "channel": "C1", "channel_type": "C"}],
    },
}
"""What the compiler has to find fault with."""


def answer_type(method: str) -> str:
    """How @slack/web-api names what a method answers."""
    return "api." + "".join(part[0].upper() + part[1:] for part in method.split(".")) + "Response"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recording() -> Recording:
    return await recorded()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def findings(recording: Recording, node: Node) -> Findings:
    """What the compiler says, by method, event or interaction; and of blocks, messages and views in them."""
    types = {method: answer_type(method) for method in recording.answers} | EVENT_TYPES | INTERACTION_TYPES
    parts: dict[str, list[Json]] = {name: [] for name in PART_TYPES}
    values = {
        name: [_taken_apart(value, parts, is_answer=name in recording.answers) for value in given]
        for name, given in (recording.answers | recording.events | recording.interactions).items()
    }
    cases = {name: {"type": types[name], "values": given} for name, given in values.items()}
    cases |= {name: {"type": PART_TYPES[name], "values": given} for name, given in parts.items()}
    done = await asyncio.to_thread(
        subprocess.run,
        [node.program, str(CLIENTS / "typecheck.mjs")],
        input=json.dumps(cases | WRONG),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name: set(found) for name, found in json.loads(done.stdout).items() if found}


def _taken_apart(value: Json, parts: dict[str, list[Json]], *, is_answer: bool) -> Json:
    """A copy in which every part that has a better type elsewhere is replaced by an empty one."""
    value = copy.deepcopy(value)
    nested = value.get("event", value)
    if not is_answer:
        for name in ("message", "previous_message", "root"):
            if name in nested:
                _add(parts["messages"], _without_blocks(nested[name], parts["blocks"]))
                nested[name] = {"type": "message", "ts": ""}
        if "view" in nested:
            _add(parts["views"], _without_blocks(nested["view"], parts["blocks"]))
            del nested["view"]
    if "event" in value:
        value["event"] = {"type": ""}  # recorded by itself, too
    return _without_blocks(value, parts["blocks"])


def _without_blocks(value: Json, blocks: list[Json]) -> Json:
    def strip(inside: object) -> None:
        if isinstance(inside, dict):
            for block in inside.get("blocks") or []:
                _add(blocks, block)
            if "blocks" in inside:
                inside["blocks"] = []
            for item in inside.values():
                strip(item)
        elif isinstance(inside, list):
            for item in inside:
                strip(item)

    strip(value)
    return value


def _add(values: list[Json], value: Json) -> None:
    if value not in values:
        values.append(value)


async def test_every_method_event_and_interaction_was_recorded_and_has_a_type(recording: Recording) -> None:
    assert recording.answers.keys() == METHODS.keys()
    assert all(any(answer["ok"] for answer in answers) for answers in recording.answers.values())
    assert recording.events.keys() == EVENT_TYPES.keys()
    assert {event for event in EVENTS if not event.startswith("message.")} <= EVENT_TYPES.keys()
    assert recording.interactions.keys() == INTERACTION_TYPES.keys()


async def test_all_of_it_has_the_shape_that_the_types_say(findings: Findings) -> None:
    known: Findings = {}
    for exempt in BEYOND.values():
        for name, several in exempt.items():
            known.setdefault(name, set()).update(several.split("; "))
    assert {name: found for name, found in findings.items() if name not in WRONG} == known


async def test_the_compiler_finds_what_is_wrong(findings: Findings) -> None:
    """Else the test above could not fail."""
    assert {name: findings[name] for name in WRONG} == {
        "a wrong answer": {"ts: not number", "message.colour: unknown"},
        "a wrong event": {": misses team, event_ts"},
    }
