"""What people see holds no link, mention or image that code did not put there, and fits into Slack."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.contracts import Copy
from bot.sandbox.team import blocks
from bot.slack import texts
from bot.slack.reading import has_words, plain_question
from bot.slack.render import answer_message, link_of, text_message, titles_of
from bot.slack.safe_markdown import inline, plain, safe_markdown, whole_words
from tests.slack.cast import NOW, answer, citation, passage, said

ALIVE = r"(?<![\w.@-])evil\.(com|kr|co)(?!\w)|//evil|@here|@channel"
HARMFUL = {"link_open", "image", "html_block", "html_inline", "table_open"}
READER = MarkdownIt("commonmark").enable("table")

PIECES = st.sampled_from(
    [
        *("`", "``", "```", "\n", "\n\n", "~~~", "|", "|-|-|", "---", " ", "\\", "**", "*", "_", "- ", "> "),
        *(
            "https://evil.com",
            "evil.com",
            "www.evil.kr/a",
            "//evil.com",
            "ftp:",
            "mailto:a@evil.co",
            "a@evil.co",
        ),
        *("[x](", "](", ")", "[r]: ", "[r]", "![", "[1]", "(", ":", "#", "1. ", "    ", "\t"),
        *(
            "<!channel>",
            "<!subteam^S1>",
            "<@U1>",
            "<https://evil.com|x>",
            "<b>",
            "&lt;",
            "&",
            "@here",
            "@channel",
        ),
        *("한국어", "는", "a", ".", "\u200b", "\u202e", "\u2066", "\x00"),
    ]
)
WRITTEN = st.lists(PIECES | st.text(max_size=6), max_size=25).map("".join)


def assert_harmless(markdown: str) -> None:
    def look(tokens: Sequence[Token]) -> None:
        for token in tokens:
            assert token.type not in ("link_open", "image", "html_block", "html_inline", "table_open"), (
                markdown
            )
            if token.type == "text":
                assert not re.search(
                    r"(?<![\w.@-])evil\.(com|kr|co)(?!\w)|//evil|@here|@channel", token.content
                )
            look(token.children or [])

    look(READER.parse(markdown))
    assert not re.search(r"[<>\u202a-\u202e\u2066-\u2069\x00]|&(?!amp;|lt;|gt;)", markdown)


@settings(max_examples=600, deadline=None)
@given(WRITTEN)
def test_nothing_a_model_writes_becomes_a_link_a_mention_an_image_or_html(written: str) -> None:
    assert_harmless(safe_markdown(written))
    assert_harmless(safe_markdown(inline(written)))
    assert not re.search(r"[<>]|https?://", plain(written))


@settings(max_examples=400, deadline=None)
@given(WRITTEN, st.integers(0, 100))
def test_the_same_holds_of_pieces_of_a_stream_put_together(written: str, cut: int) -> None:
    end = whole_words(written[:cut])
    assert_harmless(safe_markdown(written[:end]) + safe_markdown(written[end:]))


@settings(max_examples=150, deadline=None)
@given(WRITTEN, WRITTEN, WRITTEN, st.integers(0, 40), st.booleans())
def test_a_message_is_always_one_that_slack_takes(
    words: str, title: str, url: str, count: int, found: bool
) -> None:
    citations = tuple(
        citation(number, title=title * 9, section=title * 9, url=f"https://e.com/{url}")
        for number in range(count)
    )
    nearest = tuple(passage(f"{number}{title}", url=f"https://e.com/{url}") for number in range(count))
    message = answer_message(answer(words * 300, citations=citations, nearest=nearest, found=found), NOW)
    assert blocks.problems(message.blocks) == []
    assert blocks.text_length(message.blocks) <= blocks.MAX_BLOCK_TEXT
    assert 0 < len(message.text) < 4000
    links = re.findall(r"'type': 'link', 'url': '([^']*)'", str(message.blocks))
    assert all(link.startswith("https://e.com/") for link in links)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("**연차(年次)**는 15일", "**연차(年次)\u200b**는 15일"),
        ("은**(주)회사**를", "은**\u200b(주)회사**를"),
        ("vpn.example.com에서", "`vpn.example.com`에서"),
        ("`https://a.com` 그대로", "`https://a.com` 그대로"),
        ("3.5배, v1.2, 끝.", "3.5배, v1.2, 끝."),
        ("```\na < b\n```", "```\na &lt; b\n```"),
        ("evil．example．com", "`evil．example．com`"),
        ("https：／／evil.com", "`https：／／evil.com`"),
        ("пример.рф에서", "`пример.рф`에서"),
        ("MAILTO:a", "`MAILTO:a`"),
        ("＠channel", "＠\u200bchannel"),
        ("- 하나 [1]\n- 둘 [2]", "- 하나 [1]\n- 둘 [2]"),
    ],
)
def test_ordinary_markdown_is_kept_or_mended(written: str, expected: str) -> None:
    assert safe_markdown(written) == expected


def test_the_line_of_found_documents_shows_their_titles_as_they_are() -> None:
    titles = titles_of([passage("R&D <규정>"), passage("[a](https://evil.com) *b*")])
    assert safe_markdown(titles) == "R&amp;D &lt;규정&gt; · [a]\u200b(https∶`//evil.com`) ∗b∗"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://wiki.example.com/휴가 안내", ("https://wiki.example.com/휴가%20안내", "")),
        ("http://wiki/a|b>c", ("http://wiki/a%7Cb%3Ec", "")),
        ("file:///srv/docs/%ED%9C%B4%EA%B0%80.md", ("", "docs/휴가.md")),
        ("javascript:alert(1)", ("", "")),
        ("slack://open", ("", "")),
        ("https://", ("", "")),
        ("http://[::1", ("", "")),
        ("https://a/\u202egnp.exe", ("", "")),
        ("", ("", "")),
    ],
)
def test_only_http_becomes_a_link_and_a_file_is_shown_as_its_path(
    url: str, expected: tuple[str, str]
) -> None:
    assert link_of(url) == expected


@pytest.mark.parametrize(
    ("ago", "korean", "english"),
    [
        (timedelta(seconds=-5), "방금 전", "just now"),
        (timedelta(minutes=1), "1분 전", "1 minute ago"),
        (timedelta(hours=23), "23시간 전", "23 hours ago"),
        (timedelta(days=3), "3일 전", "3 days ago"),
        (timedelta(days=13), "1주 전", "1 week ago"),
        (timedelta(days=800), "2년 전", "2 years ago"),
    ],
)
def test_an_age_is_said_in_the_largest_unit_that_fits(ago: timedelta, korean: str, english: str) -> None:
    assert texts.age(ago.total_seconds(), "ko") == korean
    assert texts.age(ago.total_seconds(), "en") == english


@pytest.mark.parametrize("name", texts.names())
def test_both_languages_of_a_text_have_the_same_blanks(name: str) -> None:
    korean, english = texts._TEXTS[name]
    blanks = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in (korean, english)]
    assert blanks[0] == blanks[1] - {"s"}  # the ending of an English plural
    assert re.search("[가-힣]", korean)
    assert not re.search("[가-힣]", english)


@pytest.mark.parametrize(
    ("written", "language"),
    [("연차는?", "ko"), ("How many days?", "en"), (":wave:", "ko"), ("", "ko"), ("VPN 설정", "ko")],
)
def test_the_language_of_a_question_decides_and_the_locale_where_it_has_no_letters(
    written: str, language: str
) -> None:
    assert texts.language_of(written, "ko-KR") == language


def test_an_error_that_quotes_a_path_or_url_shows_it_as_code() -> None:
    shown = said({"blocks": text_message("See https://evil.com/x or <!channel>", "en").blocks})
    assert shown == "See `https://evil.com/x` or &lt;!channel&gt;"


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        ("<@UBOT> 연차는 <https://a.com|a.com>?", "연차는 https://a.com?"),
        ("<@U1|민수>님 <#C1|general> &lt;b&gt; &amp;", "@민수님 #general <b> &"),
        ("<!here> <!subteam^S1|@팀>", "@here @팀"),
        ("  a\n\n  b  ", "a\nb"),
    ],
)
def test_what_slack_stores_is_read_as_it_was_meant(stored: str, meant: str) -> None:
    assert plain_question(stored, "UBOT") == meant


def test_emoji_alone_are_no_words() -> None:
    assert not has_words(":wave: 🙏 ?!")
    assert has_words("VPN :lock:")


def test_a_document_that_came_near_shows_the_words_that_did() -> None:
    near = replace(passage("휴가 규정"), text="연차는 15일입니다.\n<!channel>")
    message = answer_message(answer("찾지 못했습니다.", citations=(), nearest=(near,), found=False), NOW)
    (documents,) = (block for block in message.blocks if block["type"] == "rich_text")
    elements = [element for section in documents["elements"] for element in section["elements"]]
    words = "\n“연차는 15일입니다. <!channel>”"
    assert {"type": "text", "text": words, "style": {"italic": True}} in elements


def test_a_source_names_where_else_the_same_text_stands() -> None:
    copies = tuple(
        Copy(f"d{number}", "wiki", f"사본 {number} <!channel>", f"https://wiki.example.com/{number}")
        for number in range(1, 6)
    )
    message = answer_message(answer(citations=(citation(copies=copies),)), NOW)
    (sources,) = [block for block in message.blocks if block["type"] == "rich_text"]
    elements = sources["elements"][0]["elements"] + sources["elements"][1]["elements"]
    links = [element["url"] for element in elements if element["type"] == "link"]
    assert links[1:] == [copy.url for copy in copies[:3]]
    assert "".join(str(element["text"]) for element in elements).rstrip().endswith("+2")


def test_an_unlinkable_copy_is_only_named() -> None:
    copy = Copy("d2", "wiki", "사본", "javascript:alert(1)")
    message = answer_message(answer(citations=(citation(copies=(copy,)),)), NOW)
    assert "사본" in said({"blocks": message.blocks})
    assert "javascript" not in str(message.blocks)
