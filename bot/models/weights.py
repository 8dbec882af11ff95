"""The model files on this machine: where they lie, and whether they are what they should be.

Hashing a gigabyte takes seconds, so a file that was hashed once gets a note beside it (size, time of its last
change, hash) and is not hashed again until one of the first two differs.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from bot.contracts import Progress
from bot.errors import ModelBroken, ModelError, ModelMissing
from bot.models.catalogue import CATALOGUE, CatalogueEntry
from bot.models.gguf_header import read_header

_CHUNK = 1 << 22


def locate(name_or_path: str | Path, models_directory: Path) -> Path:
    """The file of a catalogue model, or the .gguf file at a path, checked.

    Raises ModelMissing or ModelBroken; llama.cpp is not asked to open a file that fails here.
    """
    text = str(name_or_path)
    entry = CATALOGUE.get(text)
    if entry is not None:
        path = models_directory / entry.file
        if not path.is_file():
            raise ModelMissing(
                f"The model {entry.name} is not on this machine ({path}).",
                mend=f"Run: footnote models pull {entry.name}",
            )
        if entry.sha256 is not None and not _is_noted(path, entry.sha256):
            verify(path, entry)
    else:
        path = Path(text).expanduser()
        if not path.is_file():
            raise ModelMissing(
                f"There is no model file {path}, and no model of that name in the catalogue.",
                mend="Give the path of a .gguf file, or a name from: footnote models list",
            )
    read_header(path)
    return path


def verify(path: Path, entry: CatalogueEntry, progress: Progress | None = None) -> None:
    """Hash the whole of `path` against the catalogue.

    Raises ModelMissing, ModelBroken; ModelError where the catalogue knows no hash.
    """
    if entry.sha256 is None:
        raise ModelError(
            f"The catalogue has no hash for {entry.name}: it cannot be verified.",
            mend="Compare the file with the hash its publisher gives.",
        )
    if not path.is_file():
        raise ModelMissing(
            f"The model {entry.name} is not on this machine ({path}).",
            mend=f"Run: footnote models pull {entry.name}",
        )
    size = path.stat().st_size
    if size != entry.bytes:
        raise ModelBroken(
            f"The model file {path} has {size:,} bytes instead of {entry.bytes:,}.", mend=_again(entry)
        )
    if hash_file(path, progress) != entry.sha256:
        raise ModelBroken(f"The model file {path} is not what the catalogue says.", mend=_again(entry))
    note_verified(path, entry.sha256)


def is_verified(path: Path, entry: CatalogueEntry) -> bool:
    """Whether `path` was verified before and has not changed since. Reads a note, hashes nothing."""
    return entry.sha256 is not None and _is_noted(path, entry.sha256)


def hash_file(path: Path, progress: Progress | None = None) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    done, total = 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if progress is not None:
                progress(f"verifying {path.name}", done, total)
    return digest.hexdigest()


def note_verified(path: Path, sha256: str) -> None:
    """Remember that `path`, as it is now, has this hash."""
    stat = path.stat()
    note = _note(path)
    temporary = note.with_name(f"{note.name}.{os.getpid()}")
    try:
        temporary.write_text(
            json.dumps({"bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256}), "utf-8"
        )
        temporary.replace(note)
    except OSError:
        return  # a read-only model directory only costs the next start a hash


def _is_noted(path: Path, sha256: str) -> bool:
    try:
        noted = json.loads(_note(path).read_text("utf-8"))
        stat = path.stat()
    except (OSError, ValueError):
        return False
    return bool(noted == {"bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256})


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".verified.json")


def _again(entry: CatalogueEntry) -> str:
    return f"Run: footnote models pull {entry.name}"
