"""Where a mirror of the corpus keeps its arrays: folders of .npy files, written once and then mapped.

A mirror is a list of segments, each a set of arrays with a row (or several) a chunk. New rows make a small
new segment; segments of like size are merged, so there are few. Nothing is ever changed in place: a segment
is written under another name, synced, renamed, and only then named in the manifest, which is replaced in one
step. A process killed anywhere in between leaves the old manifest with its whole segments, or the new one.

What a removed document left in a segment is dead, as its number is in no set of allowed documents any more;
merging leaves it out.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.store.changes import State

Arrays = Mapping[str, NDArray[Any]]


def mirror_folder(database: Path) -> Path:
    """Where the mirrors of a database stand: beside it. To delete it is to have them made anew."""
    return database.with_name(f"{database.name}.mirror")


@dataclass(frozen=True, eq=False)
class Segment:
    """Some rows of a mirror: `ids` and `documents` have an entry a chunk, what else there is depends."""

    arrays: Arrays
    name: str = ""
    """Its folder; empty while it is only in memory."""

    @property
    def ids(self) -> NDArray[np.int64]:
        """Of the chunks."""
        return self.arrays["ids"]

    @property
    def documents(self) -> NDArray[np.int64]:
        """Numbers of the chunks' documents."""
        return self.arrays["documents"]

    def __len__(self) -> int:
        return len(self.arrays["ids"])


@dataclass(frozen=True)
class Kept:
    """What a folder holds of one mirror."""

    state: State
    """Of the corpus: all up to there is in the segments."""
    segments: tuple[Segment, ...]
    about: dict[str, str]


class SegmentFolder:
    """The segments of one `kind` of mirror under `folder`; other kinds may share it."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self._kind = kind
        self._manifest = folder / f"{kind}.json"

    def load(self, about: Mapping[str, str]) -> Kept | None:
        """What is kept, its arrays mapped; None where it is missing, damaged or not `about` the same."""
        for _ in range(2):  # another process may replace it while it is being opened
            try:
                manifest = json.loads(self._manifest.read_bytes())
                if {key: manifest["about"].get(key) for key in about} != dict(about):
                    return None
                state = State(int(manifest["epoch"]), str(manifest["token"]))
                segments = tuple(self._opened(str(name)) for name in manifest["segments"])
            except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError):
                continue
            return Kept(state, segments, dict(manifest["about"]))
        return None

    def save(
        self, state: State, segments: Sequence[Segment], about: Mapping[str, str]
    ) -> tuple[Segment, ...] | None:
        """Write what is in memory only, and make it the content of the folder. Gives the segments mapped.

        None where another process is writing. Raises OSError.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with self._locked() as is_ours:
            if not is_ours:
                return None
            written = tuple(one if one.name else self._written(one) for one in segments)
            manifest = {
                "epoch": state.epoch,
                "token": state.token,
                "segments": [one.name for one in written],
                "about": dict(about),
            }
            self._replace(self._manifest, json.dumps(manifest).encode())
            self._sweep({one.name for one in written})
            return written

    def _opened(self, name: str) -> Segment:
        path = self._folder / name
        if path.parent != self._folder or not name.startswith(f"{self._kind}-"):
            raise ValueError(f"{name} is not the name of a segment")
        arrays = {file.stem: np.load(file, mmap_mode="r", allow_pickle=False) for file in path.glob("*.npy")}
        segment = Segment({key: array.view(np.ndarray) for key, array in arrays.items()}, name)
        if len(segment.ids) != len(segment.documents):
            raise ValueError(f"{name} is damaged")
        return segment

    def _written(self, segment: Segment) -> Segment:
        name = f"{self._kind}-{secrets.token_hex(8)}"
        making = self._folder / f"{self._kind}-new-{secrets.token_hex(4)}"
        making.mkdir()
        for key, array in segment.arrays.items():
            with (making / f"{key}.npy").open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        making.rename(self._folder / name)
        self._sync_folder()
        return self._opened(name)

    def _replace(self, path: Path, content: bytes) -> None:
        making = path.with_suffix(".new")
        with making.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        making.replace(path)
        self._sync_folder()

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _sweep(self, names: set[str]) -> None:
        """Delete what is not named; who has it mapped keeps it."""
        for path in self._folder.glob(f"{self._kind}-*"):
            if path.name not in names:
                shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[bool]:
        with (self._folder / f"{self._kind}.lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
