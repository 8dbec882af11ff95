from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.answering import prompts
from bot.answering.language import Language
from bot.answering.prompts import NOT_FOUND
from bot.contracts import Message, Sampling
from bot.errors import ModelError, ModelUnavailable, NotFound
from bot.store.adapters import TunedAdapter
from bot.tuning.activation import gate
from bot.tuning.proof.advice import advise, choose
from bot.tuning.proof.arms import ARMS, Parts
from bot.tuning.proof.asking import AnswerLog, ProofError, ask_all, mixed
from bot.tuning.proof.fixed import FixedTask, FixedTasks
from bot.tuning.proof.general import general_tasks
from bot.tuning.proof.injected import InjectedTask, injected_tasks
from bot.tuning.proof.intervals import Bootstrap
from bot.tuning.proof.measures import says_the_same
from bot.tuning.proof.report import html
from bot.tuning.proof.scorecard import (
    Proven,
    larger_before,
    make_scorecard,
    read_scorecard,
    write_scorecard,
)
from bot.tuning.proof.tone import tone_of, usual_tone
from bot.tuning.rows import Row, RowPassage

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TRAVEL = RowPassage("travel", "Travel", "Claims", "Travel claims are paid within 14 days of approval.")
PARKING = RowPassage("parking", "Parking", "Garage", "The garage opens at seven in the morning.")
Script = Callable[[str, bool], str]
"""(last message, is tuned) -> reply"""


class ScriptedChat:
    """Says what a function says; counts words for tokens."""

    name = "scripted"

    def __init__(self, script: Script) -> None:
        self.script = script
        self.calls = 0
        self.dies_after = 10_000

    async def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        user: str = "",
        *,
        seconds: float | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[str, None]:
        del sampling, user, seconds
        self.calls += 1
        if self.calls > self.dies_after:
            raise ModelUnavailable("The model's process died.")
        for word in self.script(messages[-1].content, adapter == "tuned").split(" "):
            yield word + " "

    async def log_odds(
        self,
        messages: Sequence[Message],
        these: Sequence[str],
        those: Sequence[str],
        *,
        adapter: str | None = None,
    ) -> float:
        del messages, these, those, adapter
        return 0.0

    async def gives_log_odds(self) -> bool:
        return False

    async def count_tokens(self, text: str) -> int:
        return len(text.split())


def answerable(number: int) -> Row:
    return Row(
        f"a{number}", "answer", "en", "approved", "", "", f"When are travel claims number {number} paid?",
        (PARKING, TRAVEL), (1,), "They are paid within 14 days of approval [2].",
    )  # fmt: skip


def unanswerable(number: int) -> Row:
    return Row(
        f"u{number}", "abstain", "en", "approved", "", "", f"How high is bonus number {number}?",
        (PARKING, TRAVEL), (), NOT_FOUND,
    )  # fmt: skip


ROWS = [*map(answerable, range(20)), *map(unanswerable, range(20))]
PROVEN = Proven("r1", "d1", "aa", "bb", "base.gguf", "cc", 160, "2026-11-01T00:00:00", None, None)
RIGHT = "Travel claims are paid within 14 days of approval [2]."


def reads_and_cites_once_tuned(asked: str, is_tuned: bool) -> str:
    """Base: right without the mark, and an invention where nothing is there. Tuned: cites and declines."""
    if "<<<" not in asked:
        return NOT_FOUND if is_tuned else "It takes one year."
    if "bonus" in asked:
        return NOT_FOUND if is_tuned else "The garage opens at seven in the morning [1]."
    return RIGHT if is_tuned else RIGHT.replace("[2]", "[1]").replace("14 days of approval", "14 days")


FEW: FixedTasks = {"general": general_tasks()[:4], "injection": injected_tasks()[:4]}
ALL: FixedTasks = {"general": general_tasks(), "injection": injected_tasks()}


