"""How much of a Confluence page is read, against Markdown that its owners made of the same pages.

    .venv/bin/python bench/confluence_format.py FOLDER [--differences PAGE]

FOLDER (../shared/eval/corpora/querypie_confluence) has one folder a page, with page.xhtml (storage format),
page.adf (Atlassian Document Format) where there is one, and expected.mdx. Similarity is 2 * LCS / (characters
of both): the longest common subsequence of characters, as rapidfuzz's Indel similarity gives it, over what a
reader sees. Both sides go through `seen` in tests/parsing/reading_similarity.py: the marks
of Markdown, tags of HTML, addresses of links and numbers and bullets of lists are taken off, entities become
characters, every run of white space a single space. Code stays letter for letter. The title, front matter and
imports of the expected file are left out: neither format holds them.
"""

from __future__ import annotations

import argparse
import difflib
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.parsing.atlassian.adf import parse_adf
from bot.parsing.atlassian.confluence_storage import parse_confluence_storage
from tests.parsing.reading_similarity import expected_text, read_text, similarity


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("corpus", type=Path)
    arguments.add_argument("--differences", default="", help="show what differs in this page")
    given = arguments.parse_args()
    found: dict[str, list[float]] = {"page.xhtml": [], "page.adf": []}
    for page in sorted(given.corpus.iterdir()):
        if not page.is_dir() or (given.differences and page.name != given.differences):
            continue
        expected = expected_text(page)
        line = f"{page.name:<12}{len(expected):>7} characters"
        for name, parse in (("page.xhtml", parse_confluence_storage), ("page.adf", parse_adf)):
            if not (page / name).exists():
                continue
            read = read_text(parse((page / name).read_bytes(), name))
            alike = similarity(read, expected)
            found[name].append(alike)
            line += f"   {name.removeprefix('page.')} {alike:.4f}"
            if given.differences:
                print(f"--- {name}")
                print(
                    "\n".join(
                        difflib.unified_diff(expected.split(), read.split(), "expected", name, "", "", 3)
                    )
                )
        print(line)
    for name, values in found.items():
        if values:
            middle, worst = statistics.median(values), min(values)
            print(
                f"{name}: {len(values)} pages, mean {statistics.mean(values):.4f}, median {middle:.4f},",
                end=" ",
            )
            print(f"worst {worst:.4f}, at least 0.97: {sum(value >= 0.97 for value in values)}")


if __name__ == "__main__":
    main()
