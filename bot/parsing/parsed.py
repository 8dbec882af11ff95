"""What a document is once it has been read: a title and sections of Markdown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from bot.errors import ParseError


@dataclass(frozen=True)
class Section:
    """The text under one heading, up to the next heading of any level."""

    path: tuple[str, ...]
    """The headings it stands under, its own last, as plain text. () before the first heading; the heading
    that is the document's title is not repeated here."""
    text: str
    """Markdown, never empty. Tables, lists and code are whole. Unicode form NFC."""
    page: int | None = None
    """Counted from 1, where the format has pages."""
    anchor: str = ""
    """What leads to it after "#" in the document's URL, or empty."""


@dataclass(frozen=True)
class Parsed:
    """A document as text. `title` and `sections` are never empty."""

    title: str
    sections: tuple[Section, ...]


# Control characters have no place in text; zero-width spaces and soft hyphens hide words from a search.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\ufeff\ufffe\ufffc]")
_LAST_RESORT_NAMES = {"index", "readme", "default", "_index"}


def clean(text: str) -> str:
    """NFC, "\\n" line ends, nothing invisible, no surrogate halves. Layout stays."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    text = _INVISIBLE.sub("", text)
    text = text.encode("utf-8", "replace").decode("utf-8") if _has_surrogates(text) else text
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """Clean, with every run of white space a single space."""
    return " ".join(clean(text).split())


def title_from_name(name: str) -> str:
    """What to call a document that does not say: its file name; its folder's for an index.md."""
    path = PurePosixPath(name)
    stem = path.parent.name if path.stem.lower() in _LAST_RESORT_NAMES and path.parent.name else path.stem
    return one_line(stem) or "Untitled"


def assemble(name: str, title: str, sections: Iterable[Section]) -> Parsed:
    """Clean the sections and leave out the empty ones.

    A heading without text stays in the path of those below it; where there are none below, the heading is
    itself the text, for it may be all there is to find. Raises ParseError if there is no text at all.
    """
    title = one_line(title) or title_from_name(name)
    drafts = [
        replace(section, path=tuple(map(one_line, section.path)), text=_body(section.text))
        for section in sections
    ]
    kept: list[Section] = []
    for place, draft in enumerate(drafts):
        following = drafts[place + 1] if place + 1 < len(drafts) else None
        has_below = following is not None and following.path[: len(draft.path)] == draft.path
        if draft.text:
            kept.append(draft)
        elif draft.path and draft.path[-1] and not has_below:
            kept.append(replace(draft, text=draft.path[-1]))
    if not kept:
        raise ParseError(f"{name} has no text.")
    return Parsed(title, tuple(kept))


def _body(text: str) -> str:
    lines = clean(text).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
