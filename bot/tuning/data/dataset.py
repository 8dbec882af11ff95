"""A frozen dataset: three files of rows and a manifest that holds their hashes.

Nothing is ever changed in one: what was tuned on it, and what was measured on its held-out rows, is only
worth something as long as it is the very same. Whoever opens it finds out.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import FootnoteError, NotFound
from bot.tuning.folders import MANIFEST
from bot.tuning.rows import Row, RowError, parse_row

VERSION = 1
SPLITS = ("train", "validation", "heldout")
_REBUILD = "Build it anew under another name: footnote tune data NAME."


class DatasetError(FootnoteError):
    """A dataset cannot be used, or not be built."""


@dataclass(frozen=True)
class Manifest:
    """What is known of a dataset beside its rows. Counts are of rows."""

    name: str
    created: str
    """ISO 8601, UTC."""
    seed: int
    counts: Mapping[str, Mapping[str, int]]
    """By split and kind."""
    sha256: Mapping[str, str]
    """By file."""
    documents: Mapping[str, Sequence[str]]
    """By split, in order."""
    readers: Sequence[str] | None
    """Principals to whom an adapter made of it has to be restricted; None: everybody may have it."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """By reason, what was left out."""
    masked: Mapping[str, int] = field(default_factory=dict)
    """By kind, how much personal data and how many secrets were replaced."""
    advice: Sequence[str] = ()
    """What whoever trains on it should know."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """By document that the index knows, the version that the rows were made from."""
    version: int = VERSION


@dataclass(frozen=True)
class Dataset:
    """The rows of a dataset, as they were frozen."""

    path: Path
    manifest: Manifest
    hash: str
    """SHA-256 of the manifest, which holds those of the rows."""
    train: list[Row]
    validation: list[Row]
    heldout: list[Row]

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def readers(self) -> tuple[str, ...] | None:
        """Principals to whom an adapter made of it has to be restricted; None: everybody may have it."""
        return None if self.manifest.readers is None else tuple(self.manifest.readers)

    @property
    def splits(self) -> dict[str, list[Row]]:
        """The rows by SPLITS."""
        return {"train": self.train, "validation": self.validation, "heldout": self.heldout}

    @classmethod
    def open(cls, path: Path) -> Dataset:
        """The dataset in a folder. Raises NotFound, or DatasetError where a file was changed, a row is
        broken, or one document, question or text stands in two splits."""
        try:
            raw = (path / MANIFEST).read_bytes()
        except FileNotFoundError:
            raise NotFound(
                f"There is no dataset in {path}.",
                mend="Build one: footnote tune data NAME; those there are: footnote tune list.",
            ) from None
        except OSError as exc:
            raise DatasetError(f"{path / MANIFEST} cannot be read: {exc}.") from exc
        manifest = _manifest(path / MANIFEST, raw)
        rows = {split: _read(path / f"{split}.jsonl", manifest) for split in SPLITS}
        if found := leak(rows):
            raise DatasetError(
                f"The dataset {path} cannot be trusted: {found}.",
                mend=f"What is measured on it would be better than it is. {_REBUILD}",
            )
        if wrong := {
            row.id for split in rows.values() for row in split if not _may_read(manifest.readers, row.readers)
        }:
            raise DatasetError(
                f"Not everybody may read what {len(wrong)} rows of {path} were made from, and the dataset "
                "does not say so.",
                mend=_REBUILD,
            )
        return cls(path, manifest, hashlib.sha256(raw).hexdigest(), *(rows[split] for split in SPLITS))


def leak(splits: Mapping[str, Sequence[Row]]) -> str:
    """What stands in two splits: a document, or the same words; "" where nothing does."""
    for what, keys_of in (("document", _documents), ("question", _questions), ("text", _texts)):
        where: dict[str, tuple[str, str]] = {}
        for split, rows in splits.items():
            for row in rows:
                for key in keys_of(row):
                    first, other = where.setdefault(key, (split, row.id))
                    if first != split:
                        return f"row {other} of {first} and row {row.id} of {split} have the same {what}"
    return ""


def freeze(
    folder: Path, splits: Mapping[str, Sequence[Row]], manifest: Mapping[str, Any], *, name: str
) -> Manifest:
    """Write rows and manifest into a folder that nobody reads yet, all of it on the disk when this returns.

    `manifest`: the fields of Manifest that do not come of the rows. Raises DatasetError for a leak.
    """
    if found := leak(splits):
        raise DatasetError(f"The splits leak: {found}.", mend="This is a bug: please report it.")
    hashes: dict[str, str] = {}
    for split in SPLITS:
        content = "".join(f"{row.line()}\n" for row in splits[split]).encode()
        hashes[f"{split}.jsonl"] = hashlib.sha256(content).hexdigest()
        write_durably(folder / f"{split}.jsonl", content)
    complete = Manifest(
        name=name,
        counts={split: dict(Counter(row.kind for row in splits[split])) for split in SPLITS},
        sha256=hashes,
        documents={
            split: sorted({name for row in splits[split] for name in row.documents}) for split in SPLITS
        },
        **manifest,
    )
    text = json.dumps(asdict(complete), ensure_ascii=False, indent=1, sort_keys=True)
    write_durably(folder / MANIFEST, f"{text}\n".encode())
    return complete


def write_durably(path: Path, content: bytes) -> None:
    """The whole file, on the disk when this returns. Raises DatasetError."""
    try:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as exc:
        raise DatasetError(
            f"{path} cannot be written: {exc.strerror}.",
            mend="Make room on the disk, or mend the rights of its folder; the same command goes on then.",
        ) from exc


def _manifest(path: Path, raw: bytes) -> Manifest:
    try:
        given = json.loads(raw)
        known = {name: given[name] for name in Manifest.__dataclass_fields__ if name in given}
        manifest = Manifest(**known)
        is_whole = set(manifest.sha256) == {f"{split}.jsonl" for split in SPLITS}
    except (ValueError, TypeError, AttributeError) as exc:
        raise DatasetError(f"{path} is no manifest of a dataset ({exc}).", mend=_REBUILD) from exc
    if manifest.version != VERSION or not is_whole:
        raise DatasetError(
            f"{path} is of version {manifest.version!r}; this Footnote reads version {VERSION}.",
            mend=_REBUILD,
        )
    return manifest


def _read(path: Path, manifest: Manifest) -> list[Row]:
    try:
        raw = path.read_bytes()
    except OSError as exc:
        raise DatasetError(f"{path} cannot be read: {exc.strerror}.", mend=_REBUILD) from exc
    if hashlib.sha256(raw).hexdigest() != manifest.sha256[path.name]:
        raise DatasetError(
            f"{path} was changed since the dataset was frozen: its hash is not that of the manifest.",
            mend=f"Put the file back as it was. {_REBUILD}",
        )
    rows: list[Row] = []
    # not splitlines of the text: U+2028 and the like may stand in a JSON text
    for number, line in enumerate(raw.splitlines(), start=1):
        try:
            rows.append(parse_row(json.loads(line)))
        except ValueError as exc:
            raise DatasetError(f"{path}, line {number}: no JSON ({exc}).", mend=_REBUILD) from exc
        except RowError as exc:
            raise DatasetError(f"{path}, line {number}: {exc.message}", mend=exc.mend) from exc
    return rows


def _documents(row: Row) -> Iterator[str]:
    yield from row.documents


def _questions(row: Row) -> Iterator[str]:
    asked = [message.content for message in row.messages if message.role == "user"]
    if said := row.question or (asked[-1] if asked else ""):
        yield same_words(said)


def _texts(row: Row) -> Iterator[str]:
    texts = [passage.text for passage in row.passages] + [row.text]
    yield from (same_words(text) for text in texts if text)


def same_words(text: str) -> str:
    """Equal for texts that differ in case, white space and punctuation only."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _may_read(readers: Sequence[str] | None, row: Sequence[str] | None) -> bool:
    """Whether whoever may have the dataset may read what the row was made of."""
    return row is None or (readers is not None and set(readers) <= set(row))
