"""The GitLab connector, over a server that speaks GitLab's recorded shapes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceUnavailable,
)
from connectors.gitlab import GitLab
from connectors.gitlab import api as gitlab_api
from tests.connectors.contract import HttpConnectorContract
from tests.connectors.gitlab_server import NAME, GitLabSite
from tests.connectors.http_source import Request, Response, Served, serving


class GitLabSource:
    def __init__(self, root: Path, served: Served, site: GitLabSite) -> None:
        self.served, self.site = served, site
        site.url = served.url
        machine = Machine(private=("127.0.0.1",), cache=root / "cache")
        self.connector = GitLab(NAME, Secret("right"), url=served.url, machine=machine)
        self._numbers: dict[str, int] = {}

    def write(self, name: str, text: str) -> str:
        key = unicodedata.normalize("NFC", name)
        if key in self._numbers:
            self.site.issues[self._numbers[key]] |= {"description": text, "updated_at": self.site.tick()}
        else:
            self._numbers[key] = self.site.open(name, text)
        return f"issues/{self._numbers[key]}"

    def delete(self, name: str) -> None:
        del self.site.issues[self._numbers[name]]

    def make_unreadable(self, name: str) -> None:
        self.site.unreadable.add(self._numbers[name])

    def vanish(self) -> None:
        self.served.stop()


class WikiSource(GitLabSource):
    def write(self, name: str, text: str) -> str:
        self.site.page(name.removesuffix(".md"), text)
        return f"wiki/{unicodedata.normalize('NFC', name.removesuffix('.md'))}"

    def delete(self, name: str) -> None:
        del self.site.wiki[name.removesuffix(".md")]

    def make_unreadable(self, name: str) -> None:
        self.site.page(name.removesuffix(".md"), "secret" * 1_000_000)
        self.connector = replace(self.connector, max_bytes=1_000_000)


@pytest.fixture(autouse=True)
def _no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitlab_api, "_PER_SECOND", 10_000.0)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[GitLabSource]:
    site = GitLabSite()
    with serving(site.answer) as served:
        yield GitLabSource(tmp_path, served, site)


class TestIssuesOfGitLabKeepTheContract(HttpConnectorContract):
    pass


class TestWikisOfGitLabKeepTheContract(HttpConnectorContract):
    has_dates = False

    @pytest.fixture
    def source(self, tmp_path: Path) -> Iterator[WikiSource]:
        site = GitLabSite()
        with serving(site.answer) as served:
            yield WikiSource(tmp_path, served, site)


def by_id(listing: Listing) -> dict[str, Item]:
    return {item.id: item for item in listing.items}


def test_an_issue_with_its_comments_is_one_document(source: GitLabSource) -> None:
    number = source.site.open("출장비 정산", "# 방법\n\n영수증", labels=["finance", "travel"], state="closed")
    for n in range(7):  # over several pages
        source.site.note(number, f"comment {n}")
    source.site.note(number, "changed the description", system=True)
    source.site.note(number, "for members alone", internal=True)
    source.site.note(number, "# 답변\n5일 안에", author=None)
    (item,) = source.connector.items(None).items
    document = source.connector.fetch(item)
    text = document.content.decode()
    head = "# 출장비 정산\n\nIssue #1 · closed · finance, travel · 김민지, 2026-03-01\n\n### 방법\n\n영수증"
    assert text.startswith(f"{head}\n\n## Lee Jun, 2026-03-01\n\ncomment 0\n")
    assert "## Ghost User, 2026-03-01\n\n### 답변\n5일 안에" in text
    assert "changed the description" not in text
    assert "for members alone" not in text
    assert document.authors == ("김민지", "Lee Jun", "Ghost User")
    assert document.url == f"{source.served.url}/{NAME}/-/issues/1"


def test_with_a_cursor_only_issues_that_changed_are_listed(source: GitLabSource) -> None:
    for number in range(8):
        source.site.open(f"issue {number}", "text")
    source.site.page("home", "welcome")
    source.site.page("old", "text")
    for _ in range(10):
        source.site.tick()
    cursor = source.connector.items(None).cursor
    source.site.tick()
    source.site.note(3, "new")
    source.site.open("another", "text")
    del source.site.wiki["old"]
    listing = source.connector.items(cursor)
    assert not listing.is_complete
    assert sorted(by_id(listing)) == ["issues/3", "issues/9", "wiki/home"]
    assert listing.removed == ("wiki/old",)
    after = by_id(source.connector.items(None))
    assert all(after[id_] == item for id_, item in by_id(listing).items())


def test_confidential_issues_are_never_read_and_go_when_they_become_so(source: GitLabSource) -> None:
    source.site.open("open", "text")
    source.site.open("secret", "text", confidential=True)
    for _ in range(5):
        source.site.tick()
    listing = source.connector.items(None)
    assert list(by_id(listing)) == ["issues/1"]
    assert source.connector.check().startswith("1 issues")
    source.site.issues[1] |= {"confidential": True, "updated_at": source.site.tick()}
    assert source.connector.items(listing.cursor).removed == ("issues/1",)
    for id_ in ("issues/1", "issues/2"):
        with pytest.raises(ItemUnreadable):
            source.connector.fetch(Item(id_, "1"))


def test_an_issue_deleted_while_they_are_listed_hides_no_other(source: GitLabSource) -> None:
    for number in range(10):
        source.site.open(f"issue {number}", "text")
    answer = source.site.answer

    def deleting(request: Request) -> Response:
        response = answer(request)
        if request.path.endswith("/issues"):
            source.site.issues.pop(1, None)
        return response

    source.served.answer = deleting
    listed = by_id(source.connector.items(None))
    assert {f"issues/{number}" for number in range(2, 11)} <= listed.keys()


def test_many_issues_of_the_same_moment_are_all_listed(source: GitLabSource) -> None:
    for number in range(11):  # as an import makes them
        source.site.open(f"issue {number}", "text", at="2026-03-01T00:00:00.000Z")
    assert len(source.connector.items(None).items) == 11


def test_a_list_without_an_end_is_no_answer(source: GitLabSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitlab_api, "_MOST_PAGES", 20)
    source.site.open("title", "text")
    source.site.loops = True
    with pytest.raises(SourceUnavailable, match="no end"):
        source.connector.items(None)


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", "{}", '{"key": 1, "since": "x", "pages": null}'])
def test_a_cursor_that_is_none_of_ours_lists_the_whole(source: GitLabSource, cursor: str) -> None:
    source.site.open("title", "text")
    assert source.connector.items(cursor).is_complete


def test_the_readme_has_the_date_and_author_of_its_last_commit(source: GitLabSource) -> None:
    source.site.readme = ("docs/README.md", "# 시작하기".encode())
    listing = source.connector.items(None)
    (item,) = listing.items
    document = source.connector.fetch(item)
    assert (item.id, document.content.decode()) == ("readme/docs/README.md", "# 시작하기")
    assert document.media_type == "text/markdown"
    assert document.authors == ("Park Sora",)
    assert document.url == f"{source.served.url}/{NAME}/-/blob/main/docs/README.md"
    source.site.readme = None
    assert source.connector.items(listing.cursor).removed == ("readme/docs/README.md",)
    with pytest.raises(ItemUnreadable, match=r"readme/docs/README\.md"):
        replace(source.connector).fetch(item)


def test_a_wiki_page_opens_where_it_is_and_other_markup_is_text(source: GitLabSource) -> None:
    source.site.page("휴가/연차-규정", "15일")
    source.site.page("plain", "= Title", "asciidoc")
    items = by_id(source.connector.items(None))
    page = source.connector.fetch(items["wiki/휴가/연차-규정"])
    assert page.title == "연차 규정"
    assert (
        page.url
        == f"{source.served.url}/{NAME}/-/wikis/%ED%9C%B4%EA%B0%80/%EC%97%B0%EC%B0%A8-%EA%B7%9C%EC%A0%95"
    )
    assert source.connector.fetch(items["wiki/plain"]).media_type == "text/plain"
    source.site.page(unicodedata.normalize("NFD", "규정"), "나눠 쓴 이름")
    item = by_id(source.connector.items(None))["wiki/규정"]
    assert replace(source.connector).fetch(item).content.decode() == "나눠 쓴 이름"


def _member(number: int, role: int, **more: object) -> dict[str, object]:
    return {"id": number, "username": f"u{number}", "state": "active", "access_level": role, **more}


@pytest.mark.parametrize("visibility", ["public", "internal"])
def test_what_the_whole_company_may_read_everyone_may(source: GitLabSource, visibility: str) -> None:
    source.site.visibility = visibility
    source.site.open("title", "text")
    (item,) = source.connector.items(None).items
    assert source.connector.fetch(item).readers == {EVERYONE}


@pytest.mark.parametrize("private", ["visibility", "features"])
def test_what_is_private_is_read_by_members_whose_address_is_known(
    source: GitLabSource, private: str
) -> None:
    if private == "visibility":
        source.site.visibility = "private"
    else:
        source.site.levels = dict.fromkeys(("repository", "issues", "wiki"), "private")
    source.site.readme = ("README.md", b"code")
    source.site.members = [
        _member(1, 40, email="Kim@example.com"),
        _member(2, 10, public_email="guest@example.com"),
        _member(3, 30),
        _member(4, 30, state="blocked", email="gone@example.com"),
        _member(5, 30),
    ]
    source.site.users = {3: {"id": 3, "public_email": "lee@example.com"}, 5: {"id": 5, "public_email": ""}}
    source.connector = replace(source.connector, readers=("boss@example.com",))
    source.site.open("title", "text")
    first = source.connector.items(None)
    readers = {id_: source.connector.fetch(item).readers for id_, item in by_id(first).items()}
    known = {f"email:{name}@example.com" for name in ("kim", "guest", "lee", "boss")}
    assert readers == {"issues/1": known, "readme/README.md": known - {"email:guest@example.com"}}
    assert "4 people known by e-mail" in source.connector.check()
    source.site.members.pop(0)  # a revocation is a change of every document
    second = source.connector.items(first.cursor)
    assert second.is_complete
    assert not {item.version for item in first.items} & {item.version for item in second.items}
    issue = by_id(second)["issues/1"]
    assert source.connector.fetch(issue).readers == known - {"email:kim@example.com"}
    assert replace(source.connector).fetch(issue).readers == known - {"email:kim@example.com"}


def test_where_nobody_is_known_nobody_may_read_unless_an_admin_says_so(source: GitLabSource) -> None:
    source.site.visibility = "private"
    source.site.members = [_member(1, 40)]
    source.site.open("title", "text")
    (item,) = source.connector.items(None).items
    assert source.connector.fetch(item).readers == frozenset()
    assert "readable by 0 people" in source.connector.check()
    declared = replace(source.connector, everyone_may_read=True)
    assert declared.fetch(declared.items(None).items[0]).readers == {EVERYONE}


def test_only_what_is_switched_on_and_chosen_is_read(source: GitLabSource) -> None:
    source.site.open("title", "text")
    source.site.page("home", "text")
    listing = source.connector.items(None)
    assert list(by_id(replace(source.connector, parts=("wiki",)).items(None))) == ["wiki/home"]
    source.site.levels["wiki"] = "disabled"
    after = source.connector.items(listing.cursor)
    assert (after.is_complete, list(by_id(after))) == (True, ["issues/1"])
    with pytest.raises(ItemUnreadable):
        source.connector.fetch(by_id(listing)["wiki/home"])


def test_wrong_credentials_and_a_wrong_name_say_what_to_mend(source: GitLabSource) -> None:
    with pytest.raises(CredentialsRejected, match="Make a new one") as caught:
        replace(source.connector, token=Secret("wrong-canary")).check()
    assert "canary" not in str(caught.value)
    with pytest.raises(SourceUnavailable, match="GROUP/NAME"):
        replace(source.connector, project="people/other").check()
    source.served.fail(403)
    with pytest.raises(CredentialsRejected, match="read_api"):
        source.connector.items(None)


def test_an_address_that_is_not_of_gitlab_says_so(source: GitLabSource) -> None:
    source.served.answer = lambda _: Response(200, b'{"hello": "world"}')
    with pytest.raises(SourceUnavailable, match="Set url"):
        source.connector.check()


def test_an_error_in_a_successful_answer_is_one(source: GitLabSource) -> None:
    answer = source.site.answer
    source.served.answer = lambda request: (
        Response(200, b'{"error": "busy"}') if request.path.endswith("/issues") else answer(request)
    )
    with pytest.raises(SourceUnavailable, match="no list"):
        source.connector.items(None)


@pytest.mark.parametrize("wrong", [{"project": "handbook"}, {"project": "../../x"}, {"url": "file:///"}])
def test_settings_that_cannot_be_are_refused(source: GitLabSource, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(source.connector, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "id_",
    ["issues/99", "issues/x", "issues/", "merge_requests/1", "", "wiki/", "wiki/../../issues", "readme/x"],
)
def test_ids_that_are_not_there_open_nothing(source: GitLabSource, id_: str) -> None:
    with pytest.raises(ItemUnreadable):
        source.connector.fetch(Item(id_, "1"))


def test_ten_thousand_issues_are_listed(source: GitLabSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.connectors.gitlab_server.PAGE", 100)
    for number in range(10_000):
        source.site.open(f"issue {number}", "text")
    assert len(source.connector.items(None).items) == 10_000
