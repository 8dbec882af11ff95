"""Conversations as Markdown: what people write does not break the document it becomes part of."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest

from connectors.conversations import Comment, authors_of, conversation

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def written(opening: str, *comments: Comment) -> str:
    return conversation("Title", ["Issue #1"], opening, comments).decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# One", "### One"),
        ("## Two", "#### Two"),
        ("###### Six", "###### Six"),
        ("#", "###"),
        ("#hashtag", "#hashtag"),
        ("####### seven", "####### seven"),
        ("    # code", "    # code"),
        ("text\r\n# One\r\n", "text\n### One"),
        ("```\n# comment\n```\n# One", "```\n# comment\n```\n### One"),
        ("~~~ sh\n# comment\n```\n# comment\n~~~", "~~~ sh\n# comment\n```\n# comment\n~~~"),
        ("````\n```\n# comment\n````", "````\n```\n# comment\n````"),
        ("```\n# left open", "```\n# left open\n```"),
    ],
)
def test_headings_that_people_wrote_go_below_ours_and_code_stays(text: str, shown: str) -> None:
    said = written(text, Comment("lee", DAY, "next"))
    assert said == f"# Title\n\nIssue #1\n\n{shown}\n\n## lee, 2026-03-01\n\nnext\n"


def test_titles_and_names_stay_in_their_line_and_in_nfc() -> None:
    name = unicodedata.normalize("NFD", "김민지")
    said = conversation(
        "a\n# b\u2028c", ["x\ny", ""], "", [Comment(f"{name}\n#", None, "", "answer")]
    ).decode()
    assert said == "# a # b c\n\nx y\n\n## 김민지 # (answer)\n"


def test_each_author_is_named_once_in_the_order_in_which_they_wrote() -> None:
    comments = [
        Comment("lee", DAY, ""),
        Comment("kim", DAY, ""),
        Comment("", DAY, ""),
        Comment("lee", DAY, ""),
    ]
    assert authors_of("kim", comments) == ("kim", "lee")


def test_text_that_is_no_unicode_is_replaced() -> None:
    assert "?" in written("broken \ud800 half")
