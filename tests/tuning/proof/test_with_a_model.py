"""The proof with a real model and an adapter that really changes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.models.chat import LlamaChat
from bot.tuning.proof.arms import ARMS, Parts
from bot.tuning.proof.asking import AnswerLog, ask_all
from bot.tuning.proof.fixed import FixedTasks, sides
from bot.tuning.proof.general import general_tasks
from bot.tuning.proof.injected import injected_tasks
from tests.models.lora import write_adapter
from tests.tuning.proof.test_proof import answerable

pytestmark = pytest.mark.weights


async def test_four_arms_answer_in_one_process_of_the_model(
    weights: Callable[[str], Path], tmp_path: Path
) -> None:
    path = weights("smollm2-135m-instruct")
    adapter = write_adapter(tmp_path / "noise.gguf", path, size=0.12)
    rows, log = [answerable(1)], AnswerLog(tmp_path / "a.jsonl")
    tasks: FixedTasks = {"general": general_tasks()[:1], "injection": injected_tasks()[:1]}
    chat = LlamaChat(path, "smollm2-135m-instruct", context=1024, threads=1)
    try:
        await chat.load_adapter("tuned", adapter)
        answers = await ask_all(rows, tasks, chat, "tuned", log, Parts(max_tokens=8))
    finally:
        await chat.close()
    assert {arm for arm, _ in answers} == {*ARMS, *sides("general"), *sides("injection")}
    assert all(answer.tokens > 0 and not answer.problem for answer in answers.values())
    for row in rows:
        assert answers["base", row.id].reply != answers["tuned", row.id].reply
        assert answers["base+retrieval", row.id].reply != answers["tuned+retrieval", row.id].reply
