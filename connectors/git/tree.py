"""Which files of a commit are documents, and under which id."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.git.clone import Entry
from connectors.media_types import is_document
from connectors.patterns import any_of

_HIDDEN = re.compile(r"(?:^|/)(?:\.|~\$|CVS/|/|$)")
"""What begins with a dot (".." as well), locks of Word, directories of version control, empty names."""


@dataclass(frozen=True)
class File:
    """A document of a commit: its path in the bytes that the repository has, and the id of its content."""

    path: bytes
    blob: str


@dataclass
class Found:
    """What a commit has, by id: the path in Unicode form NFC."""

    files: dict[str, File] = field(default_factory=dict)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    others: int = 0
    """Files that are no documents."""
    links: int = 0


def documents_of(entries: Iterable[Entry], include: Sequence[str], exclude: Sequence[str]) -> Found:
    """Hidden files, symbolic links and what the patterns leave out are no documents."""
    found = Found()
    chosen, refused = any_of(include), any_of(exclude)
    # A name may be there in both forms: the id then stands for the one that is NFC already, as in a folder.
    for entry in sorted(entries, key=lambda entry: (not _is_nfc(entry.path), entry.path)):
        shown = entry.path.decode(errors="replace")
        id_ = unicodedata.normalize("NFC", shown)
        if _HIDDEN.search(id_):
            continue
        if entry.is_link:
            found.links += 1
        elif not is_document(id_):
            found.others += 1
        elif not chosen(id_) or refused(id_):
            continue
        elif shown.encode() != entry.path:
            found.unreadable.append((id_, "its name is not valid UTF-8"))
        elif id_ in found.files:
            found.unreadable.append((id_, "another file has the same name in another Unicode form"))
        else:
            found.files[id_] = File(entry.path, entry.blob)
    return found


def _is_nfc(path: bytes) -> bool:
    return path.isascii() or unicodedata.is_normalized("NFC", path.decode(errors="replace"))
