from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answer import Answering
from bot.contracts import Citation
from bot.errors import ConfigError
from bot.evaluation.answers import evaluate_answers, folders_named_in, holds_answer, read_questions
from tests.answering.cast import SHELF, TRAVEL, ScriptedModel, ShelfIndex

PAGE = "wiki/travel.md"
HOTEL: dict[str, Any] = {
    "id": "q1",
    "kind": "en",
    "question": "what happens to my hotel booking if nobody reacts?",
    "answerable": True,
    "answers": ["24 hours"],
    "gold_files": [PAGE],
    "also_ok_files": [],
    "evidence": ["After 24 hours without any manual action"],
}
PENSION: dict[str, Any] = {
    "id": "q2",
    "kind": "unanswerable",
    "question": "how high is the pension?",
    "answerable": False,
    "near_files": ["other/pay.md"],
}


def paths(citation: Citation) -> str:
    return {"d1": PAGE, "d2": "wiki/leave.md"}[citation.document_id]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "wiki").mkdir()
    text = TRAVEL.text.replace("24 hours", "**24 hours**").replace("portal", "[portal](https://x.example)")
    (tmp_path / PAGE).write_text(text, encoding="utf-8")
    (tmp_path / "wiki/leave.md").write_text(SHELF[1].text, encoding="utf-8")
    return tmp_path


def written(folder: Path, *rows: object) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


async def figures(
    corpus: Path, replies: list[str], *rows: object, limit: int | None = None
) -> dict[str, Any]:
    footnote = Answering(ShelfIndex(SHELF), ScriptedModel(replies))
    return await evaluate_answers(
        footnote, written(corpus, *rows), corpus, path_of=paths, limit=limit, details=corpus / "details.jsonl"
    )


RIGHT = "The booking is accepted automatically after 24 hours [1]."
WRONG_SOURCE = "경조사비는 30,000원까지 지원합니다 [2]."


async def test_a_right_answer_with_a_right_citation_scores_everywhere(corpus: Path) -> None:
    card = await figures(corpus, [RIGHT, "NOT_FOUND"], HOTEL, PENSION)
    assert (card["n"], card["answered"], card["correct"]) == (2, 1, 1)
    assert (card["citation_precision"], card["citation_recall"]) == (1.0, 1.0)
    assert (card["abstained_when_unanswerable"], card["false_refusals"]) == (1.0, 0.0)
    assert set(card["first_token_s"]) == set(card["total_s"]) == {"p50", "p95"}
    assert card["by_kind"]["unanswerable"]["answered"] == 0


async def test_a_citation_of_another_document_lowers_precision_and_recall(corpus: Path) -> None:
    card = await figures(corpus, [f"{RIGHT} {WRONG_SOURCE}"], HOTEL)
    assert (card["correct"], card["citation_precision"], card["citation_recall"]) == (1, 0.5, 0.5)


async def test_a_quote_of_another_place_in_the_right_document_is_not_right(corpus: Path) -> None:
    card = await figures(corpus, ["Meals are paid up to $75 a day [1]."], HOTEL)
    assert (card["citation_precision"], card["citation_document_precision"], card["correct"]) == (0.0, 1.0, 0)


async def test_declining_an_answerable_question_is_a_false_refusal(corpus: Path) -> None:
    card = await figures(corpus, ["NOT_FOUND", RIGHT], HOTEL, PENSION)
    assert (card["false_refusals"], card["abstained_when_unanswerable"]) == (1.0, 0.0)
    assert card["correct"] == 0


async def test_every_outcome_is_written_down_and_the_limit_kept(corpus: Path) -> None:
    card = await figures(corpus, [RIGHT], HOTEL, PENSION, limit=1)
    (row,) = map(json.loads, (corpus / "details.jsonl").read_text(encoding="utf-8").splitlines())
    assert card["n"] == 1
    assert (row["id"], row["correct"], row["cited"][0][0]) == ("q1", True, PAGE)


async def test_progress_ends_with_all_done(corpus: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    footnote = Answering(ShelfIndex(SHELF), ScriptedModel([RIGHT]))
    questions = written(corpus, HOTEL)
    await evaluate_answers(
        footnote, questions, corpus, path_of=paths, progress=lambda *step: seen.append(step)
    )
    assert seen == [("asking", 0, 1), ("asking", 1, 1)]


@pytest.mark.parametrize(
    ("text", "variant", "is_there"),
    [
        ("최대 30일 [1]", "30일", True),
        ("최대 130일", "30일", False),
        ("2.5년", "5년", False),
        ("３０ Days.", "30 days", True),
        ("It costs $500 [1]", "$500", True),
        ("It costs $5000", "$500", False),
        ("$500.", "$500", True),
    ],
)
def test_a_numeral_counts_only_by_itself(text: str, variant: str, is_there: bool) -> None:
    assert holds_answer(text, [[variant]]) is is_there


def test_every_group_must_be_held() -> None:
    assert holds_answer("Legal and Security sign.", [["legal"], ["security", "보안"]])
    assert not holds_answer("Legal signs.", [["legal"], ["security", "보안"]])


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("not an object", "is no JSON object"),
        ({**HOTEL, "question": ""}, 'has no "question"'),
        ({**HOTEL, "answers": []}, 'neither "answers"'),
        ({**HOTEL, "evidence": "one text"}, '"evidence" that is no list'),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, row: object, complaint: str) -> None:
    path = written(tmp_path, HOTEL, row)
    with pytest.raises(ConfigError, match=r"questions\.jsonl, line 2") as caught:
        read_questions(path)
    assert complaint in str(caught.value)


def test_a_line_that_is_no_json_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"question": \n', encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1"):
        read_questions(path)
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="empty"):
        read_questions(path)


def test_the_folders_of_gold_and_near_files_are_named(tmp_path: Path) -> None:
    assert folders_named_in(written(tmp_path, HOTEL, PENSION)) == ("other", "wiki")


@pytest.mark.corpus
def test_the_real_questions_can_be_read() -> None:
    path = Path(__file__).parents[3] / "shared/eval/handbook_dev.jsonl"
    if not path.exists():
        pytest.skip("the shared evaluation data is not on this machine")
    known = read_questions(path)
    assert len(known) == 60
    for question in known:
        for name in question.right_files:
            assert (path.parent / "corpora" / name).is_file()
