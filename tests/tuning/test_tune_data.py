"""footnote tune data, from files, documents and a teacher on a server."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.answering import prompts
from bot.errors import ConfigError, FootnoteError, ModelError, NotFound
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.tuning.data.dataset import Dataset, DatasetError
from bot.tuning.data.files import FileError
from tests.models.remote.model_server import END, STREAM, ModelServer, Write, answer, event, model_server
from tests.tuning.desks import TOPICS, answer_of, put_desks, question_of, text_of
from tests.tuning.typed import tune

FINANCE = "channel:T1/CFINANCE"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where config.toml and the data lie."""
    (tmp_path / "config.toml").write_text('data_dir = "data"\n', "utf-8")
    return tmp_path


def said(home: Path, *arguments: str) -> str:
    """What it prints. An error that it foresaw is raised. Without a model unless it is to rehearse."""
    without = () if "--rehearse" in arguments else ("--rehearse", "0")
    return tune(home / "config.toml", "data", *arguments, *without).stdout


def desks_file(home: Path, numbers: Sequence[int], **fields: Any) -> Path:
    lines = [
        {
            "question": question_of(n),
            "answer": answer_of(n),
            "passage": text_of(n),
            "document": TOPICS[n],
            **fields,
        }
        for n in numbers
    ]
    path = home / "desks.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return path


def put(home: Path, numbers: Sequence[int], readers: frozenset[str] = frozenset({"everyone"})) -> None:
    database = Database(home / "data" / "footnote.db")
    put_desks(Corpus(database), numbers, readers)
    database.close()


def opened(home: Path, name: str) -> Dataset:
    return Dataset.open(home / "data" / "tuning" / "datasets" / name)


def test_a_file_becomes_a_dataset_that_says_what_is_in_it(home: Path) -> None:
    file = desks_file(home, range(20))
    terms = ("--licence", "internal", "--consent", "HR, 2026-11-20")
    shown = said(home, "desks", "--file", str(file), *terms)
    assert "heldout" in shown
    assert "50 or more are advised" in " ".join(shown.split())
    dataset = opened(home, "desks")
    assert {row.licence for row in dataset.train} == {"internal"}

    found = json.loads(said(home, "desks", "--report", "--json"))
    assert found["hash"] == dataset.hash
    assert found["kinds"]["heldout"]["answer"] == 4
    assert found["languages"]["train"] == {"en": len(dataset.train)}
    assert found["consents"] == {"HR, 2026-11-20": len([r for rows in dataset.splits.values() for r in rows])}
    assert {example["kind"] for example in found["examples"]} == {"answer", "abstain"}
    report = said(home, "desks", "--report")
    assert "question: " in report
    assert "licences: internal: " in report

    with pytest.raises(DatasetError, match="already"):
        said(home, "desks", "--file", str(file))
    with pytest.raises(NotFound):
        said(home, "nothing", "--report")


def test_what_is_wrong_in_a_file_is_said_with_its_line_before_anything_is_made(home: Path) -> None:
    file = desks_file(home, range(12))
    with file.open("a", encoding="utf-8") as broken:
        broken.write('{"question": "And this?"}\n{"question": \n')
    with pytest.raises(FileError, match=r"line 13: answer is missing.*line 14: no JSON"):
        said(home, "desks", "--file", str(file))
    with pytest.raises(DatasetError, match="9 rows are too few"):
        said(home, "desks", "--file", str(desks_file(home, range(9))))
    with pytest.raises(DatasetError, match="0 rows are too few"):
        said(home, "nothing")
    with pytest.raises(DatasetError, match="cannot be called"):
        said(home, ".desks")
    with pytest.raises(ConfigError, match="names nobody"):
        said(home, "desks", "--readers", "everyone")
    with pytest.raises(ConfigError, match="Nothing is left"):
        said(home, "desks", "--heldout", "0.5", "--validation", "0.4")


def test_answers_without_a_passage_are_looked_up_in_what_the_readers_may_read(home: Path) -> None:
    put(home, range(2), frozenset({FINANCE}))
    put(home, range(2, 11))
    lines = [{"question": question_of(n), "answer": answer_of(n)} for n in range(11)]
    lines.append(
        {"question": "May I bring my dog to the office?", "answer": "Only on Fridays, and on a lead."}
    )
    file = home / "faq.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    shown = said(home, "faq", "--file", str(file), "--readers", FINANCE)
    assert f"only for: {FINANCE}" in " ".join(shown.split())
    dataset = opened(home, "faq")
    assert dataset.readers == (FINANCE,)
    rows = [row for own in dataset.splits.values() for row in own]
    assert sum(row.kind == "answer" for row in rows) == 11
    (dog,) = [row for row in rows if row.kind == "chat"]
    assert dog.reply() == "Only on Fridays, and on a lead."
    assert set(dataset.manifest.versions.values()) == {"1"}  # it shows when a document changes
    assert any("teach how to speak" in sentence for sentence in dataset.manifest.advice)


