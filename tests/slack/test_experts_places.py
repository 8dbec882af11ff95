"""Where a question to people goes, by what its answer came from."""

from __future__ import annotations

import pytest

from bot.contracts import Answer
from bot.slack.experts_blocks import ExpertsChannel
from bot.slack.experts_places import ExpertsPlaces
from tests.slack.cast import answer, citation, passage

GENERAL = ExpertsChannel("C0GENERAL", "S0PEOPLE")
OWNERS = {"handbook": "C0HANDBOOK", "wiki": "C0WIKI", "mail": ""}


def cites(*connectors: str) -> Answer:
    return answer(
        citations=tuple(citation(number, connector=name) for number, name in enumerate(connectors, 1))
    )


def near(*connectors: str) -> Answer:
    passages = tuple(passage(f"{number}", connector=name) for number, name in enumerate(connectors))
    return answer(citations=(), found=False, nearest=passages)


@pytest.mark.parametrize(
    ("given", "connector"),
    [
        (cites("handbook"), "handbook"),
        (cites("handbook", "wiki", "wiki"), "wiki"),
        (cites("wiki", "handbook"), "wiki"),
        (cites("mail", "mail", "handbook"), "handbook"),
        (cites("mail", "removed"), ""),
        (near("wiki", "handbook", "handbook"), "wiki"),
        (near("mail", "handbook"), "handbook"),
        (near(), ""),
        (answer(citations=(), found=True), ""),
        (None, ""),
    ],
)
def test_it_goes_to_the_owners_of_what_is_cited_most_or_came_nearest(
    given: Answer | None, connector: str
) -> None:
    place = ExpertsPlaces(lambda: OWNERS, GENERAL).place_of(given)
    assert place == (ExpertsChannel(OWNERS[connector], connector=connector) if connector else GENERAL)


def test_without_any_place_nobody_is_asked() -> None:
    places = ExpertsPlaces(lambda: OWNERS, None)
    assert places.place_of(None) is None
    assert places.place_of(cites("mail")) is None
    assert [places.has_place(each) for each in (cites("mail"), cites("wiki"), near())] == [False, True, False]


def test_owners_are_looked_up_each_time() -> None:
    owners = {"wiki": "C0WIKI"}
    places = ExpertsPlaces(lambda: owners, GENERAL)
    assert places.place_of(cites("wiki")) == ExpertsChannel("C0WIKI", connector="wiki")
    del owners["wiki"]
    assert places.place_of(cites("wiki")) == GENERAL


def test_a_place_names_its_setting() -> None:
    assert GENERAL.setting == "slack.experts_channel"
    assert ExpertsChannel("C0WIKI", connector="wiki").setting == "connectors.wiki.owner_channel"
