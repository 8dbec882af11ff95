from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from bot.parsing.formats import parse
from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Document,
    Item,
    ItemUnreadable,
    Machine,
    Secret,
    SourceUnavailable,
)
from connectors.confluence import STORAGE, Confluence
from tests.connectors.confluence_server import EMAIL, TOKEN, ConfluenceServer, Thing, confluence
from tests.connectors.contract import HttpConnectorContract
from tests.connectors.http_source import Request, Response, Served

HERE = Machine(private=("127.0.0.1",))
KIM, LEE = "email:kim@corp.example", "email:lee@corp.example"


class Wiki:
    """A Confluence with a connector that reads it, as the contract handles a source."""

    def __init__(self, server: ConfluenceServer) -> None:
        self.server = server
        self.served: Served = server.served
        self.connector: Confluence = self.reading()

    def reading(self, **settings: Any) -> Confluence:
        return Confluence(
            **{
                "url": self.server.url,
                "token": Secret(TOKEN),
                "email": EMAIL if self.server.is_cloud else "",
                "email_domain": "" if self.server.is_cloud else "corp.example",
                "spaces": ("HR",),
                "requests_per_second": 100_000,
                "machine": HERE,
                **settings,
            }
        )

    def _named(self, name: str) -> Thing | None:
        return next((each for each in self.server.things.values() if each.title == name), None)

    def write(self, name: str, text: str) -> str:
        thing = self._named(name) or self.server.add("page", name)
        thing.version += bool(thing.body)
        thing.body = f"<p>{text}</p>"
        return f"HR/{thing.id}"

    def delete(self, name: str) -> None:
        thing = self._named(name)
        assert thing
        thing.status = "trashed"

    def make_unreadable(self, name: str) -> None:
        thing = self._named(name)
        assert thing
        thing.is_forbidden = True

    def vanish(self) -> None:
        self.served.stop()

    def documents(self, **settings: Any) -> dict[str, Document]:
        """By title."""
        connector = self.reading(**settings)
        found = [connector.fetch(item) for item in connector.items(None).items]
        return {document.title: document for document in found}

    def readers(self, **settings: Any) -> dict[str, frozenset[str]]:
        return {title: document.readers for title, document in self.documents(**settings).items()}

    def versions(self) -> dict[str, str]:
        return {item.id: item.version for item in self.connector.items(None).items}


@pytest.fixture(params=["cloud", "data center"])
def source(request: pytest.FixtureRequest) -> Iterator[Wiki]:
    with confluence(is_cloud=request.param == "cloud") as server:
        yield Wiki(server)


@pytest.fixture
def cloud() -> Iterator[Wiki]:
    with confluence(is_cloud=True) as server:
        yield Wiki(server)


@pytest.fixture
def data_center() -> Iterator[Wiki]:
    with confluence(is_cloud=False) as server:
        yield Wiki(server)


class TestContract(HttpConnectorContract):
    pass


def test_a_page_is_its_storage_format_with_title_path_link_and_authors(source: Wiki) -> None:
    home = source.server.add("page", "인사 홈", "<p>home</p>")
    source.server.home = home.id
    rules = source.server.add("page", "규정", "<p>rules</p>", parent=home.id)
    source.server.add("page", "연차 & 휴가", "<h2>일수</h2><p>15일</p>", parent=rules.id)
    document = source.documents()["규정 / 연차 & 휴가"]
    assert document.media_type == STORAGE
    assert document.authors == ("Lee", "Kim")
    assert document.updated_at is not None
    assert document.updated_at.isoformat() == "2026-03-02T09:30:00+00:00"
    assert document.url.startswith(f"{source.server.url}/")
    assert document.url.isascii()
    assert document.id.removeprefix("HR/") in document.url
    section = parse(document.content, document.id, document.media_type).sections[0]
    assert (section.path, section.text, section.anchor) == (("일수",), "15일", "일수")


