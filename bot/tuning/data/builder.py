"""A dataset, from all that rows are gathered from to a frozen folder.

It is built in a folder beside and renamed when it is whole: whatever ends the work, the name is free or the
dataset complete, and the same command goes on. What takes long (generation) is kept there passage by passage;
all else is made again, the same by its seed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from bot.contracts import Progress, unwatched
from bot.errors import Busy
from bot.tuning.data.advice import advice_on, enough
from bot.tuning.data.assembly import Assembly
from bot.tuning.data.checking import Checks
from bot.tuning.data.cleaning import flaw, mask, question_of, without_repetitions
from bot.tuning.data.dataset import Dataset, DatasetError, freeze, same_words
from bot.tuning.data.documents import Documents
from bot.tuning.data.masking import masked
from bot.tuning.data.rehearsal import Rehearsal
from bot.tuning.data.shares import EXAMINED, Shares
from bot.tuning.data.splitting import Splits, split_rows, with_own_passages, without_leaks
from bot.tuning.folders import is_name
from bot.tuning.rows import Row, RowPassage
from connectors.base import EVERYONE

SPARE = 5
"""Pieces of each document that may stand beside those that carry answers."""
RESTRICTED = "not everybody may read what it was made from (--readers)"
GENERATED = "generated.jsonl"


@dataclass
class Gathered:
    """Rows from wherever they come, and what was left out and masked on the way."""

    rows: list[Row]
    rejected: Counter[str]
    masked: Counter[str]


class Building:
    """The folder in which one dataset is built, beside the one that it becomes. See `building`."""

    def __init__(self, folder: Path, path: Path) -> None:
        self.folder = folder
        """Where the dataset will be."""
        self.path = path

    @property
    def generated(self) -> Path:
        """Where generation keeps what it has done."""
        return self.path / GENERATED


@contextmanager
def building(folder: Path) -> Iterator[Building]:
    """Begin a dataset, or go on with it; nobody else builds it meanwhile.

    Raises DatasetError where the name is no name or taken, Busy.
    """
    if not is_name(folder.name):
        raise DatasetError(
            f"A dataset cannot be called {folder.name[:80]!r}.",
            mend="Take letters, digits, dots, hyphens and underscores, at most 64: support-2026-11.",
        )
    path = folder.with_name(f".{folder.name}.building")
    if folder.exists():
        # it was ended between its last two steps: all of it is in the dataset
        shutil.rmtree(path, ignore_errors=True)
        raise DatasetError(
            f"There is a dataset {folder.name} already; a frozen dataset is never changed.",
            mend=f"Take another name, or look at it: footnote tune data {folder.name} --report",
        )
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise DatasetError(f"{path} cannot be written: {exc.strerror}.", mend="Mend its rights.") from exc
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise Busy(
                f"The dataset {folder.name} is being built already.", mend="Wait until that is done."
            ) from exc
        place = Building(folder, path)
        try:
            yield place
        finally:
            if not place.generated.exists():  # there is nothing to go on with
                shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)


async def build(
    place: Building,
    gathered: Gathered,
    documents: Documents,
    checks: Checks,
    *,
    seed: int,
    readers: tuple[str, ...] | None = None,
    shares: Shares | None = None,
    rehearsal: Rehearsal | None = None,
    progress: Progress = unwatched,
) -> Dataset:
    """Clean, split, assemble and freeze. `readers`: principals to whom the adapter will be restricted; None:
    everybody will have it, and what not everybody may read is left out. Without `rehearsal` nothing is.

    Raises DatasetError where the rows do not make a dataset, ModelError, StoreError.
    """
    shares = shares or Shares()
    rejected, masked_counts = Counter(gathered.rejected), Counter(gathered.masked)
    rows = _cleaned(gathered.rows, readers, rejected, masked_counts)
    enough(rows, rejected)
    random = Random(seed)  # noqa: S311 - no secret
    splits = split_rows(rows, {"validation": shares.validation, "heldout": shares.heldout_of(rows)}, random)
    splits = with_own_passages(splits)
    splits = await _assembled(splits, documents, checks, shares, random, rejected, progress)
    splits = without_leaks(splits, rejected)
    all_rows = [row for split in splits.values() for row in split]
    enough(all_rows, rejected, splits=splits, may_lack_abstentions=shares.abstain == 0)
    if rehearsal is not None:
        count = round(len(splits["train"]) * shares.rehearsed / (1 - shares.rehearsed))
        asked = {same_words(question_of(row)) for row in all_rows}
        splits["train"] += await rehearsal.rows(count, asked, rejected, progress=progress)
    names = {name for row in all_rows for name in row.documents}
    manifest = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "readers": None if readers is None else sorted(set(readers)),
        "rejected": _most_first(rejected),
        "masked": _most_first(masked_counts),
        "advice": advice_on(splits),
        "versions": documents.versions(names),
    }
    return _frozen(place, splits, manifest)


def _cleaned(
    given: Sequence[Row], readers: tuple[str, ...] | None, rejected: Counter[str], counted: Counter[str]
) -> list[Row]:
    rows: list[Row] = []
    for row in given:
        if row.readers is not None and EVERYONE in row.readers:
            row = replace(row, readers=None)
        if row.readers is not None and not (readers and set(readers) <= set(row.readers)):
            rejected[RESTRICTED] += 1
            continue
        row = mask(row, counted)
        if reason := flaw(row):
            rejected[f"{row.source.partition(':')[0]}: {reason}"] += 1
        else:
            rows.append(row)
    return without_repetitions(rows, rejected)


async def _assembled(
    splits: Splits,
    documents: Documents,
    checks: Checks,
    shares: Shares,
    random: Random,
    rejected: Counter[str],
    progress: Progress,
) -> Splits:
    total, done = sum(map(len, splits.values())), 0
    found: Splits = {}
    for split, rows in splits.items():
        assembly = Assembly(_passages(rows, documents), checks, random)
        found[split] = []
        for row in rows:
            progress("checking rows", done, total)
            done += 1
            made = await assembly.assembled(row)
            if isinstance(made, Row):
                found[split].append(made)
            else:
                rejected[f"{row.source.partition(':')[0]}: {made}"] += 1
        if shares.abstain:
            share = max(EXAMINED, shares.abstain) if split == "heldout" else shares.abstain
            found[split] += await assembly.abstentions(found[split], share)
    progress("checking rows", total, total)
    return found


def _passages(rows: Sequence[Row], documents: Documents) -> list[RowPassage]:
    """What may stand beside in a split: all that its rows hold, and more of their documents."""
    own = [passage for row in rows for passage in row.passages]
    counted: Counter[str] = Counter()  # these were not masked yet, nor are they rows
    spare = [
        passage
        for name in sorted({passage.document for passage in own})
        if name in documents
        for passage in documents.spare(name, SPARE)
    ]
    return own + [
        RowPassage(each.document, *(masked(part, counted) for part in (each.title, each.section, each.text)))
        for each in spare
    ]


def _frozen(place: Building, splits: Splits, manifest: Mapping[str, object]) -> Dataset:
    whole = place.path / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    try:
        whole.mkdir(mode=0o700)
        freeze(whole, splits, manifest, name=place.folder.name)
        Dataset.open(whole)  # nothing is given a name that could not be opened by it
        whole.rename(place.folder)
        parent = os.open(place.folder.parent, os.O_RDONLY)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)
    except OSError as exc:
        raise DatasetError(
            f"{place.folder} cannot be made: {exc.strerror}.",
            mend="Mend the rights of its folder; the same command goes on then.",
        ) from exc
    shutil.rmtree(place.path, ignore_errors=True)
    return Dataset.open(place.folder)


def _most_first(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in counts.most_common() if count}
