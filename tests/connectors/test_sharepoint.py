from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from connectors import sharepoint
from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Item,
    ItemUnreadable,
    Machine,
    Secret,
    SourceUnavailable,
)
from connectors.sharepoint import SharePoint
from tests.connectors.contract import HttpConnectorContract, Source, fill
from tests.connectors.http_source import Request, Response
from tests.connectors.sharepoint_server import DRIVE, PLACE, SECRET, SITE, Library, library

GROUP = "11111111-2222-3333-4444-555555555555"
HERE = Machine(private=("127.0.0.1",))


class SharePointSource:
    def __init__(self, running: Library) -> None:
        self.library = running
        self.served = running.graph
        self.connector: Any = SharePoint(
            "contoso.onmicrosoft.com",
            "client",
            Secret(SECRET),
            sites=(SITE,),
            graph_url=f"{running.graph.url}/v1.0",
            login_url=running.graph.url,
            max_bytes=10_000,
            machine=HERE,
        )

    def write(self, name: str, text: str) -> str:
        return f"{PLACE}/{self.library.put(name, text.encode())}"

    def delete(self, name: str) -> None:
        self.library.delete(name)

    def make_unreadable(self, name: str) -> None:
        self.library.at(name).is_blocked = True

    def vanish(self) -> None:
        self.library.graph.stop()

    def share(self, name: str, *permissions: dict[str, Any]) -> None:
        """Give a file or folder rights of its own."""
        item = self.library.at(name) if name else self.library.stored["root"]
        item.permissions = list(permissions)
        if name:
            self.library.happened(item, to_content=False)


@pytest.fixture
def source() -> Iterator[SharePointSource]:
    with library() as running:
        yield SharePointSource(running)


class TestSharePointKeepsTheContract(HttpConnectorContract):
    pass


def person(address: str, role: str = "read") -> dict[str, Any]:
    return {"id": address, "roles": [role], "grantedToV2": {"user": {"displayName": "x", "email": address}}}


def group(id_: str) -> dict[str, Any]:
    return {"id": id_, "roles": ["write"], "grantedToV2": {"group": {"id": id_, "displayName": "HR"}}}


def member(address: str, **more: Any) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.user", "id": address, "mail": address, **more}


def versions(listing: Any) -> dict[str, str]:
    return {item.id: item.version for item in listing.items}


def readers(source: SharePointSource, id_: str) -> frozenset[str]:
    found: frozenset[str] = replace(source.connector).fetch(Item(id_, "")).readers
    return found


def test_a_document_says_its_path_address_and_authors(source: SharePointSource) -> None:
    id_ = source.write("인사/휴가 50%/연차 규정.md", "15일")
    document = source.connector.fetch(Item(id_, ""))
    assert document.title == "인사/휴가 50%/연차 규정.md"
    assert document.url.startswith(f"{SITE}/Shared%20Documents/%EC%97%B0")
    assert document.authors == ("김연차",)
    assert document.readers == {EVERYONE}


def test_the_token_does_not_travel_to_the_storage(source: SharePointSource) -> None:
    id_ = source.write("a.md", "text")
    source.connector.fetch(Item(id_, ""))
    (asked,) = source.library.storage.requests
    assert "authorization" not in asked.headers


def test_a_download_that_leads_to_a_private_address_is_refused(source: SharePointSource) -> None:
    id_ = source.write("a.md", "text")
    source.library.storage.url = source.library.storage.url.replace("127.0.0.1", "127.0.0.2")
    with pytest.raises(SourceUnavailable, match=r"private address 127\.0\.0\.2") as caught:
        source.connector.fetch(Item(id_, ""))
    assert "tempauth" not in str(caught.value)


