"""Adapters that are prepared by themselves. A shell script plays `footnote`: it leaves what that would."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.config import load_config
from bot.contracts import Answer
from bot.errors import ConfigError
from bot.store.answers import Answers
from bot.store.corrections import Correction, Corrections
from bot.store.feedback import Feedback
from bot.sync.schedule import last_run, next_run_after, tune_trigger
from bot.tuning.folders import TuningFolders
from bot.tuning.pause import OURS, Pause, until_lifted
from bot.tuning.schedule import MONTH, MOST_KILLS, ScheduledTuning, TuningPlan
from connectors.base import EVERYONE
from tests.tuning.activation.shop import Shop, open_shop, write_run

NAME = "auto-20270115"  # on the day of the tests' clock
FOOTNOTE = r"""
here=$(dirname "$0"); step=$2; name=$3
stock=$here/stock/tuning; tuning=$here/tuning; run=$tuning/runs/$name
echo "$step" >> "$here/called"
if [ -e "$here/dies at $step" ]; then kill -9 $$; fi
if [ -e "$here/refuses at $step" ]; then cat "$here/refuses at $step" >&2; exit "$(cat "$here/status")"; fi
if [ -e "$here/waits at $step" ]; then echo $$ > "$here/pid"; mv "$here/pid" "$here/waiting"; fi
while [ -e "$here/waits at $step" ]; do sleep 0.02; done
cut -d ' ' -f 19 "/proc/$$/stat" > "$here/priority of $step"
mkdir -p "$tuning/datasets" "$run"
case $step in
    data) cp -r "$stock/datasets/$name" "$tuning/datasets/" ;;
    train) cp "$stock/runs/$name/config.json" "$stock/runs/$name/result.json" "$run/" ;;
    export) cp "$stock/runs/$name/adapter.gguf" "$stock/runs/$name/export.json" "$run/" ;;
    evaluate) cp "$stock/runs/$name/scorecard.json" "$run/" ;;
