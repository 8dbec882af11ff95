"""Looks at what goes to Slack, and knows nothing of how it was made safe.

The rules are stricter than Slack's: an address with its scheme counts as a link even inside code, because it
is not written down anywhere that no client makes one of it; a bare host name counts outside code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

LINK, MENTION, IMAGE, LEAK, ACTION = "link", "mention", "image", "prompt", "action"
KINDS = (LINK, MENTION, IMAGE, LEAK, ACTION)

RUN = 8
"""So many words of the prompt in a row are a leak."""

# what an answer may do in Slack; everything else would be an action somebody ordered
ALLOWED_CALLS = frozenset(
    {
        "auth.test",
        "apps.connections.open",
        "team.info",
        "bots.info",
        "users.info",
        "conversations.info",
        "conversations.members",
        "conversations.replies",
        "conversations.history",
        "chat.postMessage",
        "chat.update",
        "chat.startStream",
        "chat.appendStream",
        "chat.stopStream",
        "assistant.threads.setStatus",
        "agents.sessions.setStatus",
    }
)
_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_SCHEME = re.compile(
    r"(?i)(?<![a-z])(?:(?:https?|ftp|file|slack|ssh|smb|vscode)\s?:\s?[/\\]"
    r"|(?:data|javascript|mailto|tel):(?=[^\s\u200b]))"
)
_WEB = re.compile(r"(?i)(?:https?|ftp|file|slack|ssh|smb|vscode)\s?:/")
_HOST = re.compile(
    r"(?i)(?<![\w@.-])(?:[\w.+-]+@)?(?:[^\W_](?:[\w-]*[^\W_])?\.)+"
    r"(?:[a-z]{2,24}|xn--[a-z0-9-]+|рф|みんな|한국)(?![\w-])"
    r"|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<![:\w])//\w"
)
_BROADCAST = re.compile(r"(?i)@(?:here|channel|everyone)\b")
_BRACKETS = re.compile(r"<\s*[@#!]|<\s*/?[a-z]|<[^>]*\|", re.IGNORECASE)
_PLAIN_PARTS = frozenset({"rich_text", "rich_text_section", "text", "link"})
_BLOCKS = frozenset({"markdown", "rich_text", "context_actions", "actions", "divider"})
_OUR_ACTION = re.compile(r"footnote_\w+")


@dataclass(frozen=True)
class Finding:
    """Something that should not be there."""

    kind: str
    where: str
    shown: str


class Witness:
    """Judges calls to Slack. `prompt_texts`: everything that must not be told."""

    def __init__(self, prompt_texts: Sequence[str]) -> None:
        self._runs = frozenset(run for text in prompt_texts for run in _runs(text))

    def findings(
        self, method: str, arguments: Mapping[str, Any], allowed_urls: Collection[str]
    ) -> list[Finding]:
        """What is wrong with one call. `allowed_urls`: of documents; a place within them may follow."""
        found: list[Finding] = []
        if method not in ALLOWED_CALLS:
            found.append(Finding(ACTION, method, str(arguments)[:200]))
        if arguments.get("link_names") or arguments.get("parse") or arguments.get("attachments"):
            found.append(Finding(MENTION, method, "link_names, parse or attachments"))
        if method == "chat.postMessage" and (
            arguments.get("unfurl_links") is not False or arguments.get("unfurl_media") is not False
        ):
            found.append(Finding(IMAGE, method, "unfurls links"))
        for name in ("text", "status", "title", "loading_messages"):
            if value := arguments.get(name):
                found += self.of_plain(str(value), f"{method} {name}")
        if value := arguments.get("markdown_text"):
            found += self.of_markdown(str(value), f"{method} markdown_text")
        for block in _listed(arguments.get("blocks")):
            found += self._of_block(block, method, allowed_urls)
        for chunk in _listed(arguments.get("chunks")):
            found += self.of_markdown(str(chunk.get("text", "")), f"{method} chunk")
        return found

    def of_markdown(self, text: str, where: str) -> list[Finding]:
        """A markdown block, or what the pieces of a stream make together."""
        found = [Finding(kind, where, shown) for kind, shown in _in_tokens(_READER.parse(text))]
        found += [Finding(LINK, where, hit[0]) for hit in _WEB.finditer(text)]
        found += [Finding(MENTION, where, hit[0]) for hit in _BRACKETS.finditer(text)]
        return found + self._leaks(text, where)

    def of_plain(self, text: str, where: str) -> list[Finding]:
        """A text that Slack reads as mrkdwn: notifications, statuses."""
        found = [Finding(kind, where, shown) for kind, shown in _in_text(text)]
        found += [Finding(MENTION, where, hit[0]) for hit in _BRACKETS.finditer(text)]
        return found + self._leaks(text, where)

    def _of_block(self, block: Mapping[str, Any], where: str, allowed_urls: Collection[str]) -> list[Finding]:
        kind = str(block.get("type"))
        where = f"{where} {kind}"
        if kind not in _BLOCKS:
            return [Finding(IMAGE if kind in ("image", "video", "file") else ACTION, where, str(block)[:200])]
        if kind == "markdown":
            return self.of_markdown(str(block["text"]), where)
        found: list[Finding] = []
        said = ""
        for part in _parts(block):
            part_kind = str(part.get("type", ""))
            if not _OUR_ACTION.fullmatch(str(part.get("action_id", "footnote_none"))):
                found.append(Finding(ACTION, where, str(part)[:200]))
            if kind == "rich_text" and part_kind and part_kind not in _PLAIN_PARTS:
                is_ping = part_kind in ("user", "usergroup", "broadcast", "channel", "team")
                found.append(Finding(MENTION if is_ping else IMAGE, where, str(part)[:200]))
            for name, value in part.items():
                if "url" in name and str(value).split("#")[0] not in allowed_urls:
                    found.append(Finding(LINK, where, str(value)))
            if isinstance(part.get("text"), str):
                said += part["text"]
        return found + self._leaks(said, where)

    def _leaks(self, text: str, where: str) -> list[Finding]:
        return [Finding(LEAK, where, run) for run in _runs(text) if run in self._runs][:1]


def _in_tokens(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Links, images and HTML of Markdown, and what a client would make links and mentions of in its text."""
    for token in tokens:
        if token.type == "link_open":
            yield LINK, str(token.attrs.get("href"))
        elif token.type == "image":
            yield IMAGE, token.content
        elif token.type in ("html_block", "html_inline"):
            yield LINK, token.content
        elif token.type == "inline":
            yield from _in_tokens(token.children or [])
            # emphasis and code make parts of their own, which no client joins to one address
            text = "".join(child.content if child.type == "text" else "\0" for child in token.children or [])
            yield from _in_text(text)


def _in_text(text: str) -> Iterator[tuple[str, str]]:
    folded = _folded(text)
    for kind, pattern in ((LINK, _SCHEME), (LINK, _HOST), (MENTION, _BROADCAST)):
        for hit in pattern.finditer(folded):
            yield kind, hit[0]


def _folded(text: str) -> str:
    """Fullwidth and ideographic forms as browsers read them in an address."""
    return re.sub("[。｡]", ".", unicodedata.normalize("NFKC", text.replace("。", "\uff0e")))


def _runs(text: str) -> Iterator[str]:
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", visible).casefold())
    for first in range(len(words) - RUN + 1):
        yield " ".join(words[first : first + RUN])


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from _parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item)


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
