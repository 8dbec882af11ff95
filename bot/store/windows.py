"""The vectors of a chunk's windows, kept beside the chunk's own vector and gone with it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from bot.store.database import Database
from bot.store.vectors import Waiting


class Windows:
    """Packed rows of one model by chunk; what is in them is for bot.index.windows to say. Raises StoreError.

    Windows do not raise the corpus epoch: they change no answer to "what is there", only its order.
    """

    def __init__(self, database: Database, model: str) -> None:
        self._database = database
        self._model = model

    def missing(self) -> int:
        """How many embedded texts have no windows yet."""
        return int(
            self._database.value(
                "SELECT count(*) FROM vectors WHERE model = ? AND windows IS NULL", [self._model]
            )
        )

    def waiting(self, limit: int) -> list[Waiting]:
        """Up to `limit` different texts that have a vector and no windows."""
        rows = self._database.rows(
            """
            SELECT v.text_hash, d.title, c.section, c.text, min(c.id)
            FROM vectors v JOIN chunks c ON c.text_hash = v.text_hash JOIN documents d ON d.id = c.document_id
            WHERE v.model = ? AND v.windows IS NULL GROUP BY v.text_hash LIMIT ?
            """,
            [self._model, limit],
        )
        return [Waiting(row[0], row[1], row[2], row[3]) for row in rows]

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
