"""How an answer came about, in Korean or English words: for `footnote trace` and for an admin in Slack."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.contracts import Answer
from bot.store.answers import AnswerRecord

LONGEST_SENT = 700
"""Characters of a message to the model, and of its reply, that are shown."""

_WORDS: dict[str, tuple[str, str]] = {
    "read": ("질문을 이렇게 읽었어요", "How the question was read"),
    "asked": ("질문: {question}", "Asked: {question}"),
    "earlier": ("앞선 질문과 이어서: {text}", "Together with the earlier question: {text}"),
    "translated": ("다른 언어로: {text}", "In the other language: {text}"),
    "found": ("찾은 글 (점수)", "What was found (score)"),
    "found_nothing": ("아무것도 찾지 못했어요.", "Nothing."),
    "passage": ("{place}. {name}: {score}", "{place}. {name}: {score}"),
    "untitled": ("지금은 없는 글", "a text that is not kept"),
    "hidden": (
        "그 밖에 볼 권한이 없거나 지금은 없는 글 {count}개",
        "and {count} that you may not read, or that are gone",
    ),
    "judged": ("문장마다 이렇게 판단했어요", "Sentence by sentence"),
    "judged_nothing": ("모델이 쓴 문장이 없어요.", "The model wrote none."),
    "kept": ("✓ {sentence} ({reason})", "✓ {sentence} ({reason})"),
    "dropped": ("✗ {sentence} ({reason})", "✗ {sentence} ({reason})"),
    "dropped_hidden": (
        "✗ 뺀 문장 {count}개 (볼 권한이 없는 글에서 나왔을 수 있어 보이지 않아요)",
        "✗ {count} left out (not shown: they may come from texts that you may not read)",
    ),
    "answers": (
        "질문에 대한 답인지: 맞을 가능성 {percent}",
        "Whether it answers the question: {percent} likely",
    ),
    "sent": ("모델에게 보낸 글 (줄임)", "What the model was sent (shortened)"),
    "sent_hidden": (
        "볼 권한이 없는 글이 들어 있어서 보이지 않아요.",
        "Not shown: it holds texts that you may not read.",
    ),
    "sent_nothing": ("모델에게 묻지 않았어요.", "The model was not asked."),
    "replied": ("모델이 쓴 글", "What the model wrote"),
    "times": ("걸린 시간", "Times"),
    "searched_s": ("검색 {seconds}초", "search: {seconds} s"),
    "first_token_s": ("모델의 첫 글자까지 {seconds}초", "the model's first word: after {seconds} s"),
    "first_text_s": ("첫 문장을 보일 때까지 {seconds}초", "the first sentence shown: after {seconds} s"),
    "total_s": ("모두 {seconds}초", "in all: {seconds} s"),
    "forgotten": (
        "이 답이 읽은 문서가 그 뒤에 바뀌거나 지워져서, 문서의 글은 남아 있지 않아요.",
        "A document that was read for this was changed or removed since, so none of its words are kept.",
    ),
    "repeats": (
        "같은 질문의 앞선 답 {trace_id}을(를) 다시 보여 줬어요.",
        "Given again: the answer {trace_id}.",
    ),
}

_REASONS: Sequence[tuple[str, tuple[str, str]]] = (
    ("supported", ("인용한 글이 뒷받침해요", "the passage it cites supports it")),
    (
        "moved",
        ("다른 글이 뒷받침해서 출처를 바로잡았어요", "another passage supports it, which is cited now"),
    ),
    (
        "given its source",
        ("출처가 없어서 찾아 붙였어요", "it named no source and was given the one that supports it"),
    ),
    ("says that there is no answer", ("답이 없다는 말이에요", "it says that there is no answer")),
    ("repeated", ("앞의 말을 되풀이해요", "it repeats what was said")),
    ("a question", ("질문이에요", "it is a question")),
    ("only repeats the question", ("질문을 되풀이할 뿐이에요", "it only repeats the question")),
    ("only a heading", ("제목일 뿐이에요", "it is only a heading")),
    ("there is no evidence", ("근거로 삼을 글이 없었어요", "there was nothing to check it against")),
    (
        "it is not about the question",
        ("질문과 상관없는 글이에요", "what it stands on is not about the question"),
    ),
    (
        "one denies what the other says",
        ("글과 문장 가운데 하나만 부정문이에요", "either it or the passage denies what the other says"),
    ),
    (
        "not from what it cites: (.+)",
        ("인용하지 않은 글에서 온 것: {0}", "it has from elsewhere than it cites: {0}"),
    ),
    (
        "put together from two passages",
        ("두 글을 섞어 만든 말이에요", "it is put together from two passages"),
    ),
    ("not in the passage: (.+)", ("글에 없는 것: {0}", "not in the passage: {0}")),
    (
        "only (.+) of its words are in the passage",
        ("낱말의 {0}만 글에 있어요", "only {0} of its words are in the passage"),
    ),
    (
        r"the passage does not say so \((.+)\)",
        ("글이 그렇게 말하지 않아요 ({0})", "the passage does not say so ({0})"),
    ),
    (
        "nothing in common with the passage",
        ("글과 겹치는 것이 없어요", "it has nothing in common with the passage"),
    ),
    (
        r"its meaning is far from the passage \((.+)\)",
        ("글과 뜻이 멀어요 ({0})", "its meaning is far from the passage ({0})"),
    ),
)
"""What bot.answering notes of a sentence, as a pattern, and how it is said."""


@dataclass(frozen=True)
class Section:
    """One part of the account. `is_verbatim`: its lines are texts as they were, of several lines each."""

    heading: str
    lines: tuple[str, ...]
    is_verbatim: bool = False


def in_words(record: AnswerRecord, language: str, readable: Collection[str] | None = None) -> list[Section]:
    """The account of an answer in "ko" or "en".

    `readable`: ids of the documents whose words and titles the reader may see; None for all. Where others
    were found as well, what the model read and wrote beyond the answer is left out: it may hold their words.
    """
    trace = record.trace
    passages: Sequence[Mapping[str, Any]] = trace.get("passages") or ()
    open_to_reader = [
        (place, passage)
        for place, passage in enumerate(passages, start=1)
        if readable is None or passage.get("document_id") in readable
    ]
    hidden = len(passages) - len(open_to_reader)
    sections = [_how_read(record, language), _found(open_to_reader, hidden, language)]
    if record.is_forgotten:
        forgotten = _say("forgotten", language)
        return [*sections, Section(_say("sent", language), (forgotten,)), _times(record.answer, language)]
    sections.append(_judged(record, hidden > 0, language))
    sections += _sent(trace, hidden > 0, language)
    return [*sections, _times(record.answer, language)]


def reason_in_words(reason: str, language: str) -> str:
    """A verdict's reason for people; as it is where it is not known here."""
    for pattern, words in _REASONS:
        if found := re.fullmatch(pattern, reason):
            return words[language != "ko"].format(*found.groups())
    return reason


