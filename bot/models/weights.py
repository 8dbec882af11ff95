"""The model files on this machine: where they lie, and whether they are what they should be.

Hashing a gigabyte takes seconds, so a file that was hashed once gets a note beside it (hash, and what the
file system says of it) and is not hashed again until that differs. Among it are the inode and the time its
inode changed, which nobody can set back: a file put in its place with the same size and date is seen.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from bot.contracts import Progress
from bot.durable import write_whole
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
    before = _state(path)
    if before["bytes"] != entry.bytes:
        raise ModelBroken(
            f"The model file {path} has {before['bytes']:,} bytes instead of {entry.bytes:,}.",
            mend=_again(entry),
        )
    # a file that changes while it is hashed has no hash
    if hash_file(path, progress) != entry.sha256 or _state(path) != before:
        raise ModelBroken(f"The model file {path} is not what the catalogue says.", mend=_again(entry))
    note_verified(path, entry.sha256)


def verify_own(path: Path, progress: Progress | None = None, *, accept: bool = False) -> str:
    """Hash a file that the catalogue does not know (an adapter, a model of one's own) and compare it with
    what it was when it was verified first; the hash. From then on `check_unchanged` looks after it.

    With `accept` it counts as it is now. Raises ModelMissing, ModelBroken.
    """
    if not path.is_file():
        raise ModelMissing(f"There is no file {path}.")
    before, noted = _state(path), (_noted(path) or {}).get("sha256")
    found = hash_file(path, progress)
    if _state(path) != before:
        raise ModelBroken(f"The file {path} changed while it was hashed.", mend="Verify it again.")
    if isinstance(noted, str) and noted != found and not accept:
        raise _changed(path)
    note_verified(path, found)
    return found


def verified_hash(path: Path) -> str | None:
    """The SHA-256 of a file that was verified before and has not changed since; reads a note only."""
    noted = (_noted(path) or {}).get("sha256")
    return noted if isinstance(noted, str) and _is_noted(path, noted) else None


def check_unchanged(path: Path) -> None:
    """Look, right before it is loaded, whether a file that was verified once is still what it was; hashes it
    if anything about it differs. A process that is started again days later loads what lies there then.

    Raises ModelBroken. Does nothing for a file that no hash is known of.
    """
    noted = _noted(path)
    if not noted or _is_noted(path, str(noted.get("sha256"))):
        return
    if hash_file(path) != noted.get("sha256"):
        raise _changed(path)


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


def sha256_of(path: Path) -> str:
    """The hash of a file: as noted when it was verified, else by reading all of it.

    Does not note it: a file of one's own may be replaced.
    """
    return verified_hash(path) or hash_file(path)


def note_verified(path: Path, sha256: str) -> None:
    """Remember that `path`, as it is now, has this hash."""
    with contextlib.suppress(OSError):  # a read-only model directory only costs the next start a hash
        write_whole(_note(path), json.dumps({**_state(path), "sha256": sha256}).encode())


def _is_noted(path: Path, sha256: str) -> bool:
    noted = _noted(path)
    return noted is not None and path.is_file() and noted == {**_state(path), "sha256": sha256}


def _noted(path: Path) -> dict[str, object] | None:
    """What was noted of a file when it was verified; None where nothing was."""
    try:
        noted = json.loads(_note(path).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return noted if isinstance(noted, dict) else None


def _state(path: Path) -> dict[str, int]:
    """What the file system says of a file, without a look into it."""
    stat = path.stat()
    return {
        "bytes": stat.st_size,
        "mtime_ns": stat.st_mtime_ns,
        "ctime_ns": stat.st_ctime_ns,
        "inode": stat.st_ino,
    }


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".verified.json")


def _changed(path: Path) -> ModelBroken:
    if any(path.name == entry.file for entry in CATALOGUE.values()):
        mend = "Pull it again (footnote models pull NAME), or find out who changed it."
    else:
        mend = f"If you replaced it yourself: footnote models verify --accept {path}. Else find out who did."
    return ModelBroken(f"The model file {path} is not what it was when it was verified.", mend=mend)


def _again(entry: CatalogueEntry) -> str:
    return f"Run: footnote models pull {entry.name}"
