"""One page under several addresses: which of them it is known by."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.web.addresses import likeness
from connectors.web.memory import Page


def each_once(documents: dict[str, Page]) -> Iterator[Page]:
    """Of pages that are one, the one that is known by the address the site prefers."""
    chosen: dict[tuple[str, str], Page] = {}
    for page in sorted(documents.values(), key=_preference):
        target = documents.get(page.canonical)
        if target is not None and _is_believed(page, target):
            continue
        # the same words below nearly the same address: its twin
        chosen.setdefault((likeness(page.url), page.says or page.version), page)
    kept = {page.url for page in chosen.values()}
    return (page for url, page in documents.items() if url in kept)


def _is_believed(page: Page, target: Page) -> bool:
    """Some sites call their first page the canonical form of every page: those are different pages."""
    if target.canonical == page.url and page.url < target.url:
        return False  # each says that the other one is it
    return (
        likeness(page.url) == likeness(target.url) or page.says == target.says or page.title == target.title
    )


def _preference(page: Page) -> tuple[bool, int, str]:
    return (page.url.startswith("http:"), len(page.url), page.url)
