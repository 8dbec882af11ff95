from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bot.answering.evidence import GAP, choose_evidence, estimated_tokens
from bot.pieces import pieces_of, window_numbers, windows_of
from tests.answering.cast import passage

FILLER = " ".join(f"Sentence number {n} speaks of gardens and of rain." for n in range(80))
TABLE = "| Level | Limit |\n|---|---|\n" + "\n".join(f"| Level {n} | ${n}00 |" for n in range(60))


async def test_short_passages_are_shown_whole_and_in_order() -> None:
    found = await choose_evidence("hotel", [passage("First one. A hotel. Last one.")])
    assert [evidence.excerpt for evidence in found] == ["First one. A hotel. Last one."]


async def test_of_a_long_passage_the_sentence_that_answers_is_shown() -> None:
    text = f"{FILLER} Parking in the garage costs nothing. {FILLER}"
    (found,) = await choose_evidence("what does parking in the garage cost?", [passage(text)], budget=120)
    assert "Parking in the garage costs nothing." in found.excerpt
    assert GAP in found.excerpt
    assert estimated_tokens(found.excerpt) <= 140


async def test_what_the_search_found_near_is_shown_where_words_do_not_tell() -> None:
    text = " ".join(f"Sentence {n} speaks of gardens, of rain and of the weather." for n in range(60))
    wanted = len(windows_of(text)) - 2
    near = tuple(0.6 if number == wanted else 0.1 for number in range(wanted + 2))
    (found,) = await choose_evidence("야근 수당은?", [replace(passage(text), nearness=near)], budget=60)
    numbers = window_numbers(found.pieces)
    assert {numbers[here] for here in found.shown} == {wanted}


async def test_a_translation_finds_the_sentence_in_the_other_language() -> None:
    text = f"{FILLER} Parking in the garage costs nothing. {FILLER}"
    (found,) = await choose_evidence(
        "주차비는 얼마인가요?", [passage(text)], translation="How much is parking in the garage?", budget=60
    )
    assert "Parking in the garage costs nothing." in found.excerpt


async def test_only_what_is_near_and_shares_words_with_the_question_may_carry_an_answer() -> None:
    text = "Parking in the garage costs nothing. " + "The canteen is on the second floor of the house. " * 12
    windows = len(windows_of(text))
    near = (0.5, *[0.1] * (windows - 1))
    (found,) = await choose_evidence("what does parking cost?", [replace(passage(text), nearness=near)])
    assert found.answers(0)
    assert not found.answers(len(found.pieces) - 1)
    (unknown,) = await choose_evidence("what does parking cost?", [passage(text)])
    assert unknown.answers(len(unknown.pieces) - 1)


async def test_a_row_of_a_table_comes_with_its_header() -> None:
    (found,) = await choose_evidence("limit of level 37?", [passage(f"Cards.\n\n{TABLE}")], budget=80)
    lines = found.excerpt.splitlines()
    assert "| Level 37 | $3700 |" in lines
    assert lines.index("| Level | Limit |") < lines.index("| Level 37 | $3700 |")
    assert lines.count("| Level | Limit |") == 1


async def test_a_sentence_longer_than_the_budget_is_still_shown() -> None:
    (found,) = await choose_evidence("rain", [passage("rain " * 3000)], budget=50)
    assert found.excerpt.startswith("rain rain")


async def test_nothing_found_is_no_evidence() -> None:
    assert await choose_evidence("rain", []) == []


@pytest.mark.parametrize(
    "text", [FILLER, TABLE, "- 하나\n- 둘\n\n문단입니다. 또 한 문장.\n", "```\na.b()\n```", " \n\n "]
)
def test_every_piece_is_a_verbatim_part_and_nothing_is_lost(text: str) -> None:
    pieces = pieces_of(text)
    assert all(text[piece.start : piece.end] == piece.text for piece in pieces)
    assert all(before.end <= after.start for before, after in pairwise(pieces))
    kept = "".join("".join(piece.text.split()) for piece in pieces)
    assert kept == "".join(text.replace("|---|---|", "").split())


@pytest.mark.corpus
def test_pieces_of_real_pages_are_verbatim() -> None:
    corpora = Path(__file__).parents[3] / "shared/eval/corpora"
    if not corpora.exists():
        pytest.skip("the shared evaluation data is not on this machine")
    for file in sorted((corpora / "querypie_ko").rglob("*.mdx"))[:40]:
        text = file.read_text(encoding="utf-8")
        assert all(text[piece.start : piece.end] == piece.text for piece in pieces_of(text))
