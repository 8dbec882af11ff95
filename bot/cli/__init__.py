"""The `footnote` command: its top and its error boundary. The verbs stand beside this file, by subject.

Only the module of the verb that was asked for is imported: all of them take longer than the local workspace
does to start.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.cli import terminal
from bot.cli.lazy import LazyGroup
from bot.errors import FootnoteError
from bot.version import __version__

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Config

EXIT_EXPECTED = 1
EXIT_INTERRUPTED = 130
EXIT_BUG = 3

T = TypeVar("T")


@dataclass
class Invocation:
    """What every verb gets: where the settings are. They are read when the verb first asks."""

    config_path: Path | None
    _config: Config | None = None

    @property
    def config(self) -> Config:
        if self._config is None:
            from bot.config import load_config

            self._config = load_config(self.config_path)
        return self._config

    def run(self, work: Callable[[App], Coroutine[Any, Any, T]]) -> T:
        """Run one coroutine with an App of its own, closed afterwards."""
        from bot.app import App

        async def opened() -> T:
            async with App(self.config) as app:
                return await work(app)

        return asyncio.run(opened())


def stop_on_sigterm() -> asyncio.Event:
    """Set when the system asks us to end. Ctrl-C needs none: asyncio.run cancels, every part closes."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    return stop


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")


MODULE_OF = {
    "sandbox": "sandbox",
    "run": "serve",
    "doctor": "serve",
    "manifest": "serve",
    "sync": "sync",
    "search": "documents",
    "status": "documents",
    "connectors": "connectors",
    "schedule": "schedule",
    "trace": "documents",
    "forget": "forget",
    "access": "access",
    "gaps": "gaps",
    "digest": "digest",
    "feedback": "feedback",
    "ask": "ask",
    "models": "models",
    "eval": "evaluate",
    "tune": "tune",
}
"""Which module of this package has a verb among its VERBS."""


@click.group(
    cls=LazyGroup,
    module_of=dict(sorted(MODULE_OF.items())),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="Another settings file than ./config.toml.",
)
@click.option("--verbose", "-v", is_flag=True, help="Say more of what goes on.")
@click.version_option(__version__, prog_name="footnote")
@click.pass_context
def footnote(context: click.Context, config_path: Path | None, verbose: bool) -> None:
    """Answers from your company's own documents, with sources, on this machine.

    \b
    First steps:
      footnote sandbox            try everything in a local Slack, in your browser
      footnote sync               read the documents that config.toml names
      footnote ask "..."          ask them here in the terminal
      footnote run                answer in your own Slack workspace
      footnote doctor             is everything as it should be?
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    # httpx and httpcore log addresses and headers, in which a source may send back what it was told
    for noisy in ("slack_bolt", "slack_sdk", "aiohttp.access", "apscheduler", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING if verbose else logging.ERROR)
    context.obj = Invocation(config_path)


def main() -> None:
    """Run `footnote`. Exit status 0, 1 (an error it foresaw), 2 (wrong usage), 130 (Ctrl-C), 3 (a bug)."""
    try:
        footnote.main(standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        terminal.err.print("stopped; what was finished is kept, the same command goes on from there")
        sys.exit(EXIT_INTERRUPTED)
    except FootnoteError as exc:
        terminal.print_error(exc)
        sys.exit(EXIT_EXPECTED)
    except Exception:
        logging.getLogger(__name__).exception("a bug in Footnote; please report what stands above")
        sys.exit(EXIT_BUG)
