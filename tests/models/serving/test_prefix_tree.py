from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.models.serving.prefix_tree import PrefixTree

PROMPTS = st.lists(st.integers(1, 3), min_size=1, max_size=6)


class Shadow(RuleBasedStateMachine):
    """The tree against plain lists: each sequence a list of cells, of which each was written once."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = PrefixTree()
        self.cells: dict[int, list[tuple[int, int]]] = {}  # (token, number of the cell)
        self.next_cell = 0
        self.next_sequence = 0

    @rule(tokens=PROMPTS, data=st.data())
    def begin(self, tokens: list[int], data: st.DataObject) -> None:
        length, holder = self.tree.longest(tokens)
        expected = max((self._shared(tokens, held) for held in self.cells.values()), default=0)
        assert length == expected
        take = data.draw(st.integers(0, length))
        sequence, self.next_sequence = self.next_sequence, self.next_sequence + 1
        if holder is None:
            assert length == 0
            self.tree.begin(sequence)
        else:
            assert self._shared(tokens, self.cells[holder]) == length
            self.tree.begin(sequence, holder, take)
        self.cells[sequence] = list(self.cells[holder][:take]) if holder is not None else []

    @precondition(lambda self: self.cells)
    @rule(tokens=PROMPTS, data=st.data())
    def extend(self, tokens: list[int], data: st.DataObject) -> None:
        sequence = data.draw(st.sampled_from(sorted(self.cells)))
        self.tree.extend(sequence, tokens)
        for token in tokens:
            self.cells[sequence].append((token, self.next_cell))
            self.next_cell += 1

    @precondition(lambda self: self.cells)
    @rule(length=st.integers(0, 8), data=st.data())
    def cut(self, length: int, data: st.DataObject) -> None:
        sequence = data.draw(st.sampled_from(sorted(self.cells)))
        self.tree.cut(sequence, length)
        del self.cells[sequence][length:]

    @precondition(lambda self: self.cells)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        sequence = data.draw(st.sampled_from(sorted(self.cells)))
        self.tree.drop(sequence)
        del self.cells[sequence]

    @invariant()
    def counts(self) -> None:
        holders: dict[int, int] = {}
        for held in self.cells.values():
            for _, cell in held:
                holders[cell] = holders.get(cell, 0) + 1
        assert self.tree.cells == len(holders)
        for sequence, held in self.cells.items():
            assert self.tree.length(sequence) == len(held)
            alone = [holders[cell] == 1 for _, cell in held]
            assert self.tree.own(sequence) == (alone[::-1].index(False) if False in alone else len(alone))

    @staticmethod
    def _shared(tokens: list[int], held: list[tuple[int, int]]) -> int:
        count = 0
        for token, (other, _) in zip(tokens, held, strict=False):
            if token != other:
                break
            count += 1
        return count


TestTheTreeKeepsTheBooksOfTheCells = Shadow.TestCase
TestTheTreeKeepsTheBooksOfTheCells.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_what_begins_like_another_goes_on_by_itself() -> None:
    tree = PrefixTree()
    tree.begin(0)
    tree.extend(0, [1, 2, 3, 4])
    length, holder = tree.longest([1, 2, 9])
    tree.begin(1, holder, length)
    tree.extend(1, [9])
    assert (tree.length(0), tree.length(1), tree.cells) == (4, 3, 5)
    assert (tree.own(0), tree.own(1)) == (2, 1)


def test_what_another_still_holds_stays() -> None:
    tree = PrefixTree()
    tree.begin(0)
    tree.extend(0, [1, 2, 3])
    tree.begin(1, 0, 2)
    tree.drop(0)
    assert tree.cells == 2
    assert tree.longest([1, 2, 3]) == (2, 1)


def test_the_end_that_was_of_no_use_since_is_the_oldest() -> None:
    tree = PrefixTree()
    for sequence, token in enumerate((7, 8)):
        tree.begin(sequence)
        tree.extend(sequence, [token, token])
    assert tree.used(0) < tree.used(1)
    tree.begin(2, 0, 2)
    assert tree.used(0) > tree.used(1)


def test_a_number_is_given_once() -> None:
    tree = PrefixTree()
    tree.begin(0)
    with pytest.raises(ValueError, match="there is a sequence 0 already"):
        tree.begin(0)
