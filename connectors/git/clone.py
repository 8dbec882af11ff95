"""A bare copy of one branch of a repository: all commits and directories, and of the files what is asked for.

It lies in a connector's cache directory, so it may be emptied, half written or broken at any time: then it is
made anew.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from connectors.base import SourceUnavailable
from connectors.git import program as git_program
from connectors.git.errors import GitFailed, GrewTooLarge, Unanswered
from connectors.git.program import GitProgram
from connectors.git.remote import Remote

_TIP = "refs/footnote/tip"
_MISSING = re.compile(r"could not fetch|missing|bad object|not allowed")
_BLOBS_AT_ONCE = 2_000
_MOST_PACKS = 50
_FILE_MODES = (b"100644", b"100755")
_LINK_MODE = b"120000"


@dataclass(frozen=True)
class Tip:
    """Where a branch or tag of the remote stands."""

    ref: str
    """Such as refs/heads/main."""
    commit: str

    @property
    def name(self) -> str:
        return self.ref.split("/", 2)[2]


@dataclass(frozen=True)
class Entry:
    """A file of a commit. Its path is in the bytes that the repository has."""

    path: bytes
    blob: str
    is_link: bool


def tip_of(program: GitProgram, directory: Path, branch: str) -> Tip | None:
    """Where `branch` (a tag will do; empty for the default branch) stands at the remote. None if the
    repository is empty. Raises SourceUnavailable, also if it has no such branch."""
    address = program.remote.address

    def ask(*refs: str) -> dict[str, str]:
        """Ref to its commit; "-> " and a symbolic ref to the ref it stands for."""
        arguments = ["ls-remote", "-q", "--symref", "--", address, *refs]
        printed = program.visiting(directory, *arguments, seconds=git_program.ASK_SECONDS)
        lines = [line.partition("\t") for line in printed.decode(errors="replace").splitlines()]
        return {("-> " if what.startswith("ref: ") else "") + ref: what for what, _, ref in lines}

    if branch:
        head, tag = f"refs/heads/{branch}", f"refs/tags/{branch}"
        peeled = f"{tag}^{{}}"  # what an annotated tag is about
        found = ask(head, tag, peeled)
        if head in found:
            return Tip(head, found[head])
        if tag in found:
            return Tip(tag, found.get(peeled, found[tag]))
        raise SourceUnavailable(
            f"{address} has no branch or tag {branch!r}. Set branch to one that it has.", setting="branch"
        )
    found = ask("HEAD")
    default = found.get("-> HEAD", "").removeprefix("ref: ")
    if default.startswith("refs/heads/") and "HEAD" in found:
        return Tip(default, found["HEAD"])
    if not found and not ask():
        return None
    raise SourceUnavailable(f"{address} does not say its default branch. Set branch.", setting="branch")


class Clone:
    """The copy in `directory`. What writes to it is for one thread at a time."""

    def __init__(self, directory: Path, program: GitProgram, *, max_bytes: int) -> None:
        self._directory = directory
        self._program = program
        self._max_bytes = max_bytes

    @property
    def remote(self) -> Remote:
        return self._program.remote

    def commit(self) -> str | None:
        """The commit that was brought last; None if the copy is not there, or no longer whole."""
        try:
            said = self._program.local(self._directory, "rev-parse", "--verify", "-q", f"{_TIP}^{{commit}}")
            self._program.local(self._directory, "cat-file", "-e", f"{_TIP}^{{tree}}")
        except GitFailed:
            return None
        return said.decode().strip()

    def bring(self, tip: Tip, *, depth: int = 0) -> str:
        """Bring the commits up to `tip`, or where its branch stands by now; return that commit. `depth`
        bounds how many commits back. Raises what GitProgram.visiting does."""
        if not self._is_sound() or self._bytes() > self._max_bytes:
            self._make_anew()
        try:
            self._fetch_tip(tip, depth)
        except Unanswered:
            raise
        except SourceUnavailable:
            # The remote answered: what fails may well be the copy (a lock or half a file that a kill left,
            # an object that is damaged), so try without it.
            self._make_anew()
            self._fetch_tip(tip, depth)
        if self.commit() is None:  # git asks for nothing that its own notes say is here
            self._make_anew()
            self._fetch_tip(tip, depth)
        if (commit := self.commit()) is None:
            raise SourceUnavailable(f"{self.remote.address}: the copy of the repository is not whole.")
        if len(list((self._directory / "objects" / "pack").glob("*.pack"))) > _MOST_PACKS:
            with suppress(GitFailed):  # it only saves room: without it the copy is made anew one day
                self._program.local(self._directory, "repack", "-a", "-d", "-q")
        return commit

    def bring_blobs(self, commit: str, wanted: Collection[str], *, since: str = "") -> None:
        """Bring those of the wanted files of a commit that are not here yet, as far as they can be had: each
        is asked for again when it is read. With `since`, only those that later commits brought."""
        absent = sorted(self._absent(commit, since) & set(wanted))
        for start in range(0, len(absent), _BLOBS_AT_ONCE):
            self._fetch_blobs(absent[start : start + _BLOBS_AT_ONCE])

    def discard(self) -> None:
        """Remove the copy; the next `bring` makes it anew."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def entries(self, commit: str) -> Iterator[Entry]:
        """The files and symbolic links of a commit; submodules are none of its own. Raises GitFailed."""
        for line in self._program.local(self._directory, "ls-tree", "-r", "-z", "--full-tree", commit).split(
            b"\0"
        ):
            if line:
                about, _, path = line.partition(b"\t")
                mode, _, blob = about.split(b" ")
                if mode in _FILE_MODES or mode == _LINK_MODE:
                    yield Entry(path, blob.decode(), mode == _LINK_MODE)

    def follows(self, later: str, earlier: str) -> bool:
        """Whether `later` was made on top of `earlier`, and both are here."""
        try:
            self._program.local(self._directory, "merge-base", "--is-ancestor", earlier, later)
        except GitFailed:
            return False
        return True

    def size(self, blob: str) -> int | None:
        """Bytes of a file that is here, None if it is not."""
        try:
            said = self._program.local(
                self._directory,
                "cat-file",
                "--batch-check=%(objecttype) %(objectsize)",
                stdin=f"{blob}\n".encode(),
            )
        except GitFailed as exc:
            if _MISSING.search(str(exc)):
                return None
            raise
        kind, _, size = said.strip().partition(b" ")
        return int(size) if kind == b"blob" else None

    def read(self, blob: str) -> bytes:
        """The bytes of a file that is here. Raises GitFailed."""
        return self._program.local(self._directory, "cat-file", "blob", blob)

    def bring_blob(self, blob: str) -> None:
        """Raises what GitProgram.visiting does."""
        self._program.visiting(
            self._directory, *self._to_fetch_blobs(), stdin=f"{blob}\n".encode(), max_bytes=self._room()
        )

    def _fetch_blobs(self, blobs: Sequence[str]) -> None:
        try:
            self._program.visiting(
                self._directory,
                *self._to_fetch_blobs(),
                stdin="".join(f"{blob}\n" for blob in blobs).encode(),
                max_bytes=self._room(),
            )
        except GrewTooLarge:
            # one of them is huge: the others are brought in halves, it alone is set aside when it is read
            if len(blobs) > 1:
                middle = len(blobs) // 2
                self._fetch_blobs(blobs[:middle])
                self._fetch_blobs(blobs[middle:])

    def _to_fetch_blobs(self) -> list[str]:
        return [
            "-c", "fetch.negotiationAlgorithm=noop", "fetch", "-q", "--no-tags", "--no-write-fetch-head",
            "--filter=blob:none", "--stdin", "--", self.remote.address,
        ]  # fmt: skip

    def _fetch_tip(self, tip: Tip, depth: int) -> None:
        bounds = ["--filter=blob:none", *([f"--depth={depth}"] if depth else [])]
        what = ["--", self.remote.address, f"+{tip.ref}:{_TIP}"]
        quietly = ["fetch", "-q", "--no-tags", "--no-write-fetch-head"]
        self._program.visiting(self._directory, *quietly, *bounds, *what, max_bytes=self._room())

    def _absent(self, commit: str, since: str) -> set[str]:
        """Files that are not here, of a commit, or of the commits that followed `since`."""
        walk = ["rev-list", "--objects", "--no-object-names", "--missing=print"]
        what = [commit, f"^{since}"] if since else [f"{commit}^{{tree}}"]
        printed = self._program.local(self._directory, *walk, *what).decode()
        return {line[1:] for line in printed.splitlines() if line.startswith("?")}

    def _is_sound(self) -> bool:
        """Whether this is a copy of this remote: its address may have been changed in the settings."""
        try:
            said = self._program.local(self._directory, "config", "--local", "footnote.remote")
        except GitFailed:
            return False
        return said.decode().strip() == self.remote.address

    def _make_anew(self) -> None:
        self.discard()
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._program.local(self._directory, "init", "-q", "--bare", "--template=")
            self._program.local(self._directory, "config", "--local", "footnote.remote", self.remote.address)
        except (OSError, GitFailed) as exc:
            raise SourceUnavailable(f"There is no writing to {self._directory}: {exc}.") from exc

    def _bytes(self) -> int:
        total = 0
        for file in self._directory.rglob("*"):
            try:
                total += file.lstat().st_size
            except OSError:
                continue
        return total

    def _room(self) -> int:
        return max(1_000_000, self._max_bytes - self._bytes())
