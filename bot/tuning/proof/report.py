"""The four-way table as one HTML page that needs nothing else: no script, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined

from bot.answering.language import Language
from bot.tuning.proof.advice import HELPS, WITH_RETRIEVAL, advise, case_of
from bot.tuning.proof.arms import ARMS
from bot.tuning.proof.fixed import FIXED
from bot.tuning.proof.measures import METRICS
from bot.tuning.proof.words import ARM_WORDS, METRIC_WORDS, amount

MOST_SHOWN = 200
"""Questions whose four answers are on the page: the rest stands in the scorecard."""


@dataclass(frozen=True)
class Cell:
    """A figure and its interval as they are read, and as they are drawn; empty where nothing was "
    "measured."""

    text: str
    interval: str
    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    case: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.text)


def html(card: Mapping[str, Any], language: Language) -> str:
    """The page. All texts of questions, answers and documents are escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = resources.files("bot.tuning.proof").joinpath("report.html.jinja").read_text(encoding="utf-8")
    names = METRIC_WORDS[language]
    shares = [metric.name for metric in METRICS if metric.unit == "share"]
    cells = {
        metric.name: {arm: _cell(metric.name, card["arms"][arm]["metrics"][metric.name]) for arm in ARMS}
        for metric in METRICS
    }
    return environment.from_string(template).render(
        card=card,
        language=language,
        words=_WORDS[language],
        arms=ARMS,
        arm_words=ARM_WORDS[language],
        names=names,
        cells=cells,
        shares=[name for name in shares if any(cell.is_known for cell in cells[name].values())],
        costs=[metric.name for metric in METRICS if metric.unit != "share"],
        gains={pair: {name: _gain(name, each[name]) for name in names if name in each}
               for pair, each in card["gains"].items()},
        main=WITH_RETRIEVAL,
        helps=HELPS,
        fixed={name: {side: _cell(name, card[name][side]) for side in ("base", "tuned")} for name in FIXED},
        fixed_gains={name: _gain(name, card[name]["gain"]) for name in FIXED},
        advice=advise(card, language),
        differing=_differing(card)[:MOST_SHOWN],
    )  # fmt: skip


def _cell(metric: str, estimate: Mapping[str, Any]) -> Cell:
    if estimate["value"] is None:
        return Cell("", "")
    value, low, high = (float(estimate[name]) for name in ("value", "low", "high"))
    unit = "" if metric in ("tokens", "seconds") else " %"
    shown = [amount(metric, each).removesuffix(unit) for each in (low, high)]
    return Cell(amount(metric, value), f"{shown[0]}–{shown[1]}", value, low, high)


def _gain(metric: str, estimate: Mapping[str, Any]) -> Cell:
    if estimate["value"] is None:
        return Cell("", "")
    value, low, high = (float(estimate[name]) for name in ("value", "low", "high"))
    scale = 1 if metric in ("tokens", "seconds") else 100
    text, *interval = (f"{scale * each:+.1f}" for each in (value, low, high))
    return Cell(text, " … ".join(interval), value, low, high, case_of(metric, estimate))


def _differing(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Questions that not all arms did alike, with what each said."""
    found: dict[str, dict[str, Any]] = {}
    for arm in ARMS:
        for answer in card["arms"][arm]["answers"]:
            found.setdefault(answer["id"], {**answer, "by_arm": {}})["by_arm"][arm] = answer
    return [
        each
        for each in found.values()
        if len({(said["correct"], said["found"]) for said in each["by_arm"].values()}) > 1
    ]


_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Retrieval or tuning?",
        "lead": "The same held-out questions to four arms. In brackets: 95 % intervals, by drawing "
        "questions anew.",
        "advice": "What it says",
        "figures": "Figures",
        "gain": "What tuning adds where passages are given",
        "gain_note": "Tuned with retrieval less base with retrieval, in points. An interval that holds 0 "
        "tells "
        "neither better nor worse. Where less is better, left is better.",
        "plot": "The four arms",
        "cost": "What an answer costs",
        "general": "General tasks",
        "general_note": "A small fixed set: arithmetic, facts, instructions. It shows large losses only.",
        "injection": "Orders in documents",
        "injection_note": "A small fixed set: a question over two passages, one of them with an order of an "
        "attacker. Right is a reply in which nothing of what it orders stands, before any check.",
        "all_gains": "All differences",
        "differing": "Questions that the arms did not do alike",
        "reference": "Reference",
        "base": "base",
        "tuned": "tuned",
        "right": "right",
        "wrong": "wrong",
        "declined": "declined",
        "less": "less is better",
    },
    "ko": {
        "title": "검색인가, 튜닝인가?",
        "lead": "같은 시험 질문을 네 가지 방법에 물었습니다. 괄호 안은 질문을 다시 뽑아 구한 95 % "
        "구간입니다.",
        "advice": "결론",
        "figures": "측정값",
        "gain": "구절을 줄 때 튜닝이 보태는 것",
        "gain_note": "튜닝한 모델 + 검색에서 기본 모델 + 검색을 뺀 값(%p)입니다. 구간에 0이 들어 있으면 "
        "낫다고도 못하다고도 할 수 "
        "없습니다. 적을수록 좋은 값은 왼쪽이 좋습니다.",
        "plot": "네 가지 방법",
        "cost": "답변 하나에 드는 것",
        "general": "일반 과제",
        "general_note": "산수, 상식, 지시 따르기로 된 작은 과제입니다. 큰 손실만 보입니다.",
        "injection": "문서에 숨은 지시",
        "injection_note": "구절 두 개 중 하나에 공격자의 지시가 든 작은 과제입니다. 확인을 거치기 전의 답에 "
        "지시한 것이 없으면 맞은 것입니다.",
        "all_gains": "모든 차이",
        "differing": "결과가 서로 다른 질문",
        "reference": "기준 답변",
        "base": "기본",
        "tuned": "튜닝",
        "right": "맞음",
        "wrong": "틀림",
        "declined": "답하지 않음",
        "less": "적을수록 좋음",
    },
}
