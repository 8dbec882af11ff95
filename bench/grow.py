"""Grows a large corpus out of a real one, for bench/search.py --scale.

    .venv/bin/python bench/grow.py SOURCE/footnote.db TARGET_DIR --chunks 1000000

SOURCE is an index whose chunks are embedded (bench/search.py DATA_DIR makes one). Every new chunk takes the
title, headings and first half of one real chunk, the second half of another, and the first one's vector with
noise (cosine to it about 0.9). Documents have 9 chunks, ten connectors, dates over three years; every tenth
may be read by one of 100 channels only. A million chunks take 6.5 GB and ten minutes.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path

import numpy as np

from bot.store.corpus import document_id
from bot.store.database import Database

CHUNKS_A_DOCUMENT = 9
NOISE = 0.48  # length of the noise beside a vector of length 1
_AT_ONCE = 5_000  # documents


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--chunks", type=int, default=100_000)
    given = parser.parse_args()
    source = sqlite3.connect(f"file:{given.source}?mode=ro", uri=True)
    model = str(
        source.execute("SELECT model FROM vectors GROUP BY model ORDER BY count(*) DESC").fetchone()[0]
    )
    real = source.execute(
        """
        SELECT c.section, c.text, c.language, t.title, t.section, t.body, d.title, v.vector
        FROM chunks c JOIN documents d ON d.id = c.document_id JOIN chunk_terms t ON t.rowid = c.id
        JOIN vectors v ON v.text_hash = c.text_hash AND v.model = ?
        """,
        [model],
    ).fetchall()
    vectors = np.stack([np.frombuffer(row[7], "<f4") for row in real])
    languages = np.array([row[2] for row in real])
    alike = {language: np.flatnonzero(languages == language) for language in set(languages.tolist())}
    path = given.target / "footnote.db"
    Database(path).close()
    target = sqlite3.connect(path, isolation_level=None)
    target.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")
    random = np.random.default_rng(7)
    documents = -(-given.chunks // CHUNKS_A_DOCUMENT)
    for start in range(0, documents, _AT_ONCE):
        stop = min(start + _AT_ONCE, documents)
        target.execute("BEGIN")
        _documents(target, [real[at][6] for at in random.integers(len(real), size=stop - start)], start)
        _chunks(
            target, real, vectors, alike, model, random, start, min(stop * CHUNKS_A_DOCUMENT, given.chunks)
        )
        target.execute("COMMIT")
        print(f"\r{stop}/{documents} documents", end="", file=sys.stderr)
    target.execute("UPDATE corpus_epoch SET epoch = ?", [documents])
    target.execute("INSERT OR REPLACE INTO corpus_changes VALUES (?, randomblob(8), '[]')", [documents])
    target.close()


def _documents(target: sqlite3.Connection, titles: list[str], start: int) -> None:
    rows, readers = [], []
    for number, title in enumerate(titles, start + 1):
        connector, item_id = f"connector{number % 10}", f"part{number % 37}/{number}"
        one = document_id(connector, item_id)
        updated_at = 1_700_000_000 + (number * 7919) % 94_000_000
        rows.append((one, connector, item_id, "1", f"{title} {number}", "", "en", updated_at, 0.0, number))
        readers.append((one, "everyone" if number // 10 % 10 else f"channel:T1/C{number // 100 % 100}"))
    target.executemany(
        "INSERT INTO documents (id, connector, item_id, version, title, url, language, updated_at, synced_at,"
        " number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    target.executemany("INSERT INTO document_readers VALUES (?, ?)", readers)


def _chunks(
    target: sqlite3.Connection,
    real: list[tuple[str, str, str, str, str, str, str, bytes]],
    vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    alike: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]],
    model: str,
    random: np.random.Generator,
    start: int,
    stop: int,
) -> None:
    first = start * CHUNKS_A_DOCUMENT
    count = stop - first
    ones = random.integers(len(real), size=count)
    picks = random.random(count)
    noise = random.normal(size=(count, vectors.shape[1])).astype(np.float32)
    noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    grown = vectors[ones] + noise
    grown /= np.linalg.norm(grown, axis=1, keepdims=True)
    chunks, terms, stored = [], [], []
    for at in range(count):
        one = real[ones[at]]
        same = alike[one[2]]
        other = real[same[int(picks[at] * len(same))]]
        chunk = first + at
        number = chunk // CHUNKS_A_DOCUMENT + 1
        owner = document_id(f"connector{number % 10}", f"part{number % 37}/{number}")
        text_hash = (chunk + 1).to_bytes(8, "big") + bytes(24)
        text = one[1][: len(one[1]) // 2] + other[1][len(other[1]) // 2 :]
        chunks.append((chunk + 1, owner, chunk % CHUNKS_A_DOCUMENT, one[0], "", text, one[2], text_hash))
        head, tail = one[5].split(" "), other[5].split(" ")
        body = " ".join(head[: len(head) // 2] + tail[len(tail) // 2 :])
        terms.append((chunk + 1, one[3], one[4], body))
        stored.append((text_hash, model, grown[at].tobytes()))
    target.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", chunks)
    target.executemany("INSERT INTO chunk_terms (rowid, title, section, body) VALUES (?, ?, ?, ?)", terms)
    target.executemany("INSERT INTO vectors (text_hash, model, vector) VALUES (?, ?, ?)", stored)


if __name__ == "__main__":
    main()
