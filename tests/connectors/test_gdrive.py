from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.parsing.formats import BY_MEDIA_TYPE
from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceUnavailable,
    reader_by_email,
)
from connectors.gdrive import GoogleDrive
from connectors.gdrive.files import EXPORTED_AS
from tests.connectors.contract import HttpConnectorContract
from tests.connectors.gdrive_server import (
    EMAIL,
    GoogleDriveService,
    anyone,
    domain,
    error,
    group,
    user,
)
from tests.connectors.http_source import Request, Response, Served, serving

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GOOGLE_DOC = "application/vnd.google-apps.document"
KIM = user("Kim@Acme.example")


class Drive:
    """A folder or shared drive with a connector that reads it, as the contract handles a source."""

    def __init__(self, served: Served, google: GoogleDriveService, cache: Path, root: str) -> None:
        self.served = served
        self.google = google
        self.root = root
        self.ids: dict[str, str] = {}
        is_drive = root in google.drives
        self.connector: GoogleDrive = GoogleDrive(
            credentials=Secret(google.key()),
            folders=() if is_drive else (f"https://drive.google.com/drive/folders/{root}?usp=sharing",),
            shared_drives=(root,) if is_drive else (),
            company=("acme.example", "all@acme.example"),
            requests_per_second=100_000,
            api_url=served.url,
            machine=Machine(private=("127.0.0.1",), cache=cache),
        )

    def write(self, name: str, text: str) -> str:
        if name in self.ids:
            self.google.put(self.ids[name], text.encode())
            return self.ids[name]
        *above, last = name.split("/")
        parent = self.root
        for depth in range(len(above)):
            path = "/".join(above[: depth + 1])
            parent = self.ids.setdefault(path, "") or self.google.folder(above[depth], parent)
            self.ids[path] = parent
        self.ids[name] = self.google.file(last, parent, text.encode(), "text/markdown", KIM)
        return self.ids[name]

    def delete(self, name: str) -> None:
        self.google.delete(self.ids[name])

    def make_unreadable(self, name: str) -> None:
        self.google.no_download.add(self.ids[name])

    def vanish(self) -> None:
        self.served.stop()

    def but(self, **settings: Any) -> GoogleDrive:
        return dataclasses.replace(self.connector, **settings)

    def again(self) -> GoogleDrive:
        """The same connector after a restart."""
        return dataclasses.replace(self.connector)

    def reads(self, name: str) -> frozenset[str]:
        return self.connector.fetch(Item(self.ids[name], "")).readers


@pytest.fixture
def google() -> GoogleDriveService:
    return GoogleDriveService()


@pytest.fixture
def source(google: GoogleDriveService, tmp_path: Path) -> Iterator[Drive]:
    google.page_size = 3
    with google.serving() as served:
        yield Drive(served, google, tmp_path, google.folder("회사", "", KIM))


@pytest.fixture
def shared(google: GoogleDriveService, tmp_path: Path) -> Iterator[Drive]:
    google.page_size = 3
    drive = google.drive("회사 드라이브", KIM, user(EMAIL))
    with google.serving() as served:
        yield Drive(served, google, tmp_path, drive)


class TestFolder(HttpConnectorContract):
    pass


class TestSharedDrive(HttpConnectorContract):
    @pytest.fixture
    def source(self, shared: Drive) -> Drive:
        return shared


def ids(listing: Listing) -> list[str]:
    return [item.id for item in listing.items]


def asked(source: Drive, what: Callable[[], object]) -> list[str]:
    """The paths that are asked for meanwhile."""
    before = len(source.served.requests)
    what()
    return [request.path.removeprefix("/drive/v3/") for request in source.served.requests[before:]]


