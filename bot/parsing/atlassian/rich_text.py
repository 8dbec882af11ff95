"""Rich text as blocks, and blocks as sections of Markdown: what Atlassian's two formats have in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_plus

from bot.parsing.parsed import Parsed, Section, assemble, one_line
from bot.parsing.tables import Cell, rendered

MAX_DEPTH = 60
"""What is nested deeper is read as plain text: no page is written so, and Python's stack has an end."""

MAX_CELLS = 100_000
"""A table whose cells span more is read as if they spanned nothing: a few bytes could else fill a disk."""


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    """Plain, without Markdown."""


@dataclass(frozen=True)
class Paragraph:
    text: str
    """Markdown; a line break is "\\n"."""


@dataclass(frozen=True)
class Code:
    text: str
    language: str = ""


@dataclass(frozen=True)
class ListItem:
    blocks: list[Block]
    is_done: bool | None = None
    """Of a task; None for what is none."""


@dataclass(frozen=True)
class ItemList:
    items: list[ListItem]
    start: int | None = None
    """The number of the first item; None for bullets."""


@dataclass(frozen=True)
class TableCell:
    blocks: list[Block]
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True)
class Table:
    rows: list[list[TableCell]]


@dataclass(frozen=True)
class Quote:
    blocks: list[Block]


Block = Heading | Paragraph | Code | ItemList | Table | Quote


@dataclass
class Flow:
    """Blocks in the making: text that runs on becomes a paragraph once a block comes."""

    blocks: list[Block] = field(default_factory=list)
    _running: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self._running.append(text)

    def add(self, *blocks: Block) -> None:
        self.end_paragraph()
        self.blocks += blocks

    def end_paragraph(self) -> None:
        lines = [one_line(line) for line in "".join(self._running).split("\n")]
        self._running.clear()
        if text := "\n".join(line for line in lines if line):
            self.blocks.append(Paragraph(text))


def parsed(blocks: Iterable[Block], name: str) -> Parsed:
    """Sections cut at the headings, their anchors as Confluence Cloud makes them.

    The title is that of the name: neither format says its own. Raises ParseError if there is no text.
    """
    sections: list[Section] = []
    above: list[tuple[int, str]] = []
    anchor = ""
    seen: Counter[str] = Counter()
    texts: list[str] = []

    def cut() -> None:
        path = tuple(text for _, text in above)
        sections.append(Section(path, "\n\n".join(texts), anchor=anchor))
        texts.clear()

    for block in blocks:
        if isinstance(block, Heading):
            cut()
            above = [(level, text) for level, text in above if level < block.level]
            above.append((block.level, block.text))
            anchor = _anchor(block.text, seen)
        elif text := markdown(block):
            texts.append(text)
    cut()
    return assemble(name, "", sections)


def markdown(block: Block) -> str:
    """One block as Markdown. A heading, which can only be one inside of something else, is a bold line."""
    match block:
        case Heading(text=text):
            return strong(text)
        case Paragraph(text=text):
            return text
        case Code(text=text, language=language):
            fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
            return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}" if text.strip() else ""
        case ItemList():
            return "\n".join(_items(block))
        case Quote(blocks=blocks):
            lines = "\n\n".join(filter(None, map(markdown, blocks))).split("\n")
            return "\n".join(f"> {line}".rstrip() for line in lines) if any(lines) else ""
        case Table(rows=rows):
            return _table([row for row in rows if row])


def on_one_line(blocks: Iterable[Block]) -> str:
    """Blocks as they may stand in a cell of a table."""
    return " ".join(filter(None, map(_flat, blocks)))


def strong(text: str) -> str:
    return _marked(text, "**")


def emphasised(text: str) -> str:
    return _marked(text, "*")


def struck(text: str) -> str:
    return _marked(text, "~~")


def code(text: str) -> str:
    """A piece of code in a line."""
    fence = "`" * (1 + max(map(len, re.findall(r"`+", text)), default=0))
    return _marked(text, fence) if len(fence) == 1 else f"{fence} {text.strip()} {fence}"


def link(text: str, url: str) -> str:
    """A link that leads somewhere by itself; only its text for one inside of the wiki."""
    text = one_line(text)
    if not url.startswith(("http://", "https://", "mailto:")):
        return text
    shown = url.removeprefix("mailto:")
    if not text or text in (url, shown):
        text = _title_in(url)
    return f"[{text}]({quote(url, safe=':/?#[]@!$&*+,;=%~._-')})" if text else shown


_PAGE = re.compile(r"https?://[^/?#]+/(?:wiki/)?spaces/[^/]+/pages/\d+/([^/?#]+)")
_ISSUE = re.compile(r"https?://[^/?#]+/(?:[^/?#]+/)?browse/([A-Z][A-Z0-9_]+-\d+)(?:[?#]|$)")


