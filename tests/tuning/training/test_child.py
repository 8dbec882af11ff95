"""The command line and the process that trains: killed in the middle, and the same command goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.errors import ModelMissing, NotFound, TuningError
from tests.tuning.typed import tune

ROOT = Path(__file__).parents[3]
SETTINGS = ("--epochs", "12", "--patience", "0", "--rank", "4", "--learning-rate", "0.02",
            "--accumulation", "2", "--threads", "1", "--name", "one")  # fmt: skip
STEPS = 72  # 24 rows, two batches of two a step, twelve times


@pytest.fixture
def data(tmp_path: Path, dataset: Path, base: Path) -> Path:
    """The folder of data, with the data set thirty and, beside it, tiny.gguf."""
    (tmp_path / "config.toml").write_text('data_dir = "data"\n')
    folder = tmp_path / "data" / "tuning" / "datasets"
    folder.mkdir(parents=True)
    dataset.rename(folder / dataset.name)
    return tmp_path / "data"


def begun(data: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "tune", "train", *arguments],
        cwd=data.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Its exit status, what it said, and what it complained of."""
    out, err = process.communicate(timeout=250)
    return process.returncode, out, err


def steps_of(run: Path) -> list[int]:
    try:
        lines = (run / "log.jsonl").read_text().splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line)["step"] for line in lines if line.endswith("}")]


def worker_of(process: subprocess.Popen[str]) -> psutil.Process:
    (worker,) = (
        child
        for child in psutil.Process(process.pid).children()
        if "bot.tuning.training.worker" in child.cmdline()
    )
    return worker


def test_a_training_whose_process_is_killed_goes_on_with_the_same_command(data: Path) -> None:
    command = ("thirty", "--base", str(data.parent / "tiny.gguf"), *SETTINGS, "--json")
    run = data / "tuning" / "runs" / "one"
    first = begun(data, *command)
    while max(steps_of(run), default=0) < 4:
        assert first.poll() is None, ended(first)
        time.sleep(0.02)
    (data / "tuning" / "pause").touch()  # so that it does not end before it is killed
    worker = worker_of(first)
    assert worker.nice() > os.nice(0) or os.nice(0) == 19
    worker.kill()
    status, _, complaint = ended(first)
    assert status == 1
    assert "signal 9" in complaint
    assert "Say the same again" in complaint
    assert not (run / "result.json").exists()
    reached = max(steps_of(run))
    assert 4 <= reached < STEPS

    (data / "tuning" / "pause").unlink()
    status, said, complaint = ended(begun(data, *command))
    assert status == 0, complaint
    result: dict[str, Any] = json.loads(said)
    assert (result["run"], result["status"], result["steps"]) == ("one", "finished", STEPS)
    assert result["validation_loss"] < result["validation_loss_before"]
    assert steps_of(run) == list(range(STEPS + 1))

    with pytest.raises(TuningError, match="The run one is done: finished"):
        said_here(data, *command)


def said_here(data: Path, *arguments: str) -> str:
    """What the command prints, said in this process. An error that it foresaw is raised."""
    return tune(data.parent / "config.toml", "train", *arguments).stdout


def test_a_dry_run_says_what_it_would_be_and_leaves_nothing(data: Path) -> None:
    said = said_here(data, "thirty", "--base", str(data.parent / "tiny.gguf"), "--dry-run", "--json")
    plan: dict[str, Any] = json.loads(said)
    assert plan["rows"] == {"train": 24, "validation": 3, "heldout": 3}
    assert plan["memory_bytes"] > plan["trained_parameters"] > 0
    assert not (data / "tuning" / "runs").exists()


def test_what_is_not_there_is_named(data: Path) -> None:
    with pytest.raises(NotFound, match="nothing"):
        said_here(data, "nothing", "--base", str(data.parent / "tiny.gguf"))
    with pytest.raises(ModelMissing, match=r"gone\.gguf"):
        said_here(data, "thirty", "--base", "gone.gguf")
