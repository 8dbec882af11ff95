"""JSON, source code and RTF."""

from __future__ import annotations

import pytest

from bot.errors import ParseError
from bot.parsing.formats import parse
from bot.parsing.json_text import parse_json, parse_jsonl
from bot.parsing.office.rtf import parse_rtf
from bot.parsing.source_code import parse_source_code
from connectors.media_types import SOURCE_CODE
from tests.parsing.office_files import RTF


def paths(source: str, name: str) -> list[tuple[str, ...]]:
    return [section.path for section in parse_source_code(source.encode(), name).sections]


def test_json_keeps_its_keys_as_headings_lists_and_tables() -> None:
    source = (
        '{"title": "설정", "n": 1.10, "a": {"b": [{"c": 1, "d": "x"}, {"c": 2, "d": null}]}, "l": [1, true]}'
    )
    parsed = parse_json(source.encode(), "a.json")
    assert parsed.title == "설정"
    assert [(section.path, section.text) for section in parsed.sections] == [
        ((), "- title: 설정\n- n: 1.10\n- l: 1, true"),
        (("a", "b"), "| c | d |\n| --- | --- |\n| 1 | x |\n| 2 |  |"),
    ]


def test_below_three_headings_json_is_a_list() -> None:
    parsed = parse_json(b'{"a": {"b": {"c": {"d": {"e": 1}}}}}', "a.json")
    assert [(section.path, section.text) for section in parsed.sections] == [
        (("a", "b", "c"), "- d:\n    - e: 1"),
    ]


def test_lines_of_json_are_records() -> None:
    parsed = parse_jsonl(b'{"q": "a", "tags": [{"x": 1}]}\n\n{"q": "b"}\n', "a.jsonl")
    assert parsed.sections[0].text == "- q: a\n- tags:\n    - x: 1\n\n- q: b"


def test_objects_in_a_list_below_the_headings_are_told_apart() -> None:
    parsed = parse_json(b'[{"a": [{"x": 1, "y": [2]}, {"x": [[3]]}]}]', "a.json")
    assert parsed.sections[0].text == (
        "- a:\n    - 1:\n        - x: 1\n        - y: 2\n"
        "    - 2:\n        - x:\n            - 1:\n                - 3"
    )


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"{,}", "a.json", r"a\.json is broken: it is not JSON in line 1"),
        (b'{"a": 1}\n{"a": }\n', "a.jsonl", r"a\.jsonl is broken: it is not JSON in line 2"),
    ],
)
def test_broken_json_is_refused_with_its_line(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse(content, name, "")


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        (
            "a.py",
            "import x\n\n@d\nasync def one():\n    pass\n\n"
            "class Two:\n    def three(self):\n        def no(): 1",
            [(), ("one",), ("Two",), ("Two", "three")],
        ),
        ("a.go", "package p\n\nfunc (s *S) Run() {\n}\n\ntype S struct {}\n", [(), ("Run",), ("S",)]),
        (
            "a.ts",
            "export async function f() {\n}\nexport const g = (a) => a\ninterface I {}\n",
            [("f",), ("g",), ("I",)],
        ),
        (
            "A.java",
            "package a;\n\npublic class A {\n"
            "    private static int run(int a) {\n        return run(a);\n    }\n}",
            [(), ("A",), ("A", "run")],
        ),
        (
            "a.rs",
            "pub fn one() {}\nimpl Foo {\n    pub fn two(&self) {}\n}",
            [("one",), ("Foo",), ("Foo", "two")],
        ),
        ("a.c", "#include <x>\n\nstatic int *find(char *a)\n{\n    return find(a);\n}\n", [(), ("find",)]),
        (
            "a.sql",
            "-- 직원\ncreate table if not exists staff (\n id int);\nCREATE VIEW v AS SELECT 1;",
            [("staff",), ("v",)],
        ),
        ("a.sh", "set -e\nrun() {\n  echo\n}\n", [(), ("run",)]),
        ("a.yaml", "a: 1\n", [()]),
    ],
)
def test_source_code_is_cut_at_its_definitions(
    name: str, source: str, expected: list[tuple[str, ...]]
) -> None:
    assert paths(source, name) == expected


def test_comments_and_decorators_stay_with_what_stands_below_them() -> None:
    source = "X = 1\n\n# 연차를 센다\n@cached\ndef count():\n    pass\n"
    (before, count) = parse_source_code(source.encode(), "a.py").sections
    assert before.text == "```python\nX = 1\n```"
    assert count.text == "```python\n# 연차를 센다\n@cached\ndef count():\n    pass\n```"


@pytest.mark.parametrize("name", sorted(f"a{suffix}" for suffix in SOURCE_CODE))
def test_no_line_of_source_code_is_lost(name: str) -> None:
    source = "one\nclass A {\n  def b():\n    x\nfunction c() {\n}\ntype D struct {}\n"
    parsed = parse(source.encode(), name, "")
    lines = [line for section in parsed.sections for line in section.text.split("\n") if "```" not in line]
    assert lines == source.rstrip().split("\n")


def test_a_fence_in_the_code_does_not_end_it() -> None:
    (section,) = parse_source_code(b'"""\n```\nx\n```\n"""\n', "a.py").sections
    assert section.text.startswith("````python\n")


def test_code_made_by_a_program_for_a_program_is_refused() -> None:
    with pytest.raises(ParseError, match="very long lines"):
        parse_source_code(b"var a=1;" * 5000, "a.min.js")


def test_rtf_in_korean_is_read_with_its_tables() -> None:
    parsed = parse_rtf(RTF, "a.rtf")
    assert parsed.title == "Plan"
    assert parsed.sections[0].text == (
        "연차는 15일입니다.\n\nSecond line\n\n| Who | Days |\n| --- | --- |\n| Kim | 15 |"
    )


def test_what_is_no_rtf_is_refused() -> None:
    with pytest.raises(ParseError, match=r"a\.rtf is not an RTF document, though its name says so"):
        parse_rtf(b"plain", "a.rtf")
