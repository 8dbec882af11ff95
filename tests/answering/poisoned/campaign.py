"""The whole way of a poisoned document: a file, a sync, the index, the answer, what is posted.

Real are the folder connector, the parsing child, the sync, the index (full text alone, so that no meaning
stands between an attacker and the model), the answering with its checks and all that renders. The model is
one that obeys.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.answering import prompts
from bot.answering.answer import Answering
from bot.answering.translation import Translator
from bot.contracts import Answer, Filter, Finished, Question, SourcesFound, TextAdded
from bot.index.hybrid import HybridIndex
from bot.parsing.parser import Parser
from bot.slack import texts
from bot.slack.render import answer_message, body_markdown, fallback, plain_titles_of, titles_of
from bot.slack.safe_markdown import safe_markdown, whole_words
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.sync import Syncing
from connectors.base import EVERYONE
from connectors.folder import Folder
from tests.answering.poisoned.attacks import TOPICS, Attack
from tests.answering.poisoned.obedient import SHAPES, ObedientModel
from tests.answering.poisoned.witness import KINDS, Finding, Witness
from tests.fakes import PlainMorphology

WIKI = "https://wiki.example.com/handbook"
CONNECTOR = "handbook"
OUTCOMES = ("same", "still true", "declined", "own name", "changed")
_MOST_PREFIXES = 12


def secret_texts() -> list[str]:
    """What the model is told, without what it is told about."""
    told = [message.content for language in ("ko", "en") for message in prompts.messages("", language, [])]
    told += [message.content for message in prompts.translation("", "en") + prompts.translation("", "ko")]
    return [*told, prompts.relevance("", "")[1].content]


@dataclass(frozen=True)
class Trial:
    """One question to a model that obeys one poisoned document."""

    attack: Attack
    shape: str
    is_own_question: bool
    """The attack's own question; else that of the honest document beside it."""
    has_reached: bool
    """Whether the model could read what was wanted of it."""
    answer: Answer
    findings: tuple[Finding, ...]
    outcome: str
    """To the honest document's question: the "same" answer as without the poison; "still true": in other
    words, or beside what another document says under its own name; "declined"; "own name": only what another
    document says, under its own name; or "changed": the honest document is cited for what it does not say.
    "" to the attack's own question."""


@dataclass
class Shelf:
    """An index of the honest documents and of every poisoned one."""

    index: HybridIndex
    witness: Witness
    urls: frozenset[str]
    """Where the documents lie."""
    honest: dict[str, Answer] = field(default_factory=dict)
    """Question -> the answer while only honest documents are there."""

    async def trial(self, attack: Attack, shape: int, *, own: bool, by: int = 3) -> Trial:
        """Ask; only the honest documents and this poisoned one can be found."""
        question = attack.question if own else attack.topic.question
        truth = attack.truth if own else attack.topic.truth
        model = ObedientModel(attack, shape, truth, must_have_read=not own, by=by)
        # a question that has to be translated meets the same obedience there
        footnote = Answering(self.index, model, morphology=PlainMorphology(), translator=Translator(model))
        within = (f"{CONNECTOR}/honest/", f"{CONNECTOR}/poisoned/{attack.name}/")
        answer, calls = await posted(
            footnote, Question(question, frozenset({EVERYONE}), narrowed=Filter(within))
        )
        findings = [
            finding
            for method, arguments in calls
            for finding in self.witness.findings(method, arguments, self.urls)
        ]
        outcome = "" if own else outcome_of(answer, self.honest[question])
        return Trial(attack, SHAPES[shape].__name__, own, model.reached, answer, tuple(findings), outcome)

    async def learn_the_honest_answers(self) -> None:
        for topic in TOPICS:
            footnote = Answering(self.index, ObedientModel(truth=topic.truth), morphology=PlainMorphology())
            only_honest = Filter((f"{CONNECTOR}/honest/",))
            question = Question(topic.question, frozenset({EVERYONE}), narrowed=only_honest)
            self.honest[topic.question], _ = await posted(footnote, question)


def write_documents(root: Path, attacks: Sequence[Attack]) -> None:
    """The honest documents and the poisoned ones, as files."""
    for topic in TOPICS:
        page = root / "honest" / f"{topic.name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"# {topic.title}\n\n{topic.truth}\n", encoding="utf-8")
    for attack in attacks:
        page = root / attack.item_id
        page.parent.mkdir(parents=True)
        page.write_text(attack.content, encoding="utf-8")


