"""The child process that holds the chat model: many conversations at a time (`bot.models.serving`).

Run by `bot.models.chat` as `python -m bot.models.serving.worker FILE CONTEXT THREADS [CELLS] [--adapter NAME
FILE]... [--tiles]`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.children.serving import Outlet, serve_together
from bot.contracts import Message, Sampling
from bot.models.confined import confine_model
from bot.models.serving import Engine


class Worker:
    """Calls of the parent, put to the engine."""

    def __init__(self, outlet: Outlet, engine: Engine) -> None:
        self._outlet = outlet
        self._engine = engine

    @property
    def is_idle(self) -> bool:
        return self._engine.is_idle

    def begin(self, number: int, method: str, params: Mapping[str, Any], priority: int) -> None:
        """reply, log_odds, read, count, stats, load_adapter or drop_adapter."""
        given = dict(params)
        if method == "load_adapter":
            self._engine.load_adapter(given["name"], Path(given["path"]))
            self._outlet.result(number, None)
            return
        if method == "drop_adapter":
            self._engine.drop_adapter(number, given["name"])
            return
        if method == "count":
            self._outlet.result(number, self._engine.count(given["text"]))
            return
        if method == "stats":
            self._outlet.result(number, self._engine.stats())
            return
        messages = [Message(**message) for message in given.pop("messages")]
        if method == "log_odds":
            self._engine.log_odds(number, messages, priority=priority, **given)
            return
        if method == "read":
            self._engine.read(number, messages, priority=priority, **given)
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
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("context", type=int)
    parser.add_argument("threads", type=int)
    parser.add_argument("cells", type=int, nargs="?", default=0)
    parser.add_argument("--adapter", nargs=2, action="append", default=[])
    parser.add_argument("--tiles", action="store_true")
    given = parser.parse_args()
    adapters = {name: Path(path) for name, path in given.adapter}

    cells = given.cells or 2 * given.context

    def make(outlet: Outlet) -> Worker:
        confine_model(given.path, cells)
        engine = Engine(
            given.path,
            given.context,
            given.threads,
            outlet,
            cells=cells,
            adapters=adapters,
            in_tiles=given.tiles,
        )
        return Worker(outlet, engine)

    serve_together(make)


if __name__ == "__main__":
    main()
