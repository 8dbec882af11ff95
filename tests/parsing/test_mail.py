"""Mails as they are sent and as Outlook keeps them."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from bot.errors import ParseError
from bot.parsing.mail.eml import parse_eml
from bot.parsing.mail.msg import parse_msg, unpacked_rtf
from tests.parsing.office_files import eml, msg


def first(content: bytes | str) -> str:
    return parse_eml(content if isinstance(content, bytes) else content.encode(), "a.eml").sections[0].text


def test_a_mail_has_its_head_its_plain_text_and_its_attachments_as_sections() -> None:
    parsed = parse_eml(eml(), "a.eml")
    assert parsed.title == "휴가 안내"
    assert parsed.sections[0].text == (
        "Subject: 휴가 안내\nFrom: 김민수 <kim@example.com>\nTo: all@example.com\n"
        "Date: 2026-03-02 09:30 +0900\n"
        "Attachments: 매출.xlsx, logo.png, 안쪽 메일\n\n연차는 15일입니다."
    )
    assert [section.path for section in parsed.sections[1:]] == [("매출.xlsx", "매출"), ("안쪽 메일",)]
    assert "| 영업 | 1,200,000원 |" in parsed.sections[1].text
    assert "전달된 내용" in parsed.sections[2].text


def test_a_mail_without_plain_text_is_read_from_its_html() -> None:
    mail = EmailMessage()
    mail["Subject"] = "s"
    mail.set_content("<h2>공지</h2><p>내일 휴무</p>", subtype="html")
    parsed = parse_eml(mail.as_bytes(), "a.eml")
    assert [(section.path, section.text) for section in parsed.sections] == [
        ((), "Subject: s"),
        (("공지",), "내일 휴무"),
    ]


@pytest.mark.parametrize("charset", ["ks_c_5601-1987", "euc-kr", "utf-8", "no-such-charset"])
def test_korean_in_old_charsets_is_read_in_headers_and_text(charset: str) -> None:
    # a syllable that CP949 has and EUC-KR has not, as programs send it all the same
    encoded = "뷁 안내".encode("utf-8" if charset == "utf-8" else "cp949")
    head = f"Subject: =?{charset}?B?{base64.b64encode(encoded).decode()}?=\n"
    text = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"
    read = first(head.encode() + text.encode() + encoded * 3)
    assert read == "Subject: 뷁 안내\n\n" + "뷁 안내" * 3


def test_raw_korean_in_a_header_is_read() -> None:
    assert first("Subject: 휴가 안내\n\nx".encode("cp949")).startswith("Subject: 휴가 안내")
    assert first("Subject: 휴가 안내\n\nx".encode()).startswith("Subject: 휴가 안내")


def test_an_attachment_that_cannot_be_read_is_named_with_the_reason() -> None:
    mail = EmailMessage()
    mail.set_content("x")
    mail.add_attachment(b"PK\x03\x04 broken", maintype="application", subtype="zip", filename="a.docx")
    said = first(mail.as_bytes())
    assert said.startswith("Attachments: a.docx (not read: a.docx is broken")
    assert said.endswith("\n\nx")


def test_a_date_that_is_none_is_kept_as_it_was_written() -> None:
    assert "Date: 어제\n" in first("Date: 어제\nSubject: x\n\ny")


def test_what_is_no_mail_is_refused() -> None:
    with pytest.raises(ParseError, match=r"a\.eml is not a mail, though its name says so"):
        parse_eml(b"\x00\x01 no header here\n", "a.eml")


def test_a_mail_of_outlook_reads_the_same() -> None:
    parsed = parse_msg(msg(), "a.msg")
    assert parsed.title == "휴가 안내"
    assert parsed.sections[0].text == (
        "Subject: 휴가 안내\nFrom: 김민수 <kim@example.com>\nTo: 전체\nDate: 2026-02-28 03:50 +0000\n"
        "Attachments: 명단.csv\n\n15일입니다."
    )
    assert (parsed.sections[1].path, parsed.sections[1].text) == (
        ("명단.csv",),
        "| 이름 | 일수 |\n| --- | --- |\n| 김민수 | 15 |",
    )


def test_a_mail_of_outlook_without_plain_text_is_read_from_its_html() -> None:
    parsed = parse_msg(msg(p1000=" ", p1013="<p>HTML 본문</p>"), "a.msg")
    assert parsed.sections[0].text.endswith("\n\nHTML 본문")


@pytest.mark.parametrize(
    ("packed", "plain"),
    [  # the examples of [MS-OXRTFCP], 3.1 and 3.2
        (
            "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        ("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
    ],
)
def test_packed_rtf_is_unpacked_as_its_specification_shows(packed: str, plain: bytes) -> None:
    assert unpacked_rtf(bytes.fromhex(packed)) == plain


@pytest.mark.parametrize("content", [b"Subject: x\n\ny", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000])
def test_what_is_no_mail_of_outlook_is_refused(content: bytes) -> None:
    with pytest.raises(ParseError, match=r"a\.msg is (not an Outlook mail|broken)"):
        parse_msg(content, "a.msg")
