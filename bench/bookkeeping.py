"""What the database itself costs beside embedding and syncing, side by side with how it was done before.

    .venv/bin/python bench/bookkeeping.py GROWN_DIR

GROWN_DIR is of bench/grow.py. Half of the vectors, then documents are taken out of a copy of its database.
"Before": what waits was counted and looked up for every 8 texts, and FTS5 was optimized at every removal, in
one transaction. Milliseconds, the best of three; of removing, one run, while another process writes too.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from multiprocessing import Pool
from pathlib import Path

from bot.index.hybrid import LOOKED_UP
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.vectors import CorpusVectors
from bot.store.windows import Windows
from bot.sync.embedding import COUNTED_AFTER, SLICE

COUNTED_BEFORE = """
    SELECT count(*) FROM chunks c
    WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.text_hash = c.text_hash AND v.model = ?)
    """
LOOKED_UP_BEFORE = f"""
    SELECT c.text_hash, d.title, c.section, c.text, min(c.id)
    FROM chunks c JOIN documents d ON d.id = c.document_id
    WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.text_hash = c.text_hash AND v.model = ?)
    GROUP BY c.text_hash ORDER BY min(c.id) LIMIT {SLICE}
    """


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("grown", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.grown) as folder:
        path = Path(folder) / "footnote.db"
        shutil.copy(given.grown / "footnote.db", path)
        database = Database(path)
        try:
            figures = {**_waiting(database), **_deleting(database)}
        finally:
            database.close()
    print(json.dumps({name: round(value, 1) for name, value in figures.items()}, indent=1))


def _waiting(database: Database) -> dict[str, float]:
    model = str(database.value("SELECT model FROM vectors LIMIT 1"))
    with database.write() as db:
        db.conn.execute("DELETE FROM vectors WHERE text_hash IN (SELECT text_hash FROM chunks WHERE id % 2)")
    vectors, windows = CorpusVectors(database, model), Windows(database, model)
    counted = _best(vectors.missing)
    looked_up = _best(lambda: vectors.waiting(LOOKED_UP))
    refining = _best(lambda: windows.waiting(LOOKED_UP))
    counted_before = _best(lambda: database.value(COUNTED_BEFORE, [model]))
    looked_up_before = _best(lambda: database.rows(LOOKED_UP_BEFORE, [model]))
    return {
        "chunks": database.value("SELECT count(*) FROM chunks"),
        "counting": counted,
        "looking up": looked_up,
        "looking up for windows": refining,
        "a slice": counted / COUNTED_AFTER + looked_up * SLICE / LOOKED_UP,
        "counting before": counted_before,
        "looking up before": looked_up_before,
        "a slice before": counted_before + looked_up_before,
    }


def _deleting(database: Database) -> dict[str, float]:
    corpus = Corpus(database)
    rows = database.rows("SELECT item_id FROM documents WHERE connector = 'connector3' LIMIT 101")
    one, *hundred = [row[0] for row in rows]
    with Pool(1) as pool:
        writing = pool.apply_async(_longest_wait, [database.path, 4.0])
        figures = {
            "removing a document": _took(lambda: corpus.remove("connector3", [one])),
            "removing 100 documents": _took(lambda: corpus.remove("connector3", hundred)),
            "longest wait of a write": writing.get(),
        }
    with database.write() as db:  # something to merge
        db.conn.execute("UPDATE chunk_terms SET body = '' WHERE rowid IN (SELECT id FROM chunks LIMIT 9)")

    def optimize() -> None:
        with database.write() as db:
            db.conn.execute("INSERT INTO chunk_terms (chunk_terms) VALUES ('optimize')")

    return {**figures, "optimizing before": _took(optimize)}


def _longest_wait(path: Path, seconds: float) -> float:
    database = Database(path)
    corpus, waits, end = Corpus(database), list[float](), time.monotonic() + seconds
    while time.monotonic() < end:
        waits.append(_took(lambda: corpus.set_readers("connector4", "none", frozenset())))
        time.sleep(0.01)
    database.close()
    return max(waits)


def _best(work: Callable[[], object]) -> float:
    return min(_took(work) for _ in range(3))


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
