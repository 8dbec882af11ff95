"""An answer while it is written: what of the model it takes, how that is shown, what it cites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.answering import prompts
from bot.answering.citations import Quote, SupportCheck, Verdict
from bot.answering.conflicts import find_conflict, shown_both
from bot.answering.evidence import Evidence, readable
from bot.answering.language import Language, is_formal
from bot.answering.reply import Sentence, without_links
from bot.answering.terms import Terms, plain_terms
from bot.answering.tuned import Answerer
from bot.contracts import (
    Answer,
    Citation,
    Message,
    Passage,
    Question,
    Timings,
)
from bot.store.kept import QuestionKey

MOST_SENTENCES = 2
MOST_TRIED = 5
"""Sentences of the model, supported or not: after so many a small model is rambling."""
LONGEST_ORIGINAL = 400
"""Characters of a quote that are shown below the sentence that stands on it."""
SAID_ENOUGH = 0.5
"""Share of a quote's words: a sentence that has them says what the quote says."""
NOTHING_NEW = 0.25
"""A sentence with no larger share of new terms repeats what was said."""
LONGEST_JOINED_QUOTE = 600
NEAREST_LIMIT = 3
LONGEST_NEAREST = 300
"""Characters shown of a document that came near."""


@dataclass
class Draft:
    """One question, and what is known and said of it so far."""

    question: Question
    language: Language
    started: float
    asked_at: datetime
    answerer: Answerer | None = None
    """None: the model without an adapter."""
    key: QuestionKey | None = None
    """Under which the answer is kept."""
    repeats: str = ""
    """The trace_id of the kept answer that is given again."""
    earlier: str = ""
    translation: str = ""
    passages: Sequence[Passage] = ()
    evidence: Sequence[Evidence] = ()
    """As it stands in the prompt."""
    prompt: list[Message] = field(default_factory=list)
    raw: str = ""
    text: str = ""
    lead_in: str = ""
    """A sentence that says nothing by itself ("Yes.", "As follows:"): kept only if a supported one comes."""
    citations: list[Citation] = field(default_factory=list)
    withdrawn: dict[str, Citation] = field(default_factory=dict)
    """By document, what was cited by a text that does not answer the question."""
    verdicts: list[Verdict] = field(default_factory=list)
    is_over: bool = False
    relevance: float | None = None
    """Log odds that the text answers the question, where that was judged."""
    search_s: float = 0.0
    first_token_s: float | None = None
    first_text_s: float | None = None
    _quoted: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """From the chunk id of a passage to the number of its citation, and where its quote begins and ends."""
    _said: Terms = frozenset()

    def timings(self, now: float) -> Timings:
        return Timings(self.search_s, self.first_token_s, self.first_text_s, now - self.started)

    def withdraw(self) -> None:
        """Nothing of it answers the question."""
        self.text = ""
        self.withdrawn = {citation.document_id: citation for citation in reversed(self.citations)}
        self.citations = []

    def nearest(self) -> tuple[Passage, ...]:
        """The documents that came closest. The text of each is the words of it that did, as people read them,
        or "" where none of it is likely to be about the question."""
        first: dict[str, Passage] = {}
        for passage in self.passages:
            first.setdefault(passage.document_id, passage)
        return tuple(self._nearest_words(passage) for passage in list(first.values())[:NEAREST_LIMIT])

    def _nearest_words(self, first: Passage) -> Passage:
        if cited := self.withdrawn.get(first.document_id):
            return replace(first, section=cited.section, url=cited.url, text=_shortened(cited.quote))
        likely = [
            (item.scores[here], item.passage, item.pieces[here])
            for item in sorted(self.evidence, key=lambda item: item.rank)
            if item.passage.document_id == first.document_id
            for here in item.shown
            if item.answers(here)
        ]
        if not likely:
            return replace(first, text="")
        _, passage, piece = max(likely, key=lambda one: one[0])
        return replace(passage, text=_shortened(piece.text))

    async def take(self, sentence: Sentence, check: SupportCheck) -> str:
        """Check one sentence of the model; the text to show for it, or "" where it is dropped."""
        if self.is_over or not sentence.text:
            return ""
        if prompts.says_not_found(sentence.text):
            self.verdicts.append(Verdict(sentence, (), "says that there is no answer"))
            # the first thing it says, so nothing that follows can be an answer
            self.is_over = prompts.NOT_FOUND in sentence.text or not self.citations
            return ""
        said = plain_terms(sentence.text)
        if self._said and len(said - self._said) <= NOTHING_NEW * len(said):
            # a small model goes round in circles, or says the same once for every passage
            self.verdicts.append(Verdict(sentence, (), "repeated"))
            self.is_over = True
            return ""
        if sentence.text.rstrip().endswith(("?", "？")):
            # a heading of a FAQ, copied: the passage holds it, and it answers nothing
            self.verdicts.append(Verdict(sentence, (), "a question"))
            return ""
        if is_lead_in(sentence.text):
            self.lead_in = self._separator(sentence) + sentence.lead + sentence.text
            return ""
        verdict = await check.verdict(sentence)
        self.verdicts.append(verdict)
        self.is_over = len(self.verdicts) >= MOST_TRIED
        if not verdict.quotes:
            return ""
        self._said |= said
        both = self._both(sentence.text, verdict.quotes[0])
        if both:
            shown = f"\n{both}" if self.text else both
            self.is_over = True
        else:
            marks = "".join(f"[{self._cite(quote)}]" for quote in verdict.quotes)
            original = self._original(sentence.text, verdict.quotes[0])
            separator = self._separator(sentence)
            if self.lead_in:
                separator = self.lead_in + ("\n" if sentence.starts_line else " ")
            shown = f"{separator}{sentence.lead}{sentence.text} {marks}{original}"
        self.lead_in = ""
        self.text += shown
        self.is_over |= sum(1 for verdict in self.verdicts if verdict.quotes) >= MOST_SENTENCES
        return shown

    def _both(self, said: str, quote: Quote) -> str:
        """What the document cited and another one say, where they differ; else ""."""
        source = self.evidence[quote.source].passage
        conflict = find_conflict(self.question.text, said, source, quote.start, quote.end, self.passages)
        if conflict is None:
            return ""
        ours = (source, quote.start, quote.end)
        theirs = (conflict.passage, conflict.start, conflict.end)
        first, second = (theirs, ours) if conflict.is_newer else (ours, theirs)
        return shown_both(
            self._quotation(*first),
            self._quotation(*second),
            self.language,
            is_dated=conflict.is_newer is not None,
            formally=is_formal(self.question.text),
        )

    def _quotation(self, passage: Passage, start: int, end: int) -> str:
        return f"“{_as_read(passage.text[start:end])}” [{self._cite_words(passage, start, end)}]"

    def _original(self, said: str, quote: Quote) -> str:
        """The words that a sentence stands on, where it says them shorter or in another language."""
        words = _as_read(self.evidence[quote.source].passage.text[quote.start : quote.end])
        there = plain_terms(words)
        if len(words) > LONGEST_ORIGINAL or len(there & plain_terms(said)) >= SAID_ENOUGH * len(there):
            return ""
        return f"\n“{words}” [{self._cite(quote)}]"

    def _separator(self, sentence: Sentence) -> str:
        if not self.text:
            return ""
        return "\n" if sentence.starts_line else " "

    def _cite(self, quote: Quote) -> int:
        return self._cite_words(self.evidence[quote.source].passage, quote.start, quote.end)

    def _cite_words(self, passage: Passage, start: int, end: int) -> int:
        """The number of a passage, in order of first use; what is quoted of it grows with every use."""
        known = self._quoted.get(passage.chunk_id)
        if known is None:
            number = len(self.citations) + 1
            self.citations.append(_citation(number, passage, start, end))
        else:
            number, first, last = known
            if max(last, end) - min(first, start) > LONGEST_JOINED_QUOTE:
                return number
            start, end = min(first, start), max(last, end)
            self.citations[number - 1] = _citation(number, passage, start, end)
        self._quoted[passage.chunk_id] = number, start, end
        return number

    def trace(self, answer: Answer) -> dict[str, Any]:
        """What `footnote trace` and a developer want to know afterwards."""
        return {
            "repeats": self.repeats,
            "adapter": self.answerer.model.adapter if self.answerer else "",
            "earlier": self.earlier,
            "translation": self.translation,
            "passages": [
                {
                    "chunk_id": passage.chunk_id,
                    "document_id": passage.document_id,
                    "title": passage.title,
                    "section": passage.section,
                    "score": passage.score,
                }
                for passage in self.passages
            ],
            "order": [item.rank for item in self.evidence],
            "prompt": [{"role": message.role, "content": message.content} for message in self.prompt],
            "reply": self.raw,
            "verdicts": [
                {
                    "sentence": verdict.sentence.text,
                    "marks": list(verdict.sentence.marks),
                    "reason": verdict.reason,
                    "sources": [quote.source + 1 for quote in verdict.quotes],
                }
                for verdict in self.verdicts
            ],
            "relevance": self.relevance,
            "found": answer.found,
        }