class TestWhatChanged:
    @pytest.fixture(params=["folder", "shared drive"])
    def drive(self, request: pytest.FixtureRequest) -> Drive:
        found: Drive = request.getfixturevalue("source" if request.param == "folder" else "shared")
        return found

    def test_is_listed_alone(self, drive: Drive) -> None:
        kept, changed, gone, binned = (drive.write(f"{name}.md", "글") for name in "abcd")
        first = drive.connector.items(None)
        drive.write("b.md", "새 글")
        drive.delete("c.md")
        drive.google.set(binned, trashed=True)
        new = drive.write("below/e.md", "글")
        paths = asked(drive, lambda: drive.again().items(first.cursor))
        listing = drive.again().items(first.cursor)
        assert not listing.is_complete
        assert sorted(ids(listing)) == sorted([changed, new])
        assert set(listing.removed) == {gone, binned}
        assert kept not in listing.removed
        assert "changes" in paths
        following = drive.again().items(listing.cursor)
        assert (following.items, following.removed) == ((), ())

    def test_has_the_version_of_a_whole_listing(self, drive: Drive) -> None:
        first = drive.connector.items(None)
        drive.write("a.md", "글")
        assert drive.connector.items(first.cursor).items == drive.connector.items(None).items

    def test_of_which_the_token_expired_is_listed_whole(self, drive: Drive) -> None:
        drive.write("a.md", "글")
        first = drive.connector.items(None)
        drive.google.first_token = 1000
        listing = drive.connector.items(first.cursor)
        assert listing.is_complete
        assert ids(listing) == ids(first)
        assert not drive.connector.items(listing.cursor).is_complete

    def test_of_a_folder_that_moved_here_is_all_that_is_in_it(self, drive: Drive) -> None:
        google = drive.google
        first = drive.connector.items(None)
        elsewhere = google.folder("elsewhere")
        folder = google.folder("moving", elsewhere)
        inner = google.file("inner.md", google.folder("deeper", folder), "글".encode())
        between = drive.connector.items(first.cursor)
        assert ids(between) == []
        where = {"driveId": google.files[inner].get("driveId", "")}
        if drive.root in google.drives:
            where = {"driveId": drive.root}
            for each in (folder, google.files[inner]["parents"][0], inner):
                google.files[each] |= where
        google.set(folder, parents=[drive.root])
        assert ids(drive.connector.items(between.cursor)) == [inner]

    @pytest.mark.parametrize(
        "what", [{"trashed": True}, {"parents": ["elsewhere"], "driveId": "0Aelsewhere-canary"}]
    )
    def test_of_a_folder_that_went_takes_all_that_was_in_it(self, drive: Drive, what: dict[str, Any]) -> None:
        kept = drive.write("a.md", "글")
        inner = drive.write("below/deeper/b.md", "글")
        first = drive.connector.items(None)
        drive.google.log.append(
            (
                drive.google.files[inner].get("driveId", ""),
                {"changeType": "file", "removed": False, "fileId": drive.ids["below"]},
            )
        )
        drive.google.files[drive.ids["below"]].update(what)
        for each in (drive.ids["below/deeper"], inner):  # what is below goes along, and no log tells it
            drive.google.files[each].update({name: of for name, of in what.items() if name != "parents"})
        listing = drive.connector.items(first.cursor)
        assert listing.is_complete
        assert ids(listing) == [kept]

    def test_of_a_folder_that_only_looks_changed_costs_no_whole_listing(self, drive: Drive) -> None:
        drive.write("below/a.md", "글")
        first = drive.connector.items(None)
        drive.google.changed(drive.ids["below"])
        assert not drive.again().items(first.cursor).is_complete

    def test_after_a_sync_that_broke_off_is_told_again(self, drive: Drive) -> None:
        first = drive.connector.items(None)
        inner = drive.write("below/a.md", "글")
        assert ids(drive.connector.items(first.cursor)) == [inner]
        drive.google.share(drive.ids["below"], user("lee@acme.example"))
        drive.connector.items(first.cursor)
        assert ids(drive.again().items(first.cursor)) == [inner]

    def test_without_memory_of_the_folders_is_listed_whole(self, drive: Drive, tmp_path: Path) -> None:
        drive.write("a.md", "글")
        first = drive.connector.items(None)
        (tmp_path / "folders.json").write_text("[broken")
        assert drive.again().items(first.cursor).is_complete

    def test_under_other_settings_is_listed_whole(self, drive: Drive) -> None:
        drive.write("a.md", "글")
        first = drive.connector.items(None)
        listing = drive.but(link_is_enough=True).items(first.cursor)
        assert listing.is_complete
        assert listing.items != first.items  # the readers of everything may be others

    @pytest.mark.parametrize("cursor", ["", "{}", "17", '{"tokens": 3}', "no JSON"])
    def test_since_a_cursor_that_is_none_is_listed_whole(self, drive: Drive, cursor: str) -> None:
        drive.write("a.md", "글")
        assert drive.connector.items(cursor).is_complete