def _title_in(url: str) -> str:
    """What Atlassian shows in the place of a bare address of its own; empty for any other."""
    found = _PAGE.match(url) or _ISSUE.match(url)
    return one_line(unquote_plus(found[1])) if found else ""


_FILE_NAME = re.compile(
    r"\S*\.(?:png|jpe?g|gif|svg|webp|bmp|heic)|(?:image|screenshot|screen shot|스크린샷).*", re.I
)


def picture(alternative: str) -> str:
    """What a picture's description says; nothing where it is but the name of a file."""
    text = one_line(alternative)
    return "" if _FILE_NAME.fullmatch(text) else text


def _items(block: ItemList) -> Iterator[str]:
    for number, item in enumerate(block.items, block.start or 0):
        mark = "- " if block.start is None else f"{number}. "
        done = "" if item.is_done is None else "[x] " if item.is_done else "[ ] "
        pieces: list[str] = []
        for inner in item.blocks:
            if text := markdown(inner):
                # a list goes on at once: a blank line would make the whole of it a loose one
                between = "\n" if isinstance(inner, ItemList) else "\n\n"
                pieces += [between, text] if pieces else [text]
        if pieces:
            first, *rest = "".join(pieces).split("\n")
            indent = " " * len(mark)
            yield "\n".join([f"{mark}{done}{first}", *(f"{indent}{line}".rstrip() for line in rest)])


def _table(rows: list[list[TableCell]]) -> str:
    if len(rows) == 1 or all(len(row) == 1 for row in rows):  # only there for the layout
        cells = [cell for row in rows for cell in row]
        return "\n\n".join(filter(None, (markdown(block) for cell in cells for block in cell.blocks)))
    area = sum(cell.columns * min(cell.rows, len(rows)) for row in rows for cell in row)
    return rendered([[_spanning(cell, area <= MAX_CELLS) for cell in row] for row in rows])


def _spanning(cell: TableCell, is_merged: bool) -> Cell:
    text = [on_one_line(cell.blocks)]
    return Cell(cell.columns, cell.rows, text) if is_merged else Cell(pieces=text)


def _flat(block: Block) -> str:
    match block:
        case Code(text=text):
            return code(one_line(text)) if text.strip() else ""
        case ItemList(items=items):
            return " ".join(f"• {text}" for item in items if (text := on_one_line(item.blocks)))
        case Quote(blocks=blocks):
            return on_one_line(blocks)
        case Table(rows=rows):
            return on_one_line(inner for row in rows for cell in row for inner in cell.blocks)
        case _:
            return one_line(markdown(block))


def _marked(text: str, mark: str) -> str:
    """The mark hugs the words, else Markdown does not take it for one."""
    inner = text.strip()
    if not inner:
        return text
    start = text.index(inner)
    return f"{text[:start]}{mark}{inner}{mark}{text[start + len(inner) :]}"


def _anchor(heading: str, seen: Counter[str]) -> str:
    anchor = re.sub(r"\s", "-", heading)
    seen[anchor] += 1
    return anchor if seen[anchor] == 1 else f"{anchor}.{seen[anchor] - 1}"


def bounded(value: object, lowest: int, highest: int) -> int:
    """A number that a document states, kept in bounds; the lowest where it states none."""
    try:
        number = int(str(value).strip()[:9])
    except ValueError:
        return lowest
    return min(max(number, lowest), highest)


EMOTICONS: dict[str, str] = {
    "smile": "🙂", "sad": "🙁", "cheeky": "😛", "laugh": "😀", "wink": "😉",
    "thumbs-up": "👍", "thumbs-down": "👎",
    "information": "ℹ️", "info": "ℹ️", "tick": "✔️", "check_mark": "✔️", "cross": "❌", "cross_mark": "❌",
    "warning": "⚠️", "plus": "➕", "minus": "➖", "question": "❓", "question_mark": "❓", "light-on": "💡",
    "light_bulb_on": "💡", "light-off": "💡", "light_bulb_off": "💡", "yellow-star": "⭐", "red-star": "⭐",
    "green-star": "⭐", "blue-star": "⭐", "heart": "❤️", "broken-heart": "💔",
}  # fmt: skip
"""Atlassian's own emoticons, by the names of both formats, which give no character for them."""


def emoticon(shown: str, *names: str) -> str:
    """The character of an emoticon: as shown, if that is one, else by the first name that is known."""
    if shown and not re.fullmatch(r":[\w+-]*:", shown):
        return shown
    known = (EMOTICONS.get(name.strip(":").removeprefix("atlassian-")) for name in names)
    return next(filter(None, known), shown)