@pytest.mark.parametrize("link", ["@odata.nextLink", "@odata.deltaLink"])
def test_the_token_goes_to_no_other_host_that_a_page_names(source: SharePointSource, link: str) -> None:
    answer = source.served.answer

    def elsewhere(request: Request) -> Response:
        given = answer(request)
        if not request.path.endswith("/delta"):
            return given
        page = {"value": [], link: f"{source.library.storage.url}/v1.0/drives/x/root/delta"}
        return Response(200, json.dumps(page).encode())

    source.served.answer = elsewhere
    with pytest.raises(SourceUnavailable, match="another host"):
        source.connector.items(source.connector.items(None).cursor)
    assert source.library.storage.requests == []


def test_pages_that_lead_in_a_circle_end(source: SharePointSource) -> None:
    answer = source.served.answer

    def circling(request: Request) -> Response:
        given = answer(request)
        if not request.path.endswith("/delta"):
            return given
        page = {"value": [], "@odata.nextLink": f"{source.served.url}/v1.0/drives/{DRIVE}/root/delta?token=1"}
        return Response(200, json.dumps(page).encode())

    source.served.answer = circling
    with pytest.raises(SourceUnavailable, match="circle"):
        source.connector.items(None)


@pytest.mark.parametrize("body", [b'{"error": {"code": "x"}}', b"[]", b'{"value": 1}', b'{"value": []}'])
def test_a_200_that_is_no_page_is_an_error(source: SharePointSource, body: bytes) -> None:
    answer = source.served.answer
    source.served.answer = lambda r: Response(200, body) if r.path.endswith("/delta") else answer(r)
    with pytest.raises(SourceUnavailable):
        source.connector.items(None)


def test_changes_are_followed_by_the_feed(source: SharePointSource) -> None:
    written = fill(as_source(source))
    source.write("picture.png", "x")
    first = source.connector.items(None)
    quiet = source.connector.items(first.cursor)
    assert (quiet.items, quiet.removed, quiet.is_complete) == ((), (), False)
    source.write("document 01.md", "changed")
    new = source.write("new.md", "new")
    source.write("another.png", "x")
    source.delete("document 02.md")
    asked = len(source.served.requests)
    changes = source.connector.items(quiet.cursor)
    assert len(source.served.requests) - asked < 15  # and not all the pages again
    assert {item.id for item in changes.items} == {written[1], new}
    assert written[2] in changes.removed
    assert not changes.is_complete
    whole = versions(source.connector.items(None))
    assert {**versions(first), **versions(changes)} == {**whole, written[2]: versions(first)[written[2]]}
    assert source.connector.items(changes.cursor).items == ()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "{}",
        "[1]",
        '{"listed_at": 1, "drives": 5}',
        '{"listed_at": "2026-01-01", "drives": {"a": {}}}',
        '{"listed_at": "2026-01-01T00:00:00+00:00", "drives": {}}',
    ],
)
def test_a_cursor_that_cannot_be_read_lists_everything(source: SharePointSource, cursor: str) -> None:
    source.write("a.md", "text")
    listing = source.connector.items(cursor)
    assert listing.is_complete
    assert len(listing.items) == 1


def test_a_feed_that_does_not_go_back_so_far_lists_everything(source: SharePointSource) -> None:
    source.write("a.md", "text")
    cursor = source.connector.items(None).cursor
    source.write("b.md", "text")
    source.library.forgotten = 10
    listing = source.connector.items(cursor)
    assert listing.is_complete
    assert len(listing.items) == 2


def test_very_many_changes_are_taken_from_a_whole_listing(
    source: SharePointSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharepoint, "_MANY_CHANGES", 2)
    cursor = source.connector.items(None).cursor
    for number in range(3):
        source.write(f"{number}.md", "text")
    assert source.connector.items(cursor).is_complete


def test_several_threads_share_one_token(source: SharePointSource) -> None:
    ids = [source.write(f"{number}.md", f"text {number}") for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda id_: source.connector.fetch(Item(id_, "")), ids))
    assert [document.content.decode() for document in found] == [f"text {number}" for number in range(8)]
    assert source.library.tokens == 1


