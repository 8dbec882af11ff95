"""Rows of public questions, as a file that `footnote tune data --file` reads.

    .venv/bin/python -m tests.tuning.eval_rows ROWS.jsonl [--rows 200] [--near-misses 3] [--spans]

SQuAD 2 and KorQuAD, half each: the answer is the sentence that holds the answer span (or with --spans that
alone), with its number; a question that its paragraph only seems to answer is one to decline. At most two
questions of a paragraph, so that there is something to divide. The same rows every time.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bot.answering.reply import Reply
from bot.sentences import sentences
from bot.tuning.data.dataset import same_words

EVALUATION = Path(__file__).parents[3] / "shared/eval"
AnswerOf = Callable[[str, list[str]], str]
"""From a text and the spans of it that people marked."""
LICENCES = {"squad2": "CC BY-SA 4.0", "korquad1": "CC BY-ND 2.0 KR"}
LONGEST = 240
"""Characters of a sentence that is an answer."""
MOST_OF_ONE = 2
NEAR_MISSES = 3
"""Of SQuAD, every third question is to be declined."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument(
        "--near-misses",
        type=int,
        default=NEAR_MISSES,
        metavar="N",
        help="Of SQuAD, every Nth question is one to decline; 0: none is.",
    )
    parser.add_argument("--spans", action="store_true", help="Answer in the fewest words.")
    parser.add_argument("--english", action="store_true", help="Of SQuAD 2 alone.")
    parser.add_argument("--eval", type=Path, default=EVALUATION)
    given = parser.parse_args()
    korean = 0 if given.english else given.rows // 2
    write_rows(
        given.file,
        given.rows,
        given.eval,
        korean=korean,
        near_misses=given.near_misses,
        spans=given.spans,
    )


def write_rows(
    path: Path,
    number: int,
    evaluation: Path = EVALUATION,
    *,
    korean: int,
    near_misses: int = NEAR_MISSES,
    spans: bool = False,
) -> None:
    """One JSON object a line; `korean` of them of KorQuAD."""
    answer_of = _span if spans else _sentence
    rows = [
        *_rows("squad2", number - korean, evaluation, near_misses, answer_of),
        *_rows("korquad1", korean, evaluation, 0, answer_of),
    ]
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), "utf-8")


def _rows(
    name: str, number: int, evaluation: Path, near_misses: int, answer_of: AnswerOf
) -> Iterator[dict[str, Any]]:
    documents = {document["doc_id"]: document for document in _lines(evaluation / f"docs/{name}.jsonl")}
    questions = _lines(evaluation / f"qa/{name}.jsonl")
    random.Random(7).shuffle(questions)
    used, asked = Counter[str](), set[str]()
    made = 0
    for question in questions:
        document = documents.get(question["gold_doc_id"])
        key = same_words(question["question"])
        if made == number:
            return
        if document is None or used[document["doc_id"]] >= MOST_OF_ONE or key in asked:
            continue
        is_declined = near_misses > 0 and made % near_misses == 0
        if question["answerable"] is is_declined:
            continue
        answer = "" if is_declined else answer_of(document["text"], question["answers"])
        if not answer and not is_declined:
            continue
        used[document["doc_id"]] += 1
        asked.add(key)
        made += 1
        yield {
            "id": question["id"],
            "kind": "abstain" if is_declined else "answer",
            "question": question["question"],
            "answer": f"{answer} [1]" if answer else None,
            "passages": [
                {"document": document["doc_id"], "title": document["title"], "text": document["text"]}
            ],
            "licence": LICENCES[name],
            "consent": "published",
        }


def _span(text: str, answers: list[str]) -> str:
    """The shortest of the answers that people gave."""
    return min((answer for answer in answers if answer in text), key=len, default="")


def _sentence(text: str, answers: list[str]) -> str:
    """The one sentence that holds an answer; "" where there is none, or not one that the bot could say."""
    for sentence in sentences(text):
        if any(answer in sentence for answer in answers):
            reply = Reply()
            said = [*reply.add(sentence), *reply.rest()]
            return (
                sentence if len(said) == 1 and len(sentence) <= LONGEST and said[0].text == sentence else ""
            )
    return ""


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


if __name__ == "__main__":
    main()