class TestWhoMayRead:
    def test_are_the_people_a_file_is_shared_with(self, source: Drive) -> None:
        file = source.write("a.md", "글")
        source.google.share(file, KIM, user("lee@acme.example", "writer"))
        readers = {reader_by_email("kim@acme.example"), reader_by_email("lee@acme.example")}
        assert source.reads("a.md") == readers

    @pytest.mark.parametrize(
        ("permission", "everyone"),
        [
            (domain("acme.example", is_found=True), True),
            (domain("acme.example", is_found=False), False),
            (domain("partner.example", is_found=True), False),
            (anyone(is_found=True), True),
            (anyone(is_found=False), False),
            (group("all@acme.example"), True),
            (group("hr@acme.example"), False),
        ],
    )
    def test_is_everyone_only_where_the_company_is_meant(
        self, source: Drive, permission: dict[str, Any], everyone: bool
    ) -> None:
        source.google.share(source.write("a.md", "글"), permission)
        assert source.reads("a.md") == ({EVERYONE} if everyone else frozenset())

    @pytest.mark.parametrize(
        "permission",
        [
            user("kim@acme.example", deleted=True),
            user("kim@acme.example", expirationTime="2020-01-01T00:00:00.000Z"),
            user("kim@acme.example", expirationTime="soon"),
            user("kim@acme.example", view="published"),
            {"id": "1", "type": "user", "role": "reader"},
            {"id": "1", "type": "a kind of next year", "emailAddress": "kim@acme.example"},
        ],
    )
    def test_is_nobody_by_a_permission_that_does_not_hold(
        self, source: Drive, permission: dict[str, Any]
    ) -> None:
        source.google.share(source.write("a.md", "글"), permission)
        assert source.reads("a.md") == frozenset()

    def test_a_link_may_be_declared_enough(self, source: Drive) -> None:
        file = source.write("a.md", "글")
        source.google.share(file, anyone(is_found=False))
        assert source.but(link_is_enough=True).fetch(Item(file, "")).readers == {EVERYONE}

    def test_everything_may_be_declared_open(self, source: Drive) -> None:
        file = source.write("a.md", "글")
        assert source.but(everyone_may_read=True).fetch(Item(file, "")).readers == {EVERYONE}

    def test_in_a_shared_drive_are_its_members_and_those_of_the_file(self, shared: Drive) -> None:
        file = shared.write("a.md", "글")
        shared.google.share(file, user("guest@partner.example"))
        assert shared.reads("a.md") == {
            reader_by_email(address) for address in ("kim@acme.example", EMAIL, "guest@partner.example")
        }

    def test_a_right_taken_away_gives_another_version(self, source: Drive) -> None:
        file = source.write("a.md", "글")
        first = source.connector.items(None)
        source.google.share(file)
        listing = source.connector.items(first.cursor)
        assert ids(listing) == [file]
        assert listing.items != first.items
        assert source.reads("a.md") == frozenset()

    def test_a_member_taken_out_of_a_shared_drive_is_noticed_though_no_change_tells(
        self, shared: Drive
    ) -> None:
        shared.google.share(shared.write("a.md", "글"))
        first = shared.connector.items(None)
        shared.google.share(shared.root, user(EMAIL))
        listing = shared.connector.items(first.cursor)
        assert listing.is_complete
        assert listing.items != first.items
        assert shared.reads("a.md") == {reader_by_email(EMAIL)}

    def test_are_nobody_where_drive_does_not_show_it_and_the_check_says_so(self, source: Drive) -> None:
        source.google.may_share = False
        source.write("a.md", "글")
        assert source.reads("a.md") == frozenset()
        said = source.connector.check()
        assert EMAIL in said
        assert "everyone_may_read" in said


