"""`footnote` as a process of its own, in a folder with two documents."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("sync", "--json")` in a folder with a small config.toml and no models."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "lunch.md").write_text("# Lunch\n\nLunch is served from 12:10.", encoding="utf-8")
    (docs / "휴가.md").write_text("# 휴가\n\n연차는 3월 31일까지 이월할 수 있습니다.", encoding="utf-8")
    (tmp_path / "config.toml").write_text('[connectors.docs]\nkind = "folder"\npath = "docs"\n')
    environment = {**os.environ, "FOOTNOTE_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "200"}
    for secret in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        environment.pop(secret, None)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
