"""What every kind of connector must do, run over a real source by its own test file.

A test file of a kind subclasses `ConnectorContract` and gives it a `source` fixture: something it can write
to, and the connector that reads it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import FrozenInstanceError, fields
from typing import Any, Protocol

import pytest

from connectors import KINDS
from connectors.base import Connector, Item, ItemUnreadable, Listing, SourceUnavailable


class Source(Protocol):
    """A place with documents, as a test handles it."""

    connector: Connector

    def write(self, id_: str, text: str) -> None:
        """Make or replace the document of this id; the name as given, in whatever Unicode form."""

    def delete(self, id_: str) -> None: ...

    def make_unreadable(self, id_: str) -> None:
        """Let this document be listed, but not read."""

    def vanish(self) -> None:
        """Take the whole source away."""


class ConnectorContract:
    def test_it_is_in_the_table_of_kinds_under_its_own_name(self, source: Source) -> None:
        assert KINDS[source.connector.kind] is type(source.connector)

    def test_its_fields_are_its_config_table(self, source: Source) -> None:
        connector: Any = source.connector  # of a kind that only the subclass knows
        table = {field.name: getattr(connector, field.name) for field in fields(connector)}
        assert connector.__class__(**table) == connector
        with pytest.raises(FrozenInstanceError):
            setattr(connector, next(iter(table)), None)

    def test_an_empty_source_is_a_complete_listing_of_nothing(self, source: Source) -> None:
        assert _listing(source) == Listing.complete(())

    def test_every_document_is_listed_once_and_can_be_fetched(self, source: Source) -> None:
        written = {"one.md": "First", "below/two.md": "Second", "below/deeper/three.md": "셋째"}
        for id_, text in written.items():
            source.write(id_, text)
        listing = _listing(source)
        assert sorted(item.id for item in listing.items) == sorted(written)
        for item in listing.items:
            document = source.connector.fetch(item)
            assert document.id == item.id
            assert document.content.decode() == written[item.id]
            assert document.media_type == "text/markdown"
            assert document.url.startswith(("http://", "https://", "file://"))
            assert document.updated_at is not None
            assert document.updated_at.tzinfo is not None

    def test_what_did_not_change_keeps_its_version(self, source: Source) -> None:
        source.write("a.md", "same")
        assert _listing(source).items == _listing(source).items

    def test_what_changed_has_another_version_and_the_new_text(self, source: Source) -> None:
        source.write("a.md", "before")
        source.write("b.md", "untouched")
        before = _versions(source)
        source.write("a.md", "after it")
        after = _versions(source)
        assert after["a.md"] != before["a.md"]
        assert after["b.md"] == before["b.md"]
        assert source.connector.fetch(Item("a.md", after["a.md"])).content == b"after it"

    def test_what_was_deleted_is_no_longer_listed_and_cannot_be_fetched(self, source: Source) -> None:
        source.write("a.md", "stays")
        source.write("b.md", "goes")
        gone = next(item for item in _listing(source).items if item.id == "b.md")
        source.delete("b.md")
        assert [item.id for item in _listing(source).items] == ["a.md"]
        with pytest.raises(ItemUnreadable, match=r"b\.md"):
            source.connector.fetch(gone)

    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    def test_ids_are_nfc_whatever_form_the_source_uses(self, source: Source, form: str) -> None:
        name = "휴가/연차 규정 é.md"
        source.write(unicodedata.normalize(form, name), "15일")  # type: ignore[arg-type]
        (item,) = _listing(source).items
        assert item.id == unicodedata.normalize("NFC", name)
        document = source.connector.fetch(item)
        assert document.content.decode() == "15일"
        assert document.url.isascii()

    def test_one_unreadable_document_leaves_the_others_readable(self, source: Source) -> None:
        source.write("good.md", "fine")
        source.write("bad.md", "secret")
        source.make_unreadable("bad.md")
        listing = _listing(source)
        assert listing.is_complete
        items = {item.id: item for item in listing.items}
        assert source.connector.fetch(items["good.md"]).content == b"fine"
        with pytest.raises(ItemUnreadable, match=r"bad\.md") as caught:
            source.connector.fetch(items["bad.md"])
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
        assert "2 documents" in said
        assert "\n" not in said


def _listing(source: Source) -> Listing:
    return source.connector.items(None)


def _versions(source: Source) -> dict[str, str]:
    return {item.id: item.version for item in _listing(source).items}
