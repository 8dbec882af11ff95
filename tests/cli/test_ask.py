"""`footnote ask`, with somebody else answering."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from bot.cli.ask import ask
from bot.config import Config, load_config
from bot.contracts import Answer, AnswerEvent, Filter, Finished, Question


@dataclass
class Answering:
    """Stands for the invocation, the app and what answers in it."""

    config: Config
    reused_from: datetime | None = None
    asked: list[Question] = field(default_factory=list)

    @property
    def answering(self) -> Answering:
        return self

    def run(self, work: Callable[[Answering], Coroutine[Any, Any, Answer]]) -> Answer:
        return asyncio.run(work(self))

    async def answer(self, question: Question) -> AsyncIterator[AnswerEvent]:
        self.asked.append(question)
        yield Finished(Answer("At noon.", (), True, "trace", "en", reused_from=self.reused_from))


def test_a_question_is_narrowed_to_sets_connectors_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[sets]\npeople = ["docs/hr/", "docs/lunch/"]\n[connectors.docs]\nkind = "folder"\npath = "docs"\n'
    )
    answering = Answering(load_config(path, {}))

    for options in (
        (),
        ("--set", "people"),
        ("--set", "people", "--connector", "wiki", "--connector", "docs/hr/"),
        ("--since", "2026-05-01", "--before", "2026-06-01"),
    ):
        result = CliRunner().invoke(ask, ["When is lunch?", *options], obj=answering, catch_exceptions=False)
        assert result.exit_code == 0

    assert [question.narrowed for question in answering.asked] == [
        Filter(),
        Filter(("docs/hr/", "docs/lunch/")),
        Filter(("docs/hr/", "docs/lunch/", "wiki")),
        Filter(since=datetime(2026, 5, 1, tzinfo=UTC), before=datetime(2026, 6, 1, tzinfo=UTC)),
    ]


def test_an_answer_that_was_given_before_says_so_and_can_be_had_anew(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[connectors.docs]\nkind = "folder"\npath = "docs"\n')
    answering = Answering(load_config(path, {}), reused_from=datetime(2026, 11, 18, 9, tzinfo=UTC))
    plain = CliRunner().invoke(ask, ["When is lunch?"], obj=answering, catch_exceptions=False)
    assert "Answered 2026-11-" in plain.output
    in_json = CliRunner().invoke(ask, ["When is lunch?", "--json"], obj=answering, catch_exceptions=False)
    assert '"reused_from": "2026-11-18T09:00:00+00:00"' in in_json.output
    CliRunner().invoke(ask, ["When is lunch?", "--fresh"], obj=answering, catch_exceptions=False)
    assert [question.fresh for question in answering.asked] == [False, False, True]
