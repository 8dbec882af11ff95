"""The cells of a llama.cpp context: whose they are, which can be shared, and which make room first.

A sequence that begins like one that is held takes its cells over without reading anything: llama.cpp marks
them as held by both (`llama_memory_seq_cp` in a unified cache), and each goes on in cells of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import llama_cpp.llama_cpp as llama

from bot.models.serving.prefix_tree import PrefixTree

WORTH_SHARING = 16
"""Tokens. What any two prompts share (marks of the format, a common first word) is less."""


class Cache:
    """Sequences that are being worked on, and those that are kept for whatever begins like them."""

    def __init__(self, context: Any, cells: int, sequences: int, *, is_cut_anywhere: bool = True) -> None:
        """`is_cut_anywhere`: whether a part of a sequence can be had and be forgotten. Models that remember
        by a state and not by cells have only whole ones: nothing is shared then."""
        self._is_cut_anywhere = is_cut_anywhere
        self._memory = llama.llama_get_memory(context)
        self.size = cells
        """Cells there are."""
        self._trees: dict[str, PrefixTree] = {}
        self._tree_of: dict[int, PrefixTree] = {}
        self._kept: set[int] = set()
        self._free = list(range(sequences))

    def open(self, tokens: Sequence[int], adapter: str = "") -> int | None:
        """A sequence that holds as much of the beginning of `tokens` as is there; None if none is free.

        The last token is never taken over: what follows it has to be computed anew. What one adapter made
        is of no use to another.
        """
        sequence = self._take_number()
        if sequence is None:
            return None
        tree = self._trees.setdefault(adapter, PrefixTree())
        self._tree_of[sequence] = tree
        length, holder = self._longest(tree, tokens)
        if holder is None:
            tree.begin(sequence)
        else:
            llama.llama_memory_seq_cp(self._memory, holder, sequence, 0, length)
            tree.begin(sequence, holder, length)
        return sequence

    def known(self, tokens: Sequence[int], adapter: str = "") -> int:
        """How many of the first of `tokens` need not be read now."""
        tree = self._trees.get(adapter)
        return self._longest(tree, tokens)[0] if tree else 0

    @property
    def held(self) -> int:
        """Cells that hold something, be it of what is worked on or of what is kept."""
        return sum(tree.cells for tree in self._trees.values())

    @property
    def kept(self) -> int:
        """Sequences that nobody works on."""
        return len(self._kept)

    def length(self, sequence: int) -> int:
        """How many tokens a sequence holds."""
        return self._tree_of[sequence].length(sequence)

    def take_over(self, sequence: int, tokens: Sequence[int]) -> None:
        """Let it hold what another has come to hold of `tokens` since it was opened."""
        tree, length = self._tree_of[sequence], self.length(sequence)
        more, holder = self._longest(tree, tokens)
        if holder is None or holder == sequence or more < length + WORTH_SHARING:
            return
        llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        tree.drop(sequence)
        llama.llama_memory_seq_cp(self._memory, holder, sequence, 0, more)
        tree.begin(sequence, holder, more)

    def extend(self, sequence: int, tokens: Sequence[int]) -> None:
        """It was decoded with these tokens at its end."""
        self._tree_of[sequence].extend(sequence, tokens)

    def cut(self, sequence: int, length: int) -> None:
        """Let it hold its first `length` tokens and no more."""
        llama.llama_memory_seq_rm(self._memory, sequence, length, -1)
        self._tree_of[sequence].cut(sequence, length)

    def keep(self, sequence: int) -> None:
        """Nobody works on it any more; it stays until its cells are needed."""
        self._kept.add(sequence)

    def make_room(self, cells: int) -> bool:
        """Have so many cells free, at the cost of what was of use longest ago; whether there are now."""
        while (missing := cells - self.size + self.held) > 0:
            if not self._kept:
                return False
            self._forget(missing)
        return True

    def forget(self, adapter: str) -> None:
        """Forget all that an adapter made; nothing of it may be worked on."""
        tree = self._trees.pop(adapter, None)
        for sequence in [one for one in self._kept if self._tree_of[one] is tree]:
            self._drop(sequence)

    def clear(self) -> None:
        """Forget everything, also what is being worked on."""
        llama.llama_memory_clear(self._memory, True)
        for tree in self._trees.values():
            tree.clear()
        self._free += self._tree_of
        self._tree_of.clear()
        self._kept.clear()

    def _longest(self, tree: PrefixTree, tokens: Sequence[int]) -> tuple[int, int | None]:
        """The longest beginning worth sharing, and who holds it; (0, None) where there is none."""
        if not self._is_cut_anywhere:
            return 0, None
        length, holder = tree.longest(tokens[:-1])
        return (length, holder) if length >= WORTH_SHARING else (0, None)

    def _take_number(self) -> int | None:
        if not self._free and self._kept:
            self._drop(min(self._kept, key=lambda one: self._tree_of[one].used(one)))
        return self._free.pop() if self._free else None

    def _forget(self, cells: int) -> None:
        """About so many cells at the end of the kept sequence whose end was of use longest ago."""
        oldest = min(self._kept, key=lambda one: self._tree_of[one].used(one))
        tree = self._tree_of[oldest]
        own, length = tree.own(oldest), tree.length(oldest)
        if cells < own and self._is_cut_anywhere:
            self.cut(oldest, length - cells)
        else:
            self._drop(oldest)

    def _drop(self, sequence: int) -> None:
        llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        self._tree_of.pop(sequence).drop(sequence)
        self._kept.discard(sequence)
        self._free.append(sequence)
