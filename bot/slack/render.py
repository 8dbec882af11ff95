"""What is said -> the text and blocks that Slack gets. Pure.

The words of an answer are Markdown made safe; its sources are a rich_text block, in which a text is only ever
a text and the one link is the url of the citation, put there by this module. Only http and https become
links: a file:// URL opens nothing on somebody else's machine and is shown as the path it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.contracts import Answer, Citation, Passage
from bot.slack import texts
from bot.slack.clicks import value_of
from bot.slack.safe_markdown import inline, plain, safe_markdown

Block = dict[str, Any]

VOTE_ACTION = "footnote_vote"
QUOTES_ACTION = "footnote_quotes"
AGAIN_ACTION = "footnote_again"
EXPERTS_ACTION = "footnote_experts"
MORE_ACTION = "footnote_more"
ALONE_ACTION = "footnote_alone"
SHARE_ACTION = "footnote_share"
EXPERTS, WHY = "experts", "why"
"""What the options of MORE_ACTION begin with."""

MAX_BODY = 7_000
"""Characters of an answer. Slack takes 12,000 of Markdown and some 13,200 of all block text."""
MAX_ESCAPED_BODY = 9_000
MAX_SOURCES = 10
MAX_TITLE = 120
MAX_COPIES = 3
MAX_NEAREST = 320
SHOWN_PARTS = 2
MAX_SHOWN_PATH = 120
MAX_URL = 3_000
MAX_FALLBACK = 300
"""The text of notifications; chat.update refuses more than 4,000."""


@dataclass(frozen=True)
class Rendered:
    """One message. `text` is what notifications and screen readers get."""

    text: str
    blocks: list[Block]
    said: str = ""
    """The words as they were, for the history of a follow-up."""
    trace_id: str = ""
    """Of the answer, if it is one."""
    documents: tuple[str, ...] = ()
    """Ids of those whose words or titles it holds: who sees it has to be allowed to read them all."""


def answer_message(
    answer: Answer,
    now: datetime,
    *,
    note: str = "",
    has_experts: bool = False,
    is_alone: bool = False,
    is_along: bool = False,
) -> Rendered:
    """A final answer: its words, its sources (or the nearest documents), and the buttons.

    With `has_experts` people can be asked instead. `is_alone`: nobody else sees it in that channel, so it may
    be shared there. `is_along`: others read along, so more may be found for one of them alone.
    """
    language = answer.language
    words = answer.text.strip() or texts.text("not_found", language)
    if is_along and not answer.found:
        note = f"{note}\n\n{texts.text('alone_note', language)}".strip()
    body = body_markdown(f"{words}\n\n{note}".strip(), language)
    blocks: list[Block] = [{"type": "markdown", "text": body}]
    if answer.found:
        sources = [line_of(citation, language, now, f"[{citation.number}] ") for citation in answer.citations]
        blocks += _list_of("sources", sources, language)
    else:
        sources = [
            line_of(passage, language, now, "") + _nearest_words(passage)
            for passage in _one_per_document(answer.nearest)
        ]
        blocks += _list_of("nearest", sources, language)
    blocks += _reused(answer, now)
    blocks += [vote_buttons(answer.trace_id, language), further_buttons(answer, has_experts=has_experts)]
    if is_alone and answer.found:
        blocks[-1]["elements"].insert(-1, _button_of("share_button", SHARE_ACTION, answer))
    elif is_along and not answer.found:
        blocks[-1]["elements"].insert(-1, _button_of("alone_button", ALONE_ACTION, answer))
    return Rendered(fallback(words), blocks, words, answer.trace_id, documents_of(answer))


def documents_of(answer: Answer) -> tuple[str, ...]:
    """Ids of the documents that a message of this answer quotes or names, each once."""
    sources: tuple[Citation | Passage, ...] = (*answer.citations, *answer.nearest)
    every = [one.document_id for source in sources for one in (source, *source.copies)]
    return tuple(dict.fromkeys(every))


def _reused(answer: Answer, now: datetime) -> list[Block]:
    """That the answer was given before, and when."""
    if answer.reused_from is None:
        return []
    age = texts.age((now - answer.reused_from).total_seconds(), answer.language)
    said = texts.text("reused", answer.language, age=age)
    return [{"type": "context", "elements": [{"type": "plain_text", "text": said, "emoji": True}]}]


def withdrawn_message(
    trace_id: str, language: str, *, reason: str = "deleted", is_shared: bool = False
) -> Rendered:
    """What stands in the place of an answer that may no longer be shown, and a way to a new one.

    `reason`: "deleted" (a document that it cites) or "readers" (not all may read it). One that somebody
    `is_shared` was made for them alone: it is not made anew where others read along.
    """
    words = texts.text("withdrawn_readers" if reason == "readers" else "withdrawn", language)
    if is_shared:
        return text_message(words, language)
    words = f"{words} {texts.text('withdrawn_again', language)}"
    block: Block = {"type": "markdown", "text": body_markdown(words, language)}
    return Rendered(fallback(words), [block, _again_alone(trace_id, language)], words, trace_id)


def text_message(markdown: str, language: str = texts.ENGLISH) -> Rendered:
    """A message that is only words."""
    block: Block = {"type": "markdown", "text": body_markdown(markdown, language)}
    return Rendered(fallback(markdown), [block], markdown)


def body_markdown(text: str, language: str) -> str:
    """Safe Markdown that fits, cut at a line, sentence or word where it must be."""
    safe = safe_markdown(text) or "…"
    limit = MAX_BODY
    while len(text) > limit or len(safe) > MAX_ESCAPED_BODY:
        limit = min(limit, len(text))
        safe = safe_markdown(_cut(text, limit) + " " + texts.text("shortened", language))
        if len(safe) <= MAX_ESCAPED_BODY:
            break
        limit = limit * 2 // 3
    return safe


def fallback(text: str) -> str:
    """The first sentence, as plain text without links or mentions."""
    words = re.sub(r"[*_`#]+", "", text).strip()
    first = re.match(r"(.+?[.!?。…])(?:\s|$)", words.replace("\n", " "))
    return plain((first[1] if first else words)[:MAX_FALLBACK]) or "…"


def titles_of(passages: Iterable[Passage], most: int = 3) -> str:
    """The titles of the documents found, for the line shown while the answer is written."""
    titles = [inline(_shortened(passage.title, 60)) for passage in _one_per_document(passages)]
    return " · ".join(titles[:most]) + (f" +{len(titles) - most}" if len(titles) > most else "")


def plain_titles_of(passages: Iterable[Passage], most: int = 2) -> str:
    """The same for a status, which shows no Markdown."""
    titles = [plain(_shortened(passage.title, 40)) for passage in _one_per_document(passages)]
    return ", ".join(titles[:most]) + (f" +{len(titles) - most}" if len(titles) > most else "")


def vote_buttons(trace_id: str, language: str) -> Block:
    """👍 and 👎. Their values say which answer is meant, and its language."""
    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": VOTE_ACTION,
                "positive_button": _button("👍", "helpful", value_of("up", trace_id, language), language),
                "negative_button": _button("👎", "unhelpful", value_of("down", trace_id, language), language),
            }
        ],
    }


def further_buttons(answer: Answer, *, has_experts: bool) -> Block:
    """Beside the votes. People are offered at once where the documents gave no answer, else in the menu."""
    trace_id, language = answer.trace_id, answer.language

    def words(name: str) -> Block:
        return {"type": "plain_text", "text": texts.text(name, language), "emoji": True}

    def button(name: str, action_id: str, **more: str) -> Block:
        value = value_of(action_id.removeprefix("footnote_"), trace_id, language)
        return {"type": "button", "action_id": action_id, "text": words(name), "value": value, **more}

    def option(name: str, what: str) -> Block:
        return {"text": words(name), "value": value_of(what, trace_id, language)}

    elements: list[Block] = []
    options = [option("why_option", WHY)]
    if answer.found:
        elements.append(button("quotes_button", QUOTES_ACTION))
        if has_experts:
            options.insert(0, option("experts_button", EXPERTS))
    elif has_experts:
        elements.append(button("experts_button", EXPERTS_ACTION, style="primary"))
    elements.append(button("again_button", AGAIN_ACTION))
    elements.append({"type": "overflow", "action_id": MORE_ACTION, "options": options})
    return {"type": "actions", "elements": elements}


def _button_of(name: str, action_id: str, answer: Answer) -> Block:
    label = {"type": "plain_text", "text": texts.text(name, answer.language), "emoji": True}
    value = value_of(action_id.removeprefix("footnote_"), answer.trace_id, answer.language)
    return {"type": "button", "action_id": action_id, "text": label, "value": value}


def _again_alone(trace_id: str, language: str) -> Block:
    value = value_of(AGAIN_ACTION.removeprefix("footnote_"), trace_id, language)
    label = {"type": "plain_text", "text": texts.text("again_button", language), "emoji": True}
    button = {"type": "button", "action_id": AGAIN_ACTION, "text": label, "value": value}
    return {"type": "actions", "elements": [button]}


def rich_text(*sections: Sequence[Block]) -> Block:
    """Sections of elements, one below the other. A text in it is only ever a text."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": list(section)} for section in sections],
    }