def test_a_renamed_file_has_another_version(source: SharePointSource) -> None:
    id_ = source.write("a.md", "text")
    first = source.connector.items(None)
    item = source.library.at("a.md")
    item.name = "b.md"
    source.library.happened(item, to_content=False)
    changes = source.connector.items(first.cursor)
    assert versions(changes)[id_] != versions(first)[id_]
    item.name = "b.png"
    source.library.happened(item, to_content=False)
    assert source.connector.items(changes.cursor).removed == (id_,)


@pytest.mark.parametrize("what", ["rename", "delete"])
def test_what_happens_to_a_folder_happens_to_all_below(source: SharePointSource, what: str) -> None:
    id_ = source.write("old/deep/a.md", "text")
    first = source.connector.items(None)
    if what == "rename":
        folder = source.library.at("old")
        folder.name = "new"
        source.library.happened(folder, to_content=False)
    else:
        source.delete("old")
    second = source.connector.items(first.cursor)
    assert second.is_complete
    if what == "rename":
        assert versions(second)[id_] != versions(first)[id_]
        assert source.connector.fetch(second.items[0]).title == "new/deep/a.md"
    else:
        assert second.items == ()


def test_who_is_named_may_read_and_a_revocation_is_a_change(source: SharePointSource) -> None:
    id_, other = source.write("a.md", "text"), source.write("b.md", "text")
    source.share("a.md", person("Kim@Contoso.com"), person("lee@contoso.com", "write"))
    first = source.connector.items(None)
    assert readers(source, id_) == {"email:kim@contoso.com", "email:lee@contoso.com"}
    assert readers(source, other) == {EVERYONE}
    source.share("a.md", person("lee@contoso.com"))
    changes = source.connector.items(first.cursor)
    assert list(versions(changes)) == [id_]
    assert versions(changes)[id_] != versions(first)[id_]
    assert readers(source, id_) == {"email:lee@contoso.com"}
    assert versions(source.connector.items(None))[id_] == versions(changes)[id_]


def test_a_revocation_on_a_folder_reaches_what_is_below(source: SharePointSource) -> None:
    id_, other = source.write("closed/deep/a.md", "text"), source.write("b.md", "text")
    first = source.connector.items(None)
    source.share("closed", person("kim@contoso.com"))
    second = source.connector.items(first.cursor)
    assert versions(second)[id_] != versions(first)[id_]
    assert versions(second)[other] == versions(first)[other]
    assert readers(source, id_) == {"email:kim@contoso.com"}


def test_who_leaves_the_group_of_a_library_is_noticed_at_once(source: SharePointSource) -> None:
    id_ = source.write("a.md", "text")
    source.share("", group(GROUP))
    source.library.groups[GROUP] = [member("kim@contoso.com"), member("lee@contoso.com")]
    first = source.connector.items(None)
    source.library.groups[GROUP].pop()
    second = source.connector.items(first.cursor)
    assert versions(second)[id_] != versions(first)[id_]
    assert readers(source, id_) == {"email:kim@contoso.com"}


def test_who_leaves_a_group_that_one_file_is_shared_with_is_noticed_by_the_next_whole_listing(
    source: SharePointSource,
) -> None:
    id_ = source.write("a.md", "text")
    source.share("a.md", group(GROUP))
    source.library.groups[GROUP] = [member("kim@contoso.com"), member("lee@contoso.com")]
    first = source.connector.items(None)
    source.library.groups[GROUP].pop()
    assert source.connector.items(first.cursor).items == ()
    second = replace(source.connector, whole_every_hours=0).items(first.cursor)
    assert second.is_complete
    assert versions(second)[id_] != versions(first)[id_]


def site_user(claim: str, email: str | None = None) -> dict[str, Any]:
    return {"roles": ["read"], "grantedToV2": {"siteUser": {"loginName": claim, "email": email}}}


def link(scope: str, *addresses: str, **more: Any) -> dict[str, Any]:
    people = [{"user": {"email": address}} for address in addresses]
    return {
        "roles": ["read"],
        "link": {"scope": scope, "type": "view"},
        "grantedToIdentitiesV2": people,
        **more,
    }


