"""Which files are documents, by their suffix: one table for all connectors whose items are files."""

from __future__ import annotations

_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"

# fmt: off
SOURCE_CODE = frozenset({
    ".bash", ".c", ".cc", ".cjs", ".cpp", ".cs", ".cxx", ".go", ".graphql", ".h", ".hpp", ".ini", ".java",
    ".js", ".jsx", ".kt", ".kts", ".lua", ".mjs", ".mts", ".php", ".proto", ".ps1", ".py", ".r", ".rb", ".rs",
    ".scala", ".sh", ".sql", ".swift", ".tf", ".toml", ".ts", ".tsx", ".yaml", ".yml",
})
# fmt: on

BY_SUFFIX = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".mdx": "text/mdx",
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
    ".pdf": "application/pdf",
    ".docx": f"{_OPEN_XML}.wordprocessingml.document",
    ".xlsx": f"{_OPEN_XML}.spreadsheetml.sheet",
    ".xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    ".xls": "application/vnd.ms-excel",
    ".pptx": f"{_OPEN_XML}.presentationml.presentation",
    ".ppsx": f"{_OPEN_XML}.presentationml.slideshow",
    ".pptm": "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    ".odt": f"{_OPEN_DOCUMENT}.text",
    ".ods": f"{_OPEN_DOCUMENT}.spreadsheet",
    ".odp": f"{_OPEN_DOCUMENT}.presentation",
    ".epub": "application/epub+zip",
    ".eml": "message/rfc822",
    ".msg": "application/vnd.ms-outlook",
    ".rtf": "application/rtf",
    ".text": "text/plain",
    ".rst": "text/plain",
    ".adoc": "text/plain",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    **dict.fromkeys(SOURCE_CODE, "text/x-source"),
    ".hwp": "application/x-hwp",
    ".hwpx": "application/hwp+zip",
}
"""Suffix in small letters to media type. What is not here is left out, and counted."""

WEB_PAGE = "text/x-web-page"
"""HTML as a web site serves it, with the menus and banners around what the page says. Of our own making."""

UNKNOWN = "application/octet-stream"


def suffix(name: str) -> str:
    """The suffix of a file name or path, in small letters and with its dot; empty without one."""
    last = name.rstrip("/").rpartition("/")[2]
    dot = last.rfind(".")
    return last[dot:].lower() if 0 < dot < len(last) - 1 else ""


def media_type(name: str) -> str:
    """The media type of a file of this name, UNKNOWN if it is no document."""
    return BY_SUFFIX.get(suffix(name), UNKNOWN)


def is_document(name: str) -> bool:
    """Whether a file of this name is one that is read."""
    return suffix(name) in BY_SUFFIX
