"""Personal data and secrets never enter what a model is tuned on. All numbers here are made up."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.tuning.data import masking
from bot.tuning.data.masking import masked


@pytest.mark.parametrize(
    ("text", "kind", "secret"),
    [
        ("주민번호 900101-1234568 입니다", masking.RESIDENT, "1234568"),
        ("주민번호 9001011234568 입니다", masking.RESIDENT, "9001011234568"),
        ("2020년 10월부터는 검증번호가 없다: 211105-3999999", masking.RESIDENT, "3999999"),
        ("외국인등록번호 900101-5234568", masking.FOREIGNER, "5234568"),
        ("법인카드 4111 1111 1111 1111", masking.CARD, "1111"),
        ("4111-1111-1111-1111", masking.CARD, "4111"),
        ("국민은행 123456-78-901234로 보내세요", masking.ACCOUNT, "901234"),
        ("담당자 010-1234-5678", masking.PHONE, "1234-5678"),
        ("담당자 01012345678에게", masking.PHONE, "12345678"),
        ("+82 10-1234-5678", masking.PHONE, "5678"),
        ("대표 02-123-4567", masking.PHONE, "4567"),
        ("call +1 415 555 2671 now", masking.PHONE, "2671"),
        ("hong.gildong+hr@corp.example.co.kr에 문의", masking.EMAIL, "hong"),
        ("면허 11-22-333333-44", masking.LICENCE, "333333"),
        ("여권번호: M12345678", masking.PASSPORT, "M12345678"),
        ("key xoxb-" + "1" * 12 + "-abcdef", masking.SECRET, "xoxb"),
        ("AKIA" + "ABCDEFGHIJKLMNOP", masking.SECRET, "AKIA"),
        ("비밀번호는 Summer2026! 입니다", masking.SECRET, "Summer2026"),
        ("https://admin:hunter2@host.example/x", masking.SECRET, "hunter2"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", masking.SECRET, "MIIE"),
    ],
)
def test_what_is_personal_or_secret_is_replaced_and_counted(text: str, kind: str, secret: str) -> None:
    counted: Counter[str] = Counter()
    found = masked(text, counted)
    assert secret not in found
    assert masking.MARKS[kind] in found
    assert counted == {kind: 1}


@pytest.mark.parametrize(
    "text",
    [
        "연차는 15일, 병가는 60일이고 2026-11-22부터 적용됩니다.",
        "대표번호 1588-1234로 전화하세요.",
        "주문번호 4111111111111112",  # no card: its check digit is wrong
        "901301-1234567은 13월이라 주민번호가 아니다",
        "9001011234567",  # thirteen digits with the wrong check digit
        "password: required, at least twelve characters",
        "버전 1.2.3.4, 금액 1,234,567,890원, 문서 HR-2026-000123",
        "[1] see section 3-2-1",
        "1700000000000",
    ],
)
def test_other_numbers_stay_as_they_are(text: str) -> None:
    counted: Counter[str] = Counter()
    assert masked(text, counted) == text
    assert not counted


def test_masking_twice_changes_and_counts_nothing_more() -> None:
    counted: Counter[str] = Counter()
    once = masked("비밀번호: abc12345, hong@corp.example, 010-1234-5678, 900101-1234568", counted)
    before = Counter(counted)
    assert masked(once, counted) == once
    assert counted == before
    assert sum(counted.values()) == 4
