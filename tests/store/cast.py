"""Documents for the tests of the store."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import numpy as np

from bot.store.corpus import Chunk, Corpus, StoredDocument
from bot.store.terms import TermFields
from bot.store.vectors import CorpusVectors

ANYBODY = frozenset({"everyone"})
WEIGHTS = (1.0, 1.0, 1.0)


def a_chunk(text: str) -> Chunk:
    terms = TermFields("handbook", "", text.lower().strip("."))
    return Chunk("", "", text, "en", hashlib.sha256(text.encode()).digest(), terms)


def a_document(
    item_id: str, *texts: str, connector: str = "wiki", version: str = "1", readers: frozenset[str] = ANYBODY
) -> StoredDocument:
    return StoredDocument(
        connector,
        item_id,
        version,
        "Handbook",
        f"https://docs.example/{item_id}",
        "en",
        datetime(2026, 5, 3, tzinfo=UTC),
        readers,
        tuple(map(a_chunk, texts)),
    )


def embed(corpus: Corpus, model: str = "m", limit: int = 100) -> int:
    """Give up to `limit` waiting texts some vector."""
    vectors = CorpusVectors(corpus.database, model)
    hashes = [one.text_hash for one in vectors.waiting(limit)]
    return vectors.put(hashes, np.ones((len(hashes), 3), np.float32))


def found(corpus: Corpus, *terms: str, readers: frozenset[str] = ANYBODY) -> list[str]:
    scores = dict(corpus.terms.matching(terms, readers, WEIGHTS, 10))
    return [passage.text for passage in corpus.passages(scores, readers)]
