"""Who may read a file of Google Drive, as readers of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from connectors.base import EVERYONE, reader_by_email
from connectors.gdrive.api import Json


def readers_of(
    permissions: Iterable[Json], company: Iterable[str], *, link_is_enough: bool
) -> frozenset[str]:
    """The readers that permissions grant. `company` are the domains and addresses of groups that stand for
    everybody; another group, whose members Drive does not tell, grants nothing. So does a link that has to
    be known, unless `link_is_enough`."""
    everybody = {each.strip().lower() for each in company}
    readers: set[str] = set()
    for permission in permissions:
        if permission.get("deleted") or permission.get("view") or permission.get("pendingOwner"):
            continue  # `view`: may see the published form, or only that the file exists
        if _is_over(permission.get("expirationTime")):
            continue
        address = str(permission.get("emailAddress") or "").strip().lower()
        is_found = bool(permission.get("allowFileDiscovery")) or link_is_enough
        match permission.get("type"):
            case "user" if address:
                readers.add(reader_by_email(address))
            case "group" if address in everybody:
                readers.add(EVERYONE)
            case "domain" if is_found and str(permission.get("domain") or "").lower() in everybody:
                readers.add(EVERYONE)
            case "anyone" if is_found:
                readers.add(EVERYONE)
    return frozenset({EVERYONE}) if EVERYONE in readers else frozenset(readers)


def rights_in(file: Json) -> str:
    """What a listing tells about who may read a file: it changes when that does. In shared drives a listing
    has only the ids of permissions."""
    if "permissions" in file:
        told = sorted(json.dumps(permission, sort_keys=True) for permission in file["permissions"])
    else:
        told = sorted(str(id_) for id_ in file.get("permissionIds") or ())
    return digest(*told)


def are_told(file: Json) -> bool:
    """Whether a listing shows the account anything about the rights to a file."""
    return "permissions" in file or "permissionIds" in file


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _is_over(time: object) -> bool:
    if not time:
        return False
    try:
        return datetime.fromisoformat(str(time)) <= datetime.now(UTC)
    except (ValueError, TypeError):
        return True  # what is not understood grants nothing
