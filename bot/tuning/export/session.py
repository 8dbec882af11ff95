"""A whole export, in the child process: from what training left to a file that llama.cpp computes alike.

Everything is made in a folder of its own within the run's, compared, and only then put in its place. Killed
at any moment, the same call begins again; what an earlier export put there stays until then.
"""

from __future__ import annotations

import gc
import math
import shutil
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bot.errors import TuningError
from bot.models.adapters import check_fits
from bot.models.gguf_header import GgufHeader, read_header
from bot.models.gguf_writing import write_adapter, write_model
from bot.models.logits import logits_of
from bot.models.weights import hash_file, sha256_of
from bot.tuning.data.dataset import Dataset
from bot.tuning.export import computing
from bot.tuning.export.agreement import (
    LEAST,
    MOST_APART,
    Agreement,
    LogitsFile,
    Tally,
    Text,
    choose,
)
from bot.tuning.export.done import MERGED_FILE, check_exportable, done_before, note
from bot.tuning.export.lora import read_lora
from bot.tuning.export.names import Layout
from bot.tuning.folders import ADAPTER_FILE
from bot.tuning.training import methods
from bot.tuning.training.base import Base, load_weights, open_base, tokeniser_of
from bot.tuning.training.encoding import encode
from bot.tuning.training.memory import GIB, PROCESS
from bot.tuning.training.runs import Run

TEMPORARY = "export.tmp"
"""The folder of what is not checked yet, within that of the run."""
PAUSE_SECONDS = 1.0

Report = dict[str, Any]
"""One thing that happened: {"doing": ..., "done", "total"}."""


@dataclass(frozen=True)
class Order:
    """What is to be exported, and beside what it will serve."""

    run: Run
    base: Path
    """What the run was trained on: a GGUF file, or a folder of transformers."""
    serving: Path
    """The GGUF file that serves; the same, if it was trained on one."""
    dataset: Path
    is_merged: bool
    pause: Path | None = None
    """While this file is there, it waits."""


def export(order: Order) -> Iterator[Report]:
    """Do it; tells of everything that takes time. The outcome is in the run's export.json.

    Raises TuningError, ModelError, Busy, or what Dataset.open raises.
    """
    run, started = order.run, time.monotonic()
    with run.held():
        run.mended()
        check_exportable(run, is_merged=order.is_merged)
        serving_sha256 = sha256_of(order.serving)
        if done_before(run, serving_sha256, is_merged=order.is_merged):
            return
        yield {"doing": "reading"}
        base, header = open_base(order.base), read_header(order.serving)
        _check_same(run, base)
        rows, texts = _texts(run, base, order.dataset)
        _check_room(run, base, header, texts)
        folder = run.path / TEMPORARY
        shutil.rmtree(folder, ignore_errors=True)  # of an export that was killed
        making = _Export(order, base, header, serving_sha256, rows, texts, folder)
        try:
            with run.writing():
                folder.mkdir()
                outcome = yield from making.merged() if order.is_merged else making.adapter()
                seconds = round(time.monotonic() - started, 1)
                note(run, {**outcome, "seconds": seconds}, is_merged=order.is_merged)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _check_same(run: Run, base: Base) -> None:
    if run.config.get("base_sha256") != base.sha256:
        raise TuningError(
            f"The run {run.name} was trained on {run.config.get('base')}, and {base.path} is another.",
            mend="Name the model that it was trained on: --base NAME or --base PATH.",
        )


def _texts(run: Run, base: Base, path: Path) -> tuple[str, list[Text]]:
    """What is computed to compare, and of which rows: of those held out, if there are any."""
    dataset = Dataset.open(path)
    if dataset.hash != run.config.get("dataset_hash"):
        raise TuningError(
            f"The run {run.name} was trained on another data set than {dataset.name} is now.",
            mend="Put the data set back as it was, or train again.",
        )
    tokeniser = tokeniser_of(base)
    limit = run.settings.max_tokens
    for split in ("heldout", "validation", "train"):
        rows = dataset.splits[split]
        examples = (example for row in rows for example in encode([row], tokeniser, limit).examples)
        if texts := choose(example.tokens for example in examples):
            return split, texts
    raise TuningError(f"No row of the data set {dataset.name} has at most {limit} tokens.")


def _check_room(run: Run, base: Base, header: GgufHeader, texts: Sequence[Text]) -> None:
    """Raises TuningError where there is not enough memory or disk."""
    places = sum(len(text.places) for text in texts)
    disk = bytes_as_16_bits(header) + places * base.vocabulary * 4
    free = shutil.disk_usage(run.path).free
    if disk > free:
        raise TuningError(
            f"The export needs about {disk / GIB:.2f} GB on the disk of {run.path} for a while, and"
            f" {free / GIB:.2f} GB are free.",
            mend="Free some space, then say the same again.",
        )
    # transformers has the weights of a GGUF file twice while it reads them
    memory = PROCESS + base.parameters * (4 if base.is_folder else 8)
    available = psutil.virtual_memory().available
    if memory > available:
        raise TuningError(
            f"The export needs about {memory / GIB:.1f} GB of memory, and {available / GIB:.1f} GB are free.",
            mend="Stop what takes memory, then say the same again.",
        )


def bytes_as_16_bits(header: GgufHeader) -> int:
    """How long the data of a model is as `write_model` writes it."""
    return sum(
        math.prod(tensor.shape) * (4 if len(tensor.shape) == 1 else 2) for tensor in header.tensors.values()
    )


