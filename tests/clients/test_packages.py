"""The npm packages of the tests: exact, hashed, and from wherever npm is set up to fetch them."""

from __future__ import annotations

import json
import subprocess

from tests.node import CLIENTS, Node


def test_the_lock_has_a_hash_for_every_package_and_no_address() -> None:
    text = (CLIENTS / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    wanted = json.loads((CLIENTS / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert packages.pop("")["dependencies"] == wanted
    assert [name for name, package in packages.items() if not package.get("integrity")] == []
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_the_packages_of_the_lock_are_installed(node: Node) -> None:
    tree = subprocess.run(
        [node.program, "-p", "require('@slack/bolt/package.json').version"],
        cwd=CLIENTS,
        capture_output=True,
        text=True,
        check=True,
    )
    assert tree.stdout.strip() == "5.1.0"
