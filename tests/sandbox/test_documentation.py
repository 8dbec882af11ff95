"""docs/sandbox.md: its example runs, its tables are complete, its table of faults is the catalogue.

Write the table of faults anew: `python -m tests.sandbox.test_documentation`
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from bot.cli.sandbox import sandbox as sandbox_verb
from bot.sandbox.faults.catalogue import CATALOGUE, Parameter
from bot.sandbox.scenario.steps import STEPS, keys_of

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs/sandbox.md"
FAULTS = re.compile(r"(<!-- faults: .*? -->\n).*?(<!-- end of faults -->)", re.DOTALL)


def table_of_faults() -> str:
    lines = ["| fault | takes | what somebody notices |", "|---|---|---|"]
    for fault in CATALOGUE:
        taken = ", ".join(map(_described, fault.parameters)) + (" (standing)" if fault.is_standing else "")
        where = " Socket Mode only." if fault.needs_socket_mode else ""
        lines.append(f"| `{fault.name}` | {taken.strip()} | {fault.explanation['en']}{where} |")
    return "\n".join(lines) + "\n"


def _described(parameter: Parameter) -> str:
    choices = f", one of {', '.join(parameter.choices)}" if parameter.kind == "choice" else ""
    return f"`{parameter.name}` ({parameter.default}{choices})"


def test_the_table_of_faults_is_the_catalogue() -> None:
    found = FAULTS.search(DOCUMENT.read_text(encoding="utf-8"))
    assert found
    assert found[0] == found[1] + table_of_faults() + found[2]


def test_every_step_and_every_key_of_it_stands_there() -> None:
    rows = DOCUMENT.read_text(encoding="utf-8").splitlines()
    for name, kind in STEPS.items():
        [row] = [line for line in rows if line.startswith(f"| `{name}` |")]
        for key, is_needed in keys_of(kind).items():
            assert (f"*`{key}`*" if is_needed else f"`{key}`") in row, (name, key)


def test_every_option_stands_there() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text.split("## Options of")[1].split("\n## ")[0]
    options = [option for option in sandbox_verb.params if option.name != "help"]
    assert len(options) > 5
    assert [option.opts[0] for option in options if f"`{option.opts[0]}`" not in table] == []


def test_the_example_of_the_fixture_runs(tmp_path: Path) -> None:
    plugin, example = re.findall(
        r"```python\n((?:pytest_plugins|import pytest\n).*?)```",
        DOCUMENT.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    (tmp_path / "conftest.py").write_text(plugin)
    (tmp_path / "test_example.py").write_text(example)
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--strict-markers",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 passed" in result.stdout


if __name__ == "__main__":
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(FAULTS.sub(lambda found: found[1] + table_of_faults() + found[2], text))
