"""Google Drive's API, version 3, and Google's token endpoint, as far as the connector asks them: their paths,
parameters, shapes, pages and errors."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.connectors.http_source import Request, Response, Served, serving

EMAIL = "footnote@acme-search.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/drive.readonly"
FOLDER = "application/vnd.google-apps.folder"
ACCESS_TOKEN = "ya29.canary-access-token"

Json = dict[str, Any]


@cache
def _private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def user(address: str, role: str = "reader", **more: Any) -> Json:
    return {"id": _permission_id(address), "type": "user", "emailAddress": address, "role": role, **more}


def group(address: str) -> Json:
    return {"id": _permission_id(address), "type": "group", "emailAddress": address, "role": "reader"}


def domain(name: str, *, is_found: bool) -> Json:
    id_ = _permission_id(name) + "k" * (not is_found)
    return {"id": id_, "type": "domain", "domain": name, "role": "reader", "allowFileDiscovery": is_found}


def anyone(*, is_found: bool) -> Json:
    id_ = "anyone" if is_found else "anyoneWithLink"
    return {"id": id_, "type": "anyone", "role": "reader", "allowFileDiscovery": is_found}


class GoogleDriveService:
    """What a company has in Drive, and which requests are answered."""

    def __init__(self) -> None:
        self.files: dict[str, Json] = {}
        self.contents: dict[str, bytes] = {}
        self.exports: dict[tuple[str, str], bytes] = {}
        self.rights: dict[str, list[Json]] = {}
        """File id -> permissions given on it; drive id -> its members."""
        self.drives: dict[str, str] = {}
        self.log: list[tuple[str, Json]] = []
        """Drive id ("" for My Drive) and what changed."""
        self.page_size = 1000
        self.may_share = True
        """Whether the account is an editor in My Drive: only then Drive shows it permissions there."""
        self.loops = False
        self.incomplete = False
        self.no_download: set[str] = set()
        self.first_token = 1
        """Older tokens have expired."""
        self.subject: str | None = None
        self.url = ""
        self.tokens_given = 0
        self._ids = 0

    @contextmanager
    def serving(self) -> Iterator[Served]:
        with serving(self.answer) as served:
            self.url = served.url
            yield served

    def key(self) -> str:
        """The JSON key of the service account, as the Cloud console gives it."""
        pem = _private_key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "acme-search",
                "private_key_id": "0123456789abcdef",
                "private_key": pem.decode(),
                "client_email": EMAIL,
                "client_id": "123456789012345678901",
                "auth_uri": "https://accounts.google.com/o/oauth2/auth",
                "token_uri": f"{self.url}/token",
                "universe_domain": "googleapis.com",
            }
        )

    # what people do in Drive

    def drive(self, name: str, *members: Json) -> str:
        id_ = self._new_id("0A")
        self.drives[id_] = name
        self.rights[id_] = list(members)
        return id_

    def folder(self, name: str, parent: str = "", *permissions: Json) -> str:
        return self.file(name, parent, b"", FOLDER, *permissions)

    def file(
        self, name: str, parent: str = "", content: bytes = b"", kind: str = "text/markdown", *rights: Json
    ) -> str:
        id_ = self._new_id("1f")
        drive = parent if parent in self.drives else self.files.get(parent, {}).get("driveId", "")
        self.files[id_] = {
            "id": id_,
            "name": name,
            "mimeType": kind,
            "parents": [parent or "root-of-my-drive"],
            **({"driveId": drive} if drive else {"owners": [{"displayName": "김하나"}]}),
            "trashed": False,
            "webViewLink": f"https://drive.google.com/file/d/{id_}/view?usp=drivesdk",
            "lastModifyingUser": {"displayName": "이두리"},
            "capabilities": {"canDownload": True, "canShare": self.may_share or bool(drive)},
        }
        self.rights[id_] = list(rights)
        self.put(id_, content)
        return id_

    def put(self, id_: str, content: bytes) -> None:
        """New content; Google's own kinds have no bytes but those of their exports."""
        file = self.files[id_]
        if not file["mimeType"].startswith("application/vnd.google-apps"):
            self.contents[id_] = content
            file["size"] = str(len(content))
            file["md5Checksum"] = hashlib.md5(content, usedforsecurity=False).hexdigest()
        when = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=len(self.log))
        file["modifiedTime"] = when.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.changed(id_)

    def set(self, id_: str, **fields: Any) -> None:
        """Rename, move, trash: what does not change modifiedTime."""
        self.files[id_].update(fields)
        self.changed(id_)

    def share(self, id_: str, *permissions: Json) -> None:
        """With these, and with nobody else. The change of a drive's members is not in any log."""
        self.rights[id_] = list(permissions)
        if id_ in self.files:
            self.changed(id_)

    def delete(self, id_: str) -> None:
        drive = self.files.pop(id_).get("driveId", "")
        self.log.append((drive, {"changeType": "file", "removed": True, "fileId": id_}))

    def changed(self, id_: str) -> None:
        drive = self.files[id_].get("driveId", "")
        self.log.append((drive, {"changeType": "file", "removed": False, "fileId": id_}))

    # what the API answers

    def answer(self, request: Request) -> Response:
        if (request.method, request.path) == ("POST", "/token"):
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return error(401, "authError", "Invalid Credentials")
        query = request.query
        match request.path.removeprefix("/drive/v3/").split("/"):
            case ["files"]:
                return self._list(query)
            case ["drives"]:
                drives = [
                    {"id": id_, "name": self.drives[id_]} for id_ in self.drives if self._is_member(id_)
                ]
                return _json({"kind": "drive#driveList", **self._page(drives, query, "drives")})
            case ["drives", id_] if self._is_member(id_):
                return _json({"id": id_, "name": self.drives[id_]})
            case ["files", id_, "permissions"] if id_ in self.rights:
                return self._permissions(id_, query)
            case ["files", id_] if self._is_seen(id_, query):
                if query.get("alt") != "media":
                    return _json(_masked(self._told(id_), query["fields"]))
                if id_ in self.no_download:
                    return error(403, "cannotDownloadFile", "This file cannot be downloaded by the user.")
                if id_ not in self.contents:
                    return error(403, "fileNotDownloadable", "Use Export with Docs Editors files.")
                return Response(200, self.contents[id_], {"Content-Type": self.files[id_]["mimeType"]})
            case ["files", id_, "export"] if self._is_seen(id_, {"supportsAllDrives": "true"}):
                content = self.exports.get((id_, query["mimeType"]))
                if content is None:
                    return error(403, "exportSizeLimitExceeded", "This file is too large to be exported.")
                return Response(200, content, {"Content-Type": query["mimeType"]})
            case ["changes", "startPageToken"]:
                token = str(len(self.log) + self.first_token)
                return _json({"kind": "drive#startPageToken", "startPageToken": token})
            case ["changes"]:
                return self._changes(query)
        return error(404, "notFound", f"File not found: {request.path.rsplit('/')[-1]}.")

    def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        signed, _, signature = form["assertion"].rpartition(".")
        _private_key().public_key().verify(
            _decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        claims = json.loads(_decoded(signed.split(".")[1]))
        assert (claims["iss"], claims["scope"]) == (EMAIL, SCOPE)
        assert claims["aud"] == "https://oauth2.googleapis.com/token"
        if claims.get("sub") != self.subject:
            said = "Client is unauthorized to retrieve access tokens using this method."
            return _json({"error": "unauthorized_client", "error_description": said}, 401)
        self.tokens_given += 1
        return _json({"access_token": ACCESS_TOKEN, "expires_in": 3599, "token_type": "Bearer"})

    def _list(self, query: Mapping[str, str]) -> Response:
        parents = set(re.findall(r"'([^']+)' in parents", query["q"]))
        assert "trashed = false" in query["q"]
        corpora, drive = query["corpora"], query.get("driveId", "")
        assert (corpora == "drive") == bool(drive)
        if drive and not self._is_member(drive):
            return error(404, "notFound", f"Shared drive not found: {drive}")
        assert query["includeItemsFromAllDrives"] == query["supportsAllDrives"] == "true"
        found = [
            self._told(id_)
            for id_, file in self.files.items()
            if not file["trashed"]
            and (not parents or parents & set(file["parents"]))
            and (corpora == "allDrives" or file.get("driveId", "") == drive)
        ]
        mask = query["fields"].partition("files(")[2][:-1]
        answer = self._page([_masked(file, mask) for file in found], query, "files")
        return _json({"kind": "drive#fileList", "incompleteSearch": self.incomplete, **answer})

    def _changes(self, query: Mapping[str, str]) -> Response:
        start = int(query["pageToken"]) - self.first_token
        if start < 0:
            return error(410, "pageTokenExpired", "The page token has expired.")
        drive = query.get("driveId", "")
        if drive and not self._is_member(drive):
            return error(404, "notFound", f"Shared drive not found: {drive}")
        limit = min(int(query["pageSize"]), self.page_size)
        entries = self.log[start : start + limit]
        changes = []
        for where, entry in entries:
            if where != drive and (drive or self._is_member(where)):
                continue
            id_ = entry.get("fileId", "")
            if id_ in self.files and not entry["removed"]:
                mask = query["fields"].partition("file(")[2][:-2]
                entry = {**entry, "file": _masked(self._told(id_), mask)}
            changes.append({"kind": "drive#change", **entry})
        following = str(start + len(entries) + self.first_token)
        key = "nextPageToken" if start + limit < len(self.log) else "newStartPageToken"
        return _json({"kind": "drive#changeList", "changes": changes, key: following})

    def _permissions(self, id_: str, query: Mapping[str, str]) -> Response:
        file = self.files.get(id_, {})
        if id_ in self.files and not file.get("driveId") and not self.may_share:
            return error(403, "insufficientFilePermissions", "The user does not have sufficient permissions.")
        given = self._rights(id_)
        return _json(self._page(given, query, "permissions"))

    def _is_member(self, drive: str) -> bool:
        members = self.rights[drive] if drive in self.drives else []
        return any(member.get("emailAddress") == EMAIL for member in members)

    def _rights(self, id_: str) -> list[Json]:
        drive = self.files.get(id_, {}).get("driveId", "")
        return [*self.rights[id_], *self.rights.get(drive, ())]

    def _told(self, id_: str) -> Json:
        file = dict(self.files[id_])
        if file.get("driveId"):
            file["permissionIds"] = [permission["id"] for permission in self._rights(id_)]
        elif self.may_share:
            file["permissions"] = self._rights(id_)
            file["permissionIds"] = [permission["id"] for permission in self._rights(id_)]
        return file

    def _is_seen(self, id_: str, query: Mapping[str, str]) -> bool:
        file = self.files.get(id_)
        return file is not None and (not file.get("driveId") or query.get("supportsAllDrives") == "true")

    def _page(self, things: list[Json], query: Mapping[str, str], key: str) -> Json:
        start = int(query.get("pageToken", "0"))
        end = start + min(int(query["pageSize"]), self.page_size)
        answer: Json = {key: things[start:end]}
        if end < len(things):
            answer["nextPageToken"] = str(start if self.loops and start else end)
        return answer

    def _new_id(self, prefix: str) -> str:
        self._ids += 1
        return f"{prefix}{self._ids:08d}-canary_id"


def error(status: int, reason: str, message: str) -> Response:
    said = {"domain": "global", "reason": reason, "message": message}
    return _json({"error": {"errors": [said], "code": status, "message": message}}, status)


def _masked(thing: Json, mask: str) -> Json:
    names = set(re.sub(r"\([^()]*\)", "", mask).split(","))
    return {name: value for name, value in thing.items() if name in names}


def _permission_id(of: str) -> str:
    return str(int(hashlib.sha256(of.encode()).hexdigest()[:16], 16)).zfill(20)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _json(thing: Mapping[str, Any], status: int = 200) -> Response:
    return Response(status, json.dumps(thing).encode(), {"Content-Type": "application/json; charset=UTF-8"})
