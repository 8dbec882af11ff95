"""footnote run | doctor | manifest"""

from __future__ import annotations

import asyncio

import click

from bot.app import App
from bot.cli import Invocation, as_json, stop_on_sigterm, terminal


@click.command()
@click.pass_obj
def run(invocation: Invocation) -> None:
    """Answer in your Slack workspace until Ctrl-C.

    Needs SLACK_BOT_TOKEN (xoxb-...) and SLACK_APP_TOKEN (xapp-...) in .env or the environment; with
    `transport = "http"` under [slack] it needs SLACK_SIGNING_SECRET in place of the app token.
    `footnote manifest` prints what to create the app from; the README shows each click.
    """

    async def work(app: App) -> None:
        stop = stop_on_sigterm()
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


VERBS = (run, doctor, manifest)
