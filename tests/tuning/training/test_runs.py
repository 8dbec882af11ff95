"""The folder of a run."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bot.errors import Busy, NotFound, TuningError
from bot.tuning.training import Run, TrainingSettings

CONFIG = {"base": "a.gguf", "base_sha256": "1", "dataset_hash": "2", "method": "lora"}


def test_the_same_command_goes_on_and_another_is_refused(tmp_path: Path) -> None:
    run = Run.begin(tmp_path / "one", CONFIG)
    assert Run.begin(tmp_path / "one", CONFIG) == run == Run.open(tmp_path / "one")
    with pytest.raises(TuningError, match="data set was changed"):
        Run.begin(tmp_path / "one", CONFIG | {"dataset_hash": "3"})
    with pytest.raises(TuningError, match="other weights"):
        Run.begin(tmp_path / "one", CONFIG | {"base_sha256": "3"})
    with pytest.raises(TuningError, match="its method is 'lora', not 'dora'"):
        Run.begin(tmp_path / "one", CONFIG | {"method": "dora"})
    with pytest.raises(TuningError, match="cannot be called"):
        Run.begin(tmp_path / "-x", CONFIG)
    with pytest.raises(NotFound):
        Run.open(tmp_path / "two")


def test_a_line_that_a_kill_cut_short_is_forgotten(tmp_path: Path) -> None:
    run = Run.begin(tmp_path / "one", CONFIG)
    for step in range(4):
        run.add_to_log({"step": step})
    with (run.path / "log.jsonl").open("a") as file:
        file.write('{"step": 4, "lo')
    assert [entry["step"] for entry in run.log()] == [0, 1, 2, 3]
    run.cut_log(2)
    run.add_to_log({"step": 3})
    assert [entry["step"] for entry in run.log()] == [0, 1, 2, 3]


def test_only_one_process_trains_into_a_folder(tmp_path: Path) -> None:
    run = Run.begin(tmp_path / "one", CONFIG)
    with run.held(), pytest.raises(Busy, match="already"), run.held():
        pass
    with run.held():
        pass


def test_a_full_disk_leaves_what_was_there_and_says_so(tmp_path: Path) -> None:
    run = Run.begin(tmp_path / "one", CONFIG)
    run.replace_file(run.checkpoint, lambda path: path.write_text("old"))

    def full(path: Path) -> None:
        path.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(TuningError, match="no space left") as caught:
        run.replace_file(run.checkpoint, full)
    assert "goes on from there" in caught.value.mend
    assert run.checkpoint.read_text() == "old"
    assert [path.name for path in run.checkpoint.parent.iterdir()] == ["last.pt"]


def test_an_adapter_that_was_half_replaced_is_put_back(tmp_path: Path) -> None:
    run = Run.begin(tmp_path / "one", CONFIG)

    def write(content: str) -> None:
        def into(path: Path) -> None:
            path.mkdir()
            (path / "x").write_text(content)

        run.replace_folder(run.adapter, into)

    write("first")
    write("second")
    assert (run.adapter / "x").read_text() == "second"
    run.adapter.rename(run.path / "adapter.old")  # as a kill between the two renames leaves it
    run.mended()
    assert (run.adapter / "x").read_text() == "second"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rank", 0),
        ("dropout", 1.0),
        ("learning_rate", -1.0),
        ("learning_rate", float("nan")),
        ("device", "tpu"),
        ("max_tokens", 3),
    ],
)
def test_settings_that_make_no_sense_are_named(name: str, value: object) -> None:
    with pytest.raises(TuningError, match=name):
        TrainingSettings.from_json({"method": "lora", name: value})
    assert TrainingSettings.from_json(TrainingSettings().as_json()) == TrainingSettings()
