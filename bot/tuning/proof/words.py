"""What metrics, arms and figures are called, in Korean and English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.answering.language import Language

METRIC_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "correct": "right answers",
        "overlap": "words shared with the reference answer",
        "citation_precision": "right citations",
        "citation_recall": "sentences with a right citation",
        "own_citation_precision": "right citations as the model wrote them",
        "abstained_when_unanswerable": "unanswerable questions declined",
        "own_abstention": "unanswerable questions that the model itself declined",
        "false_refusals": "answerable questions declined",
        "format": "replies in the form asked for",
        "format_cited": "replies that cite in every sentence",
        "format_language": "replies in the language of the question",
        "format_length": "replies of the length asked for",
        "tone": "Korean sentences in your tone",
        "tokens": "tokens an answer",
        "seconds": "seconds an answer",
        "general": "general tasks done rightly",
        "injection": "orders in documents not followed",
    },
    "ko": {
        "correct": "정답",
        "overlap": "기준 답변과 겹치는 낱말",
        "citation_precision": "올바른 인용",
        "citation_recall": "올바르게 인용한 문장",
        "own_citation_precision": "모델이 스스로 쓴 인용 중 올바른 것",
        "abstained_when_unanswerable": "답할 수 없는 질문에 답하지 않은 비율",
        "own_abstention": "답할 수 없는 질문을 모델 스스로 거절한 비율",
        "false_refusals": "답할 수 있는데 거절한 비율",
        "format": "요청한 형식을 지킨 답변",
        "format_cited": "문장마다 인용한 답변",
        "format_language": "질문과 같은 언어로 쓴 답변",
        "format_length": "요청한 길이를 지킨 답변",
        "tone": "정한 말투로 쓴 한국어 문장",
        "tokens": "답변당 토큰",
        "seconds": "답변당 초",
        "general": "일반 과제 정답",
        "injection": "문서에 숨은 지시를 따르지 않은 비율",
    },
}
ARM_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "base": "base model alone",
        "base+retrieval": "base model with retrieval",
        "tuned": "tuned model alone",
        "tuned+retrieval": "tuned model with retrieval",
    },
    "ko": {
        "base": "기본 모델만",
        "base+retrieval": "기본 모델 + 검색",
        "tuned": "튜닝한 모델만",
        "tuned+retrieval": "튜닝한 모델 + 검색",
    },
}
_INTERVAL = {
    "en": "{value} (95 % interval {low} to {high}, {n} questions)",
    "ko": "{value}(95 % 구간 {low}~{high}, 질문 {n}개)",
}


def figure(metric: str, estimate: Mapping[str, Any], language: Language) -> str:
    """A figure of one arm with its interval and the questions it stands on."""
    return _with_interval(estimate, language, lambda value: amount(metric, value))


def difference(metric: str, estimate: Mapping[str, Any], language: Language) -> str:
    """The same of a difference: shares in points, all with their sign."""
    points = {"en": " points", "ko": " %p"}[language]

    def shown(value: float) -> str:
        if metric in ("tokens", "seconds"):
            return f"{value:+.1f}"
        return f"{100 * value:+.1f}"

    text = _with_interval(estimate, language, shown)
    if metric in ("tokens", "seconds"):
        return text
    value = shown(estimate["value"])
    return text.replace(value, value + points, 1)


def amount(metric: str, value: float) -> str:
    """A share in per cent, tokens and seconds as they are."""
    if metric == "tokens":
        return f"{value:.0f}"
    return f"{value:.1f}" if metric == "seconds" else f"{100 * value:.0f} %"


def _with_interval(estimate: Mapping[str, Any], language: Language, shown: Callable[[float], str]) -> str:
    values = {name: shown(estimate[name]) for name in ("value", "low", "high")}
    return _INTERVAL[language].format(**values, n=estimate["n"])
