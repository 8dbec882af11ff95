"""The headings of a PDF, which says of its text only where and how large it is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby

from bot.parsing import articles
from bot.parsing.parsed import one_line
from bot.parsing.pdf.page import Line

_LARGER = 1.15
"""Than the text around it is a heading at least."""
_LONGEST = 100
_MOST_LINES = 3
_MOST_SHARE = 0.2
"""Of all characters in headings; beyond it, large letters are the style of the document."""
_MAX_LEVELS = 4
_WITH_COVER = 4
"""Pages from which on a document may have a cover, whose large letters are no headings of what follows."""
_PAGE_END = 99

Joined = Callable[[list[str]], str]
"""Lines to their paragraphs, with a line end between two."""


def outline(pages: list[list[Line]], joined: Joined) -> list[tuple[tuple[str, ...], str, int]]:
    """The text in its order, cut at headings and at page ends: path, text, number of the page from 0.

    The text is empty where one heading follows on another.
    """
    levels = _levels(pages)
    cut: list[tuple[tuple[str, ...], str, int]] = []
    above: list[tuple[int, str]] = []
    begun_on: int | None = None  # page of a heading below which nothing was said yet
    for number, lines in enumerate(pages):
        blocks: list[str] = []
        for level, heading, text in [*_pieces(lines, levels, joined), (_PAGE_END, "", "")]:
            if level and (blocks or (heading and begun_on is not None)):
                path = tuple(said for _, said in above)
                cut.append((path, "\n".join(blocks), number if blocks or begun_on is None else begun_on))
                blocks, begun_on = [], None
            if heading:
                above = [(other, said) for other, said in above if other < level]
                above.append((level, heading))
                begun_on = number
            if text:
                blocks.append(text)
    if begun_on is not None:
        cut.append((tuple(said for _, said in above), "", begun_on))
    return cut


def text_of(lines: list[Line], joined: Joined) -> str:
    """The text of a page whose headings are known from elsewhere."""
    pieces: list[str] = []
    for is_block, some in groupby(lines, key=lambda line: line.is_block):
        if is_block:
            pieces += [f"\n{line.text}\n" for line in some]
        else:
            pieces.append(joined([line.text for line in some]))
    return "\n".join(pieces)


def _pieces(lines: list[Line], levels: dict[float, int], joined: Joined) -> Iterator[tuple[int, str, str]]:
    """Level (0 for none), heading and text of what a page consists of."""

    def kind(line: Line) -> int:
        if line.is_block:
            return -1
        letters = sum(map(str.isalpha, line.text))
        is_heading = 2 * letters > len("".join(line.text.split())) and len(line.text) <= _LONGEST
        return levels.get(line.size, 0) if is_heading else 0

    for level, group in groupby(lines, key=kind):
        some = list(group)
        if level < 0:
            yield from ((0, "", f"\n{line.text}\n") for line in some)
            continue
        heading = one_line(" ".join(line.text for line in some))
        if level and len(some) <= _MOST_LINES and len(heading) <= _LONGEST:
            yield level, heading, ""
            continue
        for paragraph in joined([line.text for line in some]).split("\n"):
            found = articles.heading(paragraph)
            if found is None:
                yield 0, "", paragraph
            else:
                yield articles.ABOVE_ARTICLES + found[0], found[1], paragraph if found[2] else ""


def _levels(pages: list[list[Line]]) -> dict[float, int]:
    """Size of the letters of headings to their level; empty if it cannot be told which are headings."""
    sizes: Counter[float] = Counter()
    beyond_cover: set[float] = set()
    for number, lines in enumerate(pages):
        for line in lines:
            if line.size:
                sizes[line.size] += len(line.text)
                if number or len(pages) < _WITH_COVER:
                    beyond_cover.add(line.size)
    if not sizes:
        return {}
    usual = sizes.most_common(1)[0][0]
    larger = sorted((size for size in beyond_cover if size >= usual * _LARGER), reverse=True)
    if sum(sizes[size] for size in larger) > _MOST_SHARE * sizes.total():
        return {}
    levels: dict[float, int] = {}
    level = 0
    for size, above in zip(larger, [None, *larger], strict=False):
        # a point of difference is one of rounding
        level += above is None or above - size > 1
        levels[size] = min(level, _MAX_LEVELS)
    return levels
