from __future__ import annotations

import random
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import ParseError
from bot.parsing.formats import parse
from bot.parsing.hangul.hwp import parse_hwp
from bot.parsing.parsed import Parsed
from bot.parsing.parser import Parser
from connectors.base import Document
from tests.parsing.hwp_files import (
    DISTRIBUTION,
    DRM,
    PASSWORD,
    Cells,
    Control,
    Lists,
    Shapes,
    Text,
    hwp,
    numbering,
    ole_file,
    packed,
    record,
    shape,
    table,
    text,
    wide,
)

OUTLINE, NUMBERED, BULLETED = 1, 2, 3


def read(*paragraphs: Text, shapes: Shapes | None = None) -> Parsed:
    return parse_hwp(hwp(*paragraphs, shapes=shapes), "규정/여비 규정.hwp")


def said(*paragraphs: Text, shapes: Shapes | None = None) -> str:
    (section,) = read(*paragraphs, shapes=shapes).sections
    return section.text


def test_outline_paragraphs_are_headings_with_the_number_that_hangul_shows() -> None:
    shapes = Shapes(
        shapes=[bytes(58), shape(OUTLINE, 0), shape(OUTLINE, 1)],
        numberings=[numbering(("제^1장", 0), ("^2.", 8))],
    )
    section = Control("secd", 2, bytes(14) + struct.pack("<H", 1))
    parsed = read(
        Text([section, "총칙"], shape=1),
        text("이 규정은 여비를 정한다."),
        text("복무", shape=1),
        text("휴가", shape=2),
        text("연차는 15일이다."),
        text("출장", shape=2),
        text("미리 알린다."),
        shapes=shapes,
    )
    assert [(one.path, one.text) for one in parsed.sections] == [
        (("제1장 총칙",), "이 규정은 여비를 정한다."),
        (("제2장 복무", "가. 휴가"), "연차는 15일이다."),
        (("제2장 복무", "나. 출장"), "미리 알린다."),
    ]


def test_a_style_called_outline_makes_a_heading_too() -> None:
    shapes = Shapes(styles=["바탕글", "개요 1"])
    parsed = read(text("목적", style=1), text("여비를 정한다."), shapes=shapes)
    assert [(one.path, one.text) for one in parsed.sections] == [(("목적",), "여비를 정한다.")]


def test_outline_paragraphs_with_nothing_below_them_are_a_list() -> None:
    shapes = Shapes(shapes=[bytes(58), shape(OUTLINE, 0)], numberings=[numbering(("^1.", 0))])
    section = Control("secd", 2, bytes(14) + struct.pack("<H", 1))
    assert (
        said(Text([section, "여권"], shape=1), text("비자", shape=1), text("항공권", shape=1), shapes=shapes)
        == "1. 여권\n2. 비자\n3. 항공권"
    )


def test_numbers_and_bullets_stand_before_their_paragraphs() -> None:
    shapes = Shapes(
        shapes=[shape(NUMBERED, 0, 1), shape(NUMBERED, 1, 1), shape(BULLETED)],
        numberings=[numbering(("^1.", 0), ("^1-^2)", 0))],
    )
    lines = [text("하나"), text("둘"), text("둘의 첫째", 1), text(""), text("셋"), text("점", 2)]
    assert said(*lines, shapes=shapes) == "1. 하나\n2. 둘\n2-1) 둘의 첫째\n3. 셋\n- 점"


def test_articles_of_a_rule_are_headings_and_stay_whole() -> None:
    parsed = read(
        text("제1장 총칙"),
        text("제1조(목적) 이 규정은 여비를 정한다."),
        text("제2조(정의) ① 출장이란 명령을 받은 것을 말한다."),
        text("② 제1조(목적)에 따른다."),
    )
    assert [(one.path, one.text) for one in parsed.sections] == [
        (("제1장 총칙", "제1조(목적)"), "제1조(목적) 이 규정은 여비를 정한다."),
        (
            ("제1장 총칙", "제2조(정의)"),
            "제2조(정의) ① 출장이란 명령을 받은 것을 말한다.\n\n② 제1조(목적)에 따른다.",
        ),
    ]


