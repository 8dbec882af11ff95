"""Runs as the steps before leave them, the registry over them, and a model that takes their adapters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.contracts import Answer, Message, Question, Sampling
from bot.errors import ModelBroken, NotFound
from bot.store.answers import Answers
from bot.store.database import Database
from bot.tuning.activation.gate import PAIR
from bot.tuning.activation.registry import AdapterRegistry
from bot.tuning.activation.serving import AdapterServing
from bot.tuning.folders import (
    ADAPTER_FILE,
    CONFIG,
    EXPORT,
    MANIFEST,
    RESULT,
    SCORECARD,
    TuningFolders,
)
from bot.tuning.proof.fixed import FIXED
from bot.tuning.proof.scorecard import VERSION
from tests.fakes import Clock

ASKED = Question("?", frozenset({"everyone"}), id="C1/1", asked_in="C1")
BASE = "b" * 64


def figure(value: float, low: float, high: float, n: int = 60) -> dict[str, float]:
    return {"value": value, "low": low, "high": high, "n": n}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def scorecard(adapter: str, dataset: str, *, is_better: bool = True, n: int = 60) -> dict[str, Any]:
    """Of an adapter and a dataset, by their hashes."""
    same = figure(0.0, -0.02, 0.02, n)
    gains = {
        "correct": figure(0.2, 0.1, 0.3, n) if is_better else same,
        "citation_precision": same,
        "abstained_when_unanswerable": same,
        "false_refusals": same,
    }
    sides = {
        arm: {
            "metrics": {metric: figure(value, value - 0.1, value + 0.1, n) for metric in gains},
            "answers": [],
        }
        for arm, value in (
            ("base", 0.1),
            ("base+retrieval", 0.5),
            ("tuned", 0.2),
            ("tuned+retrieval", 0.7 if is_better else 0.5),
        )
    }
    return {
        "version": VERSION,
        "adapter_sha256": adapter,
        "base_sha256": BASE,
        "dataset_hash": dataset,
        "questions": {"answer": n - 10, "abstain": 10},
        "arms": sides,
        "gains": {PAIR: gains},
        **{
            name: {"base": figure(0.9, 0.8, 1.0), "tuned": figure(0.9, 0.8, 1.0), "gain": same, "n": 40}
            for name in FIXED
        },
    }


def write_run(
    folders: TuningFolders, name: str, *, is_better: bool = True, n: int = 60, **manifest: Any
) -> Path:
    """A run that was trained, exported and measured, with its dataset."""
    dataset, run = folders.dataset(name), folders.runs / name
    dataset.mkdir(parents=True)
    run.mkdir(parents=True)
    (dataset / MANIFEST).write_text(json.dumps({"name": name, "readers": None, **manifest}))
    (run / ADAPTER_FILE).write_text(f"weights of {name}")
    (run / RESULT).write_text('{"status": "done"}')
    (run / EXPORT).write_text("{}")
    config = {"dataset": name, "base_sha256": BASE, "dataset_hash": digest(dataset / MANIFEST)}
    (run / CONFIG).write_text(json.dumps(config))
    card = scorecard(digest(run / ADAPTER_FILE), config["dataset_hash"], is_better=is_better, n=n)
    (run / SCORECARD).write_text(json.dumps(card))
    return run


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
        return -1.0 if adapter else 1.0

    async def gives_log_odds(self) -> bool:
        return True

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
    folders: TuningFolders
    database: Database
    registry: AdapterRegistry
    host: Host
    serving: AdapterServing
    clock: Clock

    def export(self, name: str, **how: Any) -> Path:
        return write_run(self.folders, name, **how)

    async def answering(self) -> str:
        await self.serving.follow()
        answerer = await self.serving.answerer(ASKED)
        return answerer.model.adapter if answerer else ""

    def answer(self, adapter: str, at: float, *, found: bool) -> None:
        trace_id = f"t{adapter}{at}"
        answer = Answer("Yes.", (), found, trace_id, "en")
        trace = {"adapter": adapter, "verdicts": [], "passages": []}
        Answers(self.database).record("?", answer, trace, datetime.fromtimestamp(at, UTC))


@contextmanager
def open_shop(directory: Path, host: Host | None = None) -> Iterator[Shop]:
    """Below `directory`, with a database of its own."""
    database, clock, host = Database(directory / "footnote.db"), Clock(), host or Host()
    folders = TuningFolders(directory)
    registry = AdapterRegistry(database, folders, clock=clock)
    yield Shop(folders, database, registry, host, AdapterServing(database, registry, host), clock)
    database.close()
