"""How HWP, HWPX and PDF files are read: by Footnote, and by libraries in an environment of their own.

    python -m venv /tmp/others
    /tmp/others/bin/pip install hwp-hwpx-parser dochan python-hwpx kreuzberg 'markitdown[all]'
    .venv/bin/python bench/formats_hwp.py ../shared/eval/files --others /tmp/others/bin/python

Time is the best of five in one process, imports not counted; the total is over the files that were read.
What the files must say is the table of tests/parsing/test_real_hangul_files.py. `strings` are those found, in
their order, without regard to white space and to how tables and headings are marked; `rows` are the rows of
tables found as such; `wrong` are the strings that must not be there: deleted text, commands of fields, what
stands for pictures.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.errors import ParseError
from bot.parsing.formats import parse
from tests.parsing.test_real_hangul_files import SEEN

_OTHERS = ["hwp-hwpx-parser", "dochan", "python-hwpx", "kreuzberg", "markitdown"]
_TIMES = 5
_MARKS = re.compile(r"[\s|#*-]+")

# Runs where the libraries are: prints {file: [seconds, text] or [null, reason]}.
_READ = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
library, times, *files = sys.argv[1:]
if library == "markitdown":
    from markitdown import MarkItDown
    converter = MarkItDown()
    read = lambda file: converter.convert(file).text_content
elif library == "kreuzberg":
    import kreuzberg
    read = lambda file: kreuzberg.extract_file_sync(file).content
elif library == "hwp-hwpx-parser":
    from hwp_hwpx_parser import Reader
    def read(file):
        with Reader(file) as reader:
            return reader.text
elif library == "python-hwpx":
    from hwpx import TextExtractor
    def read(file):
        with TextExtractor(file) as extractor:
            return extractor.extract_text()
else:
    from dochan import Dochan
    read = lambda file: Dochan(file).to_markdown()
found = {}
for file in files:
    best = None
    try:
        for _ in range(int(times)):
            start = time.perf_counter()
            text = read(file)
            took = time.perf_counter() - start
            best = took if best is None or took < best else best
        found[file] = [best, text]
    except Exception as exc:
        found[file] = [None, type(exc).__name__]
print(json.dumps(found))
"""

Readings = dict[str, tuple[float | None, str]]
"""File to seconds and text; no seconds where it was not read."""


def ours(files: list[Path]) -> Readings:
    """By Footnote, headings above their text."""
    found: Readings = {}
    for file in files:
        content = file.read_bytes()
        best = float("inf")
        text: str | None = ""
        for _ in range(_TIMES):
            start = time.perf_counter()
            try:
                sections = parse(content, file.name, "").sections
                text = "\n".join("\n".join([*section.path, section.text]) for section in sections)
            except ParseError:
                text = None
            best = min(best, time.perf_counter() - start)
        found[str(file)] = (None, "refused") if text is None else (best, text)
    return found


def theirs(python: str, library: str, files: list[Path]) -> Readings:
    """By a library."""
    command = [python, "-c", _READ, library, str(_TIMES), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {file: (took, text) for file, (took, text) in json.loads(done.stdout.splitlines()[-1]).items()}


def score(readings: Readings, root: Path) -> tuple[int, int, int]:
    """Strings and rows of tables that are there, and strings that must not be."""
    strings = rows = wrong = 0
    for file, (wanted, unwanted) in SEEN.items():
        took, text = readings.get(str(root / file), (None, ""))
        said = _MARKS.sub("", text) if took is not None else ""
        place = 0
        for one in wanted:
            bare = _MARKS.sub("", one)
            found = said.find(bare, place) if bare else -1
            if found >= 0:
                strings += 1
                place = found + len(bare)
            rows += took is not None and one.startswith("| ") and "---" not in one and one in text
        wrong += sum(bool(one) and took is not None and one in text for one in unwanted)
    return strings, rows, wrong


def main() -> None:
    """Print two tables in Markdown."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("files", type=Path)
    arguments.add_argument("--others", help="the Python that has the libraries")
    chosen = arguments.parse_args()
    root: Path = chosen.files.resolve()
    hangul = [root / file for file in sorted(SEEN)]
    everything = [one for wanted, _ in SEEN.values() for one in wanted]
    strings = sum(bool(_MARKS.sub("", one)) for one in everything)
    rows = sum(one.startswith("| ") and "---" not in one for one in everything)
    print(f"| | files read of {len(hangul)} | strings of {strings} | rows of {rows} | wrong | total ms |")
    print("|---|---|---|---|---|---|")
    names = ["ours", *(_OTHERS if chosen.others else [])]
    for name in names:
        readings = ours(hangul) if name == "ours" else theirs(chosen.others, name, hangul)
        took = [one for one, text in readings.values() if one is not None and text.strip()]
        print(
            f"| {name} | {len(took)} |",
            *(f"{one} |" for one in score(readings, root)),
            f"{sum(took) * 1000:.0f} |",
        )
    pdfs = sorted((root / "pdf_en").glob("*.pdf"))
    print(f"\n| | PDF files read of {len(pdfs)} | characters | total ms |\n|---|---|---|---|")
    for name in ["ours", *(["kreuzberg", "markitdown"] if chosen.others else [])]:
        readings = ours(pdfs) if name == "ours" else theirs(chosen.others, name, pdfs)
        took = [one for one, text in readings.values() if one is not None and text.strip()]
        said = sum(len("".join(text.split())) for one, text in readings.values() if one is not None)
        print(f"| {name} | {len(took)} | {said:,} | {sum(took) * 1000:,.0f} |")


if __name__ == "__main__":
    main()
