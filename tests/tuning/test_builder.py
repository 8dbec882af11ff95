"""From rows to a frozen dataset: what is checked, mixed, divided, refused; and that a kill loses nothing."""

from __future__ import annotations

import asyncio
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.answering import prompts
from bot.contracts import Message
from bot.errors import Busy
from bot.store.database import Database
from bot.tuning.data.builder import Gathered, build, building
from bot.tuning.data.checking import Checks
from bot.tuning.data.cleaning import mask, without_repetitions
from bot.tuning.data.dataset import Dataset, DatasetError
from bot.tuning.data.documents import Documents
from bot.tuning.data.shares import Shares
from bot.tuning.data.splitting import split_rows, with_own_passages, without_leaks
from bot.tuning.rows import Row, RowPassage
from tests.tuning.desks import TOPICS, answer_of, desk_row, desk_rows, text_of

FINANCE, PEOPLE = "channel:T1/CFINANCE", "channel:T1/CPEOPLE"
LONG_CHAT = (Message("user", "a"), Message("assistant", "b " * 4_000))


@pytest.fixture
def documents(tmp_path: Path) -> Iterator[Documents]:
    database = Database(tmp_path / "footnote.db")
    yield Documents(database)
    database.close()


async def built(folder: Path, rows: list[Row], documents: Documents, *, seed: int = 7, **how: Any) -> Dataset:
    with building(folder) as place:
        return await build(place, Gathered(rows, Counter(), Counter()), documents, Checks(), seed=seed, **how)


def all_rows(dataset: Dataset) -> list[Row]:
    return [row for rows in dataset.splits.values() for row in rows]


# --- what a dataset is ------------------------------------------------------------------------------------


async def test_rows_are_divided_by_document_and_the_same_seed_gives_the_same_bytes(
    tmp_path: Path, documents: Documents
) -> None:
    first = await built(tmp_path / "first", desk_rows(30), documents)
    again = await built(tmp_path / "again", desk_rows(30), documents)
    other = await built(tmp_path / "other", desk_rows(30), documents, seed=8)
    assert first.manifest.sha256 == again.manifest.sha256 != other.manifest.sha256
    answers = {split: sum(row.kind == "answer" for row in rows) for split, rows in first.splits.items()}
    assert answers == {"train": 21, "validation": 3, "heldout": 6}
    in_splits = [set(first.manifest.documents[split]) for split in first.splits]
    assert not in_splits[0] & in_splits[1]
    assert not in_splits[0] & in_splits[2]


async def test_the_right_passage_stands_among_others_and_its_number_follows_it(
    tmp_path: Path, documents: Documents
) -> None:
    dataset = await built(tmp_path / "desks", desk_rows(30), documents)
    answers = [row for row in all_rows(dataset) if row.kind == "answer"]
    places = Counter[int]()
    for row in answers:
        (gold,) = row.gold
        (mark,) = re.findall(r"\[(\d+)\]", row.answer)
        room = re.findall(r"room (\d+)", row.answer)[0]
        assert int(mark) == gold + 1
        assert room in row.passages[gold].text
        assert sum(room in passage.text for passage in row.passages) == 1
        assert f"[{mark}]" in row.prompt()[-1].content
        places[gold] += 1
    assert len(answers) == 30
    assert len(places) > 1  # not always the same place
    assert all(len(row.passages) > 1 for row in answers)


async def test_a_share_of_the_questions_has_lost_its_passage_and_is_declined(
    tmp_path: Path, documents: Documents
) -> None:
    dataset = await built(tmp_path / "desks", desk_rows(30), documents, shares=Shares(abstain=0.3))
    declined = [row for row in all_rows(dataset) if row.kind == "abstain"]
    assert [
        sum(row.kind == "abstain" for row in rows) / len(rows) for rows in dataset.splits.values()
    ] == pytest.approx([0.3, 0.25, 0.5], abs=0.01)  # to learn from, to check with, held out
    for row in declined:
        number = int(row.id.split()[1])
        assert row.answer == prompts.NOT_FOUND
        assert row.passages
        assert not any(str(101 + number) in passage.text for passage in row.passages)


async def test_however_few_there_are_one_is_to_be_declined(tmp_path: Path, documents: Documents) -> None:
    dataset = await built(tmp_path / "desks", desk_rows(10), documents, shares=Shares(abstain=0.01))
    kinds = {split: Counter(row.kind for row in rows) for split, rows in dataset.splits.items()}
    assert kinds["train"]["answer"] > 1
    assert kinds["train"]["abstain"] == 1


