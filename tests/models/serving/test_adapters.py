"""Adapters beside the tiny model, in this process: nobody notices what others are served with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.contracts import Message, Sampling
from bot.errors import FootnoteError, ModelBroken, ModelError, NotFound
from bot.models.serving import Engine
from bot.models.serving.adapters import MOST
from tests.models.lora import write_adapter
from tests.models.serving.test_engine import Heard, work_off

pytestmark = pytest.mark.weights

BRIEF = Sampling(max_tokens=8)
QUESTIONS = [
    "Name three rivers of Europe and the cities they flow through.",
    "What is the capital of France, and what of Spain?",
]


def talk(question: str) -> list[Message]:
    return [Message("user", question)]


@pytest.fixture
def path(weights: Callable[[str], Path]) -> Path:
    return weights("smollm2-135m-instruct")


@pytest.fixture
def adapter(path: Path, tmp_path: Path) -> Path:
    return write_adapter(tmp_path / "a.gguf", path, size=0.12)


@pytest.fixture
def other(path: Path, tmp_path: Path) -> Path:
    return write_adapter(tmp_path / "b.gguf", path, seed=2, rank=1, alpha=4.0, size=0.1)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(path: Path, heard: Heard) -> Iterator[Engine]:
    made = Engine(path, 1024, 1, heard, cells=4096)
    yield made
    made.close()


def text(engine: Engine, heard: Heard, number: int, question: str, **how: Any) -> str:
    engine.reply(number, talk(question), BRIEF, **how)
    work_off(engine)
    return heard.texts.get(number, "")


def test_each_gets_beside_others_what_it_gets_alone(
    engine: Engine, heard: Heard, adapter: Path, other: Path
) -> None:
    alone = {"": text(engine, heard, 100, QUESTIONS[1])}
    engine.load_adapter("a", adapter)
    engine.load_adapter("b", other)
    for number, name in enumerate("ab", start=101):
        alone[name] = text(engine, heard, number, QUESTIONS[1], adapter=name)
    assert len(set(alone.values())) == 3
    names = ["", "a", "b", ""]
    for number, name in enumerate(names):
        engine.reply(number, talk(QUESTIONS[1]), BRIEF, adapter=name)
    work_off(engine)
    assert [heard.texts[number] for number in range(4)] == [alone[name] for name in names]


def test_passes_are_of_one_adapter_and_they_take_turns(
    engine: Engine, heard: Heard, adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.load_adapter("a", adapter)
    for number in range(6):
        engine.reply(number, talk(QUESTIONS[number % 2]), BRIEF)
    engine.reply(6, talk(QUESTIONS[0]), BRIEF, adapter="a", user="another")
    plan, turns = engine._planned, []

    def seen() -> list[Any]:
        passes = plan()
        (used,) = {one.work.request.adapter for one in passes}
        turns.append(used)
        return passes

    monkeypatch.setattr(engine, "_planned", seen)
    while 6 not in heard.results:
        engine.step()
    # nobody waits for more than one pass of the other
    both = turns[next(at for at, turn in enumerate(turns) if turn) :]
    assert len(both) > 8
    assert all(one != two for one, two in itertools.pairwise(both))
    work_off(engine)
    assert not heard.errors


def test_what_one_adapter_read_is_not_taken_for_anothers(engine: Engine, heard: Heard, adapter: Path) -> None:
    engine.load_adapter("a", adapter)
    for number, name in enumerate(["", "a", "a", ""]):
        text(engine, heard, number, QUESTIONS[0], adapter=name)
    reused = [heard.results[number]["reused_tokens"] for number in range(4)]
    whole = heard.results[0]["prompt_tokens"] - 1
    assert reused == [0, 0, whole, whole]


def test_odds_are_those_of_the_adapter(engine: Engine, heard: Heard, adapter: Path) -> None:
    engine.load_adapter("a", adapter)
    ask = [Message("user", "Is Paris in France? Reply Yes or No.")]
    for number, name in enumerate(["", "a", ""]):
        engine.log_odds(number, ask, ["Yes"], ["No"], adapter=name)
        work_off(engine)
    assert heard.results[0] == heard.results[2]
    assert abs(heard.results[0] - heard.results[1]) > 0.1


def test_dropping_waits_for_replies_and_leaves_nothing_behind(
    engine: Engine, heard: Heard, adapter: Path
) -> None:
    engine.load_adapter("a", adapter)
    whole = text(engine, heard, 0, QUESTIONS[1], adapter="a")
    engine.reply(1, talk(QUESTIONS[1]), BRIEF, adapter="a")
    engine.reply(2, talk(QUESTIONS[0]), BRIEF)
    engine.step()
    engine.drop_adapter(3, "a")
    assert 3 not in heard.results
    with pytest.raises(NotFound, match="no adapter 'a'"):
        engine.reply(4, talk(QUESTIONS[0]), BRIEF, adapter="a")
    work_off(engine)
    assert heard.results[3] is None
    assert heard.texts[1] == whole
    # loaded again, it begins anew: nothing of its first life is in the cache
    engine.load_adapter("a", adapter)
    assert text(engine, heard, 5, QUESTIONS[1], adapter="a") == whole
    assert heard.results[5]["reused_tokens"] == 0
    engine.drop_adapter(6, "a")
    assert heard.results[6] is None


def test_dropping_ends_also_where_the_last_reply_is_cancelled_or_too_late(
    engine: Engine, heard: Heard, adapter: Path
) -> None:
    for number, how in enumerate(({}, {"deadline": 0.0})):
        engine.load_adapter("a", adapter)
        engine.reply(number, talk(QUESTIONS[0]), BRIEF, adapter="a", **how)
        engine.drop_adapter(10 + number, "a")
        assert 10 + number not in heard.results
        if how:
            engine.step()
        else:
            engine.cancel(number)
        assert heard.results[10 + number] is None
        assert engine.is_idle


def test_a_name_given_to_another_file_changes_under_nobodys_hands(
    engine: Engine, heard: Heard, adapter: Path, other: Path
) -> None:
    engine.load_adapter("a", adapter)
    engine.load_adapter("b", other)
    first, second = (text(engine, heard, n, QUESTIONS[0], adapter="ab"[n]) for n in (0, 1))
    engine.reply(2, talk(QUESTIONS[0]), BRIEF, adapter="a")
    engine.step()
    engine.load_adapter("a", other)
    engine.reply(3, talk(QUESTIONS[0]), BRIEF, adapter="a")
    work_off(engine)
    assert (heard.texts[2], heard.texts[3]) == (first, second)


def test_what_is_refused_leaves_the_old_one_serving(
    engine: Engine, heard: Heard, path: Path, adapter: Path, tmp_path: Path
) -> None:
    engine.load_adapter("a", adapter)
    whole = text(engine, heard, 0, QUESTIONS[0], adapter="a")
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(adapter.read_bytes()[:-5000])
    wrong = write_adapter(tmp_path / "wrong.gguf", path, architecture="qwen2")
    base = {"general.base_model.0.name": "SmolLM2 360M Instruct"}
    named = write_adapter(tmp_path / "named.gguf", path, keys=base)
    for file, why in ((cut, "too early"), (wrong, "qwen2"), (named, "360M"), (path, "general.type")):
        with pytest.raises(ModelBroken, match=why):
            engine.load_adapter("a", file)
    with pytest.raises(ModelError, match="cannot be called"):
        engine.load_adapter("a#1", adapter)
    assert text(engine, heard, 1, QUESTIONS[0], adapter="a") == whole


def test_one_that_cannot_be_loaded_at_the_start_is_told_to_those_who_ask_for_it(
    path: Path, heard: Heard, adapter: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.gguf"
    engine = Engine(path, 1024, 1, heard, adapters={"a": adapter, "gone": gone})
    for name in ("", "a"):
        assert text(engine, heard, len(heard.texts), QUESTIONS[0], adapter=name)
    with pytest.raises(FootnoteError, match=r"gone\.gguf"):
        engine.reply(9, talk(QUESTIONS[0]), BRIEF, adapter="gone")
    write_adapter(gone, path, seed=3, layers=2)
    engine.load_adapter("gone", gone)
    assert text(engine, heard, 9, QUESTIONS[0], adapter="gone")
    engine.close()


def test_there_is_an_end_to_how_many_are_loaded(engine: Engine, path: Path, tmp_path: Path) -> None:
    small = write_adapter(tmp_path / "small.gguf", path, layers=1)
    for number in range(MOST):
        engine.load_adapter(f"n{number}", small)
    with pytest.raises(ModelError, match=f"{MOST} adapters are loaded already"):
        engine.load_adapter("more", small)
    engine.drop_adapter(1, "n0")
    engine.load_adapter("more", small)


def test_the_base_weights_stay_those_of_the_file(path: Path, heard: Heard, tmp_path: Path) -> None:
    """Private memory grows by the adapter (3.1 MB here, allowed: four times that, for buffers laid out anew),
    not by the weights (98 MB), which are pages of their file."""
    engine = Engine(path, 1024, 1, heard)
    large = write_adapter(tmp_path / "large.gguf", path, rank=8)
    text(engine, heard, 0, QUESTIONS[0])
    before = private_bytes()
    engine.load_adapter("large", large)
    for number, name in enumerate(["large", ""], start=1):
        text(engine, heard, number, QUESTIONS[0], adapter=name)
    grown = private_bytes() - before
    engine.close()
    assert large.stat().st_size > 3_000_000
    assert grown < 4 * large.stat().st_size


def private_bytes() -> int:
    """Memory that is of this process alone and of no file."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    (anonymous,) = (line for line in lines if line.startswith("Anonymous:"))
    return int(anonymous.split()[1]) * 1024
