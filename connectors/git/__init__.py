"""Documents in one branch of a git repository, wherever it is served."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from connectors.base import (
    EVERYONE,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceUnavailable,
    reader_by_email,
)
from connectors.git.clone import Clone, Tip, tip_of
from connectors.git.errors import GitFailed, GrewTooLarge, NoSuchObject
from connectors.git.history import Change, last_change, last_changes
from connectors.git.program import GitProgram
from connectors.git.remote import Remote, link
from connectors.git.tree import File, Found, documents_of
from connectors.media_types import BY_SUFFIX, media_type

_LARGE_FILE = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True)
class Git:
    """Documents in one branch of a git repository.

    An item's id is its path, with "/" and in Unicode form NFC; its version is the id of its content (blob).
    Hidden files, symbolic links and submodules are left out; hooks are never run, and no file is checked out.
    """

    remote: str
    """Address of the repository: https://, http:// or ssh:// URL, user@host:path, or an absolute path."""
    branch: str = ""
    """A branch or tag; empty for the default branch."""
    include: tuple[str, ...] = ("**/*",)
    """Glob patterns of ids; `**/` stands for any directories, none included."""
    exclude: tuple[str, ...] = ()
    """Globs of what is left out, though `include` has it."""
    token: Secret = Secret("")
    """For https: a token or password that may read the repository."""
    user: str = "git"
    """The user that goes with the token. Most servers take any; Bitbucket wants "x-token-auth"."""
    ssh_key: str = ""
    """For ssh: path of a private key; empty for the keys of the account that runs Footnote."""
    link: str = ""
    """Where people open a file, with {path} and {commit} or {branch} in it; empty: told by the remote."""
    link_to: Literal["commit", "branch"] = "commit"
    """Whether links show a file as it was read, or as it is when they are opened."""
    readers: tuple[str, ...] = ()
    """E-mail addresses of those who may read it, as in Slack; empty: everyone in the workspace."""
    depth: int = 0
    """How many commits back the history is brought, for dates and authors; 0: all."""
    max_bytes: int = 50_000_000
    """A larger file is set aside unread."""
    max_clone_bytes: int = 5_000_000_000
    """How large the copy of the repository may grow on this machine's disk."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "git"

    def __post_init__(self) -> None:
        if any("@" not in reader for reader in self.readers):
            raise ValueError("readers are e-mail addresses, such as kim@example.com")
        if self.link and not self.link.startswith(("https://", "http://")):
            raise ValueError("link has to begin with https:// or http://")

    def check(self) -> str:
        with tempfile.TemporaryDirectory(prefix="footnote-git-") as directory:
            place = Path(directory)
            if (tip := tip_of(self._program, place, self.branch)) is None:
                return f"0 documents in {self.remote}: the repository is empty."
            clone = Clone(place / "copy", self._program, max_bytes=self.max_clone_bytes)
            found = self._found(clone, clone.bring(tip, depth=1))
        parts = [f"{len(found.files)} documents in {self.remote}, branch {tip.name}"]
        if found.others:
            parts.append(f"{found.others} files of other kinds left out")
        if found.links:
            parts.append(f"{found.links} symbolic links not followed")
        return "; ".join(parts) + "."

    def items(self, cursor: str | None) -> Listing:
        with self._copy.lock:
            tip = tip_of(self._program, self._copy.directory, self.branch)
            known = self._commit_of(cursor)
            if tip is None:
                if known:  # a server that lost its data looks like this too
                    raise SourceUnavailable(f"{self.remote}: the repository is empty, and was not before.")
                self._copy.shown = ("", "", Found())
                return Listing.complete(())
            if cursor and known == tip.commit:
                return Listing.of_changes((), (), cursor)
            try:
                return self._listing(tip, known)
            except GitFailed:
                self._copy.clone.discard()
            with _whole(self.remote):
                return self._listing(tip, known)

    def _listing(self, tip: Tip, known: str | None) -> Listing:
        """What the tip has, or where `known` was listed before, what changed since. Raises GitFailed."""
        clone = self._copy.clone
        commit = clone.bring(tip, depth=self.depth)
        now = self._found(clone, commit)
        before: dict[str, File] = {}
        # What was listed is not in the history any more after a force push: then everything is listed.
        is_whole = known is None or not clone.follows(commit, known)
        if known and not is_whole:
            shown = self._copy.shown
            seen = shown[2] if shown and shown[0] == known else self._found(clone, known)
            before = seen.files
        changed = {
            id_: file
            for id_, file in sorted(now.files.items())
            if id_ not in before or before[id_].blob != file.blob
        }
        since = "" if is_whole or known is None else known
        clone.bring_blobs(commit, {file.blob for file in changed.values()}, since=since)
        paths = {file.path for file in changed.values()}
        self._copy.shown = (commit, tip.name, now)
        self._copy.changes = last_changes(self._program, self._copy.directory, commit, paths, since=since)
        return Listing(
            tuple(Item(id_, self._version(file)) for id_, file in changed.items()),
            is_complete=is_whole,
            cursor=self._cursor(commit),
            unreadable=tuple(now.unreadable),
            removed=tuple(sorted(before.keys() - now.files.keys())),
        )

    def fetch(self, item: Item) -> Document:
        commit, branch, found = self._shown()
        file = found.files.get(item.id)
        if file is None:
            raise ItemUnreadable(f"{item.id}: is no longer in the branch")
        content = self._content(item.id, item.version.partition("-")[0])
        change = self._copy.changes.get(file.path)
        if change is None:
            change = last_change(self._program, self._copy.directory, commit, file.path)
        return Document(
            id=item.id,
            title="",
            url=link(self._link, path=file.path, commit=commit, branch=branch),
            content=content,
            media_type=media_type(item.id),
            updated_at=change.at if change else None,
            readers=frozenset(reader_by_email(each) for each in self.readers) or frozenset({EVERYONE}),
            authors=(change.author,) if change and change.author else (),
        )

    @cached_property
    def _program(self) -> GitProgram:
        return GitProgram(Remote.of(self.remote), self.machine, self.token, self.user, self.ssh_key)

    @cached_property
    def _copy(self) -> _Copy:
        if self.machine.cache is not None:
            return _Copy(self.machine.cache / "git", self._program, self.max_clone_bytes)
        directory = Path(tempfile.mkdtemp(prefix="footnote-git-"))
        copy = _Copy(directory, self._program, self.max_clone_bytes)
        weakref.finalize(copy, shutil.rmtree, directory, ignore_errors=True)
        return copy

    @cached_property
    def _link(self) -> str:
        return self.link or self._program.remote.link_template(self.link_to)

    def _version(self, file: File) -> str:
        if not self.readers:
            return file.blob
        # who may read it has to change its version, or those who no longer may would go on reading
        return f"{file.blob}-{_digest(*sorted(self.readers))}"

    def _cursor(self, commit: str) -> str:
        """The commit, and what else a listing depends on: other settings see other documents in it."""
        settings = (self.remote, self.branch, *self.include, "", *self.exclude, "", *self.readers)
        return f"{commit}-{_digest(*settings, '', *sorted(BY_SUFFIX))}"

    def _commit_of(self, cursor: str | None) -> str | None:
        commit = (cursor or "").partition("-")[0]
        return commit if commit and cursor == self._cursor(commit) else None

    def _shown(self) -> tuple[str, str, Found]:
        """The commit that was listed last, its branch and its documents: remembered, else of the copy, else
        brought anew."""
        copy = self._copy
        with copy.lock, _whole(self.remote):
            if copy.shown is None:
                tip = tip_of(self._program, copy.directory, self.branch)
                if tip is None:
                    return "", "", Found()
                commit = copy.clone.commit() or copy.clone.bring(tip, depth=self.depth)
                copy.shown = (commit, tip.name, self._found(copy.clone, commit))
            return copy.shown

    def _found(self, clone: Clone, commit: str) -> Found:
        return documents_of(clone.entries(commit), self.include, self.exclude)

    def _content(self, id_: str, blob: str) -> bytes:
        if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", blob):
            raise ItemUnreadable(f"{id_}: has no version of this repository")
        made = self._copy.made
        try:
            return self._read(id_, blob)
        except GitFailed:
            self._make_anew(made)
        with _whole(self.remote):
            return self._read(id_, blob)

    def _read(self, id_: str, blob: str) -> bytes:
        clone = self._copy.clone
        if (size := clone.size(blob)) is None:
            with self._copy.lock:
                try:
                    clone.bring_blob(blob)
                except GrewTooLarge as exc:
                    raise ItemUnreadable(f"{id_}: is larger than max_clone_bytes leaves room for") from exc
                except NoSuchObject as exc:
                    raise ItemUnreadable(f"{id_}: is not in the repository any more in this version") from exc
            if (size := clone.size(blob)) is None:
                raise ItemUnreadable(f"{id_}: is not in the repository any more in this version")
        if size > self.max_bytes:
            raise ItemUnreadable(
                f"{id_}: has {size:,} bytes, more than max_bytes = {self.max_bytes:,} allows"
            )
        content = clone.read(blob)
        if content.startswith(_LARGE_FILE) and len(content) < 1024:
            raise ItemUnreadable(f"{id_}: is kept in Git LFS, which is not read")
        return content

    def _make_anew(self, made: int) -> None:
        """Replace a copy that is broken or was taken away, once for all threads that came upon it."""
        with self._copy.lock:
            if self._copy.made != made:
                return
            self._copy.made += 1
            self._copy.clone.discard()
            if tip := tip_of(self._program, self._copy.directory, self.branch):
                self._copy.clone.bring(tip, depth=self.depth)


class _Copy:
    """The copy on disk, and in memory what the last listing saw in it: `fetch` can do without."""

    def __init__(self, directory: Path, program: GitProgram, max_bytes: int) -> None:
        self.directory = directory
        self.clone = Clone(directory, program, max_bytes=max_bytes)
        self.lock = threading.RLock()
        self.shown: tuple[str, str, Found] | None = None
        self.changes: dict[bytes, Change] = {}
        self.made = 0
        """How often the copy was made anew while its files were being read."""


@contextmanager
def _whole(remote: str) -> Iterator[None]:
    """For a copy that was just made or found whole: if git cannot read it now, it is not the copy."""
    try:
        yield
    except GitFailed as exc:
        raise SourceUnavailable(f"{remote}: the copy of the repository cannot be read ({exc}).") from exc


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
