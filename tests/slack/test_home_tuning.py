"""Tuned adapters on the Home tab of admins, over run folders written by hand: no model is asked."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.contracts import Answer
from bot.slack import texts
from bot.slack.home.tuning import TuningDesk
from bot.slack.home.tuning_blocks import (
    ACTIVATE_ACTION,
    ROLL_BACK_ACTION,
    TABLE_ACTION,
    tuning_blocks,
)
from bot.slack.home.tuning_modals import (
    CHANNEL_INPUT,
    PERCENT,
    WHERE,
    Wanted,
    activate_view,
    table_view,
    wanted_of,
)
from bot.store.answers import Answers
from bot.store.audit import Audit, AuditEntry
from bot.store.database import Database
from bot.tuning.activation.registry import AdapterRegistry
from bot.tuning.activation.runs import TunedRun, all_runs
from bot.tuning.activation.serving import WATCH
from bot.tuning.folders import TuningFolders
from bot.tuning.schedule import Prospect
from tests.slack.cast import Answerer, NotingAdmin, Workspace, connected, over_both_transports, said
from tests.slack.test_home_desk import ALEX_ID, modal_says, opened, rich_elements, shown
from tests.tuning.activation.shop import scorecard, write_run

Json = dict[str, Any]
CHANNEL = "C04PEOPLE0"
EVERY_ACTION = (TABLE_ACTION, ACTIVATE_ACTION, ROLL_BACK_ACTION)


@dataclass
class Tuned:
    """What was tuned, as the bot's own registry finds it."""

    folders: TuningFolders
    database: Database
    registry: AdapterRegistry
    prospect: Prospect | None = None

    @property
    def desk(self) -> TuningDesk:
        return TuningDesk(self.registry, lambda: self.prospect)

    def run(self, name: str = "june", **how: Any) -> Path:
        return write_run(self.folders, name, **how)

    def active(self) -> list[tuple[str, str, float]]:
        return [(one.adapter, one.channel, one.share) for one in self.registry.active()]

    def audited(self) -> list[tuple[str, str, str]]:
        return [(entry.who, entry.what, entry.detail) for entry in Audit(self.database).list()]


@pytest.fixture
def tuned(tmp_path: Path, path: Path) -> Iterator[Tuned]:
    database, folders = Database(path), TuningFolders(tmp_path)
    yield Tuned(folders, database, AdapterRegistry(database, folders, clock=time.time))
    database.close()


def element(view: Json | None, action: str) -> Json:
    return next(
        one
        for block in (view or {})["blocks"]
        for one in block.get("elements", [])
        if one.get("action_id") == action
    )


async def form_opened(sandbox: Workspace, user: str) -> None:
    await opened(sandbox, user)
    await sandbox.click_in_home(user, ACTIVATE_ACTION)
    await sandbox.wait_for(lambda: (sandbox.modal(user) or {}).get("submit"))


@over_both_transports
async def test_admins_see_what_was_tuned_in_their_language_and_nobody_else_does(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    tuned.run()
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        korean, english = await opened(sandbox, "jiwoo"), await opened(sandbox, "alex")
        others = await opened(sandbox, "minsu") + await opened(sandbox, "sam")
    assert "튜닝 (미세조정)" in korean
    assert "june – 평가함, 켤 수 있음" in korean
    assert "june – measured, may be activated" in english
    assert "june" not in others
    assert "튜닝" not in others


async def test_where_nothing_was_tuned_yet_the_way_there_is_named(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk):
        assert "docs/tuning.ko.md" in await opened(sandbox, "jiwoo")


async def test_the_table_shows_all_four_arms_with_their_interval_and_that_the_gate_is_open(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    tuned.run()
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        await opened(sandbox, "alex")
        await sandbox.click_in_home("alex", TABLE_ACTION)
        await modal_says(sandbox, "alex", "It may be activated")
        table = said(sandbox.modal("alex") or {})
    for words in (
        "june: measured on 60 questions",
        "right answers",
        "as the bot answers: base 50% → tuned 70% (difference +20 points, 95 % interval +10 to +30)",
        "the question alone: base 10% → tuned 20%",
        "right citations",
        "unanswerable questions declined",
        "answerable questions declined",
        "general tasks done rightly",
        "orders in documents not followed",
    ):
        assert words in table


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"is_better": False}, "기본 모델보다 낫다고 할 수 없어요"),
        ({"n": 19}, "시험 질문이 너무 적어요 (19 / 20)"),
    ],
)
async def test_a_gate_that_is_shut_says_why_in_the_table_and_instead_of_the_form(
    sandbox: Workspace, path: Path, tuned: Tuned, how: Json, reason: str
) -> None:
    tuned.run(**how)
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk):
        home = await opened(sandbox, "jiwoo")
        assert "june – 평가함, 켤 수 없음" in home
        assert "켤 수 없는 이유" in home
        for action in (TABLE_ACTION, ACTIVATE_ACTION):
            await sandbox.click_in_home("jiwoo", action)
            await modal_says(sandbox, "jiwoo", reason)
            assert not (sandbox.modal("jiwoo") or {}).get("submit")
            await sandbox.close_modal("jiwoo")
    assert tuned.active() == []


