from __future__ import annotations

import pytest

from bot.errors import ParseError
from bot.parsing.markdown import parse_markdown, parse_mdx
from bot.parsing.parsed import Parsed


def md(text: str, name: str = "guide/setup.md") -> Parsed:
    return parse_markdown(text.encode(), name)


def mdx(text: str, name: str = "guide/setup.mdx") -> Parsed:
    return parse_mdx(text.encode(), name)


def outline(parsed: Parsed) -> list[tuple[tuple[str, ...], str]]:
    return [(section.path, section.text) for section in parsed.sections]


def test_sections_know_the_headings_above_them() -> None:
    parsed = md("intro\n\n## A\n\na\n\n### B\n\nb\n\n## C\n\nc\n")
    assert outline(parsed) == [((), "intro"), (("A",), "a"), (("A", "B"), "b"), (("C",), "c")]


def test_a_skipped_level_does_not_leave_a_hole() -> None:
    assert outline(md("# T\n#### Deep\nx\n## Up\ny")) == [(("Deep",), "x"), (("Up",), "y")]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: 'It''s \"here\"'\n---\n# Other\nx", 'It\'s "here"'),
        ('---\nother: 1\ntitle: "연차: 규정"   # comment\n---\nx', "연차: 규정"),
        ("---\ntitle: >-\n  folded\n  over lines\n---\nx", "folded over lines"),
        ("---\ntags: [a]\n---\n# From **heading** [one](x.md)\nx", "From heading one"),
        ("## Two\nx\n\nOne\n===\ny", "One"),
        ("text only", "setup"),
    ],
)
def test_the_title_is_of_the_front_matter_else_the_first_heading_else_the_name(text: str, title: str) -> None:
    assert md(text).title == title


def test_an_index_is_called_after_its_folder() -> None:
    assert md("x", "benefits/travel/index.md").title == "travel"
    assert md("x", "README.md").title == "README"


def test_front_matter_is_not_text() -> None:
    assert outline(md("---\ntitle: T\nsecret: s\n---\nbody")) == [((), "body")]
    assert outline(md("---\r\ntitle: T\r\n---\r\nbody\r\n")) == [((), "body")]


def test_the_heading_that_is_the_title_is_not_in_the_paths() -> None:
    parsed = md("# Setup\nstart\n## Linux\napt")
    assert (parsed.title, outline(parsed)) == ("Setup", [((), "start"), (("Linux",), "apt")])


def test_code_tables_and_lists_stay_as_written() -> None:
    body = (
        "- one\n    - two\n\n| a | b |\n| --- | --- |\n| <br/> 1 | 2 |\n\n"
        "```html\n# no heading\n<div>&gt;</div>\n\n\n<b>x</b>\n```\n\n`<tag>` and `&lt;`"
    )
    (section,) = md(body).sections
    assert section.text == body.replace("| <br/> 1 |", "|   1 |")


def test_a_heading_in_a_fence_or_a_quote_is_text() -> None:
    assert len(md("```\n# a\n```\n\n> # b\n\n~~~\n## c\n~~~").sections) == 1


def test_an_open_fence_runs_to_the_end() -> None:
    assert outline(md("a\n```\n# b\n<p>")) == [((), "a\n```\n# b\n<p>")]


def test_anchors_are_those_of_documentation_sites() -> None:
    parsed = md("## 제공 기능 (Beta)\na\n## Same\nb\n## Same\nc\n## Named {#own-id}\nd")
    assert [section.anchor for section in parsed.sections] == ["제공-기능-beta", "same", "same-1", "own-id"]
    assert parsed.sections[3].path == ("Named",)


def test_headings_without_text_stay_in_paths_and_alone_become_text() -> None:
    parsed = md("# T\n## Group\n### Inner\nx\n## Call 1234 for help\n## Next\ny")
    assert outline(parsed) == [
        (("Group", "Inner"), "x"),
        (("Call 1234 for help",), "Call 1234 for help"),
        (("Next",), "y"),
    ]


def test_a_document_of_only_a_title_says_its_title() -> None:
    assert outline(md("# Only this")) == [((), "Only this")]


def test_a_document_without_text_is_refused() -> None:
    for text in ("<div></div>", "---\nx: 1\n---\n", "<!-- nothing yet -->"):
        with pytest.raises(ParseError, match=r"guide/setup\.md has no text"):
            md(text)


def test_invisible_characters_go_and_text_is_nfc() -> None:
    assert outline(md("a\u200bb\x00c\ufeff 규정")) == [((), "abc 규정")]


def test_mdx_loses_its_program_and_keeps_its_text() -> None:
    parsed = mdx(
        "---\ntitle: T\n---\n\nimport { Callout } from 'nextra/components'\n"
        "import {\n  A,\n  B\n} from './x'\n\n"
        "export const meta = {\n  a: 1\n}\n\n# T\n\n<Callout type='info'>\n"
        "**Note** <br/>Read {/* hidden */}this.\n"
        "</Callout>\n\n<Card\n  title=\"DAC &amp; SAC\"\n  description='접근 제어'\n"
        "  icon={<Icon a={{b: 1}} />}\n/>\n"
    )
    assert outline(parsed) == [((), "**Note**\nRead this.\n\nDAC & SAC: 접근 제어")]


