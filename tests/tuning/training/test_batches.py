"""In what order rows come, and how fast they are learned."""

from __future__ import annotations

import pytest

from bot.tuning.training.batches import batches_in_order, batches_of_epoch, rate_at, steps_in_epoch


def test_every_row_comes_once_in_an_epoch_and_epochs_differ() -> None:
    lengths = [(number * 37) % 101 for number in range(131)]
    first, second = (batches_of_epoch(lengths, 4, 7, epoch) for epoch in (0, 1))
    for batches in (first, second, batches_in_order(lengths, 4)):
        assert sorted(row for batch in batches for row in batch) == list(range(131))
        assert max(map(len, batches)) == 4
    assert first != second
    assert first == batches_of_epoch(lengths, 4, 7, 0)
    assert first != batches_of_epoch(lengths, 4, 8, 0)


def test_rows_of_a_batch_are_of_much_the_same_length() -> None:
    lengths = [(number * 37) % 101 for number in range(128)]

    def padding(batches: list[list[int]]) -> int:
        return sum(max(lengths[row] for row in batch) * len(batch) for batch in batches) - sum(lengths)

    unsorted = [list(range(at, at + 4)) for at in range(0, 128, 4)]
    assert padding(batches_of_epoch(lengths, 4, 7, 0)) < padding(unsorted) / 4


def test_the_rate_rises_to_its_highest_and_falls_to_nearly_nothing() -> None:
    rates = [rate_at(step, 100, 2.0, 0.1) for step in range(100)]
    assert rates[0] == pytest.approx(0.2)
    assert max(rates) == rates[9] == rates[10] == pytest.approx(2.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.01
    assert rate_at(0, 1, 2.0, 0.0) == pytest.approx(2.0)


def test_a_last_step_may_be_smaller() -> None:
    assert steps_in_epoch(24, 2, 4) == 3
    assert steps_in_epoch(25, 2, 4) == 4
