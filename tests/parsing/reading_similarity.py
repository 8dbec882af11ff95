"""How alike two texts are to a reader: for formats of which somebody wrote down what they say."""

from __future__ import annotations

import html
import re
import unicodedata
from pathlib import Path

from rapidfuzz.distance import Indel

from bot.parsing.parsed import Parsed

_FENCED = re.compile(
    r"^[ \t]*(?P<fence>`{3,})[^`\n]*\n(?P<code>.*?)^[ \t]*(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE
)
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_MODULE_LINE = re.compile(r"^import .*$", re.MULTILINE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)")
_LINE_START = re.compile(
    r"^[ \t>]*(?:(?:[-*•]|\d+\.)(?=\s|$)[ \t]*)*(?:\[[ x]\] )?(?:#{1,6} )?", re.MULTILINE
)
_TABLE_RULE = re.compile(r"^[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:_{3,}|-{3,}|\*{3,})[ \t]*$", re.MULTILINE)
_EMPHASIS = re.compile(r"\*\*|~~|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])")
_KEPT = re.compile("\ue000(\\d+)\ue001")


def seen(markdown: str) -> str:
    """What a reader sees of Markdown, on one line."""
    kept: list[str] = []

    def keep(code: str) -> str:
        kept.append(code)
        return f"\ue000{len(kept) - 1}\ue001"

    text = _FENCED.sub(lambda match: keep(match["code"]), markdown)
    text = _CODE.sub(lambda match: keep(match[2]), text)
    text = _TABLE_RULE.sub("", _RULE.sub("", text))
    text = _TAG.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    text = _LINE_START.sub("", text)
    text = re.sub(r"(?<!\\)\||•", " ", text).replace("\\|", "|")
    text = html.unescape(_EMPHASIS.sub("", text))
    text = _KEPT.sub(lambda match: kept[int(match[1])], text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def similarity(read: str, expected: str) -> float:
    """2 * LCS / (characters of both), from 0 to 1."""
    return Indel.normalized_similarity(read, expected)


def expected_text(page: Path) -> str:
    """What a reader sees of the expected.mdx of a page, below its title."""
    source = _MODULE_LINE.sub("", _FRONT_MATTER.sub("", (page / "expected.mdx").read_text()))
    return seen(re.sub(r"\A\s*# .*\n", "", source))


def read_text(parsed: Parsed) -> str:
    """What a reader sees of a document that was parsed: its headings and texts, in order."""
    pieces: list[str] = []
    path: tuple[str, ...] = ()
    for section in parsed.sections:
        same = next(
            (i for i, pair in enumerate(zip(path, section.path, strict=False)) if pair[0] != pair[1]), None
        )
        shared = min(len(path), len(section.path)) if same is None else same
        # of two sections with the same path the second has its heading again
        shared = min(shared, len(section.path) - 1) if section.path == path else shared
        pieces += [f"# {heading}" for heading in section.path[max(shared, 0) :]]
        pieces.append(section.text if section.text != (section.path or ("",))[-1] else "")
        path = section.path
    return seen("\n\n".join(pieces))
