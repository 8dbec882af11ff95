from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.app import App
from bot.config import load_config
from bot.models.chat import LlamaChat
from bot.models.threads import NOTE, remember_threads, remembered_threads
from tests.models.test_adapters import write_base


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_base(tmp_path / "base.gguf")


def test_what_was_found_best_holds_for_that_file_alone(path: Path, tmp_path: Path) -> None:
    assert remembered_threads(path, tmp_path) == 0
    other = write_base(tmp_path / "other.gguf")
    assert remember_threads(path, tmp_path, 1)
    assert remembered_threads(path, tmp_path) == 1
    assert remembered_threads(other, tmp_path) == 0
    os.utime(path, ns=(1, 1))
    assert remembered_threads(path, tmp_path) == 0


def test_another_number_of_cores_is_another_machine(path: Path, tmp_path: Path) -> None:
    remember_threads(path, tmp_path, 1)
    noted = json.loads((tmp_path / NOTE).read_text())
    noted[str(path)]["cores"] += 1
    (tmp_path / NOTE).write_text(json.dumps(noted))
    assert remembered_threads(path, tmp_path) == 0


@pytest.mark.parametrize("threads", [0, -1, 10_000, "2", None, [1]])
def test_a_note_of_nonsense_is_no_note(path: Path, tmp_path: Path, threads: object) -> None:
    remember_threads(path, tmp_path, 1)
    noted = json.loads((tmp_path / NOTE).read_text())
    noted[str(path)]["threads"] = threads
    (tmp_path / NOTE).write_text(json.dumps(noted))
    assert remembered_threads(path, tmp_path) == 0


@pytest.mark.parametrize("note", ["", "[]", "{", "\x00", '{"a": 1}'])
def test_a_damaged_note_is_written_anew(path: Path, tmp_path: Path, note: str) -> None:
    (tmp_path / NOTE).write_text(note)
    assert remembered_threads(path, tmp_path) == 0
    assert remember_threads(path, tmp_path, 1)
    assert remembered_threads(path, tmp_path) == 1


def test_a_number_in_config_toml_comes_before_what_was_measured(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "models"
    folder.mkdir(parents=True)
    remember_threads(path, folder, 1)
    settings = tmp_path / "config.toml"

    def threads(line: str) -> str:
        settings.write_text(f'data_dir = "data"\n[models]\nchat = "base.gguf"\n{line}\n')
        chat = App(load_config(settings, {})).chat
        assert isinstance(chat, LlamaChat)
        return chat._child.arguments[2]

    assert threads("") == "1"
    assert threads("threads = 7") == "7"