SITE_GROUP = {
    "roles": ["write"],
    "grantedToV2": {
        "siteGroup": {"displayName": "HR Members", "id": "5", "loginName": "HR Members"},
        "user": {"@odata.type": "#microsoft.graph.sharePointIdentity", "displayName": "HR Members"},
    },
}


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        (person("kim@contoso.com", "owner"), {"email:kim@contoso.com"}),
        (person("kim@contoso.com", "sp.limited access"), set()),
        ({"roles": ["read"], "grantedTo": {"user": {"email": "old@contoso.com"}}}, {"email:old@contoso.com"}),
        ({"roles": ["read"], "grantedToV2": {"user": {"id": "u1"}}}, {"email:lee@contoso.com"}),
        ({"roles": ["read"], "grantedToV2": {"user": {"id": "unknown"}}}, set()),
        ({"roles": ["read"], "grantedToV2": {"application": {"id": "a1"}}}, set()),
        (group(GROUP), {"email:kim@contoso.com", "email:upn@contoso.com"}),
        (group("99999999-2222-3333-4444-555555555555"), set()),
        (site_user(f"c:0t.c|tenant|{GROUP}"), {"email:kim@contoso.com", "email:upn@contoso.com"}),
        (site_user(f"c:0o.c|federateddirectoryclaimprovider|{GROUP}_o"), {"email:owner@contoso.com"}),
        (site_user("c:0-.f|rolemanager|spo-grid-all-users/1"), {EVERYONE}),
        (site_user("i:0#.f|membership|kim@contoso.com"), {"email:kim@contoso.com"}),
        (site_user("i:0#.f|membership|a_b.com#ext#@contoso.onmicrosoft.com"), set()),
        (SITE_GROUP, set()),
        (link("organization"), {EVERYONE}),
        (link("anonymous"), {EVERYONE}),
        (link("anonymous", hasPassword=True), set()),
        (link("users", "park@contoso.com"), {"email:park@contoso.com"}),
        (link("existingAccess"), set()),
        (link("organization", expirationDateTime="2020-01-01T00:00:00Z"), set()),
        (link("organization", expirationDateTime="2999-01-01T00:00:00Z"), {EVERYONE}),
    ],
)
def test_permissions_let_in_whom_they_name(
    source: SharePointSource, permission: dict[str, Any], expected: set[str]
) -> None:
    source.library.users["u1"] = member("lee@contoso.com")
    source.library.groups[GROUP] = [
        member("kim@contoso.com"),
        {"@odata.type": "#microsoft.graph.user", "mail": None, "userPrincipalName": "upn@contoso.com"},
        member("gone@contoso.com", accountEnabled=False),
        {"@odata.type": "#microsoft.graph.group", "mail": "group@contoso.com"},
        {"@odata.type": "#microsoft.graph.device", "id": "d"},
    ]
    source.library.groups[f"{GROUP}_o"] = [member("owner@contoso.com")]
    id_ = source.write("a.md", "text")
    source.share("a.md", permission)
    assert readers(source, id_) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("hr members = hr@contoso.com", {"email:kim@contoso.com"}),
        (f"HR Members={GROUP}", {"email:kim@contoso.com"}),
        ("HR Members = everyone", {EVERYONE}),
        ("Others = everyone", set()),
    ],
)
def test_a_group_of_sharepoint_is_who_the_settings_say(
    source: SharePointSource, line: str, expected: set[str]
) -> None:
    source.library.mails["hr@contoso.com"] = GROUP
    source.library.groups[GROUP] = [member("kim@contoso.com")]
    id_ = source.write("a.md", "text")
    source.share("a.md", SITE_GROUP)
    source.connector = replace(source.connector, site_groups=(line,))
    assert readers(source, id_) == expected


