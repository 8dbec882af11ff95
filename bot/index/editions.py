"""The superseded edition of a text stands below the current one.

Two documents of one connector are editions of one text where their titles, or titles and paths, differ only
by a mark: a year or date, a version, "old". Then a passage of the older never stands above one of the newer
that says nearly the same (minutes of two meetings share a title, not their sentences, and are left alone),
unless the question names the older's mark: who asks for "2023" gets 2023.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.contracts import Passage
from bot.index.fusion import Scored

NEARLY_THE_SAME = 0.35
"""The share of pairs of letters that two passages have in common, of all that either has."""

# Without a mark on both sides, the dates of the documents tell; those of one copying say nothing.
_CLEARLY_LATER = timedelta(days=1)

_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:\s?년|(?!\d))"
    r"(?:[\s._/-]?\s?(?:(?P<month>0?[1-9]|1[0-2])(?:\s?월|(?!\d))(?:[\s._/-]?\s?(?P<day>[0-3]?\d)(?:\s?일|(?!\d)))?"
    r"|q(?P<quarter>[1-4])(?!\d)|(?P<korean>[1-4])\s?분기))?"
)
_VERSION = re.compile(
    r"(?<![a-z\d])(?:v|ver|version|rev|revision|edition|버전|개정)[\s._]?(?P<a>\d+(?:\.\d+)*)(?![\d.]*\d)"
    r"|(?<![\d.])제?\s?(?P<b>\d+(?:\.\d+)*)\s?(?:판|차\s?개정|버전)"
    r"|(?<![\d.])(?P<c>\d+(?:\.\d+)+)(?![\d.]*\d)"
)
_OLD = re.compile(
    r"[(\[]\s?(?:old|deprecated|obsolete|superseded|archived?|구|구버전|구판|이전|폐기)\s?[)\]]"
    r"|구버전|구판|폐기본"
    r"|(?:^|(?<=/))(?:old|archived?|deprecated|obsolete|보관|폐기)(?=/)"
)
_PAIRS = re.compile(r"\w+")


@dataclass(frozen=True)
class Marks:
    """What says which edition a title or a path is of."""

    is_old: bool
    dates: tuple[tuple[int, ...], ...]
    versions: tuple[tuple[int, ...], ...]


def marks_of(text: str) -> tuple[str, Marks]:
    """A title or path without its marks, and these."""
    text = text.casefold()
    is_old = _OLD.search(text) is not None
    text = _OLD.sub(" ", text)
    dates = tuple(_date(match) for match in _DATE.finditer(text))
    text = _DATE.sub(" ", text)
    versions = tuple(_version(match) for match in _VERSION.finditer(text))
    text = _VERSION.sub(" ", text)
    return " ".join(_PAIRS.findall(text)), Marks(is_old, dates, versions)


def current_first(
    ranked: Scored,
    passages: Mapping[int, Passage],
    question: str,
    items_of: Callable[[Collection[str]], Mapping[str, tuple[str, str]]],
) -> Scored:
    """`ranked` with passages of superseded editions put right behind those that replace them.

    `items_of` gives (connector, item id) of documents by their ids.
    """
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for chunk_id, _ in ranked:
        groups[passages[chunk_id].connector, marks_of(passages[chunk_id].title)[0]].append(chunk_id)
    groups = defaultdict(
        list, {key: ids for key, ids in groups.items() if len(_documents(ids, passages)) > 1}
    )
    if not groups:
        return ranked
    items = items_of({passages[chunk_id].document_id for ids in groups.values() for chunk_id in ids})
    asked = marks_of(question)[1]
    scores = dict(ranked)
    for ids in groups.values():
        for old in ids:
            if _names(asked, passages[old], items):
                continue
            newer = [
                scores[new]
                for new in ids
                if _supersedes(passages[new], passages[old], items)
                and alike(passages[new].text, passages[old].text) >= NEARLY_THE_SAME
            ]
            if newer:
                scores[old] = min(scores[old], max(newer) - 1e-6)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def alike(one: str, other: str) -> float:
    """The share, 0 to 1, of pairs of letters that two texts have in common, of all that either has."""
    a, b = _pairs(one), _pairs(other)
    return len(a & b) / len(a | b) if a or b else 0.0


def _supersedes(new: Passage, old: Passage, items: Mapping[str, tuple[str, str]]) -> bool:
    new_title, old_title = marks_of(new.title)[1], marks_of(old.title)[1]
    if new_title != old_title:
        decided = _later(new_title, old_title)
    else:
        new_path, new_marks = marks_of(_path(new, items))
        old_path, old_marks = marks_of(_path(old, items))
        if new_path != old_path or new_marks == old_marks:
            return False
        decided = _later(new_marks, old_marks)
    if decided is None:
        if new.updated_at is None or old.updated_at is None:
            return False
        return new.updated_at - old.updated_at >= _CLEARLY_LATER
    return decided


def _later(one: Marks, other: Marks) -> bool | None:
    """Is `one` of the later edition? None where the marks do not tell."""
    if one.is_old != other.is_old:
        return other.is_old
    for mine, its in ((one.dates, other.dates), (one.versions, other.versions)):
        if mine and its and mine != its:
            return mine > its
    return None


def _names(asked: Marks, passage: Passage, items: Mapping[str, tuple[str, str]]) -> bool:
    own = (marks_of(passage.title)[1], marks_of(_path(passage, items))[1])
    return any(
        (asked.is_old and marks.is_old)
        or any(date[: len(wanted)] == wanted for wanted in asked.dates for date in marks.dates)
        or any(version in asked.versions for version in marks.versions)
        for marks in own
    )


def _path(passage: Passage, items: Mapping[str, tuple[str, str]]) -> str:
    return re.sub(r"\.[a-z]{2,5}$", "", items.get(passage.document_id, ("", ""))[1].casefold())


def _documents(ids: Collection[int], passages: Mapping[int, Passage]) -> set[str]:
    return {passages[chunk_id].document_id for chunk_id in ids}


def _date(match: re.Match[str]) -> tuple[int, ...]:
    quarter = match["quarter"] or match["korean"]
    month = int(quarter) * 3 if quarter else match["month"]
    return tuple(int(part) for part in (match["year"], month, match["day"]) if part)


def _version(match: re.Match[str]) -> tuple[int, ...]:
    return tuple(int(part) for part in (match["a"] or match["b"] or match["c"]).split("."))


def _pairs(text: str) -> set[str]:
    letters = "".join(_PAIRS.findall(text.casefold()))
    return {letters[at : at + 2] for at in range(len(letters) - 1)}
