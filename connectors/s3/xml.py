"""What S3 says in XML. Servers differ in its namespace, so none is asked for."""

from __future__ import annotations

from typing import Any

Element = Any
"""An element of lxml, which comes without types."""


def parsed(content: bytes) -> Element | None:
    """The root element; None if it is no XML. Nothing outside of the answer is read for it."""
    from lxml import etree  # type: ignore[import-untyped,unused-ignore]

    try:
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None


def text_in(element: Element, name: str) -> str:
    """The text of the child of this name; empty without one."""
    return element.findtext(f"{{*}}{name}") or ""


def texts_of(element: Element) -> dict[str, str]:
    """The texts of all children by name: for a hundred thousand objects quicker than one after the other."""
    return {child.tag.rpartition("}")[2]: child.text or "" for child in element.iterchildren("*")}
