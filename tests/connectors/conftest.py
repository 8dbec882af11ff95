from __future__ import annotations

import pytest

from connectors import http


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources that fail are asked again at once."""
    monkeypatch.setattr(http, "BACKOFF_FIRST", 0.001)