class TestContent:
    @pytest.mark.parametrize(
        ("kind", "exported"),
        [("document", DOCX), ("presentation", PPTX), ("spreadsheet", XLSX)],
    )
    def test_of_googles_own_kinds_is_exported_for_office(
        self, source: Drive, kind: str, exported: str
    ) -> None:
        google = source.google
        file = google.file("취업규칙", source.root, b"", f"application/vnd.google-apps.{kind}")
        google.exports[file, exported] = b"PK office"
        assert ids(source.connector.items(None)) == [file]
        document = source.connector.fetch(Item(file, ""))
        assert (document.content, document.media_type) == (b"PK office", exported)
        assert (document.title, document.authors) == ("취업규칙", ("이두리", "김하나"))

    def test_that_is_too_large_to_export_is_its_text_alone(self, source: Drive) -> None:
        file = source.google.file("긴 문서", source.root, b"", GOOGLE_DOC)
        source.google.exports[file, "text/plain"] = b"only text"
        document = source.connector.fetch(Item(file, ""))
        assert (document.content, document.media_type) == (b"only text", "text/plain")

    def test_that_is_too_large_for_even_that_is_set_aside_with_the_reason(self, source: Drive) -> None:
        file = source.google.file("긴 표", source.root, b"", "application/vnd.google-apps.spreadsheet")
        with pytest.raises(ItemUnreadable, match=rf"긴 표 \({file}\): is larger than the 10 MB"):
            source.connector.fetch(Item(file, ""))

    def test_of_a_file_that_is_too_large_is_never_asked_for(self, source: Drive) -> None:
        file = source.write("a.md", "x" * 2000)
        small = source.but(max_bytes=1000)

        def fetch() -> None:
            with pytest.raises(ItemUnreadable, match="2,000 bytes"):
                small.fetch(Item(file, ""))

        assert asked(source, fetch) == ["/token", f"files/{file}"]

    def test_that_viewers_may_not_download_is_set_aside(self, source: Drive) -> None:
        file = source.write("a.md", "글")
        source.google.files[file]["capabilities"]["canDownload"] = False
        with pytest.raises(ItemUnreadable, match="does not let viewers download"):
            source.connector.fetch(Item(file, ""))

    def test_a_file_without_a_suffix_is_known_by_its_type(self, source: Drive) -> None:
        file = source.google.file("보고서", source.root, b"%PDF-1.7", "application/pdf")
        assert ids(source.connector.items(None)) == [file]
        assert source.connector.fetch(Item(file, "")).media_type == "application/pdf"

    def test_pictures_forms_and_shortcuts_are_no_documents(self, source: Drive) -> None:
        source.google.file("a.png", source.root, b"PNG", "image/png")
        source.google.file("설문", source.root, b"", "application/vnd.google-apps.form")
        source.google.file("바로가기.md", source.root, b"", "application/vnd.google-apps.shortcut")
        listing = source.connector.items(None)
        assert (listing.is_complete, listing.items) == (True, ())

    def test_a_file_that_becomes_no_document_is_removed(self, source: Drive) -> None:
        file = source.write("a.md", "글")
        first = source.connector.items(None)
        source.google.set(file, name="a.png", mimeType="image/png")
        assert source.connector.items(first.cursor).removed == (file,)

    def test_a_renamed_file_has_another_version(self, source: Drive) -> None:
        file = source.write("a.md", "글")
        first = source.connector.items(None)
        source.google.set(file, name="b.md")
        assert ids(source.connector.items(first.cursor)) == [file]
        assert source.connector.fetch(Item(file, "")).title == "b.md"


