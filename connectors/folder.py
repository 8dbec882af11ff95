"""Documents under one directory of this machine."""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from connectors.base import Document, Item, ItemUnreadable, Listing, SourceUnavailable
from connectors.media_types import is_document, media_type
from connectors.patterns import any_of

_VERSION_CONTROL = {"CVS", "_darcs"}  # .git, .hg and .svn are hidden anyway
_OFFICE_LOCK = "~$"  # what Word leaves beside an open document: not a document, though its suffix says so
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Folder:
    """Documents under one directory.

    An item's id is its path below the directory, with "/" and in Unicode form NFC; its version is made of
    size and time of change, so a file that did not change is never opened. Hidden files are left out.
    Symbolic links are never followed: what they point to inside the directory is listed where it really
    is, and one that points outside is reported.
    """

    path: Path
    """The directory on this machine."""
    include: tuple[str, ...] = ("**/*",)
    """Glob patterns of ids; `**/` stands for any directories, none included."""
    exclude: tuple[str, ...] = ()
    """Globs of what is left out, though `include` has it."""
    url: str = ""
    """Where people find the same files on the web: the quoted id is added to it. Empty: file:// links."""
    max_bytes: int = 50_000_000
    """A larger file is set aside unread."""

    kind: ClassVar[str] = "folder"

    def check(self) -> str:
        found = self._walk()
        parts = [f"{len(found.items)} documents in {self.path}"]
        if found.others:
            parts.append(f"{found.others} files of other kinds left out")
        if found.unreadable:
            parts.append(f"{len(found.unreadable)} not readable, first {': '.join(found.unreadable[0])}")
        return "; ".join(parts) + "."

    def items(self, cursor: str | None) -> Listing:  # noqa: ARG002 - a folder is listed whole every time
        found = self._walk()
        # Below a directory that cannot be listed there may be anything: what we miss there is not deleted.
        return Listing(
            tuple(found.items), is_complete=not found.is_partial, unreadable=tuple(found.unreadable)
        )

    def fetch(self, item: Item) -> Document:
        try:
            with _opened(self._root, item.id) as file:
                content, changed_at = self._read(file, item)
        except OSError as exc:
            if not self._root.is_dir():
                raise self._vanished() from exc
            raise ItemUnreadable(f"{item.id}: {_reason(exc)}") from exc
        return Document(
            id=item.id,
            title="",
            url=self._url_of(item),
            content=content,
            media_type=media_type(item.id),
            updated_at=changed_at,
        )

    @property
    def _root(self) -> Path:
        return self.path.expanduser().absolute()

    def _vanished(self) -> SourceUnavailable:
        # Never an empty listing instead: that would say "delete everything".
        return SourceUnavailable(f"{self.path} is not a readable folder. Is it mounted, and its name right?")

    def _url_of(self, item: Item) -> str:
        if self.url:
            return f"{self.url.rstrip('/')}/{quote(item.id)}"
        return (self._root / item.id).as_uri()

    def _read(self, descriptor: int, item: Item) -> tuple[bytes, datetime]:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ItemUnreadable(f"{item.id}: is not a regular file")
        if status.st_size > self.max_bytes:
            raise ItemUnreadable(
                f"{item.id}: has {status.st_size:,} bytes, more than max_bytes = {self.max_bytes:,} allows"
            )
        pieces: list[bytes] = []
        missing = status.st_size
        while missing > 0 and (piece := os.read(descriptor, min(missing, _READ_BYTES))):
            pieces.append(piece)
            missing -= len(piece)
        after = os.fstat(descriptor)
        if missing or (after.st_size, after.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
            raise ItemUnreadable(f"{item.id}: was changed while it was being read; the next sync tries again")
        return b"".join(pieces), datetime.fromtimestamp(status.st_mtime, UTC)

    def _walk(self) -> _Found:
        root = self._root
        found = _Found()
        chosen = any_of(self.include)
        refused = any_of(self.exclude)
        pending = [(str(root), "")]
        while pending:
            directory, above = pending.pop()
            try:
                entries = _entries(directory)
            except OSError as exc:
                if not above or not root.is_dir():
                    raise self._vanished() from exc
                if not isinstance(exc, FileNotFoundError):  # deleted since its parent was listed: really gone
                    found.unreadable.append((above.rstrip("/"), f"cannot be listed: {_reason(exc)}"))
                    found.is_partial = True
                continue
            for name, entry in entries:
                id_ = above + name
                if entry is None:
                    found.unreadable.append((id_, "another file has the same name, or it is not valid UTF-8"))
                    continue
                if _is_hidden(name) or refused(id_):
                    continue
                if entry.is_symlink():
                    if is_document(name) or entry.is_dir():
                        found.unreadable.extend(_escape(entry.path, id_, root))
                elif entry.is_dir(follow_symlinks=False):
                    pending.append((entry.path, f"{id_}/"))
                elif not is_document(name):
                    found.others += 1
                elif chosen(id_):
                    with suppress(FileNotFoundError):  # deleted since the directory was listed
                        status = entry.stat(follow_symlinks=False)
                        found.items.append(Item(id_, f"{status.st_size}-{status.st_mtime_ns}"))
        if not root.is_dir():  # vanished under our feet: what was found is not all there is
            raise self._vanished()
        found.items.sort(key=lambda item: item.id)
        found.unreadable.sort()
        return found


@dataclass
class _Found:
    items: list[Item] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    others: int = 0
    is_partial: bool = False


def _is_hidden(name: str) -> bool:
    return name.startswith((".", _OFFICE_LOCK)) or name in _VERSION_CONTROL


def _reason(exc: OSError) -> str:
    if isinstance(exc, FileNotFoundError):
        return "was there when the folder was listed and is gone now"
    if isinstance(exc, PermissionError):
        return "Footnote may not read it (permissions)"
    if exc.errno in (errno.ELOOP, errno.ENOTDIR):
        return "has become a symbolic link, which is never followed"
    return exc.strerror or type(exc).__name__


def _escape(path: str, id_: str, root: Path) -> Iterator[tuple[str, str]]:
    """What to report about a symbolic link: nothing if it stays inside."""
    try:
        target = Path(path).resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop of links
        yield id_, "is a symbolic link to nothing"
        return
    if not target.is_relative_to(root.resolve()):
        yield id_, "is a symbolic link that leaves the folder"


def _entries(directory: str) -> list[tuple[str, os.DirEntry[str] | None]]:
    """(name in NFC, entry) of each file; None for one that no id can stand for.

    macOS writes names in NFD, so one name may be there in both forms. The id then stands for the file that
    `_opened` will find: the one whose name is NFC already, else the first by code points.
    """
    with os.scandir(directory) as scan:
        found = sorted(scan, key=lambda entry: (not unicodedata.is_normalized("NFC", entry.name), entry.name))
    entries: list[tuple[str, os.DirEntry[str] | None]] = []
    seen: set[str] = set()
    for entry in found:
        name = unicodedata.normalize("NFC", entry.name)
        try:
            name.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(entry.name).decode("utf-8", "replace")
            entries.append((shown, None))
            continue
        entries.append((name, None if name in seen else entry))
        seen.add(name)
    return entries


@contextmanager
def _opened(root: Path, id_: str) -> Iterator[int]:
    """The descriptor of the file an id stands for. Nothing outside `root` is ever opened.

    Each part of the path is opened from its parent's descriptor without following links, so a directory
    that is swapped for a link between listing and reading leads nowhere.
    """
    *directories, name = id_.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in (*directories, name)):
        raise FileNotFoundError(errno.ENOENT, "no such item")
    with ExitStack() as opened:

        def into(descriptor: int) -> int:
            opened.callback(os.close, descriptor)
            return descriptor

        directory = into(os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        for part in directories:
            directory = into(_open_named(directory, part, os.O_DIRECTORY))
        # O_NONBLOCK: a named pipe in the place of the file must not make us wait for its writer
        yield into(_open_named(directory, name, os.O_NONBLOCK))


def _open_named(directory: int, name: str, flags: int) -> int:
    flags |= os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=directory)
    except FileNotFoundError:
        same = [real for real in os.listdir(directory) if unicodedata.normalize("NFC", real) == name]
        if not same:
            raise
        return os.open(min(same), flags, dir_fd=directory)
