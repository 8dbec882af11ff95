"""The child that holds Kiwi: 520 MB and 3 s to load, so outside the bot and only once Korean comes up."""

from __future__ import annotations

from functools import cache
from typing import Any

from bot.children import serve
from bot.index.terms import terms_of


@cache
def _kiwi() -> Any:
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)  # one core is enough to keep ahead of the embedding; the other is for answers


def _analyse(lines: list[str]) -> Any:
    return _kiwi().tokenize(lines)


def _terms(texts: list[str]) -> list[list[str]]:
    return terms_of(texts, _analyse)


def _warm() -> None:
    _kiwi()


def main() -> None:
    serve({"terms": _terms, "warm": _warm})


if __name__ == "__main__":
    main()
