"""What was made from documents, and so may still hold their words when they are forgotten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from bot.store.adapters import Adapters
from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from bot.tuning.activation.files import AdapterError, folders_in, read_object
from bot.tuning.folders import CONFIG, MANIFEST, TuningFolders


@dataclass(frozen=True)
class Learned:
    """Names, in order."""

    datasets: tuple[str, ...]
    """Those that quote one of the documents."""
    runs: tuple[str, ...]
    """Those that were trained on such a dataset."""


class Learners:
    """Says what was made from documents that somebody forgets."""

    def __init__(self, folders: TuningFolders, database: Database) -> None:
        self._folders = folders
        self._database = database

    def documents(self, connector: str, item_id: str = "") -> list[str]:
        """Ids of that document or of all of the connector: to be asked for before they are forgotten, for
        nobody knows them afterwards. Raises StoreError."""
        items = [item_id] if item_id else Corpus(self._database).versions(connector)
        return [document_id(connector, item) for item in items]

    def of(self, document_ids: Collection[str]) -> Learned:
        """What was made from any of them. Raises AdapterError, StoreError."""
        return learned_from(document_ids, self._folders, Adapters(self._database))


def learned_from(document_ids: Collection[str], folders: TuningFolders, adapters: Adapters) -> Learned:
    """What was made from any of these documents. A manifest or a config that cannot be read counts as if it
    was: nobody can say that it was not. Raises AdapterError where the folders cannot be read, StoreError."""
    wanted = frozenset(document_ids)
    if not wanted:
        return Learned((), ())
    datasets = [
        folder.name
        for folder in folders_in(folders.datasets)
        if _names(folder / MANIFEST, wanted, ("train", "validation", "heldout"))
    ]
    runs = set(adapters.trained_on(wanted))
    for folder in folders_in(folders.runs):
        if not (folder / CONFIG).is_file():
            continue
        try:
            dataset = folders.dataset_of(read_object(folder / CONFIG))
        except AdapterError:
            runs.add(folder.name)
            continue
        if _names(dataset / MANIFEST, wanted, ("train", "validation")):
            runs.add(folder.name)
    return Learned(tuple(datasets), tuple(sorted(runs)))


def _names(manifest: Path, wanted: frozenset[str], splits: Collection[str]) -> bool:
    """Whether these splits of a dataset quote one of the documents. One without a manifest is none."""
    if not manifest.is_file():
        return False
    try:
        documents = read_object(manifest).get("documents")
    except AdapterError:
        return True
    if not isinstance(documents, dict):
        return True
    return any(not wanted.isdisjoint(documents.get(split) or ()) for split in splits)
