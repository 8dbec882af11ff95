"""footnote tune export, as people say it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bot.errors import FootnoteError, ModelMissing, NotFound, TuningError
from bot.tuning.training.settings import Method
from tests.tuning.export.conftest import MakeRun
from tests.tuning.export.tiny import write_tiny
from tests.tuning.typed import tune


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(f'data_dir = "{tmp_path}"\n')
    return write_tiny(tmp_path / "tiny.gguf", "qwen2")


def said(folder: Path, *arguments: str) -> str:
    """What it prints. An error that it foresaw is raised."""
    return tune(folder / "config.toml", "export", *arguments).stdout


def test_a_run_is_exported_in_a_process_of_its_own(tmp_path: Path, base: Path, finished: MakeRun) -> None:
    run = finished(base)
    found = json.loads(said(tmp_path, "run", "--json"))
    assert (found["run"], found["positions"], found["base"]) == ("run", 500, "tiny.gguf")
    assert found["top1_agreement"] >= 0.98
    assert (run.path / "adapter.gguf").stat().st_size == found["adapter_bytes"]
    assert json.loads((run.path / "export.json").read_text())["adapter_sha256"] == found["adapter_sha256"]


def test_what_cannot_be_is_said_before_anything_is_computed(
    tmp_path: Path, base: Path, finished: MakeRun
) -> None:
    run = finished(base, Method.DORA)
    with pytest.raises(NotFound, match="no training run other"):
        said(tmp_path, "other")
    with pytest.raises(FootnoteError, match="cannot be called"):
        said(tmp_path, "../run")
    with pytest.raises(TuningError, match="DoRA"):
        said(tmp_path, "run")
    base.unlink()
    with pytest.raises(ModelMissing, match=r"tiny\.gguf of the run run is not on this machine") as caught:
        said(tmp_path, "run", "--merged")
    assert "--base" in caught.value.mend
    shutil.rmtree(run.path)
    with pytest.raises(NotFound):
        said(tmp_path, "run", "--merged")


def test_a_run_on_a_folder_asks_for_the_file_that_serves(
    tmp_path: Path, base: Path, finished: MakeRun
) -> None:
    run = finished(base)
    run.write_json("config.json", run.config | {"base_path": str(tmp_path)})
    with pytest.raises(TuningError, match="what serves is a GGUF file") as caught:
        said(tmp_path, "run")
    assert "--base PATH" in caught.value.mend
