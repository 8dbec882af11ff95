"""`footnote models`: what is here, and whether it is what it should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.models.lora import write_adapter
from tests.models.test_adapters import write_base


@pytest.fixture
def style(tmp_path: Path) -> Path:
    """An adapter in the models folder, which the settings name."""
    folder = tmp_path / "data" / "models"
    folder.mkdir(parents=True)
    base = write_base(tmp_path / "base.gguf")
    (tmp_path / "config.toml").write_text('[models]\nchat = "base.gguf"\nadapter = "style"\n')
    return write_adapter(folder / "style.gguf", base)


def test_an_adapter_is_verified_by_name_and_refused_once_it_changed(
    run: Run, style: Path, tmp_path: Path
) -> None:
    def listed() -> object:
        rows = json.loads(run("models", "list", "--json").stdout)
        return next(row["sha256"] for row in rows if row["name"] == "style")

    assert listed() is None
    (verified,) = json.loads(run("models", "verify", "style", "--json").stdout)
    assert verified["ok"]
    assert listed() == verified["sha256"]

    write_adapter(style, tmp_path / "base.gguf", seed=2)
    assert listed() is None
    changed = run("models", "verify", str(style))
    assert changed.returncode == 1
    assert "footnote models verify --accept" in changed.stdout
    accepted = run("models", "verify", "style", "--accept")
    assert accepted.returncode == 0
    assert "as it should be, SHA-256" in accepted.stdout


def test_a_name_that_nothing_has_is_told(run: Run, style: Path) -> None:
    assert "footnote models list" in run("models", "verify", "stile").stderr
    style.unlink()
    gone = json.loads(run("models", "verify", "style", "--json").stdout)
    assert "There is no adapter style" in gone[0]["problem"]


def test_fit_says_how_to_get_a_model_where_none_is_here(run: Run) -> None:
    asked = run("models", "fit")
    assert asked.returncode == 1
    assert "footnote models pull qwen2.5-coder-1.5b-instruct" in asked.stderr
    assert "footnote models pull" in run("models", "fit", "--all").stderr
    assert "footnote models list" in run("models", "fit", "--model", "gpt-9").stderr
