"""The GitHub connector, over a server that speaks GitHub's recorded shapes; its wikis are real git."""

from __future__ import annotations

import shutil
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
from connectors.github import GitHub
from connectors.github import api as github_api
from tests.connectors.contract import HttpConnectorContract
from tests.connectors.git_server import Repository, git_server
from tests.connectors.github_server import NAME, GitHubSite
from tests.connectors.http_source import Response, Served, serving


class GitHubSource:
    def __init__(self, root: Path, served: Served, site: GitHubSite) -> None:
        self.served, self.site = served, site
        site.url = served.url
        self.connector = GitHub(
            NAME,
            Secret("right"),
            api_url=f"{served.url}/api/v3",
            machine=Machine(private=("127.0.0.1",), cache=root / "cache"),
        )
        self._numbers: dict[str, int] = {}

    def write(self, name: str, text: str) -> str:
        key = unicodedata.normalize("NFC", name)
        if key in self._numbers:
            thing = self.site.issues[self._numbers[key]]
            thing["body"], thing["updatedAt"] = text, self.site.tick()
        else:
            self._numbers[key] = self.site.open("issues", name, text)
        return f"issues/{self._numbers[key]}"

    def delete(self, name: str) -> None:
        del self.site.issues[self._numbers[name]]

    def make_unreadable(self, name: str) -> None:
        self.site.unreadable.add(self._numbers[name])

    def vanish(self) -> None:
        self.served.stop()


@pytest.fixture(autouse=True)
def _no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_api, "_PER_SECOND", 10_000.0)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[GitHubSource]:
    site = GitHubSite()
    with serving(site.answer) as served:
        yield GitHubSource(tmp_path, served, site)


class TestGitHubKeepsTheContract(HttpConnectorContract):
    pass


def by_id(listing: Listing) -> dict[str, Item]:
    return {item.id: item for item in listing.items}


def read(source: GitHubSource, id_: str) -> str:
    item = by_id(source.connector.items(None))[id_]
    return source.connector.fetch(item).content.decode()


def test_an_issue_with_its_comments_is_one_document(source: GitHubSource) -> None:
    labels = {"nodes": [{"name": "network"}]}
    body = "# Steps\n\nconnect"
    number = source.site.open("issues", "VPN 연결이 끊어집니다", body, state="CLOSED", labels=labels)
    for n in range(7):  # over several pages
        source.site.comment("issues", number, f"comment {n}")
    source.site.comment("issues", number, "spam", isMinimized=True)
    source.site.comment("issues", number, "```\n# no heading\n", login=None)
    source.site.comment("issues", number, "# Cause\nthe MTU", login="park")
    (item,) = source.connector.items(None).items
    document = source.connector.fetch(item)
    text = document.content.decode()
    head = "# VPN 연결이 끊어집니다\n\nIssue #1 · closed · network · kim, 2026-03-01"
    assert text.startswith(f"{head}\n\n### Steps\n\nconnect\n\n## lee")
    assert "## lee, 2026-03-01\n\ncomment 6\n" in text
    assert "spam" not in text
    assert "## ghost, 2026-03-01\n\n```\n# no heading\n```\n\n## park, 2026-03-01\n\n### Cause" in text
    assert document.title == "VPN 연결이 끊어집니다"
    assert document.authors == ("kim", "lee", "ghost", "park")
    assert document.url == f"{source.served.url}/{NAME}/issues/1"


def test_a_discussion_has_its_category_its_replies_and_its_answer_marked(source: GitHubSource) -> None:
    number = source.site.open("discussions", "Which port?", "For the proxy")
    reply = {
        "author": {"login": "kim"}, "body": "thanks", "createdAt": "2026-03-02T00:00:00Z", "url": "",
        "isMinimized": False,
    }  # fmt: skip
    source.site.comment("discussions", number, "3128", isAnswer=True, replies={"nodes": [reply]})
    text = read(source, "discussions/1")
    assert "Discussion #1 · Q&A · kim" in text
    assert "## lee, 2026-03-01 (answer)\n\n3128\n\n## kim, 2026-03-02\n\nthanks" in text