class TestSigningIn:
    def test_asks_for_one_token_for_all_requests(self, source: Drive) -> None:
        source.write("a.md", "글")
        source.connector.items(None)
        source.connector.check()
        assert source.google.tokens_given == 1

    def test_on_behalf_of_a_person_names_that_person(self, source: Drive) -> None:
        source.google.subject = "admin@acme.example"
        assert source.but(subject="admin@acme.example").items(None).is_complete

    def test_without_delegation_says_where_it_is_granted(self, source: Drive) -> None:
        with pytest.raises(CredentialsRejected, match=r"Domain-wide delegation.*drive\.readonly"):
            source.but(subject="admin@acme.example").check()

    @pytest.mark.parametrize("key", ["canary", "{}", "[]", '{"type": "authorized_user"}', "bad key"])
    def test_with_something_that_is_no_key_is_refused_without_showing_it(
        self, source: Drive, key: str
    ) -> None:
        if key == "bad key":
            key = json.dumps({**json.loads(source.google.key()), "private_key": "canary"})
        with pytest.raises(CredentialsRejected, match="JSON key of a service account") as caught:
            source.but(credentials=Secret(key)).check()
        assert "canary" not in str(caught.value)
        assert caught.value.__cause__ is None

    def test_to_a_private_address_is_refused_like_any_other_request(self, source: Drive) -> None:
        with pytest.raises(SourceUnavailable, match="private address"):
            source.but(machine=Machine()).check()


class TestRedirects:
    def test_take_no_token_to_another_server(self, source: Drive) -> None:
        file = source.write("a.md", "글")

        def answer(request: Request) -> Response:
            if request.query.get("alt") == "media":
                return Response(302, headers={"Location": f"{other.url}/a.md"})
            return source.google.answer(request)

        source.served.answer = answer
        with serving(lambda request: Response(200, b"from there")) as other:
            assert source.connector.fetch(Item(file, "")).content == b"from there"
        assert [request for request in other.requests if "authorization" in request.headers] == []
        assert len(other.requests) == 1

    def test_into_the_machine_room_are_refused(self, source: Drive) -> None:
        source.served.answer = lambda request: Response(302, headers={"Location": "http://169.254.169.254/"})
        with pytest.raises(SourceUnavailable, match="never visited"):
            source.connector.check()


class TestRefusals:
    def answers(self, source: Drive, status: int, reason: str) -> None:
        def answer(request: Request) -> Response:
            if request.path == "/token":
                return source.google.answer(request)
            return error(status, reason, "as the test says")

        source.served.answer = answer

    def test_a_switched_off_api_says_where_it_is_switched_on(self, source: Drive) -> None:
        self.answers(source, 403, "accessNotConfigured")
        with pytest.raises(CredentialsRejected, match="Enable it"):
            source.connector.items(None)

    def test_a_folder_that_is_not_shared_says_with_whom_to_share_it(self, source: Drive) -> None:
        source.write("a.md", "글")
        first = source.connector.items(None)
        source.google.delete(source.root)
        with pytest.raises(CredentialsRejected, match=EMAIL):
            source.connector.items(first.cursor)

    def test_a_shared_drive_that_is_gone_says_so(self, shared: Drive) -> None:
        del shared.google.drives[shared.root]
        with pytest.raises(CredentialsRejected, match="add it as a member"):
            shared.connector.items(None)

    def test_a_rate_limit_told_as_403_is_waited_for(self, source: Drive) -> None:
        file = source.write("a.md", "글")
        left = 3

        def answer(request: Request) -> Response:
            nonlocal left
            if request.path != "/token" and left:
                left -= 1
                return error(403, "userRateLimitExceeded", "User Rate Limit Exceeded.")
            return source.google.answer(request)

        source.served.answer = answer
        assert ids(source.connector.items(None)) == [file]

    def test_a_rate_limit_that_never_ends_is_unavailable(self, source: Drive) -> None:
        self.answers(source, 403, "rateLimitExceeded")
        with pytest.raises(SourceUnavailable, match="rateLimitExceeded"):
            source.connector.items(None)

    def test_a_search_that_drive_did_not_finish_is_not_complete(self, source: Drive) -> None:
        source.write("a.md", "글")
        source.google.incomplete = True
        listing = source.connector.items(None)
        assert (listing.is_complete, listing.cursor) == (False, None)

    def test_a_list_that_goes_round_in_a_circle_is_an_error(self, source: Drive) -> None:
        for number in range(10):
            source.write(f"{number}.md", "글")
        source.google.loops = True
        with pytest.raises(SourceUnavailable, match="circle"):
            source.connector.items(None)

    @pytest.mark.parametrize("body", [b"[]", b"{}", b'{"error": {}}', b'{"files": [1]}', b"<html>"])
    def test_an_answer_of_another_shape_is_an_error_and_no_empty_listing(
        self, shared: Drive, body: bytes
    ) -> None:
        def answer(request: Request) -> Response:
            is_listing = request.path == "/drive/v3/files"
            return Response(200, body) if is_listing else shared.google.answer(request)

        shared.served.answer = answer
        with pytest.raises(SourceUnavailable):
            shared.connector.items(None)