@over_both_transports
async def test_an_admin_has_it_answer_a_share_of_the_questions_and_it_is_audited(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    tuned.run()
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk):
        await form_opened(sandbox, "jiwoo")
        assert "저절로 되돌리고 알려 드려요" in said(sandbox.modal("jiwoo") or {})
        assert await sandbox.submit("jiwoo", {WHERE: "share", PERCENT: "25"}) == {}
        await modal_says(sandbox, "jiwoo", "이제 질문의 25%에 답해요")
        await sandbox.wait_for(lambda: "june – 일부에만 답하는 중" in shown(sandbox, "jiwoo"))
        home = shown(sandbox, "jiwoo")
    assert "질문의 25%" in home
    assert "june: 이제 질문의 25%에 답해요" in home, "the note above the desk"
    assert tuned.active() == [("june", "", 0.25)]
    who = f"user:{sandbox.team_id}/U01JIWOO00"
    assert tuned.audited() == [(who, "activate adapter", "june: 25% of the questions")]


async def test_in_one_channel_it_is_drawn_as_that_channel_and_the_channel_has_to_be_named(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    tuned.run()
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        await form_opened(sandbox, "alex")
        errors = await sandbox.submit("alex", {WHERE: "channel"})
        assert errors == {CHANNEL_INPUT: "Please choose the channel."}
        assert await sandbox.submit("alex", {WHERE: "channel", CHANNEL_INPUT: [CHANNEL]}) == {}
        await sandbox.wait_for(lambda: "june – answers in part (canary)" in shown(sandbox, "alex"))
        assert {"type": "channel", "channel_id": CHANNEL} in rich_elements(sandbox.home("alex"))
    assert tuned.active() == [("june", CHANNEL, 1.0)]


@pytest.mark.parametrize(("percent", "is_ours"), [("0", False), ("100", False), ("2.5", False), ("", True)])
async def test_a_share_that_is_none_activates_nothing(
    sandbox: Workspace, path: Path, tuned: Tuned, percent: str, is_ours: bool
) -> None:
    tuned.run()
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        await form_opened(sandbox, "alex")
        errors = await sandbox.submit("alex", {WHERE: "share", PERCENT: percent})
        assert list(errors) == [PERCENT]
        assert (errors[PERCENT] == "Please give 1 to 99.") is is_ours, "what Slack lets through, we refuse"
    assert tuned.active() == []


async def test_what_got_worse_while_the_form_was_open_is_refused(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    run = tuned.run()
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        await form_opened(sandbox, "alex")
        card = json.loads((run / "scorecard.json").read_text())
        worse = scorecard(card["adapter_sha256"], card["dataset_hash"], is_better=False)
        (run / "scorecard.json").write_text(json.dumps(worse))
        assert await sandbox.submit("alex", {WHERE: "everywhere"}) == {}
        await modal_says(sandbox, "alex", "june may not be activated.")
        await modal_says(sandbox, "alex", "It is not measurably better")
    assert tuned.active() == []
    assert tuned.audited() == []


async def test_one_click_and_its_confirmation_roll_it_back(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    tuned.run()
    tuned.registry.activate("june", who="terminal")
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        assert "all questions (since " in await opened(sandbox, "alex")
        confirm = element(sandbox.home("alex"), ROLL_BACK_ACTION)["confirm"]
        assert "What answered before june answers again" in confirm["text"]["text"]
        await sandbox.click_in_home("alex", ROLL_BACK_ACTION)
        await sandbox.wait_for(lambda: "june is rolled back" in shown(sandbox, "alex"))
        assert "june – measured, may be activated" in shown(sandbox, "alex")
    assert tuned.active() == []
    assert tuned.audited()[0][:2] == (f"user:{sandbox.team_id}/{ALEX_ID}", "roll back adapter")


async def test_what_was_rolled_back_meanwhile_is_said_and_nothing_else_happens(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    tuned.run()
    tuned.registry.activate("june", who="terminal")
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        await opened(sandbox, "alex")
        tuned.registry.roll_back("june", who=WATCH, why="declined")
        await sandbox.click_in_home("alex", ROLL_BACK_ACTION)
        await sandbox.wait_for(lambda: "does not answer anywhere" in shown(sandbox, "alex"))
    assert len(tuned.registry.history()) == 2


@over_both_transports
@pytest.mark.parametrize(
    ("user", "refusal"), [("minsu", "관리자만 할 수"), ("sam", "Only admins may do this")]
)
async def test_who_forges_the_view_of_an_admin_changes_nothing_with_any_of_its_buttons(
    sandbox: Workspace, path: Path, tuned: Tuned, user: str, refusal: str
) -> None:
    tuned.run()
    tuned.registry.activate("june", who="terminal", share=0.1)
    before = tuned.audited()
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk):
        await opened(sandbox, "jiwoo")
        forged = sandbox.views.homes["U01JIWOO00"].content
        for action in EVERY_ACTION:
            await opened(sandbox, user)
            sandbox.views.publish(sandbox.workspace.user(user).id, forged)
            await sandbox.click_in_home(user, action)
            await modal_says(sandbox, user, refusal)
            assert "70%" not in said(sandbox.modal(user) or {})
            await sandbox.close_modal(user)
    assert tuned.audited() == before
    assert tuned.active() == [("june", "", 0.1)]


async def test_who_is_no_admin_any_more_when_they_submit_activates_nothing(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    tuned.run()
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk):
        await form_opened(sandbox, "jiwoo")
        sandbox.workspace.users["U01JIWOO00"].is_admin = False
        assert await sandbox.submit("jiwoo", {WHERE: "everywhere"}) == {}
        await modal_says(sandbox, "jiwoo", "관리자만 할 수 있어요")
        await sandbox.wait_for(lambda: "june" not in shown(sandbox, "jiwoo"))
    assert tuned.active() == []


async def test_how_an_active_one_does_beside_the_base_model_is_shown_with_its_numbers(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    tuned.run()
    answers, now = Answers(tuned.database), time.time()

    def record(adapter: str, at: float, *, found: bool) -> None:
        answer = Answer("Yes.", (), found, f"t{adapter}{at}", "en")
        verdicts = [{"reason": "", "sources": [1] if found else []}]
        trace = {"adapter": adapter, "verdicts": verdicts, "passages": []}
        answers.record("?", answer, trace, datetime.fromtimestamp(at, UTC))

    for number in range(100):
        record("", now - 1000 + number, found=number % 10 > 0)
    tuned.registry.activate("june", who="terminal")
    for number in range(40):
        record("june", time.time() + number, found=number % 4 > 0)
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        korean, english = await opened(sandbox, "jiwoo"), await opened(sandbox, "alex")
    assert "답을 찾지 못한 질문 – 25% (답 40개), 기본 모델 10% (답 100개)" in korean
    assert "sentences that the check dropped – 25% of 40, base model 10% of 100" in english


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("jiwoo", ("자동 감시 · 튜닝한 모델 되돌리기 june: declined 90%", "터미널 · 튜닝한 모델 켜기 june")),
        (
            "alex",
            ("the watch over answers · roll back adapter june: declined 90%", "terminal · activate adapter"),
        ),
    ],
)
async def test_activations_and_what_the_watch_did_stand_in_the_audit_log(
    sandbox: Workspace, path: Path, tuned: Tuned, user: str, words: tuple[str, ...]
) -> None:
    tuned.run()
    tuned.registry.activate("june", who="terminal")
    tuned.registry.roll_back("june", who=WATCH, why="declined 90%")
    audited = Audit(tuned.database).list()

    class Auditing(NotingAdmin):
        def audited(self, limit: int) -> Sequence[AuditEntry]:
            return audited

    more: Json = {"admin": Auditing(), "tuning": tuned.desk, "admins": (ALEX_ID,)}
    async with connected(sandbox, path, Answerer(), **more):
        home = await opened(sandbox, user)
    for expected in words:
        assert expected in home


async def test_documents_that_changed_since_are_counted(sandbox: Workspace, path: Path, tuned: Tuned) -> None:
    tuned.run(documents={"train": ["d1", "d2"]}, versions={"d1": "1", "d2": "1"})
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        home = await opened(sandbox, "alex")
    assert "The documents it learned from are not what they were: 2 gone. Train anew." in home


async def test_broken_files_are_said_and_leave_the_rest_of_the_home_tab_as_it_is(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    cut = tuned.run("cut")
    (cut / "scorecard.json").write_text('{"gains": [')
    tuned.run("orphan")
    shutil.rmtree(tuned.folders.dataset("orphan"))
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        home = await opened(sandbox, "alex")
        assert "cut – cannot be used" in home
        assert "orphan – cannot be used: The dataset orphan of the run is gone" in home
        assert "Audit log" in home
        await sandbox.click_in_home("alex", TABLE_ACTION)
        await sandbox.wait_for(
            lambda: any(why in said(sandbox.modal("alex") or {}) for why in ("cannot be used", "is gone"))
        )


async def test_a_bug_in_the_registry_leaves_no_modal_waiting_and_shows_no_traceback(
    sandbox: Workspace, path: Path, tuned: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned.run()

    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        await form_opened(sandbox, "alex")
        monkeypatch.setattr(AdapterRegistry, "activate", breaks)
        assert await sandbox.submit("alex", {WHERE: "everywhere"}) == {}
        await modal_says(sandbox, "alex", "something went wrong")
        await sandbox.close_modal("alex")
        monkeypatch.setattr(AdapterRegistry, "get", breaks)
        await sandbox.click_in_home("alex", TABLE_ACTION)
        await modal_says(sandbox, "alex", "something went wrong")


async def test_what_is_being_prepared_and_when_it_comes_again_stands_above_the_runs(
    sandbox: Workspace, path: Path, tuned: Tuned
) -> None:
    at = datetime(2026, 12, 1, 2, tzinfo=UTC)
    tuned.prospect = Prospect("auto-20261122", "train", True, at, 7, 200)
    async with connected(sandbox, path, Answerer(), tuning=tuned.desk, admins=(ALEX_ID,)):
        korean, english = await opened(sandbox, "jiwoo"), await opened(sandbox, "alex")
        dates = [one for one in rich_elements(sandbox.home("alex")) if one["type"] == "date"]
    assert "auto-20261122 준비 중: 학습하는 중 (사람들이 묻는 동안 기다려요)" in korean
    assert "Answers approved or corrected since the last one: 7. At 200" in english
    assert int(at.timestamp()) in [one["timestamp"] for one in dates]


# --- what needs no workspace --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [texts.KOREAN, texts.ENGLISH])
def test_hundreds_of_runs_and_the_longest_names_fit(sandbox: Workspace, tuned: Tuned, language: str) -> None:
    for number in range(7):
        tuned.run(f"{number}" + "x" * 63)
        tuned.registry.activate(f"{number}" + "x" * 63, who="terminal", channel=f"C0{number}")
    runs = all_runs(tuned.registry)
    blocks = tuning_blocks(runs * 40, Prospect("n" * 64, "data", True, datetime.now(UTC), 1, 1), language)
    assert len(blocks) <= 12
    sandbox.views.publish("U01JIWOO00", {"type": "home", "blocks": blocks})
    assert "276" in said({"blocks": blocks})


@pytest.mark.parametrize("card", [{}, {"arms": []}, {"gains": {"x": 1}}, {"questions": {"answer": "ten"}}])
def test_a_scorecard_of_any_shape_makes_a_table(sandbox: Workspace, tuned: Tuned, card: Json) -> None:
    run = tuned.run()
    (run / "scorecard.json").write_text(json.dumps(card))
    view = table_view(tuned.registry.get("june"), "ko")
    assert "–" in said(view)
    assert "지금 파일을 평가한 결과가 없어요" in said(view)
    assert view["type"] == "modal"


def test_one_for_some_readers_says_where_it_answers(tuned: Tuned) -> None:
    tuned.run(readers=["channel:T1/C1"])
    form = activate_view(tuned.registry.get("june"), "en")
    assert "answers only where all who read along may" in said(form)


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"private_metadata": "../june", "state": {"values": {WHERE: {WHERE: {"selected_option": None}}}}},
        {
            "private_metadata": "june",
            "state": {"values": {WHERE: {WHERE: {"selected_option": {"value": "nowhere"}}}}},
        },
    ],
)
def test_a_form_of_an_unknown_shape_is_none(view: Json) -> None:
    assert wanted_of(view) is None


def test_a_share_in_other_digits_than_ours_is_read_or_refused() -> None:
    assert Wanted("june", "share", "", "२५").share == 0.25  # what int() reads
    for percent in ("²", "-5", "1e1", "5%"):
        assert Wanted("june", "share", "", percent).errors("en")


def test_an_adapter_that_is_only_in_the_history_can_still_be_rolled_back(tuned: Tuned) -> None:
    tuned.run()
    tuned.registry.activate("june", who="terminal")
    shutil.rmtree(tuned.folders.runs / "june")
    (run,) = all_runs(tuned.registry)
    assert isinstance(run, TunedRun)
    assert (
        element({"blocks": tuning_blocks([run], None, "en")}, ROLL_BACK_ACTION)["value"] == "tuning:june:en"
    )


def test_a_run_that_is_being_prepared_is_not_said_to_have_stopped(tuned: Tuned) -> None:
    folder = tuned.folders.runs / "auto-1"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    runs = all_runs(tuned.registry)
    ahead = Prospect("auto-1", "train", False, None, 0, 0)
    assert "auto-1 – 준비하는 중" in said({"blocks": tuning_blocks(runs, ahead, "ko")})
    assert "auto-1 – 학습하는 중이거나 멈춤" in said({"blocks": tuning_blocks(runs, None, "ko")})
