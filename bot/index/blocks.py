"""Markdown to blocks that read as one piece, and a block that is too long to pieces that still do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from bot.sentences import sentences

Measure = Callable[[str], int]

_FENCE = re.compile(r"\s*(```+|~~~+)")
_ITEM = re.compile(r"(\s*)(?:[-*+•]|\d{1,3}[.)])\s+")
_RULE_OF_TABLE = re.compile(r"\s*\|?[\s:|-]*-[\s:|-]*$")
_DASHES = re.compile(r"-{4,}")

# A "sentence" without an end (a minified file, a list of numbers) is cut here at the latest, in multiples of
# the target size: more than the embedding model reads is of no use.
_ENDLESS = 2


def blocks_of(markdown: str) -> list[str]:
    """Paragraphs, list items with what is indented below them, tables and fenced code, in order."""
    blocks: list[list[str]] = []
    fence = ""
    is_open = False  # may the next line go on with the last block?
    for line in markdown.split("\n"):
        opening = _FENCE.match(line)
        if fence:
            blocks[-1].append(line)
            if opening and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence, is_open = "", False
        elif opening and not (is_open and _is_indented_in_item(line, blocks[-1])):
            blocks.append([line])
            fence = opening[1]
        elif not line.strip():
            is_open = is_open and bool(blocks) and bool(_ITEM.match(blocks[-1][0]))
            if is_open:
                blocks[-1].append(line)
        elif is_open and not _starts_block(line, blocks[-1]):
            blocks[-1].append(line)
        else:
            blocks.append([line])
            is_open = True
    return [text for block in blocks if (text := "\n".join(_squeezed(block)).rstrip("\n"))]


def joined(blocks: Iterable[str]) -> str:
    """Blocks to Markdown again; the items of a list stay together."""
    text = ""
    for block in blocks:
        is_list = _ITEM.match(block) and _ITEM.match(text[text.rfind("\n\n") + 1 :].lstrip("\n"))
        text += ("\n" if is_list else "\n\n") + block if text else block
    return text


def split_block(block: str, target: int, most: int, measure: Measure) -> list[str]:
    """`block` itself where it measures at most `most`, else pieces of about `target`.

    A table repeats its header in every piece; code is split between lines; text between sentences, which are
    never cut unless one alone is beyond twice the target.
    """
    if measure(block) <= most:
        return [block]
    lines = block.split("\n")
    if _FENCE.match(lines[0]):
        opening, closing = lines[0], "```" if "```" in lines[0] else "~~~"
        body = lines[1:-1] if len(lines) > 1 and _FENCE.match(lines[-1]) else lines[1:]
        return [
            "\n".join([opening, piece, closing])
            for piece in _packed(_short(body, target), target, measure, "\n")
        ]
    if lines[0].lstrip().startswith("|"):
        has_header = len(lines) > 2 and bool(_RULE_OF_TABLE.match(lines[1]))
        header, rows = (lines[:2], lines[2:]) if has_header else ([], lines)
        room = max(target - measure("\n".join(header)), target // 3)
        return ["\n".join([*header, piece]) for piece in _packed(_short(rows, target), room, measure, "\n")]
    if _ITEM.match(lines[0]) and len(lines) > 1:
        parts = (part for item in _items(lines) for part in _sentences_of(item, target, measure))
        return list(_packed(parts, target, measure, "\n"))
    return list(_packed(_sentences_of(block, target, measure), target, measure, " "))


def _squeezed(block: list[str]) -> list[str]:
    """A table without the padding that lines its columns up: it can be nine tenths of the text."""
    if not block[0].lstrip().startswith("|"):
        return block
    return [_DASHES.sub("---", re.sub(r"[ \t]{2,}", " ", line)) for line in block]


def _starts_block(line: str, block: list[str]) -> bool:
    first = block[0]
    if line.lstrip().startswith("|") != block[-1].lstrip().startswith("|"):
        return not _is_indented_in_item(line, block)
    item = _ITEM.match(line)
    if item:
        above = _ITEM.match(first)
        return above is None or len(item[1]) <= len(above[1])
    if _ITEM.match(first) and not block[-1].strip():  # after a blank line only what is indented belongs to it
        return not line[:1].isspace()
    return line.startswith("#")


def _is_indented_in_item(line: str, block: list[str]) -> bool:
    return bool(_ITEM.match(block[0])) and line[:2].isspace()


def _items(lines: list[str]) -> Iterator[str]:
    current: list[str] = []
    for line in lines:
        if current and _ITEM.match(line):
            yield "\n".join(current)
            current = []
        current.append(line)
    yield "\n".join(current)


def _sentences_of(text: str, target: int, measure: Measure) -> Iterator[str]:
    if measure(text) <= target:
        yield text
        return
    for sentence in sentences(text):
        if measure(sentence) <= _ENDLESS * target:
            yield sentence
        else:
            yield from _packed(_short(re.split(r"\s+", sentence), target), target, measure, " ")


def _short(parts: Iterable[str], target: int) -> Iterator[str]:
    """Parts without any that is hopelessly long; four characters a token."""
    room = 4 * target
    for part in parts:
        for start in range(0, max(len(part), 1), room):
            yield part[start : start + room]


def _packed(parts: Iterable[str], target: int, measure: Measure, glue: str) -> Iterator[str]:
    current: list[str] = []
    size = 0
    for part in parts:
        own = measure(part)
        if current and size + own > target:
            yield glue.join(current)
            current, size = [], 0
        current.append(part)
        size += own
    if current:
        yield glue.join(current)
