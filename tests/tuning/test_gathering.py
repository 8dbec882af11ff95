"""Rows from several places, and answers looked up in the documents."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.contracts import Passage, Readers
from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from bot.tuning.data.checking import Checks, check_answer, with_marks
from bot.tuning.data.documents import Documents
from bot.tuning.data.files import FileError, Terms
from bot.tuning.data.gathering import Wanted, gather
from bot.tuning.data.lookup import NOBODY
from bot.tuning.rows import RowPassage
from tests.tuning.desks import TOPICS, answer_of, put_desks, question_of, text_of

FINANCE, PEOPLE = "channel:T1/CFINANCE", "channel:T1/CPEOPLE"


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    database = Database(tmp_path / "footnote.db")
    yield Corpus(database)
    database.close()


async def gathered(
    corpus: Corpus, lines: list[dict[str, object]], readers: tuple[str, ...] | None = None
) -> tuple[list[tuple[str, tuple[str, ...] | None]], dict[str, int]]:
    """(kind, readers) of each row, and what was left out."""
    file = corpus.database.path.parent / "faq.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")

    async def search(question: str, by: Readers, limit: int) -> list[Passage]:
        return corpus.passages(dict.fromkeys(corpus.readable_chunks(by), 1.0), by)[:limit]

    wanted = Wanted(files=(file,), readers=readers)
    found = await gather(wanted, corpus.database, Documents(corpus.database), Checks(), search=search)
    return [(row.kind, row.readers) for row in found.rows], dict(found.rejected)


async def test_an_answer_gets_the_passages_that_it_stands_in_and_their_readers(corpus: Corpus) -> None:
    put_desks(corpus, [0])
    put_desks(corpus, [1], frozenset({FINANCE, PEOPLE}))
    lines: list[dict[str, object]] = [
        {"question": question_of(0), "answer": answer_of(0)},
        {"question": question_of(1), "answer": answer_of(1)},
        {"question": "Who founded the company?", "kind": "abstain"},
    ]
    # what not everybody may read is not looked into, so that the answer stands in nothing
    assert await gathered(corpus, lines) == ([("answer", None), ("chat", None), ("abstain", None)], {})
    both = (FINANCE, PEOPLE)
    rows, _ = await gathered(corpus, lines, (FINANCE,))
    assert rows == [("answer", both), ("answer", both), ("abstain", both)]


async def test_who_wrote_an_answer_down_may_restrict_it_further(corpus: Corpus) -> None:
    put_desks(corpus, [0], frozenset({FINANCE}))
    line: dict[str, object] = {"question": question_of(0), "answer": answer_of(0), "readers": [PEOPLE]}
    assert await gathered(corpus, [line], (FINANCE,)) == ([], {NOBODY: 1})


async def test_a_broken_file_stops_everything_before_it_begins(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    (corpus.database.path.parent / "broken.jsonl").write_text("{", "utf-8")
    wanted = Wanted(files=(corpus.database.path.parent / "broken.jsonl",), terms=Terms(), generate=3)

    async def generator() -> None:
        raise AssertionError("nothing is asked")

    with pytest.raises(FileError, match="line 1"):
        await gather(
            wanted,
            corpus.database,
            Documents(corpus.database),
            Checks(),
            generator=generator,  # type: ignore[arg-type]
        )


# --- the check ----------------------------------------------------------------------------------------------

PASSAGES = [RowPassage(TOPICS[number], "Desks", "", text_of(number)) for number in range(3)]


async def test_an_answer_gets_the_number_of_the_passage_that_says_it() -> None:
    for marks in ("", " [1]", " [2]", " [9]"):
        found = await check_answer(question_of(1), f"{answer_of(1)[:-1]}{marks}.", PASSAGES, Checks())
        assert not isinstance(found, str)
        assert (found.answer, found.gold) == (f"{answer_of(1)} [2]", (1,))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("The travel desk is in room 999.", "do not say"),
        (f"{answer_of(1)} Its chief is called Ahn.", "do not say"),
        ("[1]", "no sentence"),
        ("Yes.", "no sentence"),
    ],
)
async def test_what_does_not_stand_in_the_passages_is_refused(answer: str, reason: str) -> None:
    found = await check_answer(question_of(1), answer, PASSAGES, Checks())
    assert isinstance(found, str)
    assert reason in found
    assert await check_answer(question_of(1), answer_of(1), [], Checks()) == (
        "its passages do not say what it says"
    )


def test_marks_follow_their_passages() -> None:
    assert with_marks("A [1]. B [3]. C [7].", [2, 0]) == "A [2]. B [1]. C."


def test_readers_and_licences_of_documents(corpus: Corpus) -> None:
    put_desks(corpus, [0])
    put_desks(corpus, [1], frozenset({FINANCE, PEOPLE}))
    put_desks(corpus, [2], frozenset({FINANCE, "everyone"}))
    put_desks(corpus, [3], frozenset({PEOPLE}))
    ids = [document_id("wiki", f"{TOPICS[number]}.md") for number in range(4)]
    documents = Documents(corpus.database)
    assert documents.readers([ids[0], ids[2]]) is None
    assert documents.readers(ids[:2]) == (FINANCE, PEOPLE)
    assert documents.readers(ids) == (PEOPLE,)
    assert documents.readers([ids[0], "gone"]) == ()
    assert documents.licence(ids) == "documents of wiki"
    assert documents.versions([*ids[:2], "gone"]) == dict.fromkeys(sorted(ids[:2]), "1")
    assert Counter(chunk.text for chunk in documents.chunks(ids[1])) == {text_of(1): 1}
