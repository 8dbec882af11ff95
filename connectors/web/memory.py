"""What a crawl remembers of a site, so that the next one asks for nothing twice.

Disposable: it lies in the connector's cache directory, and a file that is damaged or of another form is begun
anew. What a page says stays here only until it has been fetched.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from connectors.base import SourceUnavailable

_NAME = "pages.db"
_FORM = 1
_WAITING_BYTES = 500_000_000
"""Of bodies that wait to be fetched, packed; a page beyond that is asked for again."""
_TABLES = """
create table if not exists pages(url text primary key, id text not null, seen real not null,
    asked real not null, page text not null);
create index if not exists pages_id on pages(id);
create table if not exists bodies(url text primary key, size integer not null, content blob not null);
create table if not exists crawl(began real, finished real);
"""


@dataclass
class Page:
    """An address as it was when it was last asked for."""

    url: str
    version: str = ""
    """Empty for what is no document: an address that leads elsewhere, a page that is not to be indexed."""
    etag: str = ""
    last_modified: str = ""
    lastmod: str = ""
    """What the sitemap said then."""
    links: tuple[str, ...] = ()
    """Normal addresses within the scope."""
    leads_to: str = ""
    """Where the address redirects to."""
    canonical: str = ""
    title: str = ""
    says: str = ""
    media_type: str = ""
    updated: str = ""
    author: str = ""


class PageMemory:
    """Pages by their normal address. `folder` None: in memory, until it is closed. For one thread."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / _NAME if folder else None
        self._db = self._open()
        # what `fetch` takes out meanwhile is not counted off: the bound is kept from below
        (self._waiting,) = self._db.execute("select coalesce(sum(size), 0) from bodies").fetchone()

    def close(self) -> None:
        self._db.close()

    @property
    def is_kept(self) -> bool:
        """Whether another crawl, and `fetch`, will find what is put here."""
        return self._path is not None

    def begin(self, resume_within: float) -> tuple[float, bool]:
        """Begin a crawl, or go on with one broken off less than so many seconds ago. Returns when it began,
        and whether any was ever finished."""
        with self._db:
            row = self._db.execute("select began, finished from crawl").fetchone()
            now = time.time()
            began, finished = row or (None, None)
            if began is None or not 0 <= now - began < resume_within:
                began = now
                self._db.execute("delete from crawl")
                self._db.execute("insert into crawl values (?, ?)", (began, finished))
            return began, finished is not None

    def finish(self, began: float, *, is_complete: bool) -> None:
        """The crawl is done. After a complete one, what it did not come by is forgotten."""
        with self._db:
            self._db.execute("update crawl set began = null, finished = ?", (time.time(),))
            if is_complete:
                self._db.execute("delete from pages where seen < ?", (began,))
                self._db.execute("delete from bodies where url not in (select url from pages)")

    def page(self, url: str) -> tuple[Page, float, float] | None:
        """A page, when a crawl last came by it, and when the site was last asked for it (Unix time)."""
        row = self._db.execute("select page, seen, asked from pages where url = ?", (url,)).fetchone()
        return (_page(row[0]), row[1], row[2]) if row else None

    def by_id(self, id_: str) -> list[Page]:
        return [_page(row[0]) for row in self._db.execute("select page from pages where id = ?", (id_,))]

    def put(self, page: Page, id_: str, body: bytes | None = None, *, asked: float | None = None) -> None:
        """`asked`: when the site was asked for it, where that is not now (Unix time)."""
        now = time.time()
        with self._db:
            self._db.execute(
                "insert or replace into pages values (?, ?, ?, ?, ?)",
                (page.url, id_, now, asked or now, json.dumps(asdict(page))),
            )
            if body is None or not self.is_kept:
                return
            packed = zlib.compress(body, 1)
            if self._waiting + len(packed) <= _WAITING_BYTES:
                self._waiting += len(packed)
                self._db.execute(
                    "insert or replace into bodies values (?, ?, ?)", (page.url, len(packed), packed)
                )

    def forget(self, url: str) -> None:
        with self._db:
            self._db.execute("delete from pages where url = ?", (url,))
            self._db.execute("delete from bodies where url = ?", (url,))

    def take_body(self, url: str) -> bytes | None:
        """What was put with a page; it is no longer here then."""
        with self._db:
            row = self._db.execute("select content from bodies where url = ?", (url,)).fetchone()
            self._db.execute("delete from bodies where url = ?", (url,))
        try:
            return zlib.decompress(row[0]) if row else None
        except zlib.error:
            return None

    def not_seen_since(self, began: float, limit: int) -> list[str]:
        rows = self._db.execute(
            "select url from pages where seen < ? order by seen, url limit ?", (began, limit)
        )
        return [row[0] for row in rows]

    def _open(self) -> sqlite3.Connection:
        if self._path is None:
            return _prepared(":memory:")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _prepared(str(self._path))
        except sqlite3.OperationalError:
            raise  # busy, or the disk is full: it is not damaged
        except sqlite3.DatabaseError:
            _thrown_away(self._path)
            return _prepared(str(self._path))


@contextlib.contextmanager
def remembering(folder: Path | None) -> Iterator[PageMemory]:
    """A memory, closed at the end. Raises SourceUnavailable where it cannot be used; a damaged one is thrown
    away then, so that the next sync begins anew."""
    try:
        memory = PageMemory(folder)
        try:
            yield memory
        finally:
            memory.close()
    except sqlite3.OperationalError as exc:
        raise SourceUnavailable(f"What the last crawl left in {folder} cannot be used: {exc}.") from exc
    except sqlite3.DatabaseError as exc:
        if folder is None:
            raise
        _thrown_away(folder / _NAME)
        raise SourceUnavailable(
            f"What the last crawl left in {folder} was damaged and is thrown away."
        ) from exc


def _thrown_away(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _prepared(name: str) -> sqlite3.Connection:
    db = sqlite3.connect(name, timeout=30)
    try:
        db.execute("pragma secure_delete = on")
        if name != ":memory:":
            db.execute("pragma journal_mode = wal")
            db.execute("pragma synchronous = normal")
        (form,) = db.execute("pragma user_version").fetchone()
        if form not in (0, _FORM):
            raise sqlite3.DatabaseError("of another form")
        if form != _FORM:
            db.executescript(_TABLES)
            db.execute(f"pragma user_version = {_FORM}")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _page(text: str) -> Page:
    try:
        held = json.loads(text)
        return Page(**{**held, "links": tuple(held["links"])})
    except (ValueError, TypeError, KeyError) as exc:
        raise sqlite3.DatabaseError("a page of it is damaged") from exc
