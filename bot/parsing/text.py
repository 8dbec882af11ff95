"""Plain text, and the encodings it comes in."""

from __future__ import annotations

import codecs

from bot.errors import ParseError
from bot.parsing.parsed import Parsed, Section, assemble

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENOUGH_HANGUL = 0.5
_FEW_BAD_BYTES = 0.01
_LOOKED_AT = 8192


def parse_text(content: bytes, name: str) -> Parsed:
    """One section, as it is."""
    return assemble(name, "", [Section((), decode(content, name))])


def decode(content: bytes, name: str) -> str:
    """Text from bytes of unknown encoding: a byte order mark, UTF-8, CP949 (which EUC-KR is part of), CP1252.

    Raises ParseError for bytes that are no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace").removeprefix("\ufeff")
    # a stray NUL happens in text; a program or a picture is full of them
    if content.count(0, 0, _LOOKED_AT) > max(2, len(content[:_LOOKED_AT]) / 50):
        raise ParseError(f"{name} is not a text file, though its name says so.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    damaged = content.decode("utf-8", "replace")
    beyond_ascii = sum(character > "\x7f" for character in damaged)
    if damaged.count("\ufffd") <= _FEW_BAD_BYTES * beyond_ascii:
        return damaged  # UTF-8 with a few bytes broken, as a cut-off log has
    try:
        korean = content.decode("cp949")
    except UnicodeDecodeError:
        korean = ""
    if korean and _share_of_hangul(korean) >= _ENOUGH_HANGUL:
        return korean
    return content.decode("cp1252", "replace")


def _share_of_hangul(text: str) -> float:
    # Western text read as CP949 gives rare syllables and Chinese characters: those of KS X 1001 are the usual
    beyond_ascii = [character for character in text if character > "\x7f"]
    usual = 0
    for character in beyond_ascii:
        try:
            usual += "가" <= character <= "힣" and len(character.encode("euc_kr")) == 2
        except UnicodeEncodeError:
            continue
    return usual / len(beyond_ascii) if beyond_ascii else 0.0