def test_check_names_groups_that_let_nobody_in(source: SharePointSource) -> None:
    source.share("", SITE_GROUP, group("99999999-2222-3333-4444-555555555555"))
    said = source.connector.check()
    assert "HR, HR Members" in said
    assert "site_groups" in said


def test_everyone_may_read_where_an_admin_says_so(source: SharePointSource) -> None:
    id_ = source.write("a.md", "text")
    source.share("", person("kim@contoso.com"))
    source.connector = replace(source.connector, everyone_may_read=True)
    assert readers(source, id_) == {EVERYONE}
    assert not [request for request in source.served.requests if "permissions" in request.path]


def test_a_wrong_secret_is_told_with_its_mend(source: SharePointSource) -> None:
    with pytest.raises(CredentialsRejected, match=r"AADSTS7000215.*the value of the secret") as caught:
        replace(source.connector, client_secret=Secret("hunter2")).check()
    assert "hunter2" not in str(caught.value)


def test_a_token_that_was_revoked_is_asked_for_anew(source: SharePointSource) -> None:
    source.write("a.md", "text")
    source.connector.items(None)
    source.library.tokens += 1  # the one we hold is no longer known
    assert len(source.connector.items(None).items) == 1


def test_a_missing_permission_names_the_page_that_tells_it(source: SharePointSource) -> None:
    source.connector.check()
    source.served.fail(403)
    for ask in (source.connector.check, lambda: source.connector.items(None)):
        with pytest.raises(CredentialsRejected, match="application permissions"):
            ask()


def test_a_site_that_is_not_there_is_named(source: SharePointSource) -> None:
    with pytest.raises(SourceUnavailable, match="no site https://contoso"):
        replace(source.connector, sites=("https://contoso.sharepoint.com/sites/it",)).check()
    with pytest.raises(SourceUnavailable, match="no user lee"):
        replace(source.connector, sites=(), users=("lee@contoso.com",)).check()


def test_a_library_that_is_not_there_is_named(source: SharePointSource) -> None:
    source.write("a.md", "text")
    assert len(replace(source.connector, libraries=("documents",)).items(None).items) == 1
    with pytest.raises(SourceUnavailable, match="library policies"):
        replace(source.connector, libraries=("Policies",)).items(None)


def test_a_drive_found_twice_is_listed_once(source: SharePointSource) -> None:
    source.write("a.md", "text")
    twice = replace(source.connector, users=("kim@contoso.com",))
    assert len(twice.items(None).items) == 1


def test_patterns_choose_by_path(source: SharePointSource) -> None:
    wanted = source.write("hr/a.md", "x")
    source.write("hr/drafts/b.md", "x")
    source.write("it/c.md", "x")
    chosen = replace(source.connector, include=("hr/**",), exclude=("**/drafts/**",))
    first = chosen.items(None)
    assert list(versions(first)) == [wanted]
    source.write("it/c.md", "changed")
    source.write("hr/a.md", "changed")
    assert list(versions(chosen.items(first.cursor))) == [wanted]
    other = replace(chosen, include=("hr/**", "it/**")).items(first.cursor)
    assert other.is_complete  # the feed would say nothing of what is chosen only now
    assert len(other.items) == 2
    swapped = replace(chosen, include=chosen.exclude, exclude=chosen.include).items(first.cursor)
    assert swapped.is_complete


def test_a_large_file_is_set_aside_by_its_size(source: SharePointSource) -> None:
    id_ = source.write("a.md", "x" * 10_001)
    with pytest.raises(ItemUnreadable, match=r"a\.md has 10,001 bytes"):
        source.connector.fetch(Item(id_, ""))
    assert source.library.storage.requests == []


@pytest.mark.parametrize("id_", ["", "a", "sites/it/Documents/01ITEM00001", f"{PLACE}/", f"{PLACE}/../x"])
def test_ids_that_are_not_ours_are_unreadable(source: SharePointSource, id_: str) -> None:
    with pytest.raises(ItemUnreadable):
        source.connector.fetch(Item(id_, ""))


