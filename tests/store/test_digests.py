"""Each digest once a week and place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.digests import Digests, SentDigest, State

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
SENT = SentDigest("T1", "2026-W47", "C1")


@pytest.fixture
def digests(tmp_path: Path) -> Iterator[Digests]:
    database = Database(tmp_path / "footnote.db")
    yield Digests(database)
    database.close()


def test_the_first_attempt_is_remembered_through_later_ones(digests: Digests) -> None:
    digests.attempt(SENT, MONDAY)
    digests.postpone(SENT, MONDAY + timedelta(minutes=1))
    digests.attempt(SENT, MONDAY + timedelta(minutes=2))
    (found,) = digests.of_week("T1", "2026-W47").values()
    assert (found.state, found.attempts, found.attempted_at) == (State.WAITING, 2, MONDAY)
    assert found.not_before == MONDAY + timedelta(minutes=1)


def test_a_week_ends_for_its_team_alone_and_is_no_place_of_its_own(digests: Digests) -> None:
    digests.settle(SENT, State.SENT)
    digests.end_week("T1", "2026-W47")
    assert digests.is_over("T1", "2026-W47")
    assert not digests.is_over("T1", "2026-W48")
    assert not digests.is_over("T2", "2026-W47")
    assert list(digests.of_week("T1", "2026-W47")) == ["C1"]
    assert digests.of_week("T1", "2026-W48") == {}
