"""What the cache of a model holds: sequences of tokens, each beginning that several have in common once.

A radix tree over cells. It only keeps the books: the cells themselves are llama.cpp's (`cache.Cache`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(eq=False)
class Run:
    """Cells one after the other, held by the same sequences: `tokens` at the positions from `start` on."""

    start: int
    tokens: list[int]
    parent: Run | None
    held_by: set[int] = field(default_factory=set)
    children: list[Run] = field(default_factory=list)
    used: int = 0
    """When it was last of use; later is more."""

    @property
    def end(self) -> int:
        return self.start + len(self.tokens)


class PrefixTree:
    """Sequences by number. Every method takes time by what it touches, never by all there is."""

    def __init__(self) -> None:
        self._root = Run(0, [], None)
        self._tails: dict[int, Run] = {}
        self._clock = itertools.count(1)
        self.cells = 0
        """How many are held; those of a shared beginning count once."""

    def __contains__(self, sequence: int) -> bool:
        return sequence in self._tails

    def length(self, sequence: int) -> int:
        """How many tokens a sequence has."""
        return self._tails[sequence].end

    def used(self, sequence: int) -> int:
        """When the last of its cells were of use; later is more."""
        return self._tails[sequence].used

    def own(self, sequence: int) -> int:
        """How many cells at its end no other sequence holds."""
        run, count = self._tails[sequence], 0
        while run.parent is not None and len(run.held_by) == 1:
            count += len(run.tokens)
            run = run.parent
        return count

    def longest(self, tokens: Sequence[int]) -> tuple[int, int | None]:
        """The most of `tokens` that some sequence begins with, and that sequence; (0, None) if none does."""
        length, run = _furthest(self._root, tokens, 0)
        return length, next(iter(run.held_by)) if run.held_by else None

    def begin(self, sequence: int, like: int | None = None, length: int = 0) -> None:
        """Let there be a sequence that holds the first `length` cells of another."""
        if sequence in self._tails:
            raise ValueError(f"there is a sequence {sequence} already")
        if like is None or not length:
            self._tails[sequence] = self._root
            return
        tail = self._cut_at(self._tails[like], length)
        self._tails[sequence] = tail
        now = next(self._clock)
        for run in _up(tail):
            run.held_by.add(sequence)
            run.used = now

    def extend(self, sequence: int, tokens: Sequence[int]) -> None:
        """A sequence got these cells at its end, of its own."""
        if not tokens:
            return
        tail = self._tails[sequence]
        if tail.parent is not None and tail.held_by == {sequence} and not tail.children:
            tail.tokens += tokens
        else:
            run = Run(tail.end, list(tokens), tail, {sequence})
            tail.children.append(run)
            self._tails[sequence] = tail = run
        tail.used = next(self._clock)
        self.cells += len(tokens)

    def cut(self, sequence: int, length: int) -> None:
        """Let a sequence hold no more than its first `length` cells."""
        tail = self._tails[sequence]
        if length >= tail.end:
            return
        keep = self._cut_at(tail, length) if length else self._root
        for run in list(_up(tail)):
            if run is keep:
                break
            run.held_by.discard(sequence)
            if not run.held_by:
                self.cells -= len(run.tokens)
                if run.parent is not None:
                    run.parent.children.remove(run)
        self._tails[sequence] = keep

    def drop(self, sequence: int) -> None:
        """Let there be no such sequence."""
        self.cut(sequence, 0)
        del self._tails[sequence]

    def clear(self) -> None:
        """Let there be none at all."""
        self._root = Run(0, [], None)
        self._tails.clear()
        self.cells = 0

    def _cut_at(self, tail: Run, length: int) -> Run:
        """The run on the way to `tail` that ends at `length`, made by cutting one in two if need be."""
        run = next(run for run in _up(tail) if run.start < length)
        if run.end == length:
            return run
        above = Run(
            run.start, run.tokens[: length - run.start], run.parent, set(run.held_by), [run], run.used
        )
        if run.parent is None:
            raise AssertionError("the root holds nothing that could be cut")
        run.parent.children[run.parent.children.index(run)] = above
        run.start, run.tokens, run.parent = length, run.tokens[length - run.start :], above
        return above


def shared(one: Sequence[int], other: Sequence[int], start: int = 0) -> int:
    """How many tokens `one` and what of `other` comes from `start` on both begin with."""
    rest = itertools.islice(other, start, None)
    for at, (mine, theirs) in enumerate(zip(one, rest, strict=False)):
        if mine != theirs:
            return at
    return min(len(one), len(other) - start)


def _furthest(run: Run, tokens: Sequence[int], at: int) -> tuple[int, Run]:
    """How far `tokens` go on the way below a run that ends at `at`, and the run they end in."""
    most, last = at, run
    for child in run.children:  # several may begin alike: two that were read at the same time
        if at < len(tokens) and child.tokens[0] == tokens[at]:
            end, found = at + shared(child.tokens, tokens, at), child
            if end == child.end:
                end, found = _furthest(child, tokens, end)
            if end > most:
                most, last = end, found
    return most, last


def _up(run: Run) -> Iterator[Run]:
    """A run and those before it, without the root."""
    while run.parent is not None:
        yield run
        run = run.parent
