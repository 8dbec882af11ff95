"""The one file: what is committed stays, what fails is undone, and closing waits for whoever reads."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.database import Database


def note(database: Database, what: str) -> None:
    with database.write() as db:
        db.table("audit").insert({"at": 1.0, "who": "t", "what": what, "detail": ""})


def test_a_block_that_raises_leaves_nothing_behind(tmp_path: Path) -> None:
    database = Database(tmp_path / "footnote.db")

    def break_off(database: Database) -> None:
        with database.write() as db:
            db.conn.execute("INSERT INTO audit (at, who, what, detail) VALUES (1, 't', 'half', '')")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        break_off(database)
    note(database, "whole")
    assert [row["what"] for row in database.rows("SELECT what FROM audit")] == ["whole"]


def test_a_write_inside_a_write_joins_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "footnote.db")

    def break_off() -> None:
        with database.write():
            note(database, "inner")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        break_off()
    assert database.rows("SELECT * FROM audit") == []


def test_the_file_may_have_odd_characters_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "회사 문서" / "a?b#c%d.db"
    note(Database(path), "kept")
    assert path.is_file()
    assert Database(path).value("SELECT what FROM audit") == "kept"


def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "footnote.db"
    path.write_bytes(b"no database at all, but long enough to be looked at" * 50)
    with pytest.raises(StoreError, match=r"footnote\.db"):
        Database(path)


def test_audit_rows_can_be_neither_changed_nor_deleted(tmp_path: Path) -> None:
    database = Database(tmp_path / "footnote.db")
    note(database, "done")
    for statement in ("UPDATE audit SET who = 'x'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="audit rows are never"), database.write() as db:
            db.conn.execute(statement)


def test_closing_under_readers_in_other_threads_ends_them_with_a_sentence(tmp_path: Path) -> None:
    database = Database(tmp_path / "footnote.db")
    note(database, "x")
    began, ended = threading.Barrier(5), []

    def read_for_ever() -> None:
        began.wait()
        try:
            while True:
                database.rows(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 5000) SELECT i FROM n"
                )
        except StoreError as exc:
            ended.append(str(exc))

    threads = [threading.Thread(target=read_for_ever) for _ in range(4)]
    for thread in threads:
        thread.start()
    began.wait()
    database.close()
    for thread in threads:
        thread.join(10)
    assert len(ended) == 4
    assert all("closed" in message for message in ended)
    with pytest.raises(StoreError, match="closed"):
        note(database, "late")