def test_with_a_cursor_only_what_changed_is_listed(source: GitHubSource) -> None:
    for number in range(8):
        source.site.open("issues", f"issue {number}", "text")
        source.site.open("discussions", f"discussion {number}", "text")
    for _ in range(10):
        source.site.tick()
    cursor = source.connector.items(None).cursor
    source.site.tick()
    source.site.comment("issues", 3, "new")
    source.site.comment("discussions", 8, "new")
    source.site.open("issues", "another", "text")
    asked = len(source.site.queries)
    listing = source.connector.items(cursor)
    assert not listing.is_complete
    assert sorted(by_id(listing)) == ["discussions/8", "issues/17", "issues/3"]
    assert len(source.site.queries) - asked == 2
    after = by_id(source.connector.items(None))
    assert all(after[id_] == item for id_, item in by_id(listing).items())


def test_what_changes_while_it_is_listed_is_not_lost(source: GitHubSource) -> None:
    """The next listing begins at a time of GitHub's clock before this one began."""
    for number in range(4):
        source.site.open("issues", f"issue {number}", "text")
    answer = source.site.answer
    changed: list[object] = []

    def changing(request: object) -> Response:
        response = answer(request)  # type: ignore[arg-type]
        if len(source.site.queries) == 1 and not changed:
            changed.append(source.site.comment("issues", 1, "behind our back"))
            source.site.comment("issues", 4, "on the page to come")
        return response

    source.served.answer = changing
    listing = source.connector.items(None)
    assert changed
    assert "issues/1" in by_id(source.connector.items(listing.cursor))


def test_an_edited_and_a_deleted_comment_change_the_version(source: GitHubSource) -> None:
    number = source.site.open("issues", "title", "text")
    comment = source.site.comment("issues", number, "first")
    source.site.comment("issues", number, "second")
    before = by_id(source.connector.items(None))["issues/1"].version
    comment["updatedAt"] = source.site.tick()  # GitHub leaves the issue's own time as it is
    edited = by_id(source.connector.items(None))["issues/1"].version
    source.site.issues[number]["comments"].pop()
    deleted = by_id(source.connector.items(None))["issues/1"].version
    assert len({before, edited, deleted}) == 3


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", "{}", '{"key": 1, "since": "x", "wiki": null}'])
def test_a_cursor_that_is_none_of_ours_lists_the_whole(source: GitHubSource, cursor: str) -> None:
    source.site.open("issues", "title", "text")
    assert source.connector.items(cursor).is_complete


def test_a_list_without_an_end_is_no_answer(source: GitHubSource) -> None:
    source.site.open("issues", "title", "text")
    source.site.loops = True
    with pytest.raises(SourceUnavailable, match="no end"):
        source.connector.items(None)


@pytest.mark.parametrize("size", [20, 1_500_000])
def test_the_readme_is_read_whatever_its_size(source: GitHubSource, size: int) -> None:
    source.site.readme = "# 시작하기\n".encode() + b"x" * size
    (item,) = source.connector.items(None).items
    document = source.connector.fetch(item)
    assert (item.id, document.content) == ("readme/README.md", source.site.readme)
    assert document.media_type == "text/markdown"
    assert document.authors == ("김민지",)
    assert document.url.endswith("/blob/main/README.md")
    with pytest.raises(ItemUnreadable, match=r"readme/README\.md: has more than max_bytes = 10 "):
        replace(source.connector, max_bytes=10).fetch(item)
    cursor = source.connector.items(None).cursor
    source.site.readme = None
    assert source.connector.items(cursor).removed == ("readme/README.md",)
    with pytest.raises(ItemUnreadable, match=r"readme/README\.md"):
        source.connector.fetch(item)


@pytest.fixture
def wiki(source: GitHubSource, tmp_path: Path) -> Repository:
    repository = Repository(tmp_path, f"{NAME}.wiki.git", branch="master")
    source.site.has_wiki = True
    source.site.others = git_server(
        tmp_path, credentials="x-access-token:right", before=repository.push_pending
    )
    return repository


