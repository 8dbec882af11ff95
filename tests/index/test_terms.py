"""What full text holds of a text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest
import pytest_asyncio

from bot.errors import ModelUnavailable
from bot.index.morphology import KiwiMorphology
from bot.index.terms import Morpheme, stem, terms_of


def no_kiwi(lines: list[str]) -> Iterable[list[Morpheme]]:
    raise AssertionError(f"there is no Korean in {lines}")


def terms(text: str) -> list[str]:
    return terms_of([text], no_kiwi)[0]


def test_english_needs_no_kiwi_and_is_cut_to_stems() -> None:
    assert terms("The manager approved the policies.") == ["manager", "approv", "polici"]


@pytest.mark.parametrize(
    "forms",
    [("approve", "approved", "approves", "approving"), ("policy", "policies"), ("stop", "stopped", "stops")],
)
def test_the_forms_of_a_word_meet(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize("word", ["is", "class", "status", "analysis", "red", "king"])
def test_what_only_looks_like_an_ending_stays(word: str) -> None:
    assert stem(word) == word


def test_an_identifier_is_held_whole_and_in_parts() -> None:
    assert terms("SCIM_token") == ["scim_token", "scim", "token"]
    assert set(terms("v10.2.5")) >= {"v10.2.5", "10.2.5"}
    assert set(terms("QueryPie")) >= {stem("querypie"), "pie"}
    assert "c++" in terms("C++")


def test_a_number_is_the_same_with_and_without_commas() -> None:
    assert terms("1,000,000") == terms("1000000") == ["1000000"]


def test_nothing_longer_than_a_word_gets_in() -> None:
    assert all(len(term) <= 64 for term in terms("a" * 5_000 + " " + "b-" * 500))


def test_an_abbreviation_that_looks_like_a_stop_word_is_kept() -> None:
    assert terms("IT") == ["it"]
    assert terms("it") == []


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def kiwi() -> AsyncIterator[KiwiMorphology]:
    morphology = KiwiMorphology()
    yield morphology
    await morphology.close()


@pytest.mark.asyncio(loop_scope="module")
class TestKorean:
    """Through the child process, with Kiwi."""

    async def test_particles_and_endings_are_gone(self, kiwi: KiwiMorphology) -> None:
        ((*found,),) = await kiwi.terms(["관리자가 요청을 승인했습니다."])

        assert found == ["관리자", "요청", "승인"]

    async def test_a_verb_is_found_in_any_of_its_forms(self, kiwi: KiwiMorphology) -> None:
        first, second = await kiwi.terms(["문을 닫았다", "문을 닫으면"])

        assert first == second == ["문", "닫다"]

    async def test_a_compound_is_held_whole_and_in_parts(self, kiwi: KiwiMorphology) -> None:
        (found,) = await kiwi.terms(["접근권한"])

        assert sorted(found) == sorted(["접근", "권한", "접근권한"])

    async def test_a_particle_after_a_foreign_word_is_not_taken_for_a_noun(
        self, kiwi: KiwiMorphology
    ) -> None:
        (found,) = await kiwi.terms(["QueryPie에서 SAML을 켭니다."])

        assert "saml" in found
        assert "켜다" in found
        assert not {"에서", "을", "을을"} & set(found)

    async def test_each_text_gets_its_own_terms(self, kiwi: KiwiMorphology) -> None:
        found = await kiwi.terms(["휴가", "leave", "", "휴가 leave\n휴가"])

        assert found == [["휴가"], ["leav"], [], ["leav", "휴가", "휴가"]]

    async def test_it_starts_again_after_its_process_was_killed(self, kiwi: KiwiMorphology) -> None:
        await kiwi.terms(["휴가"])
        await kiwi._child.kill()

        assert await kiwi.terms(["휴가"]) == [["휴가"]]


async def test_a_process_that_cannot_start_makes_the_model_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    morphology = KiwiMorphology()
    morphology._child._command = ["/bin/false"]

    with pytest.raises(ModelUnavailable):
        await morphology.terms(["휴가"])
    await morphology.close()
