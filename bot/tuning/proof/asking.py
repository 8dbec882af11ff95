"""All questions to all arms. Every answer is on the disk before the next is asked, so that a run that was
ended, by whatever, goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path

from bot.contracts import Progress, unwatched
from bot.durable import append_line, whole_lines
from bot.errors import FootnoteError
from bot.tuning.adapted import AdaptedChat
from bot.tuning.pause import until_lifted
from bot.tuning.proof.arms import (
    ARMS,
    Arm,
    ArmAnswer,
    Cited,
    OneSide,
    Parts,
    ask,
    ask_fixed,
    is_asked,
)
from bot.tuning.proof.fixed import FixedTasks, sides
from bot.tuning.rows import Row

Key = tuple[str, str]
"""(arm, id)"""


class ProofError(FootnoteError):
    """Arms cannot be compared, or the comparison cannot be kept."""


def fingerprint(facts: Mapping[str, object]) -> str:
    """The same only where answers may be put together: same dataset, weights, adapter, settings, code."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class AnswerLog:
    """The answers so far, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[Key, ArmAnswer]:
        """What was answered before; a last line that was cut off is taken out. Raises ProofError."""
        try:
            whole = whole_lines(self.path)
        except OSError as exc:
            raise self._unusable(str(exc)) from exc
        found: dict[Key, ArmAnswer] = {}
        for number, line in enumerate(whole.decode("utf-8", "replace").splitlines(), start=1):
            try:
                given = json.loads(line)
                cited = tuple(Cited(**each) for each in given.pop("citations"))
                answer = ArmAnswer(**given, citations=cited)
            except (ValueError, TypeError, KeyError, AttributeError) as exc:
                raise self._unusable(f"line {number} is no answer ({exc})") from exc
            found[answer.arm, answer.id] = answer
        return found

    def add(self, answer: ArmAnswer) -> None:
        """It is on the disk when this returns. Raises ProofError."""
        try:
            append_line(self.path, json.dumps(asdict(answer), ensure_ascii=False))
        except OSError as exc:
            raise ProofError(
                f"{self.path} cannot be written: {exc.strerror}.",
                mend="Make room, or mend the rights of its folder; the same command goes on then.",
            ) from exc

    def _unusable(self, why: str) -> ProofError:
        return ProofError(
            f"The answers in {self.path} cannot be read: {why}.",
            mend="Remove it, and all are asked anew.",
        )


def mixed(rows: Sequence[Row]) -> list[Row]:
    """In such an order that every beginning has about as many of each kind as all have; those of a kind keep
    theirs. The first few then tell of all."""
    number, total = Counter[str](), Counter(row.kind for row in rows)
    places = []
    for row in rows:
        places.append((number[row.kind] + 0.5) / total[row.kind])
        number[row.kind] += 1
    return [row for _, row in sorted(zip(places, rows, strict=True), key=itemgetter(0))]


async def ask_all(
    rows: Sequence[Row],
    tasks: FixedTasks,
    chat: AdaptedChat,
    adapter: str,
    log: AnswerLog,
    parts: Parts,
    *,
    pause: Path | None = None,
    progress: Progress = unwatched,
) -> dict[Key, ArmAnswer]:
    """Every arm's answer to every row and both models' to every task, asking only what `log` does not hold,
    and nothing while the file `pause` is there.

    Raises ModelUnavailable and ProofError; what was answered until then is kept.
    """
    known = log.read()
    wanted: list[tuple[Arm, Row]] = []
    for number, row in enumerate(rows):
        # each arm is first in its turn: what the machine does besides, and what the engine has read already,
        # falls on all alike
        turned = ARMS[number % len(ARMS) :] + ARMS[: number % len(ARMS)]
        wanted += [(arm, row) for arm in turned if is_asked(row, arm)]
    wanted_fixed = [(arm, task) for name in tasks for task in tasks[name] for arm in sides(name)]
    total = len(wanted) + len(wanted_fixed)
    done = sum((arm, row.id) in known for arm, row in wanted)
    done += sum((arm, task.id) in known for arm, task in wanted_fixed)
    progress("asking", done, total)
    for arm, row in wanted:
        if (arm, row.id) not in known:
            await until_lifted(pause)
            known[arm, row.id] = await ask(row, arm, chat, adapter, parts)
            log.add(known[arm, row.id])
            done += 1
            progress("asking", done, total)
    tuned = {sides(name)[1] for name in tasks}
    for fixed_arm, task in wanted_fixed:
        if (fixed_arm, task.id) not in known:
            await until_lifted(pause)
            side = OneSide(chat, adapter if fixed_arm in tuned else "")
            known[fixed_arm, task.id] = await ask_fixed(task, fixed_arm, side, parts)
            log.add(known[fixed_arm, task.id])
            done += 1
            progress("asking", done, total)
    return known
