"""Words of the corpus that lie one slip of the finger from what somebody typed.

Korean is compared key by key ("연챠" and "연차" differ in one key), English letter by letter. All words of a
length are rows of one array: a look through 200,000 words takes about half a millisecond, without an index
that would be many times their size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.index.keyboard import keys_of

_HANGUL_WORD = re.compile("[가-힣]{2,10}")
_LATIN_WORD = re.compile("[a-z]{5,24}")
_LONGEST = 32
_SHORTEST_KEYS = 4
_LONG_KEYS = 7  # from here on any other key is a slip; in a shorter word it makes another word

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# keys whose letters sound alike, so that they are mistaken and not only mistyped: ㅐ/ㅔ, ㅊ/ㅈ ...
_ALIKE = ("op", "OP", "ki", "ju", "hy", "nb", "cw", "zr", "xe", "vq")


def _pairs(pairs: Iterable[tuple[str, ...]]) -> frozenset[tuple[str, ...]]:
    return frozenset(pair[::way] for pair in pairs for way in (1, -1))


_CONFUSED = _pairs(map(tuple, _ALIKE))
_NEAR_KEYS = _pairs(
    pair
    for upper, lower in (*pairwise(_ROWS), (_ROWS[-1], ""))
    for pair in (*pairwise(upper), *zip(upper, lower, strict=False), *zip(upper[1:], lower, strict=False))
)


@dataclass(frozen=True)
class _Words:
    """Words of one alphabet and one length."""

    letters: NDArray[np.uint8]  # (words, length)
    words: Sequence[str]
    counts: NDArray[np.int64]
    heads: NDArray[np.uint32]  # the first letters of each word as one number
    tails: NDArray[np.uint32]

    @classmethod
    def of(cls, keys: Sequence[str], words: Sequence[str], counts: Sequence[int]) -> _Words:
        length = len(keys[0])
        letters = np.frombuffer("".join(keys).encode("ascii"), np.uint8).reshape(len(keys), length)
        few = _filtered_by(length)
        return cls(
            letters,
            words,
            np.array(counts, np.int64),
            _packed(letters[:, :few]),
            _packed(letters[:, length - few :]),
        )

    def one_edit_away(self, typed: str) -> NDArray[np.int64]:
        """Rows that one substitution, insertion, deletion or swap of neighbours makes into `typed`."""
        keys = np.frombuffer(typed.encode("ascii"), np.uint8)
        few = _filtered_by(self.letters.shape[1])
        head, tail = _packed(keys[None, :few])[0], _packed(keys[None, len(keys) - few :])[0]
        # one slip leaves the beginning as it was, or the end
        rows = np.flatnonzero((self.heads == head) | (self.tails == tail))
        return rows[_are_one_edit_away(self.letters[rows], keys)]


class Spelling:
    """The words of a corpus to mend others by, without numbers, identifiers and very short words."""

    def __init__(self, counts: Iterable[tuple[str, int]]) -> None:
        """`counts`: each term with the number of chunks that hold it."""
        gathered: dict[tuple[bool, int], tuple[list[str], list[str], list[int]]] = {}
        for term, count in counts:
            typed = _typed(term)
            if typed is None:
                continue
            words, keys, how_often = gathered.setdefault((term.isascii(), len(typed)), ([], [], []))
            words.append(term)
            keys.append(typed)
            how_often.append(count)
        self._groups = {
            group: _Words.of(keys, words, how_often) for group, (words, keys, how_often) in gathered.items()
        }

    def __len__(self) -> int:
        return sum(len(group.words) for group in self._groups.values())

    def near(self, term: str, at_most: int = 2) -> list[str]:
        """Words one slip away, the likeliest slip and then the commonest word first.

        Empty for numbers, identifiers and what is too short to tell a slip from another word.
        """
        typed = _typed(term)
        if typed is None:
            return []
        found: list[tuple[float, int, str]] = []
        for length in (len(typed) - 1, len(typed), len(typed) + 1):
            group = self._groups.get((term.isascii(), length))
            if group is None:
                continue
            for row in group.one_edit_away(typed):
                word = group.words[row]
                if word == term:
                    continue
                cost = _cost(typed, group.letters[row].tobytes().decode("ascii"), is_latin=term.isascii())
                if cost is not None:
                    found.append((cost, -int(group.counts[row]), word))
        best = min((cost for cost, _, _ in found), default=0.0)
        return [word for cost, _, word in sorted(found) if cost == best][:at_most]


def _typed(term: str) -> str | None:
    if _LATIN_WORD.fullmatch(term):
        return term
    if _HANGUL_WORD.fullmatch(term):
        keys = keys_of(term)
        return keys if _SHORTEST_KEYS <= len(keys) <= _LONGEST else None
    return None


def _filtered_by(length: int) -> int:
    """How many letters at either end tell most words of that length from another, with a gap between."""
    return min((length - 2) // 2, 4)


def _packed(letters: NDArray[np.uint8]) -> NDArray[np.uint32]:
    packed = np.zeros(len(letters), np.uint32)
    for column in letters.T:
        packed = packed << np.uint32(8) | column
    return packed


def _are_one_edit_away(letters: NDArray[np.uint8], keys: NDArray[np.uint8]) -> NDArray[np.bool_]:
    length, wanted = letters.shape[1], len(keys)
    shorter = min(length, wanted)
    same = letters[:, :shorter] == keys[:shorter]
    before = np.where(same.all(axis=1), shorter, same.argmin(axis=1))
    back = letters[:, ::-1][:, :shorter] == keys[::-1][:shorter]
    after = np.where(back.all(axis=1), shorter, back.argmin(axis=1))
    near = before + after >= max(length, wanted) - 1
    if length == wanted:
        for row in np.flatnonzero(before + after == length - 2):
            at = int(before[row])
            near[row] = letters[row, at] == keys[at + 1] and letters[row, at + 1] == keys[at]
    return np.asarray(near, np.bool_)


def _cost(typed: str, meant: str, *, is_latin: bool) -> float | None:
    """How unlikely the slip is; None where it is likelier another word."""
    at = next((at for at, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), -1)
    if at < 0:
        at = min(len(typed), len(meant))
    if len(typed) != len(meant):
        longer = max(typed, meant, key=len)
        is_doubled = longer[at] in longer[max(at - 1, 0) : at] + longer[at + 1 : at + 2]
        return None if is_latin and at == 0 else 1.0 if is_doubled else 2.0
    if typed[at + 1 :] != meant[at + 1 :]:
        return 1.0  # two keys in the wrong order
    slip = (typed[at], meant[at])
    if not is_latin and (slip in _CONFUSED or slip[0].lower() == slip[1].lower()):
        return 0.5
    if slip in _NEAR_KEYS:
        return None if is_latin and at == 0 else 1.0
    if is_latin:
        return 2.0 if at > 0 and {typed[at], meant[at]} <= set("aeiouy") else None
    return 3.0 if len(typed) >= _LONG_KEYS else None
