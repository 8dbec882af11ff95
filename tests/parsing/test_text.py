from __future__ import annotations

import pytest

from bot.errors import ParseError
from bot.parsing.text import decode, parse_text

KOREAN = "연차 휴가는 입사일을 기준으로 15일이 주어집니다. 똠방각하 펲시콜라도 됩니다."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp949"])
def test_korean_is_read_in_each_encoding_it_comes_in(encoding: str) -> None:
    assert decode(KOREAN.encode(encoding), "a.txt") == KOREAN


def test_big_endian_utf_16_is_known_by_its_mark() -> None:
    assert decode(b"\xfe\xff" + KOREAN.encode("utf-16-be"), "a.txt") == KOREAN


def test_euc_kr_is_read() -> None:
    text = "회의실 예약은 총무팀에 신청합니다."
    assert decode(text.encode("euc_kr"), "a.txt") == text


def test_western_text_is_not_taken_for_korean() -> None:
    text = "Le café près de l'hôtel coûte 3 €, déjà payé à Noël"
    assert decode(text.encode("cp1252"), "a.txt") == text


def test_utf_8_with_a_broken_byte_stays_utf_8() -> None:
    broken = (KOREAN * 10).encode()[:-1]
    assert decode(broken, "a.txt").startswith(KOREAN)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ParseError, match=r"a\.txt is not a text file"):
        decode(b"\x7fELF\x02\x01\x01\0\0\0", "a.txt")


def test_text_is_one_section_under_the_name_of_its_file() -> None:
    parsed = parse_text("첫 줄\r\n둘째 줄".encode(), "notes/회의록.txt")
    assert parsed.title == "회의록"
    assert [(s.path, s.text, s.page) for s in parsed.sections] == [((), "첫 줄\n둘째 줄", None)]
