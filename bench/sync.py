"""Seconds of a first sync (until full text finds everything) and of one where nothing changed.

    .venv/bin/python bench/sync.py [--corpus DIR ...] [--files 870] [--again 3]

Each DIR becomes a folder connector; without one, --files Korean and English pages are made up. Runs
`footnote sync --no-embed` as a person would, start of the process included, on a throw-away data directory.
Prints JSON: first_s and again_s are wall clock, *_sync_s what the reports say. Targets for 870 files: first
<= 90 s, again <= 2 s.
Run it on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SENTENCES = (
    "연차 휴가는 1년에 15일이며 남은 휴가는 다음 해로 넘길 수 없습니다.",
    "Employees get 15 days of paid leave a year, and unused days lapse at the end of it.",
    "데이터베이스 접근 권한은 관리자가 승인한 다음 날부터 유효합니다.",
    "Backups run every night at two and are kept for thirty days in another building.",
)


def made_up(folder: Path, files: int) -> None:
    """About 5 KB a page, in sections, half of them Korean."""
    for number in range(files):
        sections = (
            f"## Section {number}.{section}\n\n" + " ".join(SENTENCES[number % 2 :: 2] * 4) + "\n"
            for section in range(6)
        )
        (folder / f"page-{number:05}.md").write_text(f"# Page {number}\n\n" + "\n".join(sections), "utf-8")


def sync(settings: Path) -> tuple[float, list[dict[str, Any]]]:
    """Wall seconds of one `footnote sync`, and its reports."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--config", str(settings), "sync", "--no-embed", "--json"],
        cwd=ROOT,
        env={**os.environ, "FOOTNOTE_DATA_DIR": str(settings.parent / "data")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began, json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="a folder of documents")
    parser.add_argument("--files", type=int, default=870, help="how many to make up without --corpus")
    parser.add_argument("--again", type=int, default=3, help="how many unchanged syncs")
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as place:
        folders = [folder.resolve() for folder in given.corpus]
        if not folders:
            folders = [Path(place) / "pages"]
            folders[0].mkdir()
            made_up(folders[0], given.files)
        settings = Path(place) / "config.toml"
        settings.write_text(
            "\n".join(
                f"[connectors.c{number}]\nkind = 'folder'\npath = {json.dumps(str(folder))}"
                for number, folder in enumerate(folders)
            ),
            "utf-8",
        )
        first_s, reports = sync(settings)
        again = [sync(settings) for _ in range(given.again)]
        print(
            json.dumps(
                {
                    "files": sum(report["added"] for report in reports),
                    "failed": sum(report["failed"] for report in reports),
                    "first_s": round(first_s, 2),
                    "first_sync_s": round(sum(report["seconds"] for report in reports), 2),
                    "again_s": [round(seconds, 2) for seconds, _ in again],
                    "again_sync_s": [
                        round(sum(report["seconds"] for report in each), 3) for _, each in again
                    ],
                    "again_unchanged": sum(report["skipped"] for report in again[-1][1]) if again else 0,
                },
                indent=2,
            )
        )


if __name__ == "__main__":
    main()