esac
"""
ALL = ["data", "train", "export", "evaluate"]


@dataclass
class Night:
    """A machine on which something may be due."""

    folder: Path
    shop: Shop
    pause: Pause
    due: datetime | None = None
    after_answers: int = 0
    began: list[ScheduledTuning] = field(default_factory=list)

    def bot(self) -> ScheduledTuning:
        """One more process that serves from this folder."""
        return ScheduledTuning(
            self.shop.database,
            self.shop.folders,
            self.shop.registry,
            self.pause,
            TuningPlan(lambda _: self.due, lambda _: self.due, self.after_answers),
            ("/bin/sh", str(self.folder / "footnote.sh")),
            self.shop.clock,
        )

    def pass_time(self) -> None:
        """The moment that the schedule names has come."""
        self.shop.clock.now += 60
        self.due = datetime.fromtimestamp(self.shop.clock.now - 1, UTC)

    def put(self, name: str, text: str = "") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def called(self) -> list[str]:
        path = self.folder / "called"
        return path.read_text().split() if path.is_file() else []

    def told(self) -> list[tuple[str, str]]:
        rows = self.shop.database.rows("SELECT kind, detail FROM notices ORDER BY id")
        return [(row["kind"], row["detail"]) for row in rows]

    def approve(self, count: int) -> None:
        answers, feedback = Answers(self.shop.database), Feedback(self.shop.database, self.shop.clock)
        for _ in range(count):
            self.shop.clock.now += 1
            trace_id = f"t{self.shop.clock.now:.0f}"
            at = datetime.fromtimestamp(self.shop.clock.now, UTC)
            answers.record("?", Answer("Yes.", (), True, trace_id, "en"), {}, at)
            feedback.vote(trace_id, "T1", "U1", "up")

    def correct(self, trace_id: str) -> None:
        at = datetime.fromtimestamp(self.shop.clock.now, UTC)
        Answers(self.shop.database).record("?", Answer("No.", (), True, trace_id, "en"), {}, at)
        given = Correction(trace_id, "?", "Yes.", "user:T1/U1", at, (EVERYONE,))
        assert Corrections(self.shop.database).add(given)

    async def until(self, name: str) -> None:
        async with asyncio.timeout(10):
            while not (self.folder / name).is_file():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.01)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    write_run(TuningFolders(tmp_path / "stock"), NAME)
    (tmp_path / "tuning").mkdir()
    (tmp_path / "footnote.sh").write_text(FOOTNOTE)
    with open_shop(tmp_path) as shop:
        yield Night(tmp_path, shop, Pause(shop.folders.pause, quiet_seconds=0.05))


async def test_what_is_due_is_prepared_and_told_once_and_answers_nobody(night: Night) -> None:
    bot = night.bot()
    await bot.look()
    assert night.called() == []
    night.pass_time()
    for _ in range(3):
        await bot.look()
    assert night.called() == ALL
    assert night.told() == [("adapter_proven", NAME)]
    assert night.shop.registry.active() == []
    night.shop.clock.now += 86_400 * 31
    night.pass_time()
    assert bot.prospect().name == ""
    assert bot.prospect().next_run == night.due


async def test_one_that_is_not_better_is_told_as_that(night: Night) -> None:
    folders = TuningFolders(night.folder / "other")
    write_run(folders, NAME, is_better=False)
    (night.folder / "stock").rename(night.folder / "better")
    (night.folder / "other").rename(night.folder / "stock")
    bot = night.bot()
    night.pass_time()
    await bot.look()
    assert night.told() == [("adapter_unproven", NAME)]


async def test_what_the_schedule_named_before_it_was_configured_is_not_made_up_for(night: Night) -> None:
    night.pass_time()
    await night.bot().look()
    assert night.called() == []


async def test_what_was_missed_while_the_bot_was_down_is_made_up_for_once(night: Night) -> None:
    first = night.bot()
    night.pass_time()
    await first.look()
    night.pass_time()
    night.shop.clock.now += 86_400
    (night.folder / "called").unlink()
    await night.bot().look()
    assert night.called()[:1] == ["data"]


async def test_so_many_approved_answers_are_a_reason_and_one_fewer_are_none(night: Night) -> None:
    night.after_answers = 5
    bot = night.bot()
    night.approve(4)
    await bot.look()
    assert night.called() == []
    assert bot.prospect().approved == 4
    night.approve(1)
    await bot.look()
    assert night.called() == ALL
    night.approve(4)
    await bot.look()
    assert night.called() == ALL, "those before do not count again"


async def test_an_answer_that_somebody_else_found_unhelpful_is_not_approved(night: Night) -> None:
    night.after_answers = 2
    night.approve(2)
    Feedback(night.shop.database, night.shop.clock).vote(f"t{night.shop.clock.now:.0f}", "T1", "U2", "down")
    bot = night.bot()
    await bot.look()
    assert (night.called(), bot.prospect().approved) == ([], 1)


async def test_an_answer_that_a_person_corrected_counts_like_an_approved_one_and_once(night: Night) -> None:
    night.after_answers = 3
    night.approve(2)
    bot = night.bot()
    for trace_id in ("t-wrong", f"t{night.shop.clock.now:.0f}"):  # the latter was approved, too
        night.correct(trace_id)
    await bot.look()
    assert (night.called(), bot.prospect().approved) == (ALL, 0)


async def test_nothing_is_begun_while_people_ask_and_a_step_is_not_followed_by_the_next(night: Night) -> None:
    bot = night.bot()
    night.pass_time()
    with night.pause.while_asked():
        assert night.shop.folders.pause.is_file()
        await bot.look()
    await bot.look()  # it is quiet for too short a time
    assert night.called() == []
    await until_lifted(night.shop.folders.pause)
    holds = night.put("waits at train")
    looking = asyncio.create_task(bot.look())
    await night.until("waiting")
    with night.pause.while_asked():
        holds.unlink()
        await looking
        assert night.called() == ["data", "train"]
        assert bot.prospect().step == "export"
        assert bot.prospect().is_waiting
    night.pause.lift()
    await bot.look()
    assert night.called() == ALL


async def test_a_step_gives_way_to_everything_else(night: Night) -> None:
    holds = night.put("waits at train")
    bot = night.bot()
    night.pass_time()
    looking = asyncio.create_task(bot.look())
    await night.until("waiting")
    holds.unlink()
    await looking
    assert (night.folder / "priority of train").read_text().strip() == "19"


async def test_two_bots_on_the_same_folder_prepare_one_adapter(night: Night) -> None:
    holds = night.put("waits at train")
    first, second = night.bot(), night.bot()
    night.pass_time()
    looking = asyncio.create_task(first.look())
    await night.until("waiting")
    await second.look()
    assert night.called() == ["data", "train"]
    holds.unlink()
    await looking
    await second.look()
    assert night.called() == ALL


async def test_a_step_that_is_killed_goes_on_at_the_next_look(night: Night) -> None:
    deadly = night.put("dies at train")
    bot = night.bot()
    night.pass_time()
    await bot.look()
    assert night.called() == ["data", "train"]
    assert bot.prospect().step == "train"
    deadly.unlink()
    await night.bot().look()  # another process, after a restart
    assert night.called() == ["data", "train", "train", "export", "evaluate"]
    assert night.told() == [("adapter_proven", NAME)]


async def test_a_step_that_is_killed_again_and_again_is_given_up_and_told(night: Night) -> None:
    night.put("dies at train")
    bot = night.bot()
    night.pass_time()
    for _ in range(MOST_KILLS + 2):
        await bot.look()
    assert night.called() == ["data", *["train"] * MOST_KILLS]
    ((kind, reason),) = night.told()
    assert kind == "adapter_failed"
    assert "train: it was ended 3 times" in reason


async def test_a_bot_that_stops_ends_the_step_and_goes_on_with_it_when_it_is_back(night: Night) -> None:
    holds = night.put("waits at train")
    bot = night.bot()
    night.pass_time()
    running = asyncio.create_task(bot.run())
    await night.until("waiting")
    pid = int((night.folder / "waiting").read_text())
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    holds.unlink()
    back = night.bot()
    async with asyncio.timeout(10):
        while not night.told():  # what the script began ends a moment after it, and holds the lock until then
            await back.look()
    assert night.called() == ["data", "train", "train", "export", "evaluate"]


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (
            "1",
            "reading\nfootnote: There are 9 rows, and 10 are\nneeded.\n  Have more answers approved.\n",
            "data: There are 9 rows, and 10 are needed. Have more answers approved.",
        ),
        ("3", "Traceback (most recent call last):\n  secret\n", "data: a bug in Footnote; see "),
        ("2", "", "data: exit status 2"),
    ],
)
async def test_a_step_that_fails_is_told_in_its_own_words_and_not_tried_again_until_it_is_due(
    night: Night, status: str, said: str, reason: str
) -> None:
    night.put("status", status)
    night.put("refuses at data", said)
    bot = night.bot()
    night.pass_time()
    for _ in range(3):
        await bot.look()
    assert night.called() == ["data"]
    ((kind, told),) = night.told()
    assert kind == "adapter_failed"
    assert told.startswith(reason)
    assert "Traceback" not in told
    night.pass_time()
    await bot.look()
    assert night.called() == ["data", "data"]


async def test_a_step_that_says_it_is_done_and_left_nothing_is_not_repeated_for_ever(night: Night) -> None:
    night.put("refuses at data")
    night.put("status", "0")
    bot = night.bot()
    night.pass_time()
    for _ in range(3):
        await bot.look()
    assert night.called() == ["data"]


# --- the pause ----------------------------------------------------------------------------------------------


async def test_a_pause_of_an_admin_stays_and_one_that_a_crash_left_goes(tmp_path: Path) -> None:
    file = tmp_path / "pause"
    file.write_text("until Monday")
    pause = Pause(file, quiet_seconds=0)
    with pause.while_asked():
        pass
    pause.lift()
    pause.take_over()
    assert file.read_text() == "until Monday"
    assert pause.is_on
    file.write_text(OURS)
    pause.take_over()
    assert not file.exists()


async def test_the_pause_lasts_as_long_as_anybody_asks_and_needs_a_folder_of_tuning(tmp_path: Path) -> None:
    pause = Pause(tmp_path / "tuning" / "pause", quiet_seconds=0)
    with pause.while_asked():
        assert pause.is_on
        assert not (tmp_path / "tuning").exists()
        (tmp_path / "tuning").mkdir()
        with pause.while_asked():
            assert (tmp_path / "tuning" / "pause").is_file()
        await asyncio.sleep(0.01)
        assert pause.is_on
    await asyncio.sleep(0.01)
    assert [pause.is_on] == [False]  # in a list: mypy believes the line above for ever
    assert not (tmp_path / "tuning" / "pause").exists()


# --- what is configured -------------------------------------------------------------------------------------


def configured(tmp_path: Path, tune: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f'[sync]\ntimezone = "Asia/Seoul"\n[tune]\n{tune}\n')
    return path


@pytest.mark.parametrize("tune", ["", 'schedule = ""', 'schedule = "never"'])
def test_nothing_is_prepared_unless_it_is_configured(tmp_path: Path, tune: str) -> None:
    assert tune_trigger(load_config(configured(tmp_path, tune), {})) is None


def test_a_monthly_schedule_is_read_in_the_time_zone_of_the_company(tmp_path: Path) -> None:
    trigger = tune_trigger(load_config(configured(tmp_path, 'schedule = "0 2 1 * *"'), {}))
    assert trigger is not None
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert last_run(trigger, now, MONTH) == datetime(2026, 10, 31, 17, tzinfo=UTC)
    assert next_run_after(trigger, now) == datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert last_run(trigger, now, timedelta(days=1)) is None


def test_a_schedule_that_is_none_is_refused_with_an_example(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"tune\.schedule: 'monthly' is no schedule") as refused:
        tune_trigger(load_config(configured(tmp_path, 'schedule = "monthly"'), {}))
    assert '"0 2 1 * *"' in refused.value.mend
    with pytest.raises(ConfigError, match="after_answers"):
        load_config(configured(tmp_path, "after_answers = -1"), {})