@dataclass(frozen=True)
class _Export:
    """One export under way."""

    order: Order
    base: Base
    header: GgufHeader
    """Of the file that serves."""
    serving_sha256: str
    rows: str
    texts: Sequence[Text]
    folder: Path
    """For what is not checked yet."""

    @property
    def threads(self) -> int:
        return self.order.run.settings.threads or psutil.cpu_count() or 1

    def adapter(self) -> Generator[Report, None, dict[str, Any]]:
        """adapter.gguf, compared and put in its place; what is to be noted of it."""
        run, serving = self.order.run, self.order.serving
        layout, lora = Layout.of(self.header), read_lora(run.adapter)
        path, exact = self.folder / ADAPTER_FILE, self.folder / "base.gguf"
        write_adapter(
            path,
            layout.architecture,
            lora.in_gguf(layout),
            lora.alpha,
            base_name=serving.stem,
            base_sha256=self.serving_sha256,
        )
        check_fits(path, serving, self.header)
        reference = LogitsFile(self.folder / "logits")
        yield from self._computed(reference, exact if self.base.is_folder else None)
        gc.collect()
        if not self.base.is_folder:
            yield from self._written(exact, lambda _name: None)
        alike = yield from self._compared("comparing", reference, exact, path)
        _check_alike(run, alike)
        exact.unlink()
        served = yield from self._compared("comparing as it serves", reference, serving, path)
        digest = hash_file(path)
        size = path.stat().st_size
        run.replace_file(run.path / ADAPTER_FILE, path.replace)
        return {
            "adapter_sha256": digest,
            "adapter_bytes": size,
            **self._figures(alike),
            "quantised_top1_agreement": served.top1,
            "quantised_max_logit_difference": served.max_difference,
        }

    def merged(self) -> Generator[Report, None, dict[str, Any]]:
        """The same of merged.gguf."""
        run, path = self.order.run, self.folder / MERGED_FILE
        yield {
            "doing": "sizing",
            "bytes": bytes_as_16_bits(self.header),
            "base_bytes": self.order.serving.stat().st_size,
        }
        reference = LogitsFile(self.folder / "logits")
        yield from self._computed(reference, path, is_merged=True)
        gc.collect()
        alike = yield from self._compared("comparing", reference, path, None)
        _check_alike(run, alike)
        digest = hash_file(path)
        size = path.stat().st_size
        run.replace_file(run.path / MERGED_FILE, path.replace)
        return {"file": MERGED_FILE, "sha256": digest, "bytes": size, **self._figures(alike)}

    def _figures(self, alike: Agreement) -> dict[str, Any]:
        return {
            "base": self.order.serving.name,
            "base_sha256": self.serving_sha256,
            "rows": self.rows,
            "positions": alike.positions,
            "top1_agreement": alike.top1,
            "max_logit_difference": alike.max_difference,
            "mean_logit_difference": alike.mean_difference,
            "logit_spread": alike.spread,
        }

    def _computed(
        self, reference: LogitsFile, written: Path | None, *, is_merged: bool = False
    ) -> Iterator[Report]:
        """What transformers computes goes to `reference`, and its weights, with or without what was trained,
        to the GGUF file `written`. None of it is in memory afterwards."""
        import torch

        yield {"doing": "loading"}
        torch.set_num_threads(self.threads)
        run, layout = self.order.run, Layout.of(self.header)
        model = load_weights(self.base)
        if written is not None and not is_merged:
            yield from self._written(written, computing.weights_of(model, layout))
        model = methods.with_trained(model, run.settings, run.adapter)
        with reference.path.open("wb") as file:
            for done, logits in enumerate(computing.logits_of(model, self.texts), start=1):
                reference.add(logits, file)
                yield {"doing": "computing", "done": done, "total": len(self.texts)}
                yield from self._pauses()
        if written is not None and is_merged:
            yield from self._written(written, computing.weights_of(computing.merged(model), layout))

    def _written(self, path: Path, weights: Callable[[str], Any]) -> Iterator[Report]:
        for done, total in write_model(path, self.order.serving, weights):
            yield {"doing": "writing", "done": done, "total": total}

    def _compared(
        self, doing: str, reference: LogitsFile, model: Path, adapter: Path | None
    ) -> Generator[Report, None, Agreement]:
        """What llama.cpp computes, beside the reference."""
        tally = Tally()
        texts = [(text.tokens, text.places) for text in self.texts]
        with closing(logits_of(model, texts, self.threads, adapter=adapter)) as found:
            for done, (ours, theirs) in enumerate(zip(found, reference, strict=True), start=1):
                tally.add(ours, theirs)
                yield {"doing": doing, "done": done, "total": len(texts)}
                yield from self._pauses()
        return tally.agreement()

    def _pauses(self) -> Iterator[Report]:
        """As long as somebody wants it to wait."""
        while self.order.pause is not None and self.order.pause.exists():
            yield {"doing": "paused"}
            time.sleep(PAUSE_SECONDS)


def _check_alike(run: Run, alike: Agreement) -> None:
    """Raises TuningError where llama.cpp does not compute what was trained."""
    if not alike.is_enough:
        raise TuningError(
            f"What was exported of the run {run.name} is not what was trained: with the same weights"
            f" llama.cpp and transformers name the same likeliest token at {alike.top1:.1%} of"
            f" {alike.positions} places ({LEAST:.0%} are needed), and their logits are"
            f" {alike.mean_difference:.2g} apart in the mean (at most {MOST_APART * alike.spread:.2g})."
            " It was not put in its place.",
            mend="One of them reads this base model wrongly: train with another --base, and report this with"
            " the names of both models.",
        )
