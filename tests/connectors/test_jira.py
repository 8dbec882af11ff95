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
from connectors.jira import Jira
from tests.connectors.contract import HttpConnectorContract
from tests.connectors.http_source import Response, Served
from tests.connectors.jira_server import EMAIL, TOKEN, Issue, JiraServer, jira

HERE = Machine(private=("127.0.0.1",))
KIM, LEE = "email:kim@corp.example", "email:lee@corp.example"


class Tracker:
    """A Jira with a connector that reads it, as the contract handles a source."""

    def __init__(self, server: JiraServer) -> None:
        self.server = server
        self.served: Served = server.served
        self.connector: Jira = self.reading()

    def reading(self, **settings: Any) -> Jira:
        return Jira(
            **{
                "url": self.served.url,
                "token": Secret(TOKEN),
                "email": EMAIL if self.server.is_cloud else "",
                "projects": ("HR",),
                "requests_per_second": 100_000,
                "machine": HERE,
                **settings,
            }
        )

    def _named(self, name: str) -> Issue | None:
        return next((issue for issue in self.server.issues.values() if issue.summary == name), None)

    def write(self, name: str, text: str) -> str:
        if issue := self._named(name):
            issue.text, issue.updates = text, issue.updates + 1
        else:
            issue = self.server.add(name, text)
        return f"HR/{issue.key}"

    def delete(self, name: str) -> None:
        issue = self._named(name)
        assert issue
        del self.server.issues[issue.key]

    def make_unreadable(self, name: str) -> None:
        issue = self._named(name)
        assert issue
        issue.is_forbidden = True

    def vanish(self) -> None:
        self.served.stop()

    def documents(self, **settings: Any) -> dict[str, Document]:
        """By id."""
        connector = self.reading(**settings)
        return {item.id: connector.fetch(item) for item in connector.items(None).items}

    def text(self, **settings: Any) -> str:
        (document,) = self.documents(**settings).values()
        sections = parse(document.content, document.id, document.media_type).sections
        return "\n".join(f"{' > '.join(section.path)}\n{section.text}" for section in sections)

    def readers(self, **settings: Any) -> frozenset[str]:
        (document,) = self.documents(**settings).values()
        return document.readers

    def version(self) -> str:
        (item,) = self.connector.items(None).items
        return item.version


@pytest.fixture(params=["cloud", "data center"])
def source(request: pytest.FixtureRequest) -> Iterator[Tracker]:
    with jira(is_cloud=request.param == "cloud") as server:
        yield Tracker(server)


@pytest.fixture
def cloud() -> Iterator[Tracker]:
    with jira(is_cloud=True) as server:
        yield Tracker(server)


@pytest.fixture
def data_center() -> Iterator[Tracker]:
    with jira(is_cloud=False) as server:
        yield Tracker(server)


class TestContract(HttpConnectorContract):
    pass


def test_an_issue_is_a_table_its_description_and_its_comments(source: Tracker) -> None:
    issue = source.server.add("노트북 <신청>", "맥북 & 모니터")
    issue.fields = {"labels": ["it", "장비"], "fixVersions": [{"name": "2026.1"}],
                    "parent": {"key": "HR-0", "fields": {"summary": "입사"}}}  # fmt: skip
    issue.comments = [source.server.comment("kim", f"답 {number}") for number in range(5)]
    (document,) = source.documents().values()
    assert (document.id, document.title) == ("HR/HR-1", "HR-1 노트북 <신청>")
    assert document.url == f"{source.served.url}/browse/HR-1"
    assert document.authors == ("Lee", "Kim")
    assert document.updated_at is not None
    assert document.updated_at.isoformat() == "2026-03-02T18:00:00+09:00"
    text = source.text()
    assert "| 상태 | 담당자 | Reporter | Labels | Fix versions | Parent |" in text
    assert "| 완료 | Kim | Lee | it, 장비 | 2026.1 | HR-0 입사 |" in text
    assert "맥북 & 모니터" in text
    assert all(f"Kim 2026-03-03\n답 {number}" in text for number in range(5))
    assert "답 0" not in source.text(comments=False)


def test_wiki_markup_that_is_not_rendered_is_read_as_it_is(data_center: Tracker) -> None:
    data_center.server.add("a", "b < c")
    real = data_center.served.answer
    data_center.served.answer = lambda request: (
        Response(200, real(request).body.replace(b'"renderedFields"', b'"x"'))
        if "/issue/" in request.path
        else real(request)
    )
    assert "h2. 개요\nb < c" in data_center.text()


