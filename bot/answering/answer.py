"""From a question to a checked answer: search, evidence, prompt, stream, check, cite.

Nothing the model writes reaches a person unchecked: a sentence is held back until it is complete and a
passage supports it; its links are made by others from the citations, never from its text.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bot.access import is_one_person
from bot.answering import prompts
from bot.answering.citations import Quote, SupportCheck, Verdict
from bot.answering.conflicts import find_conflict, shown_both
from bot.answering.evidence import Evidence, choose_evidence, readable
from bot.answering.judge import ANSWERS, Judge
from bot.answering.language import Language, language_of
from bot.answering.reply import Reply, Sentence, without_links
from bot.answering.reuse import Reuse, given_again
from bot.answering.terms import Terms, plain_terms
from bot.answering.translation import Translator
from bot.contracts import (
    Answer,
    AnswerEvent,
    ChatModel,
    Citation,
    Embedder,
    Finished,
    Index,
    Message,
    Morphology,
    Passage,
    Question,
    Sampling,
    SourcesFound,
    TextAdded,
    Timings,
)
from bot.store.answers import Answers
from bot.store.kept import QuestionKey

FOUND_LIMIT = 10
"""Passages searched for; the evidence is cut from these."""
SHOWN = 5
"""Of these are named while the answer is being written."""
NEAREST_LIMIT = 3
MOST_SENTENCES = 2
MOST_TRIED = 5
"""Sentences of the model, supported or not: after so many a small model is rambling."""
LONGEST_ORIGINAL = 400
"""Characters of a quote that are shown below the sentence that stands on it."""
SAID_ENOUGH = 0.5
"""Share of a quote's words: a sentence that has them says what the quote says."""
NOTHING_NEW = 0.25
"""A sentence with no larger share of new terms repeats what was said."""
LONGEST_SEARCH = 2000
"""Characters of a question that are searched for."""