def test_wiki_pages_are_documents_with_their_own_links(source: GitHubSource, wiki: Repository) -> None:
    wiki.put("Home.md", b"welcome")
    wiki.put("휴가-규정.md", "15일".encode())
    wiki.put("_Sidebar.md", b"links")
    wiki.push(author="Lee Jun")
    issue = source.write("a", "text")
    listing = source.connector.items(None)
    items = by_id(listing)
    assert sorted(items) == [issue, "wiki/Home.md", "wiki/휴가-규정.md"]
    page = source.connector.fetch(items["wiki/휴가-규정.md"])
    assert (page.id, page.title, page.content.decode()) == ("wiki/휴가-규정.md", "휴가 규정", "15일")
    assert page.url == f"{source.served.url}/{NAME}/wiki/%ED%9C%B4%EA%B0%80-%EA%B7%9C%EC%A0%95"
    assert page.authors == ("Lee Jun",)
    assert source.connector.fetch(items["wiki/Home.md"]).url == f"{source.served.url}/{NAME}/wiki"
    assert "a wiki (2 documents)" in source.connector.check()
    for _ in range(5):
        source.site.tick()
    cursor = source.connector.items(None).cursor
    wiki.put("Home.md", b"changed")
    wiki.remove("휴가-규정.md")
    listing = source.connector.items(cursor)
    assert (sorted(by_id(listing)), listing.removed) == (["wiki/Home.md"], ("wiki/휴가-규정.md",))
    with pytest.raises(ItemUnreadable, match="wiki/휴가-규정"):
        source.connector.fetch(items["wiki/휴가-규정.md"])
    fresh = replace(source.connector)  # a process that listed nothing
    assert fresh.fetch(by_id(listing)["wiki/Home.md"]).content == b"changed"


def test_a_rewritten_wiki_makes_the_listing_a_whole_one(source: GitHubSource, wiki: Repository) -> None:
    issue = source.write("a", "text")
    wiki.put("Home.md", b"welcome")
    wiki.push()
    for _ in range(5):
        source.site.tick()
    cursor = source.connector.items(None).cursor
    wiki.put("Other.md", b"instead")
    wiki.remove("Home.md")
    wiki.push("rewritten", "Kim", "--amend")
    listing = source.connector.items(cursor)
    assert listing.is_complete
    assert sorted(by_id(listing)) == [issue, "wiki/Other.md"]


def test_a_wiki_without_pages_is_none_and_one_that_vanished_deletes_nothing(
    source: GitHubSource, wiki: Repository
) -> None:
    shutil.move(wiki.bare, wiki.bare.with_name("away"))
    issue = source.write("a", "text")
    cursor = source.connector.items(None).cursor
    assert list(by_id(source.connector.items(None))) == [issue]
    assert "no wiki pages" in source.connector.check()
    shutil.move(wiki.bare.with_name("away"), wiki.bare)
    wiki.put("Home.md", b"welcome")
    listing = source.connector.items(cursor)
    assert "wiki/Home.md" in by_id(listing)
    shutil.rmtree(wiki.bare)
    with pytest.raises(SourceUnavailable, match="no such repository"):
        source.connector.items(listing.cursor)


@pytest.mark.parametrize("visibility", ["public", "internal"])
def test_what_the_whole_company_may_read_everyone_may(source: GitHubSource, visibility: str) -> None:
    source.site.visibility = visibility
    source.write("a", "text")
    (item,) = source.connector.items(None).items
    assert source.connector.fetch(item).readers == {EVERYONE}


