"""Rows to train, validation and held-out: nothing that one of them was made from stands behind another.

Rows belong together where they share what their answers stand in (a document, or the same words of one), a
question or a group. What belongs together is never split: this is the connected components of rows. Passages
that only stand beside are not counted, or a few popular documents would tie all rows into one; they follow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from bot.tuning.data.checking import with_marks
from bot.tuning.data.cleaning import question_of
from bot.tuning.data.dataset import SPLITS, DatasetError, same_words
from bot.tuning.rows import Row, RowPassage

Splits = dict[str, list[Row]]
"""By SPLITS."""
LEAKS = "it says the same as a document of another split"


def split_rows(rows: Sequence[Row], shares: Mapping[str, float], random: Random) -> Splits:
    """`shares`: of all rows, for "validation" and "heldout"; each gets something. Raises DatasetError where
    too much belongs together. Within each the rows keep their order."""
    parts = _connected(rows)
    if len(parts) < len(SPLITS):
        raise DatasetError(
            f"All {len(rows)} rows were made from documents that belong together ({len(parts)} "
            f"{'group' if len(parts) == 1 else 'groups'}), so that nothing can be held out to examine the "
            "model with: it would be asked what it learned.",
            mend="Add rows from other documents. Rows belong together where their answers are from the same "
            "document (the field document, or the passage itself), or their questions are the same.",
        )
    random.shuffle(parts)
    wanted = {split: max(1, round(share * len(rows))) for split, share in shares.items()}
    chosen: dict[str, list[list[int]]] = {split: [] for split in SPLITS}
    for part in parts:
        split = next(
            (
                split
                for split in ("heldout", "validation")
                if sum(map(len, chosen[split])) + len(part) <= wanted[split]
            ),
            "train",
        )
        chosen[split].append(part)
    for split in ("train", "heldout", "validation"):
        if not chosen[split]:  # all parts are larger than what was wanted, or none was left
            largest = max(SPLITS, key=lambda other: len(chosen[other]))
            smallest = min(chosen[largest], key=len)
            chosen[largest].remove(smallest)
            chosen[split].append(smallest)
    return {
        split: [rows[place] for place in sorted(place for part in chosen[split] for place in part)]
        for split in SPLITS
    }


def anchors(row: Row) -> tuple[RowPassage, ...]:
    """The passages that a row stands on: those that carry the answer; where these are not known, all of them,
    and where none does, the first, which came nearest."""
    if row.gold:
        return tuple(row.passages[place] for place in row.gold)
    return row.passages[:1] if row.kind == "abstain" else row.passages


def with_own_passages(splits: Splits) -> Splits:
    """Without the passages beside that belong to another split: by their document, or where no row stands on
    that, by where it is used most."""
    owner = {
        passage.document: split for split, rows in splits.items() for row in rows for passage in anchors(row)
    }
    used: dict[str, Counter[str]] = {}
    for split, rows in splits.items():
        for row in rows:
            for passage in row.passages:
                used.setdefault(passage.document, Counter())[split] += 1
    for document, counts in used.items():
        owner.setdefault(document, counts.most_common(1)[0][0])
    return {
        split: [
            with_passages(row, [at for at, each in enumerate(row.passages) if owner[each.document] == split])
            for row in rows
        ]
        for split, rows in splits.items()
    }


def without_leaks(splits: Splits, rejected: Counter[str]) -> Splits:
    """Without what says the very same in two splits, though it is from two documents: of passages beside they
    are taken out, rows that stand on one are left out. `rejected` grows by these."""
    owner: dict[str, str] = {}
    kept: Splits = {}
    for split, rows in splits.items():
        kept[split] = []
        for row in rows:
            texts = [
                same_words(text) for text in [*(row.passages[at].text for at in row.gold), row.text] if text
            ]
            if any(owner.setdefault(text, split) != split for text in texts):
                rejected[LEAKS] += 1
            else:
                kept[split].append(row)
    found: Splits = {}
    for split, rows in kept.items():
        found[split] = []
        for row in rows:
            own = [
                at
                for at, each in enumerate(row.passages)
                if owner.setdefault(same_words(each.text), split) == split
            ]
            if row.passages and not own:
                rejected[LEAKS] += 1
            else:
                found[split].append(with_passages(row, own))
    return found


def with_passages(row: Row, order: Sequence[int]) -> Row:
    """The row with some of its passages (places of before) in this order; its marks and gold follow."""
    if list(order) == list(range(len(row.passages))):
        return row
    places = {before: place for place, before in enumerate(order)}
    return replace(
        row,
        passages=tuple(row.passages[before] for before in order),
        gold=tuple(sorted(places[before] for before in row.gold if before in places)),
        answer=with_marks(row.answer, order) if row.kind == "answer" else row.answer,
    )


def _connected(rows: Sequence[Row]) -> list[list[int]]:
    """Places of rows that belong together, in order."""
    parent = list(range(len(rows)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first: dict[tuple[str, str], int] = {}
    for place, row in enumerate(rows):
        for key in _ties(row):
            parent[root(place)] = root(first.setdefault(key, place))
    parts: dict[int, list[int]] = {}
    for place in range(len(rows)):
        parts.setdefault(root(place), []).append(place)
    return list(parts.values())


def _ties(row: Row) -> Iterator[tuple[str, str]]:
    """Rows with one of these in common belong together."""
    if row.group:
        yield "document", row.group
    for passage in anchors(row):
        yield "document", passage.document
        yield "text", same_words(passage.text)
    if row.text:
        yield "text", same_words(row.text)
    if question := same_words(question_of(row)):
        yield "question", question
