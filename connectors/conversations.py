"""What people wrote to each other about one thing (an issue, a discussion), as one Markdown document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"( {0,3})(#{1,6})(?=[ \t]|$)")
_SHALLOWEST = 3


@dataclass(frozen=True)
class Comment:
    """What one person wrote, in Markdown."""

    author: str
    at: datetime | None
    text: str
    note: str = ""
    """What is known about it besides, such as "answer"; stands in its heading."""
    url: str = ""


def conversation(title: str, facts: Iterable[str], opening: str, comments: Iterable[Comment]) -> bytes:
    """Markdown in UTF-8: the title, what is known about it, the opening text, and each comment below a
    heading with its author and date. Headings that people wrote end up below those."""
    parts = [f"# {_in_line(title)}", " · ".join(_in_line(fact) for fact in facts if fact), _demoted(opening)]
    for comment in comments:
        day = f", {comment.at:%Y-%m-%d}" if comment.at else ""
        note = f" ({comment.note})" if comment.note else ""
        parts += [f"## {_in_line(comment.author) or '?'}{day}{note}", _demoted(comment.text)]
    return "\n\n".join(part for part in parts if part).encode(errors="replace") + b"\n"


def authors_of(author: str, comments: Sequence[Comment]) -> tuple[str, ...]:
    """Each name once, in the order in which they wrote."""
    names = [author, *(comment.author for comment in comments)]
    return tuple(dict.fromkeys(name for name in names if name))


def _in_line(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _demoted(text: str) -> str:
    """The text with its headings moved below ours; what is code stays as it is."""
    lines: list[str] = []
    fence = ""
    for line in text.replace("\r\n", "\n").strip("\n").rstrip().split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        elif not fence and (heading := _HEADING.match(line)):
            level = min(6, len(heading[2]) + _SHALLOWEST - 1)
            line = heading[1] + "#" * level + line[heading.end() :]
        lines.append(line)
    if fence:  # left open, it would swallow the comments after it
        lines.append(fence)
    return "\n".join(lines)
