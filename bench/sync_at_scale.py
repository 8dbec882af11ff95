"""Seconds and memory of a sync where a source has very many items and little or nothing has changed.

    .venv/bin/python bench/sync_at_scale.py [--items 100000] [--source folder|listing|feed] [--again 3]
                                            [--place DIR]

"folder" writes so many small files and syncs them by `footnote sync --no-embed`, start of the process
included. "listing" and "feed" are sources in memory, synced in a process of their own: one lists everything
every time, the other gives changes; there the morphology is loaded before the clock starts, as in a running
bot. The index is filled beforehand as a first sync of them would have. Prints
JSON: what syncs took where nothing changed, one where 10 items changed, one where 10 went. cpu_s is that of
all processes together, which other work on the machine changes less than the clock. peak_mb is the
largest of any process so far; the morphology alone has 520 MB once it is loaded. With --place what was filled
is kept there for the next time. Targets for 100,000: unchanged <= 10 s; 10 changed <= 15 s without embedding.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
A_FOLDER = 500
CHANGED = 10

IN_MEMORY = """
import asyncio, json, resource, sys, time
from pathlib import Path
from bot.admin import Admin
from bot.index.hybrid import HybridIndex
from bot.index.morphology import KiwiMorphology
from bot.store.database import Database
from bot.sync.late_index import LateIndex
from bench.sync_at_scale import Source
from tests.sync.feed import PlainParser

async def main():
    database = Database(Path(sys.argv[1]) / "footnote.db")
    source = Source(int(sys.argv[2]), gives_changes=sys.argv[3] == "feed", edition=int(sys.argv[4]))
    morphology = KiwiMorphology()
    if int(sys.argv[4]) > 1:
        await morphology.terms(["준비"])  # it takes seconds to load; a running bot has it
    made = lambda: HybridIndex(database, morphology, None)
    admin = Admin({"docs": source}, index=LateIndex(made), parser=PlainParser(), database=database,
                  data_dir=Path(sys.argv[1]), next_runs=dict)
    began, busy = time.perf_counter(), time.process_time()
    (report,) = await admin.sync("docs", who="schedule")
    seconds, own = time.perf_counter() - began, time.process_time() - busy
    await morphology.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "own_cpu_s": own, "own_peak_mb": peak,
                      "added": report.added, "changed": report.changed,
                      "removed": report.removed, "skipped": report.skipped, "error": report.error}))

