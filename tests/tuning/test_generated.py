"""Rows that a model makes of documents: what is believed of it, and that nothing is asked twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bot.answering import prompts
from bot.contracts import Message, Sampling
from bot.errors import ModelError, ModelUnavailable
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.source_documents import SourceChunk
from bot.tuning.data.checking import Checks
from bot.tuning.data.dataset import DatasetError
from bot.tuning.data.documents import Documents
from bot.tuning.data.finished import Finished
from bot.tuning.data.generated import (
    NO_ANSWER,
    NO_QUESTION,
    TOO_LONG,
    Generator,
    as_question,
    chunks_to_ask,
)
from bot.tuning.rows import Row
from tests.store.cast import a_document
from tests.tuning.desks import TOPICS, answer_of, put_desks, question_of, text_of

FINANCE = "channel:T1/CFINANCE"


class ScriptedTeacher:
    """Asks and answers as functions of the number of a desk say."""

    name = "teacher"

    def __init__(
        self, asks: Callable[[int], str] = question_of, answers: Callable[[int], str] = answer_of
    ) -> None:
        self.asks = asks
        self.answers = answers
        self.prompts: list[str] = []
        self.dies_after = 10_000

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, user: str = "", *, seconds: float | None = None
    ) -> AsyncIterator[str]:
        del sampling, user, seconds
        if len(self.prompts) >= self.dies_after:
            raise ModelUnavailable("The model's process died.")
        said = messages[-1].content
        self.prompts.append(said)
        number = next(number for number, topic in enumerate(TOPICS) if f"The {topic} desk" in said)
        yield self.answers(number) if messages[0].content == prompts.SYSTEM else self.asks(number)

    async def count_tokens(self, text: str) -> int:
        return len(text) // 3


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    database = Database(tmp_path / "footnote.db")
    yield Corpus(database)
    database.close()


async def made(
    corpus: Corpus, teacher: ScriptedTeacher, most: int = 10, readers: tuple[str, ...] | None = None
) -> tuple[list[Row], dict[str, int]]:
    documents, rejected = Documents(corpus.database), Counter[str]()
    chunks = chunks_to_ask(documents, most, 7, readers)
    finished = Finished(corpus.database.path.parent / "generated.jsonl")
    generator = Generator(teacher, "teacher", Checks(), finished)
    rows = await generator.rows(chunks, documents, rejected, Counter())
    return rows, dict(rejected)


async def test_a_question_and_an_answer_that_stands_become_a_row(corpus: Corpus) -> None:
    put_desks(corpus, [3])
    ((row,), rejected) = await made(corpus, ScriptedTeacher(lambda n: f'Question: "{question_of(n)}"\n\nok'))
    assert not rejected
    assert (row.kind, row.source, row.language) == ("answer", "generated", "en")
    assert (row.question, row.answer, row.gold) == (question_of(3), f"{answer_of(3)} [1]", (0,))
    assert row.passages[0].text == text_of(3)
    assert (row.licence, row.consent, row.readers) == ("documents of wiki", "written by teacher", None)


@pytest.mark.parametrize(
    ("teacher", "reason"),
    [
        (ScriptedTeacher(answers=lambda n: f"The desk of {TOPICS[n]} is in room 999 [1]."), "do not say"),
        (ScriptedTeacher(answers=lambda n: "NOT_FOUND"), NO_ANSWER),
        (ScriptedTeacher(answers=lambda n: ""), NO_ANSWER),
        (ScriptedTeacher(asks=lambda n: "What does this passage say?"), NO_QUESTION),
        (ScriptedTeacher(asks=lambda n: answer_of(n)), NO_QUESTION),
        (ScriptedTeacher(asks=lambda n: ""), NO_QUESTION),
    ],
)
async def test_what_does_not_stand_the_checks_is_counted_and_not_learned(
    corpus: Corpus, teacher: ScriptedTeacher, reason: str
) -> None:
    put_desks(corpus, [0])
    (rows, rejected) = await made(corpus, teacher)
    assert not rows
    ((said, count),) = rejected.items()
    assert reason in said
    assert count == 1


async def test_a_model_that_dies_is_asked_on_where_it_was(corpus: Corpus) -> None:
    put_desks(corpus, range(6))
    teacher = ScriptedTeacher()
    teacher.dies_after = 7  # in the answer about the fourth
    with pytest.raises(ModelUnavailable):
        await made(corpus, teacher)
    file = corpus.database.path.parent / "generated.jsonl"
    assert file.read_bytes().count(b"\n") == 3
    with file.open("ab") as cut_off:
        cut_off.write(b'{"key": "')  # as a power cut leaves it

    again = ScriptedTeacher()
    rows, _ = await made(corpus, again)
    assert len(rows) == 6
    assert len(again.prompts) == 6  # question and answer about three
    undisturbed = ScriptedTeacher()
    file.unlink()
    assert (await made(corpus, undisturbed))[0] == rows


async def test_what_another_model_made_is_made_anew(corpus: Corpus) -> None:
    put_desks(corpus, range(2))
    await made(corpus, ScriptedTeacher())
    documents = Documents(corpus.database)
    finished = Finished(corpus.database.path.parent / "generated.jsonl")
    other = ScriptedTeacher()
    generator = Generator(other, "another", Checks(), finished)
    await generator.rows(chunks_to_ask(documents, 9, 7, None), documents, Counter(), Counter())
    assert len(other.prompts) == 4


async def test_a_prompt_that_is_too_long_costs_its_passage_alone(corpus: Corpus) -> None:
    put_desks(corpus, range(3))

    class Short(ScriptedTeacher):
        async def stream(
            self,
            messages: Sequence[Message],
            sampling: Sampling,
            user: str = "",
            *,
            seconds: float | None = None,
        ) -> AsyncIterator[str]:
            if "travel" in messages[-1].content:
                raise ModelError("The prompt is too long.")
            async for piece in super().stream(messages, sampling, user, seconds=seconds):
                yield piece

    rows, rejected = await made(corpus, Short())
    assert len(rows) == 2
    assert rejected == {TOO_LONG: 1}


async def test_only_what_the_readers_may_read_is_put_before_a_model(corpus: Corpus) -> None:
    put_desks(corpus, [0, 1])
    put_desks(corpus, [2], frozenset({FINANCE}))
    put_desks(corpus, [3], frozenset())
    for_all = ScriptedTeacher()
    assert len((await made(corpus, for_all))[0]) == 2
    assert not any("laptop" in said or "visa" in said for said in for_all.prompts)
    for_finance, _ = await made(corpus, ScriptedTeacher(), readers=(FINANCE,))
    assert {row.readers for row in for_finance} == {None, (FINANCE,)}

    corpus.set_readers("wiki", "parking.md", frozenset({FINANCE}))  # since it was asked about
    rows, _ = await made(corpus, ScriptedTeacher(), readers=(FINANCE,))
    assert [row.readers for row in rows].count((FINANCE,)) == 2


def test_each_document_is_asked_about_before_any_is_asked_again(corpus: Corpus) -> None:
    corpus.put(a_document("long.md", *(text_of(number) for number in range(5))))
    put_desks(corpus, [5, 6])
    documents = Documents(corpus.database)
    chunks = chunks_to_ask(documents, 4, 7, None)
    assert len({chunk.document_id for chunk in chunks[:3]}) == 3
    assert len(chunks) == 4
    assert chunks_to_ask(documents, 4, 7, None) == chunks
    assert not chunks_to_ask(documents, 0, 7, None)


def test_a_file_of_what_was_done_that_is_broken_is_named(tmp_path: Path) -> None:
    (tmp_path / "generated.jsonl").write_text('{"key": 1}\n', "utf-8")
    with pytest.raises(DatasetError, match=r"generated\.jsonl"):
        Finished(tmp_path / "generated.jsonl").read()


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("질문: 출장비는 언제까지 청구하나요?", "출장비는 언제까지 청구하나요?"),
        ("1. 출장비는 언제까지 청구하나요?\n2. 다른 질문?", "출장비는 언제까지 청구하나요?"),
        ('"출장비는 언제까지 청구하나요?"', "출장비는 언제까지 청구하나요?"),
        ("이 구절에서 출장비는 언제까지 청구하나요?", ""),
        ("By when are travel expenses claimed?", ""),
        ("출장비는 14일 이내에 청구합니다.", ""),
        ("출장비 청구 기한은?", ""),
        ("왜요?", ""),
        ("", ""),
    ],
)
def test_a_question_stands_by_itself_in_the_language_of_its_passage(said: str, question: str) -> None:
    chunk = SourceChunk("d", "출장 규정", "", "출장비 청구 기한은? 복귀일로부터 14일 이내에 청구한다.", "ko")
    assert as_question(said, chunk) == question