async def test_every_question_held_out_is_asked_without_its_passage_too(
    tmp_path: Path, documents: Documents
) -> None:
    dataset = await built(tmp_path / "desks", desk_rows(30), documents)
    answered, declined = (
        sorted(row.question for row in dataset.heldout if row.kind == kind) for kind in ("answer", "abstain")
    )
    assert len(answered) == 6
    assert answered == declined


@pytest.mark.parametrize(
    ("rows", "share", "heldout"),
    [
        (30, None, 6),  # too few for the gate, whatever is held out
        (83, None, 17),
        (84, None, 42),  # as many as the gate needs, and a few more
        (120, None, 42),
        (300, None, 60),
        (120, 0.1, 12),
    ],
)
def test_so_many_are_held_out_as_the_gate_needs(rows: int, share: float | None, heldout: int) -> None:
    assert round(Shares(heldout=share).heldout_of([desk_row(0)] * rows) * rows) == heldout


def test_what_the_gate_needs_leaves_enough_to_learn_from() -> None:
    rows = [desk_row(0)] * 84
    assert Shares(validation=0.2).heldout_of(rows) == 0.5
    assert Shares(validation=0.3).heldout_of(rows) == 0.2


async def test_what_an_answer_claims_and_its_passage_does_not_say_is_left_out(
    tmp_path: Path, documents: Documents
) -> None:
    wrong = desk_row(5, answer="The badge desk is in room 999 of the main building. [1]")
    dataset = await built(tmp_path / "desks", [*desk_rows(20)[:5], wrong, *desk_rows(20)[6:]], documents)
    assert dataset.manifest.rejected == {"file: its passages do not say what it says": 1}
    assert not any("999" in row.answer for row in all_rows(dataset))


async def test_personal_data_is_nowhere_in_the_folder(tmp_path: Path, documents: Documents) -> None:
    passage = "Call Kim at 010-1234-5678 about the visa desk. " + text_of(3)
    rows = desk_rows(20)
    rows[3] = desk_row(
        3,
        question="Who tells me at 010-1234-5678 in which room the visa desk is?",
        passages=(RowPassage(passage, "kim@corp.example", "", passage),),
    )
    dataset = await built(tmp_path / "desks", rows, documents)
    assert dataset.manifest.masked == {"phone": 2, "e-mail": 1}
    written = b"".join(path.read_bytes() for path in dataset.path.iterdir())
    assert b"1234-5678" not in written
    assert b"kim@corp" not in written
    assert b"[PHONE]" in written


async def test_repetitions_are_counted_and_corrections_go_before_answers(
    tmp_path: Path, documents: Documents
) -> None:
    again = desk_row(1, id="again", question="in which room  do I find the travel desk")
    nearly = desk_row(2, id="nearly", question="In which rooms do I find the laptop desk?")
    outdated = desk_row(4, id="outdated", source="approved", gold=(0,))
    corrected = desk_row(4, id="corrected", source="correction")
    rows = [outdated, *desk_rows(20)[:4], corrected, *desk_rows(20)[5:], again, nearly]
    dataset = await built(tmp_path / "desks", rows, documents, shares=Shares(abstain=0))
    ids = {row.id for row in all_rows(dataset)}
    assert "corrected" in ids
    assert not ids & {"again", "nearly", "outdated"}
    assert dataset.manifest.rejected == {"it repeats another row": 2, "a correction takes its place": 1}


def test_another_answer_to_the_same_question_stays_if_it_is_of_another_document() -> None:
    rejected = Counter[str]()
    here = desk_row(1, question="Where is the desk?")
    there = desk_row(2, question="Where is the desk?")
    other = desk_row(1, id="other", question="Where is the desk?", answer="It is in room 7 on the left. [1]")
    assert without_repetitions([here, there, other], rejected) == [here, there]
    assert rejected["its question has another answer already"] == 1


# --- who may read it ----------------------------------------------------------------------------------------


async def test_what_not_everybody_may_read_is_left_out_unless_the_dataset_is_for_those_who_may(
    tmp_path: Path, documents: Documents
) -> None:
    rows = desk_rows(26)
    for number in range(4):
        rows[number] = desk_row(number, readers=(FINANCE, PEOPLE))
    rows[4] = desk_row(4, readers=(PEOPLE,))
    for_all = await built(tmp_path / "all", rows, documents)
    assert for_all.readers is None
    assert all(row.readers is None for row in all_rows(for_all))
    assert sum(for_all.manifest.rejected.values()) == 5
    assert not {name for names in for_all.manifest.documents.values() for name in names} & {
        f"{TOPICS[number]}.md" for number in range(5)
    }

    for_finance = await built(tmp_path / "finance", rows, documents, readers=(FINANCE,))
    assert for_finance.readers == (FINANCE,)
    assert {row.readers for row in all_rows(for_finance)} == {None, (FINANCE, PEOPLE)}
    assert for_finance.manifest.rejected == {"not everybody may read what it was made from (--readers)": 1}


