"""Feeds over real sockets: what an entry is, what stays when it has left, and what is no feed."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import pytest

from connectors.base import CredentialsRejected, Item, ItemUnreadable, Machine, SourceUnavailable
from connectors.feed import Feed
from connectors.media_types import WEB_PAGE
from tests.connectors.contract import HttpConnectorContract
from tests.connectors.http_source import Request, Response, Served, serving

HERE = Machine(private=("127.0.0.1",))


class FeedSource:
    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.raw: bytes | None = None
        self.headers: dict[str, str] = {"Content-Type": "application/rss+xml; charset=utf-8"}
        self.pages: dict[str, Response] = {}
        self.served: Served
        self.connector: Feed

    def answer(self, request: Request) -> Response:
        if request.path in self.pages:
            return self.pages[request.path]
        if request.path != "/feed":
            return Response(404)
        if request.headers.get("if-none-match") and request.headers["if-none-match"] == self.headers.get(
            "ETag"
        ):
            return Response(304)
        return Response(200, self.raw if self.raw is not None else self.rss().encode(), self.headers)

    def rss(self) -> str:
        items = "".join(
            f'<item><title>{escape(name)}</title><guid isPermaLink="false">{escape(name)}</guid>'
            f"<link>{self.served.url}/page/{len(name)}</link><dc:creator>김 영</dc:creator>"
            f"<pubDate>Wed, 01 May 2024 09:00:00 +0900</pubDate>"
            f"<description>{escape(text)}</description></item>"
            for name, text in self.entries.items()
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<channel><title>News</title>{items}</channel></rss>"
        )

    def write(self, name: str, text: str) -> str:
        self.entries[name] = text
        return name

    def delete(self, name: str) -> None:
        del self.entries[name]

    def vanish(self) -> None:
        self.served.stop()


@pytest.fixture
def source() -> Iterator[FeedSource]:
    source = FeedSource()
    with serving(source.answer) as served:
        source.served = served
        source.connector = Feed(urls=(f"{served.url}/feed",), machine=HERE, per_second=10_000.0)
        yield source


class TestFeedKeepsTheContract(HttpConnectorContract):
    """But that no listing is complete, and that entries have no way to be unreadable."""

    def test_an_empty_source_is_a_complete_listing_of_nothing(self, source: Any) -> None:
        listing = source.connector.items(None)
        assert listing.items == ()
        assert not listing.is_complete

    def test_one_unreadable_document_leaves_the_others_readable(self, source: Any) -> None:
        source.connector = Feed(
            urls=source.connector.urls, linked_pages=True, machine=HERE, per_second=10_000.0
        )
        good, bad = source.write("good", "fine"), source.write("bad", "secret")
        source.pages["/page/4"] = Response(200, b"<p>fine</p>", {"Content-Type": "text/html"})
        items = {item.id: item for item in source.connector.items(None).items}
        assert source.connector.fetch(items[good]).media_type == WEB_PAGE
        with pytest.raises(ItemUnreadable, match="bad"):
            source.connector.fetch(items[bad])


def test_an_entry_that_has_left_the_feed_is_not_taken_for_deleted(source: FeedSource) -> None:
    source.write("a", "first")
    before = source.connector.items(None)
    source.delete("a")
    source.write("b", "second")
    after = source.connector.items(before.cursor)
    assert [item.id for item in after.items] == ["b"]
    assert (after.is_complete, after.removed) == (False, ())


def test_an_unchanged_feed_costs_one_conditional_request(source: FeedSource) -> None:
    source.headers["ETag"] = '"1"'
    source.write("a", "first")
    before = source.connector.items(None)
    again = source.connector.items(before.cursor)
    assert again.items == ()
    assert again.cursor == before.cursor
    assert [request.headers.get("if-none-match") for request in source.served.requests] == [None, '"1"']


def test_dates_authors_links_and_the_longer_text_are_read(source: FeedSource) -> None:
    source.raw = f"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>N</title><item>
        <title>새 규정 &amp; 안내</title>
        <link>{source.served.url}/휴가?utm_source=rss</link><description>short</description>
        <content:encoded><![CDATA[<h2>연차</h2><p>15일입니다, 자세히.</p>]]></content:encoded>
        <dc:creator>김 영</dc:creator><pubDate>Wed, 01 May 2024 09:00:00 +0900</pubDate></item>
        </channel></rss>
        """.encode()
    (item,) = source.connector.items(None).items
    document = source.connector.fetch(item)
    assert item.id == f"{source.served.url}/휴가"
    assert document.url == f"{source.served.url}/%ED%9C%B4%EA%B0%80"
    assert document.title == "새 규정 & 안내"
    assert "15일입니다, 자세히." in document.content.decode()
    assert document.authors == ("김 영",)
    assert document.updated_at is not None
    assert document.updated_at.isoformat() == "2024-05-01T00:00:00+00:00"


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>tag:example.com,2024:1</id>
<title>One</title><link href="https://example.com/1"/><updated>2024-05-01T00:00:00Z</updated>
<content type="html">&lt;p&gt;Words&lt;/p&gt;</content></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://example.com/"><title>t</title></channel>
<item rdf:about="https://example.com/1"><title>One</title><link>https://example.com/1</link>
<description>Words</description></item></rdf:RDF>"""


@pytest.mark.parametrize(("feed", "id_"), [(ATOM, "tag:example.com,2024:1"), (RDF, "https://example.com/1")])
def test_atom_and_rss_1_are_read(source: FeedSource, feed: str, id_: str) -> None:
    source.raw = feed.encode()
    (item,) = source.connector.items(None).items
    assert item.id == id_
    assert "Words" in source.connector.fetch(item).content.decode()


def test_korean_encodings_are_read(source: FeedSource) -> None:
    source.headers["Content-Type"] = "application/xml"
    source.write("a", "연차는 15일")
    source.raw = source.rss().replace("UTF-8", "euc-kr").encode("cp949")
    (item,) = source.connector.items(None).items
    assert "연차는 15일" in source.connector.fetch(item).content.decode()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"<html><body>Log in</body></html>", "no RSS or Atom feed"),
        (b"", "no RSS or Atom feed"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"><channel><item/></channel></rss>', "entities"),
        (b"<rss version='2.0'>" + b"<a" * 200_000, "no feed that can be read"),
    ],
)
def test_what_is_no_feed_is_no_listing(source: FeedSource, raw: bytes, said: str) -> None:
    source.raw = raw
    with pytest.raises(SourceUnavailable, match=said):
        source.connector.items(None)


def test_a_linked_page_on_another_host_is_never_asked_for(source: FeedSource) -> None:
    with serving(lambda request: Response(200, b"sentinel")) as other:
        source.raw = ATOM.replace("https://example.com/1", f"{other.url}/1").encode()
        connector = Feed(urls=source.connector.urls, linked_pages=True, machine=HERE)
        (item,) = connector.items(None).items
        assert "Words" in connector.fetch(item).content.decode()
        assert other.requests == []


def test_an_entry_that_is_gone_before_it_was_read_says_so(source: FeedSource) -> None:
    with pytest.raises(ItemUnreadable, match="has left the feed"):
        source.connector.fetch(Item("never", "1"))


def test_credentials_that_are_refused_are_told_apart(source: FeedSource) -> None:
    source.served.fail(401)
    with pytest.raises(CredentialsRejected):
        source.connector.check()
