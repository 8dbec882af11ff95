"""The words of the corpus, for reading questions by."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from bot.errors import StoreError
from bot.index.spelling import Spelling
from bot.store.corpus import Corpus

log = logging.getLogger(__name__)

WAITED_FOR_CHUNKS = 20_000
"""Up to here the words are read within half a second, so the first question waits for them; else it is read
without, and they come in the background."""
REFRESH_SECONDS = 600.0

Frequencies = Callable[[Sequence[str]], Mapping[str, int]]


class CorpusVocabulary:
    """Implements bot.index.query.Vocabulary. Safe to share between threads."""

    def __init__(self, corpus: Corpus, frequencies: Frequencies | None = None) -> None:
        """`frequencies`, where something counts faster than the corpus does."""
        self._corpus = corpus
        self._frequencies = frequencies or (lambda terms: corpus.terms.frequencies(terms)[0])
        self._spelling = Spelling(())
        self._epoch = -1
        self._read_at = float("-inf")
        self._reading = threading.Lock()

    def frequencies(self, terms: Sequence[str]) -> Mapping[str, int]:
        """In how many chunks each term occurs; 0 where in none. Raises StoreError."""
        return self._frequencies(terms)

    def spelling(self) -> Spelling:
        """The words there are, or were some minutes ago. Raises StoreError."""
        if time.monotonic() - self._read_at < REFRESH_SECONDS:
            return self._spelling
        epoch, chunks = self._corpus.epoch(), self._corpus.terms.frequencies(())[1]
        if epoch == self._epoch:
            self._read_at = time.monotonic()
        elif self._epoch < 0 and chunks <= WAITED_FOR_CHUNKS:
            with self._reading:
                self._read(epoch)
        elif self._reading.acquire(blocking=False):
            threading.Thread(target=self._read_quietly, args=(epoch,), name="vocabulary", daemon=True).start()
        return self._spelling

    def _read_quietly(self, epoch: int) -> None:
        try:
            self._read(epoch)
        except StoreError as exc:  # the file was closed meanwhile
            log.debug("the words of the corpus were not read: %s", exc)
        finally:
            self._reading.release()

    def _read(self, epoch: int) -> None:
        if self._epoch != epoch:
            self._spelling = Spelling(self._corpus.terms.vocabulary())
            self._epoch, self._read_at = epoch, time.monotonic()
