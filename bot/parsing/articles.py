"""Chapters and articles of Korean rules (제2장, 제12조(연차휴가)): headings, whatever their style says."""

from __future__ import annotations

import re

from bot.parsing.parsed import one_line

ABOVE_ARTICLES = 20
"""Added to the level of such a heading, so that it stands below the headings that styles make."""

_PARTS = {"편": 1, "장": 2, "절": 3, "관": 4}
_PART = re.compile(r"제\s?\d{1,3}\s?([편장절관])(?:\s?의\s?\d{1,2})?(?:\s+\S.*)?$")
_ARTICLE = re.compile(
    r"(제\s?\d{1,4}\s?조(?:\s?의\s?\d{1,2})?\s?[(【\[][^()\[\]【】]{1,60}[)】\]])(?=\s|[①-⑳]|$)(.*)$",
    re.DOTALL,
)
_GOES_ON = re.compile(r"\s*(?:및|또는|과|와|내지|부터|에|의|중|,|·)\s")
_CONTENTS = re.compile(r"[.·…‥ㆍ]{3,}\s*\d*\s*$")
"""As the lines of a table of contents end."""
_MAX_PART = 60


def heading(line: str) -> tuple[int, str, bool] | None:
    """Level from 1 (편) to 5 (조), heading, and whether more than the heading stands in the paragraph.

    None for a paragraph that begins with no such heading, also where it only cites one.
    """
    line = line.strip()
    if not line.startswith("제") or _CONTENTS.search(line):
        return None
    if len(line) <= _MAX_PART and (part := _PART.match(line)) and not line.endswith((".", "다", ",")):
        return _PARTS[part[1]], one_line(line), False
    if (article := _ARTICLE.match(line)) and not _GOES_ON.match(article[2]):
        return 5, one_line(article[1]), bool(article[2].strip())
    return None