def test_ten_thousand_files_are_listed(source: SharePointSource) -> None:
    answer = source.served.answer

    def large(request: Request) -> Response:
        if not request.path.endswith("/delta"):
            return answer(request)
        start = int(request.query.get("token", "0"))
        entries = [
            {
                "id": f"01F{n:05}",
                "name": f"{n}.md",
                "file": {},
                "cTag": "1",
                "parentReference": {"id": "root"},
            }
            for n in range(start, start + 1000)
        ]
        page: dict[str, Any] = {"value": entries}
        here = f"{source.served.url}/v1.0/drives/{DRIVE}/root/delta?token="
        page["@odata.nextLink" if start < 9000 else "@odata.deltaLink"] = f"{here}{start + 1000}"
        return Response(200, json.dumps(page).encode())

    source.served.answer = large
    assert len({item.id for item in source.connector.items(None).items}) == 10_000
    assert len(source.served.requests) < 20


@pytest.mark.parametrize(
    "wrong", [{"sites": ()}, {"sites": ("hr",)}, {"site_groups": ("HR Members",)}, {"site_groups": ("= x",)}]
)
def test_settings_that_do_not_fit_are_refused_at_once(
    source: SharePointSource, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"sites|address|site_groups"):
        replace(source.connector, **wrong)


PAGE: dict[str, Any] = {
    "@odata.type": "#microsoft.graph.sitePage",
    "title": "휴가 <안내>",
    "publishingState": {"level": "published", "versionId": "2.0"},
    "canvasLayout": {
        "horizontalSections": [
            {
                "layout": "oneColumn",
                "columns": [
                    {
                        "width": 12,
                        "webparts": [
                            {
                                "@odata.type": "#microsoft.graph.textWebPart",
                                "innerHtml": "<h2>연차</h2><p>15일</p>",
                            },
                            {
                                "@odata.type": "#microsoft.graph.standardWebPart",
                                "data": {
                                    "title": "Quick links",
                                    "serverProcessedContent": {
                                        "searchablePlainTexts": [{"key": "title", "value": "신청 & 승인"}]
                                    },
                                },
                            },
                        ],
                    }
                ],
            }
        ],
        "verticalSection": {"webparts": [{"innerHtml": "<p>옆</p>"}]},
    },
}


def test_pages_of_a_site_are_documents_with_the_rights_of_their_file(source: SharePointSource) -> None:
    with_pages = replace(source.connector, pages=True)
    source.library.page = PAGE
    id_ = source.write("Home.aspx", "what lies in the file is no text").replace(
        "Shared Documents", "SitePages"
    )
    source.write("styles.md", "no page")
    source.share("Home.aspx", person("kim@contoso.com"))
    first = with_pages.items(None)
    assert list(versions(first)) == [id_]
    document = with_pages.fetch(first.items[0])
    assert document.title == "휴가 <안내>"
    assert document.media_type == "text/html"
    assert document.readers == {"email:kim@contoso.com"}
    assert document.content.decode().splitlines() == [
        "<h1>휴가 &lt;안내&gt;</h1>",
        "<h2>연차</h2><p>15일</p>",
        "<p>신청 &amp; 승인</p>",
        "<p>옆</p>",
    ]
    source.write("Home.aspx", "another edition")
    assert list(versions(with_pages.items(first.cursor))) == [id_]


def test_a_page_that_is_not_published_is_set_aside(source: SharePointSource) -> None:
    source.library.page = PAGE | {"publishingState": {"level": "draft", "versionId": "2.1"}}
    source.write("Home.aspx", "x")
    with_pages = replace(source.connector, pages=True)
    (item,) = with_pages.items(None).items
    with pytest.raises(ItemUnreadable, match="not published"):
        with_pages.fetch(item)


def test_pages_are_read_only_where_they_are_wanted(source: SharePointSource) -> None:
    source.library.page = PAGE
    source.write("Home.aspx", "x")
    assert source.connector.items(None).items == ()


def as_source(source: SharePointSource) -> Source:
    return source