def _how_read(record: AnswerRecord, language: str) -> Section:
    lines = [_say("asked", language, question=" ".join(record.question.split()))]
    for name, key in (("earlier", "earlier"), ("translated", "translation")):
        if text := str(record.trace.get(key) or ""):
            lines.append(_say(name, language, text=text))
    if repeats := str(record.trace.get("repeats") or ""):
        lines.append(_say("repeats", language, trace_id=repeats))
    return Section(_say("read", language), tuple(lines))


def _found(passages: Sequence[tuple[int, Mapping[str, Any]]], hidden: int, language: str) -> Section:
    lines = []
    for place, passage in passages:
        names = [str(passage.get(key) or "") for key in ("title", "section")]
        name = " > ".join(dict.fromkeys(name for name in names if name)) or _say("untitled", language)
        score = passage.get("score")
        shown = f"{score:.3f}" if isinstance(score, int | float) else "–"
        lines.append(_say("passage", language, place=place, name=name, score=shown))
    if hidden:
        lines.append(_say("hidden", language, count=hidden))
    return Section(_say("found", language), tuple(lines) or (_say("found_nothing", language),))


def _judged(record: AnswerRecord, is_partly_hidden: bool, language: str) -> Section:
    lines, left_out = [], 0
    for verdict in record.trace.get("verdicts") or ():
        sentence = str(verdict.get("sentence", ""))
        is_kept = bool(verdict.get("sources")) and record.answer.found
        if is_partly_hidden and not (is_kept and sentence in record.answer.text):
            left_out += 1
            continue
        reason = reason_in_words(str(verdict.get("reason", "")), language)
        lines.append(_say("kept" if is_kept else "dropped", language, sentence=sentence, reason=reason))
    if left_out:
        lines.append(_say("dropped_hidden", language, count=left_out))
    if not lines:
        lines.append(_say("judged_nothing", language))
    log_odds = record.trace.get("relevance")
    if isinstance(log_odds, int | float):
        likely = 1 / (1 + math.exp(-max(min(log_odds, 50.0), -50.0)))
        lines.append(_say("answers", language, percent=f"{likely:.0%}"))
    return Section(_say("judged", language), tuple(lines))


def _sent(trace: Mapping[str, Any], is_partly_hidden: bool, language: str) -> list[Section]:
    prompt = trace.get("prompt") or ()
    heading = _say("sent", language)
    if not prompt:
        return [Section(heading, (_say("sent_nothing", language),))]
    if is_partly_hidden:
        return [Section(heading, (_say("sent_hidden", language),))]
    sent = tuple(
        f"{message.get('role', '')}: {_shortened(str(message.get('content', '')))}" for message in prompt
    )
    sections = [Section(heading, sent, is_verbatim=True)]
    if reply := str(trace.get("reply") or "").strip():
        sections.append(Section(_say("replied", language), (_shortened(reply),), is_verbatim=True))
    return sections


def _times(answer: Answer, language: str) -> Section:
    timings = answer.timings
    given = (
        ("searched_s", timings.search_s),
        ("first_token_s", timings.first_token_s),
        ("first_text_s", timings.first_text_s),
        ("total_s", timings.total_s),
    )
    lines = [_say(name, language, seconds=f"{seconds:.1f}") for name, seconds in given if seconds is not None]
    return Section(_say("times", language), tuple(lines))


def _shortened(text: str) -> str:
    """The beginning and the end: the question stands last."""
    if len(text) <= LONGEST_SENT:
        return text
    half = LONGEST_SENT // 2
    return f"{text[:half].rstrip()}\n[…]\n{text[-half:].lstrip()}"


def _say(name: str, language: str, /, **values: object) -> str:
    return _WORDS[name][language != "ko"].format(**values)
