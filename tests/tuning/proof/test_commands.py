from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from bot.errors import ConfigError, FootnoteError, ModelError, NotFound
from bot.models.weights import hash_file
from bot.tuning.data.dataset import Dataset
from bot.tuning.proof.scorecard import write_scorecard
from tests.models.lora import write_adapter
from tests.models.tiny_llama import write_tiny_llama
from tests.tuning.proof.test_proof import proof
from tests.tuning.training.conftest import chat, write_dataset
from tests.tuning.typed import tune


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('data_dir = "data"\n', "utf-8")
    return tmp_path / "data"


def invoked(data: Path, *arguments: str) -> Result:
    """An error that it foresaw is raised."""
    return tune(data.parent / "config.toml", *arguments)


def said(data: Path, *arguments: str) -> str:
    """What it prints."""
    return invoked(data, *arguments).stdout


async def measured(data: Path, run: str) -> None:
    folder = data / "tuning" / "runs" / run
    folder.mkdir(parents=True)
    write_scorecard(folder, {**await proof(folder), "run": run})


async def test_advice_is_given_on_the_newest_table_in_either_language(data: Path) -> None:
    await measured(data, "first")
    await measured(data, "second")
    assert said(data, "advise").startswith("What to use")
    assert said(data, "advise", "--language", "ko").startswith("무엇을 쓸 것인가")
    found: list[dict[str, Any]] = json.loads(said(data, "advise", "--json"))
    assert [one["run"] for one in found] == ["second"]
    assert found[0]["advice"][0]["choice"] == "both"
    assert {"where", "metric", "value", "low", "high", "n"} == set(found[0]["advice"][0]["figures"][0])
    assert said(data, "advise", "first", "second").count("What to use") == 2


def test_what_was_not_measured_is_said_with_the_next_step(data: Path) -> None:
    with pytest.raises(NotFound, match="footnote tune evaluate"):
        said(data, "advise")
    with pytest.raises(NotFound, match="no training run nowhere"):
        said(data, "evaluate", "nowhere")
    folder = data / "tuning" / "runs" / "half"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"dataset": "d"}', "utf-8")
    with pytest.raises(NotFound, match="footnote tune export half"):
        said(data, "evaluate", "half")


def test_a_model_of_a_server_is_not_measured(data: Path) -> None:
    settings = '\n[models]\nurl = "http://gpu.corp.local:8080/v1"\nchat = "x"\n'
    with (data.parent / "config.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    with pytest.raises(ConfigError, match="names a server"):
        said(data, "evaluate", "any")


def test_a_run_is_never_named_out_of_its_folder(data: Path) -> None:
    for command in ("evaluate", "advise"):
        with pytest.raises(FootnoteError, match="cannot be called"):
            said(data, command, "../../elsewhere")


def test_a_run_is_measured_beside_the_file_it_was_exported_for_and_a_look_at_less_changes_nothing(
    data: Path,
) -> None:
    """The run was trained on a folder of transformers."""
    with (data.parent / "config.toml").open("a", encoding="utf-8") as file:
        file.write("[answers]\nmax_tokens = 16\n")
    served, other = (write_tiny_llama(data.parent / f"{name}.gguf") for name in ("served", "other"))
    with other.open("ab") as file:
        file.write(b"\0")
    dataset = write_dataset(data / "tuning" / "datasets" / "thirty", [chat(number) for number in range(30)])
    folder = data / "tuning" / "runs" / "june"
    folder.mkdir(parents=True)
    write_adapter(folder / "adapter.gguf", served)
    config = {
        "dataset": "thirty",
        "dataset_hash": Dataset.open(dataset).hash,
        "base": "a-folder",
        "base_sha256": "f" * 64,
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    exported = {"base": "served.gguf", "base_sha256": hash_file(served)}
    (folder / "export.json").write_text(json.dumps(exported), "utf-8")

    with pytest.raises(ModelError, match=r"june is for served\.gguf, which other\.gguf is not"):
        said(data, "evaluate", "june", "--base", str(other))
    whole = ("evaluate", "june", "--base", str(served), "--without-general", "--without-injection", "--json")
    card = json.loads(said(data, *whole))
    assert (card["base_sha256"], card["questions"]) == (exported["base_sha256"], {"chat": 3})
    kept = [(folder / name).read_bytes() for name in ("scorecard.json", "report.html")]

    page = data.parent / "look.html"
    look = invoked(data, *whole, "--limit", "1", "--report", str(page))
    assert json.loads(look.stdout)["questions"] == {"chat": 1}
    assert [(folder / name).read_bytes() for name in ("scorecard.json", "report.html")] == kept
    assert "stays: it stands on 3 questions" in " ".join(look.stderr.split())
    assert page.is_file()