# --- what is refused --------------------------------------------------------------------------------------


async def refused(tmp_path: Path, documents: Documents, rows: list[Row], **how: Any) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        await built(tmp_path / "refused", rows, documents, **how)
    assert not (tmp_path / "refused").exists()
    assert caught.value.mend
    return caught.value


async def test_nine_rows_are_refused_and_it_is_said_why(tmp_path: Path, documents: Documents) -> None:
    wordless = desk_row(9, question="???")
    error = await refused(tmp_path, documents, [*desk_rows(9), wordless])
    assert "9 rows are too few: a dataset has 10" in error.message
    assert "by heart" in error.message
    assert "1 × file: there are no words in it" in error.message


async def test_ten_rows_are_enough_and_fifty_are_advised(tmp_path: Path, documents: Documents) -> None:
    dataset = await built(tmp_path / "ten", desk_rows(10), documents)
    assert any("50 or more are advised" in sentence for sentence in dataset.manifest.advice)
    assert all(dataset.splits.values())


async def test_rows_of_one_kind_are_refused(tmp_path: Path, documents: Documents) -> None:
    declines = [
        desk_row(number, kind="abstain", answer=prompts.NOT_FOUND, question=f"Who leads {TOPICS[number]}?")
        for number in range(15)
    ]
    assert "decline every question" in (await refused(tmp_path, documents, declines)).message

    # three documents: in each split there is one, so that none can stand for another
    wordings = (
        "Where is the {} desk?",
        "I am new here, which room should I go to for {}?",
        "Somebody asked me for the room of the {} people, which one is it?",
        "My colleague says that {} has moved: to which room?",
    )
    three = [
        desk_row(number, id=wording, question=wording.format(TOPICS[number]))
        for number in range(3)
        for wording in wordings
    ]
    assert "answer every question" in (await refused(tmp_path, documents, three)).message
    as_it_is = await built(tmp_path / "answers", three, documents, shares=Shares(abstain=0))
    assert any("No row declines" in sentence for sentence in as_it_is.manifest.advice)


async def test_rows_of_one_document_cannot_be_divided(tmp_path: Path, documents: Documents) -> None:
    passage = RowPassage("all.md", "Desks", "", " ".join(text_of(number) for number in range(12)))
    rows = [desk_row(number, passages=(passage,)) for number in range(12)]
    error = await refused(tmp_path, documents, rows)
    assert "belong together (1 group)" in error.message


async def test_a_name_that_is_taken_or_none_is_refused(tmp_path: Path, documents: Documents) -> None:
    dataset = await built(tmp_path / "desks", desk_rows(12), documents)
    with pytest.raises(DatasetError, match="never changed"):
        await built(tmp_path / "desks", desk_rows(20), documents)
    assert Dataset.open(dataset.path).hash == dataset.hash
    with pytest.raises(DatasetError, match="cannot be called"):
        await built(tmp_path / ".hidden", desk_rows(20), documents)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (desk_row(1, question="x" * 2_000), "it is too long"),
        (desk_row(1, answer="주차 데스크는 본관 백일호에 있으며 아침에 엽니다 [1]."), "another language"),
        (Row("t", "text", "en", "file:a", "", "", text="short"), "it is too short"),
        (Row("c", "chat", "en", "file:a", "", "", messages=LONG_CHAT), "it is too long"),
    ],
)  # fmt: skip
async def test_a_row_that_cannot_be_learned_from_is_counted_by_its_reason(
    tmp_path: Path, documents: Documents, row: Row, reason: str
) -> None:
    dataset = await built(tmp_path / "desks", [*desk_rows(20)[:1], row, *desk_rows(20)[2:]], documents)
    ((said, count),) = dataset.manifest.rejected.items()
    assert reason in said
    assert count == 1


# --- leaks ------------------------------------------------------------------------------------------------


def test_rows_with_the_same_text_or_question_are_never_split() -> None:
    same_text = [
        desk_row(number, passages=(RowPassage(f"copy-{number}", "", "", "The same words. " + text_of(0)),))
        for number in range(6)
    ]
    same_question = [desk_row(number, question="Where is it?") for number in range(6, 12)]
    rows = [*same_text, *same_question, *desk_rows(30)[12:]]
    for seed in range(5):
        splits = split_rows(rows, {"validation": 0.1, "heldout": 0.2}, random.Random(seed))
        for group in (same_text, same_question):
            assert len({split for split, own in splits.items() for row in own if row in group}) == 1


