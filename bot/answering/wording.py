"""Do two questions say the same? By their morphemes: manners, spacing, letter case and endings do not count.

Whatever else differs makes two questions: "연차 언제부터 신청해요?" and "연차 언제까지 신청해요?" share all
words that a search looks for, and an answer to the one is wrong for the other. So particles, function words
and tenses are compared as they are written, and only what is known to change nothing is left out. Nearness of
meaning was tried instead and cannot tell: see "Repeated questions" in bench/results.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.language import is_hangul
from bot.contracts import Morphology, Word

_TOPIC, _SUBJECT, _OBJECT = "topic", "subject", "object"
_PARTICLES = {"은": _TOPIC, "는": _TOPIC, "이": _SUBJECT, "가": _SUBJECT, "을": _OBJECT, "를": _OBJECT}
_APART = ({_OBJECT, _TOPIC}, {_OBJECT, _SUBJECT})
"""Who does and to whom it is done; a particle may be left out, and the topic is mostly the subject."""


@dataclass(frozen=True)
class Wording:
    """What a question says. Two may only be the same where `key` is; see `says_the_same`."""

    key: str
    roles: tuple[str, ...] = ()
    """Of each Korean word, the role that its particle gives it; "" where none does."""

    def says_the_same(self, other: Wording) -> bool:
        return (
            self.key == other.key
            and len(self.roles) == len(other.roles)
            and not any({mine, its} in _APART for mine, its in zip(self.roles, other.roles, strict=True))
        )


async def wordings(questions: Sequence[str], morphology: Morphology | None) -> list[Wording]:
    """The wording of each question; "" as its key where there are no words. Raises ModelUnavailable.

    Without a morphology, Korean is only the same where it is written the same.
    """
    texts = [
        " ".join(_DASHES.sub(" ", unicodedata.normalize("NFKC", question)).split()) for question in questions
    ]
    korean = [text for text in texts if any(map(is_hangul, text))]
    if morphology is None or not korean:
        return [_english(text) for text in texts]
    words = dict(zip(korean, await morphology.words(korean), strict=True))
    return [_korean(text, words[text]) if text in words else _english(text) for text in texts]


_DASHES = re.compile(r"(?:^|(?<=\s))[-–—*•]+(?=\s|$)")  # between words; "-5" and "on-call" keep theirs


# --- English -----------------------------------------------------------------------------------------------

_CONTRACTIONS = (
    (r"\bwon't\b", "will not"), (r"\bcan't\b|\bcannot\b", "can not"), (r"n't\b", " not"), (r"'re\b", " are"),
    (r"\bi'm\b", "i am"), (r"'ll\b", " will"), (r"'ve\b", " have"),
    (r"\b(what|where|when|who|how|that|there|it)(?:'s|s)\b", r"\1 is"),
)  # fmt: skip
_MANNERS = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|so|please|excuse me|sorry)\b(?: (?:there|all|team|everyone))?[ ,!.:-]*)+"
    r"|^(?:(?:(?:can|could|would) (?:you|someone|anyone) )?(?:please )?(?:tell|remind) me"
    r"|does (?:anyone|anybody|someone) know) (?=(?:what|where|when|who|how|which)\b)"
    r"|^quick question[ ,:!.-]*"
    r"|[ ,]*\b(?:please|pls|thanks|thank you|thx)(?: (?:in advance|a lot|so much))?[ !.?]*$"
)
_ARTICLES = frozenset({"a", "an", "the"})


def _english(text: str) -> Wording:
    text = text.casefold().replace("’", "'")
    while (plain := _MANNERS.sub("", text)) != text:
        text = plain
    for form, full in _CONTRACTIONS:
        text = re.sub(form, full, text)
    words = re.findall(r"[^\s?!,;:\"“”()]+", text)
    kept = [bare for word in words if (bare := word.strip(".'…")) and bare not in _ARTICLES]
    return Wording(" ".join("i" if word == "we" else word for word in kept))


# --- Korean ------------------------------------------------------------------------------------------------

_SIGNS = re.compile(r"[?!.,~…\"“”'‘’()ㅠㅜㅎㅋ^]")
_FILLERS = re.compile(r"(?:^|(?<=\s))(?:안녕하세요|안녕|저기요?|혹시|좀|제발|질문이요|질문 있어요)(?=\s|$)")
_ASKS_TO_TELL = re.compile(
    r"(?:에대해서?|에관해서?)?(?:좀)?(?:"
    r"(?:알려|가르쳐|말해)(?:줘요?|주세요|주십시오|주실래요|주시겠어요|줄래요?|주실수있나요|주실수있을까요|줄수있어요?)"
    r"|(?:이|가)?궁금(?:해요?|합니다|한데요?))$"
)
_IS = (
    r"(?:이에요|예요|이예요|에요|인가요?|인지요?|입니까|인데요?|이죠|죠|이지요|이야|야|이냐|이니|일까요?|임)"
)
_IS_AFTER_NOUN = re.compile(rf"^{_IS}$")
_IS_AFTER_ASKING = re.compile(rf"(얼마|언제|어디|누구|무엇|뭐){_IS}$")
_SHORT_ASKING = (
    (r"뭔(?:가요?|지요?|데요?)$", "뭐"),
    (r"언젠(?:가요?|지요?)$", "언제"),
    (r"누군(?:가요?|지요?)$", "누구"),
    (r"어딘(?:가요?|지요?)$", "어디"),
    (r"무엇", "뭐"),
)
_VERB_ENDS = (
    (re.compile(r"(있|없)(?:나요?|어요?|습니까|을까요?|니|는지요?|는가요?|지요?|죠|냐)$"), r"\1"),
    (re.compile(r"(?:하나요?|해요?|합니까|하죠|하지요?|하니|하는지요?|하는가요?|한가요?|한지요?)$"), "하"),
    (re.compile(r"(?:되나요?|돼요?|되요|됩니까|되죠|되지요?|되니|되는지요?|되는가요?|될까요?)$"), "되"),
    (re.compile(r"(?:주나요?|줘요?|줍니까|주죠|주는지요?|주는가요?)$"), "주"),
)
_MUST = re.compile(r"야(?:하|되)$")
_ENDINGS = frozenset(
    "나요 나 습니까 니까 는지 는지요 는가요 니 죠 지요 어요 아요 여요 어 아 요".split()  # noqa: SIM905
) | {""}


def _korean(text: str, words: Sequence[Word]) -> Wording:
    """Its words by lemma, and between them everything else as it is written."""
    text = _FILLERS.sub(lambda found: " " * len(found[0]), text)
    plain = [word for word in words if word.kind == "word" and text[word.start : word.end].strip()]
    parts: list[str] = [_between(text[: plain[0].start] if plain else _tail(text))]
    roles: list[str] = []
    for place, word in enumerate(plain):
        is_last = place + 1 == len(plain)
        written = text[word.start : word.end]
        after = text[word.end :] if is_last else text[word.end : plain[place + 1].start]
        is_verb = word.term.endswith("다") and written != word.term
        role = "" if is_verb else _PARTICLES.get(after[:1], "")
        if role and len(after) > 1 and not (after[1].isspace() or _SIGNS.match(after[1])):
            role = ""  # "이에요", "가능": no particle
        roles.append(role)
        after = after[1:] if role else after
        if is_last and is_verb:
            parts += [*_last_verb(word.term, written, _tail(after))]
        elif is_last:
            parts += [word.term, "" if _IS_AFTER_NOUN.match(tail := _tail(after)) else tail]
        else:
            parts += [written if is_verb else word.term, _between(after)]
    return Wording("|".join(parts).strip("|"), tuple(roles))


def _between(text: str) -> str:
    return "".join(_SIGNS.sub("", text).split()).casefold()


def _tail(text: str) -> str:
    """How a question ends, in one form for all levels of politeness."""
    tail = _ASKS_TO_TELL.sub("", _between(text))
    for form, plain in _SHORT_ASKING:
        tail = re.sub(form, plain, tail)
    tail = _IS_AFTER_ASKING.sub(r"\1", tail)
    for ending, plain in _VERB_ENDS:
        if ending.search(tail):
            return _MUST.sub("야하", ending.sub(plain, tail))
    return tail


def _last_verb(lemma: str, written: str, ending: str) -> tuple[str, str]:
    """(verb, ending): only the plain present, asked in whatever manner, is the lemma alone."""
    stem, last = lemma[-2:-1], written[-1:]
    final, stem_final = _final(last), _final(stem)
    is_present = final in (0, stem_final) or (final == _FINAL_B and ending == "니까")
    return (lemma, "") if ending in _ENDINGS and is_present else (written, ending)


_FINAL_B = 17


def _final(syllable: str) -> int:
    """The number of a syllable's final consonant, 0 where there is none."""
    return (ord(syllable) - ord("가")) % 28 if "가" <= syllable <= "힣" else -1