def test_a_private_repository_is_read_by_those_whose_address_is_known(source: GitHubSource) -> None:
    source.site.visibility = "private"
    source.site.collaborators = [
        {"email": "", "organizationVerifiedDomainEmails": ["Kim@example.com"]},
        {"email": "lee@example.com", "organizationVerifiedDomainEmails": []},
        {"email": "", "organizationVerifiedDomainEmails": []},
        {"email": "", "organizationVerifiedDomainEmails": ["choi@example.com"]},
    ]
    source.connector = replace(source.connector, readers=("boss@example.com",))
    source.write("a", "text")
    first = source.connector.items(None)
    (item,) = first.items
    known = {f"email:{name}@example.com" for name in ("kim", "lee", "choi", "boss")}
    assert source.connector.fetch(item).readers == known
    assert replace(source.connector).fetch(item).readers == known
    assert "4 people known by e-mail" in source.connector.check()
    source.site.collaborators.pop(0)  # a revocation is a change of every document
    second = source.connector.items(first.cursor)
    assert second.is_complete
    assert second.items[0].version != item.version
    assert source.connector.fetch(second.items[0]).readers == known - {"email:kim@example.com"}


def test_where_nobody_is_known_nobody_may_read_unless_an_admin_says_so(source: GitHubSource) -> None:
    source.site.visibility = "private"
    source.site.collaborators = None  # the token may not list them
    source.write("a", "text")
    (item,) = source.connector.items(None).items
    assert source.connector.fetch(item).readers == frozenset()
    assert "readable by 0 people" in source.connector.check()
    declared = replace(source.connector, everyone_may_read=True)
    assert declared.fetch(declared.items(None).items[0]).readers == {EVERYONE}


def test_only_the_chosen_parts_are_read(source: GitHubSource) -> None:
    source.site.readme = b"text"
    source.site.open("issues", "a", "text")
    source.site.open("discussions", "b", "text")
    assert list(by_id(replace(source.connector, parts=("discussions",)).items(None))) == ["discussions/2"]


def test_a_used_up_rate_limit_is_no_matter_of_credentials(source: GitHubSource) -> None:
    source.served.fail(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1774000000"})
    with pytest.raises(SourceUnavailable, match=r"rate limit is used up until \d\d:\d\d UTC"):
        source.connector.items(None)
    source.served.fail(403)
    with pytest.raises(CredentialsRejected, match="read access to Contents"):
        source.connector.check()


def test_an_error_in_a_successful_answer_is_one(source: GitHubSource) -> None:
    answer = source.site.answer
    said = b'{"data": null, "errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}'
    source.served.answer = lambda request: (
        Response(200, said) if request.path == "/api/graphql" else answer(request)
    )
    with pytest.raises(SourceUnavailable, match="API rate limit exceeded"):
        source.connector.items(None)


def test_a_repository_that_is_not_there_says_what_to_look_at(source: GitHubSource) -> None:
    with pytest.raises(SourceUnavailable, match="OWNER/NAME"):
        replace(source.connector, repository="team/other").check()
    with pytest.raises(CredentialsRejected, match="Make a new one") as caught:
        replace(source.connector, token=Secret("wrong-canary")).check()
    assert "canary" not in str(caught.value)


def test_an_address_that_is_not_of_github_says_so(source: GitHubSource) -> None:
    source.served.answer = lambda _: Response(200, b'{"hello": "world"}')
    with pytest.raises(SourceUnavailable, match="Set api_url"):
        source.connector.check()


@pytest.mark.parametrize("wrong", [{"repository": "docs"}, {"repository": "../x/y"}, {"api_url": "file:///"}])
def test_settings_that_cannot_be_are_refused(source: GitHubSource, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(source.connector, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("id_", ["issues/99", "issues/x", "issues/", "pulls/1", "", "wiki/", "readme/../x"])
def test_ids_that_are_not_there_open_nothing(source: GitHubSource, id_: str) -> None:
    with pytest.raises(ItemUnreadable):
        source.connector.fetch(Item(id_, "1"))


def test_ten_thousand_issues_are_listed(source: GitHubSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.connectors.github_server.PAGE", 100)
    for number in range(10_000):
        source.site.open("issues", f"issue {number}", "text")
    assert len(source.connector.items(None).items) == 10_000
