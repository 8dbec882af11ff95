"""Runs as training leaves them, with something learned at random."""

from __future__ import annotations

import importlib.util
import random
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.contracts import Message
from bot.tuning.data.dataset import Dataset
from bot.tuning.rows import Row
from bot.tuning.training import Run, TrainingSettings
from bot.tuning.training import methods as training
from bot.tuning.training.base import load_weights, open_base
from bot.tuning.training.settings import Method
from tests.tuning.training.conftest import chat, write_dataset

collect_ignore = [] if importlib.util.find_spec("torch") else ["test_export.py", "test_command.py"]
"""Without the extra `tune`, what computes cannot be tested."""

MakeRun = Callable[..., Run]


def spoken(number: int) -> Row:
    """A row of some two hundred tokens of the tiny vocabularies."""
    drawn = random.Random(number)

    def words(count: int) -> str:
        return " ".join("".join(drawn.choices("abcdefghij0123", k=5)) for _ in range(count))

    messages = (Message("user", words(25)), Message("assistant", words(10)))
    return Row(f"spoken-{number}", "chat", "en", "file:x", "", "", messages=messages, group=f"s{number}")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Thirty rows, frozen; those held out have more than 500 tokens together."""
    rows = [spoken(number) if number % 10 == 9 else chat(number) for number in range(30)]
    return write_dataset(tmp_path / "tuning" / "datasets" / "thirty", rows)


@pytest.fixture
def finished(tmp_path: Path, dataset: Path) -> MakeRun:
    """`finished(base, method)`: a run that ended, whose updates are random and change what the model says.
    More arguments are those of PEFT's LoraConfig."""

    def make(base: Path, method: Method = Method.LORA, name: str = "run", **also: Any) -> Run:
        settings = TrainingSettings(method=method, rank=4, alpha=8, threads=1)
        config = {
            "base": base.name,
            "base_path": str(base),
            "base_sha256": open_base(base).sha256,
            "dataset": dataset.name,
            "dataset_path": str(dataset),
            "dataset_hash": Dataset.open(dataset).hash,
            **settings.as_json(),
        }
        run = Run.begin(tmp_path / "tuning" / "runs" / name, config)
        _save(base, settings, run.adapter, also)
        run.write_json("result.json", {"status": "finished", "steps": 1, "seconds": 1.0})
        return run

    return make


def _save(base: Path, settings: TrainingSettings, folder: Path, also: dict[str, Any]) -> None:
    import torch

    model = load_weights(open_base(base))
    model.requires_grad_(False)
    model = _with_lora(model, also) if also else training.prepare(model, settings)
    torch.manual_seed(7)
    with torch.no_grad():
        for name, one in model.named_parameters():
            if "magnitude" in name:
                one.mul_(1 + 0.2 * torch.rand_like(one))
            elif one.requires_grad:
                one.copy_(one + 0.1 * torch.randn_like(one))
    training.save(model, settings, folder)


def _with_lora(model: Any, also: dict[str, Any]) -> Any:
    import peft

    model.name_or_path = model.config._name_or_path = ""
    config = peft.LoraConfig(
        task_type=peft.TaskType.CAUSAL_LM,
        **{"r": 4, "lora_alpha": 8, "target_modules": list(training.LAYERS), **also},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return peft.get_peft_model(model, config)