asyncio.run(main())
"""


def text_of(number: int) -> str:
    """What item `number` says: 40 words, half of the items Korean."""
    words = ("연차", "휴가는", "관리자가", "승인한", "다음", "날부터", "유효합니다") if number % 2 else (
        "employees", "get", "paid", "leave", "after", "approval", "yearly")  # fmt: skip
    seed = hashlib.sha256(str(number).encode()).digest()
    body = " ".join(words[byte % 7] for byte in (seed + seed)[:40])
    return f"# Page {number}\n\n{body} {number}.\n"


class Source:
    """So many items in memory. Each edition after the first has ten items changed and ten gone."""

    kind = "bench"

    def __init__(self, items: int, *, gives_changes: bool, edition: int) -> None:
        self._items = items
        self._gives_changes = gives_changes
        self._edition = edition

    def check(self) -> str:
        return "a bench"

    def items(self, cursor: str | None) -> Any:
        from connectors.base import Item, Listing

        changed = {number: str(self._edition) for number in range(CHANGED)} if self._edition > 1 else {}
        gone = range(CHANGED, 2 * CHANGED) if self._edition > 2 else range(0)
        if self._gives_changes and cursor is not None:
            items = [Item(item_id(number), version) for number, version in changed.items()]
            return Listing.of_changes(items, [item_id(number) for number in gone], str(self._edition))
        whole = (Item(item_id(n), changed.get(n, "1")) for n in range(self._items) if n not in gone)
        return Listing.complete(whole, cursor=str(self._edition) if self._gives_changes else None)

    def fetch(self, item: Any) -> Any:
        from connectors.base import Document

        number = int(Path(item.id).stem.removeprefix("page-"))
        content = f"{text_of(number)} Edition {item.version}.".encode()
        return Document(item.id, "", f"https://bench/{number}", content, "text/plain", None)


def item_id(number: int) -> str:
    return f"part-{number // A_FOLDER:04}/page-{number:06}.md"


def write_files(folder: Path, items: int) -> None:
    for number in range(items):
        path = folder / item_id(number)
        if number % A_FOLDER == 0:
            path.parent.mkdir(parents=True)
        path.write_text(text_of(number), "utf-8")


def fill(data: Path, versions: list[tuple[str, str]]) -> None:
    """The index as a first sync of these items leaves it (without waiting for the disk)."""
    from bot.index.vector_store import text_hash
    from bot.store.corpus import Chunk, Corpus, StoredDocument
    from bot.store.database import Database
    from bot.store.terms import TermFields
    from connectors.base import EVERYONE

    database = Database(data / "footnote.db")
    corpus = Corpus(database)
    for start in range(0, len(versions), 1000):
        with database.write():
            for item, version in versions[start : start + 1000]:
                text = text_of(int(Path(item).stem.removeprefix("page-")))
                chunk = Chunk(
                    "", "", text, "en", text_hash(text), TermFields("page", "", " ".join(text.split()))
                )
                corpus.put(
                    StoredDocument(
                        "docs", item, version, item, f"file:///{item}", "en", None, frozenset({EVERYONE}),
                        (chunk,),
                    )
                )  # fmt: skip
    database.close()


def child(command: list[str], **environment: str) -> tuple[dict[str, float], Any]:
    """What a process took, and the JSON that it printed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        ["/usr/bin/env", *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    took = {"process_s": seconds, "cpu_s": cpu, "peak_mb": after.ru_maxrss / 1024}
    return {key: round(value, 2) for key, value in took.items()}, json.loads(done.stdout)


def in_memory(place: Path, items: int, source: str, again: int) -> dict[str, Any]:
    data = place / "data"
    if not data.exists():
        fill(data, [(item_id(number), "1") for number in range(items)])

    def sync(edition: int) -> dict[str, Any]:
        took, said = child([sys.executable, "-c", IN_MEMORY, str(data), str(items), source, str(edition)])
        return {**took, **said}

    whole = sync(1)  # the first sync of a feed is a listing of everything
    return {
        "whole": whole,
        "unchanged": [sync(1) for _ in range(again)],
        "changed": sync(2),
        "gone": sync(3),
    }


def on_disk(place: Path, items: int, again: int) -> dict[str, Any]:
    from connectors.folder import Folder

    folder, data = place / "docs", place / "data"
    if not data.exists():
        write_files(folder, items)
        fill(data, [(item.id, item.version) for item in Folder(path=folder).items(None).items])
    settings = place / "config.toml"
    settings.write_text(f"[connectors.docs]\nkind = 'folder'\npath = {json.dumps(str(folder))}\n", "utf-8")

    def sync() -> dict[str, Any]:
        command = [sys.executable, "-m", "bot", "--config", str(settings), "sync", "--no-embed", "--json"]
        took, reports = child(command, FOOTNOTE_DATA_DIR=str(data))
        return {**took, **reports[0]}

    unchanged = [sync() for _ in range(again)]
    for number in range(CHANGED):
        edition = f"\nEdition {time.time_ns()}.\n"
        (folder / item_id(number)).write_text(text_of(number) + edition, "utf-8")
    changed = sync()
    for number in range(CHANGED, 2 * CHANGED):
        (folder / item_id(number)).unlink(missing_ok=True)
    return {"unchanged": unchanged, "changed": changed, "gone": sync()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--source", choices=("folder", "listing", "feed"), default="folder")
    parser.add_argument("--again", type=int, default=3, help="how many unchanged syncs")
    parser.add_argument("--place", type=Path, help="a directory to keep everything in")
    given = parser.parse_args()
    measured: Callable[[Path], dict[str, Any]] = (
        (lambda place: on_disk(place, given.items, given.again))
        if given.source == "folder"
        else (lambda place: in_memory(place, given.items, given.source, given.again))
    )
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(measured(given.place or Path(place)), indent=2))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