def test_program_lines_inside_code_and_prose_stay() -> None:
    text = "```sh\nexport A=1\nimport x from 'y'\n```\n\nimport the certificate\n\nexport is easy"
    assert mdx(text).sections[0].text == text


def test_entities_become_characters_outside_code() -> None:
    assert md("Admin &gt; General &amp; more &#xC5F0;").sections[0].text == "Admin > General & more 연"


def test_places_to_fill_in_are_not_tags() -> None:
    text = "Type <version> and <PID>, {host}, or <https://example.com>"
    assert mdx(text).sections[0].text == text
    assert mdx(r"\<host> and \{port}").sections[0].text == "<host> and {port}"


def test_a_picture_is_said_once_by_its_caption_or_its_description() -> None:
    image = '<img src="a.png" alt="Menu &gt; Users" />'
    figure = f"<figure>\n{image}\n<figcaption>\nMenu &gt; Users\n</figcaption>\n</figure>"
    assert mdx(figure).sections[0].text == "Menu > Users"
    assert mdx('a <img src="x" alt="The menu" /> b').sections[0].text == "a The menu b"
    assert mdx('a <img src="x" alt="image-20240714-054645.png" /> b').sections[0].text == "a  b"
    assert md("![The menu](a.png) [![Logo](b.png)](c.md)").sections[0].text == "The menu [Logo](c.md)"


def test_scripts_styles_and_comments_are_gone() -> None:
    text = "a <script>alert('<p>x')</script><style>p {}</style><!-- secret\n --> b"
    assert md(text).sections[0].text.split() == ["a", "b"]


def test_html_headings_and_lists_count() -> None:
    parsed = md('<h2 align="center">Fees</h2>\n<ul><li>one</li><li>two</li></ul>')
    assert outline(parsed) == [(("Fees",), "- one\n\n- two")]


def test_a_table_of_tags_becomes_a_markdown_table() -> None:
    text = (
        "<table>\n<tbody>\n<tr>\n<th>\n**상태**\n</th>\n<th>뜻</th>\n</tr>\n"
        "<tr>\n<td>\n* A : 대기\n* B : 완료\n</td>\n"
        '<td data-x="1">a|b `c`</td>\n</tr>\n</tbody>\n</table>'
    )
    assert md(text).sections[0].text == (
        "| **상태** | 뜻 |\n| --- | --- |\n| * A : 대기 * B : 완료 | a\\|b `c` |"
    )


def test_what_spans_rows_is_said_in_each_of_them() -> None:
    text = (
        "<table><tr><th>Who</th><th>What</th><th>Days</th></tr>"
        '<tr><td rowspan="3">All</td><td>Leave</td><td rowspan="2">15</td></tr>'
        "<tr><td>Sick</td></tr><tr><td>Care</td><td>10</td></tr>"
        '<tr><td colspan="2">Total</td><td>40</td></tr></table>'
    )
    assert md(text).sections[0].text.split("\n")[2:] == [
        "| All | Leave | 15 |",
        "| All | Sick | 15 |",
        "| All | Care | 10 |",
        "| Total |  | 40 |",
    ]


def test_a_table_for_layout_is_paragraphs_and_an_inner_table_one_line() -> None:
    assert md("<table><tr><td>a\n\nb</td></tr></table>").sections[0].text == "a\n\nb"
    inner = "<table><tr><td>1</td><td>2</td></tr></table>"
    text = f"<table><tr><td>x</td><td>y</td></tr><tr><td>{inner}</td><td>z</td></tr></table>"
    assert md(text).sections[0].text.split("\n")[-1] == "| 1 2 | z |"


def test_tables_that_never_end_or_never_began_do_no_harm() -> None:
    assert "cell" in md("<table><tr><td>cell").sections[0].text
    assert md("</table></tr><td>cell</td>").sections[0].text == "cell"
    assert "after" in md("<table><td>cell</table>\n\nafter").sections[0].text


@pytest.mark.parametrize(
    "hostile",
    [
        "<" * 50_000,
        "<a " * 20_000,
        "`" * 20_001 + " " + "` `` " * 5_000,
        "![" * 20_000,
        "{" * 30_000,
        "<table><tr><td>" * 3_000,
        "> " * 5_000 + "x",
        "<a b={" * 10_000,
        "<!--" * 20_000,
        "# " * 20_000,
        '<td rowspan="99999999999999999999">' * 100,
        "<script>" * 5_000,
        "&#x110000; &#xD800; &bogus;",
    ],
)
def test_hostile_markup_is_read_or_refused_but_never_hangs(hostile: str) -> None:
    try:
        parsed = mdx(f"start\n\n{hostile}")
    except ParseError:
        return
    assert parsed.sections[0].text.startswith("start")
