"""The child that holds Kiwi: 520 MB and 3 s to load, so outside the bot and only once Korean comes up."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from bot.children.serving import serve
from bot.index.terms import NOUNS, terms_of, words_of


@cache
def _kiwi() -> Any:
    from kiwipiepy import Kiwi

    kiwi = Kiwi(num_workers=1)  # one core is enough to keep ahead of the embedding; the other is for answers
    for noun in NOUNS:
        kiwi.add_user_word(noun, "NNG")
    return kiwi


def _analyse(lines: list[str]) -> Any:
    return _kiwi().tokenize(lines)


@lru_cache(maxsize=1 << 15)
def _parts(noun: str) -> tuple[str, ...]:
    """The nouns of two syllables and more that a long noun is made of."""
    tokens = _kiwi().tokenize(noun, blocklist=[f"{noun}/NNG", f"{noun}/NNP"])
    forms = tuple(token.form for token in tokens)
    are_nouns = all(token.tag == "NNG" and len(token.form) > 1 and not token.oov for token in tokens)
    return forms if len(forms) > 1 and are_nouns and "".join(forms) == noun else ()


def _terms(texts: list[str]) -> list[list[str]]:
    return terms_of(texts, _analyse, _parts)


def _words(texts: list[str]) -> list[list[tuple[str, int, int, str, bool]]]:
    return [
        [
            (word.term, word.start, word.end, word.kind, word.known)
            for word in words_of(text, _analyse, _parts)
        ]
        for text in texts
    ]


def _warm() -> None:
    _kiwi()


def main() -> None:
    serve({"terms": _terms, "words": _words, "warm": _warm})


if __name__ == "__main__":
    main()
