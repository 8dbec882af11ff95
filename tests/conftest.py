"""Real weights for the tests that are marked `weights`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hypothesis
import platformdirs
import pytest

from bot.contracts import unwatched
from bot.models.catalogue import entry_named
from bot.models.pull import locate, pull
from tests.browser import chromium, open_page
from tests.node import node

__all__ = ["chromium", "node", "open_page"]

# how long an example takes says more of the machine than of the code
hypothesis.settings.register_profile("footnote", deadline=None)
hypothesis.settings.load_profile("footnote")


@pytest.fixture(scope="session")
def weights() -> Callable[[str], Path]:
    """The file of a catalogue model, pulled if it is not on this machine."""
    directory = platformdirs.user_data_path("footnote") / "models"

    def path_of(name: str) -> Path:
        pull(entry_named(name), directory, unwatched)
        return locate(name, directory)

    return path_of
