from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from bot.answering.evidence import GAP, choose_evidence, estimated_tokens, pieces_of
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
