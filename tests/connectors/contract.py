"""What every kind of connector must do, run over a real source by its own test file.

A test file of a kind subclasses `ConnectorContract` and gives it a `source` fixture: something it can write
to, and the connector that reads it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import FrozenInstanceError, fields
from typing import Any, ClassVar, Protocol

import pytest

from bot.parsing.formats import BY_MEDIA_TYPE
from connectors import KINDS
from connectors.base import (
    Connector,
    CredentialsRejected,
    Item,
    ItemUnreadable,
    Listing,
    Secret,
    SourceUnavailable,
)
from tests.connectors.http_source import Served


class Source(Protocol):
    """A place with documents, as a test handles it."""

    connector: Connector

    def write(self, name: str, text: str) -> str:
        """Make or replace the document of this name, given in whatever Unicode form; return its id.

        A name looks like a path ("휴가/규정.md"); a source without paths uses it as a title. The text is
        plain words, which must occur in what is fetched.
        """

    def delete(self, name: str) -> None: ...

    def make_unreadable(self, name: str) -> None:
        """Let this document be listed, but not read."""

    def vanish(self) -> None:
        """Take the whole source away: it can no longer be reached, or is not there."""


class ConnectorContract:
    has_dates: ClassVar[bool] = True
    """Whether the source says when a document changed."""

    def test_it_is_in_the_table_of_kinds_under_its_own_name(self, source: Source) -> None:
        assert KINDS[source.connector.kind] is type(source.connector)

    def test_its_fields_are_its_config_table(self, source: Source) -> None:
        connector: Any = source.connector  # of a kind that only the subclass knows
        table = {field.name: getattr(connector, field.name) for field in fields(connector)}
        assert connector.__class__(**table) == connector
        with pytest.raises(FrozenInstanceError):
            setattr(connector, next(iter(table)), None)

    def test_its_secrets_do_not_show(self, source: Source) -> None:
        connector: Any = source.connector
        for field in fields(connector):
            if isinstance(secret := getattr(connector, field.name), Secret) and secret:
                assert secret.value not in f"{connector!r} {connector}"

    def test_an_empty_source_is_a_complete_listing_of_nothing(self, source: Source) -> None:
        listing = _listing(source)
        assert listing.is_complete
        assert (listing.items, listing.unreadable) == ((), ())

    def test_every_document_is_listed_once_and_can_be_fetched(self, source: Source) -> None:
        texts = {"one.md": "First", "below/two.md": "Second", "below/deeper/three.md": "셋째"}
        written = {source.write(name, text): text for name, text in texts.items()}
        listing = _listing(source)
        assert sorted(item.id for item in listing.items) == sorted(written)
        for item in listing.items:
            document = source.connector.fetch(item)
            assert document.id == item.id
            assert written[item.id] in document.content.decode()
            assert document.media_type in BY_MEDIA_TYPE
            assert document.url.startswith(("http://", "https://", "file://"))
            if self.has_dates:
                assert document.updated_at is not None
                assert document.updated_at.tzinfo is not None

    def test_what_did_not_change_keeps_its_version(self, source: Source) -> None:
        source.write("a.md", "same")
        assert _listing(source).items == _listing(source).items

    def test_what_changed_has_another_version_and_the_new_text(self, source: Source) -> None:
        changing, untouched = source.write("a.md", "before"), source.write("b.md", "untouched")
        before = _versions(source)
        source.write("a.md", "after it")
        after = _versions(source)
        assert after[changing] != before[changing]
        assert after[untouched] == before[untouched]
        content = source.connector.fetch(Item(changing, after[changing])).content.decode()
        assert "after it" in content
        assert "before" not in content

    def test_what_was_deleted_is_no_longer_listed_and_cannot_be_fetched(self, source: Source) -> None:
        stays, goes = source.write("a.md", "stays"), source.write("b.md", "goes")
        gone = next(item for item in _listing(source).items if item.id == goes)
        source.delete("b.md")
        assert [item.id for item in _listing(source).items] == [stays]
        with pytest.raises(ItemUnreadable, match=re.escape(goes)):
            source.connector.fetch(gone)

    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    def test_ids_are_nfc_whatever_form_the_source_uses(self, source: Source, form: str) -> None:
        name = unicodedata.normalize(form, "휴가/연차 규정 é.md")  # type: ignore[arg-type]
        written = source.write(name, "15일")
        (item,) = _listing(source).items
        assert item.id == unicodedata.normalize("NFC", written)
        document = source.connector.fetch(item)
        assert "15일" in document.content.decode()
        assert document.url.isascii()
        assert unicodedata.is_normalized("NFC", document.title)

    def test_one_unreadable_document_leaves_the_others_readable(self, source: Source) -> None:
        good, bad = source.write("good.md", "fine"), source.write("bad.md", "secret")
        source.make_unreadable("bad.md")
        listing = _listing(source)
        assert listing.is_complete
        items = {item.id: item for item in listing.items}
        assert "fine" in source.connector.fetch(items[good]).content.decode()
        with pytest.raises(ItemUnreadable, match=re.escape(bad)) as caught:
            source.connector.fetch(items[bad])
        assert "secret" not in str(caught.value)

    def test_a_vanished_source_is_unavailable_and_never_empty(self, source: Source) -> None:
        source.write("a.md", "text")
        (item,) = _listing(source).items
        source.vanish()
        with pytest.raises(SourceUnavailable):
            source.connector.items(None)
        with pytest.raises(SourceUnavailable):
            source.connector.check()
        with pytest.raises(SourceUnavailable):
            source.connector.fetch(item)

    def test_check_says_in_one_sentence_what_is_there(self, source: Source) -> None:
        source.write("a.md", "text")
        source.write("b.md", "text")
        said = source.connector.check()
        assert re.search(r"\b2 ", said)
        assert "\n" not in said


class HttpSource(Source, Protocol):
    """A source behind `tests.connectors.http_source.Served`."""

    served: Served


class HttpConnectorContract(ConnectorContract):
    """What a connector that speaks HTTP must do besides. Its source has 3 or more documents a page of a
    listing at most, where the API has pages: `fill` makes enough of them for several pages."""

    fetch_asks_the_source: ClassVar[bool] = True
    """False for a kind whose listing brings the documents along, so that `fetch` need not ask for them."""

    def test_many_documents_are_listed_over_several_pages(self, source: HttpSource) -> None:
        written = fill(source)
        assert sorted(item.id for item in _listing(source).items) == sorted(written)

    def test_a_busy_source_is_asked_again_when_it_says(self, source: HttpSource) -> None:
        written = fill(source)
        source.served.fail(429, {"Retry-After": "0"}, times=2)
        assert len(_listing(source).items) == len(written)

    @pytest.mark.parametrize("after", [0, 1, 2])
    def test_a_listing_that_breaks_off_is_never_an_answer(self, source: HttpSource, after: int) -> None:
        written = fill(source)
        source.served.fail(500, after=after)
        try:
            listing = source.connector.items(None)
        except SourceUnavailable:
            return
        assert not listing.is_complete or len(listing.items) == len(written)

    def test_an_answer_cut_off_is_asked_for_again(self, source: HttpSource) -> None:
        written = fill(source)
        source.served.truncate(times=1)
        assert len(_listing(source).items) == len(written)

    def test_wrong_credentials_are_told_apart(self, source: HttpSource) -> None:
        source.write("a.md", "text")
        (item,) = _listing(source).items
        source.served.fail(401)
        for ask in (lambda: source.connector.items(None), source.connector.check):
            with pytest.raises(CredentialsRejected):
                ask()
        if self.fetch_asks_the_source:
            with pytest.raises(CredentialsRejected):
                source.connector.fetch(item)


def fill(source: Source, count: int = 12) -> list[str]:
    """Write `count` documents; return their ids."""
    return [source.write(f"document {number:02}.md", f"text {number}") for number in range(count)]


def _listing(source: Source) -> Listing:
    return source.connector.items(None)


def _versions(source: Source) -> dict[str, str]:
    return {item.id: item.version for item in _listing(source).items}
