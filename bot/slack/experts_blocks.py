"""What somebody who asks a human sees, and what people read then. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bot.contracts import Answer, Citation, Passage
from bot.slack import modal, texts
from bot.slack.clicks import Click, value_of
from bot.slack.render import Block, line_of, rich_text
from bot.store.escalations import Escalation

EXPERTS_VIEW = "footnote_experts"
QUESTION = "question"
"""The block and the action of the one input."""
MAX_QUESTION = 3_000
"""Characters that a plain_text_input takes."""
RESOLVE, REOPEN = "resolve", "reopen"
RESOLVE_ACTION, REOPEN_ACTION = "footnote_resolve", "footnote_reopen"
_STATE, _BUTTON = "footnote_escalation_state", "footnote_escalation_button"
"""The blocks of a question that change once it is resolved."""


@dataclass(frozen=True)
class ExpertsChannel:
    """Where people are asked, and whom to mention there: the id of a person or a user group, or ""."""

    channel: str
    mention: str = ""
    connector: str = ""
    """Whose owners are asked there; empty: it is the channel for everything else."""

    @property
    def setting(self) -> str:
        """Its name in the settings."""
        return f"connectors.{self.connector}.owner_channel" if self.connector else "slack.experts_channel"


def documents_of(answer: Answer) -> list[Citation | Passage]:
    """What an answer cites or, where it found none, came near to; each document once."""
    given: Sequence[Citation | Passage] = answer.citations if answer.found else answer.nearest
    first: dict[str, Citation | Passage] = {}
    for source in given:
        first.setdefault(source.document_id, source)
    return list(first.values())


def experts_view(click: Click, question: str, to: ExpertsChannel) -> dict[str, Any]:
    """The modal in which the question is looked over."""
    language = click.language
    lead = [
        {"type": "text", "text": texts.text("experts_lead", language)},
        {"type": "channel", "channel_id": to.channel},
    ]
    element = {
        "type": "plain_text_input",
        "action_id": QUESTION,
        "multiline": True,
        "max_length": MAX_QUESTION,
    }
    if question.strip():
        element["initial_value"] = question[:MAX_QUESTION]
    blocks = [
        rich_text(lead),
        {
            "type": "input",
            "block_id": QUESTION,
            "label": modal.plain_text("experts_label", language),
            "element": element,
        },
    ]
    return {
        **modal.view("experts_title", blocks, language),
        "callback_id": EXPERTS_VIEW,
        "private_metadata": json.dumps(asdict(click)),
        "submit": modal.plain_text("send", language),
    }


def experts_blocks(
    mention: str,
    asker: str,
    question: str,
    link: str,
    documents: Sequence[Citation | Passage],
    language: str,
    now: float,
    *,
    is_found: bool,
    trace_id: str,
) -> list[Block]:
    """What stands in the experts' channel. `mention` is a person or a user group, or nobody."""
    asks = texts.text("experts_asks_more" if is_found else "experts_asks", language)
    head: list[Block] = [{"type": "user", "user_id": asker}, {"type": "text", "text": asks}]
    if mention:
        head = [_mention(mention), {"type": "text", "text": " "}, *head]
    if link:
        place = {"type": "link", "url": link, "text": texts.text("experts_thread", language)}
        head += [{"type": "text", "text": " "}, place]
    block = rich_text(head)
    block["elements"].append({"type": "rich_text_quote", "elements": [{"type": "text", "text": question}]})
    blocks = [block]
    if documents:
        moment = datetime.fromtimestamp(now, UTC)
        name = texts.text("sources" if is_found else "nearest", language)
        sections = [[{"type": "text", "text": name, "style": {"bold": True}}]]
        sections += [line_of(document, language, moment, "") for document in documents]
        for section in sections[:-1]:
            section.append({"type": "text", "text": "\n"})
        blocks.append(rich_text(*sections))
    return [*blocks, _mark_button(trace_id, language, is_resolved=False)]


def marked_blocks(blocks: Sequence[Mapping[str, Any]], one: Escalation, language: str) -> list[Block]:
    """The blocks of a question as they stand in Slack -> the same, resolved by somebody or open."""
    kept = [dict(block) for block in blocks if block.get("block_id") not in (_STATE, _BUTTON)]
    button = _mark_button(one.trace_id, language, is_resolved=bool(one.resolved_by))
    if not one.resolved_by:
        return [*kept, button]
    said: list[Block] = [
        {"type": "text", "text": texts.text("experts_resolved_by", language), "style": {"bold": True}},
        {"type": "user", "user_id": one.resolved_by},
    ]
    if one.resolved_at is not None:
        at = {
            "type": "date",
            "timestamp": int(one.resolved_at),
            "format": "{date_short_pretty} {time}",
            "fallback": f"{datetime.fromtimestamp(one.resolved_at, UTC):%Y-%m-%d %H:%M} UTC",
        }
        said += [{"type": "text", "text": " · "}, at]
    return [{**rich_text(said), "block_id": _STATE}, *kept, button]


def _mark_button(trace_id: str, language: str, *, is_resolved: bool) -> Block:
    name, action_id, what = (
        ("experts_reopen_button", REOPEN_ACTION, REOPEN)
        if is_resolved
        else ("experts_resolve_button", RESOLVE_ACTION, RESOLVE)
    )
    button = {
        "type": "button",
        "action_id": action_id,
        "text": modal.plain_text(name, language),
        "value": value_of(what, trace_id, language),
    }
    return {"type": "actions", "block_id": _BUTTON, "elements": [button]}


def _mention(who: str) -> Block:
    if who.startswith("S"):
        return {"type": "usergroup", "usergroup_id": who}
    return {"type": "user", "user_id": who}


def where_block(one: Escalation, name: str, language: str, asked_link: str = "") -> Block:
    """The text of that name and, where the question stands in Slack, the way to it, and to where it arose."""
    elements: list[Block] = [{"type": "text", "text": texts.text(name, language)}]
    if one.is_posted:
        elements.append({"type": "channel", "channel_id": one.channel})
    if one.permalink:
        link = {"type": "link", "url": one.permalink, "text": texts.text("experts_link", language)}
        elements += [{"type": "text", "text": " · "}, link]
    if asked_link:
        link = {"type": "link", "url": asked_link, "text": texts.text("experts_thread", language)}
        elements += [{"type": "text", "text": " · "}, link]
    return rich_text(elements)


def unposted_block(channel: str, name: str, language: str) -> Block:
    """The text of that name, and the channel that it is about."""
    said = texts.text(name, language)
    return rich_text([{"type": "text", "text": f"{said} "}, {"type": "channel", "channel_id": channel}])
