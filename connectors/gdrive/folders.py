"""The folders of a Google Drive that are read, and how they are found again from one listing to the next."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from connectors.base import SourceUnavailable
from connectors.gdrive.api import ANY_DRIVE, DriveApi, Json
from connectors.gdrive.rights import digest, rights_in

FOLDER = "application/vnd.google-apps.folder"
PARENTS_AT_ONCE = 40
"""How many folders one request looks into."""
MAX_FOLDERS = 100_000
_FILE = "folders.json"


@dataclass(frozen=True)
class Root:
    """Where reading begins: a folder, a whole shared drive (`id` is that of the drive), or all of My Drive
    and what is shared from there (`id` is empty)."""

    id: str
    drive_id: str
    """The shared drive it is in; empty for My Drive, ANY_DRIVE for one that the account is no member of."""

    @property
    def is_whole(self) -> bool:
        return self.id == self.drive_id

    @property
    def log(self) -> str:
        """Whose changes tell of it: the shared drive's, or with "" the account's own."""
        return "" if self.drive_id == ANY_DRIVE else self.drive_id


def signature(folder: Json) -> str:
    """What of a folder matters to what is in it: where it stands and who may read it."""
    return digest(*sorted(map(str, folder.get("parents") or ())), rights_in(folder))


def is_folder(file: Json) -> bool:
    return file.get("mimeType") == FOLDER


def walk(api: DriveApi, root: Root) -> Iterator[Json]:
    """Pages of everything below a root, folders included."""
    if root.is_whole:
        yield from api.files("trashed = false", root.drive_id)
        return
    seen = {root.id}
    pending = [root.id]
    while pending:
        batch, pending = pending[:PARENTS_AT_ONCE], pending[PARENTS_AT_ONCE:]
        parents = " or ".join(f"'{id_}' in parents" for id_ in batch)
        for page in api.files(f"({parents}) and trashed = false", root.drive_id):
            found = [str(file["id"]) for file in page["files"] if is_folder(file)]
            pending += [id_ for id_ in found if id_ not in seen]
            seen.update(found)
            if len(seen) > MAX_FOLDERS:
                raise SourceUnavailable(f"Google Drive: more than {MAX_FOLDERS:,} folders below {root.id}.")
            yield page


def id_in(link: str) -> str:
    """The id in a link to a folder or shared drive, or the id itself; "" if it is neither."""
    found = re.search(r"/folders/([\w-]{10,})", link) or re.search(r"[?&]id=([\w-]{10,})", link)
    if found:
        return found[1]
    return link if re.fullmatch(r"[\w-]{10,}", link) else ""


@dataclass
class Folders:
    """Folders of whole listings, by a name that a cursor holds: id -> signature.

    Changes say which folders changed, but not what is in them; held against what was known, most of these
    changes turn out not to matter. What is lost here costs a whole listing.
    """

    path: Path | None
    named: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, directory: Path | None) -> Folders:
        if directory is None:
            return cls(None)
        try:
            kept = json.loads((directory / _FILE).read_bytes())
            named = {
                str(name): {str(id_): str(of) for id_, of in folders.items()}
                for name, folders in kept.items()
            }
        except (OSError, ValueError, AttributeError):
            named = {}
        return cls(directory / _FILE, named)

    def keep(self, folders: Mapping[str, str], *, beside: Iterable[str] = ()) -> str:
        """Keep these and return their name. Those named `beside` stay as well: if the sync breaks off, the
        next one begins from them."""
        name = digest(*(f"{id_} {of}" for id_, of in sorted(folders.items())))
        if name in self.named and set(self.named) <= {name, *beside}:
            return name
        self.named = {other: self.named[other] for other in beside if other in self.named}
        self.named[name] = dict(folders)
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            being_written = self.path.with_suffix(".new")
            being_written.write_text(json.dumps(self.named))
            being_written.replace(self.path)
        return name
