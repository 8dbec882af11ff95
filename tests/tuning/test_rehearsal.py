"""What the model says by itself: which questions it is asked, which replies are kept, and nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from itertools import product
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from bot.answering.language import language_of
from bot.contracts import Message, Sampling
from bot.errors import ModelBroken, ModelError, ModelUnavailable
from bot.tuning.data.dataset import same_words
from bot.tuning.data.finished import Finished
from bot.tuning.data.rehearsal import LONGEST_REPLY, NO_REPLY, Rehearsal, general_questions
from bot.tuning.proof.general import general_tasks
from bot.tuning.rows import Row

NEAR = 75.0
"""Of 100: two texts of one pattern, such as "the capital of" one country and another, are nearer."""


class Model:
    """Says `reply` to whatever it is asked, and dies after `lives` questions."""

    name = "model"

    def __init__(
        self, reply: str = "I would say so.", lives: int = 1_000, fails: type[ModelError] = ModelUnavailable
    ) -> None:
        self.reply = reply
        self.lives = lives
        self.fails = fails
        self.asked: list[list[Message]] = []

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, user: str = "", *, seconds: float | None = None
    ) -> AsyncIterator[str]:
        del user, seconds
        if len(self.asked) == self.lives:
            raise self.fails("The model's process died.", mend="Start it again.")
        assert (sampling.max_tokens, sampling.temperature) == (LONGEST_REPLY, 0.0)
        self.asked.append(list(messages))
        yield self.reply

    async def count_tokens(self, text: str) -> int:
        return len(text.split())


async def said_by(
    model: Model, folder: Path, most: int = 6, name: str = "m.gguf", asked: Sequence[str] = ()
) -> tuple[list[Row], Counter[str]]:
    rejected = Counter[str]()
    rehearsal = Rehearsal(model, name, Finished(folder / "generated.jsonl"), seed=7)
    return await rehearsal.rows(most, {same_words(each) for each in asked}, rejected), rejected


def test_no_general_question_is_a_task_that_general_ability_is_measured_by() -> None:
    questions, tasks = general_questions(), [task.ask for task in general_tasks()]
    assert len({same_words(each) for each in questions}) == len(questions) > 75
    assert min(Counter(map(language_of, questions)).values()) > 35
    near = [
        (question, task)
        for question, task in product(questions, tasks)
        if fuzz.ratio(same_words(question), same_words(task)) >= NEAR
    ]
    assert near == []


async def test_a_reply_becomes_a_row_with_and_without_words_of_the_system(tmp_path: Path) -> None:
    model = Model()
    rows, rejected = await said_by(model, tmp_path)
    assert len(rows) == len(model.asked) == 6
    assert not rejected
    assert [[message.role for message in asked] for asked in model.asked] == [
        ["user"],
        ["system", "user"],
    ] * 3
    for row, asked in zip(rows, model.asked, strict=True):
        assert (row.prompt(), row.reply()) == (asked, "I would say so.")
        assert (row.kind, row.source, row.language) == ("chat", "rehearsal", language_of(asked[-1].content))
    assert (await said_by(Model(), tmp_path / "again"))[0] == rows
    assert len({row.language for row in rows}) == 2


async def test_a_question_that_a_dataset_has_is_not_asked_and_there_are_no_more_than_there_are(
    tmp_path: Path,
) -> None:
    model = Model()
    own = general_questions()[3].upper()
    rows, _ = await said_by(model, tmp_path, most=1_000, asked=[own])
    assert len(rows) == len(general_questions()) - 1
    assert same_words(own) not in {same_words(asked[-1].content) for asked in model.asked}


@pytest.mark.parametrize("reply", ["", " \n", "…", "on and on " * LONGEST_REPLY])
async def test_what_is_no_whole_reply_is_counted_and_not_learned(tmp_path: Path, reply: str) -> None:
    rows, rejected = await said_by(Model(reply), tmp_path)
    assert rows == []
    assert rejected == {NO_REPLY: len(general_questions())}


@pytest.mark.parametrize("fails", [ModelUnavailable, ModelBroken, ModelError])
async def test_a_model_that_fails_is_asked_on_where_it_was_and_another_anew(
    tmp_path: Path, fails: type[ModelError]
) -> None:
    with pytest.raises(ModelError, match=r"general questions: The model's process died") as caught:
        await said_by(Model(lives=4, fails=fails), tmp_path)
    assert caught.value.mend == "--rehearse 0 builds the dataset without its replies. Start it again."
    again = Model()
    assert len((await said_by(again, tmp_path))[0]) == 6
    assert len(again.asked) == 2
    other = Model()
    await said_by(other, tmp_path, name="other.gguf")
    assert len(other.asked) == 6