def _button(face: str, label: str, value: str, language: str) -> Block:
    return {
        "text": {"type": "plain_text", "text": face, "emoji": True},
        "value": value[:2000],
        "accessibility_label": texts.text(label, language),
    }


def _list_of(heading: str, lines: Sequence[list[Block]], language: str) -> list[Block]:
    if not lines:
        return []
    title = {"type": "text", "text": texts.text(heading, language), "style": {"bold": True}}
    sections = [{"type": "rich_text_section", "elements": [title]}]
    sections += [{"type": "rich_text_section", "elements": line} for line in lines[:MAX_SOURCES]]
    if len(lines) > MAX_SOURCES:
        more = texts.text("more_sources", language, count=len(lines) - MAX_SOURCES)
        sections.append({"type": "rich_text_section", "elements": [{"type": "text", "text": more}]})
    for section in sections[:-1]:
        section["elements"].append({"type": "text", "text": "\n"})  # type: ignore[attr-defined]
    return [{"type": "rich_text", "elements": sections}]


def _nearest_words(passage: Passage) -> list[Block]:
    words = _shortened(passage.text, MAX_NEAREST)
    return [{"type": "text", "text": f"\n“{words}”", "style": {"italic": True}}] if words else []


def line_of(source: Citation | Passage, language: str, now: datetime, mark: str) -> list[Block]:
    """[1] title > section · connector · 3 days ago, as elements of a rich_text_section."""
    name = _shortened(source.title, MAX_TITLE) or source.document_id[:12]
    if source.section and source.section != source.title:
        name += " > " + _shortened(source.section, MAX_TITLE)
    elements: list[Block] = [{"type": "text", "text": mark}] if mark else []
    url, path = link_of(source.url)
    elements.append({"type": "link", "url": url, "text": name} if url else {"type": "text", "text": name})
    tail = [source.connector, _age(source.updated_at, language, now)]
    if path:
        elements += [
            {"type": "text", "text": " "},
            {"type": "text", "text": path, "style": {"code": True}},
        ]
    elements.append({"type": "text", "text": "".join(f" · {part}" for part in tail if part)})
    return elements + _copies_of(source, language)