@pytest.mark.parametrize("link", ["", "hr", "https://drive.google.com/drive/my-drive"])
def test_a_link_that_is_none_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="neither a link nor an id"):
        GoogleDrive(credentials=Secret("{}"), folders=(link,))


def test_without_folders_or_drives_everything_the_account_sees_is_read(source: Drive) -> None:
    connector = source.but(folders=())
    outside = source.google.file("밖.md", "", "글".encode())
    inside = source.write("안.md", "글")
    first = connector.items(None)
    assert ids(first) == sorted([outside, inside])
    new = source.google.file("새로.md", "", "글".encode())
    assert ids(connector.items(first.cursor)) == [new]


def test_everything_the_account_sees_includes_the_shared_drives_it_is_a_member_of(source: Drive) -> None:
    google = source.google
    connector = source.but(folders=())
    file = source.write("a.md", "글")
    drive = google.drive("드라이브", user(EMAIL))
    google.drive("남의 드라이브", KIM)
    shared = google.file("b.md", drive, b"text")
    first = connector.items(None)
    assert ids(first) == sorted([file, shared])
    new = google.file("c.md", drive, b"text")
    second = connector.items(first.cursor)
    assert ids(second) == [new]
    google.file("d.md", google.drive("neu", user(EMAIL)), b"text")
    assert connector.items(second.cursor).is_complete


def test_a_folder_of_a_shared_drive_may_be_shared_alone(source: Drive) -> None:
    google = source.google
    folder = google.folder("규정", google.drive("드라이브", KIM), user(EMAIL))
    inner = google.folder("하위", folder)
    file = google.file("a.md", inner, b"text")
    connector = source.but(folders=(folder,))
    first = connector.items(None)
    assert (first.is_complete, ids(first)) == (True, [file])
    new = google.file("b.md", google.folder("새 폴더", folder), b"text")
    second = connector.items(first.cursor)
    assert (second.is_complete, ids(second)) == (False, [new])


def test_what_is_exported_is_of_kinds_that_are_read() -> None:
    assert {kind for kinds in EXPORTED_AS.values() for kind in kinds} <= set(BY_MEDIA_TYPE)


def test_ten_thousand_files_in_two_hundred_folders_take_few_requests(source: Drive) -> None:
    source.google.page_size = 1000
    folders = [source.google.folder(f"folder {number}", source.root) for number in range(200)]
    for number in range(10_000):
        source.google.file(f"{number}.md", folders[number % 200], b"text")
    first = source.connector.items(None)
    assert len(first.items) == 10_000
    assert len(source.served.requests) < 30
    assert len(asked(source, lambda: source.connector.items(first.cursor))) == 2
