"""As much of Microsoft Graph as connectors.sharepoint asks: shapes and status codes of its reference.

Two servers: Graph with the token endpoint, and the storage that downloads are redirected to.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from tests.connectors.http_source import Request, Response, Served, serving

SITE = "https://contoso.sharepoint.com/sites/hr"
DRIVE = "b!drive-of-hr"
PLACE = "sites/hr/Shared Documents"
SECRET = "a-secret-value"
PAGE = 3


@dataclass
class Stored:
    """A file or folder."""

    id: str
    name: str
    parent: str
    content: bytes | None
    """None for a folder."""
    edition: int = 1
    permissions: list[dict[str, Any]] | None = None
    """None for those of the folder above."""
    is_deleted: bool = False
    is_blocked: bool = False


@dataclass
class Library:
    """The documents of a site, and the directory."""

    graph: Served = field(init=False)
    storage: Served = field(init=False)
    stored: dict[str, Stored] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    """Ids in the order of what happened to them."""
    forgotten: int = 0
    """Tokens of the feed that are older are refused."""
    groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    mails: dict[str, str] = field(default_factory=dict)
    """Address of a group to its id."""
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: int = 0
    page: dict[str, Any] | None = None
    """What every page says; then there are pages in the place of the library."""

    def __post_init__(self) -> None:
        everyone = {
            "siteUser": {
                "displayName": "Everyone except external users",
                "loginName": "c:0-.f|rolemanager|spo-grid-all-users/00000000-0000-0000-0000-000000000001",
            }
        }
        root = Stored(
            "root", "root", "", None, permissions=[{"id": "1", "roles": ["read"], "grantedToV2": everyone}]
        )
        self.stored["root"] = root

    # what happens in the library

    def put(self, path: str, content: bytes) -> str:
        """Write a file and the folders above it; return its id."""
        *above, name = path.split("/")
        parent = "root"
        for folder in above:
            parent = (self.find(folder, parent) or self._new(folder, parent, None)).id
        found = self.find(name, parent)
        if found is None:
            return self._new(name, parent, content).id
        found.content = content
        self.happened(found)
        return found.id

    def find(self, name: str, parent: str) -> Stored | None:
        for each in self.stored.values():
            if (each.name, each.parent, each.is_deleted) == (name, parent, False):
                return each
        return None

    def at(self, path: str) -> Stored:
        here = self.stored["root"]
        for name in path.split("/"):
            found = self.find(name, here.id)
            assert found is not None
            here = found
        return here

    def delete(self, path: str) -> None:
        item = self.at(path)
        for each in self.stored.values():
            if item in self._upwards(each):
                each.is_deleted = True
        self.log.append(item.id)  # the feed says nothing of what was below

    def happened(self, item: Stored, *, to_content: bool = True) -> None:
        item.edition += to_content
        self.log.append(item.id)

    def _new(self, name: str, parent: str, content: bytes | None) -> Stored:
        made = Stored(f"01ITEM{len(self.stored):05}", name, parent, content)
        self.stored[made.id] = made
        self.log.append(made.id)
        return made

    def _upwards(self, item: Stored) -> Iterator[Stored]:
        yield item
        if item.parent:
            yield from self._upwards(self.stored[item.parent])

    # what Graph answers

    def answer(self, request: Request) -> Response:
        path = unquote(request.path)
        if path.endswith("/oauth2/v2.0/token"):
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer token-{self.tokens}":
            return _error(401, "InvalidAuthenticationToken")
        path = path.removeprefix("/v1.0")
        if path == "/sites/contoso.sharepoint.com:/sites/hr":
            return _json({"id": "contoso.sharepoint.com,1,2", "webUrl": SITE, "displayName": "HR"})
        if path == "/sites/contoso.sharepoint.com,1,2/drives":
            return _json({"value": [self._drive()] if self.page is None else []})
        if path == "/sites/contoso.sharepoint.com,1,2/lists":
            lists = [{"id": "list-1", "list": {"template": "documentLibrary"}}]
            return _json({"value": [*lists, {"id": "list-2", "list": {"template": "webPageLibrary"}}]})
        if path == "/sites/contoso.sharepoint.com,1,2/lists/list-2/drive":
            return _json(self._drive() | {"name": "사이트 페이지", "webUrl": f"{SITE}/SitePages"})
        page = "/sites/contoso.sharepoint.com,1,2/pages/unique-"
        if path.startswith(page) and path.endswith("/microsoft.graph.sitePage") and self.page is not None:
            return _json(self.page) if request.query["$expand"] == "canvasLayout" else _error(400, "x")
        if path == "/users/kim@contoso.com/drive":
            return _json(self._drive())
        if path == f"/drives/{DRIVE}/root/delta":
            return self._delta(request)
        if found := re.fullmatch(rf"/drives/{re.escape(DRIVE)}/items/([^/]+)(/\w+)?", path):
            item = self.stored.get(found[1])
            if item is None or item.is_deleted:
                return _error(404, "itemNotFound")
            return self._item(item, found[2] or "")
        if found := re.fullmatch(r"/groups/([^/]+)/(transitiveMembers|owners)", path):
            members = self.groups.get(f"{found[1]}{'_o' if found[2] == 'owners' else ''}")
            if members is None:
                return _error(403, "Authorization_RequestDenied")
            return _json({"value": members})
        if path == "/groups":
            mail = re.search(r"'(.*)'", request.query["$filter"])
            ids = [id_ for address, id_ in self.mails.items() if mail and address == mail[1]]
            return _json({"value": [{"id": id_} for id_ in ids]})
        if (found := re.fullmatch(r"/users/([^/]+)", path)) and found[1] in self.users:
            return _json(self.users[found[1]])
        return _error(404, "itemNotFound")

    def download(self, request: Request) -> Response:
        item = self.stored[request.path.rpartition("/")[2]]
        if "authorization" in request.headers or request.query.get("tempauth") != "yes":
            return Response(403)
        return Response(200, item.content or b"", {"Content-Type": "application/octet-stream"})

    def _token(self, request: Request) -> Response:
        form = parse_qs(request.body.decode())
        if form.get("grant_type") != ["client_credentials"] or not form["scope"][0].endswith("/.default"):
            return _json({"error": "invalid_request"}, 400)
        if form.get("client_secret") != [SECRET]:
            said = "AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2"
            return _json({"error": "invalid_client", "error_description": said}, 401)
        self.tokens += 1
        return _json({"token_type": "Bearer", "expires_in": 3599, "access_token": f"token-{self.tokens}"})

    def _drive(self) -> dict[str, Any]:
        url = "https://contoso.sharepoint.com/sites/hr/Shared%20Documents"
        return {"id": DRIVE, "name": "Documents", "driveType": "documentLibrary", "webUrl": url}

    def _delta(self, request: Request) -> Response:
        assert "deltashowsharingchanges" in request.headers["prefer"]
        token = request.query.get("token", "since--1-0")
        found = re.fullmatch(r"since-(-?\d+)-(\d+)", token)
        if found is None:
            return _error(400, "invalidRequest")
        since, offset = int(found[1]), int(found[2])
        if 0 <= since < self.forgotten:
            return _error(410, "resyncRequired")
        ids = list(dict.fromkeys(reversed(self.log[max(since, 0) :])))[::-1]
        entries = [self._entry(self.stored[id_]) for id_ in ids]
        if since < 0:
            entries = [self._entry(each) for each in self.stored.values() if not each.is_deleted]
        here = f"{self.graph.url}/v1.0/drives/{quote(DRIVE)}/root/delta?token=since-"
        answer: dict[str, Any] = {"value": entries[offset : offset + PAGE]}
        if offset + PAGE < len(entries):
            answer["@odata.nextLink"] = f"{here}{since}-{offset + PAGE}"
        else:
            answer["@odata.deltaLink"] = f"{here}{len(self.log)}-0"
        return _json(answer)

    def _entry(self, item: Stored) -> dict[str, Any]:
        """An item as the feed gives it."""
        entry: dict[str, Any] = {
            "id": item.id,
            "name": item.name,
            "size": len(item.content or b""),
            "parentReference": {"driveId": DRIVE, "id": item.parent},
        }
        if item.is_deleted:
            entry["deleted"] = {"state": "deleted"}
        if item.id == "root":
            entry["root"] = {}
        if item.content is None:
            entry["folder"] = {"childCount": 1}
        else:
            entry["file"] = {"mimeType": "application/octet-stream"}
            entry["cTag"] = f'"c:{{{item.id}}},{item.edition}"'
        if item.permissions is not None:
            entry["shared"] = {}
        return entry

    def _item(self, item: Stored, what: str) -> Response:
        if what == "/permissions":
            own = next(each for each in self._upwards(item) if each.permissions is not None)
            return _json({"value": own.permissions})
        if what == "/content":
            if item.is_blocked:
                return _error(403, "malwareDetected")
            return Response(302, headers={"Location": f"{self.storage.url}/download/{item.id}?tempauth=yes"})
        names = [quote(each.name) for each in self._upwards(item)][1:-1][::-1]
        entry = self._entry(item)
        entry.pop("shared", None)
        entry["parentReference"]["path"] = f"/drives/{DRIVE}/root:" + "".join(f"/{name}" for name in names)
        person = {"user": {"displayName": "김연차", "email": "kim@contoso.com"}}
        entry |= {
            "webUrl": f"{SITE}/Shared Documents/{unicodedata.normalize('NFC', item.name)}",
            "lastModifiedDateTime": f"2026-03-04T05:06:{item.edition % 60:02}Z",
            "sharepointIds": {"listItemUniqueId": f"unique-{item.id}"},
            "lastModifiedBy": person,
            "createdBy": person,
        }
        return _json(entry)


def _json(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _error(status: int, code: str) -> Response:
    return _json({"error": {"code": code, "message": "as the reference says"}}, status)


@contextmanager
def library() -> Iterator[Library]:
    running = Library()
    with serving(running.answer) as graph, serving(running.download) as storage:
        running.graph, running.storage = graph, storage
        yield running