def test_blog_posts_are_read_and_drafts_archived_and_trashed_pages_are_not(source: Wiki) -> None:
    source.server.add("blogpost", "news", "<p>n</p>")
    for status in ("draft", "archived", "trashed"):
        source.server.add("page", status, "<p>no</p>", status=status)
    assert list(source.documents()) == ["news"]


def test_a_page_that_was_archived_after_the_listing_is_not_read(source: Wiki) -> None:
    source.write("a", "text")
    (item,) = source.connector.items(None).items
    source.server.things[item.id.removeprefix("HR/")].status = "archived"
    with pytest.raises(ItemUnreadable, match=r"HR/\d+: is in the trash, archived or a draft"):
        source.connector.fetch(item)


def test_a_page_without_text_is_its_title(source: Wiki) -> None:
    source.server.add("page", "A & B", "<p />")
    document = source.documents()["A & B"]
    assert parse(document.content, document.id, document.media_type).sections[0].text == "A & B"


def test_labels_choose_pages(source: Wiki) -> None:
    source.server.add("page", "both", "<p>x</p>", labels=["Policy", "old"])
    source.server.add("page", "policy", "<p>x</p>", labels=["policy"])
    source.server.add("page", "none", "<p>x</p>")
    assert sorted(source.documents(labels=("policy",))) == ["both", "policy"]
    assert sorted(source.documents(without_labels=("OLD",))) == ["none", "policy"]
    assert sorted(source.documents(labels=("policy",), without_labels=("old",))) == ["policy"]


def test_attached_documents_are_read_with_the_rights_of_their_page(source: Wiki) -> None:
    page = source.server.add("page", "규정", "<p>x</p>", people=["kim"])
    source.server.add("attachment", "취업 규칙.md", parent=page.id, data="# 취업 규칙".encode())
    source.server.add("attachment", "photo.png", parent=page.id, data=b"png")
    document = source.documents()["규정 / 취업 규칙.md"]
    assert document.id == f"HR/{page.id}/att1001/취업 규칙.md"
    assert document.content.decode() == "# 취업 규칙"
    assert document.media_type == "text/markdown"
    assert document.readers == {KIM}
    assert list(source.documents(attachments=False)) == ["규정"]


def test_a_file_that_is_too_large_is_set_aside_by_name(source: Wiki) -> None:
    page = source.server.add("page", "p", "<p>x</p>")
    source.server.add("attachment", "big.txt", parent=page.id, data=b"x" * 20_000)
    connector = source.reading(max_bytes=10_000)
    item = next(each for each in connector.items(None).items if each.id.endswith("big.txt"))
    with pytest.raises(ItemUnreadable, match=r"big\.txt: has 20,000 bytes"):
        connector.fetch(item)


def test_who_may_read_the_space_may_read_its_pages(source: Wiki) -> None:
    source.write("page", "x")
    assert source.readers() == {"page": {KIM, LEE}}
    assert source.readers(everyone_groups=("Confluence-Users",)) == {"page": {EVERYONE}}
    assert source.readers(everyone_may_read=True) == {"page": {EVERYONE}}


def test_people_and_groups_may_have_a_space_to_themselves(source: Wiki) -> None:
    source.write("page", "x")
    source.server.readers = [("user", "lee"), ("group", "hr-team"), ("group", "confluence-users")][:2]
    assert source.readers() == {"page": {KIM, LEE}}
    source.server.readers = [("group", "no-such-group" if not source.server.is_cloud else "hr-team")]
    assert source.readers() == {"page": {KIM} if source.server.is_cloud else set()}


def test_a_space_that_anybody_may_read_is_for_everyone(data_center: Wiki) -> None:
    data_center.write("page", "x")
    data_center.server.readers = [("anonymous", "")]
    assert data_center.readers() == {"page": {EVERYONE}}


