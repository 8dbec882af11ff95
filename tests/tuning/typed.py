"""`footnote tune`, as people type it, in this process."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from click.testing import CliRunner, Result

from bot.cli import footnote


def tune(config: Path, *arguments: str) -> Result:
    """What it prints, with the settings of that file. An error that it foresaw is raised."""
    priority = os.getpriority(os.PRIO_PROCESS, 0)
    result = CliRunner().invoke(
        footnote, ["--config", str(config), "tune", *arguments], standalone_mode=False
    )
    with contextlib.suppress(PermissionError):  # the tests after this one do not give way
        os.setpriority(os.PRIO_PROCESS, 0, priority)
    if result.exception is not None:
        raise result.exception
    return result
