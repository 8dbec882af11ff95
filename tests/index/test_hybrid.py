"""What the Index promises, on a real SQLite file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.index.fusion import AS_ASKED, TRANSLATED
from bot.index.hybrid import HybridIndex
from bot.parsing.parsed import Parsed, Section
from bot.store.database import Database
from connectors.base import EVERYONE, Document
from tests.fakes import HashEmbedder, PlainMorphology

ANYBODY = frozenset({EVERYONE})
WHEN = datetime(2026, 5, 3, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "footnote.db")
    yield database
    database.close()


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def index(database: Database, embedder: HashEmbedder) -> HybridIndex:
    return HybridIndex(database, PlainMorphology(), embedder)


def a_document(item_id: str, readers: frozenset[str] = ANYBODY) -> Document:
    return Document(item_id, "", f"https://docs.example/{item_id}", b"", "text/markdown", WHEN, readers)


def text_of(*sections: tuple[str, str], title: str = "Handbook") -> Parsed:
    return Parsed(
        title,
        tuple(Section((heading,) if heading else (), text, anchor=heading) for heading, text in sections),
    )


async def put(
    index: HybridIndex, item_id: str, text: str, *, title: str = "Handbook", readers: frozenset[str] = ANYBODY
) -> None:
    await index.put("wiki", "1", a_document(item_id, readers), text_of(("", text), title=title))


async def embed_all(index: HybridIndex) -> None:
    while await index.embed_some(100):
        pass


async def titles(index: HybridIndex, question: str, readers: frozenset[str] = ANYBODY) -> list[str]:
    return [passage.title for passage in await index.search(question, readers, 10)]


async def test_a_passage_says_where_it_comes_from(index: HybridIndex) -> None:
    vacation = "Fifteen days a year. " * 30
    document = text_of(("", "Welcome to the company. " * 30), ("vacation", vacation))
    await index.put("wiki", "1", a_document("hr.md"), document)

    best = (await index.search("vacation days", ANYBODY, 5))[0]

    assert (best.connector, best.title, best.section) == ("wiki", "Handbook", "vacation")
    assert best.url == "https://docs.example/hr.md#vacation"
    assert best.text == vacation.strip()
    assert best.updated_at == WHEN


async def test_a_document_is_found_by_full_text_before_it_is_embedded(index: HybridIndex) -> None:
    await put(index, "a", "The parking garage opens at six.", title="Parking")

    assert await index.unembedded() == 1
    assert await titles(index, "parking garage") == ["Parking"]


async def test_embedding_goes_on_where_it_stopped(index: HybridIndex, embedder: HashEmbedder) -> None:
    for number in range(5):
        await put(index, str(number), f"Text number {number}.")

    assert [await index.embed_some(2) for _ in range(3)] == [2, 2, 1]
    assert (await index.unembedded(), await index.unrefined()) == (0, 5)
    assert [await index.embed_some(2) for _ in range(4)] == [2, 2, 1, 0]
    assert await index.unrefined() == 0
    seen = [text for text in embedder.passages_seen if "Text number" in text]
    assert len(seen) == len(set(seen)) == 5


async def test_what_is_removed_while_it_waits_its_turn_holds_nothing_up(index: HybridIndex) -> None:
    for number in range(6):
        await put(index, str(number), f"Text number {number}.")
    assert await index.embed_some(1) == 1
    # equally old ones go in the order they came: 0 has its vector, and the others are looked up already
    await index.remove("wiki", ["1", "2", "3", "4"])

    assert await index.embed_some(2) == 1
    assert await index.unembedded() == 0


async def test_text_that_did_not_change_is_not_embedded_again(
    index: HybridIndex, embedder: HashEmbedder
) -> None:
    await put(index, "a", "The parking garage opens at six.")
    await embed_all(index)
    await put(index, "a", "The parking garage opens at six.")

    assert await index.unembedded() == 0


async def test_a_changed_document_replaces_the_old_one_in_both_halves(index: HybridIndex) -> None:
    await put(index, "a", "The parking garage opens at six.")
    await embed_all(index)
    await index.search("parking", ANYBODY, 5)  # the mirror is filled
    await put(index, "a", "The canteen serves soup.")
    await embed_all(index)

    assert [passage.text for passage in await index.search("parking garage opens", ANYBODY, 5)] == [
        "The canteen serves soup."
    ]
    assert not (await index.explain("parking garage opens", ANYBODY, 5)).coverages


async def test_a_removed_document_is_in_neither_half(index: HybridIndex) -> None:
    await put(index, "a", "The parking garage opens at six.")
    await put(index, "b", "The canteen serves soup.", title="Canteen")
    await embed_all(index)
    await index.search("parking", ANYBODY, 5)
    await index.remove("wiki", ["a"])

    found = await index.explain("parking garage", ANYBODY, 5)

    assert not found.coverages
    assert [passage.title for passage in found.passages] == ["Canteen"]


async def test_nothing_of_a_removed_document_is_left_in_the_file(
    index: HybridIndex, database: Database
) -> None:
    await put(index, "a", "The codeword is xylophonequartz, tell nobody.")
    await put(index, "b", "The canteen serves soup.")
    await embed_all(index)
    await index.remove("wiki", ["a"])
    with contextlib.closing(sqlite3.connect(database.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert b"xylophone" not in database.path.read_bytes()
    assert b"canteen" in database.path.read_bytes()


async def test_what_one_may_not_read_is_not_among_the_candidates(index: HybridIndex) -> None:
    secret = frozenset({"user:T1/U1"})
    await put(index, "open", "The salary table is published.", title="Open")
    await put(index, "shut", "The salary table of the board.", title="Shut", readers=secret)
    await embed_all(index)

    assert await titles(index, "salary table of the board") == ["Open"]
    assert set(await titles(index, "salary table", secret | ANYBODY)) == {"Open", "Shut"}
    assert await titles(index, "salary table", frozenset()) == []
    found = await index.explain("salary table of the board", ANYBODY, 10)
    assert len(found.coverages) == len(found.cosines) == 1


async def test_a_reader_taken_away_is_denied_at_the_next_search(index: HybridIndex) -> None:
    await put(index, "a", "The salary table.", title="Salaries")
    await embed_all(index)
    assert await titles(index, "salary") == ["Salaries"]

    index.corpus.set_readers("wiki", "a", frozenset({"user:T1/U1"}))

    assert await titles(index, "salary") == []


async def test_without_its_embedding_model_full_text_still_answers(
    index: HybridIndex, embedder: HashEmbedder
) -> None:
    await put(index, "a", "The parking garage opens at six.", title="Parking")
    await embed_all(index)
    embedder.is_down = True

    assert await titles(index, "parking") == ["Parking"]
    assert not (await index.explain("parking", ANYBODY, 5)).cosines

    embedder.is_down = False
    assert (await index.explain("parking", ANYBODY, 5)).cosines


async def test_one_long_document_does_not_fill_the_whole_list(index: HybridIndex) -> None:
    long = text_of(*[(f"Part {n}", f"Parking rule {n}. " + "Cars and parking. " * 30) for n in range(8)])
    await index.put("wiki", "1", a_document("long"), long)
    await put(index, "short", "A note that mentions parking once, among many other things.", title="Note")
    await embed_all(index)

    assert (await titles(index, "parking"))[:4].count("Handbook") == 3


@pytest.mark.parametrize(
    "question", ["", "   ", "🙂🙂", '"', "AND OR NOT *", "title:x NEAR(a b)", "\0", "'--"]
)
async def test_an_odd_question_is_not_an_error(index: HybridIndex, question: str) -> None:
    await put(index, "a", "The parking garage opens at six.")
    await embed_all(index)

    assert isinstance(await index.search(question, ANYBODY, 5), list)


async def test_a_question_of_forty_thousand_characters_is_searched(index: HybridIndex) -> None:
    await put(index, "a", "The parking garage opens at six.", title="Parking")

    assert await titles(index, "parking " + "words and words " * 2500) == ["Parking"]


async def test_a_translated_question_finds_what_stands_in_the_other_language_too(index: HybridIndex) -> None:
    await put(index, "leave.md", "Parental leave lasts twenty weeks.", title="Leave")
    await put(index, "rules.md", "육아휴직은 일 년까지 쓸 수 있습니다.", title="휴가 규정")
    await put(index, "other.md", "The garage opens at six.", title="Garage")
    await embed_all(index)
    asked = "육아휴직은 얼마나 쓸 수 있나요"
    translation = "How long does parental leave last?"

    found = await index.explain(asked, ANYBODY, 10, translation=translation)
    assert [passage.title for passage in found.passages][:2] == ["휴가 규정", "Leave"]
    assert [reading.name for reading in found.readings] == [AS_ASKED, TRANSLATED]

    alone = await index.explain(asked, ANYBODY, 10)
    by_title = {passage.title: passage.chunk_id for passage in found.passages}
    assert found.cosines[by_title["Leave"]] > alone.cosines[by_title["Leave"]]
    assert found.cosines[by_title["휴가 규정"]] == pytest.approx(alone.cosines[by_title["휴가 규정"]])


async def test_a_translation_finds_no_more_than_the_readers_may_read(index: HybridIndex) -> None:
    await put(index, "a.md", "Parental leave lasts twenty weeks.", readers=frozenset({"user:T1/U1"}))
    found = await index.search("육아휴직", ANYBODY, 10, translation="parental leave")
    assert found == []


async def test_a_text_in_several_documents_is_found_once_with_the_places_one_may_read(
    index: HybridIndex,
) -> None:
    rule = (
        "Claim the travel expenses in the portal within two weeks of the trip. "
        "Attach every receipt that you have, also the small ones."
    )
    secret = frozenset({"user:T1/U1"})
    await put(index, "a", rule, title="Travel")
    await put(index, "b", rule, title="Travel (copy)")
    await put(index, "c", rule, title="Board only", readers=secret)
    await embed_all(index)

    (found,) = await index.search("travel expenses", ANYBODY, 10)
    assert {found.title, *(copy.title for copy in found.copies)} == {"Travel", "Travel (copy)"}
    (found,) = await index.search("travel expenses", secret | ANYBODY, 10)
    assert len(found.copies) == 2
