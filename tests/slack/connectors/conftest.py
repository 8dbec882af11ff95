"""A list of connectors and a web site to read, and a sandbox that waits for an ack as long as Slack does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.slack.cast import Workspace
from tests.slack.connector_desk import Desk, Site, open_desk, open_site


@pytest.fixture
async def sandbox(transport: str) -> AsyncIterator[Workspace]:
    """Checks are real here, and try more than once."""
    async with Workspace(transport, ack_seconds=3.0, retry_delays=(0.0, 0.1, 0.2)) as running:
        yield running


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as site:
        yield site


@pytest.fixture
async def desk(tmp_path: Path, path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, path) as desk:
        yield desk
