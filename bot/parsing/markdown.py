"""Markdown and MDX: cut at the headings, with the source of each section left as it was written."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt

from bot.parsing.markup import without_markup, without_module_lines
from bot.parsing.parsed import Parsed, Section, assemble, clean, one_line
from bot.parsing.text import decode

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_QUOTED = re.compile(r"""(["'])(.*)\1\s*(?:#.*)?$""", re.DOTALL)
_HEADING_ID = re.compile(r"\s*(?:\{#([\w-]+)\}|\[#([\w-]+)\])\s*$")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)")
_EMPHASIS = re.compile(r"(\*\*|__|(?<!\w)[*_]|[*_](?!\w)|~~|`+)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


def parse_markdown(content: bytes, name: str) -> Parsed:
    """Title: that of the front matter, else the first heading of level 1, else from the name."""
    return _parsed(clean(decode(content, name)), name)


def parse_mdx(content: bytes, name: str) -> Parsed:
    """As parse_markdown, without the program parts of MDX."""
    return _parsed(without_module_lines(clean(decode(content, name))), name)


def _parsed(source: str, name: str) -> Parsed:
    title = ""
    if front := _FRONT_MATTER.match(source):
        title = _title_of(front[1] or "")
        source = source[front.end() :]
    return split(without_markup(source), name, title)


def split(source: str, name: str, title: str = "") -> Parsed:
    """Sections of Markdown that holds no other markup. Raises ParseError if it has no text."""
    lines = source.split("\n")
    tokens = _blocks().parse(source)
    cuts: list[tuple[int, int, int, str]] = []  # first and next line, level, raw text of each heading
    for token, content in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            first, following = token.map
            cuts.append((first, following, int(token.tag[1]), content.content))
    title = title or next((_plain(raw)[0] for _, _, level, raw in cuts if level == 1), "")

    sections = [Section((), "\n".join(lines[: cuts[0][0] if cuts else len(lines)]))]
    above: list[tuple[int, str]] = []
    seen: Counter[str] = Counter()
    is_title_said = False
    for place, (_, start, level, raw) in enumerate(cuts):
        heading, anchor = _plain(raw)
        anchor = anchor or _anchor(heading, seen)
        above = [(other, text) for other, text in above if other < level]
        if level == 1 and not is_title_said and heading == one_line(title):
            is_title_said = True
        else:
            above.append((level, heading))
        end = cuts[place + 1][0] if place + 1 < len(cuts) else len(lines)
        path = tuple(text for _, text in above)
        sections.append(Section(path, "\n".join(lines[start:end]), anchor=anchor if path else ""))
    if not any(section.text.strip() for section in sections) and is_title_said:
        sections[0] = Section((), title)
    return assemble(name, title, sections)


@cache
def _blocks() -> MarkdownIt:
    # Only where blocks begin and end is asked for. Raw HTML is gone already: what looks like it is text.
    parser = MarkdownIt("commonmark").enable("table").disable("html_block")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _title_of(front_matter: str) -> str:
    found = _FRONT_TITLE.search(front_matter)
    if not found:
        return ""
    value = re.sub(r"^[>|][-+]?[ \t]*\n", "", found[1]).strip()
    if quoted := _QUOTED.match(value):
        value = quoted[2].replace("''", "'") if quoted[1] == "'" else _ESCAPE.sub(r"\1", quoted[2])
    else:
        value = re.sub(r"\s#.*", "", value)
    return one_line(value)


def _plain(heading: str) -> tuple[str, str]:
    """A heading as plain text, and the anchor it names for itself, if any."""
    anchor = ""
    if named := _HEADING_ID.search(heading):
        anchor = named[1] or named[2]
        heading = heading[: named.start()]
    text = _LINK.sub(r"\1", heading)
    text = _ESCAPE.sub(r"\1", _EMPHASIS.sub("", text))
    return one_line(text), anchor


def _anchor(heading: str, seen: Counter[str]) -> str:
    """As GitHub and most generators of documentation sites make them."""
    anchor = _NOT_IN_ANCHOR.sub("", heading.lower()).replace(" ", "-")
    seen[anchor] += 1
    return anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor] - 1}"
