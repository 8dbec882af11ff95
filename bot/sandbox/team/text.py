"""How Slack stores what is written: three characters escaped, mentions and links in angle brackets."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.sandbox.shapes import Json

_URL = r"https?://[^\s<>|]*[^\s<>|.,;:!?'\"()\[\]{}]"
_CONTROL = re.compile(r"<(?:[@#!][^<>\s][^<>]*|(?:https?://|mailto:|tel:)[^<>]*)>")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
_TOKEN = re.compile(
    rf"(?P<labelled><(?P<address>(?:https?://|mailto:|tel:)[^<>|]+)\|(?P<label>[^<>]*)>)"
    r"|(?P<broadcast><!(?P<range>here|channel|everyone)(?:\|[^<>]*)?>)"
    r"|(?P<group><!subteam\^(?P<group_id>S[A-Z0-9]+)(?:\|[^<>]*)?>)"
    rf"|(?P<user><@(?P<user_id>[UW][A-Z0-9]+)(?:\|[^<>]*)?>)"
    rf"|(?P<channel><\#(?P<channel_id>C[A-Z0-9]+)(?:\|[^<>]*)?>)"
    rf"|(?P<url>{_URL})"
    r"|```(?P<fence>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<!\w)\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?!\w)"
    r"|(?<!\w)~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?!\w)"
    r"|:(?P<emoji>[a-z+-][a-z0-9_+-]*):",
    re.DOTALL,
)


def escape(text: str) -> str:
    """The three characters that Slack escapes, and no other."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What a person sees of escaped text."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def stored_from_bot(text: str) -> str:
    """What is stored of text from the API: control sequences kept, loose & < > escaped, URLs linked."""
    stored: list[str] = []
    end = 0
    for control in _CONTROL.finditer(text):
        stored += [_loose(text[end : control.start()]), control.group()]
        end = control.end()
    return "".join([*stored, _loose(text[end:])])


def _loose(text: str) -> str:
    text = _BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(_URL, lambda url: f"<{url.group()}>", text)


def stored_from_person(text: str, user_ids: Mapping[str, str], channel_ids: Mapping[str, str]) -> str:
    """What is stored of typed text. The two mappings lead from a name as typed after @ or # to an id.

    `<@U...>` of a known user counts as a mention too, so that tests need not know names.
    """
    known = set(user_ids.values())
    names = sorted(user_ids, key=len, reverse=True)
    mention = re.compile(
        r"(?P<code>```.+?```|`[^`\n]+`)"
        r"|<@(?P<id>[UW][A-Z0-9]+)>"
        rf"|(?<![\w@])@(?P<name>{'|'.join(map(re.escape, names)) or '(?!)'})(?![A-Za-z0-9_])"
        rf"|(?<![\w#])\#(?P<channel>{'|'.join(map(re.escape, channel_ids)) or '(?!)'})(?![\w-])"
        rf"|(?P<url>{_URL})",
        re.DOTALL,
    )
    stored: list[str] = []
    end = 0
    for found in mention.finditer(text):
        stored.append(escape(text[end : found.start()]))
        end = found.end()
        if found["code"]:
            stored.append(escape(found["code"]))
        elif found["id"]:
            stored.append(found.group() if found["id"] in known else escape(found.group()))
        elif found["name"]:
            stored.append(f"<@{user_ids[found['name']]}>")
        elif found["channel"]:
            stored.append(f"<#{channel_ids[found['channel']]}|{found['channel']}>")
        else:
            stored.append(f"<{escape(found.group())}>")
    return "".join([*stored, escape(text[end:])])


def mentions(stored: str) -> list[str]:
    """The ids of the users that stored text mentions, in order."""
    return re.findall(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>", stored)


def rich_text(stored: str, block_id: str) -> Json:
    """The rich_text block that Slack attaches to a message that has only text, whoever wrote it."""
    parts: list[Json] = []
    section: list[Json] = []

    def close_section() -> None:
        nonlocal section
        if section:
            parts.append({"type": "rich_text_section", "elements": section})
            section = []

    def plain(text: str) -> None:
        if text:
            section.append({"type": "text", "text": unescape(text)})

    end = 0
    # a stored link is <https://...>: its brackets go with it
    for found in _TOKEN.finditer(stored):
        before = stored[end : found.start()]
        end = found.end()
        if found["url"] and before.endswith("<") and stored[end : end + 1] == ">":
            before, end = before[:-1], end + 1
        plain(before)
        if found["labelled"]:
            link = {"type": "link", "url": unescape(found["address"]), "text": unescape(found["label"])}
            section.append(link)
        elif found["broadcast"]:
            section.append({"type": "broadcast", "range": found["range"]})
        elif found["group"]:
            section.append({"type": "usergroup", "usergroup_id": found["group_id"]})
        elif found["user"]:
            section.append({"type": "user", "user_id": found["user_id"]})
        elif found["channel"]:
            section.append({"type": "channel", "channel_id": found["channel_id"]})
        elif found["url"]:
            section.append({"type": "link", "url": unescape(found["url"])})
        elif found["emoji"]:
            section.append({"type": "emoji", "name": found["emoji"]})
        elif found["fence"]:
            close_section()
            code = unescape(found["fence"].strip("\n"))
            parts.append({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": code}]})
        else:
            style = next(name for name in ("code", "bold", "italic", "strike") if found[name])
            section.append({"type": "text", "text": unescape(found[style]), "style": {style: True}})
    plain(stored[end:])
    close_section()
    return {"type": "rich_text", "block_id": block_id, "elements": parts}
