"""Windows of a chunk: how they are cut, kept, and what they do to the order of a search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.index.hybrid import HybridIndex
from bot.index.windows import (
    RERANKED,
    embedded_window,
    of_each,
    packed,
    reranked,
    unpacked,
)
from bot.pieces import windows_of
from bot.store.database import Database
from tests.fakes import HashEmbedder, PlainMorphology
from tests.index.test_hybrid import ANYBODY, put

LONG = "The parking garage below the office opens at six in the morning and closes at eleven at night, " * 2


def test_windows_stand_side_by_side_and_leave_nothing_out() -> None:
    text = f"Short one. Short two. {LONG.strip()}. Last one."
    windows = windows_of(text)
    assert windows[0] == "Short one. Short two."
    assert " ".join(windows) == text


def test_korean_sentences_list_items_and_rows_are_windows() -> None:
    text = "연차는 15일입니다. 이월되지 않습니다.\n- 첫째\n- 둘째\n\n| 등급 | 한도 |\n|--|--|\n| A | 10 |"
    windows = windows_of(text)
    assert windows[0] == "연차는 15일입니다. 이월되지 않습니다."
    assert any("A | 10" in window for window in windows)


def test_a_chunk_of_one_window_needs_none() -> None:
    assert windows_of("연차는 15일입니다.") == []
    assert windows_of("") == []


def test_a_window_stands_under_its_title_and_the_nearest_heading() -> None:
    assert embedded_window("Leave", "Kinds > Annual leave", "15 days.") == "Leave: Annual leave\n15 days."
    assert embedded_window("Leave", "", "15 days.") == "Leave\n15 days."


def test_packing_keeps_the_direction_of_every_row() -> None:
    rows = np.random.default_rng(0).normal(size=(7, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    back = unpacked(packed(rows), 384)
    assert np.einsum("ij,ij->i", rows, back).min() > 0.9995
    assert unpacked(b"", 384).shape == (0, 384)


def test_the_best_window_of_each_chunk_counts() -> None:
    runs = of_each(np.array([0.1, 0.5, 0.2, 0.9], np.float32), [3, 1])
    assert [run.tolist() for run in runs] == [pytest.approx([0.1, 0.5, 0.2]), pytest.approx([0.9])]


def test_candidates_are_put_in_order_by_their_windows_and_the_rest_stays_behind() -> None:
    found = [(number, 1.0 - number / 100) for number in range(RERANKED + 3)]
    again = reranked(found, dict(found), {5: 3.0, RERANKED + 1: 9.0})
    assert again[0][0] == 5
    assert [chunk_id for chunk_id, _ in again[RERANKED:]] == [RERANKED, RERANKED + 1, RERANKED + 2]


def test_without_windows_the_order_stays() -> None:
    found = [(1, 0.5), (2, 0.4)]
    assert reranked(found, {1: 0.5, 2: 0.9}, {}) == found


async def test_one_fitting_sentence_wins_over_a_chunk_that_is_about_the_words_here_and_there(
    tmp_path: Path,
) -> None:
    index = HybridIndex(Database(tmp_path / "footnote.db"), PlainMorphology(), HashEmbedder())
    scattered = "Garage. " + "Blue lamps shine. " * 30 + "Parking. " + "Red lamps shine. " * 30 + "Six."
    fitting = "The parking garage opens at six. " + "Green lamps shine over the yard of the house. " * 40
    await put(index, "a", scattered, title="Lamps")
    await put(index, "b", fitting, title="Yard")
    while await index.embed_some(10):
        pass
    found = await index.explain("when does the parking garage open at six", ANYBODY, 5)
    assert found.windows
    assert found.passages[0].title == "Yard"
    assert len(found.passages[0].nearness) == len(windows_of(found.passages[0].text))
    assert max(found.passages[0].nearness) == found.passages[0].nearness[0]


async def test_windows_go_with_the_text_they_are_of(tmp_path: Path) -> None:
    database = Database(tmp_path / "footnote.db")
    index = HybridIndex(database, PlainMorphology(), HashEmbedder())
    await put(index, "a", f"{LONG}. {LONG}. {LONG}.")
    while await index.embed_some(10):
        pass
    assert database.value("SELECT count(*) FROM vectors WHERE length(windows) > 0") > 0
    await index.remove("wiki", ["a"])
    assert database.value("SELECT count(*) FROM vectors") == 0
