from __future__ import annotations

import os
import shutil
import socket
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.base import Item, ItemUnreadable, SourceUnavailable
from connectors.folder import Folder
from tests.connectors.contract import ConnectorContract

MACOS = unicodedata.normalize("NFD", "규정.md")
NOBODY = 65534


class FolderSource:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.connector = Folder(root)
        self._ticks = 0

    def write(self, id_: str, text: str) -> str:
        path = self.root / id_
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        # clocks of file systems may be coarser than a test
        self._ticks += 1
        os.utime(path, ns=(0, 1_700_000_000_000_000_000 + self._ticks))
        return id_

    def delete(self, id_: str) -> None:
        (self.root / id_).unlink()

    def make_unreadable(self, id_: str) -> None:
        path = self.root / id_
        with path.open("r+b") as file:
            file.truncate(1 << 30)

    def vanish(self) -> None:
        shutil.rmtree(self.root)


@pytest.fixture
def source(tmp_path: Path) -> FolderSource:
    root = tmp_path / "handbook"
    root.mkdir()
    return FolderSource(root)


class TestFolderKeepsTheContract(ConnectorContract):
    pass


def ids(folder: Folder) -> list[str]:
    return [item.id for item in folder.items(None).items]


def test_only_files_that_can_be_read_as_documents_are_items(source: FolderSource) -> None:
    for name in ("a.md", "b.MDX", "c.html", "d.txt", "e.pdf", "f.docx", "g.mp4", "h.png", "Makefile"):
        source.write(name, "x")
    assert ids(source.connector) == ["a.md", "b.MDX", "c.html", "d.txt", "e.pdf", "f.docx"]
    assert "3 files of other kinds left out" in source.connector.check()


def test_hidden_files_version_control_and_locks_of_word_are_left_out(source: FolderSource) -> None:
    for name in (".git/README.md", ".notes.md", "CVS/a.md", "a/.cache/b.md", "~$plan.docx", "plan.docx"):
        source.write(name, "x")
    assert ids(source.connector) == ["plan.docx"]


def test_include_and_exclude_choose_by_pattern(source: FolderSource) -> None:
    for name in ("a.md", "guide/b.md", "guide/deep/c.md", "guide/old/d.md", "other/e.md", "guide/f.txt"):
        source.write(name, "x")
    folder = Folder(source.root, include=("guide/**/*.md",), exclude=("**/old/**",))
    assert ids(folder) == ["guide/b.md", "guide/deep/c.md"]
    assert ids(Folder(source.root, include=("*.md",))) == ["a.md"]
    assert ids(Folder(source.root, include=("?.md", "other/**"))) == ["a.md", "other/e.md"]


def test_a_name_in_both_unicode_forms_is_one_item_and_one_report(source: FolderSource) -> None:
    source.write("규정.md", "composed")
    source.write(MACOS, "decomposed")
    listing = source.connector.items(None)
    assert [item.id for item in listing.items] == ["규정.md"]
    assert [id_ for id_, _ in listing.unreadable] == ["규정.md"]
    assert source.connector.fetch(listing.items[0]).content == b"composed"


def test_a_name_that_is_no_utf8_is_reported_and_the_rest_goes_on(source: FolderSource) -> None:
    source.write("a.md", "x")
    with open(os.fsencode(source.root) + "/규정.md".encode("cp949"), "wb") as file:  # noqa: PTH123
        file.write(b"x")
    listing = source.connector.items(None)
    assert [item.id for item in listing.items] == ["a.md"]
    ((name, reason),) = listing.unreadable
    assert name.encode().decode().endswith(".md")
    assert "UTF-8" in reason


def test_a_link_out_of_the_folder_is_reported_and_never_followed(
    source: FolderSource, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "salaries.md").write_text("secret")
    (source.root / "link.md").symlink_to(outside / "salaries.md")
    (source.root / "directory").symlink_to(outside)
    (source.root / "nowhere.md").symlink_to(outside / "missing.md")
    source.write("a.md", "x")
    listing = source.connector.items(None)
    assert [item.id for item in listing.items] == ["a.md"]
    assert [id_ for id_, _ in listing.unreadable] == ["directory", "link.md", "nowhere.md"]
    assert "leaves the folder" in dict(listing.unreadable)["link.md"]
    for id_ in ("link.md", "directory/salaries.md"):
        with pytest.raises(ItemUnreadable, match="symbolic link"):
            source.connector.fetch(Item(id_, "1"))


def test_a_link_inside_the_folder_lists_its_document_once(source: FolderSource) -> None:
    source.write("v2/guide.md", "x")
    (source.root / "latest.md").symlink_to(source.root / "v2" / "guide.md")
    (source.root / "current").symlink_to(source.root)  # a circle
    listing = source.connector.items(None)
    assert [item.id for item in listing.items] == ["v2/guide.md"]
    assert listing.unreadable == ()


