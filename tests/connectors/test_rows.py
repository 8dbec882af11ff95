"""Rows of files as documents: encodings, broken rows, ids that clash, and a hundred thousand of them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.base import EVERYONE, CredentialsRejected, Item, ItemUnreadable, Machine, SourceUnavailable
from connectors.rows import Rows
from tests.connectors.contract import ConnectorContract
from tests.connectors.http_source import Response, serving

HERE = Machine(private=("127.0.0.1",))


class RowsSource:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, str] = {}
        self.connector = Rows(path=path, text_columns=("text",), max_characters=1_000)
        self._ticks = 0
        self._save()

    def _save(self) -> None:
        with self.path.open("w", newline="", encoding="utf-8") as file:
            writing = csv.writer(file)
            writing.writerow(["id", "text"])
            writing.writerows(self.rows.items())
        self._ticks += 1
        os.utime(self.path, ns=(0, 1_700_000_000_000_000_000 + self._ticks))

    def write(self, name: str, text: str) -> str:
        self.rows[name] = text
        self._save()
        return name

    def delete(self, name: str) -> None:
        del self.rows[name]
        self._save()

    def make_unreadable(self, name: str) -> None:
        self.write(name, "secret " * 1_000)

    def vanish(self) -> None:
        self.path.unlink()


@pytest.fixture
def source(tmp_path: Path) -> RowsSource:
    return RowsSource(tmp_path / "rows.csv")


class TestRowsKeepTheContract(ConnectorContract):
    pass


def file(tmp_path: Path, content: str | bytes, name: str = "rows.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(connector: Rows) -> dict[str, str]:
    return {item.id: connector.fetch(item).content.decode() for item in connector.items(None).items}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = '번호|내용\r\n1|연차는 똠방 15일\r\n2|"두\r\n줄"\r\n'.replace("|", delimiter)
    path = file(tmp_path, text.encode(encoding))
    assert read(Rows(path=path, id_column="번호", text_columns=("내용",))) == {
        "1": "연차는 똠방 15일",
        "2": "두\r\n줄",
    }


def test_cells_make_title_text_link_date_and_readers(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "id,name,question,answer,at,who,where\n"
        "1,연차,며칠?,15일,2024-05-01,kim@example.com; LEE@example.com,https://faq.example.com/1?q=가\n"
        "2,,Q,A,,everyone,\n"
        "3,None,Q,A,nonsense,,ftp://x\n",
    )
    connector = Rows(
        path=path,
        title_column="name",
        text_columns=("question", "answer"),
        updated_column="at",
        readers_column="who",
        url_column="where",
        link="https://faq.example.com/{id}",
    )
    one, two, three = (connector.fetch(item) for item in connector.items(None).items)
    assert (one.title, one.content.decode()) == ("연차", "question: 며칠?\n\nanswer: 15일")
    assert one.readers == {"email:kim@example.com", "email:lee@example.com"}
    assert one.url == "https://faq.example.com/1?q=%EA%B0%80"
    assert one.updated_at is not None
    assert one.updated_at.isoformat() == "2024-05-01T00:00:00+00:00"
    assert (two.title, two.url) == ("2", "https://faq.example.com/2")
    assert two.readers == {EVERYONE}
    assert three.readers == frozenset()
    assert three.url == "https://faq.example.com/3"


def test_any_cell_that_changes_changes_the_version_also_who_may_read(tmp_path: Path) -> None:
    connector = Rows(path=file(tmp_path, "id,text,who\n1,a,everyone\n"), readers_column="who")
    (before,) = connector.items(None).items
    file(tmp_path, "id,text,who\n1,a,kim@example.com\n")
    (after,) = connector.items(None).items
    assert before.version != after.version


def test_jsonl_is_read_by_line_and_other_values_than_text_too(tmp_path: Path) -> None:
    lines = [{"id": 1, "text": "하나"}, {"id": "b", "text": ["x", 2]}, {"id": "c", "text": None, "more": "m"}]
    path = file(tmp_path, "\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "rows.jsonl")
    assert read(Rows(path=path, text_columns=("text",))) == {"1": "하나", "b": '["x", 2]', "c": ""}


def test_bad_rows_are_named_by_their_line_and_nothing_is_deleted_for_them(tmp_path: Path) -> None:
    content = b'id,text\n1,good\n2,too,many\n3,"broken"x\n,without id\n4,also good\n'
    content += b"5,bad bytes " + b"\xff\xfe\n" + "6,한글\n".encode()
    listing = Rows(path=file(tmp_path, content)).items(None)
    assert [item.id for item in listing.items] == ["1", "4", "6"]
    assert [place for place, _ in listing.unreadable] == ["line 3", "line 4", "line 5", "line 7"]
    assert not listing.is_complete


def test_broken_json_is_named_by_its_line(tmp_path: Path) -> None:
    path = file(tmp_path, '{"id": 1}\n{"id": \n[1]\n\n{"id": 2}\n' + "[" * 100_000, "rows.jsonl")
    listing = Rows(path=path).items(None)
    assert [item.id for item in listing.items] == ["1", "2"]
    assert [place for place, _ in listing.unreadable] == ["line 2", "line 3", "line 6"]
    assert not listing.is_complete


def test_an_id_in_two_rows_is_refused_with_both_lines(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="'A' stands in the column 'id' of line 2 and of line 4"):
        Rows(path=file(tmp_path, "id,text\nA,1\nB,2\n A ,3\n")).items(None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name,text\n1,a\n", "no column 'id'. It has: name, text"),
        ("", "is empty"),
        ("id,text,id\n1,a,2\n", "names the column 'id' twice"),
        (b"\xff\xfa\x81 \xff" * 400, "neither UTF-8 nor CP949"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(SourceUnavailable, match=said):
        Rows(path=file(tmp_path, content)).check()


def test_a_quote_that_is_never_closed_deletes_nothing(tmp_path: Path) -> None:
    listing = Rows(path=file(tmp_path, 'id,text\n1,a\n2,"b\n3,c\n4,d\n')).items(None)
    assert [item.id for item in listing.items] == ["1"]
    assert not listing.is_complete


@pytest.mark.parametrize("settings", [{}, {"path": Path("a.csv"), "url": "https://example.com/a.csv"}])
def test_path_or_url_must_be_given_and_not_both(settings: dict[str, Any]) -> None:
    with pytest.raises(SourceUnavailable, match="Exactly one of path and url"):
        Rows(**settings).check()


@pytest.fixture
def url() -> Iterator[str]:
    with serving(
        lambda request: (
            Response(200, b"id,text\n1,one\n2,two\n")
            if request.headers.get("authorization") is None
            else Response(401)
        )
    ) as served:
        yield f"{served.url}/rows.csv"


def test_a_file_of_a_web_server_is_asked_for_once_a_sync(url: str) -> None:
    connector = Rows(url=url, machine=HERE, text_columns=("text",))
    assert read(connector) == {"1": "one", "2": "two"}
    assert connector.check() == f"2 rows in {url}."
    with pytest.raises(SourceUnavailable, match="private under"):
        replace(connector, machine=Machine()).check()


def test_refused_credentials_are_told_apart(url: str) -> None:
    from connectors.base import Secret

    with pytest.raises(CredentialsRejected):
        Rows(url=url, machine=HERE, token=Secret("canary")).items(None)


def test_a_connector_that_has_not_listed_yet_fetches_too(tmp_path: Path) -> None:
    path = file(tmp_path, "id,text\n1,one\n2,two\n")
    assert Rows(path=path, text_columns=("text",)).fetch(Item("2", "")).content == b"two"
    with pytest.raises(ItemUnreadable, match="3"):
        Rows(path=path).fetch(Item("3", ""))


def test_a_hundred_thousand_rows_are_listed_and_any_of_them_is_found(tmp_path: Path) -> None:
    rows = io.StringIO()
    csv.writer(rows).writerows([("id", "text"), *((number, f"text {number}") for number in range(100_000))])
    connector = Rows(path=file(tmp_path, rows.getvalue()), text_columns=("text",))
    listing = connector.items(None)
    assert len(listing.items) == 100_000
    for item in listing.items[::9_973]:
        assert connector.fetch(item).content.decode() == f"text {item.id}"