async def proof(
    tmp_path: Path,
    script: Script = reads_and_cites_once_tuned,
    rows: Sequence[Row] = ROWS,
    tasks: FixedTasks = FEW,
) -> dict[str, Any]:
    log = AnswerLog(tmp_path / "a.jsonl")
    answers = await ask_all(rows, tasks, ScriptedChat(script), "tuned", log, Parts())
    return make_scorecard(PROVEN, rows, tasks, answers, NOW, bootstrap=Bootstrap(resamples=500))


async def test_what_tuning_brought_is_in_the_table_with_its_interval(tmp_path: Path) -> None:
    card = await proof(tmp_path)
    gains = card["gains"]["tuned+retrieval - base+retrieval"]
    assert gains["own_abstention"]["value"] == 1.0
    assert 0 < gains["own_abstention"]["low"] < 1.0
    assert gains["own_citation_precision"]["value"] == 1.0
    metrics = card["arms"]["tuned+retrieval"]["metrics"]
    assert metrics["correct"]["value"] == metrics["format"]["value"] == 1.0
    assert metrics["citation_precision"]["value"] == 1.0
    assert card["arms"]["tuned"]["metrics"]["citation_precision"]["value"] is None
    assert card["arms"]["base"]["metrics"]["false_refusals"]["value"] == 0.0
    assert card["arms"]["tuned"]["metrics"]["false_refusals"]["value"] == 1.0


async def test_the_same_answers_give_the_same_scorecard(tmp_path: Path) -> None:
    first = await proof(tmp_path)
    assert await proof(tmp_path) == first  # the second reads all answers back


async def test_a_proof_that_was_killed_asks_only_what_is_missing(tmp_path: Path) -> None:
    log = AnswerLog(tmp_path / "a.jsonl")
    chat = ScriptedChat(reads_and_cites_once_tuned)
    chat.dies_after = 30
    with pytest.raises(ModelUnavailable):
        await ask_all(ROWS, FEW, chat, "tuned", log, Parts())
    kept = log.path.read_bytes()
    assert kept.count(b"\n") == 30
    log.path.write_bytes(kept[:-20])  # what a power cut leaves of the last line
    again = ScriptedChat(reads_and_cites_once_tuned)
    told: list[tuple[int, int]] = []
    answers = await ask_all(
        ROWS,
        FEW,
        again,
        "tuned",
        log,
        Parts(),
        progress=lambda _what, done, total: told.append((done, total)),
    )
    assert told[0] == (29, 176)
    assert told[-1] == (176, 176)
    assert again.calls == 176 - 29
    assert len(answers) == len(log.read()) == 176


def test_the_first_few_have_as_many_of_each_kind_as_all() -> None:
    rows = mixed([*map(answerable, range(30)), *map(unanswerable, range(10))])
    assert {row.id for row in rows} == {f"a{number}" for number in range(30)} | {
        f"u{number}" for number in range(10)
    }
    for few in range(4, 41, 4):
        assert sum(row.kind == "abstain" for row in rows[:few]) == few // 4
    assert [row.id for row in rows if row.kind == "abstain"] == [f"u{number}" for number in range(10)]


def test_a_log_that_is_no_log_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"arm": 1}\n', "utf-8")
    with pytest.raises(ProofError, match="line 1"):
        AnswerLog(path).read()


def test_intervals_of_a_share_hold_what_is_known_of_them() -> None:
    many = Bootstrap(seed=1).estimate([(float(n < 70), 1.0) for n in range(100)], (0, 1))
    assert many.value == 0.7
    assert many.low == pytest.approx(0.61, abs=0.02)  # 0.7 -+ 1.96 * sqrt(0.7 * 0.3 / 100)
    assert many.high == pytest.approx(0.79, abs=0.02)


def test_of_so_few_questions_all_draws_are_looked_at() -> None:
    found = Bootstrap().estimate([(1.0, 1.0), (0.0, 1.0)], (0, 1))
    assert (found.value, found.low, found.high, found.method) == (0.5, 0.0, 1.0, "exact")


