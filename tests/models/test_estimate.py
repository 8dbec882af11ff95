from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.models.catalogue import CATALOGUE, DEFAULT_CHAT
from bot.models.estimate import (
    OTHER_MEMORY,
    ROUGH,
    Burden,
    Speed,
    burden_of_entry,
    burden_of_file,
    estimate,
    scaled,
    unlikeness,
)

SMALL = Burden("small", parameters=10**9, weight_bytes=10**9, cache_bytes=0, memory_bytes=10**9)


def test_a_model_of_twice_the_size_takes_twice_as_long() -> None:
    large = replace(SMALL, parameters=2 * 10**9, weight_bytes=2 * 10**9)
    assert scaled(Speed(100, 20), SMALL, large) == Speed(50, 10)


def test_what_the_context_holds_slows_writing_and_not_reading() -> None:
    found = scaled(Speed(100, 20), SMALL, replace(SMALL, cache_bytes=10**9 // 950))
    assert found.read == 100
    assert found.write == pytest.approx(10, rel=1e-3)


def test_four_at_once_wait_for_each_others_prompts_and_write_together() -> None:
    one = estimate(SMALL, Speed(100, 10), kept=100, available=1 << 40, is_measured=True, is_rough=False)
    assert (one.first_word_s, one.whole_answer_s) == (8, 18)
    assert one.last_first_word_s == 32
    assert 32 + 10 < one.last_answer_s < 4 * one.whole_answer_s


@pytest.mark.parametrize(
    ("speed", "verdict"),
    [
        (Speed(1000, 100), "quick"),
        (Speed(90, 20), "quick for one, slow when several ask"),
        (Speed(50, 5), "usable, with patience"),
        (Speed(10, 2), "too slow here"),
    ],
)
def test_the_verdict_follows_from_the_time_of_an_answer(speed: Speed, verdict: str) -> None:
    found = estimate(SMALL, speed, kept=100, available=1 << 40, is_measured=True, is_rough=False)
    assert found.verdict == verdict


def test_a_model_fits_where_there_is_room_for_the_rest_of_footnote_too() -> None:
    def fits(available: int) -> bool:
        speed = Speed(1000, 100)
        return estimate(SMALL, speed, kept=0, available=available, is_measured=False, is_rough=False).fits

    assert fits(SMALL.memory_bytes + OTHER_MEMORY)
    assert not fits(SMALL.memory_bytes + OTHER_MEMORY - 1)


def test_every_chat_model_of_the_catalogue_can_be_estimated_and_the_largest_from_the_smallest_is_rough() -> (
    None
):
    found = {entry.name: burden_of_entry(entry) for entry in CATALOGUE.values() if entry.purpose == "chat"}
    assert None not in found.values()
    tiny, default, large = (found[name] for name in ("smollm2-135m-instruct", DEFAULT_CHAT, "gemma-3-4b-it"))
    assert tiny
    assert default
    assert large
    assert unlikeness(tiny, large) == unlikeness(large, tiny) > ROUGH
    assert unlikeness(default, large) < ROUGH


@pytest.mark.weights
def test_what_the_catalogue_says_of_a_model_is_what_its_file_says(weights: Callable[[str], Path]) -> None:
    name = "smollm2-135m-instruct"
    entry, found = CATALOGUE[name], burden_of_file(weights(name), name)
    assert (found.parameters, found.cache_bytes) == (entry.parameters, entry.cache_bytes_per_token)
    assert entry.bytes
    assert 0.9 * entry.bytes < found.weight_bytes < entry.bytes
