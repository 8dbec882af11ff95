"""What the two-set keyboard writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.index.keyboard import hangul_of, is_whole, keys_of


@pytest.mark.parametrize(
    ("keys", "hangul"),
    [
        ("dusck", "연차"),
        ("gbrk", "휴가"),
        ("qjqdlszkem", "법인카드"),
        ("rhks", "관"),
        ("rkqtdl", "값이"),
        ("Rhfwl", "꼴지"),
        ("dlfrdj", "읽어"),
        ("woxorrmsan", "재택근무"),
        ("rkqkd", "가방"),
    ],
)
def test_keys_write_syllables_and_syllables_have_keys(keys: str, hangul: str) -> None:
    assert hangul_of(keys) == hangul
    assert keys_of(hangul) == keys


@pytest.mark.parametrize(("keys", "written"), [("vpn", "페ㅜ"), ("sso", "ㄴ내"), ("okta", "ㅐㅏㅅㅁ")])
def test_an_english_word_typed_in_korean_mode_has_its_keys(keys: str, written: str) -> None:
    assert hangul_of(keys) == written
    assert keys_of(written) == keys


def test_shift_matters_only_where_it_writes_another_letter() -> None:
    assert hangul_of("DUSCK") == "연차"
    assert hangul_of("RK") == "까"


def test_letters_that_make_no_syllable_are_not_whole() -> None:
    assert not is_whole(hangul_of("vpn"))
    assert not is_whole("")
    assert is_whole(hangul_of("qkqh"))


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=12))
def test_every_text_of_syllables_survives_its_keys(text: str) -> None:
    assert hangul_of(keys_of(text)) == text
