"""From a question to a checked answer: search, evidence, prompt, stream, check, cite.

Nothing the model writes reaches a person unchecked: a sentence is held back until it is complete and a
passage supports it; its links are made by others from the citations, never from its text.
"""

from __future__ import annotations

import asyncio
import math
import re
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime

from bot.access import is_one_person
from bot.answering import prompts
from bot.answering.citations import SupportCheck
from bot.answering.draft import Draft
from bot.answering.evidence import choose_evidence
from bot.answering.judge import ANSWERS, Judge
from bot.answering.language import is_formal, language_of
from bot.answering.order import PassageOrder
from bot.answering.reply import Reply
from bot.answering.reuse import Reuse, given_again
from bot.answering.translation import Translator
from bot.answering.tuned import ChoosesAnswerer
from bot.contracts import (
    Answer,
    AnswerEvent,
    ChatModel,
    Embedder,
    Finished,
    Morphology,
    Passage,
    Question,
    Sampling,
    Searchable,
    SourcesFound,
    TextAdded,
)
from bot.store.answers import Answers

FOUND_LIMIT = 10
"""Passages searched for; the evidence is cut from these."""
SHOWN = 5
"""Of these are named while the answer is being written."""
LONGEST_SEARCH = 2000
"""Characters of a question that are searched for."""


class Answering:
    """Answers questions from an index with a chat model.

    Without a morphology, Korean is compared by pairs of syllables. Without an embedder, a sentence in
    another language than its passage is checked by numbers and names alone. Without a translator, documents
    in another language are found by meaning alone. Without a judge, or with one whose model tells no
    likelihoods, a sentence is shown as soon as it is supported. Without `reuse`, every question is answered
    anew. Without an `order`, the model is shown passages in that of the search. `tuned` says which questions
    are answered with an adapter; without it, none. `clock` gives seconds, `now`
    the time of day.
    """

    def __init__(
        self,
        index: Searchable,
        model: ChatModel,
        *,
        morphology: Morphology | None = None,
        embedder: Embedder | None = None,
        translator: Translator | None = None,
        judge: Judge | None = None,
        answers: Answers | None = None,
        reuse: Reuse | None = None,
        order: PassageOrder | None = None,
        tuned: ChoosesAnswerer | None = None,
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
        self._order = order
        self._tuned = tuned
        self._max_tokens = max_tokens
        self._clock = clock
        self._now = now

    async def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """SourcesFound, then TextAdded for every checked sentence, then Finished, whose answer is recorded.

        Where a kept answer may be given again, its text comes at once. Raises ModelError or StoreError; what
        was streamed before an error stands without its end.
        """
        work = Draft(question, language_of(question.text, question.locale), self._clock(), self._now())
        work.answerer = await self._tuned.answerer(question) if self._tuned else None
        by = work.answerer.identity if work.answerer else ""
        work.key = await self._reuse.key(question, by) if self._reuse else None
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
        work.translation = await self._translation(searched, work)
        if work.translation:
            work.passages = await self._search(searched, question, work.translation)
            yield SourcesFound(tuple(work.passages[:SHOWN]))

        evidence = await choose_evidence(
            searched, work.passages, translation=work.translation, morphology=self._morphology
        )
        if self._order is not None:
            places = self._order.arrange([prompts.passage(item) for item in evidence])
            evidence = [evidence[at] for at in places]
        work.evidence = evidence
        if evidence:
            # with an adapter, too: tuning shifts how likely a Yes is
            judge = self._judge if self._judge is not None and await self._judge.is_able() else None
            work.prompt = prompts.messages(asked, work.language, evidence, earlier=work.earlier)
            check = SupportCheck(
                searched,
                evidence,
                translation=work.translation,
                morphology=self._morphology,
                embedder=self._embedder,
                judge=judge,
            )
            # what the model says next may wait for it, so nothing is shown before all of it is judged
            held: list[str] = []
            async for text in self._checked(work, check):
                held.append(text)
                if judge is None:
                    yield self._shown(work, text)
            if held and judge is not None:
                work.relevance = await judge.answers(searched, work.text, work.citations[0])
                if work.relevance < ANSWERS:
                    work.withdraw()
                else:
                    yield self._shown(work, "".join(held))

        answer = self._finish(work)
        await self._record(work, answer)
        yield Finished(answer)

    async def _given_again(self, work: Draft) -> Answer | None:
        """A kept answer to the question, if nothing that it stands on has changed: see Reuse."""
        if self._reuse is None or work.key is None or work.question.fresh:
            return None
        kept = await self._reuse.find(work.question, work.key)
        if kept is None:
            return None
        passages = await self._search(kept.question, work.question, kept.translation)
        evidence = kept.arranged(
            await choose_evidence(
                kept.question, passages, translation=kept.translation, morphology=self._morphology
            )
        )
        prompt = prompts.messages(kept.question, work.language, evidence)
        citations = kept.citations(passages)
        if citations is None or not kept.holds(prompt):
            return None
        work.search_s = self._clock() - work.started
        work.passages, work.evidence, work.prompt = passages, evidence, prompt
        work.translation, work.repeats = kept.translation, kept.record.answer.trace_id
        return given_again(kept, citations, secrets.token_hex(5))

    async def _record(self, work: Draft, answer: Answer) -> None:
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

    async def _translation(self, text: str, work: Draft) -> str:
        """The question in the other language, where documents in that came near; else ""."""
        language = language_of(text)
        translator = work.answerer.translator if work.answerer else self._translator
        if translator is None or all(language_of(found.text) == language for found in work.passages):
            return ""
        return await translator.translated(text, work.question.user)

    async def _checked(self, work: Draft, check: SupportCheck) -> AsyncIterator[str]:
        """The supported sentences of the model's reply, each as soon as it is complete, marks renumbered."""
        sampling = Sampling(max_tokens=self._max_tokens)
        left = work.question.deadline - self._clock()
        model = work.answerer.model if work.answerer else self._model
        stream = model.stream(
            work.prompt, sampling, work.question.user, seconds=None if left == math.inf else max(left, 0.0)
        )
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

    def _shown(self, work: Draft, text: str) -> TextAdded:
        if work.first_text_s is None:
            work.first_text_s = self._clock() - work.started
        return TextAdded(text)

    def _finish(self, work: Draft) -> Answer:
        found = bool(work.citations)
        nearest = () if found else work.nearest()
        text = work.text
        if not found:
            formally = is_formal(work.question.text)
            text = prompts.not_found_text(work.language, has_nearest=bool(nearest), formally=formally)
        return Answer(
            text=text,
            citations=tuple(work.citations) if found else (),
            found=found,
            trace_id=secrets.token_hex(5),
            language=work.language,
            nearest=nearest,
            timings=work.timings(self._clock()),
        )


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
