"""The vectors of a chunk's windows, kept beside the chunk's own vector and gone with it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from bot.store.changes import CorpusChanges
from bot.store.database import Database
from bot.store.waiting import Waiting, texts_waiting


class Windows:
    """Packed rows of one model by chunk; what is in them is for bot.index.windows to say. Raises StoreError.

    Windows do not raise the corpus epoch: they change no answer to "what is there", only its order.
    """

    def __init__(self, database: Database, model: str) -> None:
        self._database = database
        self._model = model
        self._changes = CorpusChanges(database)
        self._complete_at: int | None = None  # the epoch

    def missing(self) -> int:
        """How many embedded texts have no windows yet. Looks at all, but not twice where none lacked any."""
        epoch = self._changes.epoch()  # raised by every new vector
        if epoch == self._complete_at:
            return 0
        missing = int(
            self._database.value(
                "SELECT count(*) FROM vectors WHERE model = ? AND windows IS NULL", [self._model]
            )
        )
        self._complete_at = None if missing else epoch
        return missing

    def waiting(self, limit: int) -> list[Waiting]:
        """Different texts, of up to `limit` chunks, with a vector and no windows: see `texts_waiting`."""
        epoch = self._changes.epoch()
        if epoch == self._complete_at:
            return []
        condition = "c.text_hash IN (SELECT text_hash FROM vectors WHERE model = ? AND windows IS NULL)"
        found = texts_waiting(self._database, condition, [self._model], limit)
        self._complete_at = None if found else epoch
        return found

    def put(self, text_hashes: Sequence[bytes], packed: Sequence[bytes]) -> None:
        """Store the windows of each text, in one transaction; texts that are gone meanwhile are left out."""
        with self._database.write() as db:
            db.conn.executemany(
                "UPDATE vectors SET windows = ? WHERE text_hash = ? AND model = ?",
                [(rows, key, self._model) for key, rows in zip(text_hashes, packed, strict=True)],
            )

    def of_chunks(self, chunk_ids: Collection[int]) -> dict[int, tuple[str, bytes]]:
        """Chunk id to its language and packed windows, of those that have any."""
        rows = self._database.rows(
            """
            SELECT c.id, c.language, v.windows FROM chunks c
            JOIN vectors v ON v.text_hash = c.text_hash AND v.model = ?
            WHERE c.id IN (SELECT value FROM json_each(?)) AND length(v.windows) > 0
            """,
            [self._model, json.dumps(list(chunk_ids))],
        )
        return {row[0]: (row[1], row[2]) for row in rows}
