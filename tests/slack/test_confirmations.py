"""What a button that confirms something may carry."""

from __future__ import annotations

import pytest

from bot.slack.commands.confirmations import LIFE_SECONDS, MAX_SUBJECT, Confirmations


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_value_counts_for_its_person_and_action_until_it_is_too_old() -> None:
    clock = Clock()
    confirmations = Confirmations(clock)
    value = confirmations.value("forget", "U1", "handbook/a.b.md")
    assert confirmations.subject("forget", "U1", value) == "handbook/a.b.md"
    assert confirmations.subject("forget", "U2", value) is None
    assert confirmations.subject("pause", "U1", value) is None
    clock.now += LIFE_SECONDS
    assert confirmations.subject("forget", "U1", value) == "handbook/a.b.md"
    clock.now += 1
    assert confirmations.subject("forget", "U1", value) is None


def test_a_value_of_another_process_counts_for_nothing() -> None:
    value = Confirmations(Clock()).value("forget", "U1", "handbook")
    assert Confirmations(Clock()).subject("forget", "U1", value) is None


@pytest.mark.parametrize("place", range(3))
def test_a_value_that_was_changed_counts_for_nothing(place: int) -> None:
    confirmations = Confirmations(Clock())
    parts = confirmations.value("forget", "U1", "handbook").split(".")
    parts[place] += "0"
    assert confirmations.subject("forget", "U1", ".".join(parts)) is None


def test_the_longest_subject_fits_into_a_button_and_a_longer_one_is_refused() -> None:
    confirmations = Confirmations(Clock())
    assert len(confirmations.value("forget", "U1", "한" * MAX_SUBJECT)) <= 2_000
    with pytest.raises(ValueError, match="do not fit"):
        confirmations.value("forget", "U1", "한" * (MAX_SUBJECT + 1))
