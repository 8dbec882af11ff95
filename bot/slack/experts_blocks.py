"""What somebody who asks a human sees, and what people read then. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bot.contracts import Answer, Citation, Passage
from bot.slack import modal, texts
from bot.slack.clicks import Click
from bot.slack.render import Block, line_of, rich_text
from bot.store.escalations import Escalation

EXPERTS_VIEW = "footnote_experts"
QUESTION = "question"
"""The block and the action of the one input."""
MAX_QUESTION = 3_000
"""Characters that a plain_text_input takes."""


@dataclass(frozen=True)
class ExpertsChannel:
    """Where people are asked, and whom to mention there: the id of a person or a user group, or ""."""

    channel: str
    mention: str = ""


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
    to: ExpertsChannel,
    asker: str,
    question: str,
    link: str,
    documents: Sequence[Citation | Passage],
    language: str,
    now: float,
    *,
    is_found: bool,
) -> list[Block]:
    """What stands in the experts' channel."""
    asks = texts.text("experts_asks_more" if is_found else "experts_asks", language)
    head: list[Block] = [{"type": "user", "user_id": asker}, {"type": "text", "text": asks}]
    if to.mention:
        head = [_mention(to.mention), {"type": "text", "text": " "}, *head]
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
    return blocks


def _mention(who: str) -> Block:
    if who.startswith("S"):
        return {"type": "usergroup", "usergroup_id": who}
    return {"type": "user", "user_id": who}


def where_block(one: Escalation, name: str, language: str) -> Block:
    """The text of that name and, where the question stands in Slack, the way to it."""
    elements: list[Block] = [{"type": "text", "text": texts.text(name, language)}]
    if one.is_posted:
        elements.append({"type": "channel", "channel_id": one.channel})
    if one.permalink:
        link = {"type": "link", "url": one.permalink, "text": texts.text("experts_link", language)}
        elements += [{"type": "text", "text": " · "}, link]
    return rich_text(elements)