def test_an_issue_with_a_security_level_is_never_read(source: Tracker) -> None:
    issue = source.server.add("salary", "canary", files=[("7", "pay.txt", b"canary")])
    connector = source.reading(attachments=True)
    listed = connector.items(None).items
    assert [item.id for item in listed] == ["HR/HR-1", "HR/HR-1/7/pay.txt"]
    issue.fields = {"security": {"id": "1", "name": "HR only"}}
    assert connector.items(None).items == ()
    fresh = source.reading(attachments=True)
    issue.fields = {}
    fresh.items(None)
    issue.fields = {"security": {"id": "1", "name": "HR only"}}  # set between listing and reading
    for item in listed:
        with pytest.raises(ItemUnreadable, match=f"{item.id}: has a security level"):
            fresh.fetch(item)


def test_comments_for_some_people_alone_are_not_read(source: Tracker) -> None:
    issue = source.server.add("a")
    issue.comments = [
        source.server.comment("kim", "open"),
        source.server.comment("kim", "canary", visibility={"type": "role", "value": "Administrators"}),
        source.server.comment("kim", "canary", jsdPublic=False),
        source.server.comment("kim", "public", jsdPublic=True),
    ]
    text = source.text()
    assert "open" in text
    assert "public" in text
    assert "canary" not in text


def test_attached_documents_are_read_if_wanted(source: Tracker) -> None:
    source.server.add("a", files=[("7", "규정.md", "# 규정".encode()), ("8", "photo.png", b"png")])
    assert list(source.documents()) == ["HR/HR-1"]
    document = source.documents(attachments=True)["HR/HR-1/7/규정.md"]
    assert document.content.decode() == "# 규정"
    assert (document.title, document.media_type) == ("HR-1 / 규정.md", "text/markdown")
    assert document.readers == {KIM, LEE}


def test_a_file_that_is_too_large_is_set_aside_by_name(source: Tracker) -> None:
    source.server.add("a", files=[("7", "big.txt", b"x" * 20_000)])
    connector = source.reading(attachments=True, max_bytes=10_000)
    item = connector.items(None).items[1]
    with pytest.raises(ItemUnreadable, match=r"big\.txt: has 20,000 bytes"):
        connector.fetch(item)


def test_who_may_browse_the_project_may_read_its_issues(source: Tracker) -> None:
    source.server.add("a")
    assert source.readers() == {KIM, LEE}
    assert source.readers(everyone_groups=("Jira-Users",)) == {EVERYONE}
    assert source.readers(everyone_may_read=True) == {EVERYONE}


def test_roles_and_people_of_the_scheme_are_readers_and_reporters_are_not(source: Tracker) -> None:
    server = source.server
    server.add("a")
    server.holders = [{"type": "projectRole", "parameter": "10"}, {"type": "reporter"}, {"type": "assignee"}]
    assert source.readers() == set()
    group = {"name": "hr-team", "displayName": "hr-team", "groupId": "id-hr-team"}
    server.role = [
        {"type": "atlassian-group-role-actor", "name": "hr-team", "actorGroup": group},
        {"type": "atlassian-user-role-actor", "name": "lee", "actorUser": {"accountId": "lee"}},
    ]
    assert source.readers() == {KIM, LEE}
    server.holders = [server.user_holder("lee")]
    assert source.readers() == {LEE}


@pytest.mark.parametrize(
    ("holder", "readers"),
    [
        ({"type": "anyone"}, {EVERYONE}),
        ({"type": "applicationRole"}, {EVERYONE}),
        ({"type": "applicationRole", "parameter": "jira-software"}, set()),
        ({"type": "sd.customer.portal.only"}, set()),
        ({"type": "something new", "parameter": "x"}, set()),
    ],
)
def test_only_whoever_is_signed_in_is_everyone(
    source: Tracker, holder: dict[str, str], readers: set[str]
) -> None:
    source.server.add("a")
    source.server.holders = [holder]
    assert source.readers() == readers


def test_whoever_leaves_a_group_can_no_longer_read(source: Tracker) -> None:
    source.server.add("a")
    before = source.version()
    assert source.version() == before
    source.server.groups["jira-users"].remove("lee")
    assert source.version() != before
    assert source.readers() == {KIM}


def test_a_project_whose_readers_are_hidden_is_for_nobody_and_the_check_says_so(source: Tracker) -> None:
    source.server.add("a")
    source.server.holders = None
    assert source.readers() == set()
    with pytest.raises(CredentialsRejected, match="does not say who may browse the project HR"):
        source.connector.check()


def test_people_whose_address_is_hidden_are_granted_nothing(source: Tracker) -> None:
    source.server.add("a")
    source.server.emails.clear()
    assert source.readers() == set()
    if not source.server.is_cloud:
        assert source.readers(email_domain="corp.example") == {KIM, LEE}


def test_projects_and_a_search_choose_issues(source: Tracker) -> None:
    source.server.add("a")
    source.server.add("b", project="ENG")
    assert list(source.documents(projects=("ENG",), jql="labels = faq OR labels = x ")) == ["ENG/ENG-2"]
    assert (
        source.server.searched[-1] == 'project in ("ENG") AND (labels = faq OR labels = x) ORDER BY key ASC'
    )
    assert len(source.documents(projects=(), jql="labels = faq")) == 2