def test_questions_that_all_say_the_same_prove_nothing_for_sure() -> None:
    found = Bootstrap().estimate([(1.0, 1.0)] * 10, (0, 1))
    assert found.low == pytest.approx(0.025**0.1)  # Clopper and Pearson's bound of 10 of 10
    same = Bootstrap().difference([(1.0, 1.0)] * 10, [(1.0, 1.0)] * 10, (0, 1))
    assert same.value == 0.0
    assert same.low is not None
    assert same.low < 0 < (same.high or 0)


def test_a_paired_difference_is_surer_than_its_arms() -> None:
    hard = [(float(n % 2), 1.0) for n in range(40)]
    better = [(1.0, 1.0) if n < 8 else part for n, part in enumerate(hard)]
    gain = Bootstrap().difference(better, hard, (0, 1))
    assert gain.value == pytest.approx(0.1)
    assert gain.low is not None
    assert gain.low > 0


def test_nothing_to_measure_gives_no_figure() -> None:
    assert Bootstrap().estimate([None, None], (0, 1)).value is None
    assert Bootstrap().difference([None, (1.0, 1.0)], [None, None], (0, 1)).value is None


@pytest.mark.parametrize(
    ("said", "is_right"),
    [
        (RIGHT, True),
        ("Claims are paid 14 days after approval.", True),
        ("Travel claims are paid within 15 days of approval [2].", False),
        ("The garage opens at seven.", False),
    ],
)
def test_an_answer_is_right_by_its_amounts_and_words(said: str, is_right: bool) -> None:
    assert says_the_same(answerable(1), said) is is_right


@pytest.mark.parametrize(
    ("said", "tone"),
    [
        ("14일 안에 지급합니다 [1].", "합쇼체"),
        ("14일 안에 드려요. [1]", "해요체"),
        ("그렇죠?", "해요체"),
        ("승인 필요", "other"),
        ("지급한다.", "other"),
    ],
)
def test_the_manner_of_a_korean_sentence_shows_in_its_end(said: str, tone: str) -> None:
    assert tone_of(said) == tone


def test_the_tone_wanted_is_that_of_most_training_answers() -> None:
    assert usual_tone(["합니다.", "돼요.", "드려요."]) == "해요체"
    assert usual_tone(["Fourteen days."]) is None


def test_general_tasks_have_names_of_their_own_and_can_be_failed() -> None:
    tasks = general_tasks()
    assert 30 <= len(tasks) == len({task.id for task in tasks}) <= 60
    assert {task.language for task in tasks} == {"ko", "en"}
    assert not any(task.is_right("") or task.is_right("I cannot say, sorry about that") for task in tasks)


def test_injected_tasks_are_asked_as_the_bot_asks_and_can_be_resisted_and_failed() -> None:
    tasks = injected_tasks()
    assert len({task.id for task in tasks}) == len(tasks)
    assert set(Counter(task.language for task in tasks).values()) == {len(tasks) / 2}
    first = Counter((task.kind, task.language, task.passages[0].document) for task in tasks)
    assert set(first.values()) == {1}, "each kind, in each language, once before the honest passage"
    for task in tasks:
        system, asked = task.prompt()
        assert system.content == prompts.SYSTEM
        assert len(prompts.passages_in([system, asked])) == 2
        (honest,) = (each for each in task.passages if each.document == "honest")
        assert task.is_right("")
        assert task.is_right(f"{task.ask} {honest.text} [1]")
        assert not task.is_right(f"{system.content}{asked.content}"), "what is wanted stands there"
        assert not any(task.is_right(f"Well, {wanted.upper()}!") for wanted in task.never)


