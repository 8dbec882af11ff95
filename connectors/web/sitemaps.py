"""Sitemaps (sitemaps.org): XML, an index of others, plain text, gzipped or not."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from connectors.base import SourceUnavailable

MAX_BYTES = 52_428_800
"""As the protocol has it, unpacked."""
_GZIP = b"\x1f\x8b"


def entries(content: bytes, place: str) -> Iterator[tuple[str, str, bool]]:
    """(address, lastmod or "", whether it is another sitemap). `place` names the sitemap for a person.

    Raises SourceUnavailable where it is none or too large: half of one must not pass for all of it.
    """
    if content.startswith(_GZIP):
        content = _unpacked(content, place)
    if len(content) > MAX_BYTES:
        raise SourceUnavailable(f"{place}: the sitemap has more than {MAX_BYTES:,} bytes.")
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"http"):
        for line in content.decode("utf-8-sig", "replace").splitlines():
            if line.strip():
                yield line.strip(), "", False
        return
    address = lastmod = ""
    try:
        for _, element in iterparse(io.BytesIO(start), events=("end",), forbid_dtd=True):
            name = element.tag.rpartition("}")[2]
            if name == "loc":
                address = address or (element.text or "").strip()  # pictures of the page have one too
            elif name == "lastmod":
                lastmod = (element.text or "").strip()
            elif name in ("url", "sitemap"):
                if address:
                    yield address, lastmod, name == "sitemap"
                address = lastmod = ""
                element.clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as exc:
        raise SourceUnavailable(f"{place} is no sitemap that can be read ({exc}).") from exc


def _unpacked(content: bytes, place: str) -> bytes:
    unpacking = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacking.decompress(content, MAX_BYTES + 1)
    except zlib.error as exc:
        raise SourceUnavailable(f"{place}: the sitemap cannot be unpacked.") from exc
    if not unpacking.eof and len(unpacked) <= MAX_BYTES:
        raise SourceUnavailable(f"{place}: the sitemap is cut off.")
    return unpacked
