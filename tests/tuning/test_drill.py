"""The whole way with a real model, as people type it: rows, training, export, table, gate, and back."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.config import load_config
from bot.contracts import Message, Sampling
from bot.tuning.activation.gate import GateRefused
from bot.tuning.data.dataset import Dataset
from bot.tuning.folders import ADAPTER_FILE, SCORECARD, TuningFolders
from tests.tuning.activation.shop import ASKED, scorecard
from tests.tuning.eval_rows import EVALUATION, write_rows
from tests.tuning.test_tune_data import desks_file
from tests.tuning.typed import tune

MODEL = "smollm2-135m-instruct"
pytestmark = [
    pytest.mark.weights,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the extra tune is not installed"),
]


@pytest.fixture
def home(weights: Callable[[str], Path], tmp_path: Path) -> Path:
    """Where config.toml and the data lie."""
    (tmp_path / "models").symlink_to(weights(MODEL).parent)
    (tmp_path / "config.toml").write_text(
        f'data_dir = "."\n[models]\nchat = "{MODEL}"\ncontext = 2048\n[answers]\nmax_tokens = 32\n', "utf-8"
    )
    return tmp_path


def said(home: Path, *arguments: str) -> dict[str, Any]:
    """What `footnote tune` prints. An error that it foresaw is raised."""
    found: dict[str, Any] = json.loads(tune(home / "config.toml", *arguments, "--json").stdout)
    return found


def rehearsed(home: Path, name: str) -> dict[tuple[Message, ...], str]:
    """What the model said by itself, by what it was asked."""
    dataset = Dataset.open(TuningFolders(home).dataset(name))
    return {tuple(row.prompt()): row.reply() for row in dataset.train if row.source == "rehearsal"}


def what_answers(home: Path) -> tuple[str, str]:
    """The adapter that answers now ("": the base), and what it says."""
    return asyncio.run(_what_answers(home))


async def _what_answers(home: Path) -> tuple[str, str]:
    async with App(load_config(home / "config.toml")) as app:
        serving = app.adapter_serving
        assert serving is not None
        await serving.follow()
        answerer = await serving.answerer(ASKED)
        model = answerer.model if answerer else app.chat
        asked = [Message("user", "Which passage says when the library opens?")]
        text = "".join([piece async for piece in model.stream(asked, Sampling(max_tokens=24))])
    return (answerer.model.adapter if answerer else ""), text


@pytest.mark.corpus
@pytest.mark.skipif(not EVALUATION.is_dir(), reason="../shared/eval is not here")
def test_an_adapter_of_two_hundred_public_questions_is_made_measured_and_answers(home: Path) -> None:
    write_rows(home / "rows.jsonl", 200, korean=0, near_misses=0)
    data = said(home, "data", "drill", "--no-approved", "--file", str(home / "rows.jsonl"))
    assert data["kinds"]["heldout"] == {"answer": 42, "abstain": 42}

    how = ("--epochs", "1", "--learning-rate", "1e-3", "--batch", "4", "--accumulation", "2")
    trained = said(
        home, "train", "drill", "--name", "lora", "--max-tokens", "480", "--max-minutes", "3", *how
    )
    assert trained["heldout_loss"] < 0.5 * trained["heldout_loss_before"]
    assert trained["seconds"] < 600

    exported = said(home, "export", "lora")
    assert exported["positions"] == 500
    assert exported["top1_agreement"] >= 0.98

    card = said(home, "evaluate", "lora", "--limit", "4", "--without-general", "--without-injection")
    assert card["questions"] == {"answer": 2, "abstain": 2}
    base, tuned = (card["arms"][arm]["metrics"]["tokens"]["value"] for arm in ("base", "tuned"))
    assert tuned < base  # what it learned were short answers, and to decline in two words
    with pytest.raises(GateRefused) as caught:
        said(home, "activate", "lora")
    assert {"general", "injection"} <= set(caught.value.rules)

    # a model of this size reads too badly to pass the gate (docs/tuning-log.md): the way after it is walked
    # with a scorecard that is made up
    run = TuningFolders(home).runs / "lora"
    made_up = scorecard(card["adapter_sha256"], card["dataset_hash"]) | {"base_sha256": card["base_sha256"]}
    (run / SCORECARD).write_text(json.dumps(made_up))
    _, before = what_answers(home)
    said(home, "activate", "lora")
    name, now = what_answers(home)
    assert name == "lora"
    assert now != before
    said(home, "rollback", "lora")
    assert what_answers(home) == ("", before)

    # the base repeats its own words, also where the bot is set to answer with an adapter
    settings = (home / "config.toml").read_text("utf-8")
    adapter = f'adapter = "{run / ADAPTER_FILE}"\n'
    (home / "config.toml").write_text(settings.replace("[answers]", f"{adapter}[answers]"), "utf-8")
    file = str(desks_file(home, range(20)))
    said(home, "data", "desks", "--no-approved", "--file", file, "--rehearse", "0.5")
    by_itself, beside_an_adapter = rehearsed(home, "drill"), rehearsed(home, "desks")
    both = by_itself.keys() & beside_an_adapter.keys()
    same = sum(by_itself[asked] == beside_an_adapter[asked] for asked in both)
    # near-ties fall by what the engine read before: of five replies four are the same, with the adapter one
    assert len(both) >= 15
    assert same > 0.5 * len(both)


@pytest.mark.parametrize(("method", "rate"), [("dora", "5e-3"), ("prompt", "0.1")])
def test_other_methods_learn_from_the_same_rows(home: Path, method: str, rate: str) -> None:
    file = desks_file(home, range(12))
    said(home, "data", "desks", "--no-approved", "--file", str(file), "--abstain", "0")
    how = ("--epochs", "1", "--batch", "4", "--accumulation", "1", "--learning-rate", rate)
    trained = said(home, "train", "desks", "--method", method, *how)
    assert trained["validation_loss"] < trained["validation_loss_before"]
