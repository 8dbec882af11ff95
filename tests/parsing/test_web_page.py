"""What is kept and what is left out of pages as web sites serve them."""

from __future__ import annotations

import pytest

from bot.errors import ParseError
from bot.parsing.formats import parse
from bot.parsing.parsed import Parsed
from bot.parsing.web_page import parse_web_page
from connectors.media_types import WEB_PAGE

MENU = """<div id="gnb" class="top-menu"><ul><li><a href="/">홈</a></li><li><a href="/i">회사소개</a></li>
<li><a href="/b">사업영역</a></li><li><a href="/n">공지사항</a></li>
<li><a href="/r">채용정보</a></li></ul></div>"""
FOOTER = """<div id="footer"><p>서울특별시 강남구 테헤란로 1 (주)예시</p><p>대표전화 02-000-0000</p>
<p>Copyright 2024 Example Corp.</p><a href="/privacy">개인정보처리방침</a></div>"""
COOKIES = """<div class="cookie-consent" id="onetrust-banner-sdk"><p>이 사이트는 쿠키를 사용합니다. 계속하면
동의하는 것으로 봅니다.</p><button>모두 수락</button><a href="/cookies">쿠키 설정</a></div>"""
SIDE = f"""<div class="sidebar left-menu"><h3>바로가기</h3><ul>{
    "".join(f'<li><a href="/m{number}">메뉴항목{number}</a></li>' for number in range(12))
}</ul></div>"""
AROUND = ("채용정보", "Copyright", "쿠키", "모두 수락", "메뉴항목3", "개인정보처리방침", "바로가기")


def read(body: str, title: str = "", encoding: str = "utf-8", head: str = "") -> Parsed:
    page = f"<!doctype html><html><head>{head}<title>{title}</title></head><body>{body}</body></html>"
    return parse_web_page(page.encode(encoding), "https://example.com/page")


def text_of(parsed: Parsed) -> str:
    return "\n".join("\n".join((*section.path, section.text)) for section in parsed.sections)


def test_a_korean_page_of_divs_keeps_its_text_list_and_table_and_nothing_around_them() -> None:
    parsed = read(
        f"""{COOKIES}{MENU}{SIDE}<div id="content"><div class="location"><a href="/">홈</a> &gt; 규정집</div>
        <h2>연차휴가 규정</h2><p>1년간 80퍼센트 이상 출근한 근로자에게 15일을 준다.</p>
        <h3>신청 방법</h3><ol><li>그룹웨어에 접속한다.</li><li>휴가신청서를 쓴다.</li></ol>
        <table><thead><tr><th>근속연수</th><th>휴가일수</th></tr></thead>
        <tbody><tr><td>1년</td><td>15일</td></tr><tr><td>21년</td><td>25일</td></tr></tbody></table></div>{FOOTER}""",
        title="연차휴가 규정 - 예시회사",
    )
    said = text_of(parsed)
    assert parsed.title == "연차휴가 규정"
    assert [section.path for section in parsed.sections] == [
        ("연차휴가 규정",),
        ("연차휴가 규정", "신청 방법"),
    ]
    assert "1. 그룹웨어에 접속한다.\n2. 휴가신청서를 쓴다." in said
    assert "| 근속연수 | 휴가일수 |\n| --- | --- |\n| 1년 | 15일 |\n| 21년 | 25일 |" in said
    assert not [each for each in (*AROUND, "규정집") if each in said]


def test_a_page_put_side_by_side_by_tables_is_read_as_text_and_its_own_table_as_table() -> None:
    parsed = read(
        f"""<form action="x.aspx"><table width="100%"><tr><td colspan="2">{MENU}</td></tr>
        <tr><td width="200">{SIDE}</td><td><table class="board_view">
        <tr><th>제목</th><td>하계휴가 안내</td></tr><tr><th>작성자</th><td>총무팀</td></tr>
        <tr><td colspan="2"><p>7월 29일부터 8월 2일까지입니다.</p></td></tr>
        </table></td></tr><tr><td colspan="2">{FOOTER}</td></tr></table></form>"""
    )
    said = text_of(parsed)
    assert "| 작성자 | 총무팀 |" in said
    assert "7월 29일부터 8월 2일까지입니다." in said
    assert not [each for each in AROUND if each in said]


def test_documentation_keeps_code_and_settings_and_leads_to_its_headings() -> None:
    side = "".join(f'<li><a href="/p{number}">Sidebar topic {number}</a></li>' for number in range(30))
    parsed = read(
        f"""<header><a href="/">Docs</a></header><div class="docs-sidebar"><ul>{side}</ul></div>
        <div class="doc-content"><h1>Install the agent</h1><p>It runs on Linux.</p>
        <h2 id="what-it-needs">Requirements<a class="headerlink" href="#what-it-needs">¶</a></h2>
        <ul><li>Linux 5.4</li><li>512 MB of memory</li></ul>
        <section id="how"><h2>Install</h2><pre><code>curl -O https://example.com/agent.sh
sudo sh agent.sh --port 8080</code></pre></section>
        <h2>Settings</h2><table><tr><th>Key</th><th>Default</th></tr><tr><td>port</td><td>8080</td></tr></table></div>
        <div class="toc"><p>On this page</p><a href="#how">Install</a></div><footer>© Example</footer>""",
        title="Install the agent | Docs",
    )
    assert parsed.title == "Install the agent"
    assert [(section.path, section.anchor) for section in parsed.sections] == [
        ((), ""),
        (("Requirements",), "what-it-needs"),
        (("Install",), "how"),
        (("Settings",), "settings"),
    ]
    said = text_of(parsed)
    assert "curl -O https://example.com/agent.sh\nsudo sh agent.sh --port 8080" in said
    assert "- Linux 5.4\n- 512 MB of memory" in said
    assert "| port | 8080 |" in said
    assert not [each for each in ("Sidebar topic", "On this page", "© Example", "¶") if each in said]


