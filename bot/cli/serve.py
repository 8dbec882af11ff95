"""footnote run | sandbox | doctor | manifest"""

from __future__ import annotations

import asyncio
import dataclasses
import signal
from contextlib import AsyncExitStack

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.errors import ConfigError


def _stop_on_sigterm() -> asyncio.Event:
    """Set when the system asks us to end. Ctrl-C needs none: asyncio.run cancels, every part closes."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    return stop


@click.command()
@click.pass_obj
def run(invocation: Invocation) -> None:
    """Answer in your Slack workspace until Ctrl-C.

    Needs SLACK_BOT_TOKEN (xoxb-...) and SLACK_APP_TOKEN (xapp-...) in .env or the environment; with
    `transport = "http"` under [slack] it needs SLACK_SIGNING_SECRET in place of the app token.
    `footnote manifest` prints what to create the app from; the README shows each click.
    """

    async def work(app: App) -> None:
        stop = _stop_on_sigterm()
        bot = app.slack_bot()
        terminal.err.print("connecting to Slack ...")

        def say_ready() -> None:
            if url := bot.transport.request_url:
                terminal.err.print(f"listening on {url} for what Slack posts to your public address")
            terminal.err.print("ready: mention the bot in Slack")

        await app.serve(bot, stop=stop, ready=say_ready)
        terminal.err.print("stopped")

    invocation.run(work)


@click.command()
@click.option(
    "--port", default=8700, show_default=True, help="Port of the local workspace's page (0: any free one)."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address it listens on.")
@click.pass_obj
def sandbox(invocation: Invocation, port: int, host: str) -> None:
    """Try it: a local Slack in your browser, with the real bot, model and documents.

    Syncs the documents that config.toml names (to start with, those of a made-up company), starts the bot
    against the local workspace and prints one URL. Nothing leaves this machine.
    """
    from bot.sandbox.server import Sandbox

    async def work() -> None:
        stop = _stop_on_sigterm()
        async with AsyncExitStack() as stack:
            try:
                workspace = await stack.enter_async_context(Sandbox(host=host, port=port))
            except OSError as exc:
                raise ConfigError(
                    f"Port {port} on {host} cannot be used: {exc.strerror or exc}.",
                    mend="Is something else there? Try: footnote sandbox --port 8701 (or 0 for any).",
                ) from exc
            config = dataclasses.replace(
                invocation.config,
                slack=invocation.config.slack.model_copy(update={"api_url": workspace.api_url}),
                slack_bot_token=workspace.bot_token,
                slack_app_token=workspace.app_token,
            )
            app = await stack.enter_async_context(App(config))

            with terminal.progress() as progress:  # so that the first question finds something
                await app.admin.sync(None, who="terminal", progress=progress)

            def say_where() -> None:
                terminal.out.print(
                    f"\n  Open [bold]{workspace.url}[/bold] and ask the bot something.  (Ctrl-C stops it)\n"
                )

            await app.serve(app.slack_bot(), stop=stop, ready=say_where)

    asyncio.run(work())


@click.command()
@as_json
@click.option("--offline", is_flag=True, help="Leave out what needs Slack to answer.")
@click.pass_obj
def doctor(invocation: Invocation, as_json: bool, offline: bool) -> None:
    """Check tokens, models, documents, disk, memory and clock, and say what to do."""
    from bot.doctor import examine

    findings = asyncio.run(examine(invocation.config, with_slack=not offline))
    if as_json:
        terminal.print_json(findings)
    else:
        marks = {"ok": "[green]ok[/green]  ", "warning": "[yellow]look[/yellow]", "error": "[red]bad[/red] "}
        for finding in findings:
            terminal.out.print(f"{marks[finding.verdict]} {finding.subject}: ", end="")
            terminal.out.print(finding.message, markup=False)
            if finding.mend:
                terminal.out.print(f"       → {finding.mend}", markup=False)
    if any(finding.verdict == "error" for finding in findings):
        raise SystemExit(1)


@click.command()
@click.option(
    "--transport",
    type=click.Choice(["socket", "http"]),
    default="socket",
    show_default=True,
    help="How Slack reaches the bot, as in config.toml.",
)
@click.option("--url", default="", help="With http: the public https:// address that leads to the bot.")
def manifest(transport: str, url: str) -> None:
    """Print the manifest to create the Slack app from."""
    from bot.slack.manifest import manifest_text, request_url_at

    if (transport == "http") != bool(url):
        raise click.UsageError("--transport http and --url https://... belong together.")
    click.echo(manifest_text(request_url_at(url) if url else ""))


VERBS = (run, sandbox, doctor, manifest)