def test_a_table_is_markdown_and_what_spans_rows_is_said_in_each() -> None:
    cells: Cells = {(0, 0): "구분", (0, 1): "금액", (1, 0): (2, 1, "국내"), (1, 1): "5만원", (2, 1): "7만|원"}
    assert said(Text([table(cells, caption="표 1 여비")])) == (
        "표 1 여비\n\n| 구분 | 금액 |\n| --- | --- |\n| 국내 | 5만원 |\n| 국내 | 7만\\|원 |"
    )


def test_a_head_over_two_columns_is_said_over_both_and_a_title_row_above_the_table() -> None:
    cells: Cells = {
        (0, 0): (1, 3, "여비 지급표"),
        (1, 0): (2, 1, "구분"), (1, 1): (1, 2, "2025년"),
        (2, 1): "상반기", (2, 2): "하반기",
        (3, 0): "국내", (3, 1): "5", (3, 2): "7",
    }  # fmt: skip
    assert said(Text([table(cells)])).split("\n") == [
        "여비 지급표",
        "",
        "| 구분 | 2025년 | 2025년 |",
        "| --- | --- | --- |",
        "| 구분 | 상반기 | 하반기 |",
        "| 국내 | 5 | 7 |",
    ]


def test_a_table_that_floats_below_the_line_it_hangs_on_comes_after_it() -> None:
    floating, inline = (table({(0, 0): "표", (0, 1): "칸"}) for _ in range(2))
    floating.data = struct.pack("<II", 2 << 3, 2495)
    inline.data = struct.pack("<II", 2 << 3 | 1, 2495)
    assert said(Text([floating, "제목"])) == "제목\n\n표 | 칸"
    assert said(Text([inline, "제목"])) == "표 | 칸\n\n제목"


def test_a_table_in_a_table_keeps_its_rows_apart() -> None:
    inner = table({(0, 0): "가", (0, 1): "1", (1, 0): "나", (1, 1): "2"})
    cells: Cells = {(0, 0): "항목", (0, 1): "값", (1, 0): "모두", (1, 1): Text([inner])}
    assert said(Text([table(cells)])).endswith("| 모두 | 가 / 1; 나 / 2 |")


def test_a_table_of_one_cell_is_only_a_frame() -> None:
    inner = table({(0, 0): "가", (0, 1): "1", (1, 0): "나", (1, 1): "2"})
    assert said(Text([table({(0, 0): Text([inner])})])) == "| 가 | 1 |\n| --- | --- |\n| 나 | 2 |"


def test_boxes_come_after_the_paragraph_they_hang_on_and_captions_below_pictures() -> None:
    box = Control("gso ", below=[Lists([text("그림 1 조직도")]), record(0x4C, 2), Lists([text("상자 안")])])
    assert said(Text(["앞", box, "뒤"]), text("다음")) == "앞뒤\n\n상자 안\n\n그림 1 조직도\n\n다음"


def test_notes_stand_below_the_paragraph_that_bears_their_mark() -> None:
    foot = Control("fn  ", 17, below=[Lists([text("각주의 글")])])
    end = Control("en  ", 17, below=[Lists([text("미주의 글")])])
    assert said(Text(["금액", foot, "은 정한다", end, "."])) == (
        "금액[^1]은 정한다[^미주1].\n\n[^1]: 각주의 글\n\n[^미주1]: 미주의 글"
    )


def test_what_runs_above_and_below_pages_is_said_once() -> None:
    head = Control("head", 16, below=[Lists([text("대외비")])])
    foot = Control("foot", 16, below=[Lists([text("인사팀")])])
    assert said(Text([head, foot, "하나"]), Text([head, foot, "둘"])) == "대외비\n\n하나\n\n둘\n\n인사팀"


def test_hidden_comments_are_left_out() -> None:
    hidden = Control("tcmt", 15, below=[Lists([text("사장님께는 비밀")])])
    assert said(Text(["보이는", hidden, " 글"])) == "보이는 글"


