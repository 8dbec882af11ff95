"""What somebody who asks a human sees, and what people read then. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.contracts import Answer, Citation, Passage
from bot.slack import modal, texts
from bot.slack.clicks import Click, value_of
from bot.slack.render import Block, fallback, line_of, rich_text
from bot.store.escalations import Escalation

EXPERTS_VIEW, RESOLVE_VIEW = "footnote_experts", "footnote_resolve_view"
QUESTION, ANSWER = "question", "answer"
"""The block and the action of the one input of each."""
MAX_QUESTION = MAX_ANSWER = 3_000
"""Characters that a plain_text_input takes."""
RESOLVE_TITLE = "experts_resolve_title"
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
    block["elements"].append(_quote(question))
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
    state = {**rich_text(said), "block_id": _STATE}
    if one.answer:
        state["elements"].append(_quote(one.answer))
    return [state, *kept, button]


def question_in(blocks: Iterable[Mapping[str, Any]]) -> str:
    """The question as it stands in a post of it, or in the modal that resolves it; "" where none does."""
    for block in blocks:
        if block.get("block_id") == _STATE or block.get("type") != "rich_text":
            continue
        for part in block.get("elements") or []:
            if part.get("type") == "rich_text_quote":
                return "".join(str(each.get("text") or "") for each in part.get("elements") or [])
    return ""


def resolve_view(click: Click, question: str, shared_channel: str, language: str) -> dict[str, Any]:
    """The modal in which a question is resolved, with the right answer if somebody likes to write it.

    `shared_channel`: in whose thread that will be read; "" where the asker alone will read it.
    """
    name = "experts_answer_shared" if shared_channel else "experts_answer_private"
    before, _, behind = texts.text(name, language, channel="\0").partition("\0")
    goes: list[Block] = [{"type": "text", "text": before}]
    if shared_channel:
        goes += [{"type": "channel", "channel_id": shared_channel}, {"type": "text", "text": behind}]
    element = {"type": "plain_text_input", "action_id": ANSWER, "multiline": True, "max_length": MAX_ANSWER}
    blocks: list[Block] = [
        {
            "type": "input",
            "block_id": ANSWER,
            "optional": True,
            "label": modal.plain_text("experts_answer_label", language),
            "element": element,
        },
        rich_text(goes),
    ]
    if question:
        blocks.insert(0, {"type": "rich_text", "elements": [_quote(question)]})
    kept = replace(click, language=language, trigger_id="", response_url="")
    return {
        **modal.view(RESOLVE_TITLE, blocks, language),
        "callback_id": RESOLVE_VIEW,
        "private_metadata": json.dumps(asdict(kept)),
        "submit": modal.plain_text("experts_resolve_submit", language),
    }


def resolved_view(name: str, language: str, answer: str = "") -> dict[str, Any]:
    """What came of it. `answer`: what was written in vain, so that it is not lost."""
    block = modal.words_block(name, language)
    if answer:
        block["elements"].append(_quote(answer))
    return modal.view(RESOLVE_TITLE, [block], language)


def said_message(one: Escalation, language: str) -> tuple[str, list[Block]]:
    """A person's answer where the question was asked; once it was reopened, that it was taken back."""
    if not one.answer:
        name = "experts_told_resolved" if one.resolved_by else "experts_said_reopened"
        return texts.text(name, language).strip(" :"), [where_block(one, name, language)]
    label = texts.text("experts_said", language)
    head: list[Block] = [
        {"type": "text", "text": label, "style": {"bold": True}},
        {"type": "text", "text": " · "},
        {"type": "user", "user_id": one.resolved_by},
        {"type": "text", "text": " → "},
        {"type": "user", "user_id": one.user},
    ]
    block = rich_text(head)
    block["elements"].append(_quote(one.answer))
    tail: list[Block] = [{"type": "text", "text": texts.text("experts_said_unchecked", language)}]
    if one.permalink:
        link = {"type": "link", "url": one.permalink, "text": texts.text("experts_link", language)}
        tail += [{"type": "text", "text": " · "}, link]
    block["elements"] += rich_text(tail)["elements"]
    return f"{label}: {fallback(one.answer)}", [block]


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


def _quote(text: str) -> Block:
    return {"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]}


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