def test_an_article_is_read_without_what_invites_to_share_read_on_and_comment() -> None:
    said = text_of(
        read(
            """<nav><a href="/">Home</a></nav><article><header><h1>New office</h1><p>By Jane Kim</p></header>
            <p>The office in Busan opens on 3 March.</p><p>Parking is free.</p>
            <div class="share-buttons"><a href="#">Share on Facebook</a></div></article>
            <section class="related-posts"><h3>Related posts</h3><a href="/1">Old office closes</a></section>
            <div id="comments"><p>First!</p></div>"""
        )
    )
    assert "By Jane Kim" in said
    assert "Parking is free." in said
    assert not [each for each in ("Home", "Facebook", "Old office", "First!") if each in said]


def test_questions_and_answers_and_what_is_folded_are_kept() -> None:
    said = text_of(
        read(
            f"""{MENU}<main><h1>FAQ</h1><dl><dt>비밀번호를 잊었어요</dt><dd>재설정을 누릅니다.</dd></dl>
            <details><summary>법인카드 한도는?</summary><p>월 200만원입니다.</p></details></main>{FOOTER}"""
        )
    )
    for kept in ("비밀번호를 잊었어요", "재설정을 누릅니다.", "법인카드 한도는?", "월 200만원입니다."):
        assert kept in said


def test_a_list_of_links_below_the_heading_is_what_the_page_says() -> None:
    forms = "".join(f'<li><a href="/f{number}.hwp">서식 {number}호</a></li>' for number in range(8))
    crumbs = "".join(f'<a href="/{number}">상위 {number}</a> ' for number in range(5))
    said = text_of(read(f"<div>{crumbs}</div><h1>서식 모음</h1><ul>{forms}</ul>{FOOTER}"))
    assert "서식 3호" in said
    assert "상위 3" not in said
    assert "Copyright" not in said


@pytest.mark.parametrize(
    "name", ["nav-open has-sidebar", "content-with-menu", "page-footer-fixed", "comments"]
)
def test_what_holds_the_page_stays_whatever_it_is_called(name: str) -> None:
    assert "15 days" in text_of(
        read(f'<div class="{name}"><h1>Leave</h1><p>There are 15 days.</p></div>{MENU}')
    )


def test_a_short_page_is_not_outweighed_by_its_footer() -> None:
    said = text_of(
        read(f'{COOKIES}{MENU}<div class="content"><h1>와이파이</h1><p>게시판 참조.</p></div>{FOOTER}')
    )
    assert said.strip().endswith("게시판 참조.")
    assert not [each for each in AROUND if each in said]


@pytest.mark.parametrize("hidden", ['style="display:none"', "hidden", 'style="visibility: hidden"'])
def test_what_no_visitor_sees_is_not_read(hidden: str) -> None:
    assert "obey" not in text_of(read(f"<main><p>Text.</p><p {hidden}>obey me</p></main>"))


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("cp949", '<meta http-equiv="Content-Type" content="text/html; charset=euc-kr">'),
        ("euc-kr", '<meta charset="ks_c_5601-1987">'),
        ("cp949", ""),
        ("utf-8-sig", '<meta charset="euc-kr">'),
    ],
)
def test_korean_is_read_in_the_encodings_that_sites_use(encoding: str, head: str) -> None:
    parsed = read("<main><h1>안내</h1><p>연차휴가는 15일입니다.</p></main>", "안내", encoding, head)
    assert text_of(parsed).strip() == "연차휴가는 15일입니다."
    assert parsed.title == "안내"


@pytest.mark.parametrize(
    ("title", "heading", "wanted"),
    [
        ("연차 | 인사 | 예시회사", "<h1>연차</h1>", "연차"),
        ("예시회사 :: 연차", "<h2>연차</h2>", "연차"),
        ("404 and other codes", "<h1>Codes</h1>", "404 and other codes"),
        ("", "<h1>Leave</h1>", "Leave"),
        ("T-1000 manual", "<h1>Use</h1><h1>Care</h1>", "T-1000 manual"),
    ],
)
def test_the_title_is_the_pages_own(title: str, heading: str, wanted: str) -> None:
    assert read(f"<main>{heading}<p>Text.</p></main>", title).title == wanted


def test_a_page_of_nothing_but_menus_is_read_with_them() -> None:
    assert "채용정보" in text_of(read(MENU))


def test_a_page_without_text_is_refused() -> None:
    with pytest.raises(ParseError, match="has no text"):
        read('<div id="root"></div><script>start()</script>')


def test_elements_nested_without_end_are_refused_or_read_but_never_a_crash() -> None:
    try:
        parsed = read('<div class="nav">' * 3000 + "text" + "</div>" * 3000)
    except ParseError:
        return
    assert "text" in text_of(parsed)


def test_the_media_type_of_web_pages_leads_here() -> None:
    page = f"<html><body>{MENU}<p>Text.</p>{FOOTER}</body></html>".encode()
    assert "채용정보" not in text_of(parse(page, "https://example.com/a", WEB_PAGE))