def test_a_served_row_loses_the_passages_of_other_splits_and_its_numbers_follow() -> None:
    beside = tuple(desk_row(number).passages[0] for number in (1, 2))
    served = desk_row(0, passages=(*beside, desk_row(0).passages[0]), gold=(2,), answer=f"{answer_of(0)} [3]")
    splits = with_own_passages({"train": [served, desk_row(2)], "validation": [], "heldout": [desk_row(1)]})
    row = splits["train"][0]
    assert [passage.document for passage in row.passages] == ["laptop.md", "parking.md"]
    assert (row.gold, row.answer) == ((1,), f"{answer_of(0)} [2]")


def test_the_same_words_in_documents_of_two_splits_stay_in_one() -> None:
    notice = "Opening hours may change."
    splits = {
        "train": [desk_row(0, passages=(*desk_row(0).passages, RowPassage("a", "", "", notice)), gold=(0,))],
        "validation": [desk_row(1)],
        "heldout": [
            desk_row(2, passages=(RowPassage("b", "", "", notice.upper()), *desk_row(2).passages), gold=(1,)),
            desk_row(3, passages=(RowPassage("c", "", "", text_of(0)),)),
        ],
    }
    rejected = Counter[str]()
    found = without_leaks(splits, rejected)
    (row,) = found["heldout"]
    assert [passage.document for passage in row.passages] == ["laptop.md"]
    assert row.gold == (0,)
    assert sum(rejected.values()) == 1


def test_the_id_of_a_document_of_the_index_is_never_taken_for_personal_data() -> None:
    # 13 digits of it pass for a card number
    document = "ab4111111111111111" + "c" * 46
    row = desk_row(0, source="approved", passages=(RowPassage(document, "", "", text_of(0)),))
    assert mask(row, Counter()).documents == {document}


# --- killed, and gone on with -----------------------------------------------------------------------------

DIES = """
import asyncio, os, sys
from collections import Counter
from pathlib import Path
from bot.store.database import Database
from bot.tuning.data.builder import Gathered, build, building
from bot.tuning.data.checking import Checks
from bot.tuning.data.documents import Documents
from tests.tuning.desks import desk_rows

folder, dies_at = Path(sys.argv[1]), int(sys.argv[2])

def progress(what, done, total):
    if done == dies_at:
        os._exit(9)

with building(folder) as place:
    documents = Documents(Database(folder.parent / "footnote.db"))
    gathered = Gathered(desk_rows(20), Counter(), Counter())
    asyncio.run(build(place, gathered, documents, Checks(), seed=7, progress=progress))
"""


@pytest.mark.parametrize("dies_at", [3, 20])
async def test_what_was_killed_is_built_by_the_same_command(tmp_path: Path, dies_at: int) -> None:
    folder = tmp_path / "killed"
    root = Path(__file__).parents[2]
    died = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", DIES, str(folder), str(dies_at)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        check=False,
    )
    assert died.returncode == 9, died.stderr.decode()
    assert not folder.exists()
    # and as if it had been killed while it wrote
    (tmp_path / ".killed.building" / "whole").mkdir()
    (tmp_path / ".killed.building" / "whole" / "train.jsonl").write_text('{"id": ', "utf-8")
    database = Database(tmp_path / "footnote.db")
    documents = Documents(database)
    dataset = await built(folder, desk_rows(20), documents)
    undisturbed = await built(tmp_path / "undisturbed", desk_rows(20), documents)
    database.close()
    assert dataset.manifest.sha256 == undisturbed.manifest.sha256
    assert not (tmp_path / ".killed.building").exists()


async def test_what_is_left_beside_a_whole_dataset_is_cleared_away(
    tmp_path: Path, documents: Documents
) -> None:
    await built(tmp_path / "desks", desk_rows(12), documents)
    beside = tmp_path / ".desks.building"
    beside.mkdir()
    (beside / "generated.jsonl").write_text("{}", "utf-8")
    with pytest.raises(DatasetError, match="already"):
        await built(tmp_path / "desks", desk_rows(12), documents)
    assert not beside.exists()


async def test_two_do_not_build_the_same_at_once(tmp_path: Path) -> None:
    with building(tmp_path / "desks"), pytest.raises(Busy, match="being built"), building(tmp_path / "desks"):
        raise AssertionError("never here")
    with building(tmp_path / "desks") as place:
        assert place.generated.parent == place.path
