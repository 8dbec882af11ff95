from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import combinations

import pytest
import pytest_asyncio

from bot.answering.wording import Wording, wordings
from bot.contracts import Morphology
from bot.index.morphology import KiwiMorphology
from tests.answering.repeated_questions import HELD_OUT_NEAR, NEAR, SAME

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kiwi() -> AsyncIterator[Morphology]:
    morphology = KiwiMorphology()
    yield morphology
    await morphology.close()


async def same(one: str, other: str, morphology: Morphology | None = None) -> bool:
    mine, its = await wordings([one, other], morphology)
    return mine.says_the_same(its)


async def test_the_same_question_is_known_in_other_manners_spacing_and_endings(kiwi: Morphology) -> None:
    for line in SAME:
        found = await wordings(line, kiwi)
        for one, other in combinations(found, 2):
            assert one.says_the_same(other), line


async def test_no_near_miss_counts_as_the_same(kiwi: Morphology) -> None:
    for pair in (*NEAR, *HELD_OUT_NEAR):
        assert not await same(*pair, kiwi), pair


async def test_who_does_it_to_whom_counts_where_both_questions_say_so(kiwi: Morphology) -> None:
    assert not await same("팀장이 승인해요?", "팀장을 승인해요?", kiwi)
    assert await same("팀장 승인해요?", "팀장을 승인해요?", kiwi)


async def test_without_a_morphology_korean_is_the_same_only_where_it_is_written_the_same() -> None:
    assert await same("연차는 며칠이에요?", "  연차는 며칠이에요 ")
    assert not await same("연차는 며칠이에요?", "연차 며칠인가요")


@pytest.mark.parametrize("nothing", ["", " ", "?!", "hello!", "please"])
async def test_where_nothing_is_asked_there_is_no_wording(nothing: str) -> None:
    assert await wordings([nothing], None) == [Wording("")]


async def test_letters_in_full_width_are_letters() -> None:
    assert await same("Where is the ＶＰＮ？", "where is the VPN")


async def test_a_dash_between_words_says_nothing_and_one_within_a_word_does() -> None:
    assert await same("Lunch on Monday - when is it?", "lunch on Monday, when is it")
    assert not await same("Is it -5 degrees?", "Is it 5 degrees?")
    assert not await same("Who is on-call?", "Who is on call?")
