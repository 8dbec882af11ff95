"""Mirrors on disk: taken up again, thrown away when they are of no use, whole after a kill at any point."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.contracts import Readers
from bot.index.allowed import AllowedDocuments
from bot.index.full_text import TermMirror
from bot.index.segments import SegmentFolder, mirror_folder
from bot.index.vectors import VectorMirror
from bot.index.whitening import LanguageMeans
from bot.store.changes import CorpusChanges
from bot.store.corpus import Chunk, Corpus, StoredDocument
from bot.store.database import Database
from bot.store.terms import TermFields
from bot.store.vectors import CorpusVectors

ANYBODY: Readers = frozenset({"everyone"})
DIMENSIONS = 16
WEIGHTS = (2.0, 1.5, 1.0)
MEANS = LanguageMeans(np.full((2, DIMENSIONS), 0.01, np.float32), np.full((2, DIMENSIONS), 0.01, np.float32))


def unit(number: int) -> NDArray[np.float32]:
    row = np.random.default_rng(number).normal(size=DIMENSIONS).astype(np.float32)
    return np.asarray(row / np.linalg.norm(row), np.float32)


def put(corpus: Corpus, number: int, content: int) -> None:
    """Document `number`, one chunk that says "word{content}" and has the vector of that number."""
    text_hash = hashlib.sha256(str(content).encode()).digest()
    terms = TermFields("title", "", f"word{content} common")
    chunk = Chunk("", "", f"text {content}", "en", text_hash, terms)
    item_id = str(number)
    corpus.put(StoredDocument("wiki", item_id, "1", "T", "", "en", None, ANYBODY, (chunk,)))
    CorpusVectors(corpus.database, "m").put([text_hash], unit(content)[None])


class Mirrors:
    """Both mirrors of a corpus, saving their files after every row."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.changes = CorpusChanges(corpus.database)
        folder = mirror_folder(corpus.database.path)
        self.terms = TermMirror(self.changes, SegmentFolder(folder, "terms"), saved_after=1)
        self.vectors = VectorMirror(
            self.changes, SegmentFolder(folder, "vectors"), "m", DIMENSIONS, saved_after=1
        )
        if not self.vectors.has_means:
            self.vectors.use_means(MEANS)

    def keep(self) -> None:
        self.terms.keep()
        self.vectors.keep()

    def by_words(self, *terms: str) -> set[str]:
        state = self.changes.state()
        allowed = AllowedDocuments(self.changes).at(state, ANYBODY, None)
        segments = self.terms.at(state)
        assert segments is not None
        return self._texts(self.terms.search(segments, terms, allowed, WEIGHTS, 10_000).scores)

    def by_vector(self, content: int, limit: int = 10_000) -> set[str]:
        state = self.changes.state()
        allowed = AllowedDocuments(self.changes).at(state, ANYBODY, None)
        segments = self.vectors.at(state)
        assert segments is not None
        return self._texts(dict(self.vectors.nearest(segments, unit(content), "en", allowed, limit)))

    def _texts(self, scores: dict[int, float]) -> set[str]:
        return {passage.text for passage in self.corpus.passages(scores, ANYBODY)}


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    database = Database(tmp_path / "footnote.db")
    yield Corpus(database)
    database.close()


def in_step(mirrors: Mirrors) -> None:
    """Both halves find every text there is, and no other, each at its own word and vector."""
    there = {str(row[0]) for row in mirrors.corpus.database.rows("SELECT text FROM chunks")}
    embedded = {
        str(row[0])
        for row in mirrors.corpus.database.rows(
            "SELECT text FROM chunks JOIN vectors USING (text_hash) WHERE model = 'm'"
        )
    }
    assert mirrors.by_words("common") == there
    assert mirrors.by_vector(1) == embedded
    for text in sorted(embedded)[:20]:
        content = int(text.split()[1])
        assert mirrors.by_words(f"word{content}") == {text}
        assert mirrors.by_vector(content, limit=1) == {text}


def files(corpus: Corpus, kind: str) -> list[str]:
    manifest = mirror_folder(corpus.database.path) / f"{kind}.json"
    return [str(name) for name in json.loads(manifest.read_text())["segments"]]


def test_a_mirror_is_taken_up_where_it_was_left(corpus: Corpus) -> None:
    for number in range(30):
        put(corpus, number, number)
    Mirrors(corpus).keep()
    kept = files(corpus, "vectors")
    put(corpus, 3, 103)
    corpus.remove("wiki", ["4"])

    mirrors = Mirrors(corpus)
    in_step(mirrors)

    assert kept == [segment.name for segment in (mirrors.vectors.at(mirrors.changes.state()) or ())][:1]


def test_many_small_changes_leave_few_files_and_none_of_what_is_gone(corpus: Corpus) -> None:
    mirrors = Mirrors(corpus)
    for step in range(120):
        put(corpus, step % 50, step)
        if step % 7 == 0:
            mirrors.keep()
    corpus.remove("wiki", [str(number) for number in range(40)])
    put(corpus, 99, 999)
    mirrors.keep()
    in_step(mirrors)
    in_step(Mirrors(corpus))

    folder = mirror_folder(corpus.database.path)
    for kind in ("terms", "vectors"):
        assert len(files(corpus, kind)) <= 5
        assert {path.name for path in folder.glob(f"{kind}-*")} == set(files(corpus, kind))
    alive = {int(row[0]) for row in corpus.database.rows("SELECT id FROM chunks")}
    held = [one for name in files(corpus, "terms") for one in np.load(folder / name / "ids.npy").tolist()]
    assert len(set(held) - alive) <= 0.5 * len(held)


