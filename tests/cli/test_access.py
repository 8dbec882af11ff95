"""`footnote access`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from tests.cli.conftest import Run
from tests.store.cast import a_document

HR, KIM, PAUL = "channel:T1/C1", "email:kim@example.com", "user:T1/U1"
CLOSED = "\x1b[31mclosed.md"


@pytest.fixture
def filled(run: Run, tmp_path: Path) -> Run:
    """Five documents of docs, and one of a connector that is gone."""
    database = Database(tmp_path / "data" / "footnote.db")
    corpus = Corpus(database)
    for item_id, readers in {
        "a.md": {"everyone"},
        "b.md": {"everyone"},
        "pay.md": {HR, KIM},
        "trip.md": {PAUL, "email:lee@example.com"},
        CLOSED: set[str](),
    }.items():
        corpus.put(a_document(item_id, "x", connector="docs", readers=frozenset(readers)))
    corpus.put(a_document("old.md", "x", connector="wiki", readers=frozenset({HR})))
    database.close()
    return run


def told(run: Run, *arguments: str) -> Any:
    done = run("access", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_connector_is_counted_also_one_that_is_gone(filled: Run) -> None:
    docs, wiki = told(filled)
    assert docs == {
        "connector": "docs", "documents": 5, "for_everyone": 2, "for_nobody": 1, "reader_sets": 3,
    }  # fmt: skip
    assert (wiki["connector"], wiki["documents"], wiki["for_everyone"]) == ("wiki", 1, 0)
    shown = filled("access")
    assert "wiki" in shown.stdout
    assert "docs: readable by nobody: 1" in shown.stderr
    assert "everyone_may_read" in shown.stderr


def test_the_readers_of_a_connector_are_listed_with_the_most_first(filled: Run) -> None:
    found = told(filled, "docs")
    assert found["sets"][0] == {"readers": ["everyone"], "documents": 2}
    assert {"readers": [HR, KIM], "documents": 1} in found["sets"]
    assert found["for_nobody"] == 1
    bounded = filled("access", "docs", "--limit", "1")
    assert f"{HR}, {KIM}" not in bounded.stdout
    assert "2 documents in 2 more sets" in bounded.stderr


def test_the_readers_of_a_document_are_listed_by_place_id_and_address(filled: Run) -> None:
    for name in ("docs/pay.md", document_id("docs", "pay.md"), "https://docs.example/pay.md#x"):
        (found,) = told(filled, name)
        assert (found["item_id"], found["readers"], found["title"]) == ("pay.md", [HR, KIM], "Handbook")
    shown = filled("access", f"docs/{CLOSED}").stdout
    assert "may be read by nobody" in shown
    assert "\x1b" not in shown


def test_what_somebody_may_read_follows_from_what_is_told_of_them(filled: Run) -> None:
    kim = told(filled, "docs", "--person", "Kim@example.com")
    assert (kim["documents"], kim["readable"]) == (5, 3)
    assert kim["through"] == {"everyone": 2, KIM: 1}
    (missing,) = kim["missing"]["sets"]
    assert missing["obstacles"] == {"email:lee@example.com": "other_email", PAUL: "other_person"}
    assert kim["missing"]["for_nobody"] == 1

    guest = told(filled, "docs", "--person", "kim@example.com", "--guest")
    assert (guest["readable"], guest["through"]) == (1, {KIM: 1})
    assert {"everyone": "guest"} in [each["obstacles"] for each in guest["missing"]["sets"]]

    paul = told(filled, "docs", "--person", PAUL)
    assert paul["through"] == {"everyone": 2, PAUL: 1}
    assert told(filled, "docs", "--person", PAUL, "--reader", HR)["through"] == {
        "everyone": 2,
        HR: 1,
        PAUL: 1,
    }


def test_whether_somebody_may_read_a_document_is_said_with_the_reason(filled: Run) -> None:
    (paul,) = told(filled, "docs/pay.md", "--person", PAUL)
    assert (paul["is_readable"], paul["through"]) == (False, [])
    assert paul["obstacles"] == {HR: "not_in_channel", KIM: "no_email"}
    shown = filled("access", "docs/pay.md", "--person", PAUL)
    assert f"{HR} (not among the --reader)" in shown.stdout
    assert "Channels, groups and other addresses count only where --reader names them" in shown.stderr
    (member,) = told(filled, "docs/pay.md", "--person", PAUL, "--reader", HR)
    assert (member["is_readable"], member["through"]) == (True, [HR])
    assert (
        f"may read it, through {HR}"
        in filled("access", "docs/pay.md", "--person", PAUL, "--reader", HR).stdout
    )


@pytest.mark.parametrize(
    ("arguments", "status", "mend"),
    [
        (["nowhere"], 1, "Connectors: docs. A document"),
        (["docs/nothing.md"], 1, "CONNECTOR/ITEM"),
        (["0" * 64], 1, "There is no connector and no document"),
        (["docs", "--person", "kim"], 2, "an e-mail address, or a person such as user:T01ABC/U01ABC"),
        (["docs", "--person", "channel:T1/C1"], 2, "user:T01ABC/U01ABC"),
        (["docs", "--person", PAUL, "--reader", "C1"], 2, "a principal such as channel:T01ABC/C01ABC"),
        (["docs", "--reader", HR], 2, "give --person too"),
        (["--person", PAUL], 2, "Name a connector or a document"),
        (["docs", "--limit", "0"], 2, "--limit"),
    ],
)
def test_wrong_use_names_the_mend(run: Run, arguments: list[str], status: int, mend: str) -> None:
    done = run("access", *arguments)
    assert done.returncode == status
    assert mend in " ".join(done.stderr.split())


def test_nothing_yet_is_an_empty_table(run: Run) -> None:
    (docs,) = told(run)
    assert (docs["connector"], docs["documents"], docs["reader_sets"]) == ("docs", 0, 0)
