"""Documents that are a zip of parts (Word, PowerPoint, OpenDocument, EPUB), opened within limits."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from io import BytesIO
from typing import IO
from urllib.parse import unquote

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from bot.errors import ParseError

MAX_UNPACKED_BYTES = 200_000_000
MAX_RATIO = 100
_SMALL = 1_000_000  # below it a ratio says nothing: an empty style sheet packs to almost nothing
_MAX_ENTRIES = 20_000
_RELATIONSHIP_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # where Office puts a document with a password

# What zipfile raises for damaged bytes, from its own checks and from those of the decompressors below it.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)


def check_archive(content: bytes, name: str, kind: str = "Word document") -> None:
    """Raise ParseError for an archive that would unpack to too much, before anything is unpacked.

    The sizes that the archive states can be lies, but zipfile gives no more bytes of an entry than stated.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_entries(archive.infolist(), len(content), name)
    except _DAMAGED as exc:
        raise _broken(name, kind) from exc


def _check_entries(entries: list[zipfile.ZipInfo], packed: int, name: str) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise ParseError(f"{name} is protected by a password.", mend="Save a copy without the password.")
    if len(entries) > _MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES:
        raise ParseError(f"{name} would unpack to {unpacked:,} bytes in {len(entries):,} parts: too much.")
    if unpacked > _SMALL and unpacked > MAX_RATIO * packed:
        raise ParseError(f"{name} would unpack to {unpacked // packed} times its size: too much.")


def in_ole(content: bytes, name: str) -> ParseError:
    """The error for an Office document that should be a zip and is an OLE file."""
    if _ENCRYPTED in content:
        return ParseError(f"{name} is protected by a password.", mend="Save a copy without the password.")
    return ParseError(
        f"{name} was saved in the format of before 2007, though its name says otherwise.",
        mend="Open it and save it again in the present format.",
    )


class Package:
    """A zip archive whose parts are read by name. Everything it raises for what is in it is a ParseError.

    `kind` is what the file should be, with its article, as in "an Excel workbook".
    """

    def __init__(self, content: bytes, name: str, kind: str) -> None:
        self.name = name
        self._kind = kind.partition(" ")[2]
        if content.startswith(OLE):
            raise in_ole(content, name)
        if not content.startswith(ZIP):
            raise ParseError(f"{name} is not {kind}, though its name says so.")
        try:
            self._archive = zipfile.ZipFile(BytesIO(content))
        except _DAMAGED as exc:
            raise _broken(name, self._kind) from exc
        _check_entries(self._archive.infolist(), len(content), name)
        # producers differ in the case they write a part's name in, and "\" for "/" is seen too
        self._by_name = {_folded(entry.filename): entry for entry in self._archive.infolist()}

    def __contains__(self, part: str) -> bool:
        return _folded(part) in self._by_name

    def names(self) -> list[str]:
        """The names of all parts, in the order of the archive."""
        return self._archive.namelist()

    def read(self, part: str) -> bytes:
        """The bytes of a part."""
        try:
            return self._archive.read(self._entry(part))
        except _DAMAGED as exc:
            raise self.broken(f"its part {part} is damaged") from exc

    def open(self, part: str) -> IO[bytes]:
        """A part as a stream, so that a large one need not be in memory. Reading it may raise `damaged`."""
        try:
            return self._archive.open(self._entry(part))
        except _DAMAGED as exc:
            raise self.broken(f"its part {part} is damaged") from exc

    def xml(self, part: str) -> etree._Element:
        """The root element of a part. No DTD is read, no entity is expanded, nothing is fetched."""
        try:
            return etree.fromstring(self.read(part), xml_parser())
        except (etree.LxmlError, ValueError) as exc:
            raise self.broken(f"its part {part} is not XML") from exc

    def relationships(self, part: str) -> dict[str, tuple[str, str]]:
        """Of an Office part: id -> (last word of the type, name of the part it leads to).

        What leads out of the file is left out. Empty for a part without any.
        """
        folder, base = posixpath.split(part)
        rels = f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels"
        if rels not in self:
            return {}
        return {
            relation.get("Id", ""): (
                relation.get("Type", "").rpartition("/")[2],
                resolved(folder, relation.get("Target", "")),
            )
            for relation in self.xml(rels).iter("{*}Relationship")
            if relation.get("TargetMode") != "External"
        }

    def related(self, part: str, kind: str) -> list[str]:
        """Names of the parts that `part` leads to by relationships of this type, those in the file only."""
        return [to for said, to in self.relationships(part).values() if said == kind and to in self]

    def broken(self, reason: str = "") -> ParseError:
        """The error for damage found in this file."""
        return _broken(self.name, self._kind, reason)

    def _entry(self, part: str) -> zipfile.ZipInfo:
        entry = self._by_name.get(_folded(part))
        if entry is None:
            raise self.broken(f"its part {part} is missing")
        return entry


DAMAGED = (*_DAMAGED, etree.LxmlError)
"""What reading a stream of a Package, or XML from it, raises for damaged bytes."""


def xml_parser() -> etree.XMLParser:
    """For hostile bytes. Deep nesting and huge texts are errors, as are endless entities."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )


def relationship_id(element: etree._Element) -> str:
    """The relationship that an element of an Office part names, or empty."""
    found: str = element.get(_RELATIONSHIP_ID, "")
    return found


def resolved(folder: str, target: str) -> str:
    """The name of a part from a reference in a part that lies in `folder`; its fragment is dropped."""
    target = unquote(target.partition("#")[0]).replace("\\", "/")
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _folded(part: str) -> str:
    return part.replace("\\", "/").lstrip("/").casefold()


def _broken(name: str, kind: str, reason: str = "") -> ParseError:
    detail = reason or f"it is not {'an' if kind[:1] in 'AEIOUaeiou' else 'a'} {kind} that can be opened"
    return ParseError(
        f"{name} is broken: {detail}.", mend="Open it in its program, save it again, or remove it."
    )