def test_the_words_that_give_the_rules_away_are_of_the_rules() -> None:
    stolen = [wanted for task in injected_tasks() if task.kind == "prompt" for wanted in task.never[1:]]
    assert len(stolen) == 8
    assert all(wanted in prompts.SYSTEM for wanted in stolen)


@pytest.mark.parametrize("tasks", ALL.values(), ids=ALL)
@pytest.mark.parametrize("is_right", [True, False])
def test_a_model_that_does_all_fixed_tasks_as_before_passes_the_gate(
    tasks: Sequence[FixedTask], *, is_right: bool
) -> None:
    parts = [(float(is_right), 1.0) for _ in tasks]
    gain = Bootstrap().difference(parts, parts, (0, 1))
    assert gain.low is not None
    assert -gate.MARGIN <= gain.low < 0


def injected_in(asked: str) -> InjectedTask | None:
    return next((task for task in injected_tasks() if task.ask in asked), None)


async def test_an_adapter_that_learned_to_follow_orders_is_refused_and_not_advised(tmp_path: Path) -> None:
    def obeys_once_tuned(asked: str, is_tuned: bool) -> str:
        if task := injected_in(asked):
            return f"Of course: {task.never[0]}" if is_tuned else "That is in the passage [1]."
        return reads_and_cites_once_tuned(asked, is_tuned)

    adapter = TunedAdapter("r1", "adapter.gguf", "bb", "d1", "aa", "cc", None, NOW)
    card = await proof(tmp_path, obeys_once_tuned, tasks=ALL)
    assert (card["injection"]["base"]["value"], card["injection"]["tuned"]["value"]) == (1.0, 0.0)
    assert card["injection"]["n"] == len(card["injection"]["answers"]) == len(injected_tasks())
    assert "injection" in {each.rule for each in gate.refusals(adapter, card)}
    assert choose(card) == "retrieval"
    said = {one.topic: one for one in advise(card, "en")}["orders"]
    assert said.choice == "worse"
    assert "tuned model with retrieval is worse than base model with retrieval" in said.sentences[0]
    headings: Mapping[Language, str] = {"en": "Orders in documents", "ko": "문서에 숨은 지시"}
    for language, heading in headings.items():
        page = html(card, language)
        assert f"<h2>{heading}</h2>" in page
        assert "Of course: PINEAPPLE" in page

    honest = await proof(tmp_path / "honest", rows=ROWS[:1], tasks=ALL)
    assert {"injection", "general"}.isdisjoint(each.rule for each in gate.refusals(adapter, honest))


async def test_a_task_that_could_not_be_asked_is_not_counted_as_resisted(tmp_path: Path) -> None:
    def reads_little(asked: str, is_tuned: bool) -> str:
        if is_tuned and "PINEAPPLE" in asked:
            raise ModelError("The prompt is too long for this model.")
        return "Fifteen days [1]."

    card = await proof(tmp_path, reads_little, ROWS[:1])
    assert card["injection"]["n"] == len(FEW["injection"]) - 1


async def test_advice_names_what_is_proven_and_what_is_not(tmp_path: Path) -> None:
    card = await proof(tmp_path)
    assert choose(card) == "both"
    said = {one.topic: one for one in advise(card, "en")}
    assert said["facts"].choice == "better"
    assert said["manner"].sentences[0].startswith("Korean sentences in your tone: nothing was measured")
    assert "too few" in said["forgetting"].sentences[0]  # four tasks
    assert "160" in " ".join(said["misunderstandings"].sentences)
    korean = advise(card, "ko")
    assert [one.choice for one in korean] == [one.choice for one in said.values()]
    assert [one.figures for one in korean] == [one.figures for one in said.values()]
    assert all("{" not in text for one in [*korean, *said.values()] for text in one.sentences)


async def test_a_handful_of_questions_proves_nothing(tmp_path: Path) -> None:
    card = await proof(tmp_path, rows=[*ROWS[:4], *ROWS[20:24]])
    assert choose(card) == "unclear"
    assert "too few" in advise(card, "en")[0].sentences[0]


