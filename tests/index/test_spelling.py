"""Which words of a corpus somebody may have meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.index.keyboard import keys_of
from bot.index.spelling import Spelling

WORDS = [
    ("연차", 9),
    ("휴가", 40),
    ("재택", 5),
    ("신청", 30),
    ("커넥션", 8),
    ("데이터베이스", 7),
    ("결재", 20),
]
ENGLISH = [("password", 12), ("approval", 9), ("access", 30), ("permission", 11), ("marking", 3)]


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling([*WORDS, *ENGLISH, ("10.2.5", 4), ("scim_token", 2), ("a", 100)])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("연챠", "연차"),
        ("휴갸", "휴가"),
        ("제택", "재택"),
        ("싲청", "신청"),
        ("커낵션", "커넥션"),
        ("데이타베이스", "데이터베이스"),
        ("pasword", "password"),
        ("passwrod", "password"),
        ("aproval", "approval"),
        ("permisssion", "permission"),
        ("accwss", "access"),
    ],
)
def test_a_slip_is_mended(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.near(typed) == [meant]


@pytest.mark.parametrize("typed", ["10.2.6", "scim_tokem", "parking", "휴", "시장", "b", "12345", ""])
def test_numbers_identifiers_and_other_words_are_left_alone(spelling: Spelling, typed: str) -> None:
    assert spelling.near(typed) == []


def test_the_likelier_slip_wins_over_the_commoner_word() -> None:
    spelling = Spelling([("경제", 500), ("결재", 3)])

    assert spelling.near("결제") == ["결재"]


def test_of_equal_slips_the_commoner_word_comes_first() -> None:
    spelling = Spelling([("marking", 2), ("masking", 50)])

    assert spelling.near("maaking") == ["masking"]
    assert Spelling([("tested", 2), ("tester", 50)]).near("teste") == ["tester", "tested"]


def test_an_empty_corpus_mends_nothing() -> None:
    assert Spelling([]).near("연챠") == []


_LETTERS = st.text("rskdo", min_size=2, max_size=7)


@given(
    _LETTERS, st.integers(0, 7), st.sampled_from("rskdo"), st.sampled_from(["swap", "drop", "add", "change"])
)
def test_every_word_one_slip_away_is_seen(word: str, at: int, letter: str, slip: str) -> None:
    at = min(at, len(word) - 1)
    typed = {
        "swap": word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
        "drop": word[:at] + word[at + 1 :],
        "add": word[:at] + letter + word[at:],
        "change": word[:at] + letter + word[at + 1 :],
    }[slip]
    word, typed = "qwert" + word, "qwert" + typed  # long enough, and no slip in the first letter
    spelling = Spelling([(word, 1), ("another", 1)])

    group = spelling._groups[True, len(word)]
    assert [group.words[row] for row in group.one_edit_away(typed)] == [word]


def test_korean_is_compared_key_by_key() -> None:
    assert sum(one != other for one, other in zip(keys_of("연챠"), keys_of("연차"), strict=True)) == 1
