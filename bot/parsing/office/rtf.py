"""Rich Text Format, of WordPad and of mails that Outlook keeps: its text, and its tables row by row."""

from __future__ import annotations

import re

from bot.errors import ParseError
from bot.parsing.parsed import Parsed, Section, assemble
from bot.parsing.tables import markdown_table

_TITLE = re.compile(r"\{\\info.{0,2000}?\{\\title ([^{}\\]{1,300})\}", re.DOTALL)
_CODE_PAGE = re.compile(r"\\ansicpg(\d{3,5})")
_BLANKS = re.compile(r"\n{3,}")


def parse_rtf(content: bytes, name: str) -> Parsed:
    """One section: what is a heading cannot be told from RTF without its style sheet."""
    if not content.lstrip()[:5].startswith(b"{\\rtf"):
        raise ParseError(f"{name} is not an RTF document, though its name says so.")
    source = content.decode("latin-1")
    title = _TITLE.search(source)
    return assemble(name, title[1] if title else "", [Section((), rtf_text(source, name))])


def rtf_text(source: str, name: str) -> str:
    """RTF, as the Latin-1 text of its bytes, to Markdown. Raises ParseError for what is broken."""
    from striprtf.striprtf import rtf_to_text

    page = _CODE_PAGE.search(source)
    encoding = "cp949" if page and page[1] in ("949", "51949", "1361") else "cp1252"
    try:
        text: str = rtf_to_text(  # type: ignore[no-untyped-call]
            source, encoding=encoding, errors="replace"
        )
    except (ValueError, LookupError, IndexError, KeyError, TypeError, OverflowError) as exc:
        raise ParseError(
            f"{name} is broken: it is no RTF document that can be read.", mend="Save it again as .docx."
        ) from exc
    return _BLANKS.sub("\n\n", _with_tables(text)).strip()


def _with_tables(text: str) -> str:
    """Lines that end with a cell ("a|b|") as Markdown tables, all others as paragraphs."""
    blocks: list[str] = []
    rows: list[list[str]] = []
    for line in [*text.split("\n"), ""]:
        if line.endswith("|") and line.count("|") > 1:
            rows.append([" ".join(cell.split()) for cell in line[:-1].split("|")])
            continue
        if rows:
            blocks += ["", markdown_table(rows), ""]
            rows = []
        blocks += [line, ""] if line.strip() else [""]
    return "\n".join(blocks)
