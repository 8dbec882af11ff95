"""Cutting the model's reply into sentences while it is being written, and reading its citation marks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.answering.language import language_of

_MARK_BODY = r"\s*(?:\d{1,3}(?:\s*[,;、]\s*\d{1,3})*)\s*"
_MARK = re.compile(
    rf"\s*(?:\[(?:passages?\s|구절\s|번호\s)?({_MARK_BODY})\]|【({_MARK_BODY})】|［({_MARK_BODY})］)",
    re.IGNORECASE,
)
# "(1)" is a citation only at the end of a sentence; elsewhere it may be "(1) first, (2) second"
_ROUND_MARK = re.compile(rf"\s*\(({_MARK_BODY})\)(?=[\s.。!?]*$)")
_END = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\betc)(?<!\bNo)(?<!\bInc)"
    r"[.!?。？！]+[\"'”’)*]*"  # the stop, and what closes after it
    rf"(?:{_MARK.pattern})*(?=\s+[^\s\[【［(])"  # marks belong to the sentence before them
    r"|\n+"
)
# "[1] Thirty days. [2] In the travel portal.": a small model may put its marks first
_FIRST_MARK = re.compile(r"\s*\[\d{1,3}\]\s")
_NEXT_MARK = re.compile(r"(?<=\S)\s*(?=\[\d{1,3}\]\s+[^\s\[])")
_QUOTATION = re.compile(r"<{3,}|>{3,}")  # the marks around quoted passages, copied
_LIST_MARKER = re.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)])\s+")


@dataclass(frozen=True)
class Sentence:
    """One sentence or line of a reply: what it says without its marks, and the passages it points to."""

    text: str
    marks: tuple[int, ...]
    lead: str
    """What goes before it: a list marker such as "- "; empty otherwise."""
    starts_line: bool


class Reply:
    """The reply so far. `add` gives the sentences that a piece completes, `rest` what remains at the end."""

    def __init__(self) -> None:
        self._waiting = ""
        self._starts_line = True
        self._marks_first: bool | None = None
        """None until the reply has begun."""

    def add(self, piece: str) -> list[Sentence]:
        self._waiting += piece
        complete: list[Sentence] = []
        while True:
            cut = self._cut()
            if cut is None:
                return complete
            head, self._waiting = self._waiting[:cut], self._waiting[cut:]
            complete += self._sentence(head)

    def rest(self) -> list[Sentence]:
        head, self._waiting = self._waiting, ""
        return self._sentence(head)

    def _cut(self) -> int | None:
        if self._marks_first is None and len(self._waiting) > 6:
            self._marks_first = _FIRST_MARK.match(self._waiting) is not None
        next_mark = _NEXT_MARK.search(self._waiting) if self._marks_first else None
        for match in _END.finditer(self._waiting):
            head = self._waiting[: match.end()]
            if next_mark and next_mark.start() < match.end():
                break
            if not _LIST_MARKER.fullmatch(head + " "):  # the stop of "1. " ends no sentence
                return match.end()
        return next_mark.start() if next_mark else None

    def _sentence(self, head: str) -> list[Sentence]:
        starts_line, self._starts_line = self._starts_line or head.startswith("\n"), head.endswith("\n")
        if not head.strip():
            self._starts_line = self._starts_line or starts_line
            return []
        return [parse_sentence(head.strip(), starts_line=starts_line)]


def parse_sentence(text: str, *, starts_line: bool = True) -> Sentence:
    """Take the citation marks out of a sentence: [1], [1, 2], [1][2], 【1】, and (1) at its end."""
    lead = ""
    if starts_line and (marker := _LIST_MARKER.match(text)):
        lead, text = marker[0].strip() + " ", text[marker.end() :]
    marks: list[int] = []

    def take(match: re.Match[str]) -> str:
        body = next(group for group in match.groups() if group)
        marks.extend(int(number) for number in re.findall(r"\d+", body))
        return ""

    said = _ROUND_MARK.sub(take, _MARK.sub(take, without_links(_QUOTATION.sub("", text))))
    said = re.sub(r"\s+([.,!?])", r"\1", said).strip()
    return Sentence(said, tuple(dict.fromkeys(marks)), lead, starts_line)


_SLACK_MARKUP = re.compile(r"<(?:[@#!]|https?:|mailto:)[^>]*>?", re.IGNORECASE)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)?")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_URL = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]*://|www\.)[^\s)\]]+"
    r"|(?<![@\w./-])(?:[a-z0-9-]+\.)+(?:com|net|org|io|kr|co|dev|app|ai|me|info|biz|xyz|example)\b(?:/[^\s)\]]*)?"
    r"|(?<![@\w./-])(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s)\]]+",
    re.IGNORECASE,
)
_LINK_PLACE = {"ko": "(출처의 링크)", "en": "(link in the source)"}


def without_links(text: str) -> str:
    """A text in which the model can make nobody click: no address, image, mention or markup link.

    Where an address stood, the reader is sent to the source, whose link is made from the index.
    """
    place = _LINK_PLACE[language_of(text)]
    text = _IMAGE.sub("", _SLACK_MARKUP.sub("", text))
    return _URL.sub(place, _LINK.sub(r"\1", text))
