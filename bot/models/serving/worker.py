"""The child process that holds the chat model: many conversations at a time (`bot.models.serving`).

Run by `bot.models.chat` as `python -m bot.models.serving.worker FILE CONTEXT THREADS [CELLS]`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.children.serving import Outlet, serve_together
from bot.contracts import Message, Sampling
from bot.models.serving import Engine


class Worker:
    """Calls of the parent, put to the engine."""

    def __init__(self, outlet: Outlet, path: Path, context: int, threads: int, cells: int = 0) -> None:
        self._outlet = outlet
        self._engine = Engine(path, context, threads, outlet, cells=cells)

    @property
    def is_idle(self) -> bool:
        return self._engine.is_idle

    def begin(self, number: int, method: str, params: Mapping[str, Any], priority: int) -> None:
        """reply, log_odds or count."""
        given = dict(params)
        if method == "count":
            self._outlet.result(number, self._engine.count(given["text"]))
            return
        messages = [Message(**message) for message in given.pop("messages")]
        if method == "log_odds":
            self._engine.log_odds(number, messages, priority=priority, **given)
            return
        sampling = given.pop("sampling")
        drawn = Sampling(**{**sampling, "stop": tuple(sampling["stop"])})
        self._engine.reply(number, messages, drawn, priority=priority, **given)

    def cancel(self, number: int) -> None:
        self._engine.cancel(number)

    def interrupt(self) -> None:
        self._engine.interrupt()

    def step(self) -> None:
        self._engine.step()


def main() -> None:
    path, numbers = Path(sys.argv[1]), [int(text) for text in sys.argv[2:]]
    serve_together(lambda outlet: Worker(outlet, path, *numbers))


if __name__ == "__main__":
    main()
