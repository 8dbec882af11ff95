"""The git connector, over git's own HTTP server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.addresses import AddressRefused
from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Item,
    ItemUnreadable,
    Machine,
    Secret,
    SourceUnavailable,
)
from connectors.git import Git
from tests.connectors.contract import HttpConnectorContract
from tests.connectors.git_server import Repository, git, git_server
from tests.connectors.http_source import Request, Response, Served, serving


class GitSource:
    def __init__(self, root: Path, served: Served) -> None:
        self.served = served
        self.repository = Repository(root)
        self.cache = root / "cache"
        self.connector = Git(
            f"{served.url}/team/docs.git",
            max_bytes=1_000_000,
            machine=Machine(private=("127.0.0.1",), cache=self.cache),
        )

    def write(self, name: str, text: str) -> str:
        self.repository.put(name, text.encode())
        return unicodedata.normalize("NFC", name)

    def delete(self, name: str) -> None:
        self.repository.remove(name)

    def make_unreadable(self, name: str) -> None:
        self.repository.put(name, b"secret" * 1_000_000)

    def vanish(self) -> None:
        shutil.rmtree(self.repository.bare)
        self.forget()

    def forget(self) -> None:
        """As after the machine's cache was emptied, in a new process."""
        shutil.rmtree(self.cache, ignore_errors=True)
        self.connector = replace(self.connector)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[GitSource]:
    with serving(git_server(tmp_path)) as served:
        source = GitSource(tmp_path, served)
        served.answer = git_server(tmp_path, before=source.repository.push_pending)
        yield source


class TestGitKeepsTheContract(HttpConnectorContract):
    fetch_asks_the_source = False


def ids(connector: Git) -> list[str]:
    return [item.id for item in connector.items(None).items]


def only(connector: Git) -> Item:
    (item,) = connector.items(None).items
    return item


def changes(connector: Git, cursor: str | None) -> tuple[list[str], list[str]]:
    listing = connector.items(cursor)
    assert not listing.is_complete
    return [item.id for item in listing.items], list(listing.removed)


def test_with_a_cursor_only_what_changed_is_listed(source: GitSource) -> None:
    for name in ("a.md", "b.md", "old/c.md"):
        source.write(name, f"text of {name}")
    cursor = source.connector.items(None).cursor
    source.write("a.md", "another text")
    source.write("d.md", "new")
    source.delete("b.md")
    source.repository.put("picture.png", b"\x89PNG")
    (source.repository.work / "old/c.md").rename(source.repository.work / "c.md")
    assert changes(source.connector, cursor) == (["a.md", "c.md", "d.md"], ["b.md", "old/c.md"])


def test_where_nothing_changed_the_remote_is_asked_for_its_tip_and_no_more(source: GitSource) -> None:
    source.write("a.md", "text")
    cursor = source.connector.items(None).cursor
    before = len(source.served.requests)
    listing = source.connector.items(cursor)
    assert (listing.items, listing.removed, listing.cursor) == ((), (), cursor)
    assert len(source.served.requests) - before <= 2


def test_after_a_force_push_the_whole_is_listed(source: GitSource) -> None:
    source.write("a.md", "first")
    source.repository.push()
    source.write("b.md", "second")
    cursor = source.connector.items(None).cursor
    source.delete("b.md")
    source.write("c.md", "instead of it")
    source.repository.push("rewritten", "Kim Minji", "--amend")
    listing = source.connector.items(cursor)
    assert listing.is_complete
    assert [item.id for item in listing.items] == ["a.md", "c.md"]


@pytest.mark.parametrize(
    "other",
    [{"include": ("a*",)}, {"exclude": ("a*",)}, {"readers": ("kim@example.com",)}, {"branch": "main"}],
    ids=lambda other: next(iter(other)),
)
def test_a_cursor_of_other_settings_lists_the_whole(source: GitSource, other: dict[str, object]) -> None:
    source.write("a.md", "text")
    cursor = source.connector.items(None).cursor
    assert replace(source.connector, **other).items(cursor).is_complete  # type: ignore[arg-type]


def test_a_repository_that_is_empty_all_at_once_deletes_nothing(source: GitSource) -> None:
    source.write("a.md", "text")
    cursor = source.connector.items(None).cursor
    git(source.repository.bare, "update-ref", "-d", "refs/heads/main")
    with pytest.raises(SourceUnavailable, match="was not before"):
        source.connector.items(cursor)


def test_a_cursor_that_is_no_commit_lists_the_whole(source: GitSource) -> None:
    source.write("a.md", "text")
    for cursor in ("", "nonsense", "--output=x", "0" * 40, f"{'0' * 40}-{'0' * 12}"):
        assert source.connector.items(cursor).is_complete


def test_what_the_listing_brought_is_read_without_asking_the_remote(source: GitSource) -> None:
    for number in range(30):
        source.write(f"{number}.md", f"text {number}")
    items = source.connector.items(None).items
    asked = len(source.served.requests)
    assert asked < 12
    assert {source.connector.fetch(item).content.decode() for item in items} == {
        f"text {number}" for number in range(30)
    }
    assert len(source.served.requests) == asked


def test_neither_old_versions_nor_other_files_are_brought(source: GitSource) -> None:
    video = os.urandom(3_000_000)
    source.write("a.md", "first")
    source.repository.put("talk.mp4", video)
    source.repository.push()
    source.write("a.md", "second")
    assert ids(source.connector) == ["a.md"]
    assert sum(file.stat().st_size for file in source.cache.rglob("*") if file.is_file()) < 100_000


@pytest.mark.parametrize("damage", ["emptied", "no packs", "garbage", "lock", "no tip", "other", "blobs"])
def test_a_copy_that_is_broken_is_made_anew(source: GitSource, damage: str) -> None:
    source.write("a.md", "first")
    cursor = source.connector.items(None).cursor
    source.write("a.md", "second")
    copy = source.cache / "git"
    packs = sorted((copy / "objects" / "pack").glob("*"))
    match damage:
        case "emptied":
            shutil.rmtree(source.cache)
        case "no packs":
            for file in packs:
                file.unlink()
        case "garbage":
            for file in packs:
                file.chmod(0o600)
                file.write_bytes(b"garbage")
        case "lock":
            (copy / "refs" / "footnote" / "tip.lock").write_bytes(b"")
        case "no tip":
            (copy / "refs" / "footnote" / "tip").unlink()
        case "other":
            (copy / "config").write_bytes(b"[core]\nbare = true\n")
        case "blobs":
            for file in packs[-3:]:
                file.unlink()
    source.connector = replace(source.connector)  # another process
    (item,) = source.connector.items(cursor).items
    assert source.connector.fetch(item).content == b"second"


@pytest.mark.parametrize("again", [False, True], ids=["same process", "another process"])
def test_a_copy_that_goes_while_it_is_read_is_made_anew_by_one_of_the_threads(
    source: GitSource, again: bool
) -> None:
    for number in range(8):
        source.write(f"{number}.md", f"text {number}")
    items = source.connector.items(None).items
    shutil.rmtree(source.cache)
    connector = replace(source.connector) if again else source.connector
    _ = connector._copy
    read: list[bytes] = []

    def fetch(mine: list[Item]) -> None:
        read.extend(connector.fetch(item).content for item in mine)

    threads = [threading.Thread(target=fetch, args=(list(items[start::4]),)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read) == [f"text {number}".encode() for number in range(8)]


def test_a_document_has_the_date_and_author_of_the_last_commit_that_touched_it(source: GitSource) -> None:
    source.write("휴가/규정.md", "first")
    source.repository.push(author="김민지")
    source.write("b.md", "untouched since")
    source.repository.push(author="Lee Jun")
    source.write("휴가/규정.md", "second")
    source.repository.push(author="Park Sora")
    listing = source.connector.items(None)
    documents = {item.id: source.connector.fetch(item) for item in listing.items}
    assert documents["b.md"].authors == ("Lee Jun",)
    assert documents["휴가/규정.md"].authors == ("Park Sora",)
    assert documents["휴가/규정.md"].updated_at == datetime.fromtimestamp(1_700_000_180, UTC)
    source.write("b.md", "changed")
    source.repository.push(author="김민지")
    (item,) = source.connector.items(listing.cursor).items
    assert source.connector.fetch(item).authors == ("김민지",)
    assert replace(source.connector).fetch(item).authors == ("김민지",)  # a process that listed nothing


def test_what_came_by_a_merge_has_the_author_of_its_own_commit(source: GitSource) -> None:
    work = source.repository.work
    source.write("a.md", "text")
    source.repository.push()
    git(work, "checkout", "-q", "-b", "side")
    source.write("side.md", "text")
    source.repository.push(author="Lee Jun")
    git(work, "checkout", "-q", "main")
    source.write("b.md", "text")
    source.repository.push()
    git(work, "-c", "user.name=Merger", "-c", "user.email=m@example.com", "merge", "-q", "--no-edit", "side")
    source.repository.push()
    items = {item.id: item for item in source.connector.items(None).items}
    assert source.connector.fetch(items["side.md"]).authors == ("Lee Jun",)


def test_a_link_leads_to_the_file_at_the_commit_or_the_branch(source: GitSource) -> None:
    source.write("휴가/a b.md", "text")
    commit = source.repository.push()
    item = only(source.connector)
    quoted = "%ED%9C%B4%EA%B0%80/a%20b.md"
    assert source.connector.fetch(item).url == f"{source.served.url}/team/docs/blob/{commit}/{quoted}"
    by_branch = replace(source.connector, link_to="branch")
    assert by_branch.fetch(item).url == f"{source.served.url}/team/docs/blob/main/{quoted}"
    own = replace(source.connector, link="https://docs.example.com/{path}?at={commit}")
    assert own.fetch(item).url == f"https://docs.example.com/{quoted}?at={commit}"


def test_the_token_is_sent_and_stands_nowhere_else(
    source: GitSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.write("a.md", "text")
    source.repository.push()
    source.served.answer = git_server(tmp_path, credentials="kim:canary-token")
    connector = replace(source.connector, user="kim", token=Secret("canary-token"))
    logged = _git_that_logs(tmp_path, monkeypatch)
    item = only(connector)
    assert connector.fetch(item).content == b"text"
    assert connector.check().startswith("1 documents")
    encoded = source.served.requests[-1].headers["authorization"].removeprefix("Basic ")
    assert "fetch" in logged.read_text()
    written = b"".join(file.read_bytes() for file in source.cache.rglob("*") if file.is_file())
    for secret in ("canary-token", encoded):
        assert secret not in logged.read_text()
        assert secret.encode() not in written
        assert secret not in repr(connector)


@pytest.mark.parametrize("token", [Secret(""), Secret("wrong-canary")], ids=["none", "wrong"])
def test_a_server_that_wants_another_token_is_told_apart(
    source: GitSource, tmp_path: Path, token: Secret
) -> None:
    source.served.answer = git_server(tmp_path, credentials="kim:right")
    connector = replace(source.connector, token=token)
    for ask in (connector.check, lambda: connector.items(None)):
        with pytest.raises(CredentialsRejected, match="Set token") as caught:
            ask()
        assert "canary" not in str(caught.value)


def _git_that_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ssh: str = "") -> Path:
    """Put a program in the place of git that writes down its arguments and then is git."""
    programs, log = tmp_path / "bin", tmp_path / "log"
    programs.mkdir()
    real = shutil.which("git")
    scripts = {"git": f'printf "%s\\n" "$@" >> {log}\nexec {real} "$@"'}
    if ssh:
        scripts["ssh"] = f'printf "%s\\n" "$@" >> {log}\n{ssh}'
    for name, script in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return log


def test_hooks_and_settings_of_this_machine_have_no_say(
    source: GitSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.write("a.md", "text")
    assert ids(source.connector) == ["a.md"]
    ran = tmp_path / "ran"
    for hook in ("reference-transaction", "post-checkout", "pre-auto-gc"):
        (source.cache / "git" / "hooks").mkdir(exist_ok=True)
        (source.cache / "git" / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (source.cache / "git" / "hooks" / hook).chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text('[url "http://127.0.0.9/"]\n\tinsteadOf = http://\n')
    for name, value in {
        "GIT_CONFIG_GLOBAL": str(settings), "HTTP_PROXY": "http://127.0.0.9", "http_proxy": "http://127.0.0.9",
        "GIT_PROXY_COMMAND": f"touch {ran}", "GIT_DIR": "/", "GIT_TRACE": str(ran), "GIT_EXEC_PATH": "/",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.proxy", "GIT_CONFIG_VALUE_0": "http://127.0.0.9",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    source.write("b.md", "text")
    assert ids(source.connector) == ["a.md", "b.md"]
    assert not ran.exists()


def test_links_and_submodules_are_left_out(source: GitSource, tmp_path: Path) -> None:
    work = source.repository.work
    (tmp_path / "salaries.md").write_text("secret")
    source.write("a.md", "text")
    (work / "link.md").symlink_to(tmp_path / "salaries.md")
    (work / "directory").symlink_to(tmp_path)
    (work / ".gitmodules").write_text(
        f'[submodule "sub.md"]\n\tpath = sub.md\n\turl = ext::sh -c "touch {tmp_path}/ran"\n'
    )
    source.repository.push()
    git(work, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub.md")
    git(work, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "submodule")
    git(work, "push", "-q", str(source.repository.bare), "HEAD:refs/heads/main")
    assert ids(source.connector) == ["a.md"]
    said = source.connector.check()
    assert said.startswith("1 documents")
    assert "2 symbolic links not followed" in said
    assert not (tmp_path / "ran").exists()
    with pytest.raises(ItemUnreadable):
        source.connector.fetch(Item("link.md", "1" * 40))


def test_a_tree_with_names_that_lead_out_lists_none_of_them(source: GitSource) -> None:
    bare = source.repository.bare
    source.write("a.md", "text")
    source.repository.push()
    blob = git(source.repository.work, "rev-parse", "HEAD:a.md")
    entry = b"100644 a.md\0" + bytes.fromhex(blob)
    below = _write_tree(bare, b"100644 passwd.md\0" + bytes.fromhex(blob))
    tree = _write_tree(
        bare, b"40000 ..\0" + bytes.fromhex(below) + b"40000 .git\0" + bytes.fromhex(below) + entry
    )
    commit = git(bare, "-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-m", "out", tree)
    git(bare, "update-ref", "refs/heads/main", commit)
    assert ids(source.connector) == ["a.md"]


def _write_tree(bare: Path, content: bytes) -> str:
    command = ["git", "-C", str(bare), "hash-object", "-t", "tree", "-w", "--stdin", "--literally"]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode().strip()


def test_hidden_files_and_other_kinds_are_left_out_and_patterns_choose(source: GitSource) -> None:
    for name in (".github/a.md", ".notes.md", "~$a.docx", "b.md", "guide/c.md", "guide/old/d.md", "main.zig"):
        source.write(name, "x")
    assert ids(source.connector) == ["b.md", "guide/c.md", "guide/old/d.md"]
    chosen = replace(source.connector, include=("guide/**/*.md",), exclude=("**/old/**",))
    assert ids(chosen) == ["guide/c.md"]
    assert "1 files of other kinds" in source.connector.check()


def test_a_name_in_both_unicode_forms_is_one_item_and_one_report(source: GitSource) -> None:
    for form in ("NFC", "NFD"):
        source.write(unicodedata.normalize(form, "규정.md"), form)
    listing = source.connector.items(None)
    assert [item.id for item in listing.items] == ["규정.md"]
    assert source.connector.fetch(listing.items[0]).content == b"NFC"
    assert [id_ for id_, _ in listing.unreadable] == ["규정.md"]


def test_a_name_that_is_no_utf8_is_reported_and_the_rest_goes_on(source: GitSource) -> None:
    source.write("a.md", "x")
    with open(os.fsencode(source.repository.work) + "/규정.md".encode("cp949"), "wb") as file:  # noqa: PTH123
        file.write(b"x")
    listing = source.connector.items(None)
    assert [item.id for item in listing.items] == ["a.md"]
    ((_, reason),) = listing.unreadable
    assert "UTF-8" in reason


def test_names_with_line_breaks_and_quotes_are_read(source: GitSource) -> None:
    names = ['a "b".md', "line\nbreak.md", "-n.md", ":(glob)*.md", "%41.md"]
    for name in names:
        source.write(name, name)
    items = source.connector.items(None).items
    fresh = replace(source.connector)  # asks for each date by itself
    for item in items:
        document = fresh.fetch(item)
        assert document.content.decode() == item.id
        assert document.updated_at is not None
        assert document.url.isascii()
        assert "\n" not in document.url
    assert sorted(names) == [item.id for item in items]


def test_a_file_in_git_lfs_is_set_aside(source: GitSource) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
    source.write("plan.pdf", pointer)
    with pytest.raises(ItemUnreadable, match=r"plan\.pdf: is kept in Git LFS"):
        source.connector.fetch(only(source.connector))


def test_a_file_that_leaves_no_room_is_set_aside_and_the_others_are_read(source: GitSource) -> None:
    source.repository.put("huge.pdf", os.urandom(4_000_000))
    for number in range(9):
        source.write(f"{number}.md", f"text {number}")
    connector = replace(source.connector, max_clone_bytes=2_000_000)
    items = {item.id: item for item in connector.items(None).items}
    with pytest.raises(ItemUnreadable, match=r"huge\.pdf: is larger than max_clone_bytes"):
        connector.fetch(items.pop("huge.pdf"))
    assert all(connector.fetch(item).content == f"text {id_[0]}".encode() for id_, item in items.items())


def test_a_repository_that_outgrows_the_disk_it_is_given_says_which_setting(source: GitSource) -> None:
    git(source.repository.bare, "config", "uploadpack.allowFilter", "false")
    source.repository.put("video.mp4", os.urandom(4_000_000))
    source.write("a.md", "text")
    with pytest.raises(SourceUnavailable, match="max_clone_bytes"):
        replace(source.connector, max_clone_bytes=2_000_000).items(None)


def test_a_server_that_gives_only_whole_histories_is_read_too(source: GitSource) -> None:
    for name in ("allowFilter", "allowAnySHA1InWant"):
        git(source.repository.bare, "config", f"uploadpack.{name}", "false")
    source.write("a.md", "first")
    source.repository.push()
    source.write("a.md", "second")
    assert source.connector.fetch(only(source.connector)).content == b"second"
    shallow = replace(source.connector, depth=1)
    source.write("a.md", "third")
    assert shallow.fetch(only(shallow)).content == b"third"


def test_a_branch_or_a_tag_can_be_chosen(source: GitSource) -> None:
    source.write("a.md", "released")
    source.repository.push()
    work, bare = source.repository.work, str(source.repository.bare)
    git(work, "-c", "user.name=a", "-c", "user.email=a@b", "tag", "-a", "v1", "-m", "one")
    git(work, "push", "-q", bare, "v1", "HEAD:refs/heads/release/1.0")
    source.write("a.md", "newer")
    for branch, text in (("v1", b"released"), ("release/1.0", b"released"), ("main", b"newer")):
        connector = replace(source.connector, branch=branch)
        listing = connector.items(None)
        assert connector.fetch(listing.items[0]).content == text
        assert connector.items(listing.cursor).items == ()
    with pytest.raises(SourceUnavailable, match="no branch or tag 'gone'"):
        replace(source.connector, branch="gone").check()


def test_a_default_branch_of_another_name_is_found(tmp_path: Path) -> None:
    repository = Repository(tmp_path, branch="문서")
    repository.put("a.md", b"text")
    repository.push()
    connector = Git(str(repository.bare), machine=Machine(cache=tmp_path / "cache"))
    assert ids(connector) == ["a.md"]
    assert "branch 문서" in connector.check()


def test_a_repository_on_this_machine_is_read_by_its_path(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.put("a.md", b"text")
    repository.push()
    for remote in (str(repository.work), repository.bare.as_uri()):
        connector = Git(remote)  # without a cache: a temporary one
        assert connector.fetch(only(connector)).content == b"text"
    assert Git(str(repository.work)).fetch(only(connector)).url == (repository.work / "a.md").as_uri()
    with pytest.raises(SourceUnavailable, match="no such repository"):
        Git(str(tmp_path / "nowhere")).check()


@pytest.mark.parametrize(
    "remote",
    [
        "ext::sh -c true", "git://example.com/a.git", "ftp://example.com/a", "-u./a", "docs", "../docs.git",
        "",
        "kim:canary@example.com:a.git", "kim:canary@example.com/a.git", "kim:ca nary@example.com:a.git",
        "https://example.com/a.git?token=canary", "https://kim:canary@[x/a.git", "https://kim:canary@/a.git",
        "ftp://kim:canary@example.com/a", "ftp://kim:canary?@example.com/a", "ftp://example.com/a#canary@x",
        "https://", "https://kim:pw-canary@example.com/a.git", "https://canary@example.com/a.git",
        "ssh://-oProxyCommand=true/a", "-oProxyCommand=true:a", "https://example.com/a.git?b", "fd::17",
        "https://example.com:99999/a", "transport::https://example.com/a", "http://a b/c", "http://x/\nfile:///",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_repository_is_refused(remote: str, tmp_path: Path) -> None:
    connector = Git(remote, machine=Machine(private=("0.0.0.0/0",), cache=tmp_path))
    for ask in (connector.check, lambda: connector.items(None)):
        with pytest.raises(SourceUnavailable, match="remote:") as caught:
            ask()
        assert "canary" not in str(caught.value)


LITERAL = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"]
"""A proxy looks names up itself: it is asked for none of these."""
PRIVATE = [*LITERAL, "2130706433", "0x7f000001", "127.1"]


@pytest.mark.parametrize(
    ("host", "proxy"), [(host, False) for host in PRIVATE] + [(host, True) for host in LITERAL]
)
def test_a_private_address_is_never_connected_to(source: GitSource, host: str, proxy: bool) -> None:
    source.write("a.md", "text")
    port = source.served.url.rpartition(":")[2]
    machine = replace(source.connector.machine, private=(), proxy=source.served.url if proxy else "")
    connector = replace(source.connector, remote=f"http://{host}:{port}/team/docs.git", machine=machine)
    with pytest.raises(SourceUnavailable):
        connector.items(None)
    assert source.served.requests == []


def test_the_address_that_was_checked_is_the_one_connected_to(
    source: GitSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git cannot look this name up: it gets to the server only by the address that was checked."""
    source.write("a.md", "text")
    real = socket.getaddrinfo

    def looked_up(host: str, *args: object, **kwargs: object) -> list[object]:
        return list(real("127.0.0.1" if host == "git.test" else host, *args, **kwargs))  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    port = source.served.url.rpartition(":")[2]
    connector = replace(source.connector, remote=f"http://git.test:{port}/team/docs.git")
    assert ids(connector) == ["a.md"]


def test_a_redirect_is_not_followed(source: GitSource, tmp_path: Path) -> None:
    source.write("a.md", "text")
    with serving(lambda request: _away(source.served.url, request)) as moved:
        connector = replace(source.connector, remote=f"{moved.url}/team/docs.git")
        with pytest.raises(SourceUnavailable, match="elsewhere"):
            connector.check()
    assert source.served.requests == []


def _away(url: str, request: Request) -> Response:
    query = "&".join(f"{name}={value}" for name, value in request.query.items())
    return Response(301, headers={"Location": f"{url}{request.path}?{query}"})


def test_a_server_of_plain_files_cannot_send_us_to_another_one(source: GitSource, tmp_path: Path) -> None:
    """`http-alternates` names other places for objects: git's oldest way to be sent elsewhere."""
    source.write("a.md", "text")
    commit = source.repository.push()

    def plain(request: Request) -> Response:
        files = {
            "/docs.git/info/refs": f"{commit}\trefs/heads/main\n",
            "/docs.git/HEAD": "ref: refs/heads/main\n",
            "/docs.git/objects/info/http-alternates": f"{source.served.url}/team/docs.git/objects\n",
        }
        body = files.get(request.path)
        return Response(404) if body is None else Response(200, body.encode(), {"Content-Type": "text/plain"})

    with serving(plain) as server:
        connector = replace(source.connector, remote=f"{server.url}/docs.git", branch="main")
        with pytest.raises(SourceUnavailable):
            connector.items(None)
    assert source.served.requests == []


def test_the_proxy_of_the_machine_is_used(source: GitSource) -> None:
    source.write("a.md", "text")
    machine = replace(source.connector.machine, proxy=source.served.url)
    connector = replace(source.connector, remote="http://git.example.com/team/docs.git", machine=machine)
    assert ids(connector) == ["a.md"]
    assert {request.headers["host"] for request in source.served.requests} == {"git.example.com"}


def test_ssh_gets_the_checked_address_and_asks_nobody(
    source: GitSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in for ssh runs on this machine what it is told to run on the other."""
    source.write("a.md", "text")
    source.repository.push()
    log = _git_that_logs(tmp_path, monkeypatch, ssh='for last; do :; done\nexec sh -c "$last"')
    served = source.repository.bare
    for remote, alias in (
        (f"git@127.0.0.1:{served}", "127.0.0.1"),
        (f"ssh://git@127.0.0.1:2222{served}", "[127.0.0.1]:2222"),
    ):
        connector = replace(source.connector, remote=remote, ssh_key="/keys/deploy key")
        source.forget()
        assert ids(connector) == ["a.md"]
        options = log.read_text().splitlines()
        for option in (
            "BatchMode=yes",
            "StrictHostKeyChecking=yes",
            "HostName=127.0.0.1",
            f"HostKeyAlias={alias}",
        ):
            assert f"-o{option}" in options
        assert "/keys/deploy key" in options
    with pytest.raises(AddressRefused):
        replace(connector, machine=Machine(cache=tmp_path / "other")).check()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Host key verification failed.", "known_hosts"),
        ("git@h: Permission denied (publickey).", "ssh key"),
    ],
)
def test_what_ssh_says_is_told_to_an_admin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, meant: str
) -> None:
    _git_that_logs(tmp_path, monkeypatch, ssh=f'echo "{said}" >&2\nexit 255')
    connector = Git("git@127.0.0.1:a.git", machine=Machine(private=("127.0.0.1",), cache=tmp_path / "cache"))
    with pytest.raises(CredentialsRejected, match=meant):
        connector.check()


def test_a_version_that_the_remote_no_longer_has_is_set_aside(source: GitSource) -> None:
    source.write("a.md", "text")
    assert ids(source.connector) == ["a.md"]
    for version in ("1" * 40, "no version", "--help", ""):
        with pytest.raises(ItemUnreadable, match=r"a\.md: "):
            source.connector.fetch(Item("a.md", version))


def test_a_server_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.git.program.ASK_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        remote = f"http://127.0.0.1:{silent.getsockname()[1]}/a.git"
        connector = Git(remote, machine=Machine(private=("127.0.0.1",), cache=tmp_path))
        with pytest.raises(SourceUnavailable, match="does not answer in time"):
            connector.items(None)


def test_a_machine_without_git_says_so(source: GitSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SourceUnavailable, match="Install git"):
        source.connector.check()


def test_readers_are_those_of_the_settings_and_part_of_the_version(source: GitSource) -> None:
    source.write("a.md", "text")
    item = only(source.connector)
    assert source.connector.fetch(item).readers == {EVERYONE}
    few = replace(source.connector, readers=("Kim@Example.com", "lee@example.com"))
    restricted = only(few)
    assert restricted.version != item.version
    assert few.fetch(restricted).readers == {"email:kim@example.com", "email:lee@example.com"}
    fewer = replace(source.connector, readers=("lee@example.com",))
    assert only(fewer).version not in (item.version, restricted.version)
    with pytest.raises(ValueError, match="e-mail"):
        replace(source.connector, readers=("kim",))


def test_ten_thousand_files_are_listed_and_read(source: GitSource) -> None:
    for number in range(10_000):
        source.repository.put(f"{number % 100}/{number}.md", f"text {number}".encode())
    source.repository.push(author="Lee Jun")
    listing = source.connector.items(None)
    assert len(listing.items) == 10_000
    asked = len(source.served.requests)
    document = source.connector.fetch(listing.items[-1])
    assert document.authors == ("Lee Jun",)
    assert len(source.served.requests) == asked
    source.write("7/7.md", "changed")
    assert changes(source.connector, listing.cursor) == (["7/7.md"], [])


def test_after_many_syncs_the_copy_is_still_small(source: GitSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.git.clone._MOST_PACKS", 3)
    cursor = None
    for number in range(6):
        source.write("a.md", f"text {number}")
        listing = source.connector.items(cursor)
        assert source.connector.fetch(listing.items[0]).content == f"text {number}".encode()
        cursor = listing.cursor
        assert len(list((source.cache / "git/objects/pack").glob("*.pack"))) <= 5
