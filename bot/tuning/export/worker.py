"""The child process that exports: `bot.children` speaks to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.children.serving import give_way, serve
from bot.tuning.export.session import Order, export
from bot.tuning.training.runs import Run


def do(
    run: str, base: str, serving: str, dataset: str, is_merged: bool, pause: str
) -> Iterator[dict[str, Any]]:
    """What happens in an export."""
    opened = Run.open(Path(run))
    waits = Path(pause) if pause else None
    return export(Order(opened, Path(base), Path(serving), Path(dataset), is_merged, waits))


def _give_way() -> None:
    give_way(19)


if __name__ == "__main__":
    serve({"export": do}, prepare=_give_way)