def test_restrictions_are_inherited_and_only_ever_take_away(source: Wiki) -> None:
    add = source.server.add
    open_ = add("page", "open", "<p>x</p>")
    closed = add("page", "closed", "<p>x</p>", groups=["hr-team"], parent=open_.id)
    add("page", "below", "<p>x</p>", parent=closed.id)
    add("page", "wider below", "<p>x</p>", parent=closed.id, people=["kim", "lee"])
    add("page", "none left", "<p>x</p>", parent=closed.id, people=["lee"])
    expected = {
        "open": {EVERYONE},
        "open / closed": {KIM},
        "open / closed / below": {KIM},
        "open / closed / wider below": {KIM},
        "open / closed / none left": set(),
    }
    assert source.readers(everyone_may_read=True) == expected


def test_somebody_outside_of_the_space_gains_nothing_by_a_restriction(source: Wiki) -> None:
    source.server.readers = [("user", "kim")]
    source.server.add("page", "p", "<p>x</p>", people=["kim", "lee"])
    assert source.readers() == {"p": {KIM}}


def test_a_changed_right_is_a_changed_version_of_all_below(source: Wiki) -> None:
    page = source.server.add("page", "p", "<p>x</p>")
    below = source.server.add("page", "below", "<p>x</p>", parent=page.id)
    aside = source.server.add("page", "aside", "<p>x</p>")
    source.server.add("attachment", "f.txt", parent=below.id, data=b"x")
    before = source.versions()
    page.people = ["kim"]
    after = source.versions()
    changed = {id_ for id_, version in after.items() if version != before[id_]}
    assert changed == {f"HR/{page.id}", f"HR/{below.id}", f"HR/{below.id}/att1003/f.txt"}
    assert f"HR/{aside.id}" in after
    document = source.connector.fetch(Item(f"HR/{below.id}", after[f"HR/{below.id}"]))
    assert document.readers == {KIM}


def test_whoever_leaves_a_group_can_no_longer_read(source: Wiki) -> None:
    source.server.add("page", "p", "<p>x</p>")
    before = source.versions()
    source.server.groups["confluence-users"].remove("lee")
    assert source.versions() != before
    assert source.readers() == {"p": {KIM}}


def test_a_space_whose_readers_are_hidden_is_for_nobody_and_the_check_says_so(source: Wiki) -> None:
    source.write("p", "x")
    source.server.shows_permissions = False
    assert source.readers() == {"p": set()}
    with pytest.raises(CredentialsRejected, match="does not say who may read the space HR"):
        source.connector.check()
    assert source.readers(everyone_may_read=True) == {"p": {EVERYONE}}


def test_a_page_whose_restriction_cannot_be_read_is_for_nobody(cloud: Wiki) -> None:
    page = cloud.server.add("page", "new", "<p>x</p>", is_indexed=False, hides_restriction=True)
    cloud.server.add("page", "below", "<p>x</p>", parent=page.id)
    assert cloud.readers(everyone_may_read=True) == {"new": set(), "new / below": set()}


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b'"restrictions": {"read":', b'"_expandable": {"read":'),
        (b'"results": [{"type": "known"', b'"rest": [{"type": "known"'),
    ],
)
def test_a_restriction_that_the_listing_leaves_unsaid_is_asked_for(
    source: Wiki, said: bytes, instead: bytes
) -> None:
    source.server.add("page", "p", "<p>x</p>", people=["kim"])
    real = source.served.answer

    def untold(request: Request) -> Response:
        response = real(request)
        if request.path.endswith(("/content/search", "/rest/api/content")):
            assert said in response.body or b'"results": []' in response.body
            return dataclasses.replace(response, body=response.body.replace(said, instead))
        return response

    source.served.answer = untold
    assert source.readers(everyone_may_read=True) == {"p": {KIM}}


def test_a_page_that_the_search_does_not_know_yet_has_its_rights_and_labels_all_the_same(cloud: Wiki) -> None:
    cloud.server.add("page", "new", "<p>x</p>", is_indexed=False, people=["kim"], labels=["draft"])
    assert cloud.readers(everyone_may_read=True) == {"new": {KIM}}
    assert cloud.documents(without_labels=("draft",)) == {}


