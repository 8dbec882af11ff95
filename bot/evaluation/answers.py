"""How well questions with known answers are answered, cited and declined.

One JSON object a line: id, question, answerable, answers or must_contain_groups, gold_files, also_ok_files,
gold_alternatives, evidence, kind. Paths are relative to the corpus. An answer is correct when it holds one
variant of every group (or one of the answers); a citation is right when its document is a gold one and its
quote stands there and overlaps an evidence span. Whether a quote that overlaps none entails the sentence
nevertheless is not judged: such a citation counts as wrong, which makes the figures too low, never too high.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from bot.answering.answer import Answering
from bot.contracts import Answer, Citation, Finished, Progress, Question
from bot.errors import ConfigError
from bot.sentences import sentences
from connectors.base import EVERYONE

PathOf = Callable[[Citation], str]
"""The path of a cited document, relative to the corpus."""


@dataclass(frozen=True)
class KnownQuestion:
    """A question and what a right answer to it holds."""

    id: str
    question: str
    answerable: bool
    groups: tuple[tuple[str, ...], ...]
    """The answer must hold one variant of each."""
    right_files: frozenset[str]
    evidence: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Outcome:
    """What became of one question. The sentences are those of an answer that was found."""

    id: str
    kind: str
    question: str
    answerable: bool
    found: bool
    correct: bool
    answer: str
    citations: int
    right_citations: int
    right_documents: int
    sentences: int
    cited_sentences: int
    """Sentences with at least one right citation."""
    first_token_s: float | None
    total_s: float
    trace_id: str
    cited: tuple[tuple[str, str], ...]
    """(path, quote) of each citation."""


async def evaluate_answers(
    answering: Answering,
    questions: Path,
    corpus: Path,
    *,
    path_of: PathOf,
    limit: int | None = None,
    progress: Progress | None = None,
    details: Path | None = None,
) -> dict[str, Any]:
    """Ask every question and give the scorecard.

    n, answered and correct are counts; citation_precision (of citations), citation_recall (of sentences),
    abstained_when_unanswerable and false_refusals are shares, None where there is nothing to share;
    first_token_s and total_s hold p50 and p95 in seconds. by_kind has the same for each kind of question.
    Each question's Outcome goes to `details`, one JSON object a line, as it comes. Raises ConfigError for a
    row that is not as described above, and what `answering` raises.
    """
    known = read_questions(questions)[:limit]
    outcomes: list[Outcome] = []
    if details is not None:
        _write(details, "w", "")
    for number, row in enumerate(known):
        if progress is not None:
            progress("asking", number, len(known))
        answer = await _ask(answering, row)
        outcomes.append(judge(row, answer, corpus, path_of))
        if details is not None:
            _write(details, "a", json.dumps(asdict(outcomes[-1]), ensure_ascii=False) + "\n")
    if progress is not None:
        progress("asking", len(known), len(known))
    kinds = sorted({outcome.kind for outcome in outcomes})
    return {
        **scorecard(outcomes),
        "by_kind": {kind: scorecard([o for o in outcomes if o.kind == kind]) for kind in kinds},
    }


def scorecard(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures over some outcomes; see `evaluate_answers`."""
    answered = [outcome for outcome in outcomes if outcome.found]
    answerable = [outcome for outcome in outcomes if outcome.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.answerable]
    citations = sum(outcome.citations for outcome in answered)
    return {
        "n": len(outcomes),
        "answered": len(answered),
        "correct": sum(outcome.correct for outcome in outcomes),
        "correct_and_rightly_cited": sum(o.correct and o.right_citations > 0 for o in outcomes),
        "citation_precision": _share(sum(o.right_citations for o in answered), citations),
        "citation_document_precision": _share(sum(o.right_documents for o in answered), citations),
        "citation_recall": _share(
            sum(outcome.cited_sentences for outcome in answered),
            sum(outcome.sentences for outcome in answered),
        ),
        "abstained_when_unanswerable": _share(sum(not o.found for o in unanswerable), len(unanswerable)),
        "false_refusals": _share(sum(not o.found for o in answerable), len(answerable)),
        "first_token_s": _percentiles([o.first_token_s for o in outcomes if o.first_token_s is not None]),
        "total_s": _percentiles([outcome.total_s for outcome in outcomes]),
    }


def judge(known: KnownQuestion, answer: Answer, corpus: Path, path_of: PathOf) -> Outcome:
    """Compare an answer with what is known."""
    paths = {citation.number: path_of(citation) for citation in answer.citations}
    right = {
        citation.number
        for citation in answer.citations
        if paths[citation.number] in known.right_files
        and _overlaps_evidence(citation.quote, known.evidence, corpus / paths[citation.number])
    }
    is_correct = known.answerable and answer.found and holds_answer(answer.text, known.groups)
    return outcome(known, answer, paths, right, is_correct=is_correct)


def outcome(
    known: KnownQuestion, answer: Answer, paths: Mapping[int, str], right: Set[int], *, is_correct: bool
) -> Outcome:
    """What became of a question, once it is known which of the answer's citations (by number) are right.
    `paths`: of each citation."""
    said = sentences(answer.text) if answer.found else []
    return Outcome(
        id=known.id,
        kind=known.kind,
        question=known.question,
        answerable=known.answerable,
        found=answer.found,
        correct=is_correct,
        answer=answer.text,
        citations=len(answer.citations),
        right_citations=len(right),
        right_documents=sum(path in known.right_files for path in paths.values()),
        sentences=len(said),
        cited_sentences=sum(bool(_marks(sentence) & right) for sentence in said),
        first_token_s=answer.timings.first_token_s,
        total_s=answer.timings.total_s,
        trace_id=answer.trace_id,
        cited=tuple((paths[citation.number], citation.quote) for citation in answer.citations),
    )


