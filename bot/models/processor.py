"""What the processor can do, where it decides how a chat model is held."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_NEEDED = {"amx_tile", "amx_int8"}


@cache
def multiplies_tiles(described: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether it multiplies tiles of 8 bits (AMX: servers of Intel since 2023), and the system lets programs
    do so. False where the system does not say what the processor can do."""
    try:
        text = described.read_text("utf-8", "replace")
    except OSError:
        return False
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
    return set(flags.split()) >= _NEEDED
