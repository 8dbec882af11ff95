"""Where everything of tuning lies, below the folder `tuning` of the data.

tuning/datasets/NAME/    train.jsonl, validation.jsonl, heldout.jsonl, manifest.json    (bot.tuning.data)
tuning/runs/NAME/        config.json, what was trained, adapter.gguf, scorecard.json    (training, proof)
tuning/pause             while it is there, training waits
tuning/schedule.lock, schedule.log    of adapters that are prepared on a schedule
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONFIG, ADAPTER_FILE, SCORECARD = "config.json", "adapter.gguf", "scorecard.json"
"""In the folder of a run."""
RESULT, EXPORT = "result.json", "export.json"
"""In it, once it is trained, and once it is exported."""
MANIFEST = "manifest.json"
"""In the folder of a dataset."""
_NAME = re.compile(r"\w[\w.-]{0,63}")


def is_name(text: str) -> bool:
    """Whether a run or a dataset can be called that: it is a folder's name and leads nowhere else."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True)
class TuningFolders:
    """The folders below one folder of data."""

    data: Path

    @property
    def runs(self) -> Path:
        """A folder for each run."""
        return self.data / "tuning" / "runs"

    @property
    def pause(self) -> Path:
        """While this file is there, training waits between two steps."""
        return self.data / "tuning" / "pause"

    @property
    def datasets(self) -> Path:
        """A folder for each dataset."""
        return self.data / "tuning" / "datasets"

    @property
    def schedule_lock(self) -> Path:
        """Held by whoever prepares an adapter on the schedule."""
        return self.data / "tuning" / "schedule.lock"

    @property
    def schedule_log(self) -> Path:
        """What the steps of the last such preparation said."""
        return self.data / "tuning" / "schedule.log"

    def dataset(self, name: str) -> Path:
        """The folder of a dataset by name, or the one at a path."""
        return Path(name).expanduser() if "/" in name else self.datasets / name

    def dataset_of(self, config: Mapping[str, object]) -> Path:
        """Of the dataset that a run learned from, by its config: where it lay then, else by its name."""
        path = config.get("dataset_path")
        if isinstance(path, str) and Path(path).is_dir():
            return Path(path)
        return self.dataset(str(config.get("dataset", "")))
