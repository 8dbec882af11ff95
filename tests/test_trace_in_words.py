"""How an answer came about, in words that everybody understands and nobody reads too much in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import bot.answering
from bot.cli.documents import trace
from bot.contracts import Timings
from bot.store.answers import AnswerRecord
from bot.trace_in_words import LONGEST_SENT, in_words, reason_in_words
from tests.slack.library import LEAVE, TRACE, found


def record(**changes: object) -> AnswerRecord:
    answer = found(timings=Timings(0.25, 1.5, None, 4.0))
    return AnswerRecord(datetime(2026, 5, 3, tzinfo=UTC), "연차는 며칠이야?", answer, {**TRACE, **changes})


def text_of(given: AnswerRecord, language: str, readable: set[str] | None = None) -> str:
    return "\n".join(
        line for part in in_words(given, language, readable) for line in (part.heading, *part.lines)
    )


def reasons() -> Iterator[str]:
    """Every reason that bot.answering gives a sentence, a 7 in the place of what is filled in."""
    for path in sorted(Path(bot.answering.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Verdict":
                yield from _texts(node.args[2])
            if isinstance(node, ast.AsyncFunctionDef) and node.name == "_outcome":
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return) and inner.value is not None:
                        yield from _texts(inner.value)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def test_every_reason_that_a_verdict_can_have_is_known_in_korean() -> None:
    given = set(reasons())
    assert len(given) > 10
    assert [reason for reason in given if reason_in_words(reason, "ko") == reason] == []


def test_a_reason_keeps_what_is_filled_in_and_an_unknown_one_stays_as_it_is() -> None:
    assert reason_in_words("not in the passage: 16일, 3", "ko") == "글에 없는 것: 16일, 3"
    assert reason_in_words("only 40% of its words are in the passage", "ko") == "낱말의 40%만 글에 있어요"
    assert reason_in_words("of another age", "en") == "of another age"


def test_everything_is_told_to_who_may_read_everything() -> None:
    said = text_of(record(), "en")
    for part in (
        "Asked: 연차는 며칠이야?",
        "1. 휴가 > 연차: 0.812",
        "2. 급여 > 지급일: 0.250",
        "✗ 급여는 25일에 나와요 (what it stands on is not about the question)",
        "88% likely",
        "user: [1] 연차는",
        "search: 0.2 s",
        "the model's first word: after 1.5 s",
        "in all: 4.0 s",
    ):
        assert part in said
    assert "first sentence" not in said


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_may_come_from_hidden_documents_is_only_counted(language: str) -> None:
    said = text_of(record(), language, {LEAVE})
    assert "휴가 > 연차" in said
    assert "급여" not in said
    assert "출처만 보고" not in said


def test_a_long_prompt_shows_its_beginning_and_its_end() -> None:
    prompt = [{"role": "user", "content": "처음" + "가" * 5_000 + "끝"}]
    (sent,) = next(part for part in in_words(record(prompt=prompt), "ko") if part.is_verbatim).lines
    assert sent.startswith("user: 처음")
    assert sent.endswith("끝")
    assert len(sent) < LONGEST_SENT + 30


def test_where_the_model_was_not_asked_that_is_said_and_which_answer_was_given_again() -> None:
    said = text_of(record(prompt=[], verdicts=[], reply="", relevance=None, repeats="ab12"), "ko")
    assert "모델에게 묻지 않았어요." in said
    assert "앞선 답 ab12" in said


def test_of_a_forgotten_answer_only_what_is_no_documents_words_is_told() -> None:
    said = text_of(replace(record(), is_forgotten=True), "ko")
    assert "문서의 글은 남아 있지 않아요" in said
    assert "나와요" not in said


def test_the_command_line_tells_it_in_words_or_gives_it_as_json() -> None:
    class Invocation:
        def run(self, work: object) -> AnswerRecord:
            return record(reply="\x1b]0;evil\x07 reply")

    said = CliRunner().invoke(trace, ["trace-1"], obj=Invocation(), catch_exceptions=False).output
    assert "What was found (score)" in said
    assert "\x1b]" not in said
    as_json = CliRunner().invoke(trace, ["trace-1", "--json"], obj=Invocation(), catch_exceptions=False)
    assert '"verdicts"' in as_json.output
