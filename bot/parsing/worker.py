"""The child process that reads documents. It holds no secret, has no network and little memory, and may die.

    python -m bot.parsing.worker MEMORY_BYTES

Method `parse(content, name, media_type)` gives {"title", "sections": [[path, text, page, anchor], ...]}.
"""

from __future__ import annotations

import ctypes
import resource
import sys
from typing import Any

from bot.children.confinement import leave_no_core, limit
from bot.children.serving import serve
from bot.parsing.formats import parse

MAX_CPU_SECONDS = 60
_MAX_OPEN_FILES = 64
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def confine(memory_bytes: int) -> None:
    """Give up what reading a document does not need."""
    leave_no_core()
    limit(resource.RLIMIT_AS, memory_bytes)
    limit(resource.RLIMIT_NOFILE, _MAX_OPEN_FILES)
    if sys.platform == "linux":
        # Best effort: a kernel or container may forbid it, and no parser we use opens a connection anyway.
        libc = ctypes.CDLL(None)
        if libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def parse_document(content: bytes, name: str, media_type: str) -> dict[str, Any]:
    """See the module's docstring. Ends the process where one document takes over MAX_CPU_SECONDS."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + MAX_CPU_SECONDS + 1)
    parsed = parse(content, name, media_type)
    return {
        "title": parsed.title,
        "sections": [
            [section.path, section.text, section.page, section.anchor] for section in parsed.sections
        ],
    }


if __name__ == "__main__":
    serve({"parse": parse_document}, prepare=lambda: confine(memory_bytes=int(sys.argv[1])))
