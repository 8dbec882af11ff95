"""OLE compound files, in which HWP 5 and Outlook store."""

from __future__ import annotations

import struct

DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    struct.error,
    OverflowError,
)
"""olefile reads hostile numbers as they come; what goes wrong with them has no type of its own."""
