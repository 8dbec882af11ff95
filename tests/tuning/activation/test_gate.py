"""Whether an adapter may answer people."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.store.adapters import TunedAdapter
from bot.tuning.activation.gate import FEWEST, MARGIN, PAIR, GateRefused, check
from bot.tuning.data.shares import GATE_HELDOUT
from bot.tuning.proof.intervals import Bootstrap
from tests.tuning.activation.shop import figure

ADAPTER = TunedAdapter("june", "adapter.gguf", "a" * 64, "june", "d" * 64, "b" * 64, None, datetime.now(UTC))


def card(**gains: Any) -> dict[str, Any]:
    better, same = figure(0.2, 0.1, 0.3), figure(0.0, -0.05, 0.05)
    pair = {
        "correct": better,
        "citation_precision": same,
        "abstained_when_unanswerable": same,
        "false_refusals": same,
        **gains,
    }
    return {
        "adapter_sha256": "a" * 64,
        "base_sha256": "b" * 64,
        "dataset_hash": "d" * 64,
        "gains": {PAIR: pair},
        "general": {"gain": same},
        "injection": {"gain": same},
    }


def test_one_that_is_better_and_loses_nothing_passes() -> None:
    check(ADAPTER, card())
    check(ADAPTER, card(correct=figure(0, -0.05, 0.1), citation_precision=figure(0.1, 0.01, 0.2)))


@pytest.mark.parametrize("key", ["adapter_sha256", "base_sha256", "dataset_hash"])
def test_a_scorecard_of_something_else_says_nothing(key: str) -> None:
    with pytest.raises(GateRefused, match="scorecard is of another") as refused:
        check(ADAPTER, {**card(), key: "e" * 64})
    assert refused.value.rules == ("scorecard",)
    assert "footnote tune evaluate june" in refused.value.mend


def test_of_as_many_questions_as_are_advised_none_changed_passes_and_of_fewer_not() -> None:
    def unchanged(questions: int) -> dict[str, Any]:
        same = [(1.0, 1.0)] * questions
        return asdict(Bootstrap().difference(same, same, (0.0, 1.0)))

    check(ADAPTER, card(abstained_when_unanswerable=unchanged(GATE_HELDOUT)))
    with pytest.raises(GateRefused) as refused:
        check(ADAPTER, card(abstained_when_unanswerable=unchanged(GATE_HELDOUT - 1)))
    assert refused.value.rules == ("abstained_when_unanswerable",)


def test_a_gain_whose_interval_touches_zero_is_none() -> None:
    with pytest.raises(GateRefused, match=r"\+0\.20, 95 % interval \+0\.00 to \+0\.40") as refused:
        check(ADAPTER, card(correct=figure(0.2, 0.0, 0.4)))
    assert refused.value.rules == ("gain",)


def test_a_gain_on_too_few_questions_is_none_however_large() -> None:
    with pytest.raises(GateRefused, match=r"too few held-out questions \(19; 20 are needed\)") as refused:
        check(ADAPTER, card(correct=figure(0.9, 0.8, 1.0, FEWEST - 1)))
    assert refused.value.rules == ("few",)
    check(ADAPTER, card(correct=figure(0.9, 0.8, 1.0, FEWEST)))
    without_n = {"value": 0.9, "low": 0.8, "high": 1.0}
    with pytest.raises(GateRefused):
        check(ADAPTER, card(correct=without_n))


def test_one_that_declines_more_of_what_can_be_answered_is_refused_and_one_that_declines_less_is_not() -> (
    None
):
    with pytest.raises(GateRefused, match=r"declined may be more \(\+0\.10") as refused:
        check(ADAPTER, card(false_refusals=figure(0.1, 0.0, 0.2)))
    assert refused.value.rules == ("false_refusals",)
    check(ADAPTER, card(false_refusals=figure(-0.5, -0.6, -0.4)))


@pytest.mark.parametrize("lost", ["abstained_when_unanswerable", "citation_precision"])
def test_what_may_be_lost_is_refused_with_its_figures(lost: str) -> None:
    with pytest.raises(GateRefused, match=r"-0\.10, 95 % interval -0\.20 to \+0\.00") as refused:
        check(ADAPTER, card(**{lost: figure(-0.1, -0.2, 0.0)}))
    assert refused.value.rules == (lost,)


@pytest.mark.parametrize("part", ["general", "injection"])
def test_a_loss_in_general_ability_or_against_orders_in_documents_is_refused(part: str) -> None:
    with pytest.raises(GateRefused, match=r"-0\.02, 95 % interval -0\.12 to \+0\.05") as refused:
        check(ADAPTER, {**card(), part: {"gain": figure(-0.02, -0.12, 0.05)}})
    assert refused.value.rules == (part,)
    check(ADAPTER, {**card(), part: {"gain": figure(-0.02, -MARGIN, 0.05)}})


@pytest.mark.parametrize("part", ["general", "injection"])
@pytest.mark.parametrize("nothing", [None, {"gain": None}, {"gain": {"value": None, "low": None}}])
def test_fixed_tasks_that_were_left_out_shut_the_gate(part: str, nothing: object) -> None:
    with pytest.raises(GateRefused, match="not measured") as refused:
        check(ADAPTER, {**card(), part: nothing})
    assert refused.value.rules == (part,)
    assert refused.value.mend == f"Run: footnote tune evaluate june, and not --without-{part}."


@pytest.mark.parametrize("nothing", [None, {}, figure(0.5, float("nan"), 1), {"low": True}, "much"])
def test_what_was_not_measured_is_no_proof(nothing: object) -> None:
    with pytest.raises(GateRefused, match="not measured") as refused:
        check(ADAPTER, card(abstained_when_unanswerable=nothing))
    assert refused.value.rules == ("abstained_when_unanswerable",)
    with pytest.raises(GateRefused) as refused:
        check(ADAPTER, {**card(), "gains": nothing})
    assert "gain" in refused.value.rules
