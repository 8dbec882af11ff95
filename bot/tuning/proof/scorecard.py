"""The table: every metric of every arm with its interval, and what one arm has over another."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.durable import write_whole
from bot.errors import NotFound
from bot.tuning.folders import SCORECARD, is_name
from bot.tuning.proof.arms import ARMS, RETRIEVAL, Arm, ArmAnswer, is_asked
from bot.tuning.proof.asking import Key, ProofError
from bot.tuning.proof.fixed import FIXED, FixedTask, FixedTasks, sides
from bot.tuning.proof.intervals import Bootstrap, Estimate
from bot.tuning.proof.measures import METRICS, Part, asked, judge, measure
from bot.tuning.proof.tone import Tone
from bot.tuning.rows import Row

VERSION = 2
GAINS: tuple[tuple[Arm, Arm], ...] = (
    ("tuned+retrieval", "base+retrieval"),
    ("base+retrieval", "base"),
    ("tuned", "base"),
    ("tuned+retrieval", "tuned"),
    ("tuned", "base+retrieval"),
    ("tuned+retrieval", "base"),
)
_SHARE = (0.0, 1.0)
_AGAIN = "Make it anew: footnote tune evaluate."


@dataclass(frozen=True)
class Proven:
    """What was compared."""

    run: str
    dataset: str
    dataset_hash: str
    adapter_sha256: str
    base: str
    base_sha256: str
    train_rows: int
    dataset_created: str
    readers: Sequence[str] | None
    tone: Tone | None


def make_scorecard(
    proven: Proven,
    rows: Sequence[Row],
    tasks: FixedTasks,
    answers: Mapping[Key, ArmAnswer],
    made_at: datetime,
    *,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Any]:
    """The scorecard of all answers to these rows and tasks.

    arms: by arm, `metrics` (value, low, high, n, method; shares 0..1, tokens and seconds are means of an
    answer) and `answers`. gains: "A - B" is what A has more than B, so for metrics whose `better` is lower a
    loss is above 0. general, injection: the same of the fixed tasks.
    """
    boots = bootstrap or Bootstrap()
    rows = [row for row in rows if row.kind != "text"]
    parts: dict[Arm, list[dict[str, Part]]] = {arm: [] for arm in ARMS}
    for arm in ARMS:
        for row in rows:
            found = answers.get((arm, row.id))
            has_passages = arm in RETRIEVAL
            part = measure(row, found, proven.tone, with_passages=has_passages) if found else {}
            parts[arm].append(part)
    return {
        "version": VERSION,
        **asdict(proven),
        "made_at": made_at.isoformat(timespec="seconds"),
        "questions": dict(Counter(row.kind for row in rows)),
        "resamples": boots.resamples,
        "seed": boots.seed,
        "metrics": {metric.name: {"better": metric.better, "unit": metric.unit} for metric in METRICS},
        "arms": {
            arm: {
                "metrics": {
                    metric.name: asdict(
                        boots.estimate(_column(parts[arm], metric.name), _bounds(metric.unit))
                    )
                    for metric in METRICS
                },
                "answers": _shown(rows, arm, answers, parts[arm]),
            }
            for arm in ARMS
        },
        "gains": {
            f"{first} - {second}": {
                metric.name: asdict(_gain(boots, rows, parts, (first, second), metric.name, metric.unit))
                for metric in METRICS
            }
            for first, second in GAINS
        },
        **{name: _of_fixed(name, tasks.get(name, ()), answers, boots) for name in FIXED},
    }


def _gain(
    boots: Bootstrap,
    rows: Sequence[Row],
    parts: Mapping[Arm, Sequence[Mapping[str, Part]]],
    pair: tuple[Arm, Arm],
    metric: str,
    unit: str,
) -> Estimate:
    """Over the questions that both arms were asked."""
    both = [at for at, row in enumerate(rows) if all(is_asked(row, arm) and parts[arm][at] for arm in pair)]
    first, second = ([parts[arm][at].get(metric) for at in both] for arm in pair)
    return boots.difference(first, second, _bounds(unit))


def _column(parts: Sequence[Mapping[str, Part]], metric: str) -> list[Part | None]:
    return [part.get(metric) for part in parts]


def _bounds(unit: str) -> tuple[float, float] | None:
    return _SHARE if unit == "share" else None


def _shown(
    rows: Sequence[Row], arm: Arm, answers: Mapping[Key, ArmAnswer], parts: Sequence[Mapping[str, Part]]
) -> list[dict[str, Any]]:
    """Per question, what was said and what it was worth."""
    found: list[dict[str, Any]] = []
    for row, part in zip(rows, parts, strict=True):
        answer = answers.get((arm, row.id))
        if answer is None:
            continue
        judged = judge(row, answer)
        found.append(
            {
                "id": row.id,
                "kind": row.kind,
                "language": row.language,
                "question": asked(row),
                "reference": row.reply(),
                "text": answer.text,
                "reply": answer.reply,
                "found": answer.found,
                "correct": judged.correct if judged.answerable else not answer.found,
                "citations": [asdict(cited) for cited in answer.citations],
                "right_citations": judged.right_citations,
                "tokens": answer.tokens,
                "seconds": answer.seconds,
                "problem": answer.problem,
                "measures": dict(part),
            }
        )
    return found


def _of_fixed(
    name: str, tasks: Sequence[FixedTask], answers: Mapping[Key, ArmAnswer], boots: Bootstrap
) -> dict[str, Any]:
    """`base` and `tuned`: the share of tasks done rightly; `gain`: tuned - base; `answers` by task. A task
    that a model could not be asked is left out: who says nothing follows no order."""
    base, tuned = sides(name)
    done = [
        (task, answers[base, task.id], answers[tuned, task.id])
        for task in tasks
        if all((arm, task.id) in answers and not answers[arm, task.id].problem for arm in (base, tuned))
    ]
    shown = [
        {
            "id": task.id,
            "kind": task.kind,
            "ask": task.ask,
            "base": before.text,
            "base_right": task.is_right(before.reply),
            "tuned": after.text,
            "tuned_right": task.is_right(after.reply),
        }
        for task, before, after in done
    ]
    right: dict[str, list[Part | None]] = {
        side: [(float(bool(each[f"{side}_right"])), 1.0) for each in shown] for side in ("base", "tuned")
    }
    return {
        "n": len(shown),
        "base": asdict(boots.estimate(right["base"], _SHARE)),
        "tuned": asdict(boots.estimate(right["tuned"], _SHARE)),
        "gain": asdict(boots.difference(right["tuned"], right["base"], _SHARE)),
        "answers": shown,
    }


def run_folder(runs: Path, name: str) -> Path:
    """The folder of a run, nowhere else. Raises ProofError."""
    if not is_name(name):
        raise ProofError(f"A run cannot be called {name[:80]!r}.", mend="See: footnote tune list")
    return runs / name


def write_scorecard(folder: Path, card: Mapping[str, Any]) -> Path:
    """All of it or nothing. Raises ProofError."""
    path = folder / SCORECARD
    try:
        write_whole(path, (json.dumps(card, ensure_ascii=False, indent=1) + "\n").encode())
    except OSError as exc:
        raise ProofError(
            f"{path} cannot be written: {exc.strerror}.", mend="Make room, or mend the rights of its folder."
        ) from exc
    return path


def read_scorecard(folder: Path) -> dict[str, Any]:
    """The scorecard of a run's folder. Raises NotFound, ProofError."""
    path = folder / SCORECARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(
            f"The run {folder.name} has no scorecard yet.", mend=f"Run: footnote tune evaluate {folder.name}"
        ) from None
    except (OSError, ValueError) as exc:
        raise ProofError(f"{path} cannot be read: {exc}.", mend=_AGAIN) from exc
    if not isinstance(card, dict) or card.get("version") != VERSION:
        raise ProofError(f"{path} is no scorecard of version {VERSION}.", mend=_AGAIN)
    return card


def asked_of(card: Mapping[str, Any]) -> dict[str, int]:
    """On how many questions and fixed tasks a scorecard stands, by "questions" and the names of FIXED."""
    return {"questions": sum(card["questions"].values()), **{name: card[name]["n"] for name in FIXED}}


def larger_before(folder: Path, card: Mapping[str, Any]) -> dict[str, Any] | None:
    """The scorecard that a run has, where that is of the same adapter, base and dataset and stands on more
    questions or tasks than `card`, which then is not to take its place."""
    try:
        known = read_scorecard(folder)
    except (NotFound, ProofError):
        return None
    if any(known.get(key) != card[key] for key in ("adapter_sha256", "base_sha256", "dataset_hash")):
        return None
    before, now = asked_of(known), asked_of(card)
    return known if any(before[each] > now[each] for each in now) else None
