"""Whatever the arguments are, a method answers or refuses by a name of Slack's; it never breaks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox import App
from bot.sandbox.api.methods import METHODS
from bot.sandbox.api.rate_limits import RateLimits
from bot.sandbox.api.web_api import Arguments, Parts
from bot.sandbox.errors import SlackError
from bot.sandbox.events.delivery import NotAcknowledged
from bot.sandbox.events.interactions import Interactions
from bot.sandbox.events.responses import Responses
from bot.sandbox.events.socket_mode import SocketMode
from bot.sandbox.faults.faults import Faults
from bot.sandbox.shapes import Json, words
from bot.sandbox.team import cast
from bot.sandbox.team.views import Views
from bot.sandbox.team.workspace import Workspace

EVERY_SCOPE = App.scopes | {
    "files:read",
    "reactions:read",
    "usergroups:read",
    "users:read.email",
    "mpim:write",
    "channels:join",
    "channels:manage",
    "groups:write",
    "chat:write.customize",
}
GENERAL, DIRECT, ALEX = "C01GENERAL", "D02BOT0000", "U02ALEX000"

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
texts = st.sampled_from(
    ["", "hello", "<@U01JIWOO00> *a* <!here> <https://a.example|b>", "\u200b", "x" * 5000]
)
kinds = st.sampled_from(
    sorted(
        words(
            "section actions input header markdown context image rich_text table context_actions plan"
            " task_card button static_select external_select plain_text_input checkboxes feedback_buttons"
            " overflow"
        )
    )
)


def some(names: str, values: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return dict.fromkeys(sorted(words(names)), values)


elements = st.fixed_dictionaries(
    {"type": kinds | junk},
    optional=some(
        "text elements element accessory options option_groups fields rows label action_id block_id value url"
        " positive_button initial_option title",
        junk,
    ),
)
blocks = st.lists(elements | junk, max_size=3) | junk
views = junk | st.fixed_dictionaries(
    {"type": st.sampled_from(["modal", "home"]), "blocks": blocks},
    optional=some("title submit close private_metadata callback_id external_id", junk),
)
chunks = junk | st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["markdown_text", "task_update", "plan_update", "blocks"]) | junk},
        optional=dict.fromkeys(("text", "id", "title", "status", "blocks", "sources"), junk),
    ),
    max_size=3,
)
places = st.sampled_from([GENERAL, DIRECT, "general", "C03RANDOM0", "D0NOWHERE0", ALEX]) | junk
KNOWN: Mapping[str, st.SearchStrategy[Any]] = {
    "attachments": junk,
    "blocks": blocks,
    "bot": junk,
    "channel": places,
    "channel_id": places,
    "channels": places,
    "chunks": chunks,
    "count": junk,
    "cursor": st.sampled_from(["", "b2Zmc2V0OjE=", "b2Zmc2V0Oi0x", "%"]) | junk,
    "email": st.just("alex@example.com") | junk,
    "file": junk,
    "filename": texts | junk,
    "files": junk | st.lists(st.fixed_dictionaries({"id": junk, "title": junk}), max_size=2),
    "hash": junk,
    "initial_comment": texts | junk,
    "latest": junk,
    "length": st.sampled_from(["1", 1, "0", "-1", "²"]) | junk,
    "limit": st.sampled_from(["2", 2, "0", "²"]) | junk,
    "loading_messages": junk,
    "markdown_text": texts | junk,
    "metadata": junk | st.fixed_dictionaries({"event_type": junk, "event_payload": junk}),
    "name": junk,
    "oldest": st.sampled_from(["nan", "inf", "1e400", "0"]) | junk,
    "page": st.sampled_from(["1", "²"]) | junk,
    "prompts": junk | st.lists(st.fixed_dictionaries({"title": junk, "message": junk}), max_size=5),
    "recipient_team_id": junk,
    "recipient_user_id": junk,
    "reply_broadcast": junk,
    "session_status": junk,
    "status": st.sampled_from(["processing", "active", "is thinking..."]) | junk,
    "text": texts | junk,
    "title": texts | junk,
    "trigger_id": junk,
    "types": st.sampled_from(["public_channel,im", "images"]) | junk,
    "user": st.just(ALEX) | junk,
    "user_id": st.just(ALEX) | junk,
    "usergroup": st.just("S01PEOPLE0") | junk,
    "username": junk,
    "users": st.sampled_from([ALEX, f"{ALEX},U01JIWOO00"]) | junk,
    "view": views,
    "view_id": junk,
}
MOMENTS = ("ts", "thread_ts", "timestamp", "message_ts")


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(method=st.sampled_from(sorted(set(METHODS) - {"apps.connections.open"})), data=st.data())
def test_any_arguments_are_answered_or_refused(method: str, data: st.DataObject) -> None:
    parts = everything_allowed()
    workspace = parts.workspace
    workspace.say(ALEX, DIRECT, "a question")
    root = workspace.say(ALEX, GENERAL, "a question")
    own = METHODS["chat.postMessage"](parts, Arguments({"channel": GENERAL, "text": "mine"}))
    begun = {"channel": GENERAL, "thread_ts": root.ts, "recipient_user_id": ALEX, "recipient_team_id": "T"}
    stream = METHODS["chat.startStream"](parts, Arguments(begun))
    moments = st.sampled_from([root.ts, own["ts"], stream["ts"], "1.000000", "x"]) | junk
    arguments = data.draw(
        st.fixed_dictionaries({}, optional={**KNOWN, **dict.fromkeys(MOMENTS, moments)}), label="arguments"
    )
    arguments.setdefault("channel", GENERAL)
    arguments.setdefault("ts", stream["ts"])
    with contextlib.suppress(SlackError):
        json.dumps(METHODS[method](parts, Arguments(arguments)))
    for channel in workspace.channels:
        workspace.roots(channel)


def everything_allowed() -> Parts:
    workspace = Workspace(App(scopes=EVERY_SCOPE))
    views = Views(workspace)

    async def nobody(kind: str, payload: Json) -> Json:
        raise NotAcknowledged("nobody")

    socket_mode = SocketMode()
    return Parts(
        workspace,
        views,
        Interactions(workspace, views, Responses(workspace), nobody),
        socket_mode,
        Faults(socket_mode, workspace.streams.expire_all),
        RateLimits(workspace.clock),
        cast.BOT_TOKEN,
        cast.APP_TOKEN,
    )
