"""Which files of Google Drive are documents, and how their content is had."""

from __future__ import annotations

import unicodedata

from connectors.base import ItemUnreadable
from connectors.gdrive.api import DriveApi, DriveRefused, Json
from connectors.http import TooLarge
from connectors.media_types import BY_SUFFIX, is_document, media_type

_OFFICE = "application/vnd.openxmlformats-officedocument"
_GOOGLE = "application/vnd.google-apps"

EXPORTED_AS = {
    f"{_GOOGLE}.document": (f"{_OFFICE}.wordprocessingml.document", "text/plain"),
    f"{_GOOGLE}.presentation": (f"{_OFFICE}.presentationml.presentation", "text/plain"),
    f"{_GOOGLE}.spreadsheet": (f"{_OFFICE}.spreadsheetml.sheet",),
}
"""Google's own types, and what they are exported as: the first that Drive gives. It exports up to 10 MB, most
of which are pictures, so text alone may do where the rest is too much."""

_KNOWN_TYPES = frozenset(BY_SUFFIX.values())


def is_read(file: Json) -> bool:
    """Whether a file is a document. Shortcuts are none: what they lead to is read where it is."""
    kind = str(file.get("mimeType") or "")
    return kind in EXPORTED_AS or (
        not kind.startswith(_GOOGLE) and (is_document(name_of(file)) or kind in _KNOWN_TYPES)
    )


def name_of(file: Json) -> str:
    return unicodedata.normalize("NFC", str(file.get("name") or ""))


def content_of(api: DriveApi, file: Json, max_bytes: int) -> tuple[bytes, str]:
    """The bytes of a file and their media type. Raises ItemUnreadable with the reason."""
    id_, name, kind = str(file["id"]), name_of(file), str(file.get("mimeType"))
    what = f"{name} ({id_})"
    if (file.get("capabilities") or {}).get("canDownload") is False:
        raise ItemUnreadable(f"{what}: its owner does not let viewers download it")
    if int(file.get("size") or 0) > max_bytes and kind not in EXPORTED_AS:
        raise ItemUnreadable(
            f"{what}: has {int(file['size']):,} bytes, more than max_bytes = {max_bytes:,} allows"
        )
    try:
        if kind in EXPORTED_AS:
            return _exported(api, id_, what, EXPORTED_AS[kind])
        return api.content(id_), media_type(name) if is_document(name) else kind
    except TooLarge as exc:
        raise ItemUnreadable(f"{what}: has more bytes than max_bytes = {max_bytes:,} allows") from exc
    except DriveRefused as exc:
        if exc.status in (403, 404):
            reason = f" ({exc.reason})" if exc.reason else ""
            raise ItemUnreadable(f"{what}: Google Drive does not give its content{reason}") from exc
        raise


def _exported(api: DriveApi, id_: str, what: str, kinds: tuple[str, ...]) -> tuple[bytes, str]:
    for kind in kinds:
        try:
            return api.exported(id_, kind), kind
        except DriveRefused as exc:
            if exc.reason != "exportSizeLimitExceeded":
                raise
    raise ItemUnreadable(
        f"{what}: is larger than the 10 MB up to which Google exports its own formats; split it, or keep a "
        "copy as an Office file"
    )
