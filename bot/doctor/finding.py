"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `mend` is empty where there is nothing to do."""

    subject: str
    verdict: Literal["ok", "warning", "error"]
    message: str
    mend: str = ""
