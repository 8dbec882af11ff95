"""A sandbox with short waits, reached over Socket Mode unless a test says otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.slack.cast import Workspace


@pytest.fixture
def transport() -> str:
    """Overridden by `over_both_transports`."""
    return "socket"


@pytest.fixture
async def sandbox(transport: str) -> AsyncIterator[Workspace]:
    async with Workspace(transport, ack_seconds=1.0, retry_delays=(0.0, 0.1, 0.2)) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "footnote.db"
