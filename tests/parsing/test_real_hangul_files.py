"""Real HWP and HWPX files: what a person sees who opens them, and what must not be there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ParseError
from bot.parsing.formats import parse

FILES = Path(__file__).parents[3] / "shared" / "eval" / "files"
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FILES.is_dir(), reason="../shared/eval is not here"),
]

# file -> (strings in the order in which they are read, strings that must not be there)
SEEN: dict[str, tuple[list[str], list[str]]] = {
    "hwp/merging-cell.hwp": (
        [
            "| 0,0 | 0,1 | 0,2 | 0,3 | 0,4 | 0,5 | 0,6 |",
            "| --- |",
            "| 1,0 | 1,1 |",
            "| 6,0 | 6,1 |",
            "| 6,6 |",
        ],
        [],
    ),
    "hwp/각주미주.hwp": (["[^미주1]", "[^미주1]: sssd"], ["[^1]"]),  # its footnotes are empty
    "hwp/구버전(5.0.2.2) Picture 컨트롤.hwp": (
        ["테스트 누름틀 ABCD 1234567", "테이블안", "누름틀은 여러줄 문자열1", "여러줄 문자열3"],
        ["Clickhere", "Direction"],
    ),
    "hwp/글상자-압축.hwp": (["ABC", "그림 1", "123", "ABC"], []),
    "hwp/글상자.hwp": (["ABC", "그림 1", "123", "ABC"], []),
    "hwp/머리글꼬리글.hwp": (
        ["개요1", "1. aaa", "가. 2233", "하. gf", "거. g", "1) 55567888", "17) 1356", "(1) 33456788"],
        ["15. "],
    ),
    "hwp/문단번호 1-10 수준.hwp": (
        ["양쪽 정렬", "오른쪽 정렬", "1. 문단번호", "2. 문단번호", "3. 문단번호", "- 글머리표", "- 글머리표"],
        ["\uf06c"],
    ),
    "hwp/수식.hwp": (["$(a+b) ^{2} =a ^{2} +2ab+b ^{2}$", "수식 1 A"], ["Equation Version"]),
    "hwp/표.hwp": (
        [
            "표 1",
            "| ABC 123 | DEF | GHI |",
            "| --- | --- | --- |",
            "| LMN | OPQ | STR |",
            "| UVM | 123 | 456 |",
        ],
        ["|  |"],
    ),
    "hwp/필드-누름틀.hwp": (
        ["AA테스트 누름틀ABCD 1234567", "테이블안", "누름틀은 여러줄 문자열1", "롱 누름틀 Start"],
        ["Clickhere"],
    ),
    "hwpx/20230818_test.hwpx": (
        [
            "공공데이터 제공 표준 (2023.5.18.)",
            "□ 기본 정보",
            "| 관련법령 | 국가통합교통체계효율화법 |",
            "□ 상세 정보",
            "| NO | 항목명 | 구분 (필수/선택) | 설명 | 허용 값 | 표현형식/단위 | 예시 |",
            "| 1 | 환승센터명 | 필수 |",
            "노선번호; 1 / 2 / 3 / 4 / 5; 간선 / 지선; 노선종류",
            "| 36 | 데이터기준일자 | 필수 |",
        ],
        ["http\\:"],
    ),
    "hwpx/20240919_테스트문서.hwpx": (
        [
            "1. 개요",
            "개요 내용입니다",
            "2. 문서요약",
            "테스트 대상 내용입니다",
            "가. 문서 내용 확인",
            "바로가기",
        ],
        [],
    ),
    "hwpx/20241104_mot.hwpx": (
        [
            "문화체육관광부 | 보도자료",
            "보도시점 | 2024. 1. 2.(화) 08:00",
            "2024 파리 올림픽·패럴림픽 준비하는 우리 선수단 격려한다",
            "진천 국가대표 선수촌과 이천 장애인 국가대표 선수촌을 연달아 방문해",
            "| 담당 부서 | 체육국 | 책임자 | 과장 | 정태경 | (044-203-3111) |",
            "| (이천선수촌) | 장애인체육과 | 담당자 | 사무관 | 이기태 | (044-203-3185) |",
        ],
        ["그림입니다", "이곳을 마우스로"],
    ),
    "hwpx/20250523_프로젝트 계획서.hwpx": (
        [
            "프로젝트계획서",
            "PROJECT PROPOSAL",
            "| 작성일자 | 0000년 00월 00일 |",
            "| 참가자 성명 | 고길동 | 홍길동 |",
            "| 프로젝트 예산 |",
        ],
        ["그림입니다"],
    ),
    "hwpx/ChangeTrack.hwpx": (["변경", "인간은"], ["추적"]),
    "hwpx/HeaderFooter.hwpx": (["머리말 테스트", "꼬리말"], []),
    "hwpx/MultiColumn.hwpx": (["1\n\n2\n\n3\n\n4\n\n5\n\n7\n\n8\n\n9\n\n10\n\n1\n\n2"], []),
    "hwpx/ParaHead.hwpx": (
        [
            "- 글머리1-1",
            "- 글머리2-2",
            "3. 번호3",
            "3.1. 번호3-1",
            "4. 번호4",
            "4.1.1.1. 번호-4-1-1-1",
            "4.1.2. 번호-4-1-2",
            "4.1.2.1. 번호-4-1-2-1",
            "1. 개요1",
            "다. 개요1-3",
            "2. 개요2",
            "가. 개요2-1",
            "1) 개요2-1-1",
        ],
        [],
    ),
    "hwpx/RectInRect.hwpx": (["사각형 안에 텍스트입니다.", "사각형 안에 사각형의 텍스트입니다."], []),
    "hwpx/SimpleEdit.hwpx": (["1234"], []),
    "hwpx/Table.hwpx": (
        ["C반 기말고사", "날짜", "| 이름 | 국어 | 영어 | 수학 |", "| 개똥이 | 89 | 65 | 78 |", "| 합계 |"],
        ["www.daum.net"],
    ),
    "hwpx/multipara.hwpx": (
        ["'어썸킴' 김하성(27·샌디에이고 파드리스)이", "3점홈런을 폭발했다.", "결승타로 남았다."],
        [],
    ),
    "hwpx/sample1.hwpx": (["수학"], []),
}
# lines, pictures, an OLE object, an invisible comment: nothing that a person could read
WITHOUT_TEXT = {
    "hwp/blank.hwp",
    "hwp/ole.hwp",
    "hwp/outline.hwp",
    "hwp/숨은설명.hwp",
    "hwpx/20240416_presentation오류.hwpx",
}


@pytest.mark.parametrize("file", sorted(SEEN))
def test_a_real_file_reads_as_a_person_sees_it(file: str) -> None:
    parsed = parse((FILES / file).read_bytes(), file, "")
    text = "\n".join(["\n".join([*section.path, section.text]) for section in parsed.sections])
    in_order, absent = SEEN[file]
    place = 0
    for wanted in in_order:
        found = text.find(wanted, place)
        assert found >= 0, f"{wanted!r} is not in what follows {text[max(0, place - 100) : place]!r}"
        place = found + len(wanted)
    for unwanted in absent:
        assert unwanted not in text


@pytest.mark.parametrize("file", sorted(WITHOUT_TEXT))
def test_a_real_file_without_text_is_refused_as_such(file: str) -> None:
    with pytest.raises(ParseError, match=r"has no text\.$"):
        parse((FILES / file).read_bytes(), file, "")


def test_no_file_is_left_out() -> None:
    there = {
        f"{path.parent.name}/{path.name}" for folder in ("hwp", "hwpx") for path in (FILES / folder).iterdir()
    }
    assert there == SEEN.keys() | WITHOUT_TEXT


def test_outline_styles_and_numbering_make_the_section_path() -> None:
    parsed = parse((FILES / "hwpx/20240919_테스트문서.hwpx").read_bytes(), "a.hwpx", "")
    assert [section.path for section in parsed.sections] == [
        ("1. 개요",),
        ("2. 문서요약",),
        ("2. 문서요약", "가. 문서 내용 확인 조거"),
    ]
