from __future__ import annotations

import json
from typing import Any

import pytest

from bot.errors import ParseError
from bot.parsing.atlassian.adf import parse_adf
from bot.parsing.formats import parse
from bot.parsing.parsed import Parsed

Node = dict[str, Any]


def adf(*content: Node) -> Parsed:
    return parse_adf(json.dumps({"version": 1, "type": "doc", "content": content}).encode(), "HR-1")


def text(*content: Node) -> str:
    return "\n\n".join(section.text for section in adf(*content).sections)


def node(kind: str, *content: Node, **attributes: Any) -> Node:
    return {"type": kind, "content": list(content), "attrs": attributes}


def leaf(kind: str, **attributes: Any) -> Node:
    return {"type": kind, "attrs": attributes}


def words(said: str, *marks: str, **of_link: str) -> Node:
    return {"type": "text", "text": said, "marks": [{"type": mark, "attrs": of_link} for mark in marks]}


def paragraph(*content: Node | str) -> Node:
    return node("paragraph", *[words(each) if isinstance(each, str) else each for each in content])


def test_headings_make_sections() -> None:
    parsed = adf(
        paragraph("intro"), node("heading", words("휴가 규정"), level=2), paragraph("15일"),
        node("panel", node("heading", words("Inside", "strong"), level=3), paragraph("x"), panelType="info"),
    )  # fmt: skip
    assert [(section.path, section.anchor, section.text) for section in parsed.sections] == [
        ((), "", "intro"),
        (("휴가 규정",), "휴가-규정", "15일"),
        (("휴가 규정", "Inside"), "Inside", "x"),
    ]


def test_lists_tasks_and_decisions() -> None:
    assert text(
        node("orderedList",
             node("listItem", paragraph("a"), node("bulletList", node("listItem", paragraph("b")))),
             node("listItem", paragraph("c")), order=2),
        node("taskList", node("taskItem", words("done"), state="DONE"),
             node("taskList", node("taskItem", words("below"), state="TODO"))),
        node("decisionList", node("decisionItem", words("we go"), state="DECIDED")),
    ) == "2. a\n   - b\n3. c\n\n- [x] done\n  - [ ] below\n\n- we go"  # fmt: skip


def test_tables_with_merged_cells_and_numbers_of_rows() -> None:
    assert (
        text(
            node(
                "table",
                node(
                    "tableRow", node("tableHeader", paragraph("이름")), node("tableHeader", paragraph("값"))
                ),
                node(
                    "tableRow",
                    node("tableCell", paragraph("x"), rowspan=2),
                    node("tableCell", paragraph("1")),
                ),
                node("tableRow", node("tableCell", paragraph("2|3"))),
                isNumberColumnEnabled=True,
            )
        )
        == "|  | 이름 | 값 |\n| --- | --- | --- |\n| 1 | x | 1 |\n| 2 | x | 2\\|3 |"
    )


@pytest.mark.parametrize(
    ("piece", "shown"),
    [
        (words("b ", "strong"), "**b** "),
        (words("x", "em", "strong"), "***x***"),
        (words("x", "strike"), "~~x~~"),
        (words("a`b", "code"), "`` a`b ``"),
        (words("site", "link", href="https://corp.example/가"), "[site](https://corp.example/%EA%B0%80)"),
        (words("site", "link", href="javascript:x()"), "site"),
        (leaf("mention", id="5:a", text="@김지수"), "@김지수"),
        (leaf("mention", id="5:a", text="Kim"), "@Kim"),
        (leaf("emoji", shortName=":cross_mark:", id="atlassian-cross_mark", text=":cross_mark:"), "❌"),
        (leaf("emoji", shortName=":tada:", text="🎉"), "🎉"),
        (leaf("status", text="진행 중", color="blue"), "진행 중"),
        (leaf("date", timestamp="1772409600000"), "2026-03-02"),
        (leaf("date", timestamp="soon"), ""),
        (leaf("inlineCard", url="https://x.atlassian.net/wiki/spaces/HR/pages/12/Annual+Leave"),
         "[Annual Leave](https://x.atlassian.net/wiki/spaces/HR/pages/12/Annual+Leave)"),
        (leaf("inlineCard", url="https://x.atlassian.net/browse/HR-7"), "[HR-7](https://x.atlassian.net/browse/HR-7)"),
        (leaf("hardBreak"), "\n"),
        (leaf("placeholder", text="write here"), ""),
    ],
)  # fmt: skip
def test_what_stands_in_a_line(piece: Node, shown: str) -> None:
    expected = "\n".join(" ".join(line.split()) for line in f"-{shown}-".split("\n"))
    assert text(paragraph("-", piece, "-")) == expected


def test_code_quotes_expands_and_captions() -> None:
    assert text(
        node("codeBlock", words("a < b\n\n``` c"), language="python"),
        node("blockquote", paragraph("q")),
        node("expand", paragraph("inside"), title="더 보기"),
        node(
            "mediaSingle", leaf("media", type="file", id="1", alt="a.png"), node("caption", words("그림 1"))
        ),
        node("mediaGroup", leaf("media", type="file", id="2", alt="계약 절차")),
        node("extension", extensionKey="toc", parameters={}),
        leaf("extension", extensionKey="jira", parameters={"macroParams": {"key": {"value": "HR-3"}}}),
        node("bodiedExtension", paragraph("body"), extensionKey="app"),
        node("something-new", paragraph("kept")),
    ) == (
        "````python\na < b\n\n``` c\n````\n\n> q\n\n**더 보기**\n\ninside\n\n그림 1"
        "\n\n계약 절차\n\nHR-3\n\nbody\n\nkept"
    )


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'"doc"',
        b'{"type": "paragraph"}',
        b"[" * 100_000,
        b'{"type":"doc","content":[]}',
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_document_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(ParseError, match="HR-1"):
        parse_adf(content, "HR-1")


@pytest.mark.parametrize(
    "content",
    ["x", None, 1, ["x"], [None, {"type": None, "content": {"a": 1}, "attrs": [1]}],
     [{"type": "text", "text": 7, "marks": "x"}],
     [{"type": "heading", "attrs": {"level": "x"}, "content": "no"}],
     [{"type": "table", "content": [{"content": [{"attrs": {"colspan": -5, "rowspan": None}}]}]}]],
)  # fmt: skip
def test_wrong_types_are_passed_over(content: Any) -> None:
    body = json.dumps({"type": "doc", "content": content})
    try:
        parse_adf(body.encode(), "HR-1")
    except ParseError as refused:
        assert "no text" in refused.message  # noqa: PT017


def test_what_is_nested_deeply_is_read_as_text() -> None:
    inner = paragraph("deep")
    for _ in range(150):
        inner = node("blockquote", inner)
    assert "deep" in text(inner)


def test_the_media_type_leads_here() -> None:
    content = json.dumps({"type": "doc", "content": [paragraph("x")]}).encode()
    assert parse(content, "HR-1", "application/vnd.atlassian.adf+json").sections[0].text == "x"
