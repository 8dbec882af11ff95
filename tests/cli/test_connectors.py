"""`footnote connectors`, as a process of its own over real files and a real web server."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.store.audit import Audit
from bot.store.database import Database

CANARY = "canary-토큰-5f1d"
Footnote = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("docs", "more"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "휴가.md").write_text("# 휴가\n\n연차는 이월할 수 있습니다.", encoding="utf-8")
    (tmp_path / "config.toml").write_text(
        '[connectors.docs]\nkind = "folder"\npath = "docs"\n[network]\nprivate = ["127.0.0.1"]\n'
    )
    return tmp_path


@pytest.fixture
def footnote(folder: Path) -> Footnote:
    """`footnote("list", typed="a line of stdin")`"""
    environment = {**os.environ, "FOOTNOTE_DATA_DIR": str(folder / "data"), "COLUMNS": "200"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    for variable in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "FOOTNOTE_KEY"):
        environment.pop(variable, None)

    def footnote(*arguments: str, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=folder,
            env={**environment, **variables},
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return footnote


@pytest.fixture
def wiki() -> Iterator[str]:
    """A site that lets in who has the password."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = "Basic " + base64.b64encode(f"bot:{CANARY}".encode()).decode()
            is_let_in = self.headers.get("Authorization") == wanted or self.path == "/robots.txt"
            body = b"" if self.path == "/robots.txt" else b"<html><title>W</title><p>A page.</p></html>"
            self.send_response(200 if is_let_in else 401)
            self.send_header("Content-Type", "text/html" if body else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_connector_is_added_listed_synced_and_removed_with_its_documents(
    footnote: Footnote, folder: Path
) -> None:
    added = footnote(
        "connectors", "add", "folder", "more", "--set", "path=more", "--schedule", "every 2 hours"
    )
    assert added.returncode == 0, added.stderr
    assert "more added" in added.stderr
    docs, more = json.loads(footnote("connectors", "list", "--json").stdout)
    assert (docs["name"], docs["managed_by"], docs["line"]) == ("docs", "file", 1)
    assert (more["managed_by"], more["added_by"]) == ("database", "terminal")
    assert more["settings"] == {"path": str(folder / "more")}
    table = footnote("connectors", "list").stdout
    assert "config.toml, line 1" in table
    assert "database (terminal)" in table

    assert [each["added"] for each in json.loads(footnote("sync", "--json").stdout)] == [1, 1]
    assert "every 2 hours" in footnote("schedule").stdout
    refused = footnote("connectors", "remove", "docs", "--yes")
    assert refused.returncode == 1
    assert "managed by config.toml" in refused.stderr
    assert footnote("connectors", "remove", "more", typed="n\n").returncode == 130
    removed = json.loads(footnote("connectors", "remove", "more", "--yes", "--json").stdout)
    assert removed == {"removed": "more", "documents": 1}
    assert [each["name"] for each in json.loads(footnote("connectors", "list", "--json").stdout)] == ["docs"]
    with_database = Database(folder / "data" / "footnote.db")
    said = [(entry.what, entry.detail) for entry in reversed(Audit(with_database).list())]
    with_database.close()
    assert [what for what, _ in said] == ["add connector", "sync", "remove connector", "forget"]


def test_nothing_is_saved_where_the_source_does_not_pass_its_check(footnote: Footnote) -> None:
    wrong = footnote("connectors", "add", "folder", "gone", "--set", "path=gone")
    assert wrong.returncode == 1
    assert "gone" in wrong.stderr
    assert "Nothing was saved" in wrong.stderr
    assert len(json.loads(footnote("connectors", "list", "--json").stdout)) == 1
    assert footnote("connectors", "add", "folder", "gone", "--set", "path=gone", "--no-check").returncode == 0
    checked = footnote("connectors", "check", "--json")
    assert checked.returncode == 1
    assert [(each["connector"], each["ok"]) for each in json.loads(checked.stdout)] == [
        ("docs", True),
        ("gone", False),
    ]
    wrong = footnote("connectors", "edit", "gone", "--set", "path=also-gone")
    assert "Nothing was saved" in wrong.stderr
    assert footnote("connectors", "edit", "gone", "--set", "path=more").returncode == 0
    assert footnote("connectors", "check").returncode == 0


def test_a_secret_comes_from_stdin_is_used_and_stands_nowhere(
    footnote: Footnote, folder: Path, wiki: str
) -> None:
    how = ("--set", f"urls={wiki}", "--set", "user=bot", "--secret", "password")
    outcomes = [
        footnote("connectors", "add", "web", "wiki", *how, typed=f"{CANARY}-wrong\n"),
        footnote("connectors", "add", "web", "wiki", *how, typed=f"{CANARY}\n"),
        footnote("-v", "connectors", "list"),
        footnote("connectors", "list", "--json"),
        footnote("-v", "connectors", "check", "wiki"),
        footnote("-v", "sync", "wiki", "--json"),
        footnote("connectors", "export"),
        footnote("connectors", "edit", "wiki", "--set", "urls=http://127.0.0.1:9/"),
        footnote("connectors", "edit", "wiki", "--secret", f"password={CANARY}"),
    ]
    codes = [outcome.returncode for outcome in outcomes]
    assert codes == [1, 0, 0, 0, 0, 0, 0, 1, 2], [outcome.stderr for outcome in outcomes]
    assert json.loads(outcomes[5].stdout)[0]["added"] == 1
    assert "does not stand in the arguments" in outcomes[8].stderr
    for outcome in outcomes:
        assert "canary" not in outcome.stdout + outcome.stderr
    files = [path for path in (folder / "data").rglob("*") if path.is_file()]
    assert any(path.name == "footnote.db" for path in files)
    encoded = base64.b64encode(f"bot:{CANARY}".encode())
    assert not [path for path in files if b"canary" in (held := path.read_bytes()) or encoded in held]


def test_what_is_exported_is_what_config_toml_takes(footnote: Footnote, folder: Path, wiki: str) -> None:
    how = ("--set", f"urls={wiki}", "--set", "user=bot", "--set", 'exclude=/"한글"\\', "--set", "max_pages=7")
    times = ("--schedule", "0 3 * * *", "--timezone", "Asia/Seoul", "--owner-channel", "C0123456789")
    rest = (*times, "--secret", "password")
    added = footnote("connectors", "add", "web", "1-wiki", *how, *rest, typed=f"{CANARY}\n")
    assert added.returncode == 0, added.stderr
    listed = json.loads(footnote("connectors", "list", "--json").stdout)[1]
    exported = footnote("connectors", "export", "1-wiki").stdout
    assert tomllib.loads(exported)["connectors"]["1-wiki"]["password"] == "env:_1_WIKI_PASSWORD"
    with (folder / "config.toml").open("a") as file:
        file.write(exported)
    assert "_1_WIKI_PASSWORD" in footnote("connectors", "list").stderr
    found = footnote("connectors", "list", "--json", _1_WIKI_PASSWORD=CANARY)
    now = json.loads(found.stdout)[1]
    assert (now["managed_by"], listed["managed_by"]) == ("file", "database")
    for key in ("kind", "settings", "secrets", "schedule", "timezone", "owner_channel"):
        assert now[key] == listed[key], key


def test_the_kinds_teach_their_settings(footnote: Footnote) -> None:
    kinds = {
        each["kind"]: each["about"] for each in json.loads(footnote("connectors", "kinds", "--json").stdout)
    }
    assert kinds["folder"] == "Documents under one directory."
    assert "Documents under one directory." in footnote("connectors", "kinds").stdout
    said = footnote("connectors", "kinds", "gitlab").stdout
    assert "GROUP/NAME, with subgroups if any." in said
    assert "choices: readme, wiki, issues" in said
    unknown = footnote("connectors", "kinds", "wikki")
    assert unknown.returncode == 1
    assert "Known kinds:" in unknown.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "folder", "x"), "'path' is missing"),
        (("add", "folder", "x", "--set", "path"), "a value is missing"),
        (("add", "folder", "docs", "--set", "path=more"), "managed by config.toml"),
        (("add", "folder", "x", "--set", "path=more", "--schedule", "now"), "schedule"),
        (("add", "folder", "x", "--set", "path=more", "--owner-channel", "#hr"), "C0123456789"),
        (("add", "web", "x", "--set", "urls=https://x/", "--secret", "password"), "stdin has no line"),
        (("edit", "nothing"), "No connector 'nothing' was added"),
        (("check", "nothing"), "There is no connector 'nothing'"),
    ],
)
def test_wrong_usage_is_answered_with_what_is_wrong(
    footnote: Footnote, arguments: tuple[str, ...], said: str
) -> None:
    outcome = footnote("connectors", *arguments)
    assert outcome.returncode in (1, 2)
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr
