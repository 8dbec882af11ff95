"""[models] adapter: which file that is, and what depends on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.app import App
from bot.config import load_config
from bot.errors import ModelBroken, ModelMissing
from bot.models.chat import LlamaChat
from bot.models.weights import verify_own
from tests.models.lora import write_adapter
from tests.models.test_adapters import write_base


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of a model of one's own, with an adapter beside them."""
    base = write_base(tmp_path / "base.gguf")
    write_adapter(tmp_path / "style.gguf", base)
    path = tmp_path / "config.toml"
    path.write_text('data_dir = "data"\n[models]\nchat = "base.gguf"\nadapter = "style.gguf"\n')
    return path


def test_answers_are_written_with_the_configured_adapter(settings: Path) -> None:
    chat = App(load_config(settings, {})).chat
    assert isinstance(chat, LlamaChat)
    assert chat.adapter == "style"


def test_kept_answers_of_another_adapter_are_not_those_of_this_one(settings: Path, tmp_path: Path) -> None:
    with_it = App(load_config(settings, {})).chat.identity
    os.utime(tmp_path / "style.gguf", ns=(1, 1))
    changed = App(load_config(settings, {})).chat.identity
    settings.write_text('data_dir = "data"\n[models]\nchat = "base.gguf"\n')
    without = App(load_config(settings, {})).chat.identity
    assert len({with_it, changed, without}) == 3


def test_one_that_is_missing_or_for_another_model_is_told(settings: Path, tmp_path: Path) -> None:
    write_adapter(tmp_path / "style.gguf", tmp_path / "base.gguf", architecture="qwen2")
    with pytest.raises(ModelBroken, match="qwen2"):
        _ = App(load_config(settings, {})).chat
    (tmp_path / "style.gguf").unlink()
    with pytest.raises(ModelMissing, match=r"style\.gguf"):
        _ = App(load_config(settings, {})).chat


def test_one_that_changed_since_it_was_verified_is_refused(settings: Path, tmp_path: Path) -> None:
    style = tmp_path / "style.gguf"
    verify_own(style)
    assert isinstance(App(load_config(settings, {})).chat, LlamaChat)
    write_adapter(style, tmp_path / "base.gguf", seed=2)
    with pytest.raises(ModelBroken, match="not what it was when it was verified"):
        _ = App(load_config(settings, {})).chat
    verify_own(style, accept=True)
    assert isinstance(App(load_config(settings, {})).chat, LlamaChat)
