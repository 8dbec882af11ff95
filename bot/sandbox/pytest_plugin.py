"""A workspace for the tests of a Slack app: `pytest_plugins = ["bot.sandbox.pytest_plugin"]` in conftest.py.

Needs pytest and pytest-asyncio. It is not loaded by itself, so that whoever installs Footnote to use it finds
nothing new in their own test runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.sandbox.server import Sandbox

MARKER = "slack_workspace"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers", f"{MARKER}(**options): options of bot.sandbox.Sandbox for the fixture of that name"
    )


@pytest_asyncio.fixture
async def slack_workspace(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    """A local Slack workspace of this test alone, on a free port, in the event loop of the test."""
    marker = request.node.get_closest_marker(MARKER)
    async with Sandbox(**(marker.kwargs if marker else {})) as workspace:
        yield workspace
