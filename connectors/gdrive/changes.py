"""What changed in a Google Drive since a cursor, as far as that can be told without listing everything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.gdrive.api import ANY_DRIVE, DriveApi, DriveRefused, Json
from connectors.gdrive.folders import Root, is_folder, signature, walk

_EXPIRED = (400, 404, 410)


@dataclass(frozen=True)
class Cursor:
    """Where a listing left off."""

    scope: str
    """Stands for the settings under which it was made, and the members of the shared drives."""
    folders: str
    """The name of the folders it knew (connectors.gdrive.folders.Folders)."""
    tokens: Mapping[str, str]
    """Shared drive, or "" for the account itself -> page token of its changes."""

    def written(self) -> str:
        return json.dumps({"scope": self.scope, "folders": self.folders, "tokens": dict(self.tokens)})

    @classmethod
    def read(cls, written: str | None) -> Cursor | None:
        """None if it is none of ours."""
        try:
            held = json.loads(written or "")
            tokens = {str(drive): str(token) for drive, token in held["tokens"].items()}
            return cls(str(held["scope"]), str(held["folders"]), tokens)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


class CannotTell(Exception):
    """Changes do not tell all: the whole has to be listed."""


class Changes:
    """The changes since a cursor: `files` that are there now, ids of what is `gone`, and the `folders`."""

    def __init__(self, api: DriveApi, roots: Iterable[Root], folders: Mapping[str, str]) -> None:
        self._api = api
        self._roots = tuple(roots)
        self._is_everything = any(not root.id for root in self._roots)
        self._drives = {root.log for root in self._roots if root.log}
        self._whole_drives = {root.id for root in self._roots if root.id and root.is_whole}
        self.folders = dict(folders)
        self.files: dict[str, Json] = {}
        self.gone: set[str] = set()

    def since(self, tokens: Mapping[str, str]) -> dict[str, str]:
        """Collect them; returns the tokens of the next time. Raises CannotTell."""
        following: dict[str, str] = {}
        for drive_id, token in tokens.items():
            try:
                changes, following[drive_id] = self._api.changes(drive_id, token)
            except DriveRefused as exc:
                if exc.status in _EXPIRED:
                    raise CannotTell("the token has expired") from exc
                raise
            # a file that changed twice is told of twice: the last one counts
            last = {str(change.get("fileId") or change.get("driveId")): change for change in changes}
            # folders first: whether a file is within depends on them
            for change in sorted(last.values(), key=lambda change: not is_folder(change.get("file") or {})):
                self._take(change)
        return following

    def _take(self, change: Json) -> None:
        if change.get("changeType") == "drive":
            if self._is_everything or str(change.get("driveId")) in self._drives:
                raise CannotTell("a shared drive changed")
            return
        id_ = str(change.get("fileId"))
        file = change.get("file") or {}
        is_there = not change.get("removed") and not file.get("trashed") and self._is_within(file)
        if id_ in self.folders:
            if not is_there or signature(file) != self.folders[id_]:
                raise CannotTell("a folder went, moved, or is for others now")
        elif is_there and is_folder(file):
            self._enter(file)
        elif is_there:
            self.files[id_] = file
            self.gone.discard(id_)
        elif id_ not in self.files or change.get("removed") or file.get("trashed"):
            self.files.pop(id_, None)
            self.gone.add(id_)

    def _is_within(self, file: Json) -> bool:
        if self._is_everything or file.get("driveId") in self._whole_drives:
            return True
        return any(str(parent) in self.folders for parent in file.get("parents") or ()) or any(
            str(file.get("id")) == root.id for root in self._roots
        )

    def _enter(self, folder: Json) -> None:
        """A folder that is new here may have been moved here, with all that is in it."""
        self.folders[str(folder["id"])] = signature(folder)
        for page in walk(self._api, Root(str(folder["id"]), self._drive_of(folder))):
            if page.get("incompleteSearch"):
                raise CannotTell("a folder could not be listed whole")
            for file in page["files"]:
                if is_folder(file):
                    self.folders[str(file["id"])] = signature(file)
                else:
                    self.files[str(file["id"])] = file

    def _drive_of(self, folder: Json) -> str:
        drive_id = str(folder.get("driveId") or "")
        return drive_id if drive_id in self._drives or not drive_id else ANY_DRIVE
