"""What somebody wrote in Slack -> the plain text they meant."""

from __future__ import annotations

import re
import unicodedata

MAX_QUESTION = 4_000
"""Characters of a question. Longer ones are documents, and would leave the model no room for ours."""

_CONTROL = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_QUOTED_LINE = re.compile(r"^[ \t]*&gt;.*$", re.MULTILINE)
_QUOTED_REST = re.compile(r"^[ \t]*&gt;&gt;&gt;.*", re.MULTILINE | re.DOTALL)
_EMOJI = re.compile(r":[a-z0-9_+'-]+:(?::skin-tone-\d:)?")


def plain_question(text: str, bot_user: str) -> str:
    """Without the mention of the bot; links and mentions as they read; entities decoded."""
    plain = _CONTROL.sub(lambda found: _meant(found, bot_user), text)
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    lines = (" ".join(line.split()) for line in plain.splitlines())
    return "\n".join(line for line in lines if line)


def own_words(text: str) -> str:
    """What somebody wrote themselves: without code, lines quoted from others, links, mentions and emoji."""
    own = _QUOTED_REST.sub("", _CODE.sub(" … ", text))
    own = _QUOTED_LINE.sub("", own)
    own = _EMOJI.sub(" ", _CONTROL.sub(_label, own))
    return plain_question(own, "")


def mentions(text: str) -> set[str]:
    """The ids of the users that a text mentions."""
    return set(re.findall(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>", text))


def calls_somebody(text: str) -> bool:
    """Does it call a group, or everybody who is here?"""
    return re.search(r"<!(?:here|channel|everyone|subteam)\b", text) is not None


def has_words(text: str) -> bool:
    """Is there a letter or a digit beside emoji?"""
    return any(unicodedata.category(char)[0] in "LN" for char in _EMOJI.sub("", text))


def _label(found: re.Match[str]) -> str:
    """What a link is called, unless that is an address."""
    label = found[3] or ""
    return f" {label} " if not found[1] and "://" not in label else " "


def _meant(found: re.Match[str], bot_user: str) -> str:
    kind, target, label = found[1], found[2], found[3] or ""
    if kind == "@":
        return " " if target == bot_user else f"@{label or target}"
    if kind == "#":
        return f"#{label or target}"
    if kind == "!":
        return f"@{label or target.partition('^')[0]}".replace("@@", "@")
    if not label or label == target or target.endswith(label):
        return target
    return f"{label} ({target})"