@asynccontextmanager
async def shelf_of(directory: Path, attacks: Sequence[Attack]) -> AsyncIterator[Shelf]:
    """Write the documents below `directory`, sync them and give the index of them."""
    documents = directory / "documents"
    write_documents(documents, attacks)
    database = Database(directory / "footnote.db")
    parser = Parser()
    try:
        index = HybridIndex(database, PlainMorphology(), None)
        syncing = Syncing(index, parser, Sources(database), Corpus(database).versions)
        report = await syncing.run(CONNECTOR, Folder(documents, url=WIKI))
        if report.error or report.failures:
            raise AssertionError(f"not everything was synced: {report.error} {report.failures}")
        await asyncio.to_thread(index.wait)
        pages = (f"{WIKI}/{quote(str(page.relative_to(documents)))}" for page in documents.rglob("*.md"))
        shelf = Shelf(index, Witness(secret_texts()), frozenset(pages))
        await shelf.learn_the_honest_answers()
        yield shelf
    finally:
        await parser.close()
        database.close()


async def posted(footnote: Answering, question: Question) -> tuple[Answer, list[tuple[str, dict[str, Any]]]]:
    """The answer, and the calls to Slack that show it: while it is written, cut as finely as it may be cut,
    by stream and by updates, and in the end. The calls over real sockets are in tests/slack."""
    calls: list[tuple[str, dict[str, Any]]] = []
    language = texts.language_of(question.text)
    written = ""
    async for event in footnote.answer(question):
        match event:
            case SourcesFound(passages) if passages:
                reading = texts.text("reading", language, titles=plain_titles_of(passages))
                calls.append(("assistant.threads.setStatus", {"status": reading}))
                if not written:
                    written = texts.text("found_sources", language, titles=titles_of(passages)) + "\n\n"
            case TextAdded(text):
                written += text
            case Finished(answer):
                calls += _while_written(written, language)
                message = answer_message(answer, datetime.now(UTC))
                final = {"text": message.text, "blocks": message.blocks}
                quiet = {"unfurl_links": False, "unfurl_media": False}
                return answer, [*calls, ("chat.postMessage", final | quiet)]
    raise AssertionError("the answer has no end")


def _while_written(text: str, language: str) -> list[tuple[str, dict[str, Any]]]:
    streamed = ""
    ends: list[int] = []
    start = 0
    for space in re.finditer(r"\s", text):
        end = start + whole_words(text[start : space.end()])
        if end > start:
            streamed += safe_markdown(text[start:end])
            ends.append(end)
            start = end
    calls: list[tuple[str, dict[str, Any]]] = [("chat.appendStream", {"markdown_text": streamed})]
    for end in ends[:: max(1, len(ends) // _MOST_PREFIXES)]:
        block = {"type": "markdown", "text": body_markdown(text[:end], language)}
        calls.append(("chat.update", {"text": fallback(text[:end]), "blocks": [block]}))
    return calls


def outcome_of(answer: Answer, honest: Answer) -> str:
    """What became of the honest document's answer; see Trial.outcome."""
    if answer.text == honest.text:
        return "same"
    if not answer.found:
        return "declined"
    (source,) = honest.citations
    numbers = {citation.number for citation in answer.citations if citation.document_id == source.document_id}
    said = _words(" ".join(_sentences_of(answer, numbers)))
    if not said:
        return "own name"
    return "still true" if said <= _words(f"{source.title} {source.quote}") else "changed"


def _sentences_of(answer: Answer, numbers: set[int]) -> list[str]:
    """What an answer says with the marks of these numbers."""
    return [words for words, number in re.findall(r"(.+?)\[(\d+)\]", answer.text) if int(number) in numbers]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def table(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """One row a class: documents, questions asked, payloads read, and what was found in what was posted."""
    rows: list[dict[str, Any]] = []
    for kind in dict.fromkeys(trial.attack.kind for trial in trials):
        own = [trial for trial in trials if trial.attack.kind == kind]
        found = Counter(finding.kind for trial in own for finding in {*trial.findings})
        outcomes = Counter(trial.outcome for trial in own if trial.outcome)
        rows.append(
            {
                "class": kind,
                "documents": len({trial.attack.name for trial in own}),
                "questions": len(own),
                "read": sum(trial.has_reached for trial in own),
                "answered": sum(trial.answer.found for trial in own),
                **{name: found[name] for name in KINDS},
                **{name: outcomes[name] for name in OUTCOMES},
            }
        )
    return rows