def _remove_all(folder: Path, pattern: str) -> None:
    for path in [*folder.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _cut(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        os.truncate(path, 100)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: shutil.rmtree(folder),
        lambda folder: (folder / "terms.json").write_text("{"),
        lambda folder: (folder / "vectors.json").write_text("[]"),
        lambda folder: _remove_all(folder, "*-*"),
        lambda folder: _cut(folder, "*-*/*.npy"),
        lambda folder: _remove_all(folder, "*-*/rows.npy"),
        lambda folder: _remove_all(folder, "*-*/scales.npy"),
    ],
)
def test_a_mirror_that_is_gone_or_damaged_is_made_anew(
    corpus: Corpus, damage: Callable[[Path], object]
) -> None:
    for number in range(30):
        put(corpus, number, number)
    Mirrors(corpus).keep()
    damage(mirror_folder(corpus.database.path))

    in_step(Mirrors(corpus))


def test_new_terms_of_an_old_text_take_the_place_of_its_old_ones(corpus: Corpus) -> None:
    for number in range(5):
        put(corpus, number, number)
    mirrors = Mirrors(corpus)
    mirrors.keep()
    in_step(mirrors)
    sql = "SELECT id, document_id FROM chunks WHERE text = 'text 3'"
    (row,) = corpus.database.rows(sql)

    assert corpus.terms.replace(row[1], "2", {row[0]: TermFields("title", "", "another")})

    for one in (mirrors, Mirrors(corpus)):
        assert one.by_words("another") == {"text 3"}
        assert one.by_words("word3") == set()
        assert one.by_vector(3, limit=1) == {"text 3"}


def test_a_mirror_of_another_model_is_not_used(corpus: Corpus) -> None:
    for number in range(30):
        put(corpus, number, number)
    Mirrors(corpus).keep()
    other = VectorMirror(
        CorpusChanges(corpus.database),
        SegmentFolder(mirror_folder(corpus.database.path), "vectors"),
        "another",
        DIMENSIONS,
    )

    assert sum(map(len, other.at(other._changes.state()) or ())) == 0


def test_a_restored_database_does_not_meet_the_mirror_of_its_lost_future(
    corpus: Corpus, tmp_path: Path
) -> None:
    for number in range(10):
        put(corpus, number, number)
    backup = tmp_path / "backup.db"
    with (
        contextlib.closing(sqlite3.connect(corpus.database.path)) as source,
        contextlib.closing(sqlite3.connect(backup)) as target,
    ):
        source.backup(target)
    for number in range(10, 20):
        put(corpus, number, number)
    Mirrors(corpus).keep()
    shutil.copytree(mirror_folder(corpus.database.path), mirror_folder(backup))

    restored = Corpus(Database(backup))
    in_step(Mirrors(restored))
    for number in range(10, 30):  # the same ids and numbers again, for other texts
        put(restored, number, 500 + number)
    in_step(Mirrors(restored))
    restored.database.close()


_WRITER = """
import sys
from pathlib import Path
from bot.store.corpus import Corpus
from bot.store.database import Database
from tests.index.test_mirrors import Mirrors, put
corpus = Corpus(Database(Path(sys.argv[1])))
mirrors = Mirrors(corpus)
step = int(sys.argv[2])
print("ready", flush=True)
while True:
    step += 1
    put(corpus, step % 40, step)
    if step % 9 == 0:
        corpus.remove("wiki", [str(step % 17)])
    mirrors.keep()
"""


def test_killed_at_any_point_the_mirrors_are_in_step_when_they_are_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "footnote.db"
    Database(path).close()
    pauses = random.Random(5)
    saved: set[str] = set()
    for run in range(12):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), str(1000 * run)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(pauses.uniform(0.0, 0.4))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        corpus = Corpus(Database(path))
        in_step(Mirrors(corpus))
        saved.update(path.name for path in mirror_folder(path).glob("*-*"))
        corpus.database.close()
    assert len(saved) > 12  # it was not always killed before it wrote


def test_vectors_made_before_the_means_were_known_are_neither_trusted_nor_kept(tmp_path: Path) -> None:
    corpus = Corpus(Database(tmp_path / "footnote.db"))
    changes = CorpusChanges(corpus.database)

    def started() -> VectorMirror:
        folder = SegmentFolder(mirror_folder(corpus.database.path), "vectors")
        return VectorMirror(changes, folder, "m", DIMENSIONS, saved_after=1)

    for number in range(5):
        put(corpus, number, number)
    first = started()
    first.keep()  # a sync, before anything was embedded by this process
    put(corpus, 5, 5)
    first.keep()
    assert [first.has_means, started().has_means] == [False, False]

    first.use_means(MEANS)
    first.keep()
    again = started()
    assert [first.has_means, again.has_means] == [True, True]
    segments = again.at(changes.state())
    assert segments
    assert segments[0].arrays["questions"].any()
