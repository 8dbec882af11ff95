"""Which files are documents, by their suffix: one table for all connectors whose items are files."""

from __future__ import annotations

from pathlib import PurePosixPath

BY_SUFFIX = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".mdx": "text/mdx",
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".hwp": "application/x-hwp",
    ".hwpx": "application/hwp+zip",
}
"""Suffix in small letters to media type. What is not here is left out, and counted."""

UNKNOWN = "application/octet-stream"


def suffix(name: str) -> str:
    """The suffix of a file name or path, in small letters and with its dot; empty without one."""
    return PurePosixPath(name).suffix.lower()


def media_type(name: str) -> str:
    """The media type of a file of this name, UNKNOWN if it is no document."""
    return BY_SUFFIX.get(suffix(name), UNKNOWN)


def is_document(name: str) -> bool:
    """Whether a file of this name is one that is read."""
    return suffix(name) in BY_SUFFIX