def holds_answer(text: str, groups: Sequence[Sequence[str]]) -> bool:
    """Whether a text holds one variant of every group; a numeral in it must not touch another digit."""
    said = _bare(re.sub(r"\[\d+\]", " ", text))
    return all(any(_occurs(_bare(variant), said) for variant in group) for group in groups)


def folders_named_in(questions: Path) -> tuple[str, ...]:
    """The top folders of the corpus that the questions' files lie in, sorted. Raises ConfigError."""
    names: set[str] = set()
    for number, row in _rows(questions):
        for key in ("gold_files", "also_ok_files", "near_files"):
            names |= {path.split("/")[0] for path in _texts(questions, number, row, key) if "/" in path}
    return tuple(sorted(names))


def read_questions(questions: Path) -> list[KnownQuestion]:
    """Every question of the file. Raises ConfigError that names the file and the line."""
    return [_known(questions, number, row) for number, row in _rows(questions)]


# --- reading -----------------------------------------------------------------------------------------------


def _rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"The questions {path} cannot be read: {exc}.") from exc
    rows: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as exc:
            raise _bad_row(path, number, f"is no JSON ({exc.msg})") from exc
        if not isinstance(row, dict):
            raise _bad_row(path, number, "is no JSON object")
        rows.append((number, row))
    if not rows:
        raise ConfigError(f"The questions {path} are empty.", mend="Give a file with one JSON object a line.")
    return rows


def _known(path: Path, number: int, row: dict[str, Any]) -> KnownQuestion:
    question, answerable = row.get("question"), row.get("answerable", True)
    if not isinstance(question, str) or not question.strip():
        raise _bad_row(path, number, 'has no "question"')
    if not isinstance(answerable, bool):
        raise _bad_row(path, number, 'has an "answerable" that is neither true nor false')
    given = row.get("must_contain_groups") or []
    if not isinstance(given, list) or not all(isinstance(group, list) for group in given):
        raise _bad_row(path, number, 'has "must_contain_groups" that is no list of lists')
    groups = tuple(tuple(str(variant) for variant in group) for group in given)
    answers = _texts(path, number, row, "answers")
    if answerable and not groups and not answers:
        raise _bad_row(path, number, 'is answerable but has neither "answers" nor "must_contain_groups"')
    return KnownQuestion(
        id=str(row.get("id", number)),
        question=question,
        answerable=answerable,
        groups=groups or (answers,),
        right_files=right_files(path, number, row),
        evidence=_texts(path, number, row, "evidence"),
        kind=str(row.get("kind", "")),
    )


def right_files(path: Path, number: int, row: dict[str, Any]) -> frozenset[str]:
    """The files, relative to the corpus, any of which answers a question. Raises ConfigError."""
    right = [*_texts(path, number, row, "gold_files"), *_texts(path, number, row, "also_ok_files")]
    for alternative in row.get("gold_alternatives") or []:
        right += [alternative] if isinstance(alternative, str) else [str(part) for part in alternative]
    return frozenset(unicodedata.normalize("NFC", name) for name in right)


def _texts(path: Path, number: int, row: dict[str, Any], key: str) -> tuple[str, ...]:
    texts = row.get(key) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _bad_row(path, number, f'has "{key}" that is no list of texts')
    return tuple(texts)


def _bad_row(path: Path, number: int, what: str) -> ConfigError:
    return ConfigError(f"{path}, line {number}: the row {what}.", mend="Mend or remove that line.")


# --- judging -----------------------------------------------------------------------------------------------


async def _ask(answering: Answering, known: KnownQuestion) -> Answer:
    asked = Question(known.question, readers=frozenset({EVERYONE}), fresh=True)
    async for event in answering.answer(asked):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("an answer always finishes or raises")


def _write(path: Path, mode: Literal["w", "a"], text: str) -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as exc:
        raise ConfigError(f"The details {path} cannot be written: {exc}.") from exc


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())


def _occurs(variant: str, text: str) -> bool:
    if not variant:
        return False
    before = r"(?<!\d)(?<!\d[.,])" if variant[0].isdigit() else ""
    after = r"(?!\d)(?![.,]\d)" if variant[-1].isdigit() else ""
    return re.search(before + re.escape(variant) + after, text) is not None


def _marks(sentence: str) -> set[int]:
    return {int(number) for number in re.findall(r"\[(\d+)\]", sentence)}


def _overlaps_evidence(quote: str, evidence: Sequence[str], document: Path) -> bool:
    """Whether the quote stands in the document at a place that an evidence span shares."""
    try:
        text = document.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    # a quote is of the text as people read it, the file may hold markup around it
    for letters in (_letters(text), _letters(_without_markup(text))):
        quoted = _spans(_letters(_without_markup(quote)), letters) or _spans(_letters(quote), letters)
        proven = [span for proof in evidence for span in _spans(_letters(_without_markup(proof)), letters)]
        if any(start < end and begin < stop for begin, end in quoted for start, stop in proven):
            return True
    return False


def _without_markup(text: str) -> str:
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"<[^<>]{1,300}>|&[a-z#0-9]{1,10};", " ", text)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _spans(part: str, whole: str) -> list[tuple[int, int]]:
    return [(found.start(), found.end()) for found in re.finditer(re.escape(part), whole)] if part else []


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _percentiles(seconds: Sequence[float]) -> dict[str, float | None]:
    """Nearest-rank p50 and p95."""
    ordered = sorted(seconds)
    if not ordered:
        return {"p50": None, "p95": None}
    return {
        name: round(ordered[max(0, -(-len(ordered) * percent // 100) - 1)], 3)
        for name, percent in (("p50", 50), ("p95", 95))
    }