class Answering:
    """Answers questions from an index with a chat model.

    Without a morphology, Korean is compared by pairs of syllables. Without an embedder, a sentence in
    another language than its passage is checked by numbers and names alone. Without a translator, documents
    in another language are found by meaning alone. Without a judge, a sentence is shown as soon
    as it is supported. Without `reuse`, every question is answered anew. `clock` gives seconds, `now` the
    time of day.
    """

    def __init__(
        self,
        index: Index,
        model: ChatModel,
        *,
        morphology: Morphology | None = None,
        embedder: Embedder | None = None,
        translator: Translator | None = None,
        judge: Judge | None = None,
        answers: Answers | None = None,
        reuse: Reuse | None = None,
        max_tokens: int = 256,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._index = index
        self._model = model
        self._morphology = morphology
        self._embedder = embedder
        self._translator = translator
        self._judge = judge
        self._answers = answers
        self._reuse = reuse
        self._max_tokens = max_tokens
        self._clock = clock
        self._now = now

    async def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """SourcesFound, then TextAdded for every checked sentence, then Finished, whose answer is recorded.

        Where a kept answer may be given again, its text comes at once. Raises ModelError or StoreError; what
        was streamed before an error stands without its end.
        """
        work = _Work(question, language_of(question.text, question.locale), self._clock(), self._now())
        work.key = await self._reuse.key(question) if self._reuse else None
        if again := await self._given_again(work):
            yield SourcesFound(tuple(work.passages[:SHOWN]))
            yield self._shown(work, again.text)
            answer = replace(again, timings=work.timings(self._clock()))
            await self._record(work, answer)
            yield Finished(answer)
            return
        asked = " ".join(question.text.split())
        work.earlier = earlier_question(question)
        searched = f"{work.earlier} {asked}".strip()
        work.passages = await self._search(searched, question)
        work.search_s = self._clock() - work.started
        yield SourcesFound(tuple(work.passages[:SHOWN]))
        work.translation = await self._translation(searched, work.passages)
        if work.translation:
            work.passages = await self._search(searched, question, work.translation)
            yield SourcesFound(tuple(work.passages[:SHOWN]))

        work.evidence = evidence = await choose_evidence(
            searched, work.passages, translation=work.translation, morphology=self._morphology
        )
        if evidence:
            work.prompt = prompts.messages(asked, work.language, evidence, earlier=work.earlier)
            check = SupportCheck(
                searched,
                evidence,
                translation=work.translation,
                morphology=self._morphology,
                embedder=self._embedder,
            )
            # what the model says next may wait for it, so nothing is shown before all of it is judged
            held: list[str] = []
            async for text in self._checked(work, check):
                held.append(text)
                if self._judge is None:
                    yield self._shown(work, text)
            if held and self._judge is not None:
                work.relevance = await self._judge.answers(searched, work.text, work.citations[0])
                if work.relevance < ANSWERS:
                    work.withdraw()
                else:
                    yield self._shown(work, "".join(held))

        answer = self._finish(work)
        await self._record(work, answer)
        yield Finished(answer)

    async def _given_again(self, work: _Work) -> Answer | None:
        """A kept answer to the question, if nothing that it stands on has changed: see Reuse."""
        if self._reuse is None or work.key is None or work.question.fresh:
            return None
        kept = await self._reuse.find(work.question, work.key)
        if kept is None:
            return None
        passages = await self._search(kept.question, work.question, kept.translation)
        evidence = await choose_evidence(
            kept.question, passages, translation=kept.translation, morphology=self._morphology
        )
        prompt = prompts.messages(kept.question, work.language, evidence)
        citations = kept.citations(passages)
        if citations is None or not kept.holds(prompt):
            return None
        work.search_s = self._clock() - work.started
        work.passages, work.evidence, work.prompt = passages, evidence, prompt
        work.translation, work.repeats = kept.translation, kept.record.answer.trace_id
        return given_again(kept, citations, secrets.token_hex(5))

    async def _record(self, work: _Work, answer: Answer) -> None:
        if self._answers is not None:
            await asyncio.to_thread(
                self._answers.record,
                work.question.text,
                answer,
                work.trace(answer),
                work.asked_at,
                key=None if work.repeats else work.key,
                repeats=work.repeats,
                is_private=is_one_person(work.question.readers),
            )

    async def _search(self, text: str, question: Question, translation: str = "") -> list[Passage]:
        if not any(
            letter.isalnum() for letter in text
        ):  # only emoji or white space: there is nothing to find
            return []
        return await self._index.search(
            text[:LONGEST_SEARCH], question.readers, FOUND_LIMIT, question.narrowed, translation
        )

    async def _translation(self, text: str, passages: Sequence[Passage]) -> str:
        """The question in the other language, where documents in that came near; else ""."""
        language = language_of(text)
        if self._translator is None or all(language_of(found.text) == language for found in passages):
            return ""
        return await self._translator.translated(text)

    async def _checked(self, work: _Work, check: SupportCheck) -> AsyncIterator[str]:
        """The supported sentences of the model's reply, each as soon as it is complete, marks renumbered."""
        sampling = Sampling(max_tokens=self._max_tokens)
        stream = self._model.stream(work.prompt, sampling)
        reply = Reply()
        try:
            async for piece in stream:
                if work.first_token_s is None:
                    work.first_token_s = self._clock() - work.started
                work.raw += piece
                for sentence in reply.add(piece):
                    if text := await work.take(sentence, check):
                        yield text
                if work.is_over:
                    return
            for sentence in reply.rest():
                # what the token limit cut off in the middle is no sentence
                if text := await work.take(sentence, check):
                    yield text
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()  # cancels the generation

    def _shown(self, work: _Work, text: str) -> TextAdded:
        if work.first_text_s is None:
            work.first_text_s = self._clock() - work.started
        return TextAdded(text)

    def _finish(self, work: _Work) -> Answer:
        found = bool(work.citations)
        nearest = () if found else _distinct_documents(work.passages)[:NEAREST_LIMIT]
        text = work.text if found else prompts.not_found_text(work.language, has_nearest=bool(nearest))
        return Answer(
            text=text,
            citations=tuple(work.citations) if found else (),
            found=found,
            trace_id=secrets.token_hex(5),
            language=work.language,
            nearest=tuple(nearest),
            timings=work.timings(self._clock()),
        )


@dataclass
class _Work:
    """One question while it is being answered."""

    question: Question
    language: Language
    started: float
    asked_at: datetime
    key: QuestionKey | None = None
    """Under which the answer is kept."""
    repeats: str = ""
    """The trace_id of the kept answer that is given again."""
    earlier: str = ""
    translation: str = ""
    passages: Sequence[Passage] = ()
    evidence: Sequence[Evidence] = ()
    prompt: list[Message] = field(default_factory=list)
    raw: str = ""
    text: str = ""
    lead_in: str = ""
    """A sentence that says nothing by itself ("Yes.", "As follows:"): kept only if a supported one comes."""
    citations: list[Citation] = field(default_factory=list)
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
        self.citations.clear()

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


LONGEST_JOINED_QUOTE = 600

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


_ANAPHORA = re.compile(
    r"\b(?:it|that|this|those|these|they|them|he|she|one|ones|there|same|else|more|instead)\b"
    r"|^(?:and|but|so|or|then|what about|how about|why)\b"
    r"|그거|그건|그게|그럼|그러면|그것|그때|그 |거기|저거|이거|이건|아까"
    r"|위에|방금|그리고|그런데|근데|그래서|말고|왜|더 ",
    re.IGNORECASE,
)
SHORT_WORDS = 4


def earlier_question(question: Question) -> str:
    """The person's last message, where the question does not stand by itself; else ""."""
    earlier = next((turn.text for turn in reversed(question.history) if turn.role == "user"), "")
    if not earlier.strip():
        return ""
    leans = len(question.text.split()) <= SHORT_WORDS or _ANAPHORA.search(question.text.strip()) is not None
    return " ".join(earlier.split())[:500] if leans else ""


def _as_read(text: str) -> str:
    """As a person reads it: without markup and addresses."""
    return " ".join(without_links(readable(text)).replace("|", " ").split())


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
    )


def _distinct_documents(passages: Sequence[Passage]) -> list[Passage]:
    return list({passage.document_id: passage for passage in reversed(passages)}.values())[::-1]
