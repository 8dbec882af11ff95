"""Measuring with the tiny model, in its real process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.contracts import unwatched
from bot.errors import ModelError
from bot.models.estimate import Speed
from bot.models.fit import AtThreads, measure, recommended, thread_counts


@pytest.mark.parametrize(
    ("logical", "physical", "counts"),
    [
        (1, 1, [1]),
        (2, 2, [1, 2]),
        (4, 2, [1, 2, 4]),
        (2, 8, [1, 2]),
        (16, 8, [4, 7, 8, 16]),
        (64, 64, [32, 63, 64]),
    ],
)
def test_some_numbers_of_threads_are_tried_and_none_beyond_the_cores(
    logical: int, physical: int, counts: list[int]
) -> None:
    assert thread_counts(logical, physical) == counts


def test_fewer_threads_are_preferred_where_they_take_hardly_longer() -> None:
    one, two = AtThreads(1, Speed(60, 12), None), AtThreads(2, Speed(100, 20), None)
    hardly = AtThreads(4, Speed(102, 20.2), None)
    assert recommended([one, two, hardly], kept=100) == 2


def test_threads_that_collapse_beside_the_embedding_model_are_not_chosen() -> None:
    two = AtThreads(2, Speed(100, 20), Speed(90, 18))
    four = AtThreads(4, Speed(110, 22), Speed(30, 5))
    assert recommended([two, four], kept=100) == 2


@pytest.mark.weights
async def test_a_model_is_measured_in_its_process(weights: Callable[[str], Path]) -> None:
    path = weights("smollm2-135m-instruct")
    told: list[tuple[int, int]] = []
    found = await measure(
        path,
        "tiny",
        context=2048,
        embedder=None,
        needed=0,
        counts=[1],
        progress=lambda _what, done, total: told.append((done, total)),
        seconds=0,
        prompt_tokens=150,
    )
    (one,) = found.at
    assert found.threads == one.threads == 1
    assert min(one.alone.read, one.alone.write, found.load_s) > 0
    assert one.beside is None
    assert 90 << 20 < found.memory_bytes < 1 << 30
    assert 20 < found.kept < 900
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)


async def test_what_does_not_fit_into_memory_is_not_tried(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not enough memory to measure large"):
        await measure(
            tmp_path / "large.gguf",
            "large",
            context=2048,
            embedder=None,
            needed=1 << 50,
            counts=[1],
            progress=unwatched,
        )
