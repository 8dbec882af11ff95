"""The whole way with a real model: trained on the file that serves, exported, compared, and answering."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.contracts import Message, Sampling
from bot.models.chat import LlamaChat
from bot.tuning.data.dataset import Dataset
from bot.tuning.training import Run, TrainingSettings
from bot.tuning.training.base import open_base
from tests.tuning.training.conftest import answer, chat, write_dataset

pytestmark = [
    pytest.mark.weights,
    pytest.mark.timeout(900),
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the extra tune is not installed"),
]

SETTINGS = TrainingSettings(
    rank=8, alpha=16, epochs=1, batch=4, accumulation=1, evaluations=1, learning_rate=5e-3, max_tokens=512
)
BRIEF = Sampling(max_tokens=8)


async def test_a_lora_trained_on_the_file_that_serves_answers_through_it(
    weights: Callable[[str], Path], tmp_path: Path
) -> None:
    from bot.tuning.export.session import Order, export
    from bot.tuning.training.session import train

    base = weights("smollm2-135m-instruct")
    # the four that are held out have more than 500 tokens
    rows = [answer(number) if number % 10 == 9 else chat(number) for number in range(40)]
    dataset = write_dataset(tmp_path / "forty", rows)
    config = {
        "base": base.name,
        "base_sha256": open_base(base).sha256,
        "dataset_hash": Dataset.open(dataset).hash,
    }
    run = Run.begin(tmp_path / "run", {**config, **SETTINGS.as_json()})
    for _ in train(run, base, dataset, None):
        pass
    assert run.result is not None
    assert run.result["validation_loss"] < run.result["validation_loss_before"]

    for _ in export(Order(run, base, base, dataset, is_merged=False)):
        pass
    found = json.loads((run.path / "export.json").read_text())
    assert found["positions"] == 500
    assert found["top1_agreement"] >= 0.98

    model = LlamaChat(base, "smollm2-135m-instruct", context=1024, threads=1)
    try:
        await model.load_adapter("tuned", run.path / "adapter.gguf")
        messages = [Message("user", "q3")]
        tuned, plain = [
            "".join([piece async for piece in model.stream(messages, BRIEF, adapter=adapter)])
            for adapter in ("tuned", "")
        ]
    finally:
        await model.close()
    assert tuned
    assert tuned != plain
