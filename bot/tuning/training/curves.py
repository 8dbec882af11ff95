"""The losses of a run as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def draw(path: Path, log: Sequence[Mapping[str, Any]], before: float | None) -> None:
    """Training and validation loss over the steps, as PNG; `before`: that of the base model."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    learned = [(entry["step"], entry["loss"]) for entry in log if "loss" in entry]
    looked = [(entry["step"], entry["validation_loss"]) for entry in log if "validation_loss" in entry]
    if learned:
        axes.plot(*zip(*learned, strict=True), label="training rows", linewidth=1)
    if looked:
        axes.plot(*zip(*looked, strict=True), label="validation rows", marker="o")
    if before is not None:
        axes.axhline(before, label="validation rows before", linestyle="--", color="gray", linewidth=1)
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats a token)")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(str(path), format="png", dpi=120)