def test_folders_are_on_the_way_and_their_restrictions_hold(cloud: Wiki) -> None:
    outer = cloud.server.add("folder", "인사", people=["kim"])
    folder = cloud.server.add("folder", "2026", parent=outer.id)
    cloud.server.add("page", "plan", "<p>x</p>", parent=folder.id)
    assert cloud.readers(everyone_may_read=True) == {"인사 / 2026 / plan": {KIM}}
    outer.hides_restriction = True
    assert cloud.readers(everyone_may_read=True) == {"인사 / 2026 / plan": set()}


def test_a_restriction_of_which_nobody_is_shown_is_for_nobody(source: Wiki) -> None:
    source.server.add("page", "p", "<p>x</p>")
    real = source.served.answer

    def hiding(request: Request) -> Response:
        response = real(request)
        return dataclasses.replace(
            response, body=response.body.replace(b'"limit": 200, "size": 0', b'"size": 2')
        )

    source.served.answer = hiding
    assert source.readers(everyone_may_read=True) == {"p": set()}


def test_a_folder_that_cannot_be_seen_shuts_everybody_out(cloud: Wiki) -> None:
    folder = cloud.server.add("folder", "hidden", is_forbidden=True)
    cloud.server.add("page", "plan", "<p>x</p>", parent=folder.id)
    assert cloud.readers(everyone_may_read=True) == {"plan": set()}


def test_pages_that_stand_below_each_other_are_for_nobody(cloud: Wiki) -> None:
    one = cloud.server.add("page", "one", "<p>x</p>")
    one.parent = cloud.server.add("page", "two", "<p>x</p>", parent=one.id).id
    assert set(cloud.readers(everyone_may_read=True).values()) == {frozenset()}


def test_people_whose_address_is_hidden_are_granted_nothing(cloud: Wiki) -> None:
    cloud.server.emails.clear()
    cloud.server.add("page", "p", "<p>x</p>", people=["kim"])
    assert cloud.readers(everyone_may_read=True) == {"p": set()}


def test_without_a_domain_data_center_names_nobody_unless_user_names_are_addresses(data_center: Wiki) -> None:
    data_center.server.groups["confluence-users"] = ["kim", "choi@corp.example"]
    data_center.write("p", "x")
    assert data_center.readers(email_domain="") == {"p": {"email:choi@corp.example"}}


def test_people_who_are_mentioned_are_named(source: Wiki) -> None:
    key = 'ri:account-id="kim"' if source.server.is_cloud else 'ri:userkey="key-kim"'
    source.server.add("page", "p", f"<p>담당: <ac:link><ri:user {key} /></ac:link></p>")
    document = source.documents()["p"]
    assert parse(document.content, document.id, document.media_type).sections[0].text == "담당: @Kim"


def test_a_space_that_is_not_shown_is_an_error_and_not_an_empty_one(source: Wiki) -> None:
    for ask in (
        source.reading(spaces=("HR", "GONE")).check,
        lambda: source.reading(spaces=("GONE",)).items(None),
    ):
        with pytest.raises(SourceUnavailable, match="no space with the key GONE"):
            ask()


def test_several_spaces_keep_their_pages_apart(source: Wiki) -> None:
    source.server.spaces["ENG"] = "200"
    source.server.add("page", "a", "<p>x</p>")
    source.server.add("page", "b", "<p>x</p>", space="ENG")
    ids = [item.id for item in source.reading(spaces=()).items(None).items]
    assert ids == ["ENG/1001", "HR/1000"]


def test_a_listing_that_goes_in_circles_is_no_listing(source: Wiki) -> None:
    for number in range(10):
        source.write(str(number), "x")
    source.server.loops = True
    with pytest.raises(SourceUnavailable, match="circles"):
        source.connector.items(None)


