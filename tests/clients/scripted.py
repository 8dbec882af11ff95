"""The scripted app: one small Slack app, written once for each client that proves the sandbox.

What every version of it does:
- a mention is answered in its thread, "heard: ..."; the mention "stream" by a stream with a task and feedback
  buttons, and a click on one of these by an ephemeral "thanks: good";
- a direct message is answered "dm: ...", one with a file "file: <name>"; an edited message gets a reaction;
- who joins a channel is welcomed; who opens the Home tab gets one;
- "/footnote note", and the global shortcut write_note, open a modal: its button pushes a second one, its
  select asks the app for options, a short text is refused, a good one updates it and is sent to the person;
- any other "/footnote" is answered by the ack and three times over the response_url;
- the message shortcut keep_message answers in the thread;
- with assistant_view, a new thread of the assistant is greeted and gets prompts, and what is asked in it is
  answered "answer: ..., asked from <channel>" after a title and a status: all by Bolt's own Assistant.

Its routines are what a test asks for directly: call, page_history, page_users, upload.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

Json = dict[str, Any]

SURFACES: Json = json.loads((Path(__file__).parent / "surfaces.json").read_text(encoding="utf-8"))
"""The blocks and views of the app, the same for all its versions."""
COLOURS = ("red", "green", "grey")


class ScriptedApp(Protocol):
    """One version of the app, while it runs."""

    heard: list[tuple[str, Json]]
    """Kind and body of everything it was sent, in order of arrival."""
    request_url: str
    """Where it takes HTTP requests; "" when it uses Socket Mode."""

    async def ask(self, routine: str, **given: object) -> Any:
        """Run a routine of the app and return what it returns."""


def kind_of(body: Json) -> str:
    """How `heard` names a body."""
    event = body.get("event")
    return str(event["type"]) if event else str(body.get("type", "slash_command"))


def options_for(typed: str) -> list[Json]:
    """The colours that begin with what was typed."""
    return [
        {"text": {"type": "plain_text", "text": colour}, "value": colour}
        for colour in COLOURS
        if colour.startswith(typed)
    ]
