"""The folder of a training run: what it was told, how it went, what came of it.

config.json       base file and hash, settings, data set and hash; never changed after the first start
log.jsonl         one object a step
curves.png        the losses over the steps
checkpoints/      last.pt: what the next step depends on
adapter/          the best so far, as PEFT writes it (of a full training: the model)
result.json       how it ended; not there while it has not
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import Busy, NotFound, TuningError
from bot.tuning.folders import CONFIG, is_name
from bot.tuning.training.settings import TrainingSettings


@dataclass(frozen=True)
class Run:
    """One run folder. Its files are written so that a process that is killed leaves the old or the new."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> Run:
        """A run that was begun. Raises NotFound."""
        if not (path / CONFIG).is_file():
            raise NotFound(
                f"There is no training run {path.name} in {path.parent}.", mend="See: footnote tune list"
            )
        return cls(path)

    @classmethod
    def begin(cls, path: Path, config: Mapping[str, Any]) -> Run:
        """A new run, or that of this name if it has the same config. Raises TuningError if it has another."""
        if not is_name(path.name):
            raise TuningError(
                f"A run cannot be called {path.name[:80]!r}.",
                mend="Letters, digits, dots, hyphens and underscores are expected, 64 at most.",
            )
        run = cls(path)
        if (path / CONFIG).is_file():
            known = run.config
            different = [key for key in {**known, **config} if known.get(key) != config.get(key)]
            if different:
                raise TuningError(
                    f"There is a run {path.name} already, and {_change(different[0], known, config)}.",
                    mend="Give another --name, or say what it was begun with to go on with it.",
                )
            return run
        path.mkdir(parents=True, exist_ok=True)
        run.write_json(CONFIG, config)
        return run

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.path.name

    @property
    def config(self) -> dict[str, Any]:
        """What it was told. Raises TuningError where it cannot be read."""
        return self.read_json(CONFIG)

    @property
    def settings(self) -> TrainingSettings:
        """Of its training."""
        return TrainingSettings.from_json(self.config)

    @property
    def result(self) -> dict[str, Any] | None:
        """How it ended; None where it has not."""
        return self.read_json("result.json") if (self.path / "result.json").is_file() else None

    @property
    def adapter(self) -> Path:
        """The folder of what was trained."""
        return self.path / "adapter"

    @property
    def checkpoint(self) -> Path:
        """The file to go on from."""
        return self.path / "checkpoints" / "last.pt"

    def log(self) -> list[dict[str, Any]]:
        """What was logged, step by step; a line that was cut short by a kill is left out."""
        try:
            lines = (self.path / "log.jsonl").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []
        found: list[dict[str, Any]] = []
        for line in lines:
            try:
                found.append(json.loads(line))
            except ValueError:
                break
        return found

    def add_to_log(self, entry: Mapping[str, Any]) -> None:
        """One more line."""
        with self.writing(), (self.path / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def cut_log(self, step: int) -> None:
        """Forget what was logged after `step`: it is done again."""
        kept = [json.dumps(entry) for entry in self.log() if entry["step"] <= step]
        self._replace("log.jsonl", lambda path: _write(path, "".join(line + "\n" for line in kept)))

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """A whole file of the folder at once."""
        text = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
        self._replace(name, lambda path: _write(path, text))

    def replace_file(self, path: Path, write: Callable[[Path], object]) -> None:
        """`write` a file somewhere, then put it at `path`: what was there stays until then."""
        path.parent.mkdir(exist_ok=True)
        self._replace(str(path.relative_to(self.path)), write)

    def replace_folder(self, path: Path, write: Callable[[Path], object]) -> None:
        """The same for a folder. Killed between the two renames, the next `mended` puts the old one back."""
        new, old = path.with_name(path.name + ".new"), path.with_name(path.name + ".old")
        with self.writing():
            shutil.rmtree(new, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
            write(new)
            if path.exists():
                path.rename(old)
            new.rename(path)
            shutil.rmtree(old, ignore_errors=True)

    def mended(self) -> None:
        """Put back what a kill left half replaced."""
        old = self.adapter.with_name("adapter.old")
        if old.is_dir() and not self.adapter.exists():
            old.rename(self.adapter)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else trains or exports here meanwhile. Raises Busy. A process that dies lets go."""
        with (self.path / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(
                    f"The run {self.name} is being trained or exported already.", mend="Wait for it to end."
                ) from None
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Turns what a disk says into what a person can do. Raises TuningError."""
        try:
            yield
        except OSError as exc:
            if exc.errno in (errno.ENOSPC, errno.EDQUOT, None):  # None: NumPy could not write all of an array
                raise TuningError(
                    f"There is no space left for the run {self.path}; what it had kept before stays.",
                    mend="Free some space, then say the same again: it goes on from there.",
                ) from exc
            raise TuningError(f"The run {self.path} cannot be written: {exc.strerror}.") from exc

    def _replace(self, name: str, write: Callable[[Path], object]) -> None:
        path = self.path / name
        new = path.with_name(path.name + ".new")
        with self.writing():
            try:
                write(new)
                with new.open("rb+") as file:
                    os.fsync(file.fileno())
                new.replace(path)
            finally:
                new.unlink(missing_ok=True)

    def read_json(self, name: str) -> dict[str, Any]:
        """A JSON object of the folder. Raises TuningError where there is none."""
        try:
            found = json.loads((self.path / name).read_text("utf-8"))
        except (OSError, ValueError) as exc:
            raise TuningError(
                f"{self.path / name} cannot be read: {exc}.", mend="Begin another run."
            ) from exc
        if not isinstance(found, dict):
            raise TuningError(f"{self.path / name} holds no JSON object.", mend="Begin another run.")
        return found


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _change(key: str, known: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    if key == "dataset_hash":
        return "its data set was changed since"
    if key == "base_sha256":
        return f"it was begun with other weights ({known.get('base')})"
    return f"its {key} is {known.get(key)!r}, not {config.get(key)!r}"