def test_equations_numbers_of_tables_and_form_fields_are_text() -> None:
    equation = Control("eqed", below=[record(0x58, 2, bytes(4) + wide("a over  b"))])
    number = Control("atno", 18, struct.pack("<IHHHH", 4, 7, 0, 0, 0))
    page = Control("atno", 18, struct.pack("<IHHHH", 0, 9, 0, 0, 0))
    properties = "Caption:wstring:3:동의함 Name:wstring:2:aa"
    form = Control("form", below=[record(0x5B, 2, properties.encode("utf-16-le"))])
    assert said(Text(["표 ", number, page, " ", equation, " ", form])) == "표 7 $a over b$ 동의함"


def test_tabs_line_ends_and_characters_beyond_the_first_plane_stay() -> None:
    assert said(text("가\t나\n다 😀 𠮷 라")) == "가\t나\n다 😀 𠮷 라"


def test_fields_are_read_as_they_are_shown() -> None:
    field = Control("%clk", 3, "Clickhere: what the field is for".encode("utf-16-le"))
    assert said(Text(["이름: ", field, "홍길동", "님"])) == "이름: 홍길동님"


def test_sections_come_in_the_order_of_their_numbers() -> None:
    streams = [packed(text(f"부분 {number}").written()) for number in range(12)]
    (section,) = parse_hwp(hwp(sections=streams), "a.hwp").sections
    assert section.text.split("\n\n") == [f"부분 {number}" for number in range(12)]


def test_the_suffix_may_be_that_of_the_other_format() -> None:
    assert parse(hwp(text("글")), "a.hwpx", "application/hwp+zip").sections[0].text == "글"


# The first numbers that rand() of Microsoft's C library gives after srand(1).
RANDOM_AFTER_1 = [41, 18467, 6334, 26500, 19169, 15724, 11478, 29358, 26962, 24464, 5705, 28145]


