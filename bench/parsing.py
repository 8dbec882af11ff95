"""Seconds and characters for each file of a folder: ours against markitdown, in the same run, in turns.

    .venv/bin/python bench/parsing.py ../shared/eval/files [--rounds 5] [--other PYTHON] [--show FOLDER]

`--other` is a Python that has markitdown ("markitdown[pptx,xlsx,xls,docx,outlook,pdf]"), which is no
dependency of this project: without it only ours is measured. Both parse in a process of their own that was
started and has read every file once before; ours in the child that a sync uses, limits and all. The two take
turns on each file, and the median of the rounds counts. `--show` writes what each made of the files there.
Prints a table and a line for each suffix, then JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.errors import ParseError
from bot.parsing.parser import Parser
from connectors.base import Document
from connectors.media_types import is_document, media_type

# Reads a line with a path, answers a line with seconds, text and error.
MARKITDOWN = """
import json, sys, time, warnings, io, logging
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from markitdown import MarkItDown
reader = MarkItDown(enable_plugins=False)
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    start, text, error = time.perf_counter(), "", ""
    try:
        text = reader.convert(line.rstrip("\\n")).text_content
    except Exception as exc:
        error = type(exc).__name__
    print(json.dumps([time.perf_counter() - start, text, error]), file=answers, flush=True)
"""


@dataclass
class Reading:
    """What one side made of one file: the median of its seconds, its text, and why there is none."""

    seconds: float
    text: str
    error: str


class Other:
    """markitdown, in a process of its own."""

    def __init__(self, python: str) -> None:
        self._process = subprocess.Popen(
            [python, "-c", MARKITDOWN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def read(self, path: Path) -> Reading:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        seconds, text, error = json.loads(self._process.stdout.readline())
        return Reading(seconds, text, error)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


async def ours(parser: Parser, path: Path) -> Reading:
    content = await asyncio.to_thread(path.read_bytes)
    document = Document(path.name, "", "file:///x", content, media_type(path.name), datetime.now(UTC))
    start = time.perf_counter()
    try:
        parsed = await parser.parse(document)
    except ParseError as exc:
        return Reading(time.perf_counter() - start, "", str(exc))
    seconds = time.perf_counter() - start
    sections = (
        "\n".join(
            filter(
                None, [f"# {' > '.join(one.path)}" if one.path else "", f"({one.page})" if one.page else ""]
            )
        )
        + f"\n\n{one.text}"
        for one in parsed.sections
    )
    return Reading(seconds, f"{parsed.title}\n\n" + "\n\n".join(sections), "")


async def measured(paths: list[Path], rounds: int, other: Other | None) -> Iterator[dict[str, Any]]:
    parser = Parser()
    rows: list[dict[str, Any]] = []
    try:
        for path in paths:
            mine = [await ours(parser, path)]
            theirs = [other.read(path)] if other else []
            for _ in range(rounds):
                mine.append(await ours(parser, path))
                if other:
                    theirs.append(other.read(path))
            rows.append({"file": path, "ours": _median(mine[1:]), "theirs": _median(theirs[1:])})
    finally:
        await parser.close()
    return iter(rows)


def _median(readings: list[Reading]) -> Reading | None:
    if not readings:
        return None
    return Reading(statistics.median(one.seconds for one in readings), readings[0].text, readings[0].error)


def _cell(reading: Reading | None) -> str:
    if reading is None:
        return " | "
    return f"{reading.seconds * 1000:.1f} | {reading.error or f'{len(reading.text):,}'}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--other", default="")
    arguments.add_argument("--show", type=Path)
    given = arguments.parse_args()
    paths = [one for one in sorted(given.folder.rglob("*")) if one.is_file() and is_document(one.name)]
    paths = [one for one in paths if one.name != "manifest.csv"]
    other = Other(given.other) if given.other else None
    try:
        rows = list(asyncio.run(measured(paths, given.rounds, other)))
    finally:
        if other:
            other.close()
    print("| file | ours, ms | characters | markitdown, ms | characters |\n|---|---:|---:|---:|---:|")
    totals: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        print(f"| {row['file'].name} | {_cell(row['ours'])} | {_cell(row['theirs'])} |")
        mine, theirs = row["ours"], row["theirs"]
        # what one of the two refuses says nothing about how fast it reads
        if theirs is not None and not mine.error and not theirs.error:
            for key in (row["file"].suffix, "all"):
                totals[key][0] += 1
                totals[key][1] += mine.seconds
                totals[key][2] += theirs.seconds
    print()
    for key, (count, mine, theirs) in totals.items():
        print(f"{key}: {count:.0f} files read by both, ours {mine:.3f} s, markitdown {theirs:.3f} s")
    if given.show:
        given.show.mkdir(parents=True, exist_ok=True)
        for row in rows:
            for side in ("ours", "theirs"):
                if row[side] is not None:
                    (given.show / f"{row['file'].name}.{side}.md").write_text(
                        row[side].text or row[side].error
                    )
    said = [
        {
            "file": row["file"].name,
            **{
                side: {**asdict(row[side]), "text": len(row[side].text)}
                for side in ("ours", "theirs")
                if row[side]
            },
        }
        for row in rows
    ]
    json.dump(said, sys.stdout, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
