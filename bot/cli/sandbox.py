"""footnote sandbox"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli import EXIT_EXPECTED, Invocation, stop_on_sigterm, terminal
from bot.errors import ConfigError

if TYPE_CHECKING:  # imported where it is started
    from bot.app import App
    from bot.config import Config
    from bot.sandbox import App as InstalledApp
    from bot.sandbox import Sandbox
    from bot.sandbox.scenario.play import Outcome
    from bot.sandbox.scenario.script import Script

SHIPPED = Path(__file__).parent.parent / "sandbox" / "scenario"
KNOCK_SECONDS = 0.5
"""Between two tries to reach the request URL of an app that does not listen yet."""


@click.command()
@click.option(
    "--port", default=8700, show_default=True, help="Port of the local workspace's page (0: any free one)."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address it listens on.")
@click.option(
    "--state", type=click.Path(path_type=Path), help="File that keeps the workspace over a restart."
)
@click.option(
    "--script", "script_name", metavar="FILE", help="Play a scenario (TOML), or one that ships: demo."
)
@click.option("--exit", "exits", is_flag=True, help="Stop once the scenario is over.")
@click.option(
    "--transport",
    type=click.Choice(["socket", "http"]),
    default="socket",
    show_default=True,
    help="How the bot hears from the workspace.",
)
@click.option("--alone", is_flag=True, help="Only the workspace, for a Slack app of your own.")
@click.option(
    "--manifest", "manifest_path", type=click.Path(path_type=Path),
    help="With --alone: the manifest (JSON) of the app that is installed.",
)  # fmt: skip
@click.option("--request-url", default="", help="With --alone: post events to this URL, signed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line: the access, each step.")
@click.pass_obj
def sandbox(
    invocation: Invocation,
    port: int,
    host: str,
    state: Path | None,
    script_name: str | None,
    exits: bool,
    transport: str,
    alone: bool,
    manifest_path: Path | None,
    request_url: str,
    as_json: bool,
) -> None:
    """Try it: a local Slack in your browser, with the real bot, model and documents.

    Syncs the documents that config.toml names (to start with, those of a made-up company), starts the bot
    against the local workspace and prints one URL. Nothing leaves this machine.

    With --alone there is no bot: connect any Slack app to the API address and with the tokens that are
    printed. docs/sandbox.md says more.
    """
    if (manifest_path or request_url) and not alone:
        raise click.UsageError("--manifest and --request-url belong to --alone.")
    if alone and transport == "http" and not request_url:
        raise click.UsageError("With --alone, --request-url says where to post instead of --transport http.")
    if exits and not script_name:
        raise click.UsageError("--exit belongs to --script.")
    script = _script(script_name) if script_name else None
    installed = _installed(manifest_path) if alone else _footnote()

    async def work() -> bool:
        stop = stop_on_sigterm()
        async with _opened(host, port, installed, state) as workspace:
            scene = _Scene(workspace, script, stop, exits=exits, as_json=as_json)
            if alone:
                async with scene.playing() as begin:
                    begin(_ready_for_an_app(workspace, request_url, as_json=as_json))
                    await stop.wait()
            else:
                from bot.app import App

                config = _pointed_at(workspace, invocation.config, transport)
                async with App(config) as app, scene.playing() as begin:
                    await _serve(app, workspace, begin, stop, as_json=as_json)
        return not scene.failed

    if not asyncio.run(work()):
        raise SystemExit(EXIT_EXPECTED)


Begin = Callable[[Coroutine[Any, Any, None]], None]
"""Begin the scenario behind something that must be done first."""


class _Scene:
    """The scenario that is played while everything else runs."""

    def __init__(
        self, workspace: Sandbox, script: Script | None, stop: asyncio.Event, *, exits: bool, as_json: bool
    ) -> None:
        self.failed = False
        self._workspace = workspace
        self._script = script
        self._stop = stop
        self._exits = exits
        self._as_json = as_json

    @asynccontextmanager
    async def playing(self) -> AsyncIterator[Begin]:
        """Gives what begins it. What goes wrong in it ends everything, and is raised at the end."""
        tasks: list[asyncio.Task[None]] = []

        def begin(first: Coroutine[Any, Any, None]) -> None:
            tasks.append(asyncio.create_task(self._play(first)))

        try:
            yield begin
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks) if tasks else None
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _play(self, first: Coroutine[Any, Any, None]) -> None:
        try:
            await first
            if self._script:
                await self._play_script(self._script)
        except BaseException:
            self._stop.set()
            raise

    async def _play_script(self, script: Script) -> None:
        from bot.sandbox.scenario.play import play

        if not self._as_json:
            terminal.out.print(f"  {script.title}\n", markup=False)
        async with aclosing(play(script, self._workspace)) as outcomes:
            async for outcome in outcomes:
                self.failed = outcome.failed
                if self._as_json:
                    click.echo(json.dumps(dataclasses.asdict(outcome), ensure_ascii=False))
                else:
                    _print_outcome(outcome)
        if self._exits:
            self._stop.set()


def _print_outcome(outcome: Outcome) -> None:
    line = f"{outcome.at:6.1f} s  {outcome.number:3} {outcome.do:<9} {outcome.words}"
    took = f"  ({outcome.seconds:.1f} s)" if outcome.seconds >= 0.1 else ""
    terminal.out.print(line + took, markup=False, soft_wrap=True)
    if outcome.failed:
        for name, text in (("expected", outcome.expected), ("found", outcome.found), ("→", outcome.mend)):
            terminal.out.print(f"{'':14}{name:<9} {text}", markup=False, soft_wrap=True)


# --- the workspace ------------------------------------------------------------------------------------------


@asynccontextmanager
async def _opened(
    host: str, port: int, installed: InstalledApp, state: Path | None
) -> AsyncIterator[Sandbox]:
    from bot.sandbox.server import Sandbox
    from bot.sandbox.state import StateError

    workspace = Sandbox(host, port, app=installed, state=state)
    try:
        await workspace.start()
    except OSError as exc:
        raise ConfigError(
            f"Port {port} on {host} cannot be used: {exc.strerror or exc}.",
            mend="Is something else there? Try: footnote sandbox --port 8701 (or 0 for any).",
        ) from exc
    except StateError as exc:
        raise ConfigError(exc.problem, mend=exc.mend) from exc
    try:
        yield workspace
    finally:
        await workspace.stop()


def _script(name: str) -> Script:
    from bot.sandbox.scenario.script import ScriptError, read_script

    path, shipped = Path(name), SHIPPED / f"{name}.toml"
    try:
        return read_script(shipped if not path.exists() and shipped.is_file() else path)
    except ScriptError as exc:
        raise ConfigError(exc.problem, mend=exc.mend) from exc


def _footnote() -> InstalledApp:
    from bot.sandbox import App as InstalledApp
    from bot.slack.manifest import manifest

    return InstalledApp.from_manifest(manifest())


def _installed(path: Path | None) -> InstalledApp:
    from bot.sandbox import App as InstalledApp

    if path is None:
        return InstalledApp()
    mend = "It is the JSON of api.slack.com/apps > your app > App Manifest."
    try:
        return InstalledApp.from_manifest(json.loads(path.read_text(encoding="utf-8")))
    except OSError as exc:
        raise ConfigError(f"{path} cannot be read: {exc.strerror or exc}.", mend=mend) from exc
    except (ValueError, AttributeError) as exc:
        raise ConfigError(f"{path} is no manifest: {exc}.", mend=mend) from exc


def _say_where(workspace: Sandbox, *, as_json: bool, alone: bool = False) -> None:
    access = {
        "url": workspace.url,
        "api_url": workspace.api_url,
        "bot_token": workspace.bot_token,
        "app_token": workspace.app_token,
        "signing_secret": workspace.signing_secret,
    }
    if as_json:
        click.echo(json.dumps(access))
    elif alone:
        for name, text in access.items():
            terminal.out.print(f"  {name:<15} {text}", markup=False)
        terminal.out.print()
    else:
        terminal.out.print(
            f"\n  Open [bold]{workspace.url}[/bold] and ask the bot something.  (Ctrl-C stops it)\n"
        )


# --- who is in it -------------------------------------------------------------------------------------------


async def _ready_for_an_app(workspace: Sandbox, request_url: str, *, as_json: bool) -> None:
    from bot.sandbox.events.http_events import RequestUrlRefused

    _say_where(workspace, as_json=as_json, alone=True)
    said = ""
    while request_url:
        try:
            await workspace.use_request_url(request_url)
        except RequestUrlRefused as refusal:
            if str(refusal) != said:
                terminal.err.print(f"waiting for {request_url}: {refusal}", markup=False)
            said = str(refusal)
            await asyncio.sleep(KNOCK_SECONDS)
        else:
            return


def _pointed_at(workspace: Sandbox, config: Config, transport: str) -> Config:
    changes: dict[str, object] = {"api_url": workspace.api_url, "transport": transport}
    if transport == "http":
        changes |= {"http_host": "127.0.0.1", "http_port": 0}
    return dataclasses.replace(
        config,
        slack=config.slack.model_copy(update=changes),
        slack_bot_token=workspace.bot_token,
        slack_app_token=workspace.app_token,
        slack_signing_secret=workspace.signing_secret,
    )


async def _serve(app: App, workspace: Sandbox, begin: Begin, stop: asyncio.Event, *, as_json: bool) -> None:
    with terminal.progress(quiet=as_json) as progress:  # so that the first question finds something
        await app.admin.sync(None, who="terminal", progress=progress)
    bot = app.slack_bot()

    async def introduce() -> None:
        if url := bot.transport.request_url:
            await workspace.use_request_url(url)
        _say_where(workspace, as_json=as_json)

    await app.serve(bot, stop=stop, ready=lambda: begin(introduce()))


VERBS = (sandbox,)
