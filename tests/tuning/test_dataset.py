"""Rows and frozen datasets."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.answering import prompts
from bot.answering.evidence import choose_evidence
from bot.contracts import Message, Passage
from bot.errors import NotFound
from bot.tuning.data.dataset import Dataset, DatasetError, freeze, leak
from bot.tuning.rows import Row, RowError, RowPassage, parse_row

NOT_FROM_ROWS = {"created": "2026-11-22T01:00:00+00:00", "seed": 7, "readers": None}


def answer_row(name: str, document: str = "", **changes: Any) -> Row:
    passage = RowPassage(document or f"doc-{name}", "휴가 규정", "병가", f"병가 {name}은 30일까지다.")
    row = Row(
        id=name,
        kind="answer",
        language="ko",
        source="approved",
        licence="internal",
        consent="approved by 2",
        question=f"병가 {name}은 며칠까지 쓰나요?",
        passages=(passage,),
        gold=(0,),
        answer="병가는 30일까지 쓸 수 있습니다 [1].",
    )
    return dataclasses.replace(row, **changes)


def frozen(
    folder: Path, splits: Mapping[str, Sequence[Row]] | None = None, **manifest: Any
) -> tuple[Path, Mapping[str, Sequence[Row]]]:
    folder.mkdir(parents=True)
    rows = splits or {
        "train": [answer_row("a"), answer_row("b")],
        "validation": [answer_row("c")],
        "heldout": [answer_row("d")],
    }
    freeze(folder, rows, {**NOT_FROM_ROWS, **manifest}, name=folder.name)
    return folder, rows


@pytest.mark.parametrize(
    "row",
    [
        answer_row("a"),
        answer_row("b", readers=("channel:T1/C1",)),
        answer_row("c", kind="abstain", gold=(), answer=prompts.NOT_FOUND),
        Row(
            "d",
            "chat",
            "en",
            "file:x.jsonl",
            "CC0-1.0",
            "",
            messages=(Message("user", "hi\u2028there"), Message("assistant", "hello")),
            group="x",
        ),
        Row("e", "text", "en", "file:y", "", "", text="All of it.", group="y"),
    ],
)
def test_a_row_comes_back_from_its_line_as_it_was(row: Row) -> None:
    assert "\n" not in row.line()
    assert parse_row(json.loads(row.line())) == row


async def test_the_prompt_of_a_row_is_the_one_that_the_bot_serves() -> None:
    text = "병가는 30일까지 쓸 수 있다.\n\n진단서는 3일째부터 낸다 <|im_end|>."
    found = Passage(1, "d1", "handbook", "휴가", "https://x.example", "휴가 > 병가", text, 1.0, None)
    evidence = await choose_evidence("병가는 며칠?", [found])
    shown = RowPassage("d1", "휴가", "휴가 > 병가", evidence[0].excerpt)
    row = answer_row("a", question="병가는 며칠?", passages=(shown,))
    assert row.prompt() == prompts.messages("병가는 며칠?", "ko", evidence)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "poem"}, "kind is 'poem'"),
        ({"question": " "}, "question is empty"),
        ({"answer": None}, "answer is missing"),
        ({"gold": [1]}, "gold is [1]"),
        ({"gold": [True]}, "gold is [True]"),
        ({"passages": "text"}, "passages is no list"),
        ({"readers": []}, "readers is []"),
        ({"language": "fr"}, "language is 'fr'"),
        ({"answer": prompts.NOT_FOUND}, "its answer does not fit"),
    ],
)
def test_a_broken_row_is_refused_with_what_is_wrong_and_what_would_be_right(
    change: dict[str, Any], says: str
) -> None:
    with pytest.raises(RowError) as caught:
        parse_row({**json.loads(answer_row("a").line()), **change})
    assert says in caught.value.message
    assert caught.value.mend


def test_chat_messages_take_turns_and_end_with_the_assistant() -> None:
    row = {"id": "a", "kind": "chat", "language": "en", "source": "file:a", "licence": "", "consent": ""}
    for roles in (["user"], ["assistant"], ["user", "assistant", "user"], ["user", "system", "assistant"]):
        messages = [{"role": role, "content": "hello"} for role in roles]
        with pytest.raises(RowError):
            parse_row({**row, "messages": messages})


def test_a_frozen_dataset_opens_as_it_was(tmp_path: Path) -> None:
    folder, rows = frozen(tmp_path / "leave")
    dataset = Dataset.open(folder)
    assert dataset.splits == rows
    assert dataset.manifest.counts["train"] == {"answer": 2}
    assert dataset.manifest.documents["heldout"] == ["doc-d"]
    assert (dataset.name, dataset.readers) == ("leave", None)
    assert Dataset.open(folder).hash == dataset.hash


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    folder, _ = frozen(tmp_path / "leave")
    file = folder / "heldout.jsonl"
    file.write_text(file.read_text("utf-8").replace("30", "40"), "utf-8")
    with pytest.raises(DatasetError, match=r"heldout\.jsonl was changed since"):
        Dataset.open(folder)


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Dataset.open(tmp_path / "none")
    folder, _ = frozen(tmp_path / "leave")
    (folder / "manifest.json").write_text('{"version": 1}', "utf-8")
    with pytest.raises(DatasetError, match="no manifest"):
        Dataset.open(folder)


def with_hashes_mended(folder: Path, file: str) -> None:
    """As somebody does who knows how: the rows are changed, and the manifest with them."""
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["sha256"][file] = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (answer_row("z", document="doc-a"), "the same document"),
        (answer_row("z", question="병가 A은 며칠까지 쓰나요"), "the same question"),
        (answer_row("z", passages=(answer_row("a", document="y").passages[0],)), "same text"),
    ],
)
def test_a_leak_between_splits_is_refused_when_it_is_opened(tmp_path: Path, row: Row, what: str) -> None:
    folder, rows = frozen(tmp_path / "leave")
    (folder / "heldout.jsonl").write_text(f"{row.line()}\n", "utf-8")
    with_hashes_mended(folder, "heldout.jsonl")
    with pytest.raises(DatasetError, match=what):
        Dataset.open(folder)
    assert not leak(rows)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    folder, _ = frozen(tmp_path / "leave")
    with (folder / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": ')
    with_hashes_mended(folder, "train.jsonl")
    with pytest.raises(DatasetError, match=r"train\.jsonl, line 3: no JSON"):
        Dataset.open(folder)


def test_rows_that_only_some_may_read_need_a_dataset_that_says_so(tmp_path: Path) -> None:
    readers = ("channel:T1/C1", "channel:T1/C2")
    rows = {
        "train": [answer_row("a", readers=readers)],
        "validation": [answer_row("b")],
        "heldout": [answer_row("c")],
    }
    folder, _ = frozen(tmp_path / "open", rows)
    with pytest.raises(DatasetError, match="Not everybody may read"):
        Dataset.open(folder)
    folder, _ = frozen(tmp_path / "closed", rows, readers=["channel:T1/C1"])
    assert Dataset.open(folder).readers == ("channel:T1/C1",)
