"""From what training left to a file that llama.cpp computes alike, for each architecture."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.errors import FootnoteError, ModelBroken, TuningError
from bot.models.adapters import check_fits
from bot.models.gguf_header import read_header
from bot.models.logits import logits_of
from bot.tuning.export.session import Order, export
from bot.tuning.training import Run
from bot.tuning.training.base import ARCHITECTURES
from bot.tuning.training.settings import Method
from tests.tuning.export.conftest import MakeRun
from tests.tuning.export.tiny import write_tiny
from tests.tuning.training.conftest import chat

TEXT = (tuple(range(5, 45)), tuple(range(40)))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "tiny-llama.gguf", "llama")


def exported(run: Run, base: Path, *, is_merged: bool = False, serving: Path | None = None) -> dict[str, Any]:
    """What export.json says."""
    dataset = Path(run.config["dataset_path"])
    for _ in export(Order(run, base, serving or base, dataset, is_merged)):
        pass
    found: dict[str, Any] = json.loads((run.path / "export.json").read_text())
    return found


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def said(model: Path, adapter: Path | None = None) -> np.ndarray[Any, Any]:
    (logits,) = logits_of(model, [TEXT], 1, adapter=adapter)
    return logits


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_llama_cpp_computes_with_the_adapter_what_was_trained(
    tmp_path: Path, finished: MakeRun, architecture: str
) -> None:
    base = write_tiny(tmp_path / "tiny.gguf", architecture)
    run = finished(base)
    found = exported(run, base)
    assert found["positions"] == 500
    assert found["rows"] == "heldout"
    assert found["top1_agreement"] >= 0.98
    assert found["max_logit_difference"] < 0.1
    assert found["quantised_top1_agreement"] >= 0.98  # of 32 bits, as it happens
    adapter = check_fits(run.path / "adapter.gguf", base)
    assert (adapter.rank, adapter.alpha, adapter.base_sha256) == (4, 8.0, found["base_sha256"])
    assert len(read_header(adapter.path).tensors) == 2 * 2 * 7
    assert np.abs(said(base, adapter.path) - said(base)).max() > 1  # it changes a lot, and alike
    assert "export.tmp" not in names_in(run.path)


@pytest.mark.parametrize("method", [Method.LORA, Method.DORA, Method.FULL])
def test_what_was_learned_is_merged_into_a_model_of_its_own(
    tmp_path: Path, finished: MakeRun, method: Method
) -> None:
    architecture = {Method.LORA: "gemma3", Method.DORA: "llama", Method.FULL: "qwen2"}[method]
    base = write_tiny(tmp_path / "tiny.gguf", architecture)
    run = finished(base, method)
    found = exported(run, base, is_merged=True)["merged"]
    assert found["top1_agreement"] >= 0.98
    path = run.path / "merged.gguf"
    assert path.stat().st_size == found["bytes"]
    header, before = read_header(path), read_header(base)
    assert header.tensors.keys() == before.tensors.keys()
    assert header.arrays == before.arrays
    assert {tensor.kind for tensor in header.tensors.values() if len(tensor.shape) == 2} == {1}  # F16
    assert np.abs(said(path) - said(base)).max() > 1


def test_the_scale_of_rslora_is_that_of_llama_cpp(base: Path, finished: MakeRun) -> None:
    run = finished(base, use_rslora=True)
    assert exported(run, base)["top1_agreement"] >= 0.98
    assert check_fits(run.path / "adapter.gguf", base).alpha == 16.0  # 8 / sqrt(4) times, as 16 / 4


def test_the_same_run_gives_the_same_bytes(base: Path, finished: MakeRun) -> None:
    run = finished(base)
    exported(run, base)
    first = (run.path / "adapter.gguf").read_bytes()
    (run.path / "export.json").unlink()
    exported(run, base)
    assert (run.path / "adapter.gguf").read_bytes() == first


def test_what_a_kill_left_is_cleared_away_and_what_is_done_is_not_done_again(
    base: Path, finished: MakeRun
) -> None:
    run = finished(base)
    order = Order(run, base, base, Path(run.config["dataset_path"]), is_merged=False)
    steps = export(order)
    for doing in steps:
        if doing["doing"] == "comparing":
            break
    kept = run.path / "kept.tmp"
    shutil.copytree(run.path / "export.tmp", kept)
    steps.close()  # type: ignore[attr-defined]
    assert names_in(run.path) == {"config.json", "result.json", "adapter", "lock", "kept.tmp"}
    kept.rename(run.path / "export.tmp")  # as kill -9 leaves it
    exported(run, base)
    assert {"adapter.gguf", "export.json"} < names_in(run.path)
    assert "export.tmp" not in names_in(run.path)
    assert list(export(order)) == []


def test_an_adapter_and_a_merged_model_are_noted_beside_each_other(base: Path, finished: MakeRun) -> None:
    run = finished(base)
    adapter = exported(run, base)
    both = exported(run, base, is_merged=True)
    assert both.pop("merged")["top1_agreement"] >= 0.98
    assert both == adapter


def test_a_run_on_a_folder_of_transformers_serves_beside_a_gguf_file_of_the_model(
    tmp_path: Path, finished: MakeRun
) -> None:
    from bot.tuning.training.base import load_weights, open_base

    serving = write_tiny(tmp_path / "tiny.gguf", "qwen3", is_half=True)
    folder = tmp_path / "folder"
    model = load_weights(open_base(serving))
    model.config.__dict__.pop("quantization_config", None)
    _write_folder(model, folder)
    run = finished(folder)
    found = exported(run, folder, serving=serving)
    assert found["top1_agreement"] >= 0.98
    assert check_fits(run.path / "adapter.gguf", serving).base_sha256 == found["base_sha256"]
    assert found["base"] == serving.name


def _write_folder(model: Any, folder: Path) -> None:
    from safetensors.torch import save_model
    from tokenizers import Tokenizer, models

    folder.mkdir()
    save_model(model, str(folder / "model.safetensors"), metadata={"format": "pt"})
    config = model.config.to_dict() | {"quantization_config": None}
    config.pop("quantization_config")
    (folder / "config.json").write_text(json.dumps(config, default=str))
    words = {"<unk>": 0, "<|im_start|>": 3, "<|im_end|>": 4}
    tokeniser = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokeniser.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    tokeniser.save(str(folder / "tokenizer.json"))


# --- what is refused ------------------------------------------------------------------------------------


def test_what_llama_cpp_computes_otherwise_is_not_put_in_place(tmp_path: Path, finished: MakeRun) -> None:
    # transformers takes Gemma 2's attention for one of heads of 256, whatever the file says
    base = write_tiny(tmp_path / "tiny.gguf", "gemma2", head=32)
    run = finished(base)
    with pytest.raises(
        TuningError, match=r"likeliest token at 100\.0% of 500 places .* apart in the mean"
    ) as caught:
        exported(run, base)
    assert "not put in its place" in caught.value.message
    assert "--base" in caught.value.mend
    assert not names_in(run.path) & {"adapter.gguf", "export.json", "export.tmp"}


@pytest.mark.parametrize(
    ("method", "is_merged", "why", "mend"),
    [
        (Method.PROMPT, False, "prompt tuning", "--method lora"),
        (Method.PROMPT, True, "prompt tuning", "--method lora"),
        (Method.DORA, False, "DoRA", "footnote tune export run --merged"),
        (Method.FULL, False, "in full", "--merged"),
    ],
)
def test_what_cannot_be_exported_so_says_what_can(
    base: Path, finished: MakeRun, method: Method, is_merged: bool, why: str, mend: str
) -> None:
    run = finished(base, method)
    with pytest.raises(TuningError, match=why) as caught:
        exported(run, base, is_merged=is_merged)
    assert mend in caught.value.mend


def test_a_run_that_has_not_ended_or_came_to_nothing_is_refused(base: Path, finished: MakeRun) -> None:
    run = finished(base)
    (run.path / "result.json").unlink()
    with pytest.raises(TuningError, match="has not ended") as caught:
        exported(run, base)
    assert "footnote tune train" in caught.value.mend
    run.write_json("result.json", {"status": "diverged"})
    run.adapter.rename(run.path / "elsewhere")
    with pytest.raises(TuningError, match="came to nothing: diverged"):
        exported(run, base)


def test_another_base_and_another_dataset_are_refused(tmp_path: Path, base: Path, finished: MakeRun) -> None:
    run = finished(base)
    other = write_tiny(tmp_path / "other.gguf", "llama", is_half=True)
    with pytest.raises(TuningError, match=r"trained on tiny-llama.gguf, and .*other.gguf is another"):
        exported(run, other)
    config = run.config
    run.write_json("config.json", config | {"dataset_hash": "0" * 64})
    with pytest.raises(TuningError, match="another data set"):
        exported(run, base)
    run.write_json("config.json", config)
    with (Path(config["dataset_path"]) / "heldout.jsonl").open("a") as file:
        file.write(chat(99).line() + "\n")
    with pytest.raises(FootnoteError, match="changed"):
        exported(run, base)


def test_a_gguf_file_of_another_model_is_refused(tmp_path: Path, base: Path, finished: MakeRun) -> None:
    run = finished(base)
    other = write_tiny(tmp_path / "other.gguf", "llama", head=8)
    with pytest.raises(ModelBroken):
        exported(run, base, serving=other)
    assert "adapter.gguf" not in names_in(run.path)


def broken(run: Run) -> Iterable[tuple[str, bytes]]:
    weights = (run.adapter / "adapter_model.safetensors").read_bytes()
    yield "adapter_model.safetensors", weights[: len(weights) // 2]
    yield "adapter_model.safetensors", b""
    yield "adapter_config.json", b"{}"
    yield "adapter_config.json", b'{"r": 4, "lora_alpha": 8, "alpha_pattern": {"q_proj": 1}}'


def test_an_adapter_that_is_damaged_is_named(base: Path, finished: MakeRun) -> None:
    run = finished(base)
    for name, content in broken(run):
        kept = (run.adapter / name).read_bytes()
        (run.adapter / name).write_bytes(content)
        with pytest.raises(TuningError, match=r"adapter in .*adapter"):
            exported(run, base)
        (run.adapter / name).write_bytes(kept)
    exported(run, base)
