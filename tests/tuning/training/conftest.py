"""A model that is made on the spot, and rows for it."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.contracts import Message
from bot.tuning.data.dataset import freeze
from bot.tuning.rows import Row, RowPassage
from bot.tuning.training import TrainingSettings
from tests.models.tiny_llama import write_tiny_llama

collect_ignore = [] if importlib.util.find_spec("torch") else ["test_session.py", "test_child.py"]
"""Without the extra `tune`, what computes cannot be tested."""


def chat(number: int) -> Row:
    """A short row that even a model of one layer can learn something of."""
    messages = (Message("user", f"q{number}"), Message("assistant", "aaaa bbbb"[: 4 + number % 5]))
    return Row(f"chat-{number}", "chat", "en", "file:x", "", "", messages=messages, group=f"g{number}")


def answer(number: int) -> Row:
    """A row of a question, as the bot asks it."""
    passage = RowPassage(f"d{number}", "Leave", "", f"Employees have {number} days.")
    return Row(f"answer-{number}", "answer", "en", "approved", "", "", question=f"How many days, {number}?",
               passages=(passage,), gold=(0,), answer=f"They have {number} days. [1]")  # fmt: skip


def text(number: int) -> Row:
    """A row for continued pretraining."""
    return Row(
        f"text-{number}",
        "text",
        "en",
        "file:x",
        "",
        "",
        text=f"row {number}: " + "abcd " * 30,
        group=f"t{number}",
    )


def write_dataset(folder: Path, rows: Sequence[Row]) -> Path:
    """Frozen: of ten rows one to check with and one held out."""
    splits: dict[str, list[Row]] = {"train": [], "validation": [], "heldout": []}
    for number, row in enumerate(rows):
        splits[{8: "validation", 9: "heldout"}.get(number % 10, "train")].append(row)
    folder.mkdir(parents=True)
    freeze(folder, splits, {"created": "2026-11-22T00:00:00Z", "seed": 1, "readers": None}, name=folder.name)
    return folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A GGUF file of one layer."""
    return write_tiny_llama(tmp_path / "tiny.gguf")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Thirty short rows, frozen."""
    return write_dataset(tmp_path / "datasets" / "thirty", [chat(number) for number in range(30)])


@pytest.fixture
def quick() -> TrainingSettings:
    """Of a run that takes a second."""
    return TrainingSettings(
        rank=4,
        alpha=8,
        dropout=0.05,
        learning_rate=2e-2,
        epochs=2,
        batch=2,
        accumulation=2,
        threads=1,
        precision="float32",
    )
