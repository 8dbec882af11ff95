"""Web sites over real sockets: what is a page, what is not, and what is asked for a second time."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from connectors.base import CredentialsRejected, Item, ItemUnreadable, Machine, Secret, SourceUnavailable
from connectors.media_types import WEB_PAGE
from connectors.web import Web
from connectors.web.addresses import Scope, readable, spellings
from tests.connectors.contract import HttpConnectorContract
from tests.connectors.http_source import Request, Response, Served, serving

HERE = Machine(private=("127.0.0.1",))
QUICK = 10_000.0
HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(body: str = "", head: str = "", title: str = "A page") -> bytes:
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


class Site:
    """A site that a test writes, by path. Its first page links to what `write` made, and is no document."""

    def __init__(self) -> None:
        self.pages: dict[str, Response] = {}
        self.robots = "User-agent: *\nAllow: /\n"
        self.documents: dict[str, str] = {}
        self.has_first_page = True
        self.has_etags = True
        self.served: Served
        self.connector: Web

    def answer(self, request: Request) -> Response:
        path = request.path
        if path == "/robots.txt":
            return Response(200, self.robots.encode(), {"Content-Type": "text/plain"})
        key = path + ("?" + "&".join(f"{k}={v}" for k, v in request.query.items()) if request.query else "")
        found = self.pages.get(key) or self.pages.get(path)
        if found is None and path == "/" and self.has_first_page:
            links = "".join(f'<a href="{name}">{name}</a>' for name in self.documents)
            found = Response(200, page(links, '<meta name="robots" content="noindex">'), HTML)
        if found is None and path in self.documents:
            found = Response(200, page(f"<main><p>{self.documents[path]}</p></main>", title=path), HTML)
        if found is None:
            return Response(404, page("nothing here"), HTML)
        if not self.has_etags or found.status != 200:
            return found
        etag = f'"{hashlib.sha256(found.body).hexdigest()}"'
        if request.headers.get("if-none-match") == etag:
            return Response(304)
        return replace(found, headers={"ETag": etag, **found.headers})

    def put(self, path: str, body: str = "", head: str = "", title: str = "", **headers: str) -> None:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Response(200, page(body, head, title or f"Page {path}"), {**HTML, **said})

    def redirect(self, path: str, to: str) -> None:
        self.pages[path] = Response(302, headers={"Location": to})

    # -- as the contract handles it

    def write(self, name: str, text: str) -> str:
        path = "/" + quote(name)
        self.documents[path] = text
        return self.served.url + "/" + unicodedata.normalize("NFC", name).replace(" ", "%20")

    def delete(self, name: str) -> None:
        del self.documents["/" + quote(name)]

    def make_unreadable(self, name: str) -> None:
        self.documents["/" + quote(name)] = "secret " * 2_000

    def vanish(self) -> None:
        self.served.stop()

    # -- as the tests below do

    def asked(self) -> list[str]:
        return [unquote(request.path) for request in self.served.requests]

    def ids(self, **settings: Any) -> list[str]:
        listing = replace(self.connector, **settings).items(None)
        return sorted(item.id.removeprefix(self.served.url) for item in listing.items)


def site_of(machine: Machine) -> Iterator[Site]:
    site = Site()
    with serving(site.answer) as served:
        site.served = served
        site.connector = Web(urls=(f"{served.url}/",), machine=machine, per_second=QUICK, max_bytes=10_000)
        yield site


@pytest.fixture
def source() -> Iterator[Site]:
    yield from site_of(HERE)


@pytest.fixture
def site() -> Iterator[Site]:
    yield from site_of(HERE)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Site]:
    """A site whose connector remembers."""
    yield from site_of(Machine(private=("127.0.0.1",), cache=tmp_path / "cache"))


class TestWebKeepsTheContract(HttpConnectorContract):
    has_dates = False


class TestWebKeepsTheContractWithAMemory(HttpConnectorContract):
    has_dates = False
    fetch_asks_the_source = False

    @pytest.fixture
    def source(self, tmp_path: Path) -> Iterator[Site]:
        yield from site_of(Machine(private=("127.0.0.1",), cache=tmp_path / "cache"))

    def test_a_vanished_source_is_unavailable_and_never_empty(self, source: Any) -> None:
        source.write("a.md", "text")
        (item,) = source.connector.items(None).items
        source.connector.fetch(item)
        source.vanish()
        for ask in (lambda: source.connector.items(None), source.connector.check):
            with pytest.raises(SourceUnavailable):
                ask()
        with pytest.raises(SourceUnavailable):
            source.connector.fetch(item)


def test_pages_are_found_link_by_link_and_within_their_directory_alone(site: Site) -> None:
    site.put(
        "/docs/start.html",
        '<a href="one">1</a> <a href="/other/x">x</a> <a href="https://example.com/">y</a>',
    )
    site.put("/docs/one", '<a href="../docs/two?a=1#part">2</a><a href="../secret">no</a>')
    site.put("/docs/two", "last")
    found = site.ids(urls=(f"{site.served.url}/docs/start.html",))
    assert found == ["/docs/one", "/docs/start.html", "/docs/two?a=1"]
    assert "/secret" not in site.asked()
    assert "/other/x" not in site.asked()


def test_one_page_is_one_document_whatever_leads_to_it(site: Site) -> None:
    site.put(
        "/",
        """<a href="/a?utm_source=mail">1</a><a href="/a#top">2</a><a href="/a;jsessionid=9F3A">3</a>
        <a href="/%61">4</a><a href="/a/">5</a><a href="/x/../a">6</a>
        <a href="/print?of=a">7</a><a href="/old">8</a>""",
    )
    site.put("/a", "The text of a", title="A")
    site.put("/a/", "The text of a", title="A")
    site.put(
        "/print", "The text of a, to print", f'<link rel="canonical" href="{site.served.url}/a">', title="A"
    )
    site.redirect("/old", "/a")
    assert site.ids() == ["/", "/a"]


def test_a_canonical_address_that_every_page_claims_is_not_believed(site: Site) -> None:
    head = f'<link rel="canonical" href="{site.served.url}/">'
    site.put("/", '<a href="/a">1</a><a href="/b">2</a>', head, title="Home")
    site.put("/a", "About a", head, title="A")
    site.put("/b", "About b", head, title="B")
    assert site.ids() == ["/", "/a", "/b"]


@pytest.mark.parametrize("rel", ["https://evil.example/a", "//169.254.169.254/latest", "javascript:alert(1)"])
def test_a_canonical_address_outside_is_not_looked_at(site: Site, rel: str) -> None:
    site.put("/", "Words", f'<link rel="canonical" href="{rel}">')
    assert site.ids() == ["/"]


def test_robots_txt_is_kept_to_unless_the_site_is_ones_own(site: Site) -> None:
    site.robots = "User-agent: Footnote\nDisallow: /private/\n"
    site.put("/", '<a href="/private/a">1</a><a href="/b">2</a>')
    site.put("/private/a", "private")
    site.put("/b", "open")
    assert site.ids() == ["/", "/b"]
    assert "/private/a" not in site.asked()
    assert site.ids(obey_robots=False) == ["/", "/b", "/private/a"]


def test_without_an_answer_about_robots_nothing_is_read(site: Site) -> None:
    site.pages["/robots.txt"] = Response(503)
    site.answer = lambda request: Response(503)  # type: ignore[method-assign]
    site.served.answer = lambda request: Response(503)
    with pytest.raises(SourceUnavailable, match=r"robots\.txt"):
        site.connector.items(None)


def test_noindex_and_nofollow_are_honoured_in_pages_and_headers(site: Site) -> None:
    site.put("/", '<a href="/a">1</a><a href="/b">2</a><a href="/c">3</a><a rel="nofollow" href="/d">4</a>')
    site.put("/a", '<a href="/e">5</a>', '<meta name="ROBOTS" content="NOINDEX">')
    site.put("/b", '<a href="/f">6</a>', '<meta name="robots" content="nofollow">')
    site.put("/c", "hidden by its header", X_Robots_Tag="noindex")
    for path in ("/d", "/e", "/f"):
        site.put(path, path)
    assert site.ids() == ["/", "/b", "/e"]


def test_sitemaps_are_read_also_packed_and_in_an_index_and_other_hosts_in_them_are_ignored(
    site: Site,
) -> None:
    url = site.served.url
    xml = "<?xml version='1.0' encoding='UTF-8'?>"
    place = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    site.pages["/sitemap.xml"] = Response(
        200,
        f"{xml}<sitemapindex {place}><sitemap><loc>{url}/map1.xml.gz</loc></sitemap>"
        "<sitemap><loc>http://169.254.169.254/map</loc></sitemap></sitemapindex>".encode(),
    )
    packed = gzip.compress(
        f"{xml}<urlset {place}><url><loc>{url}/a</loc><lastmod>2024-05-01</lastmod></url>"
        "<url><loc>https://evil.example/b</loc></url></urlset>".encode()
    )
    site.pages["/map1.xml.gz"] = Response(200, packed, {"Content-Type": "application/gzip"})
    site.put("/a", "text")
    connector = replace(site.connector, urls=(), sitemaps=(f"{url}/sitemap.xml",))
    (item,) = connector.items(None).items
    document = connector.fetch(item)
    assert item.id == f"{url}/a"
    assert connector.check() == "1 pages in sitemaps."
    assert document.media_type == WEB_PAGE


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>',
        b"<urlset><url><loc>http://x/</loc>",
        gzip.compress(b"<urlset></urlset>")[:-9],
        gzip.compress(b"0" * 60_000_000),
    ],
)
def test_a_sitemap_that_is_broken_or_a_bomb_is_no_listing(site: Site, body: bytes) -> None:
    site.pages["/sitemap.xml"] = Response(200, body)
    connector = replace(
        site.connector, urls=(), sitemaps=(f"{site.served.url}/sitemap.xml",), max_bytes=1_000_000
    )
    with pytest.raises((SourceUnavailable, ItemUnreadable)):
        connector.items(None)


def test_an_unchanged_site_costs_one_conditional_request_a_page_and_fetching_none(kept: Site) -> None:
    kept.put("/", '<a href="/a">1</a>')
    kept.put("/a", "text")
    before = kept.connector.items(None)
    kept.served.requests.clear()
    texts = {item.id: kept.connector.fetch(item).content for item in before.items}
    assert kept.asked() == []
    assert b"text" in texts[f"{kept.served.url}/a"]
    assert kept.connector.items(None) == before
    asked = {request.path: request.headers.get("if-none-match") for request in kept.served.requests}
    assert set(asked) == {"/robots.txt", "/", "/a", *(path for path in asked if "not-there" in path)}
    assert asked["/"]
    assert asked["/a"]


def test_what_changes_around_the_words_is_no_new_version(site: Site) -> None:
    site.has_etags = False
    site.put(
        "/", '<nav>menu 1</nav><p>Words</p><input type="hidden" value="token 1"><script>var t=1</script>'
    )
    (before,) = site.connector.items(None).items
    site.put(
        "/", '<nav>menu 2</nav><p>Words</p><input type="hidden" value="token 2"><script>var t=2</script>'
    )
    assert site.connector.items(None).items == (before,)
    site.put("/", "<nav>menu 2</nav><p>Other words</p>")
    assert site.connector.items(None).items != (before,)


def test_a_page_whose_lastmod_stays_is_not_asked_for_twice_a_day(kept: Site) -> None:
    url = kept.served.url
    kept.robots += f"Sitemap: {url}/sitemap.xml\n"
    kept.pages["/sitemap.xml"] = Response(
        200, f"<urlset><url><loc>{url}/a</loc><lastmod>2024-05-01</lastmod></url></urlset>".encode()
    )
    kept.put("/", "first")
    kept.put("/a", "second")
    before = kept.connector.items(None)
    kept.served.requests.clear()
    assert kept.connector.items(None) == before
    assert kept.asked().count("/a") == 0
    document = kept.connector.fetch(
        Item(f"{url}/a", next(i.version for i in before.items if i.id.endswith("/a")))
    )
    assert document.updated_at is not None
    assert document.updated_at.isoformat() == "2024-05-01T00:00:00+00:00"


def test_a_crawl_broken_off_goes_on_where_it_was(kept: Site) -> None:
    for number in range(30):
        kept.write(f"{number:02}", f"text {number}")
    kept.served.fail(500, after=20)
    with pytest.raises(SourceUnavailable):
        kept.connector.items(None)
    read = {path for path in kept.asked()[:20] if path[1:].isdecimal()}
    assert len(read) > 10
    kept.served.fail(500, times=0)
    kept.served.requests.clear()
    listing = kept.connector.items(None)
    assert listing.is_complete
    assert len(listing.items) == 30
    assert not read & set(kept.asked())


def test_a_page_that_fails_keeps_its_last_version_and_what_it_led_to(kept: Site) -> None:
    kept.put("/", '<a href="/a">1</a>')
    kept.put("/a", '<a href="/b">2</a>')
    kept.put("/b", "below")
    before = kept.connector.items(None)
    kept.pages["/a"] = Response(500)
    after = kept.connector.items(None)
    assert after.is_complete
    assert after.items == before.items


def test_a_page_that_never_could_be_read_is_reported_and_stops_no_deletion_later(kept: Site) -> None:
    kept.put("/", '<a href="/a">1</a><a href="/b">2</a>')
    kept.pages["/a"] = Response(500)
    kept.put("/b", "b")
    first = kept.connector.items(None)
    assert not first.is_complete
    assert [id_.removeprefix(kept.served.url) for id_, _ in first.unreadable] == ["/a"]
    assert kept.connector.items(None).is_complete


def test_beyond_the_limit_of_pages_nothing_is_gone_but_what_the_site_says_is(kept: Site) -> None:
    for number in range(9):
        kept.write(f"{number}", f"text {number}")
    assert kept.connector.items(None).is_complete
    kept.delete("8")
    limited = replace(kept.connector, max_pages=5).items(None)
    assert not limited.is_complete
    assert [each.removeprefix(kept.served.url) for each in limited.removed] == ["/8"]


def test_calendars_and_paths_that_lead_into_themselves_come_to_an_end(site: Site) -> None:
    site.put("/", '<a href="/cal?month=1">c</a><a href="/loop/">l</a>')
    normal_answer = site.answer

    def answer(request: Request) -> Response:
        if request.path == "/cal":
            following = int(request.query["month"]) + 1
            return Response(200, page(f'{following}<a href="/cal?month={following}">next</a>'), HTML)
        if request.path.startswith("/loop/"):
            return Response(200, page(f'{request.path}<a href="loop/">deeper</a>'), HTML)
        return normal_answer(request)

    site.served.answer = answer
    listing = replace(site.connector, max_clicks=1_000).items(None)
    assert listing.is_complete
    assert len(listing.items) < 80


def test_a_site_that_answers_200_for_what_is_not_there_is_seen_through(site: Site) -> None:
    site.put("/", '<a href="/a">1</a><a href="/gone">2</a><a href="/gone2">3</a>')
    site.put("/a", "real")
    normal_answer = site.answer

    def answer(request: Request) -> Response:
        found = normal_answer(request)
        if found.status == 404:
            return Response(200, page("죄송합니다. 아무것도 없습니다."), HTML)
        return found

    site.served.answer = answer
    assert site.ids() == ["/", "/a"]


def test_pages_behind_a_form_to_log_in_are_no_documents_and_a_first_page_behind_one_is_an_error(
    site: Site,
) -> None:
    site.put("/", '<a href="/a">1</a><a href="/b">2</a>')
    site.redirect("/a", "/login?next=/a")
    site.put("/login", '<form><input type="password"></form>', title="로그인")
    site.pages["/b"] = Response(403)
    assert site.ids() == ["/"]
    with pytest.raises(CredentialsRejected, match="form to log in"):
        site.ids(urls=(f"{site.served.url}/login",))


def test_user_and_password_are_sent_where_the_site_wants_them(site: Site) -> None:
    site.put("/", "for staff")
    normal_answer = site.answer
    site.served.answer = lambda request: (
        normal_answer(request) if request.headers.get("authorization") == "Basic a2ltOnB3" else Response(401)
    )
    with pytest.raises(CredentialsRejected, match="set user and password"):
        site.ids()
    assert site.ids(user="kim", password=Secret("pw")) == ["/"]


@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.2:1/",
        "http://0x7f000001/",
        "http://[::ffff:10.0.0.1]/",
        "https://user:pw@example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
    ],
)
def test_a_redirect_to_anywhere_else_is_not_followed(site: Site, to: str) -> None:
    site.put("/", '<a href="/a">1</a>')
    site.redirect("/a", to)
    assert site.ids() == ["/"]
    with pytest.raises(ItemUnreadable):
        site.connector.fetch(Item(f"{site.served.url}/a", "1"))


def test_an_item_outside_of_what_is_read_is_never_fetched(site: Site) -> None:
    with serving(lambda request: Response(200, b"sentinel")) as other:
        with pytest.raises(ItemUnreadable):
            site.connector.fetch(Item(f"{other.url}/a", "1"))
        assert other.requests == []


def test_a_private_address_that_nobody_allowed_is_refused_with_what_to_do(site: Site) -> None:
    with pytest.raises(SourceUnavailable, match="private under"):
        site.ids(machine=Machine())


def test_linked_files_are_documents_by_their_type_or_name_and_pictures_are_not_even_asked_for(
    site: Site,
) -> None:
    site.put("/", "".join(f'<a href="/{name}">x</a>' for name in ("a.pdf", "b", "c.hwp", "d.png", "e.bin")))
    types = {
        "/a.pdf": "application/pdf",
        "/b": "application/pdf; qs=0.9",
        "/c.hwp": "application/octet-stream",
        "/d.png": "image/png",
        "/e.bin": "application/octet-stream",
    }
    for path, media_type in types.items():
        site.pages[path] = Response(200, b"%PDF-1.4 " + path.encode(), {"Content-Type": media_type})
    assert site.ids() == ["/", "/a.pdf", "/b", "/c.hwp"]
    assert "/d.png" not in site.asked()
    document = site.connector.fetch(Item(f"{site.served.url}/b", ""))
    assert document.media_type == "application/pdf"


@pytest.mark.parametrize(
    ("content_type", "head"),
    [
        ("text/html; charset=EUC-KR", ""),
        ("text/html", '<meta charset="euc-kr">'),
        ("text/html; charset=ms949", ""),
    ],
)
def test_korean_encodings_of_header_and_page_are_read_and_queries_are_sent_in_them(
    site: Site, content_type: str, head: str
) -> None:
    body = page('<p>연차휴가는 똠방 15일</p><a href="/view?name=휴가">x</a>', head).decode().encode("cp949")
    site.pages["/"] = Response(200, body, {"Content-Type": content_type})
    (item,) = site.connector.items(None).items
    content = site.connector.fetch(item).content
    assert "연차휴가는 똠방 15일" in content.decode("utf-8-sig")
    assert any(request.path == "/view" for request in site.served.requests)


def test_dates_and_authors_are_what_the_page_says(site: Site) -> None:
    site.put(
        "/",
        "Words",
        '<meta property="article:modified_time" content="2024-03-01T09:00:00+09:00">'
        '<meta name="author" content="김 영">',
    )
    (item,) = site.connector.items(None).items
    document = site.connector.fetch(item)
    assert document.authors == ("김 영",)
    assert document.updated_at is not None
    assert document.updated_at.isoformat() == "2024-03-01T00:00:00+00:00"


def test_a_damaged_memory_is_begun_anew(kept: Site, tmp_path: Path) -> None:
    kept.put("/", "Words")
    before = kept.connector.items(None)
    (tmp_path / "cache" / "pages.db").write_bytes(b"no database at all" * 1_000)
    assert kept.connector.items(None).items == before.items


def test_what_was_fetched_does_not_stay_in_the_memory(kept: Site, tmp_path: Path) -> None:
    kept.put("/", "CANARY-4711")
    (item,) = kept.connector.items(None).items
    assert b"CANARY-4711" in kept.connector.fetch(item).content
    for file in (tmp_path / "cache").iterdir():
        assert b"CANARY-4711" not in file.read_bytes()
    del kept.pages["/"]
    kept.has_first_page = False
    with pytest.raises(ItemUnreadable, match="404"):
        kept.connector.fetch(item)


@pytest.mark.parametrize("url", ["ftp://example.com/", "example.com", "http://", "http://[/"])
def test_a_start_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(SourceUnavailable, match=re.escape(repr(url))):
        Web(urls=(url,)).check()


def test_a_hundred_pages_are_listed_and_listed_again(kept: Site) -> None:
    connector = replace(kept.connector, max_bytes=1_000_000)
    for number in range(100):
        kept.write(f"{number}", f"text {number}")
    listing = connector.items(None)
    assert listing.is_complete
    assert len(listing.items) == 100
    assert connector.items(None).items == listing.items


def test_a_first_page_too_large_to_be_read_is_no_listing(site: Site) -> None:
    site.put("/", "x" * 20_000)
    with pytest.raises(SourceUnavailable, match="max_bytes"):
        site.ids()


def test_where_the_first_page_leads_must_be_there_too(site: Site) -> None:
    site.redirect("/", "/home")
    with pytest.raises(SourceUnavailable, match="/home"):
        site.ids()
    site.put("/home", "Words")
    assert site.ids() == ["/home"]


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/docs/../admin",
        "https://example.com/docs/%2e%2e/admin",
        "https://example.com/docs/..%2fadmin",
        "https://example.com/docs/..%5Cadmin",
        "https://example.com/docs-old/a",
        "https://example.com.evil.example/docs/a",
        "https://example.com@evil.example/docs/a",
        "https://example.com\\@evil.example/docs/a",
        "https://example.com:8443/docs/a",
        "//evil.example/docs/a",
        "javascript:alert(1)",
        "https://example.com/docs/" + "a/" * 9,
        "https://example.com/docs/a.zip",
        "https://example.com/docs/?" + "&".join(f"{number}=1" for number in range(20)),
        "https://example.com/docs/" + "a" * 3_000,
    ],
)
def test_an_address_outside_or_without_end_has_no_place(address: str) -> None:
    assert Scope(["https://example.com/docs"]).place(address, "https://example.com/docs/x") is None


@pytest.mark.parametrize(
    ("address", "one_form"),
    [
        (
            "HTTPS://EXAMPLE.com:443/docs/%7euser/휴가 규정?b=1&utm_source=x#part",
            "docs/~user/휴가%20규정?b=1",
        ),
        ("http://example.com./docs/a;jsessionid=1F?PHPSESSID=9", "docs/a"),
        ("b/../c?sid=0123456789abcdef0123", "docs/c"),
        ("c?sid=101", "docs/c?sid=101"),
        ("https://example.com/docs/100%", "docs/100%25"),
    ],
)
def test_an_address_has_one_form_that_leads_back_to_it(address: str, one_form: str) -> None:
    place = Scope(["https://example.com/docs"]).place(address, "https://example.com/docs/x")
    assert place is not None
    assert readable(place) == f"https://example.com/{one_form}"
    assert place in spellings(readable(place))


def test_several_threads_fetch_from_one_memory(kept: Site) -> None:
    for number in range(24):
        kept.write(f"{number}", f"text {number}.")
    items = kept.connector.items(None).items
    with ThreadPoolExecutor(4) as threads:
        documents = list(threads.map(kept.connector.fetch, items))
    for document in documents:
        assert f"text {document.id.rpartition('/')[2]}." in document.content.decode()


def test_a_memory_damaged_within_is_thrown_away_and_the_next_crawl_begins_anew(
    kept: Site, tmp_path: Path
) -> None:
    for number in range(60):
        kept.write(f"{number}", f"text {number}")
    before = kept.connector.items(None)
    database = tmp_path / "cache" / "pages.db"
    pages = bytearray(database.read_bytes())
    pages[8_192:] = b"\xff" * len(pages[8_192:])
    database.write_bytes(pages)
    with contextlib.suppress(SourceUnavailable):
        kept.connector.items(None)
    assert kept.connector.items(None).items == before.items
