"""From an exported run to an adapter that answers, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.contracts import Answer, Message, Question, Sampling
from bot.errors import ModelBroken, NotFound
from bot.store.adapters import Adapters
from bot.store.answers import Answers
from bot.store.audit import Audit
from bot.store.database import Database
from bot.tuning.activation.gate import PAIR, GateRefused
from bot.tuning.activation.registry import AdapterError, AdapterRegistry
from bot.tuning.activation.serving import AdapterServing, WithAdapter
from tests.fakes import Clock
from tests.tuning.activation.test_gate import figure

ASKED = Question("?", frozenset({"everyone"}), id="C1/1", asked_in="C1")


@dataclass
class Host:
    """A model that says which adapter it was asked for."""

    name: str = "tiny"
    adapters: dict[str, Path] = field(default_factory=dict)
    is_unfit: bool = False

    async def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        user: str = "",
        *,
        seconds: float | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[str, None]:
        if adapter and adapter not in self.adapters:
            raise NotFound("There is no such adapter beside the model.")
        yield adapter or "base"

    async def log_odds(
        self,
        messages: Sequence[Message],
        these: Sequence[str],
        those: Sequence[str],
        *,
        adapter: str | None = None,
    ) -> float:
        return 1.0

    async def count_tokens(self, text: str) -> int:
        return len(text)

    async def load_adapter(self, name: str, path: Path) -> None:
        if self.is_unfit:
            raise ModelBroken("It does not fit.")
        self.adapters[name] = path

    async def drop_adapter(self, name: str) -> None:
        del self.adapters[name]


@dataclass
class Shop:
    folder: Path
    database: Database
    registry: AdapterRegistry
    host: Host
    serving: AdapterServing
    clock: Clock

    def export(self, name: str, *, is_better: bool = True, **manifest: Any) -> Path:
        """A run as the steps before leave it."""
        dataset, run = self.folder / "datasets" / name, self.folder / "runs" / name
        dataset.mkdir(parents=True)
        run.mkdir(parents=True)
        (dataset / "manifest.json").write_text(json.dumps({"name": name, "readers": None, **manifest}))
        (run / "adapter.gguf").write_text(f"weights of {name}")
        hashes = {
            "base_sha256": "b" * 64,
            "dataset_hash": digest(dataset / "manifest.json"),
        }
        (run / "config.json").write_text(json.dumps({"dataset": name, **hashes}))
        same = figure(0.0, -0.02, 0.02)
        gains = {
            "correct": figure(0.2, 0.1, 0.3) if is_better else same,
            "citation_precision": same,
            "abstained_when_unanswerable": same,
        }
        card = {"adapter_sha256": digest(run / "adapter.gguf"), "gains": {PAIR: gains}}
        card |= {"general": {"gain": same}, **hashes}
        (run / "scorecard.json").write_text(json.dumps(card))
        return run

    async def answering(self) -> str:
        await self.serving.follow()
        answerer = await self.serving.answerer(ASKED)
        return answerer.model.adapter if answerer else ""

    def answer(self, adapter: str, at: float, *, found: bool) -> None:
        trace_id = f"t{adapter}{at}"
        answer = Answer("Yes.", (), found, trace_id, "en")
        trace = {"adapter": adapter, "verdicts": [], "passages": []}
        Answers(self.database).record("?", answer, trace, datetime.fromtimestamp(at, UTC))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    database, clock, host = Database(tmp_path / "footnote.db"), Clock(), Host()
    registry = AdapterRegistry(database, tmp_path / "runs", clock=clock)
    yield Shop(tmp_path, database, registry, host, AdapterServing(database, registry, host), clock)
    database.close()


async def test_an_adapter_is_activated_and_rolled_back_and_both_are_kept(shop: Shop) -> None:
    shop.export("june")
    assert await shop.answering() == ""
    shop.registry.activate("june", who="terminal")
    assert await shop.answering() == "june"
    shop.registry.roll_back(who="terminal", why="tone")
    assert await shop.answering() == ""
    assert shop.host.adapters == {}
    assert [event.what for event in shop.registry.history()] == ["activated", "rolled back"]
    assert [entry.what for entry in Audit(shop.database).list()] == ["roll back adapter", "activate adapter"]
    with pytest.raises(NotFound, match="No adapter answers now"):
        shop.registry.roll_back(who="terminal")


async def test_one_that_is_not_proven_is_refused_and_nothing_is_changed(shop: Shop) -> None:
    shop.export("worse", is_better=False)
    run = shop.export("unmeasured")
    (run / "scorecard.json").unlink()
    for name, said in (("worse", "not measurably better"), ("unmeasured", "not measured yet")):
        with pytest.raises(GateRefused, match=said):
            shop.registry.activate(name, who="terminal")
    with pytest.raises(NotFound):
        shop.registry.activate("../june", who="terminal")
    assert shop.registry.history() == []


@pytest.mark.parametrize(
    ("channel", "share"), [("general", 1.0), ("C0123456789", 0.5), ("", 0.0), ("", 1.5), ("", float("nan"))]
)
async def test_a_scope_that_makes_no_sense_is_refused(shop: Shop, channel: str, share: float) -> None:
    shop.export("june")
    with pytest.raises(AdapterError):
        shop.registry.activate("june", who="terminal", channel=channel, share=share)


async def test_a_file_that_was_changed_after_it_was_activated_answers_nobody(shop: Shop) -> None:
    run = shop.export("june")
    shop.registry.activate("june", who="terminal")
    (run / "adapter.gguf").write_text("other weights")
    assert await shop.answering() == ""
    with pytest.raises(AdapterError, match="another file"):
        shop.registry.activate("june", who="terminal")


async def test_a_dataset_that_was_changed_does_not_say_any_more_who_may_be_answered(shop: Shop) -> None:
    shop.export("june", readers=["channel:T1/C1"])
    (shop.folder / "datasets" / "june" / "manifest.json").write_text('{"name": "june", "readers": null}')
    with pytest.raises(AdapterError, match="not any more what was trained on"):
        shop.registry.activate("june", who="terminal")


async def test_an_adapter_that_the_model_cannot_load_leaves_the_model_without(shop: Shop) -> None:
    shop.export("june")
    shop.registry.activate("june", who="terminal")
    shop.host.is_unfit = True
    assert await shop.answering() == ""


async def test_an_answer_whose_adapter_was_dropped_meanwhile_is_made_without_it(shop: Shop) -> None:
    model = WithAdapter(shop.host, "june")
    assert [piece async for piece in model.stream([], Sampling())] == ["base"]
    assert model.adapter == ""


async def test_one_that_declines_more_than_the_base_is_rolled_back_by_itself_and_admins_hear(
    shop: Shop,
) -> None:
    shop.export("june")
    for number in range(200):
        shop.answer("", shop.clock.now - 1000 + number, found=number % 10 > 0)
    shop.registry.activate("june", who="terminal")
    for number in range(60):
        shop.answer("june", shop.clock.now + number, found=number % 10 == 0)
    assert await shop.answering() == ""
    assert shop.registry.history()[-1].who == "watch"
    assert "declined 90% of 60 answers, base 10% of 200" in shop.registry.history()[-1].why
    rows = shop.database.rows("SELECT connector, kind FROM notices")
    assert [tuple(row) for row in rows] == [("june", "adapter_rolled_back")]


async def test_documents_that_are_gone_are_counted_and_told_once(shop: Shop) -> None:
    shop.export("june", documents={"train": ["d1"], "heldout": ["d2"]}, versions={"d1": "1", "d2": "1"})
    (status,) = shop.registry.statuses()
    assert (status.staleness.gone, status.staleness.documents) == (1, 1)
    assert Adapters(shop.database).trained_on(["d1", "d2"]) == ["june"]
    await shop.serving.follow()
    await shop.serving.follow()
    rows = shop.database.rows("SELECT connector, kind FROM notices")
    assert [tuple(row) for row in rows] == [("june", "adapter_learned")]
