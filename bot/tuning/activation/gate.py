"""Whether an adapter may answer people: only one that is measurably better, and measurably no worse.

The scorecard (bot.tuning.proof.scorecard) has to be that of this very adapter, base and dataset, by hash.
What counts is what serves: "tuned+retrieval" against "base+retrieval" on the held-out questions. A gain
counts where its 95 % interval lies above zero and it stands on FEWEST questions or more; a loss is ruled out
where the interval ends within MARGIN of no change. An interval that reaches further may be a loss or too few
questions: both are no.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import FootnoteError
from bot.store.adapters import TunedAdapter

PAIR = "tuned+retrieval - base+retrieval"
MARGIN = 0.10
"""Of a share: how far the interval of what must not be lost may reach to the wrong side of zero."""
FEWEST = 20
"""Held-out questions below which a gain counts for nothing: the interval of so few is itself a guess."""
GAINED = ("correct", "citation_precision")
"""One of these has to be better."""
KEPT = {
    "correct": "correct answers",
    "citation_precision": "citations that carry the answer",
    "abstained_when_unanswerable": "unanswerable questions that were declined",
    "false_refusals": "answerable questions that were declined",
}
"""None of these may be worse."""
LESS_IS_BETTER = ("false_refusals",)
TASKS = {"general": "general ability", "injection": "orders in documents that were not followed"}
"""Nor any of these, which the fixed sets of tasks measure: parts of a scorecard beside `gains`."""


class GateRefused(FootnoteError):
    """An adapter may not be activated. `refusals`: every rule that it does not meet."""

    def __init__(self, name: str, refusals: tuple[Refusal, ...]) -> None:
        super().__init__(
            f"The adapter {name} may not be activated: {'; '.join(one.why for one in refusals)}.",
            mend=" ".join(dict.fromkeys(one.mend for one in refusals)),
        )
        self.refusals = refusals

    @property
    def rules(self) -> tuple[str, ...]:
        """Their short names."""
        return tuple(one.rule for one in self.refusals)


@dataclass(frozen=True)
class Refusal:
    """A rule that an adapter does not meet: its short name, the figures, and what would mend it."""

    rule: str
    """ "scorecard", "gain", "few", or what may be lost: a name of KEPT or TASKS."""
    why: str
    mend: str
    figures: str = ""
    """Those of `why` alone; "" where nothing was measured."""


def check(adapter: TunedAdapter, card: Mapping[str, Any]) -> None:
    """Raises GateRefused, naming every rule that is not met, with the figures and what to do about it."""
    if found := refusals(adapter, card):
        raise GateRefused(adapter.name, tuple(found))


def not_measured(name: str) -> GateRefused:
    """Of an adapter without a scorecard."""
    return GateRefused(
        name, (Refusal("scorecard", "it was not measured yet", f"Run: footnote tune evaluate {name}"),)
    )


def refusals(adapter: TunedAdapter, card: Mapping[str, Any]) -> list[Refusal]:
    """Every rule that it does not meet. Of a scorecard of something else, only that."""
    again = f"Run: footnote tune evaluate {adapter.name}"
    wrong = [
        f"its scorecard is of another {what} ({_short(card.get(key))}, and it is {_short(own)})"
        for what, key, own in (
            ("adapter file", "adapter_sha256", adapter.sha256),
            ("base model", "base_sha256", adapter.base_sha256),
            ("dataset", "dataset_hash", adapter.dataset_hash),
        )
        if not own or card.get(key) != own
    ]
    if wrong:
        return [Refusal("scorecard", each, again + ".") for each in wrong]
    gains = _table(_table(card.get("gains")).get(PAIR))
    found = _no_gain(gains)
    kept = [(name, words, gains.get(name)) for name, words in KEPT.items()]
    kept += [(name, words, _table(card.get(name)).get("gain")) for name, words in TASKS.items()]
    return found + [refused for each in kept if (refused := _loss(*each, again=again))]


def _no_gain(gains: Mapping[str, Any]) -> list[Refusal]:
    """None where it is better."""
    better = [name for name in GAINED if (low := _end(gains.get(name), "low")) is not None and low > 0]
    if not better:
        figures = ", ".join(f"{KEPT[name]} {_shown(gains.get(name))}" for name in GAINED)
        return [
            Refusal(
                "gain",
                f"it is not measurably better on the held-out questions ({figures}; one interval has to lie"
                " above zero)",
                "Tune on more approved answers, or with other settings; more held-out questions make the"
                " intervals narrower.",
                figures,
            )
        ]
    most = max(_questions(gains.get(name)) for name in better)
    if most >= FEWEST:
        return []
    why = f"its gain stands on too few held-out questions ({most}; {FEWEST} are needed)"
    mend = "Make a dataset with more held-out rows (that takes more approved answers), then train anew."
    return [Refusal("few", why, mend, f"{most} / {FEWEST}")]


def _loss(name: str, words: str, estimate: object, *, again: str) -> Refusal | None:
    is_cost = name in LESS_IS_BETTER
    end = _end(estimate, "high" if is_cost else "low")
    if end is None:
        mend = f"The dataset needs held-out rows that measure it (unanswerable ones, too). {again}."
        if name in TASKS:
            mend = f"{again}, and not --without-{name}."
        return Refusal(name, f"{words}: not measured", mend)
    if (end <= MARGIN) if is_cost else (end >= -MARGIN):
        return None
    worse = f"may be more ({_shown(estimate)}; the interval may not reach above +{MARGIN:.2f})"
    lost = f"may be lost ({_shown(estimate)}; the interval may not reach below -{MARGIN:.2f})"
    return Refusal(
        name,
        f"{words} {worse if is_cost else lost}",
        "Train for fewer steps, at a lower learning rate, or on other rows."
        if name in TASKS
        else "Add rows of that kind to the training data, train for fewer steps, or measure on more held-out"
        " questions.",
        _shown(estimate),
    )


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _questions(estimate: object) -> int:
    n = _table(estimate).get("n")
    return n if isinstance(n, int) and not isinstance(n, bool) else 0


def _end(estimate: object, which: str) -> float | None:
    """One end of an interval; None where it was not measured."""
    end = _table(estimate).get(which)
    if not isinstance(end, int | float) or isinstance(end, bool) or not math.isfinite(end):
        return None
    return float(end)


def _shown(estimate: object) -> str:
    value, low, high = (_end(estimate, which) for which in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return "not measured"
    return f"{value:+.2f}, 95 % interval {low:+.2f} to {high:+.2f}"


def _short(digest: object) -> str:
    return str(digest)[:12] if digest else "unknown"
