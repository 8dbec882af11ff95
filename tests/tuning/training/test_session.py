"""Whole runs, with a model of one layer."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from bot.errors import FootnoteError, ModelBroken, TuningError
from bot.tuning.training import Run, TrainingSettings
from bot.tuning.training.base import open_base
from bot.tuning.training.memory import Needs, check_fits
from bot.tuning.training.methods import precision_of
from bot.tuning.training.session import train
from bot.tuning.training.settings import Method
from tests.tuning.training.conftest import chat, text, write_dataset


def begun(folder: Path, base: Path, settings: TrainingSettings) -> Run:
    config = {"base": base.name, "base_sha256": open_base(base).sha256, **settings.as_json()}
    return Run.begin(folder, config)


def done(run: Run, base: Path, dataset: Path) -> dict[str, Any]:
    for _ in train(run, base, dataset, None):
        pass
    assert run.result is not None
    return run.result


@pytest.mark.parametrize("method", [Method.LORA, Method.DORA, Method.PROMPT, Method.FULL])
def test_every_method_lowers_the_loss_of_rows_it_never_saw(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings, method: Method
) -> None:
    run = begun(tmp_path / "run", base, dataclasses.replace(quick, method=method))
    result = done(run, base, dataset)
    assert result["status"] == "finished"
    assert result["heldout_loss"] < result["heldout_loss_before"]
    assert result["validation_loss"] < result["validation_loss_before"]
    assert result["validation_loss"] == pytest.approx(
        min(entry["validation_loss"] for entry in run.log()[1:] if "validation_loss" in entry), rel=1e-5
    )
    assert any(run.adapter.glob("*.safetensors"))
    assert (run.path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert not run.checkpoint.exists()
    assert [entry["step"] for entry in run.log()] == list(range(result["steps"] + 1))


def test_continued_pretraining_learns_plain_text(tmp_path: Path, base: Path, quick: TrainingSettings) -> None:
    dataset = write_dataset(tmp_path / "texts", [text(number) for number in range(20)])
    result = done(begun(tmp_path / "run", base, quick), base, dataset)
    assert result["heldout_loss"] < result["heldout_loss_before"]


def _train_until(step: int, run: Run, base: Path, dataset: Path) -> None:
    for said in train(run, base, dataset, None):
        if said["doing"] == "training" and said["step"] == step:
            os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_that_was_killed_comes_to_the_same_end_bit_for_bit(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    whole, killed = (begun(tmp_path / name, base, quick) for name in ("whole", "killed"))
    expected = done(whole, base, dataset)
    for step in (4, 9):  # after a checkpoint, and between two
        child = multiprocessing.get_context("spawn").Process(
            target=_train_until, args=(step, killed, base, dataset)
        )
        child.start()
        child.join(120)
        assert child.exitcode == -signal.SIGKILL
        assert killed.result is None
    result = done(killed, base, dataset)
    differing = ("seconds", "peak_memory_bytes")
    assert {key: value for key, value in result.items() if key not in differing} == {
        key: value for key, value in expected.items() if key not in differing
    }
    weights = "adapter_model.safetensors"
    assert (killed.adapter / weights).read_bytes() == (whole.adapter / weights).read_bytes()

    def losses(run: Run) -> list[tuple[int, float | None]]:
        return [(entry["step"], entry.get("loss")) for entry in run.log()]

    assert losses(killed) == losses(whole)


def test_accumulated_gradients_are_those_of_one_large_batch(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    def losses(batch: int, accumulation: int) -> list[float]:
        settings = dataclasses.replace(quick, dropout=0.0, batch=batch, accumulation=accumulation, epochs=1)
        run = begun(tmp_path / f"{batch}", base, settings)
        done(run, base, dataset)
        return [entry["validation_loss"] for entry in run.log()]

    assert losses(1, 24) == pytest.approx(losses(24, 1), rel=1e-4)


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_what_was_best(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    run = begun(tmp_path / "run", base, dataclasses.replace(quick, learning_rate=1e30, warm_up=0.0))
    with pytest.raises(TuningError, match="loss became") as caught:
        done(run, base, dataset)
    assert "--learning-rate" in caught.value.mend
    assert run.result is not None
    assert run.result["status"] == "diverged"


def test_training_stops_where_the_validation_loss_does_not_fall(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    settings = dataclasses.replace(quick, learning_rate=1e-12, patience=2, epochs=6)
    result = done(begun(tmp_path / "run", base, settings), base, dataset)
    assert result["status"] == "early"
    assert result["steps"] < result["planned_steps"]


def test_it_waits_while_the_pause_file_is_there(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    pause = tmp_path / "pause"
    pause.touch()
    run = begun(tmp_path / "run", base, quick)
    heard = []
    for said in train(run, base, dataset, pause):
        heard.append(said["doing"])
        if said["doing"] == "paused":
            assert "training" not in heard
            pause.unlink()
    assert heard.count("paused") == 1
    assert heard.index("paused") < heard.index("training")


def test_a_run_of_limited_time_keeps_what_it_learned_until_then(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    settings = dataclasses.replace(quick, max_minutes=1e-9)
    run = begun(tmp_path / "run", base, settings)
    result = done(run, base, dataset)
    assert (result["status"], result["steps"], result["best_step"]) == ("time", 1, 1)
    assert result["validation_loss"] == pytest.approx(run.log()[-1]["validation_loss"], rel=1e-5)
    assert any(run.adapter.glob("*.safetensors"))


def test_what_saves_memory_changes_nothing_of_what_is_learned(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    losses = []
    for saves_memory in (False, True):
        settings = dataclasses.replace(quick, epochs=1, saves_memory=saves_memory)
        run = begun(tmp_path / f"{saves_memory}", base, settings)
        done(run, base, dataset)
        losses.append([entry.get("loss", 0.0) for entry in run.log()])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_frozen_weights_of_sixteen_bits_serve_as_well(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    settings = dataclasses.replace(quick, precision="bfloat16")
    result = done(begun(tmp_path / "run", base, settings), base, dataset)
    assert result["heldout_loss"] < result["heldout_loss_before"]


@pytest.mark.parametrize(
    ("able", "method", "precision"),
    [
        ({"amx_bf16": True}, Method.LORA, "bfloat16"),
        ({"avx512_bf16": True}, Method.DORA, "bfloat16"),
        ({"avx512_f": True, "amx_bf16": False}, Method.LORA, "float32"),
        ({}, Method.LORA, "float32"),
        ({"amx_bf16": True}, Method.FULL, "float32"),
    ],
)
def test_frozen_weights_are_of_sixteen_bits_where_the_processor_multiplies_them(
    monkeypatch: pytest.MonkeyPatch, able: dict[str, bool], method: Method, precision: str
) -> None:
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: able)
    assert precision_of(TrainingSettings(method=method), "cpu") == precision


def test_a_search_compares_the_given_settings_with_others(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    settings = dataclasses.replace(quick, search_minutes=600.0, search_trials=4, learning_rate=1e-7)
    run = begun(tmp_path / "run", base, settings)
    done(run, base, dataset)
    found = json.loads((run.path / "search.json").read_text())
    assert len(found["trials"]) == 4
    assert found["trials"][0]["learning_rate"] == pytest.approx(1e-7)
    complete = [trial["loss"] for trial in found["trials"] if trial["state"] == "COMPLETE"]
    best = next(one for one in found["trials"] if one["loss"] == min(complete))
    assert found["settings"]["learning_rate"] == best["learning_rate"]


# --- what is refused ------------------------------------------------------------------------------------


def test_nine_rows_are_too_few(tmp_path: Path, base: Path, quick: TrainingSettings) -> None:
    dataset = write_dataset(tmp_path / "nine", [chat(number) for number in range(9)])
    with pytest.raises(TuningError, match="has 9 rows, and 10 are needed"):
        done(begun(tmp_path / "run", base, quick), base, dataset)


def test_a_changed_dataset_is_refused(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    with (dataset / "train.jsonl").open("a") as file:
        file.write(chat(77).line() + "\n")
    with pytest.raises(FootnoteError, match="changed"):
        done(begun(tmp_path / "run", base, quick), base, dataset)


def test_another_base_is_refused_and_so_is_what_is_none(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    run = begun(tmp_path / "run", base, quick)
    base.write_bytes(base.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(TuningError, match="is another"):
        done(run, base, dataset)
    base.write_bytes(b"no model")
    with pytest.raises(ModelBroken):
        open_base(base)


def test_qlora_without_a_gpu_says_what_to_take(
    tmp_path: Path, base: Path, dataset: Path, quick: TrainingSettings
) -> None:
    settings = dataclasses.replace(quick, method=Method.QLORA, device="cpu")
    with pytest.raises(TuningError, match="GPU") as caught:
        done(begun(tmp_path / "run", base, settings), base, dataset)
    assert "--method lora" in caught.value.mend


def test_a_run_that_needs_more_than_there_is_is_refused_before_it_starts() -> None:
    gib = 1 << 30
    needs = Needs(weights=4 * gib, trained=gib, activations=2 * gib, loading=0, disk=gib)
    check_fits(needs, memory=8 * gib, disk=2 * gib, where="memory")
    with pytest.raises(TuningError, match=r"7\.7 GB of memory, and 6\.0 GB are free") as caught:
        check_fits(needs, memory=6 * gib, disk=2 * gib, where="memory")
    assert "--batch 1" in caught.value.mend
    with pytest.raises(TuningError, match="on disk"):
        check_fits(needs, memory=8 * gib, disk=gib // 2, where="memory")
