"""Who may read a file of SharePoint or OneDrive: Graph's permissions as readers.

What cannot be mapped to somebody's e-mail address grants nothing. SharePoint's own groups ("HR Members")
cannot be asked for their members over Graph: settings say which group of the directory stands for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from connectors.base import EVERYONE, reader_by_email
from connectors.sharepoint.graph import Denied, Graph, Missing

_READING = frozenset({"read", "write", "owner", "sp.full control", "sp.design", "sp.edit", "sp.contribute"})
_GUID = r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_GROUP_CLAIM = re.compile(rf"c:0o\.c\|federateddirectoryclaimprovider\|{_GUID}(_o)?|c:0t\.c\|tenant\|{_GUID}")
"""How SharePoint names a Microsoft 365 group, its owners (_o) and a security group."""
_EVERYONE_CLAIM = re.compile(r"c:0-\.f\|rolemanager\|spo-grid-all-users/.+|c:0\(\.s\|true")
"""Everyone except external users; everyone."""
_PERSON_CLAIM = re.compile(r"i:0#\.f\|membership\|(.+)")
_SELECTED = "$select=id,mail,userPrincipalName,accountEnabled"


@dataclass
class GraphReaders:
    """Turns permissions into readers; remembers whom a group holds until it is told to forget."""

    graph: Graph
    site_groups: Mapping[str, str]
    """Name of a SharePoint group, in small letters, to the e-mail address or id of a directory group, or
    "everyone"."""
    unmapped: set[str] = field(default_factory=set)
    """Names of groups that granted nothing, for an admin to hear."""
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def forget(self) -> None:
        self._known.clear()
        self.unmapped.clear()

    def of_item(self, drive: str, item: str, what: str) -> frozenset[str]:
        """Who may read an item: its own permissions and those it has from above."""
        path = f"/drives/{quote(drive)}/items/{quote(item)}/permissions"
        readers: set[str] = set()
        for page in self.graph.pages(path, what):
            for permission in page["value"]:
                readers |= self.of_permission(permission)
        return frozenset(readers)

    def of_permission(self, permission: Mapping[str, Any]) -> frozenset[str]:
        if not _READING.intersection(str(role).lower() for role in permission.get("roles") or ()):
            return frozenset()
        if permission.get("hasPassword") or _is_over(permission.get("expirationDateTime")):
            return frozenset()
        readers: set[str] = set()
        link = permission.get("link")
        if link and link.get("scope") in ("organization", "anonymous"):
            readers.add(EVERYONE)
        for identity in _identities(permission):
            readers |= self._of_identity(identity)
        return frozenset(readers)

    def _of_identity(self, identity: Mapping[str, Any]) -> frozenset[str]:
        site_group, group = identity.get("siteGroup"), identity.get("group")
        claim = str((identity.get("siteUser") or {}).get("loginName") or "")
        if site_group:  # a user beside it is the group under another name
            return self._of_site_group(str(site_group.get("displayName") or ""))
        if _EVERYONE_CLAIM.fullmatch(claim):
            return frozenset({EVERYONE})
        if named := _GROUP_CLAIM.fullmatch(claim):
            return self.of_group(named[1] or named[3], owners=bool(named[2]), name=_name(identity))
        if group:
            return self.of_group(str(group.get("id") or ""), name=_name(identity))
        user = identity.get("user") or {}
        person = _PERSON_CLAIM.fullmatch(claim)
        address = user.get("email") or (identity.get("siteUser") or {}).get("email")
        address = address or user.get("userPrincipalName") or (person and person[1])
        if address:
            return _by_address(str(address))
        return self._of_user(str(user["id"])) if user.get("id") else frozenset()

    def _of_site_group(self, name: str) -> frozenset[str]:
        stands_for = self.site_groups.get(name.lower(), "")
        if not stands_for:
            self.unmapped.add(name)
            return frozenset()
        if stands_for == EVERYONE:
            return frozenset({EVERYONE})
        if "@" not in stands_for:
            return self.of_group(stands_for, name=name)
        found = self._remembered(f"mail {stands_for}", lambda: self._ids_by_mail(stands_for), name)
        return frozenset[str]().union(*(self.of_group(id_, name=name) for id_ in found))

    def of_group(self, id_: str, *, owners: bool = False, name: str = "") -> frozenset[str]:
        """The people in a group of the directory, those of groups in it included."""
        what = "owners" if owners else "transitiveMembers"
        path = f"/groups/{quote(id_)}/{what}?{_SELECTED}&$top=999"
        return self._remembered(path, lambda: self._people(path), name or id_)

    def _of_user(self, id_: str) -> frozenset[str]:
        path = f"/users/{quote(id_)}?{_SELECTED}"
        return self._remembered(path, lambda: _addresses([self.graph.get(path, f"The user {id_}")]), "")

    def _people(self, path: str) -> Iterator[str]:
        for page in self.graph.pages(path, "The members of a group"):
            # what is no user: devices, apps, and the groups whose members are listed anyway
            people = (each for each in page["value"] if each.get("@odata.type", "").endswith(".user"))
            yield from _addresses(people)

    def _ids_by_mail(self, address: str) -> Iterator[str]:
        wanted = quote(address.replace("'", "''"))
        for page in self.graph.pages(
            f"/groups?$select=id&$filter=mail eq '{wanted}'", f"The group {address}"
        ):
            yield from (str(each["id"]) for each in page["value"])

    def _remembered(self, key: str, ask: Callable[[], Iterable[str]], name: str) -> frozenset[str]:
        if key not in self._known:
            try:
                self._known[key] = frozenset(ask())
            except (Denied, Missing):  # the directory is closed to us: nobody is let in by this
                self._known[key] = frozenset()
            if not self._known[key] and name:
                self.unmapped.add(name)
        return self._known[key]


def _identities(permission: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = [permission.get("grantedToV2") or permission.get("grantedTo")]
    found += permission.get("grantedToIdentitiesV2") or permission.get("grantedToIdentities") or []
    return [identity for identity in found if identity]


def _name(identity: Mapping[str, Any]) -> str:
    return str((identity.get("group") or identity.get("siteUser") or {}).get("displayName") or "")


def _addresses(people: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for person in people:
        if person.get("accountEnabled", True) is not False:
            yield from _by_address(str(person.get("mail") or person.get("userPrincipalName") or ""))


def _by_address(address: str) -> frozenset[str]:
    if "@" not in address or "#ext#" in address.lower():  # the name of a guest's account is no address
        return frozenset()
    return frozenset({reader_by_email(address)})


def _is_over(said: Any) -> bool:
    if not said:
        return False
    try:
        return datetime.fromisoformat(str(said)) <= datetime.now(UTC)
    except (ValueError, TypeError):
        return True