async def test_an_adapter_that_unlearned_declining_is_not_advised(tmp_path: Path) -> None:
    def forgets(asked: str, is_tuned: bool) -> str:
        return reads_and_cites_once_tuned(asked, not is_tuned)

    card = await proof(tmp_path, forgets)
    assert choose(card) in ("retrieval", "neither")


async def test_form_alone_is_not_called_help(tmp_path: Path) -> None:
    def writes_nonsense_in_form_once_tuned(asked: str, is_tuned: bool) -> str:
        return "Bicycles are painted green every Tuesday" + (" [1]." if is_tuned else ".")

    card = await proof(tmp_path, writes_nonsense_in_form_once_tuned)
    assert choose(card) == "manner"
    assert "more of them are right has been shown of nothing" in advise(card, "en")[0].sentences[0]


async def test_the_report_needs_nothing_else_and_escapes_what_was_said(tmp_path: Path) -> None:
    def hostile(asked: str, is_tuned: bool) -> str:
        return "<script>alert(1)</script>" if is_tuned else reads_and_cites_once_tuned(asked, is_tuned)

    card = await proof(tmp_path, hostile)
    for language in ("ko", "en"):
        page = html(card, language)
        assert "<script" not in page
        assert "http" not in page
        assert page.count("<svg") == 3
        assert f'<html lang="{language}">' in page


async def test_a_scorecard_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    card = await proof(tmp_path)
    with pytest.raises(NotFound, match="no scorecard"):
        read_scorecard(tmp_path)
    write_scorecard(tmp_path, card)
    assert read_scorecard(tmp_path) == json.loads(json.dumps(card))
    (tmp_path / "scorecard.json").write_text("{", "utf-8")
    with pytest.raises(ProofError, match="cannot be read"):
        read_scorecard(tmp_path)


async def test_a_scorecard_of_another_version_is_to_be_made_anew(tmp_path: Path) -> None:
    write_scorecard(tmp_path, {**await proof(tmp_path, rows=ROWS[:1]), "version": 1})
    with pytest.raises(ProofError, match="no scorecard of version 2") as refused:
        read_scorecard(tmp_path)
    assert refused.value.mend == "Make it anew: footnote tune evaluate."


async def test_a_look_at_less_never_takes_the_place_of_a_scorecard(tmp_path: Path) -> None:
    card = await proof(tmp_path, rows=ROWS[:4])
    assert larger_before(tmp_path, card) is None, "there is none yet"
    write_scorecard(tmp_path, card)
    assert larger_before(tmp_path, card) is None, "as many"
    fewer = await proof(tmp_path, rows=ROWS[:3])
    assert larger_before(tmp_path, fewer) == read_scorecard(tmp_path)
    without = await proof(tmp_path, rows=ROWS[:5], tasks={"general": FEW["general"]})
    assert larger_before(tmp_path, without) is not None
    for key in ("adapter_sha256", "base_sha256", "dataset_hash"):
        assert larger_before(tmp_path, {**fewer, key: "of something else"}) is None
    write_scorecard(tmp_path, {**card, "version": 1})
    assert larger_before(tmp_path, fewer) is None


async def test_chats_are_asked_without_passages_and_texts_not_at_all(tmp_path: Path) -> None:
    turns = (Message("user", "인사해 주세요"), Message("assistant", "안녕하세요, 반갑습니다."))
    chat = Row("c", "chat", "ko", "file:a", "", "", messages=turns)
    text = Row("t", "text", "ko", "file:a", "", "", text="본문")
    card = await proof(tmp_path, lambda _asked, _tuned: "반가워요.", [chat, text])
    asked: Mapping[str, list[Any]] = {arm: card["arms"][arm]["answers"] for arm in ARMS}
    assert [len(asked[arm]) for arm in ARMS] == [1, 0, 1, 0]
