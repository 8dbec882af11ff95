"""What full text holds of a text."""

from __future__ import annotations

import re
import unicodedata
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

    @pytest.mark.parametrize(
        ("compound", "parts"),
        [
            ("재택근무", {"재택", "근무"}),
            ("재택근무제", {"재택", "근무"}),
            ("개인정보처리방침", {"개인", "정보", "처리", "방침"}),
            ("연차휴가", {"연차", "휴가"}),
            ("데이터베이스", {"데이터", "베이스"}),
        ],
    )
    async def test_a_noun_the_dictionary_has_whole_is_held_in_parts_too(
        self, kiwi: KiwiMorphology, compound: str, parts: set[str]
    ) -> None:
        (found,) = await kiwi.terms([f"{compound} 안내"])

        assert {compound, *parts} <= set(found)

    @pytest.mark.parametrize("word", ["노트북", "애플리케이션", "대통령"])
    async def test_a_noun_is_not_torn_into_scraps(self, kiwi: KiwiMorphology, word: str) -> None:
        assert await kiwi.terms([word]) == [[word]]

    @pytest.mark.parametrize(
        ("text", "term"),
        [("VPN에 접속", "vpn"), ("Okta로 로그인", "okta"), ("SSO는?", "sso"), ("２단계 ＯＴＰ를", "otp")],
    )
    async def test_an_english_word_loses_its_korean_particle(
        self, kiwi: KiwiMorphology, text: str, term: str
    ) -> None:
        (found,) = await kiwi.terms([text])

        assert term in found

    @pytest.mark.parametrize(
        ("text", "terms"),
        [
            ("온보딩 절차", {"온보딩", "절차"}),
            ("감사로그를 조회", {"감사", "로그", "감사로그", "조회"}),
            ("서울로 그 사람이 바로 그날", {"서울", "사람", "바로", "그날"}),
            ("알림이 온다", {"알림", "오다"}),
        ],
    )
    async def test_office_words_are_not_torn(self, kiwi: KiwiMorphology, text: str, terms: set[str]) -> None:
        (found,) = await kiwi.terms([text])

        assert set(found) == terms

    async def test_decomposed_hangul_is_the_same_text(self, kiwi: KiwiMorphology) -> None:
        composed, decomposed = await kiwi.terms(["연차 휴가", unicodedata.normalize("NFD", "연차 휴가")])

        assert composed == decomposed == ["연차", "휴가"]

    async def test_an_amount_is_held_as_it_stands_and_in_its_one_spelling(self, kiwi: KiwiMorphology) -> None:
        korean, digits = await kiwi.terms(["식대는 3만 원", "식대 30,000원"])

        assert "30000원" in korean
        assert "30000원" in digits

    @pytest.mark.parametrize(
        "question",
        [
            "VPN에  접속 안 될 때\n연차휴가는 3만 원?",
            "  『개인정보처리방침』 -- SAML_token을 10.2.5에서, 1,000개",
            "ㅍㅔㅜ 접속; 재택근무를\n\n  ３시간",
            "",
        ],
    )
    async def test_the_words_of_a_question_are_its_terms_in_their_places(
        self, kiwi: KiwiMorphology, question: str
    ) -> None:
        (terms,), (words,) = await kiwi.terms([question]), await kiwi.words([question])

        assert sorted(word.term for word in words) == sorted(terms)
        placed = [word for word in words if word.kind != "form" and re.fullmatch("[가-힣]+[^다]", word.term)]
        assert [question[word.start : word.end] for word in placed] == [word.term for word in placed]

    async def test_a_word_that_no_dictionary_has_is_marked(self, kiwi: KiwiMorphology) -> None:
        (words,) = await kiwi.words(["연챠 휴가"])

        assert [(word.term, word.known) for word in words] == [("연챠", False), ("휴가", True)]

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