def _copies_of(source: Citation | Passage, language: str) -> list[Block]:
    """· same text: title, title +2"""
    if not source.copies:
        return []
    elements: list[Block] = [{"type": "text", "text": f" · {texts.text('same_text', language)} "}]
    for number, copy in enumerate(source.copies[:MAX_COPIES]):
        if number:
            elements.append({"type": "text", "text": ", "})
        url, path = link_of(copy.url)
        name = _shortened(copy.title, MAX_TITLE) or path or copy.document_id[:12]
        elements.append({"type": "link", "url": url, "text": name} if url else {"type": "text", "text": name})
    if len(source.copies) > MAX_COPIES:
        elements.append({"type": "text", "text": f" +{len(source.copies) - MAX_COPIES}"})
    return elements


def link_of(url: str) -> tuple[str, str]:
    """(what may be linked, what is shown as a path): one of them is empty, or both."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "", ""
    if parts.scheme in ("http", "https") and host and len(url) <= MAX_URL and url.isprintable():
        return re.sub(r"[\s<>|\"]", lambda found: f"%{ord(found[0]):02X}", url), ""
    if parts.scheme in ("file", ""):
        path = PurePosixPath(" ".join(unquote(parts.path).split()))
        # enough to find it by; how the machine's folders are laid out is nobody's business in Slack
        shown = "/".join(part for part in path.parts[-SHOWN_PARTS:] if part != "/")
        return "", shown[-MAX_SHOWN_PATH:]
    return "", ""


def _age(updated_at: datetime | None, language: str, now: datetime) -> str:
    if updated_at is None:
        return ""
    return texts.age((now - updated_at).total_seconds(), language)


def _one_per_document(passages: Iterable[Passage]) -> list[Passage]:
    first: dict[str, Passage] = {}
    for passage in passages:
        first.setdefault(passage.document_id, passage)
    return list(first.values())


def _shortened(text: str, limit: int) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _cut(text: str, limit: int) -> str:
    kept = text[:limit]
    for end in ("\n\n", "\n", ". ", " "):
        place = kept.rfind(end)
        if place > limit // 2:
            return kept[: place + len(end)].rstrip()
    return kept