def test_a_file_swapped_for_a_link_after_listing_is_not_followed(
    source: FolderSource, tmp_path: Path
) -> None:
    source.write("below/a.md", "x")
    (item,) = source.connector.items(None).items
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.md").write_text("secret")
    shutil.rmtree(source.root / "below")
    (source.root / "below").symlink_to(outside)
    with pytest.raises(ItemUnreadable, match="symbolic link"):
        source.connector.fetch(item)


@pytest.mark.parametrize(
    "id_", ["../outside.md", "/etc/hostname", "a/../../outside.md", "", "a//b.md", "a\0.md"]
)
def test_ids_that_point_elsewhere_open_nothing(source: FolderSource, tmp_path: Path, id_: str) -> None:
    (tmp_path / "outside.md").write_text("secret")
    source.write("a/b.md", "x")
    with pytest.raises(ItemUnreadable):
        source.connector.fetch(Item(id_, "1"))


def test_a_file_of_a_gigabyte_is_set_aside_by_its_size(source: FolderSource) -> None:
    source.write("dump.txt", "")
    with (source.root / "dump.txt").open("r+b") as file:
        file.truncate(1 << 30)
    (item,) = source.connector.items(None).items
    with pytest.raises(ItemUnreadable, match=r"dump\.txt: has 1,073,741,824 bytes, more than max_bytes"):
        source.connector.fetch(item)


def test_max_bytes_is_the_last_size_that_is_read(source: FolderSource) -> None:
    source.write("a.txt", "12345")
    (item,) = source.connector.items(None).items
    assert Folder(source.root, max_bytes=5).fetch(item).content == b"12345"
    with pytest.raises(ItemUnreadable):
        Folder(source.root, max_bytes=4).fetch(item)


def test_a_file_that_disappears_between_listing_and_reading_is_named(source: FolderSource) -> None:
    source.write("a.md", "x")
    (item,) = source.connector.items(None).items
    source.delete("a.md")
    with pytest.raises(ItemUnreadable, match=r"a\.md: was there when the folder was listed and is gone now"):
        source.connector.fetch(item)


def test_a_file_that_shrinks_while_it_is_read_is_not_taken_half(
    source: FolderSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.write("a.txt", "x" * 3_000_000)
    (item,) = source.connector.items(None).items
    read = os.read

    def read_and_truncate(descriptor: int, length: int) -> bytes:
        data = read(descriptor, length)
        os.truncate(source.root / "a.txt", 1_048_576)
        return data

    monkeypatch.setattr(os, "read", read_and_truncate)
    with pytest.raises(ItemUnreadable, match="changed while it was being read"):
        source.connector.fetch(item)


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_what_is_no_regular_file_is_refused_without_waiting_for_it(source: FolderSource, kind: str) -> None:
    path = source.root / "a.md"
    if kind == "pipe":
        os.mkfifo(path)
        listed = None
    else:
        listed = socket.socket(socket.AF_UNIX)
        listed.bind(os.path.relpath(path))
    with pytest.raises(ItemUnreadable, match=r"a\.md"):
        source.connector.fetch(Item("a.md", "1"))
    if listed:
        listed.close()


@pytest.fixture
def as_nobody(source: FolderSource, tmp_path: Path) -> Iterator[None]:
    """Root may read everything, so the test takes another user where it runs as root."""
    if os.geteuid() != 0:
        yield
        return
    for directory in (source.root, *tmp_path.parents, tmp_path):
        if directory.stat().st_uid == 0 and str(directory).startswith("/tmp/"):
            directory.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_without_permission_is_named(source: FolderSource, request: pytest.FixtureRequest) -> None:
    source.write("a.md", "x")
    (source.root / "a.md").chmod(0)
    (item,) = source.connector.items(None).items
    request.getfixturevalue("as_nobody")
    with pytest.raises(ItemUnreadable, match=r"a\.md: Footnote may not read it"):
        source.connector.fetch(item)


def test_a_directory_that_cannot_be_listed_makes_the_listing_incomplete(
    source: FolderSource, request: pytest.FixtureRequest
) -> None:
    source.write("a.md", "x")
    source.write("locked/b.md", "x")
    (source.root / "locked").chmod(0)
    request.getfixturevalue("as_nobody")
    listing = source.connector.items(None)
    assert [item.id for item in listing.items] == ["a.md"]
    assert not listing.is_complete  # else b.md would be deleted
    assert [id_ for id_, _ in listing.unreadable] == ["locked"]


def test_a_file_in_the_place_of_the_folder_is_not_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SourceUnavailable, match="not a readable folder"):
        Folder(tmp_path / "file").items(None)


def test_urls_are_the_prefix_and_the_quoted_id(source: FolderSource) -> None:
    source.write("휴가/연차 규정.md", "x")
    (item,) = source.connector.items(None).items
    folder = Folder(source.root, url="https://wiki.example.com/docs/")
    quoted = "%ED%9C%B4%EA%B0%80/%EC%97%B0%EC%B0%A8%20%EA%B7%9C%EC%A0%95.md"
    assert folder.fetch(item).url == f"https://wiki.example.com/docs/{quoted}"
    assert source.connector.fetch(item).url == f"file://{source.root}/{quoted}"
