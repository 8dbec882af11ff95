"""Other names of things: lists in files that people write, and what they add to a question.

One group a line, its names separated by commas: `연차, 연차휴가, annual leave, PTO`. With `->` a line works
one way: `쿼리파이 -> QueryPie` finds QueryPie for who asks 쿼리파이. What follows # is a comment.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from bot.contracts import Morphology, Word
from bot.errors import ConfigError

log = logging.getLogger(__name__)

LONGEST_NAME = 80
MOST_BYTES = 2_000_000
LOOK_SECONDS = 5.0
"""Between two looks whether the file has changed."""

Phrase = tuple[str, ...]
"""The terms of a name, in order."""


@dataclass(frozen=True)
class Rule:
    """Who asks for any of `asked` may also find each of `meant`."""

    asked: tuple[str, ...]
    meant: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """A name that stands in a question."""

    first: int
    """Its first word there, as an index."""
    length: int
    meant: tuple[Phrase, ...]


def read_rules(path: Path) -> list[Rule]:
    """The rules of a file. Raises ConfigError, naming the file and the line."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError(f"The synonyms {path} are larger than {MOST_BYTES:,} bytes.")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"There is no file of synonyms {path}.",
            mend="Write it, or take search.synonyms out of config.toml.",
        ) from None
    except UnicodeDecodeError as exc:
        raise ConfigError(f"The synonyms {path} are not UTF-8.", mend="Save the file as UTF-8.") from exc
    except OSError as exc:
        raise ConfigError(f"The synonyms {path} cannot be read: {exc}.") from exc
    return parsed_rules(text, path.name)


def shipped_rules() -> list[Rule]:
    """What company handbooks and IT manuals commonly call the same, in Korean and English."""
    name = "synonyms.txt"
    return parsed_rules(resources.files("bot.index").joinpath(name).read_text(encoding="utf-8"), name)


def parsed_rules(text: str, file: str) -> list[Rule]:
    """The rules of a text. Raises ConfigError, naming `file` and the line."""
    rules: list[Rule] = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.split("#", 1)[0].strip()
        if not content:
            continue
        where = f"{file}, line {number}"
        left, arrow, right = content.partition("->")
        if "->" in right:
            raise ConfigError(f"{where}: there is more than one ->.", mend="Write one -> a line.")
        asked, meant = _names(left, where), _names(right, where) if arrow else ()
        if not arrow and len(asked) < 2:
            raise ConfigError(
                f"{where}: {content!r} is alone.", mend="Write at least two names, separated by a comma."
            )
        rules.append(Rule(asked, meant or asked))
    return rules


def _names(text: str, where: str) -> tuple[str, ...]:
    names = tuple(" ".join(name.split()) for name in text.split(","))
    for name in names:
        if not name:
            raise ConfigError(f"{where}: a name is missing.", mend="Take out the comma, or write the name.")
        if len(name) > LONGEST_NAME:
            raise ConfigError(f"{where}: a name has {len(name)} letters; at most {LONGEST_NAME} are taken.")
    return names


class Synonyms:
    """Rules, ready to be looked up."""

    def __init__(self, rules: Sequence[tuple[tuple[Phrase, ...], tuple[Phrase, ...]]] = ()) -> None:
        """`rules`: (asked, meant) by their terms."""
        self._meant: dict[Phrase, dict[Phrase, None]] = defaultdict(dict)
        for asked, meant in rules:
            for phrase in asked:
                self._meant[phrase].update(dict.fromkeys(other for other in meant if other != phrase))
        self._longest = max(map(len, self._meant), default=0)

    @classmethod
    async def of(cls, rules: Sequence[Rule], morphology: Morphology) -> Synonyms:
        """Take the names apart as questions are. Raises ModelUnavailable."""
        names = list(dict.fromkeys(name for rule in rules for name in (*rule.asked, *rule.meant)))
        phrases: dict[str, Phrase] = {}
        for at in range(0, len(names), 200):  # in slices: a question must not wait for a long list
            some = names[at : at + 200]
            for name, words in zip(some, await morphology.words(some), strict=True):
                phrases[name] = tuple(word.term for word in sequence(words))
                if not phrases[name]:
                    log.warning("the synonym %r holds no word that is searched for", name)

        def known(group: tuple[str, ...]) -> tuple[Phrase, ...]:
            return tuple(phrases[name] for name in group if phrases[name])

        return cls([(known(rule.asked), known(rule.meant)) for rule in rules])

    def __len__(self) -> int:
        return len(self._meant)

    def matches(self, words: Sequence[Word]) -> Iterator[Match]:
        """The names among the words of a question (see `sequence`), the longest ones, none within another."""
        terms = tuple(word.term for word in words)
        at = 0
        while at < len(terms):
            for length in range(min(self._longest, len(terms) - at), 0, -1):
                meant = self._meant.get(terms[at : at + length])
                if meant:
                    yield Match(at, length, tuple(meant))
                    at += length - 1
                    break
            at += 1


class SynonymLists:
    """The list that ships and the company's own, which is read again when it changes."""

    def __init__(self, morphology: Morphology, path: Path | None, *, shipped: bool = True) -> None:
        """Raises ConfigError where the file at `path` cannot be read."""
        self._morphology = morphology
        self._path = path
        self._shipped = shipped_rules() if shipped else []
        self._seen = _mark(path)
        self._rules = read_rules(path) if path else []
        self._made: Synonyms | None = None
        self._making: asyncio.Lock | None = None
        self._looked_at = time.monotonic()

    async def current(self) -> Synonyms:
        """All synonyms as the file has them now; as it had them where it cannot be read any more, which is
        logged once. Raises ModelUnavailable."""
        self._making = self._making or asyncio.Lock()
        async with self._making:
            if self._path and time.monotonic() - self._looked_at >= LOOK_SECONDS:
                await asyncio.to_thread(self._look, self._path)
            if self._made is None:
                self._made = await Synonyms.of([*self._rules, *self._shipped], self._morphology)
            return self._made

    def _look(self, path: Path) -> None:
        self._looked_at = time.monotonic()
        mark = _mark(path)
        if mark == self._seen:
            return
        self._seen = mark
        try:
            self._rules = read_rules(path)
        except ConfigError as exc:
            log.warning("The synonyms stay as they were: %s", exc)
            return
        self._made = None
        log.info("read the synonyms of %s again", path.name)


def _mark(path: Path | None) -> tuple[int, int] | None:
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found else None


def sequence(words: Sequence[Word]) -> list[Word]:
    """The words of a text one after the other: compounds by their parts, identifiers whole."""
    return [word for word in words if word.kind == "word"]
