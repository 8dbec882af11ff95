"""Where Korean and English sentences end.

Rules instead of a model: it is needed while an answer streams and inside the parsing of documents, and what
goes wrong must be explainable.
"""

from __future__ import annotations

import re

# "Dr. Kim", "e.g. this": a sentence never ends here.
_NEVER_LAST = frozenset("e.g i.e vs mr mrs ms dr prof fig eq cf approx no nr resp incl esp st".split())  # noqa: SIM905
# "at 5 p.m. The", "etc. Then": a sentence ends here only where another clearly starts.
_SELDOM_LAST = frozenset("etc inc ltd co corp llc dept est min max a.m p.m u.s u.k al ver ext tel".split())  # noqa: SIM905

_CODE = re.compile(r"`[^`\n]+`")
_LINE_BREAKS = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+•·]\s|\d{1,3}[.)]\s|[#>|]|```))")
_END = re.compile(
    r"""(?:[.!?…]+|[。！？]+)         # the stop itself
        (?:["'”’」』)\]*_`]|\s?\[\d{1,2}\])*   # closes with it: quotes, brackets, citation marks
        (?=\s|$|[가-힣])""",
    re.VERBOSE,
)
_KOREAN_LAST = re.compile(r"[다요죠까오음함됨임]$")
_WORD_BEFORE = re.compile(r"[\w.]*$")
_ITEM_NUMBER = re.compile(r"(?:^|\n)\s*(?:[-*+•·]\s+)?(?:\d{1,3}|[A-Za-z]|[가나다라마바사아자차카타파하])$")


def sentences(text: str) -> list[str]:
    """The sentences of `text`, each an exact piece of it without the white space around.

    Together they hold every letter of it, in order. List items and paragraphs end a sentence; a line break
    inside a paragraph does not.
    """
    found: list[str] = []
    start = 0
    for end in [*_boundaries(text), len(text)]:
        piece = text[start:end].strip()
        if piece:
            found.append(piece)
        start = end
    return found


def _boundaries(text: str) -> list[int]:
    # A stop inside `code` ends nothing; blanking it keeps every position.
    masked = _CODE.sub(lambda code: "`" + "x" * (len(code[0]) - 2) + "`", text)
    breaks = {match.start() for match in _LINE_BREAKS.finditer(masked)}
    stops = {match.end() for match in _END.finditer(masked) if _ends(masked, match)}
    return sorted(breaks | stops)


def _ends(text: str, stop: re.Match[str]) -> bool:
    before = text[max(0, stop.start() - 40) : stop.start()]
    after = text[stop.end() : stop.end() + 40]
    if after and not after[0].isspace():
        # "했다.그리고": a missing space, but "3.다음" or "A.나" is no end
        return bool(_KOREAN_LAST.search(before))
    following = after.lstrip().lstrip("\"'“‘「『([*_`")[:1]
    if not following:
        return True
    mark = stop[0][0]
    if mark != ".":
        return mark != "…" or not following.islower()
    if stop[0].startswith(".."):
        return not following.islower()
    if _ITEM_NUMBER.search(before):
        return False
    word = (_WORD_BEFORE.search(before) or [""])[0].lower().strip("._")
    if word in _NEVER_LAST or (len(word) == 1 and word.isascii() and word.isalpha()):
        return False
    if word in _SELDOM_LAST:
        return following.isupper() or _is_hangul(following)
    if word[-1:].isdigit():  # "2024. 5. 3. 개정", but "The limit is 20. Then"
        return not (following.isdigit() or _is_hangul(following)) or len(word.split(".")[-1]) > 4
    return True


def _is_hangul(letter: str) -> bool:
    return "가" <= letter <= "힣"