def for_distribution(content: bytes, key: bytes, seed: int) -> bytes:
    """A ViewText stream, hidden as the format says: independent of how the parser finds it."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    state = seed
    mask: list[int] = []
    while len(mask) < 256:
        state = (state * 214013 + 2531011) % 2**32
        byte = state // 65536 % 32768 % 256
        state = (state * 214013 + 2531011) % 2**32
        mask += [byte] * (state // 65536 % 16 + 1)
    hint = bytearray(random.Random(seed).randbytes(256))
    hint[:4] = struct.pack("<I", seed)
    start = 4 + hint[0] % 16
    hint[start : start + 16] = key
    hidden = bytes(byte if place < 4 else byte ^ mask[place] for place, byte in enumerate(hint))
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    padded = content.ljust(-(-len(content) // 16) * 16, b"\0")
    return record(0x1C, 0, hidden) + encryptor.update(padded)


@pytest.mark.parametrize("seed", [1, 0x2A, 0xDEADBEEF])
def test_a_file_for_distribution_is_read(seed: int) -> None:
    stream = for_distribution(packed(text("배포용 문서의 글").written()), b"0123456789abcdef", seed)
    parsed = parse_hwp(hwp(sections=[stream], flags=1 | DISTRIBUTION), "a.hwp")
    assert parsed.sections[0].text == "배포용 문서의 글"


async def test_the_confined_child_can_open_a_file_for_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    stream = for_distribution(packed(text("배포용 문서의 글").written()), b"0123456789abcdef", 7)
    content = hwp(sections=[stream], flags=1 | DISTRIBUTION)
    parser = Parser()
    document = Document("a.hwp", "", "file:///a.hwp", content, "application/x-hwp", datetime.now(UTC))
    assert (await parser.parse(document)).sections[0].text == "배포용 문서의 글"
    await parser.close()


def test_the_random_numbers_are_those_of_the_c_library() -> None:
    state, found = 1, []
    for _ in RANDOM_AFTER_1:
        state = (state * 214013 + 2531011) % 2**32
        found.append(state // 65536 % 32768)
    assert found == RANDOM_AFTER_1


@pytest.mark.parametrize(
    ("content", "reason", "mend"),
    [
        (hwp(text("x"), flags=1 | PASSWORD), "is protected by a password", "without the password"),
        (hwp(text("x"), flags=1 | DRM), "rights management", "without this protection"),
        (b"HWP Document File V3.00 \x1a\1\2\3\4\5", "HWP 3", "Save it as HWPX or HWP 5"),
        (b'<?xml version="1.0"?><HWPML Version="2.8">', "is HWPML", "as HWPX"),
        (b"just text", "is not a Hangul document", ""),
        (ole_file({"WordDocument": b"x"}), "is not an HWP document", ""),
        (hwp(text("글"))[:3000], r"a\.hwp is", ""),
        (hwp(text("")), "has no text", ""),
        (hwp(sections=[b"\xff\xff no deflate"]), "is damaged", ""),
        (hwp(sections=[packed(text("글" * 3000).written())[:20]]), "is damaged", ""),
        (hwp(sections=[packed(record(0x42, 0, b"short"))]), "is damaged", ""),
        (hwp(sections=[packed(struct.pack("<I", 0x43 | 900 << 20))]), "is damaged", ""),
        (hwp(sections=[packed(record(0x42, 101, bytes(24)))]), "nested too deeply", ""),
        (hwp(sections=[b"x" * 300], flags=1 | DISTRIBUTION), "the key to its text is missing", ""),
    ],
)
def test_what_cannot_be_read_is_refused_for_its_reason(content: bytes, reason: str, mend: str) -> None:
    with pytest.raises(ParseError, match=reason) as caught:
        parse(content, "a.hwp", "")
    assert caught.value.message.startswith("a.hwp")
    assert mend in caught.value.mend


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(ParseError, match="too much"):
        parse_hwp(hwp(sections=[packed(bytes(50_000_000))]), "a.hwp")


def test_a_table_cannot_claim_more_cells_than_it_has() -> None:
    cells: Cells = {(0, 0): (4000, 4000, "x"), (0, 1): "y"}
    with pytest.raises(ParseError, match=r"a\.hwp cannot be read\. A table in it"):
        parse_hwp(hwp(Text([table(cells)])), "a.hwp")


def test_tables_in_each_other_have_an_end() -> None:
    paragraph = text("innermost")
    for _ in range(49):
        paragraph = Text([table({(0, 0): paragraph, (1, 0): "x", (1, 1): "y"})])
    assert "innermost" in parse_hwp(hwp(paragraph), "a.hwp").sections[0].text
    for _ in range(5):
        paragraph = Text([table({(0, 0): paragraph, (1, 0): "x", (1, 1): "y"})])
    with pytest.raises(ParseError, match="nested too deeply"):
        parse_hwp(hwp(paragraph), "a.hwp")


def every_kind() -> Text:
    note = Control("fn  ", 17, below=[Lists([text("각주")])])
    box = Control("gso ", below=[record(0x4C, 2), Lists([text("상자")])])
    equation = Control("eqed", below=[record(0x58, 2, bytes(4) + wide("a+b"))])
    cells: Cells = {(0, 0): "가", (0, 1): (2, 1, "나"), (1, 0): "다"}
    return Text(
        ["글 ", note, box, equation, table(cells, "표"), Control("tdut", 23, wide("가") + wide("나"))]
    )


def test_a_damaged_file_is_read_or_refused_and_nothing_else() -> None:
    """Bytes changed in the file, in its unpacked records, in its unpacked styles: seeded, so it repeats."""
    chance = random.Random(20)
    shapes = Shapes([shape(OUTLINE), shape(NUMBERED, 1, 1)], ["개요 1"], [numbering(("^1.", 0), ("^2)", 8))])
    plain = b"".join(one.written() for one in [every_kind(), text("둘째", 1), every_kind()])
    whole = hwp(sections=[packed(plain)], shapes=shapes)
    refusals: list[str] = []
    for number in range(600):
        data = bytearray(plain if number % 2 else whole)
        for _ in range(chance.choice([1, 3, 20])):
            data[chance.randrange(len(data))] = chance.choice([0, 1, 0x7F, 0xFF, chance.randrange(256)])
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        broken = hwp(sections=[packed(bytes(data))], shapes=shapes) if number % 2 else bytes(data)
        try:
            parse(broken, "a.hwp", "")
        except ParseError as exc:
            refusals.append(exc.message)
    assert 50 < len(refusals) < 550
    assert all(message.startswith("a.hwp") for message in refusals)
