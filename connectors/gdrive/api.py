"""Google Drive's API, version 3, over HTTP: lists in pages, files, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import tenacity

from connectors import http
from connectors.base import CredentialsRejected, Machine, SourceUnavailable
from connectors.gdrive.auth import SCOPE, ServiceAccount
from connectors.http import StatusRefused, checked, json_of, polite_client

MAX_PAGES = 10_000
PERMISSION_FIELDS = (
    "id,type,emailAddress,domain,role,allowFileDiscovery,deleted,expirationTime,view,pendingOwner"
)
FILE_FIELDS = (
    "id,name,mimeType,parents,driveId,trashed,modifiedTime,md5Checksum,size,webViewLink,"
    "owners(displayName),lastModifyingUser(displayName),capabilities(canDownload,canShare),"
    f"permissionIds,permissions({PERMISSION_FIELDS})"
)

_TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded"}
_TOO_MUCH = {*_TOO_FAST, "dailyLimitExceeded", "quotaExceeded"}
ANY_DRIVE = "*"
"""In the place of the id of a shared drive: whichever it is. Drive does not promise to find all there."""

_ALL_DRIVES = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}

Json = Mapping[str, Any]


class DriveRefused(StatusRefused):
    """Drive answered with an error; `reason` is its own word for it, such as "exportSizeLimitExceeded"."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message, status)
        self.reason = reason


class DriveApi:
    """What is asked of Drive. Everything raises SourceUnavailable, CredentialsRejected, or DriveRefused
    where Drive answers with another error (404: not there, or not shared with the account)."""

    def __init__(
        self, url: str, account: ServiceAccount, machine: Machine, *, per_second: float, max_bytes: int
    ) -> None:
        self.account = account
        self._client = polite_client(
            machine,
            base_url=url.rstrip("/"),
            auth=account,
            per_second=per_second,
            max_bytes=max(max_bytes, 20_000_000),  # pages of a listing have to fit in as well
            timeout=60.0,
        )

    def file(self, file_id: str) -> Json:
        return self._object(f"files/{file_id}", supportsAllDrives="true", fields=FILE_FIELDS)

    def drive(self, drive_id: str) -> Json:
        return self._object(f"drives/{drive_id}", fields="id,name")

    def drives(self) -> list[str]:
        """The ids of the shared drives that the account is a member of."""
        pages = self._pages("drives", "drives", pageSize="100", fields="nextPageToken,drives(id,name)")
        return [str(drive["id"]) for page in pages for drive in page["drives"]]

    def files(self, query: str, drive_id: str = "", page_size: int = 1000) -> Iterator[Json]:
        """Pages of the files that a query finds, in a shared drive (its id), in ANY_DRIVE, or with "" in My
        Drive and what is shared from there: objects with `files`, and `incompleteSearch` where Drive did not
        look everywhere."""
        corpus = {"corpora": "drive", "driveId": drive_id}
        if drive_id in ("", ANY_DRIVE):
            corpus = {"corpora": "allDrives" if drive_id else "user"}
        fields = f"nextPageToken,incompleteSearch,files({FILE_FIELDS})"
        yield from self._pages(
            "files", "files", **_ALL_DRIVES, **corpus, q=query, pageSize=str(page_size), fields=fields
        )

    def permissions(self, file_id: str) -> list[Json]:
        """Who may do what with a file or a shared drive."""
        pages = self._pages(
            f"files/{file_id}/permissions",
            "permissions",
            supportsAllDrives="true",
            pageSize="100",
            fields=f"nextPageToken,permissions({PERMISSION_FIELDS})",
        )
        return [permission for page in pages for permission in page["permissions"]]

    def start_token(self, drive_id: str) -> str:
        """From where on changes of a shared drive, or with "" of the account, can be asked for."""
        where = {"driveId": drive_id} if drive_id else {}
        answer = self._object("changes/startPageToken", supportsAllDrives="true", **where)
        return str(answer["startPageToken"])

    def changes(self, drive_id: str, token: str) -> tuple[list[Json], str]:
        """What changed since, and from where on to ask the next time."""
        where = {"driveId": drive_id} if drive_id else {}
        fields = (
            f"nextPageToken,newStartPageToken,changes(changeType,removed,fileId,driveId,file({FILE_FIELDS}))"
        )
        changes: list[Json] = []
        following = ""
        for page in self._pages(
            "changes",
            "changes",
            token,
            **_ALL_DRIVES,
            **where,
            includeRemoved="true",
            pageSize="1000",
            fields=fields,
        ):
            changes += page["changes"]
            following = str(page.get("newStartPageToken") or "")
        if not following:
            raise SourceUnavailable("Google Drive: changes: the answer is not what the API promises.")
        return changes, following

    def content(self, file_id: str) -> bytes:
        return self._ask(f"files/{file_id}", alt="media", supportsAllDrives="true").content

    def exported(self, file_id: str, media_type: str) -> bytes:
        return self._ask(f"files/{file_id}/export", mimeType=media_type).content

    def _pages(self, path: str, key: str, token: str = "", **query: str) -> Iterator[Json]:
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            page = self._object(path, **query, **({"pageToken": token} if token else {}))
            things = page.get(key)
            if not isinstance(things, list) or not all(isinstance(thing, dict) for thing in things):
                raise SourceUnavailable(f"Google Drive: {path}: the answer is not what the API promises.")
            yield page
            token = str(page.get("nextPageToken") or "")
            if not token:
                return
            if token in seen:
                raise SourceUnavailable(f"Google Drive: {path}: the list goes round in a circle.")
            seen.add(token)
        raise SourceUnavailable(f"Google Drive: {path}: the list has no end.")

    def _object(self, path: str, **query: str) -> Json:
        answer = json_of(self._ask(path, **query), f"Google Drive: {path}")
        if not isinstance(answer, dict) or "error" in answer:
            raise SourceUnavailable(f"Google Drive: {path}: the answer is not what the API promises.")
        return answer

    def _ask(self, path: str, **query: str) -> httpx.Response:
        """The answer, if it is a success. Drive says that it is asked too often with a 403."""
        asking = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(http.TRIES),
            wait=tenacity.wait_random_exponential(multiplier=http.BACKOFF_FIRST, max=http.BACKOFF_LONGEST),
            retry=tenacity.retry_if_result(lambda response: _reason(response) in _TOO_FAST),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        response = asking(self._client.get, f"/drive/v3/{path}", params=query)
        reason = _reason(response)
        if reason in ("accessNotConfigured", "SERVICE_DISABLED"):
            raise CredentialsRejected(
                "The Google Drive API is switched off in the project of the service account. Enable it in "
                "the Cloud console: APIs & Services > Library > Google Drive API."
            )
        if reason in ("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"):
            raise CredentialsRejected(f"Google Drive: the token lacks the scope {SCOPE}.")
        if reason in _TOO_MUCH:
            raise SourceUnavailable(f"Google Drive wants to be asked less ({reason}).")
        if response.status_code >= 400 and response.status_code != httpx.codes.UNAUTHORIZED:
            message = f"Google Drive: {path}: answers {response.status_code}{f' ({reason})' * bool(reason)}."
            raise DriveRefused(message, response.status_code, reason)
        return checked(response, f"Google Drive: {path}")


def _reason(response: httpx.Response) -> str:
    """Drive's own word for what is wrong; empty if nothing is, or it does not say."""
    if response.status_code < 400:
        return ""
    try:
        error = response.json()["error"]
        first = (error.get("errors") or [{}])[0]
        return str(first.get("reason") or error.get("status") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
