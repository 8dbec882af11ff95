"""Why a search found what it found, for people to read and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from rich.markup import escape
from rich.table import Table

from bot.app import App
from bot.cli import terminal
from bot.contracts import Filter, Passage, Readers
from bot.index.fusion import Reading, fused
from bot.index.query_terms import QueryTerms
from bot.index.search import CANDIDATES, Found

WIDEST = 110
"""Columns of what people read."""
LANGUAGES = {"ko": "Korean", "en": "English"}

LEGEND = (
    "score: words + meaning + best sentences. Higher is better; it only compares results of one search.\n"
    "words: for each reading of the question the passage's place by BM25, the share of the question that it "
    "holds (rare words weigh more), its BM25, and what this adds to the score; the better reading counts.\n"
    "meaning: place by, and cosine between the vectors of question and passage (1: the same), the mean of "
    "each language taken off. best sentences: the same of the passage's most fitting few sentences; where "
    "a passage has but one, its meaning counts again."
)


@dataclass(frozen=True)
class Added:
    """What full text looked for besides the words of the question."""

    term: str
    why: str
    """translation, synonym, joined, mended, keys (typed with the other keyboard) or unit."""
    weight: float
    """Beside 1 for a word of the question."""
    asked: str
    """The word it stands for."""


@dataclass(frozen=True)
class InWords:
    """What full text says of a passage in one reading of the question."""

    reading: str
    rank: int
    """By BM25, from 1, among what this reading found."""
    coverage: float
    """The share, 0 to 1, of the question that the passage holds, by rarity."""
    bm25: float
    points: float
    """What it would add to the score."""


@dataclass(frozen=True)
class Reason:
    """Why one passage stands where it stands."""

    rank: int
    score: float
    document_id: str
    connector: str
    title: str
    section: str
    url: str
    words: tuple[InWords, ...]
    vector_rank: int | None
    """By cosine, from 1; None beyond the candidates and where it has no vector yet."""
    cosine: float | None
    window_cosine: float | None
    """Of its best few sentences; None where it is too short to have several or was not looked at again."""
    matched: tuple[str, ...]
    superseded: bool
    """Put behind a newer edition of the same text, so out of the order of scores."""

    @property
    def in_short(self) -> str:
        """One line of text."""
        parts = [
            f"words {one.reading}: no. {one.rank}, {one.coverage:.0%} held, +{one.points:.2f}"
            for one in self.words
        ] or ["no words"]
        if self.cosine is not None:
            parts.append(f"meaning: {_place(self.vector_rank)}, {self.cosine:.3f}")
        if self.window_cosine is not None:
            parts.append(f"best sentences: {self.window_cosine:.3f}")
        if self.matched:
            parts.append(f"matched: {', '.join(self.matched)}")
        if self.superseded:
            parts.append("behind a newer edition")
        return "; ".join(parts)


@dataclass(frozen=True)
class Explanation:
    """One search."""

    question: str
    translation: str
    """The question in the other language, by the chat model; empty where none was asked for."""
    language: str
    terms: tuple[str, ...]
    """The words of the question that were looked for."""
    added: tuple[Added, ...]
    readers: tuple[str, ...]
    within: tuple[str, ...]
    since: datetime | None
    before: datetime | None
    documents: int
    """Indexed in all."""
    allowed_documents: int
    """Let through by readers and filter."""
    candidates_by_words: Mapping[str, int]
    """Reading to passages that full text found, at most 100."""
    candidates_by_meaning: int
    milliseconds: Mapping[str, float]
    """words (morphology and full text) and embedding ran beside each other, ranking after both."""
    results: tuple[Reason, ...]


async def explained(
    app: App,
    question: str,
    readers: Readers,
    limit: int,
    narrowed: Filter | None = None,
    translation: str = "",
) -> tuple[Explanation, list[Passage]]:
    """Search, and say why each passage was found. Raises StoreError, ModelUnavailable."""
    found = await app.index.explain(question, readers, limit, narrowed, translation)
    held = app.index.corpus.terms.of_chunks([passage.chunk_id for passage in found.passages])
    narrowed = narrowed or Filter()
    explanation = Explanation(
        question=question,
        translation=translation,
        language=found.language,
        terms=tuple(found.query.asked),
        added=tuple(Added(*each) for each in found.query.added()),
        readers=tuple(sorted(readers)),
        within=narrowed.within,
        since=narrowed.since,
        before=narrowed.before,
        documents=int(app.database.value("SELECT count(*) FROM documents")),
        allowed_documents=found.allowed,
        candidates_by_words={reading.name: len(reading.bm25) for reading in found.readings},
        candidates_by_meaning=len(found.cosines),
        milliseconds={
            name: round(1000 * seconds, 1)
            for name, seconds in (
                ("words", found.words_s),
                ("embedding", found.embedding_s),
                ("ranking", found.ranking_s),
            )
        },
        results=reasons(found, held),
    )
    return explanation, found.passages


def reasons(found: Found, held: Mapping[int, Set[str]]) -> tuple[Reason, ...]:
    """One for each passage, in their order. `held`: chunk id to the terms it holds."""
    words = [
        (reading.name, reading, _ranks(reading.bm25), dict(fused([reading], {})))
        for reading in found.readings
    ]
    nearest = _ranks(found.cosines)
    return tuple(
        Reason(
            rank=rank,
            score=passage.score,
            document_id=passage.document_id,
            connector=passage.connector,
            title=passage.title,
            section=passage.section,
            url=passage.url,
            words=tuple(
                _in_words(name, reading, ranks, points, passage.chunk_id)
                for name, reading, ranks, points in words
                if reading.coverages.get(passage.chunk_id)
            ),
            # all of the first CANDIDATES were looked at; of what comes after them only some
            vector_rank=place
            if (place := nearest.get(passage.chunk_id, 0)) and place <= CANDIDATES
            else None,
            cosine=found.cosines.get(passage.chunk_id),
            window_cosine=found.windows.get(passage.chunk_id),
            matched=matched(found.query, held.get(passage.chunk_id, frozenset())),
            superseded=passage.chunk_id in found.superseded,
        )
        for rank, passage in enumerate(found.passages, start=1)
    )


def matched(query: QueryTerms, held: Set[str]) -> tuple[str, ...]:
    """What was looked for, asked or added, that a text with the terms `held` holds."""
    return tuple(
        dict.fromkeys(
            " ".join(one.terms)
            for concept in query.concepts
            for one in concept.alternatives
            if one.is_held(held)
        )
    )


def _in_words(
    name: str, reading: Reading, ranks: Mapping[int, int], points: Mapping[int, float], chunk_id: int
) -> InWords:
    return InWords(
        name,
        ranks[chunk_id],
        reading.coverages[chunk_id],
        reading.bm25[chunk_id],
        points.get(chunk_id, 0.0),
    )


def _ranks(scores: Mapping[int, float]) -> dict[int, int]:
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return {chunk_id: rank for rank, (chunk_id, _) in enumerate(ordered, start=1)}


# --- for people --------------------------------------------------------------------------------------------


def show(explanation: Explanation) -> None:
    """Print it, at most WIDEST columns wide."""
    width = min(terminal.out.width, WIDEST)
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(explanation):
        facts.add_row(name, escape(value))
    terminal.out.print(facts, width=width)
    if not explanation.results:
        terminal.err.print("nothing found; `footnote status` says what is indexed")
        return
    table = Table(box=None, pad_edge=False, header_style="bold", width=width)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("passage", ratio=1, overflow="fold")
    table.add_column("words", width=34, overflow="fold")
    table.add_column("meaning", width=14)
    table.add_column("best\nsentences", justify="right", width=9)
    for reason in explanation.results:
        table.add_row(*_row(reason))
    terminal.out.print()
    terminal.out.print(table, width=width)
    terminal.out.print()
    terminal.out.print(LEGEND, style="dim", markup=False, width=width)


def _facts(explanation: Explanation) -> Sequence[tuple[str, str]]:
    language = LANGUAGES.get(explanation.language, explanation.language)
    facts = [
        ("question", f"{explanation.question}  ({language})"),
        *([("translated", explanation.translation)] if explanation.translation else []),
        ("looked for", ", ".join(explanation.terms) or "no word of it: by meaning alone"),
    ]
    asked: dict[tuple[str, str, float], list[str]] = {}
    for each in explanation.added:
        asked.setdefault((each.term, each.why, each.weight), []).append(each.asked)
    facts += [
        ("" if number else "and also", f"{term}  ({why} of {' '.join(of)}, weighs {weight:g} of 1)")
        for number, ((term, why, weight), of) in enumerate(asked.items())
    ]
    applied = [f"readers: {', '.join(explanation.readers)}"]
    if explanation.within:
        applied.append(f"within: {', '.join(explanation.within)}")
    for name, day in (("since", explanation.since), ("before", explanation.before)):
        if day is not None:
            applied.append(f"{name}: {day:%Y-%m-%d}")
    left_out = explanation.documents - explanation.allowed_documents
    facts.append(
        (
            "looked in",
            f"{explanation.allowed_documents:,} of {explanation.documents:,} documents; "
            f"{left_out:,} left out by {'; '.join(applied)}",
        )
    )
    by_words = ", ".join(f"{count} {name}" for name, count in explanation.candidates_by_words.items())
    by_meaning = (
        f"{explanation.candidates_by_meaning} by meaning"
        if explanation.candidates_by_meaning
        else "none by meaning (there were no vectors)"
    )
    facts.append(("candidates", f"by words {by_words}; {by_meaning}"))
    took = explanation.milliseconds
    facts.append(
        (
            "took",
            f"words {took['words']:.0f} ms (morphology and full text), beside it the question's vector "
            f"{took['embedding']:.0f} ms; then ranking {took['ranking']:.0f} ms",
        )
    )
    return facts


def _row(reason: Reason) -> tuple[str, ...]:
    where = f"{reason.title} > {reason.section}" if reason.section else reason.title
    notes = [f"in {reason.connector}"]
    if reason.matched:
        notes.append(f"matched: {', '.join(reason.matched)}")
    if reason.superseded:
        notes.append("put behind a newer edition")
    words = "\n".join(
        f"{one.reading}: {_place(one.rank)}, {one.coverage:.0%},\n"
        f"  BM25 {one.bm25:.1f}, adds {one.points:.2f}"
        for one in reason.words
    )
    meaning = "no vector" if reason.cosine is None else f"{_place(reason.vector_rank)}, {reason.cosine:.3f}"
    return (
        f"{reason.rank}.",
        f"{reason.score:.3f}",
        f"[bold]{escape(where)}[/bold]\n[dim]{escape(chr(10).join(notes))}[/dim]",
        escape(words) or "none held",
        meaning,
        "-" if reason.window_cosine is None else f"{reason.window_cosine:.3f}",
    )


def _place(rank: int | None) -> str:
    return f"no. {rank}" if rank else f"after {CANDIDATES}"
