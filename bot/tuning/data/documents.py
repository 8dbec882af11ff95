"""The documents of the index that rows are made from, as they were when a dataset was begun."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from bot.answering import prompts
from bot.answering.evidence import GAP, readable
from bot.store.database import Database
from bot.store.source_documents import SourceChunk, SourceDocument, SourceDocuments
from bot.tuning.rows import RowPassage
from connectors.base import EVERYONE

LONGEST_CHUNK = 1600
"""Characters of a passage that stands beside others in a prompt: more are never shown."""


class Documents:
    """Knows versions and readers at one moment, texts as they are. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._source = SourceDocuments(database)
        self._known = self._source.all()
        self._letters: dict[str, list[str]] = {}

    def __contains__(self, document_id: object) -> bool:
        return document_id in self._known

    def __len__(self) -> int:
        return len(self._known)

    def all(self) -> list[SourceDocument]:
        """In the order of their ids."""
        return list(self._known.values())

    def versions(self, document_ids: Collection[str]) -> dict[str, str]:
        """Of those that are known, by id."""
        return {name: self._known[name].version for name in sorted(document_ids) if name in self._known}

    def readers(self, document_ids: Collection[str]) -> tuple[str, ...] | None:
        """Principals, each of whom may read all of these documents; None: everybody may. Empty: nobody may,
        as far as principals tell; so it is of documents that are not known."""
        common: frozenset[str] | None = None
        for name in document_ids:
            document = self._known.get(name)
            if document is None:
                return ()
            if EVERYONE not in document.readers:
                common = document.readers if common is None else common & document.readers
        return None if common is None else tuple(sorted(common))

    def licence(self, document_ids: Collection[str]) -> str:
        """Whose texts they are: the connectors that they come from."""
        connectors = {self._known[name].connector for name in document_ids if name in self._known}
        return f"documents of {', '.join(sorted(connectors))}" if connectors else ""

    def chunks(self, document_id: str) -> list[SourceChunk]:
        """What a document says now, in pieces."""
        return self._source.chunks(document_id)

    def spare(self, document_id: str, most: int) -> list[RowPassage]:
        """Some of its pieces, to stand beside others."""
        return [
            RowPassage(document_id, chunk.title, chunk.section, chunk.text[:LONGEST_CHUNK])
            for chunk in self.chunks(document_id)[:most]
        ]

    def still_says(self, document_id: str, excerpt: str) -> bool:
        """Whether one piece of the document holds every part of what a model was shown of it."""
        if document_id not in self._letters:
            self._letters[document_id] = [
                _letters(prompts.harmless(readable(chunk.text))) for chunk in self.chunks(document_id)
            ]
        parts = [_letters(part) for part in re.split(rf"\n|{re.escape(GAP)}", excerpt)]
        return _holds_all(self._letters[document_id], [part for part in parts if part])


def _holds_all(texts: Sequence[str], parts: Sequence[str]) -> bool:
    return bool(parts) and any(all(part in text for part in parts) for text in texts)


def _letters(text: str) -> str:
    """Without white space, markup and punctuation."""
    return re.sub(r"[\W_]+", "", text)