_LEAD_INS = frozenset(
    {
        "yes",
        "no",
        "yep",
        "nope",
        "네",
        "예",
        "아니요",
        "아니오",
        "아뇨",
        "맞습니다",
        "가능합니다",
        "불가능합니다",
    }
    | {"그렇습니다", "아닙니다", "있습니다", "없습니다"}
)


def is_lead_in(text: str) -> bool:
    """Whether a sentence claims nothing by itself: "Yes.", "다음과 같습니다:"."""
    if text.rstrip().endswith((":", "：")):
        return True
    words = re.findall(r"\w+", text.casefold())
    return len(words) == 1 and words[0] in _LEAD_INS


def _as_read(text: str) -> str:
    """As a person reads it: without markup and addresses."""
    return " ".join(without_links(readable(text)).replace("|", " ").split())


def _shortened(text: str) -> str:
    words = _as_read(text)
    return words if len(words) <= LONGEST_NEAREST else words[:LONGEST_NEAREST].rsplit(" ", 1)[0] + "…"


def _citation(number: int, passage: Passage, start: int, end: int) -> Citation:
    return Citation(
        number=number,
        document_id=passage.document_id,
        connector=passage.connector,
        title=passage.title,
        url=passage.url,
        section=passage.section,
        quote=passage.text[start:end],
        updated_at=passage.updated_at,
        copies=passage.copies,
    )
