"""What a question is looked for as, by real Kiwi over a small vocabulary."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
import pytest_asyncio

from bot.index.morphology import KiwiMorphology
from bot.index.query import QuestionReader
from bot.index.query_terms import Alternative, Concept, QueryTerms, plain
from bot.index.spelling import Spelling
from bot.index.synonyms import Synonyms, parsed_rules

HELD = frozenset(
    """
    연차 휴가 신청 접속 법인 카드 비밀 번호 초기 초기화 쿼리 파이 쿼리파이 재택 근무 재택근무 커넥션 대시보드
    데이터베이스 식대 vpn okta password reset annual leav pto corporat card 30000원 14일 2주
    """.split()  # noqa: SIM905
)


class Words:
    """A Vocabulary that holds each of HELD in three chunks."""

    def frequencies(self, terms: Sequence[str]) -> Mapping[str, int]:
        return {term: 3 * (term in HELD) for term in terms}

    def spelling(self) -> Spelling:
        return Spelling((term, 3) for term in HELD)


SYNONYMS = """
연차, 연차휴가, annual leave, PTO, 월차
법인카드, corporate card
비밀번호 초기화, password reset
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def reader() -> AsyncIterator[QuestionReader]:
    morphology = KiwiMorphology()
    synonyms = await Synonyms.of(parsed_rules(SYNONYMS, "synonyms.txt"), morphology)
    yield QuestionReader(morphology, Words(), synonyms)
    await morphology.close()


def meant(query: QueryTerms) -> dict[str, list[tuple[str, str]]]:
    """What was asked, to (terms, why) of each alternative."""
    found: dict[str, list[tuple[str, str]]] = {}
    for concept in query.concepts:
        found.setdefault(concept.asked, []).extend(
            (" ".join(one.terms), one.why) for one in concept.alternatives
        )
    return found


@pytest.mark.asyncio(loop_scope="module")
class TestReading:
    @pytest.mark.parametrize(
        ("question", "asked", "term"),
        [
            ("연챠 며칠이야", "연챠", "연차"),
            ("휴갸 신청", "휴갸", "휴가"),
            ("제택근무", "제택근무", "재택근무"),
            ("커낵션이 뭐야", "커낵션", "커넥션"),
            ("데이타베이스 접속", "데이타베이스", "데이터베이스"),
            ("reset my pasword", "pasword", "password"),
        ],
    )
    async def test_a_typo_is_mended(
        self, reader: QuestionReader, question: str, asked: str, term: str
    ) -> None:
        assert (term, "mended") in meant(await reader.read(question))[asked]

    @pytest.mark.parametrize("question", ["vpn 연차", "버스 시간표", "10.2.6 pto2", "hello world", "QP-1234"])
    async def test_what_occurs_and_what_is_a_word_or_a_number_stays(
        self, reader: QuestionReader, question: str
    ) -> None:
        reasons = {why for found in meant(await reader.read(question)).values() for _, why in found}

        assert not reasons & {"mended", "keys"}

    @pytest.mark.parametrize(
        ("question", "asked", "terms"),
        [
            ("dusck 며칠", "dusck", ["연차"]),
            ("DUSCK 며칠", "DUSCK", ["연차"]),
            ("qjqdlszkem 사용", "qjqdlszkem", ["법인", "카드"]),
            ("페ㅜ 접속", "페ㅜ", ["vpn"]),
            ("페ㅜ에서 접속", "페ㅜ에서", ["vpn"]),
            ("ㅐㅏㅅㅁ 접속", "ㅐㅏㅅㅁ", ["okta"]),
        ],
    )
    async def test_keys_of_the_wrong_keyboard_are_read(
        self, reader: QuestionReader, question: str, asked: str, terms: list[str]
    ) -> None:
        found = meant(await reader.read(question))[asked]

        assert [term for term, why in found if why == "keys"] == terms

    async def test_synonyms_are_added_across_languages(self, reader: QuestionReader) -> None:
        korean = meant(await reader.read("연차 신청"))
        english = meant(await reader.read("annual leave"))

        assert korean["연차"] == [("연차", "asked"), ("annual leav", "translation"), ("pto", "translation")]
        assert ("연차", "translation") in english["annual"]
        assert ("pto", "synonym") in english["annual"]

    async def test_a_mended_word_has_its_synonyms(self, reader: QuestionReader) -> None:
        assert ("pto", "translation") in meant(await reader.read("연챠"))["연챠"]

    async def test_spaces_between_nouns_make_no_difference(self, reader: QuestionReader) -> None:
        apart, together = await reader.read("쿼리 파이"), await reader.read("법인카드")

        assert ("쿼리파이", "joined") in meant(apart)["쿼리"]
        assert {"법인", "카드", "corporat"} <= set(together.terms)
        assert "법인카드" not in together.terms  # nothing that the corpus lacks

    async def test_an_amount_is_looked_for_in_its_one_spelling_alone(self, reader: QuestionReader) -> None:
        assert (await reader.read("식대 3만 원")).terms == ["식대", "30000원"]

    async def test_what_may_well_mean_the_same_amount_is_added(self, reader: QuestionReader) -> None:
        assert meant(await reader.read("2주"))["2주"] == [("2주", "asked"), ("14일", "unit")]

    async def test_an_empty_question_asks_for_nothing(self, reader: QuestionReader) -> None:
        assert (await reader.read("")).terms == []


def test_a_concept_counts_by_its_best_name_and_not_by_their_sum() -> None:
    query = QueryTerms(
        (Concept("연차", (Alternative(("연차",), "asked"), Alternative(("annual", "leav"), "synonym"))),)
    )

    assert query.score({"연차": 4.0, "annual": 1.0, "leav": 1.0}) == 4.0
    assert query.score({"annual": 2.0, "leav": 3.0}) == pytest.approx(0.6 * 5.0)
    assert query.score({"annual": 2.0}) == 0.0


def test_a_name_for_several_words_counts_once() -> None:
    card = Alternative(("corporat", "card"), "synonym", spans=2)
    query = QueryTerms(
        tuple(Concept(term, (Alternative((term,), "asked"), card)) for term in ("법인", "카드"))
    )

    assert query.score({"corporat": 3.0, "card": 2.0}) == pytest.approx(0.6 * 5.0)
    assert query.coverage({"corporat", "card"}, dict.fromkeys(query.terms, 2.0)) == pytest.approx(0.6)


def test_coverage_weighs_concepts_by_their_rarity() -> None:
    query = plain(["rare", "common", "rare"])

    assert query.terms == ["rare", "common"]
    assert query.coverage({"rare"}, {"rare": 3.0, "common": 1.0}) == pytest.approx(0.75)
    assert plain([]).coverage({"rare"}, {}) == 0.0


def test_what_was_added_is_told_with_its_reason() -> None:
    query = QueryTerms((Concept("연챠", (Alternative(("연차",), "mended"),)),))

    assert query.added() == [("연차", "mended", 0.8, "연챠")]
