"""Documents in Google Drive: Docs, Sheets, Slides and files, in folders and shared drives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
)
from connectors.gdrive.api import ANY_DRIVE, DriveApi, DriveRefused, Json
from connectors.gdrive.auth import ServiceAccount
from connectors.gdrive.changes import CannotTell, Changes, Cursor
from connectors.gdrive.files import content_of, is_read, name_of
from connectors.gdrive.folders import Folders, Root, id_in, is_folder, signature, walk
from connectors.gdrive.rights import are_told, digest, readers_of, rights_in
from connectors.http import check_pace, shape_promised


@dataclass(frozen=True)
class GoogleDrive:
    """Documents in Google Drive, read by a service account.

    An item's id is the file's; its version is made of its time of change, checksum, name, and of who may
    read it. Readers are the people with whom a file is shared; what Drive does not show grants nothing.
    """

    credentials: Secret
    """The JSON key of a service account, all of the file on one line."""
    subject: str = ""
    """The address of a person on whose behalf the account reads (domain-wide delegation). Empty: it reads
    what is shared with its own address."""
    folders: tuple[str, ...] = ()
    """Links or ids of folders: what is below them is read."""
    shared_drives: tuple[str, ...] = ()
    """Links or ids of whole shared drives. With neither folders nor shared drives, everything that the
    account sees is read."""
    company: tuple[str, ...] = ()
    """What stands for the whole company in permissions: domains ("example.com") and addresses of groups
    ("all@example.com"). A file shared with one of them is for everyone."""
    link_is_enough: bool = False
    """Whether a file that anybody (or anybody in the company) with its link may open is for everyone here."""
    everyone_may_read: bool = False
    """Whether whatever is read here is for everyone, whatever its permissions say."""
    max_bytes: int = 50_000_000
    """A larger file is set aside unread."""
    requests_per_second: float = 10.0
    """How often Google is asked at most."""
    api_url: str = "https://www.googleapis.com"
    """Another address only for a gateway."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "gdrive"

    def __post_init__(self) -> None:
        for setting in ("folders", "shared_drives"):
            for link in getattr(self, setting):
                if not id_in(link):
                    raise ValueError(f"{link!r} in {setting} is neither a link nor an id")
        check_pace(self.requests_per_second)

    def check(self) -> str:
        found: list[Json] = []
        is_all = True
        for root in self._roots():
            where = "trashed = false" if root.is_whole else f"'{root.id}' in parents and trashed = false"
            page = next(iter(self._api.files(where, root.drive_id)))
            found += page["files"]
            below = not root.is_whole and any(is_folder(file) for file in page["files"])
            is_all = is_all and not below and not page.get("nextPageToken")
        documents = [file for file in found if is_read(file)]
        said = f"{'' if is_all else 'at least '}{len(documents)} documents in Google Drive"
        hidden = sum(1 for file in documents if not are_told(file))
        if hidden and not self.everyone_may_read:
            said += (
                f"; Google does not show {self._api.account.email} who may read {hidden} of them, so nobody "
                "finds those: make it an editor there, or set everyone_may_read"
            )
        elif not documents and is_all:
            said += f": share folders with {self._api.account.email}"
        return f"{said}."

    def items(self, cursor: str | None) -> Listing:
        with shape_promised("Google Drive"):
            return self._listing(cursor)

    def fetch(self, item: Item) -> Document:
        with shape_promised(item.id, ItemUnreadable):
            return self._document(item)

    def _listing(self, cursor: str | None) -> Listing:
        roots = self._roots()
        scope = self._scope(roots)
        since = Cursor.read(cursor)
        known = self._folders.named.get(since.folders) if since else None
        if since is not None and known is not None and since.scope == scope:
            try:
                return self._changed(roots, since, known)
            except CannotTell:
                pass
        return self._whole(roots, scope, since)

    def _document(self, item: Item) -> Document:
        try:
            file = self._api.file(item.id)
        except DriveRefused as exc:
            if exc.status in (403, 404):
                raise ItemUnreadable(
                    f"{item.id}: is not there any more, or not shared with {self._api.account.email}"
                ) from exc
            raise
        if file.get("trashed"):
            raise ItemUnreadable(f"{name_of(file)} ({item.id}): is in the trash of Google Drive")
        content, media_type = content_of(self._api, file, self.max_bytes)
        url = str(file.get("webViewLink") or f"https://drive.google.com/file/d/{item.id}/view")
        people = (file.get("lastModifyingUser") or {}, *(file.get("owners") or ()))
        names = (str(person.get("displayName") or "") for person in people)
        changed = file.get("modifiedTime")
        return Document(
            id=item.id,
            title=name_of(file),
            url=quote(url, safe=":/?#[]@!$&'()*+,;=%~"),
            content=content,
            media_type=media_type,
            updated_at=datetime.fromisoformat(str(changed)) if changed else None,
            readers=self._readers(file),
            authors=tuple(dict.fromkeys(filter(None, names))),
        )

    @cached_property
    def _api(self) -> DriveApi:
        return DriveApi(
            self.api_url,
            ServiceAccount(self.credentials, self.subject, self.machine),
            self.machine,
            per_second=self.requests_per_second,
            max_bytes=self.max_bytes,
        )

    @cached_property
    def _folders(self) -> Folders:
        return Folders.load(self.machine.cache)

    def _roots(self) -> list[Root]:
        """Where reading begins. One that is gone must raise: without it a listing would lack all below it."""
        roots = [Root(id_, id_) for link in self.shared_drives if self._drive(id_ := id_in(link), link)]
        for link in self.folders:
            try:
                folder = self._api.file(id_in(link))
            except DriveRefused as exc:
                raise self._not_shared(link, exc) from exc
            if folder.get("trashed") or not is_folder(folder):
                raise CredentialsRejected(f"{link} is no folder of Google Drive, or is in its trash.")
            drive_id = str(folder.get("driveId") or "")
            if drive_id and drive_id not in self._api.drives():  # shared is the folder alone
                drive_id = ANY_DRIVE
            roots.append(Root(str(folder["id"]), drive_id))
        return roots or [Root("", ""), *(Root(id_, id_) for id_ in self._api.drives())]

    def _drive(self, drive_id: str, link: str) -> Json:
        try:
            return self._api.drive(drive_id)
        except DriveRefused as exc:
            raise self._not_shared(link, exc) from exc

    def _not_shared(self, link: str, exc: DriveRefused) -> Exception:
        if exc.status not in (403, 404):
            return exc
        who = self.subject or self._api.account.email
        return CredentialsRejected(
            f"Google Drive does not show {link} to {who}. Share it with that address (a shared drive: add it "
            "as a member), or take it out of the settings."
        )

    def _scope(self, roots: list[Root]) -> str:
        """It changes with the settings, and with the members of shared drives: the feed is silent on them."""
        members: list[str] = []
        if not self.everyone_may_read:
            for drive_id in sorted({root.log for root in roots if root.log}):
                members += [drive_id, *sorted(rights_in({"permissions": self._permissions(drive_id)}))]
        settings = (self.subject, *(f"{root.id} {root.drive_id}" for root in roots), "", self._reading_for)
        return digest(*settings, *members)

    def _whole(self, roots: list[Root], scope: str, since: Cursor | None) -> Listing:
        # Asked for before the listing: what changes during it is told once more.
        tokens = {drive: self._api.start_token(drive) for drive in sorted({root.log for root in roots})}
        folders = {root.id: signature(self._api.file(root.id)) for root in roots if root.id != root.drive_id}
        versions: dict[str, str] = {}
        is_complete = True
        for root in roots:
            for page in walk(self._api, root):
                is_complete = is_complete and not page.get("incompleteSearch")
                for file in page["files"]:
                    if is_folder(file):
                        folders[str(file["id"])] = signature(file)
                    elif is_read(file):
                        versions[str(file["id"])] = self._version(file)
        name = self._folders.keep(folders, beside=(since.folders,) if since else ())
        following = Cursor(scope, name, tokens).written()
        return Listing(
            tuple(Item(id_, versions[id_]) for id_ in sorted(versions)),
            is_complete=is_complete,
            cursor=following if is_complete else None,  # the next listing is a whole one as well then
        )

    def _changed(self, roots: list[Root], since: Cursor, known: Mapping[str, str]) -> Listing:
        changes = Changes(self._api, roots, known)
        tokens = changes.since(since.tokens)
        name = self._folders.keep(changes.folders, beside=(since.folders,))
        items = [Item(id_, self._version(file)) for id_, file in changes.files.items() if is_read(file)]
        others = {
            id_ for id_, file in changes.files.items() if not is_read(file)
        }  # renamed to something else
        removed = sorted(changes.gone | others)
        return Listing.of_changes(items, removed, Cursor(since.scope, name, tokens).written())

    def _version(self, file: Json) -> str:
        content = (str(file.get("mimeType")), str(file.get("md5Checksum") or ""), name_of(file))
        changed = re.sub(r"[^0-9TZ.:-]", "", str(file.get("modifiedTime") or ""))
        return f"{changed} {digest(*content, rights_in(file), self._reading_for)}"

    @property
    def _reading_for(self) -> str:
        """The settings that decide who may read: when they change, so do the readers of everything."""
        return repr((sorted(self.company), self.link_is_enough, self.everyone_may_read))

    def _readers(self, file: Json) -> frozenset[str]:
        if self.everyone_may_read:
            return frozenset({EVERYONE})
        permissions = file["permissions"] if "permissions" in file else self._permissions(str(file["id"]))
        return readers_of(permissions, self.company, link_is_enough=self.link_is_enough)

    def _permissions(self, file_id: str) -> list[Json]:
        """The permissions of a file or shared drive; none where the account may not see them."""
        try:
            return self._api.permissions(file_id)
        except DriveRefused as exc:
            if exc.status in (403, 404):
                return []
            raise
