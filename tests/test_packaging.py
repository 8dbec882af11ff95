"""What an installation consists of: the wheel, the hashed lists, the image."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LISTS = sorted((ROOT / "constraints").glob("*.txt"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder, ROOT],
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(next(folder.glob("footnote-*.whl")))


@pytest.mark.parametrize(
    "name",
    [
        "bot/slack/manifest.json",
        "bot/sandbox/page/assets/index.html",
        "bot/sandbox/page/assets/app.js",
        "bot/sandbox/company/README.md",
        "bot/sandbox/scenario/demo.toml",
        "bot/py.typed",
        "connectors/folder.py",
    ],
)
def test_the_wheel_holds_everything_that_runs(wheel: zipfile.ZipFile, name: str) -> None:
    assert name in wheel.namelist()


def test_the_wheel_holds_no_tests(wheel: zipfile.ZipFile) -> None:
    assert not [name for name in wheel.namelist() if name.startswith(("tests/", "bench/"))]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_pinned_package_has_hashes_and_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(-index|-extra|i |f |-find)", text, re.MULTILINE)
    requirements = re.split(r"\n(?=\S)", text.strip())
    for requirement in requirements:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,._-]+\])?==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[<>=!~; ]", text)[0].lower().replace("_", "-") for text in requirements}

    def pinned(*lists: str) -> set[str]:
        return names(
            [
                line
                for name in lists
                for line in (ROOT / "constraints" / name).read_text().splitlines()
                if not line.startswith(" ")
            ]
        )

    assert names(project["project"]["dependencies"]) <= pinned("runtime.txt", "llama.txt")
    assert names(project["dependency-groups"]["dev"]) <= pinned("test.txt")
    tuning = names(project["project"]["optional-dependencies"]["tune"]) - {"torch"}  # .ci/install has it
    assert tuning <= pinned("tune.txt") & pinned("test.txt")


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, arguments), continued lines joined, comments left out."""
    lines = [
        line
        for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def test_the_image_copies_only_what_is_there_and_what_make_install_needs() -> None:
    copied: set[str] = set()
    for instruction, arguments in dockerfile():
        if instruction == "COPY" and not arguments.startswith("--from"):
            sources = arguments.split()[:-1]
            for source in sources:
                assert (ROOT / source).exists(), source
            copied |= set(sources)
    needed = {
        "Makefile",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        ".ci/install",
        "constraints",
        "bot",
        "connectors",
    }
    assert needed <= copied


def test_the_image_runs_as_somebody_without_rights_and_says_when_it_is_ill() -> None:
    instructions = dockerfile()
    last_stage = max(i for i, (instruction, _) in enumerate(instructions) if instruction == "FROM")
    users = [arguments for instruction, arguments in instructions[last_stage:] if instruction == "USER"]
    assert users == ["footnote"]
    assert any(instruction == "HEALTHCHECK" for instruction, _ in instructions[last_stage:])


def test_the_run_lines_of_the_image_are_sound_shell() -> None:
    runs = [arguments for instruction, arguments in dockerfile() if instruction == "RUN"]
    assert len(runs) >= 3
    for script in runs:
        subprocess.run(["bash", "-n", "-c", script], check=True, capture_output=True)


def test_the_make_targets_that_the_image_and_the_readme_call_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in {"install", *re.findall(r"^make ([a-z]+)", readme, re.MULTILINE)}:
        subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)