def test_corrections_and_a_query_are_rows_too(home: Path) -> None:
    with closing(sqlite3.connect(home / "faq.db")) as db, db:
        db.execute("CREATE TABLE faq (q TEXT, a TEXT, p TEXT)")
        rows = [(question_of(n), answer_of(n), text_of(n)) for n in range(15)]
        db.executemany("INSERT INTO faq VALUES (?, ?, ?)", rows)
    query = "SELECT q AS question, a AS answer, p AS passage FROM faq"
    corrections = desks_file(home, [3])
    said(home, "desks", "--sql", str(home / "faq.db"), query, "--corrections", str(corrections))
    found = json.loads(said(home, "desks", "--report", "--json"))
    assert found["sources"]["correction"] >= 1
    assert found["rejected"] == {"a correction takes its place": 1}


# --- the model that is to be tuned -------------------------------------------------------------------------


async def test_the_model_repeats_what_it_says_by_itself_and_is_examined_with_none_of_it(home: Path) -> None:
    file = desks_file(home, range(20))
    async with model_server() as served:
        with (home / "config.toml").open("a", encoding="utf-8") as config:
            config.write(f'[models]\nurl = "{served.url}"\nchat = "m"\n')
        down = answer(401, {"error": {"message": "who are you"}})
        says = STREAM + event(role="assistant") + event("I would say so.") + END
        served.replies = [says, down]
        with pytest.raises(ModelError, match="cannot be asked general questions") as caught:
            await asyncio.to_thread(said, home, "desks", "--file", str(file), "--rehearse", "0.2")
        assert "--rehearse 0 builds the dataset without" in caught.value.mend
        served.replies = [says]
        before = len(served.posts)
        shown = await asyncio.to_thread(said, home, "desks", "--file", str(file), "--rehearse", "0.2")
    dataset = opened(home, "desks")
    rehearsed = [row for row in dataset.train if row.source == "rehearsal"]
    assert len(rehearsed) == round(len(dataset.train) * 0.2) == len(served.posts) - before + 1
    assert {(row.kind, row.reply(), row.consent) for row in rehearsed} == {
        ("chat", "I would say so.", "written by m")
    }
    assert not [row for row in dataset.validation + dataset.heldout if row.source == "rehearsal"]
    assert "rehearsal: " in shown
    assert not any("teach how to speak" in sentence for sentence in dataset.manifest.advice)


def test_without_the_model_it_is_said_before_anything_is_read(home: Path) -> None:
    with pytest.raises(ModelError, match=r"general questions: .* not on this machine"):
        said(home, "desks", "--file", str(home / "nothing.jsonl"), "--rehearse", "0.1")


# --- a teacher --------------------------------------------------------------------------------------------


def teach(home: Path, served: ModelServer) -> None:
    """Have the server ask and answer as somebody who knows the desks."""
    with (home / "config.toml").open("a", encoding="utf-8") as file:
        file.write(f'[tune]\nteacher_url = "{served.url}"\nteacher_model = "m"\n')

    async def reply(write: Write) -> None:
        body = served.asked[-1].body
        if "logprobs" in body:
            await write(answer(400, {"error": {"message": "no logprobs"}}, {"Connection": "close"}))
            return
        messages = body["messages"]
        said = messages[-1]["content"]
        number = next(n for n, topic in enumerate(TOPICS) if f"The {topic} desk" in said)
        is_asked = messages[0]["content"] == prompts.SYSTEM
        text = f"{answer_of(number)} [1]" if is_asked else question_of(number)
        await write(STREAM + event(role="assistant") + event(text) + END)

    served.replies = [reply]


async def test_a_teacher_writes_rows_about_documents_and_what_it_did_is_kept(home: Path) -> None:
    put(home, range(14))
    async with model_server() as served:
        teach(home, served)
        knows = served.replies[0]
        down = answer(401, {"error": {"message": "who are you"}})
        # it fails when three are done
        served.replies = [*[knows] * 7, down]
        with pytest.raises(ModelError, match="No questions can be made") as caught:
            await asyncio.to_thread(said, home, "taught", "--generate", "14", "--no-approved")
        assert "the same command goes on" in caught.value.mend
        assert "teacher_url" in caught.value.mend
        before = len(served.posts)
        served.replies = [knows]
        await asyncio.to_thread(said, home, "taught", "--generate", "14", "--no-approved")
        assert (
            len(served.posts) - before == 1 + 2 * 11
        )  # once whether it can judge, then about the other eleven
    dataset = opened(home, "taught")
    rows = [row for own in dataset.splits.values() for row in own if row.kind == "answer"]
    assert len(rows) == 14
    assert {row.source for row in rows} == {"generated"}
    assert not (dataset.path.parent / ".taught.building").exists()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ('teacher_url = "http://a:sk-canary@gpu/v1"\nteacher_model = "m"', "without user"),
        ('teacher_url = "http://gpu/v1"', "not tune.teacher_model"),
        ('teacher_model = "m"', "tune.teacher_url is not set"),
        ('teacher_url = "http://gpu/v1"\nteacher_model = "m"\nteacher_key = "sk-canary"', "env:NAME"),
        ('teacher = "m"', "tune.teacher"),
    ],
)
def test_a_teacher_that_is_set_wrong_is_said_with_key_and_line(home: Path, settings: str, says: str) -> None:
    (home / "config.toml").write_text(f"[tune]\n{settings}\n", "utf-8")
    with pytest.raises(FootnoteError) as caught:
        said(home, "any")
    assert says in str(caught.value)
    assert "line " in caught.value.message
    assert "sk-canary" not in str(caught.value)
