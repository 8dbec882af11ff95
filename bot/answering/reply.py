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
    addresses: tuple[str, ...] = ()
    """Hosts, links, mail addresses, mentions and commands written in it: what it cites must hold them."""


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

    text = _HIDDEN.sub("", _QUOTATION.sub("", text))
    said = _ROUND_MARK.sub(take, _MARK.sub(take, without_links(text)))
    said = re.sub(r"\s+([.,!?])", r"\1", said).strip()
    return Sentence(said, tuple(dict.fromkeys(marks)), lead, starts_line, addresses_in(text))


# zero-width, direction and tag characters: they hide an address from a reader, or a word from a check
_HIDDEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
_SLACK_MARKUP = re.compile(r"<(?:[@#!]|https?:|mailto:|tel:)[^>]*>?", re.IGNORECASE)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)?")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_ENDINGS = "com|net|org|io|kr|co|dev|app|ai|me|info|biz|xyz|example"
_URL = re.compile(
    # not \b: a Korean word may stand right before it, and a particle right behind
    r"(?:(?<![a-z0-9])[a-z][a-z0-9+.-]*:[/\\]{1,}|(?<![a-z0-9])www\.)[^\s)\]`가-힣]+"
    rf"|(?<![@\w./-])(?P<host>(?:[a-z0-9-]+\.)+(?:{_ENDINGS}))(?![\w-])(?P<rest>(?::\d+)?(?:/[^\s)\]`]*)?)"
    r"|(?<![@\w./-])(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s)\]`]+",
    re.IGNORECASE,
)
_DOTTED = re.compile(
    r"(?:[\w.+-]{1,64}@)?(?:[^\W_가-힣](?:[^\W가-힣]|-){0,62}[.．｡。]){1,20}[^\W\d_가-힣]{2,63}(?![\w-])"
)
_HANDLE = re.compile(r"(?<![\w/.<&])[@＠#/][^\W\d_][\w-]*")
"""@here, #general, /remind"""
_LINK_PLACE = {"ko": "(출처의 링크)", "en": "(link in the source)"}


def without_links(text: str) -> str:
    """A text in which the model can make nobody click: no address, image, mention or markup link.

    The bare name of a host stays, as code, which no client makes a link of. Where another address stood, the
    reader is sent to the source, whose link is made from the index.
    """
    text = _LINK.sub(r"\1", _IMAGE.sub("", _SLACK_MARKUP.sub("", text)))
    place = _LINK_PLACE[language_of(_URL.sub("", text))]

    def shown(address: re.Match[str]) -> str:
        host = address["host"]
        if not host or address["rest"] or "xn--" in host.lower():
            return place
        is_in_code = text.count("`", 0, address.start()) % 2 == 1
        return host if is_in_code else f"`{host}`"

    return _URL.sub(shown, text)


def addresses_in(text: str) -> tuple[str, ...]:
    """What a text would have somebody visit, write to or be called by, without scheme and "www."."""
    found: dict[str, None] = {}
    for pattern in (_SLACK_MARKUP, _IMAGE, _LINK, _URL, _DOTTED, _HANDLE):
        for address in _wholes(pattern, text):
            target = re.sub(r"^!?\[[^\]]*\]\(|^<", "", address)
            target = re.sub(r"^[a-z][a-z0-9+.-]*:[/\\]*|^www\.", "", target, flags=re.IGNORECASE)
            if target := target.rstrip(".,;:!?'\")]}>*_~|/"):
                found[target] = None
    return tuple(found)


def _wholes(pattern: re.Pattern[str], text: str) -> list[str]:
    return [match[0] for match in pattern.finditer(text)]
