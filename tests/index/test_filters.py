"""A search narrowed to connectors, paths and dates: in both halves, and inside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.contracts import Filter
from bot.index.full_text import TermMirror
from bot.index.hybrid import HybridIndex
from bot.parsing.parsed import Parsed, Section
from bot.store.database import Database
from connectors.base import EVERYONE, Document
from tests.fakes import HashEmbedder, PlainMorphology

ANYBODY = frozenset({EVERYONE})
MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[HybridIndex]:
    database = Database(tmp_path / "footnote.db")
    yield HybridIndex(database, PlainMorphology(), HashEmbedder())
    database.close()


async def put(
    index: HybridIndex,
    connector: str,
    item_id: str,
    text: str = "The parking garage opens at six.",
    updated_at: datetime | None = MAY,
    readers: frozenset[str] = ANYBODY,
) -> None:
    document = Document(item_id, "", "", b"", "text/markdown", updated_at, readers)
    title = f"{connector}/{item_id}"
    await index.put(connector, "1", document, Parsed(title, (Section((), text, anchor=""),)))


async def embed_all(index: HybridIndex) -> None:
    while await index.embed_some(100):
        pass


async def found(index: HybridIndex, narrowed: Filter | None, question: str = "parking garage") -> set[str]:
    """Titles; both halves have to agree on them."""
    explained = await index.explain(question, ANYBODY, 50, narrowed)
    by_words = {chunk_id for chunk_id, covered in explained.coverages.items() if covered}
    assert by_words == explained.cosines.keys()
    return {passage.title for passage in explained.passages}


async def test_a_search_is_narrowed_to_connectors_and_paths(index: HybridIndex) -> None:
    for connector, item_id in (("hr", "a/1"), ("hr", "b/2"), ("it", "a/1"), ("hr2", "a/1")):
        await put(index, connector, item_id)
    await embed_all(index)

    assert await found(index, None) == {"hr/a/1", "hr/b/2", "it/a/1", "hr2/a/1"}
    assert await found(index, Filter()) == await found(index, None)
    assert await found(index, Filter(("hr",))) == {"hr/a/1", "hr/b/2"}
    assert await found(index, Filter(("hr/a/",))) == {"hr/a/1"}
    assert await found(index, Filter(("hr/a/", "it"))) == {"hr/a/1", "it/a/1"}
    assert await found(index, Filter(("none",))) == set()
    assert await found(index, Filter(("hr/%",))) == set()  # no pattern, no SQL


async def test_a_search_is_narrowed_to_dates(index: HybridIndex) -> None:
    await put(index, "wiki", "may", updated_at=MAY)
    await put(index, "wiki", "june", updated_at=JUNE)
    await put(index, "wiki", "undated", updated_at=None)
    await embed_all(index)

    assert await found(index, Filter(since=JUNE)) == {"wiki/june"}
    assert await found(index, Filter(before=JUNE)) == {"wiki/may"}
    assert await found(index, Filter(since=MAY, before=JUNE)) == {"wiki/may"}
    assert await found(index, Filter(("wiki",), since=MAY)) == {"wiki/may", "wiki/june"}


async def test_a_filter_never_opens_what_readers_may_not_read(index: HybridIndex) -> None:
    await put(index, "hr", "open")
    await put(index, "hr", "shut", readers=frozenset({"user:T1/U1"}))
    await embed_all(index)

    assert await found(index, Filter(("hr",))) == {"hr/open"}
    assert await found(index, Filter(("hr/shut",))) == set()


async def test_what_is_let_through_is_found_however_much_better_the_rest_fits(index: HybridIndex) -> None:
    for number in range(300):
        await put(index, "big", str(number), f"Parking garage, parking garage {number}.")
    await put(index, "small", "1", "Many things are said here, and the parking garage is one of them.")
    await embed_all(index)

    assert await found(index, Filter(("small",))) == {"small/1"}


async def test_changes_are_seen_through_a_filter_at_once(index: HybridIndex) -> None:
    await put(index, "hr", "1")
    await embed_all(index)
    assert await found(index, Filter(("hr",))) == {"hr/1"}

    await put(index, "hr", "2")
    await put(index, "hr", "1", "The canteen serves soup.")
    await embed_all(index)
    explained = await index.explain("parking garage", ANYBODY, 10, Filter(("hr",)))
    assert explained.passages[0].title == "hr/2"

    await index.remove("hr", ["2"])
    explained = await index.explain("parking garage", ANYBODY, 10, Filter(("hr",)))
    assert {passage.title for passage in explained.passages} == {"hr/1"}
    assert not explained.coverages


async def test_while_the_mirror_is_being_made_the_filter_holds_all_the_same(
    index: HybridIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    for connector in ("hr", "it"):
        await put(index, connector, "1")
    await put(index, "hr", "june", updated_at=JUNE)
    monkeypatch.setattr(TermMirror, "at", lambda _self, _state: None)

    for narrowed, titles in (
        (None, {"hr/1", "it/1", "hr/june"}),
        (Filter(("hr",)), {"hr/1", "hr/june"}),
        (Filter(("hr",), since=JUNE), {"hr/june"}),
    ):
        explained = await index.explain("parking", ANYBODY, 10, narrowed)
        assert {passage.title for passage in explained.passages} == titles


async def test_the_superseded_edition_stands_behind_the_current_one(index: HybridIndex) -> None:
    texts = {
        "출장비 규정 2023년": "출장비 신청은 14일 안에 합니다. 출장비 신청 출장비 신청.",
        "출장비 규정 2024년": "출장비 신청은 30일 안에 합니다. 출장비 신청은 영수증과 함께.",
        "다른 규정": "주차장은 여섯 시에 엽니다.",
    }
    for number, (title, text) in enumerate(texts.items()):
        document = Document(str(number), "", "", b"", "text/markdown", MAY, ANYBODY)
        await index.put("hr", "1", document, Parsed(title, (Section((), text, anchor=""),)))
    await embed_all(index)

    async def titles(question: str) -> list[str]:
        return [passage.title for passage in await index.search(question, ANYBODY, 2)]

    assert await titles("출장비 신청") == ["출장비 규정 2024년", "출장비 규정 2023년"]
    assert (await titles("2023년 출장비 신청"))[0] == "출장비 규정 2023년"