@pytest.mark.parametrize(
    "body", [b'{"message": "busy"}', b'{"results": null}', b'{"results": ["x"]}', b"[]", b"<html>"]
)
def test_an_answer_that_is_none_is_no_empty_listing(source: Wiki, body: bytes) -> None:
    source.write("a", "x")
    source.served.answer = lambda _: Response(200, body)
    with pytest.raises(SourceUnavailable):
        source.connector.items(None)


def test_wrong_credentials_say_what_to_mend_and_not_the_token(source: Wiki) -> None:
    wrong = source.reading(token=Secret("wrong-canary"))
    with pytest.raises(CredentialsRejected, match="Make a new token") as caught:
        wrong.check()
    assert "canary" not in f"{caught.value!r}{caught.value}"


def test_a_next_page_at_another_site_is_refused(source: Wiki) -> None:
    real = source.served.answer

    def elsewhere(request: Request) -> Response:
        response = real(request)
        if request.path.endswith(("/content", "/pages")):
            return Response(200, b'{"results": [], "_links": {"next": "http://127.0.0.2/steal"}}')
        return response

    source.served.answer = elsewhere
    with pytest.raises(SourceUnavailable, match="another site"):
        source.connector.items(None)


def test_a_download_that_leads_to_a_private_address_is_refused(source: Wiki) -> None:
    page = source.server.add("page", "p", "<p>x</p>")
    source.server.add("attachment", "f.txt", parent=page.id, data=b"x")
    item = next(each for each in source.connector.items(None).items if each.id.endswith("f.txt"))
    real = source.served.answer
    source.served.answer = lambda request: (
        Response(302, headers={"Location": "http://127.0.0.2:1/"})
        if "/download/" in request.path
        else real(request)
    )
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.2"):
        source.connector.fetch(item)


def test_a_fetch_needs_no_listing_before_it(source: Wiki) -> None:
    id_ = source.write("a", "text")
    (item,) = source.connector.items(None).items
    assert b"text" in source.reading().fetch(item).content
    assert item.id == id_


def test_ten_thousand_pages_are_listed_with_few_requests(source: Wiki) -> None:
    source.server.page_size = 100
    for number in range(10_000):
        source.server.add("page", f"page {number}", "<p>x</p>", parent="1000" if number else "")
    listing = source.connector.items(None)
    assert len({item.id for item in listing.items}) == 10_000
    assert len(source.served.requests) < 250


@pytest.mark.parametrize(
    "settings", [{"url": "wiki.corp"}, {"url": "file:///etc"}, {"email": ""}, {"requests_per_second": 0}]
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, Any]) -> None:
    valid = Confluence(url="https://corp.atlassian.net", token=Secret("x"), email="a@b.c")
    with pytest.raises(ValueError, match=next(iter(settings))):
        dataclasses.replace(valid, **settings)


def test_people_whose_profiles_are_not_shown_leave_a_page_readable(source: Wiki) -> None:
    key = 'ri:account-id="park"' if source.server.is_cloud else 'ri:userkey="key-park"'
    source.server.add("page", "p", f"<p>담당: <ac:link><ri:user {key} /></ac:link></p>", people=["park"])
    real = source.served.answer
    source.served.answer = lambda request: (
        Response(403, b"{}") if request.path.endswith(("/users-bulk", "/user")) else real(request)
    )
    (document,) = source.documents(everyone_may_read=True, email_domain="").values()
    assert document.readers == set()
    assert parse(document.content, document.id, document.media_type).sections[0].text == "담당:"


@pytest.mark.parametrize("piece", ["<", "<ri:user ", '<ri:user ri:account-id="a" ', "<![CDATA[", "&"])
def test_a_page_made_to_be_slow_is_read_all_the_same(cloud: Wiki, piece: str) -> None:
    cloud.server.add("page", "p", piece * 100_000 + "end")
    document = cloud.documents()["p"]
    assert document.content.endswith(b"end")