def test_a_search_that_jira_refuses_is_told_when_it_is_checked(source: Tracker) -> None:
    source.served.fail(400)
    with pytest.raises(CredentialsRejected, match="does not understand the search"):
        source.connector.check()


def test_a_listing_that_goes_in_circles_is_no_listing(cloud: Tracker) -> None:
    for number in range(10):
        cloud.write(str(number), "x")
    cloud.server.loops = True
    with pytest.raises(SourceUnavailable, match="circles"):
        cloud.connector.items(None)


def test_a_listing_that_breaks_off_is_no_listing(cloud: Tracker) -> None:
    cloud.served.answer = lambda _: Response(200, b'{"issues": [], "isLast": false}')
    with pytest.raises(SourceUnavailable, match="breaks off"):
        cloud.connector.items(None)


def test_a_page_that_is_empty_before_the_end_is_no_listing(data_center: Tracker) -> None:
    data_center.served.answer = lambda _: Response(200, b'{"startAt": 0, "total": 5, "issues": []}')
    with pytest.raises(SourceUnavailable, match="after 0 of 5"):
        data_center.connector.items(None)


def test_a_listing_in_which_issues_went_meanwhile_deletes_nothing(data_center: Tracker) -> None:
    for number in range(5):
        data_center.write(str(number), "x")
    real = data_center.served.answer

    def shrinking(request: Any) -> Response:
        response = real(request)
        data_center.server.issues.pop("HR-1", None)
        return response

    data_center.served.answer = shrinking
    listing = data_center.connector.items(None)
    assert not listing.is_complete


@pytest.mark.parametrize(
    "body", [b'{"errorMessages": ["busy"]}', b'{"issues": null}', b'{"issues": ["x"]}', b"[]", b"<a>"]
)
def test_an_answer_that_is_none_is_no_empty_listing(source: Tracker, body: bytes) -> None:
    source.write("a", "x")
    source.served.answer = lambda _: Response(200, body)
    with pytest.raises(SourceUnavailable):
        source.connector.items(None)


def test_wrong_credentials_say_what_to_mend_and_not_the_token(source: Tracker) -> None:
    with pytest.raises(CredentialsRejected, match="Make a new token") as caught:
        source.reading(token=Secret("wrong-canary")).check()
    assert "canary" not in f"{caught.value!r}{caught.value}"


def test_a_file_at_another_site_is_not_read(source: Tracker) -> None:
    source.server.add("a", files=[("7", "f.txt", b"x")])
    connector = source.reading(attachments=True)
    item = connector.items(None).items[1]
    source.served.url = "http://127.0.0.2:1"  # what the site says of its own address
    with pytest.raises(SourceUnavailable, match="another site"):
        connector.fetch(item)


def test_a_fetch_needs_no_listing_before_it(source: Tracker) -> None:
    id_ = source.write("a", "text")
    assert b"text" in source.reading().fetch(Item(id_, "")).content


def test_ten_thousand_issues_are_listed_with_few_requests(source: Tracker) -> None:
    source.server.page_size = 100
    for number in range(10_000):
        source.server.add(f"issue {number}")
    listing = source.connector.items(None)
    assert listing.is_complete
    assert len({item.id for item in listing.items}) == 10_000
    assert len(source.served.requests) < 110


@pytest.mark.parametrize(
    "settings",
    [{"url": "jira.corp"}, {"projects": ('HR" OR project in ("X',)}, {"jql": "a = b order  by key"},
     {"projects": ()},
        {"email": ""}, {"requests_per_second": 0}],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, Any]) -> None:
    valid = Jira(url="https://corp.atlassian.net", token=Secret("x"), email="a@b.c", projects=("HR",))
    with pytest.raises(ValueError, match=next(iter(settings))):
        dataclasses.replace(valid, **settings)


def test_an_issue_that_was_moved_since_it_was_listed_is_not_read_for_those_of_its_old_project(
    source: Tracker,
) -> None:
    moved = source.server.add("a", files=[("7", "f.txt", b"canary")])
    connector = source.reading(attachments=True)
    listed = connector.items(None).items
    moved.key = "SECRET-9"  # Jira still answers for the old key
    for item in listed:
        with pytest.raises(ItemUnreadable, match=f"{item.id}: was moved to SECRET-9"):
            connector.fetch(item)


def test_people_whose_profiles_are_not_shown_are_granted_nothing(source: Tracker) -> None:
    source.server.add("a")
    source.server.emails.clear()
    real = source.served.answer
    source.served.answer = lambda request: Response(403, b"{}") if "/user" in request.path else real(request)
    assert source.readers() == set()
