"""footnote connectors: those of config.toml and those added at run time, in one list"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.cli.connector_listing import Listed, in_words, listed
from bot.cli.typed_settings import typed_secrets, typed_settings
from bot.errors import FootnoteError, NotFound

if TYPE_CHECKING:
    from bot.config import ConnectorConfig
    from bot.connector_list import Draft

WHO = "terminal"


class CheckFailed(FootnoteError):
    """The source did not pass its check."""


@click.group()
def connectors() -> None:
    """The sources of documents: list, add, edit, remove and check them.

    Those of config.toml are managed there. Those added here are kept in the database; their secrets
    are sealed (docs/security.md). A running bot follows within a minute.

    \b
      footnote connectors kinds                   what can be added
      footnote connectors kinds web               the settings of a kind
      footnote connectors add web wiki --set urls=https://wiki.example.com/ --set user=bot --secret password
    """


@connectors.command("list")
@as_json
@click.pass_obj
def list_connectors(invocation: Invocation, as_json: bool) -> None:
    """All connectors, and where each is managed."""

    async def work(app: App) -> list[Listed]:
        return [listed(app.connectors, entry) for entry in app.connectors.entries().values()]

    found = invocation.run(work)
    if as_json:
        terminal.print_json(found)
        return
    terminal.print_table(
        ("connector", "kind", "managed by", "schedule", "settings"),
        [
            (
                each.name,
                each.kind,
                f"config.toml, line {each.line}" if each.line else f"database ({each.added_by})",
                f"{each.schedule} ({each.timezone})",
                each.problem or in_words(each),
            )
            for each in found
        ],
    )


@connectors.command()
@click.argument("kind", required=False)
@as_json
def kinds(kind: str | None, as_json: bool) -> None:
    """The kinds of connector there are, or the settings of KIND."""
    from bot.connector_settings import about_kind, settings_of
    from connectors import KINDS

    if kind is None:
        found = [{"kind": each, "about": about_kind(each)} for each in KINDS]
        if as_json:
            terminal.print_json(found)
        else:
            terminal.print_table(("kind", "reads"), [(each["kind"], each["about"]) for each in found])
        return
    settings = settings_of(kind)
    if as_json:
        terminal.print_json({"kind": kind, "about": about_kind(kind), "settings": settings})
        return
    terminal.out.print(about_kind(kind), markup=False)
    terminal.print_table(
        ("setting", "type", "default", "about"),
        [
            (
                each.name,
                f"{each.type}: {', '.join(each.choices)}" if each.choices else each.type,
                "(required)" if each.is_required else _default(each.default),
                each.about,
            )
            for each in settings
        ],
    )


_set = click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="Repeat it for a list.")
_secret = click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="FIELD[=env:NAME]",
    help="Asked for here, or read as one line of stdin each; or held by the variable NAME.",
)
_schedule = click.option("--schedule", help='"every 2 hours", "30m", or cron; else that of [sync].')
_timezone = click.option("--timezone", help="In which cron times are read; else that of [sync].")
_owner_channel = click.option(
    "--owner-channel", help="Id of the Slack channel of those who look after these documents: C0123456789."
)
_no_check = click.option("--no-check", is_flag=True, help="Save it though the source was not asked.")


@connectors.command()
@click.argument("kind")
@click.argument("name")
@_set
@_secret
@_schedule
@_timezone
@_owner_channel
@_no_check
@as_json
@click.pass_obj
def add(
    invocation: Invocation,
    kind: str,
    name: str,
    settings: Sequence[str],
    secrets: Sequence[str],
    schedule: str | None,
    timezone: str | None,
    owner_channel: str | None,
    no_check: bool,
    as_json: bool,
) -> None:
    """Add a connector NAME of a KIND. The source is asked first; where that fails, nothing is saved."""
    typed, secret_texts = typed_settings(settings), typed_secrets(secrets)

    async def work(app: App) -> tuple[Listed, str]:
        draft = app.connectors.draft(
            kind,
            name,
            typed,
            secret_texts,
            schedule=schedule or "",
            timezone=timezone or "",
            owner_channel=owner_channel or "",
            on_machine=True,
        )
        return await _checked_and_saved(app, draft, no_check=no_check)

    _report(*invocation.run(work), "added", as_json=as_json)


@connectors.command()
@click.argument("name")
@_set
@_secret
@_schedule
@_timezone
@_owner_channel
@_no_check
@as_json
@click.pass_obj
def edit(
    invocation: Invocation,
    name: str,
    settings: Sequence[str],
    secrets: Sequence[str],
    schedule: str | None,
    timezone: str | None,
    owner_channel: str | None,
    no_check: bool,
    as_json: bool,
) -> None:
    """Change settings of the connector NAME; the others stay. --set FIELD= takes one away.

    A connector that was paused because its source refused it goes on once its check succeeds.
    """
    typed, secret_texts = typed_settings(settings), typed_secrets(secrets)

    async def work(app: App) -> tuple[Listed, str]:
        draft = app.connectors.changed(
            name,
            typed,
            secret_texts,
            schedule=schedule,
            timezone=timezone,
            owner_channel=owner_channel,
            on_machine=True,
        )
        saved = await _checked_and_saved(app, draft, no_check=no_check)
        if not no_check:
            app.admin.resume_accepted(name, who=WHO)
        return saved

    _report(*invocation.run(work), "changed", as_json=as_json)


@connectors.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_obj
def remove(invocation: Invocation, name: str, yes: bool, as_json: bool) -> None:
    """Remove the connector NAME, and delete all its documents from search, answers and traces."""

    async def known(app: App) -> None:
        app.connectors.added(name)

    async def work(app: App) -> int:
        return app.admin.forget(name, who=WHO, removed_by=lambda: app.connectors.remove(name, who=WHO))

    invocation.run(known)
    if not yes:
        click.confirm(f"Remove {name} and delete every document of it?", abort=True, err=True)
    documents = invocation.run(work)
    if as_json:
        terminal.print_json({"removed": name, "documents": documents})
    else:
        terminal.err.print(f"{name} removed, {documents} document{'' if documents == 1 else 's'} forgotten")


@connectors.command()
@click.argument("name", required=False)
@as_json
@click.pass_obj
def check(invocation: Invocation, name: str | None, as_json: bool) -> None:
    """Ask every source, or that of NAME, whether it can be read. Ends with status 1 where one cannot."""

    async def work(app: App) -> list[dict[str, Any]]:
        found = app.connectors.entries()
        if name and name not in found:
            raise NotFound(f"There is no connector {name!r}.", mend="See: footnote connectors list")
        names = [name] if name else list(found)
        results = []
        for each in names:
            said, is_ok = await asyncio.to_thread(_asked, found[each])
            results.append({"connector": each, "ok": is_ok, "says": said})
        return results

    found = invocation.run(work)
    if as_json:
        terminal.print_json(found)
    else:
        terminal.print_table(
            ("connector", "", "says"),
            [(each["connector"], "ok" if each["ok"] else "failed", each["says"]) for each in found],
        )
    if not all(each["ok"] for each in found):
        raise SystemExit(1)


@connectors.command()
@click.argument("name", required=False)
@click.pass_obj
def export(invocation: Invocation, name: str | None) -> None:
    """Print what stands in the database (or NAME alone) as tables for config.toml, without secrets.

    Once config.toml has a connector, the file counts; its documents stay.
    """
    from bot.connector_export import as_table

    async def work(app: App) -> list[str]:
        names = [name] if name else [each.name for each in app.connectors.entries().values() if not each.line]
        return [as_table(app.connectors.added(each)) for each in names]

    tables = invocation.run(work)
    if not tables:
        terminal.err.print("no connector stands in the database")
    click.echo("\n".join(tables), nl=False)


# --- what the verbs share ----------------------------------------------------------------------------------


async def _checked_and_saved(app: App, draft: Draft, *, no_check: bool) -> tuple[Listed, str]:
    from connectors.base import SourceError

    said = ""
    if not no_check:
        try:
            said = await asyncio.to_thread(draft.connector.check)
        except SourceError as exc:
            raise CheckFailed(
                f"{exc} Nothing was saved.", mend="Mend that, or save it all the same with --no-check."
            ) from exc
    app.connectors.save(draft, who=WHO)
    return listed(app.connectors, app.connectors.entries()[draft.added.name]), said


def _report(saved: Listed, said: str, what: str, *, as_json: bool) -> None:
    if as_json:
        terminal.print_json(saved)
        return
    if said:
        terminal.err.print(said, markup=False)
    terminal.err.print(f"{saved.name} {what}; a running bot syncs it within a minute", markup=False)


def _asked(entry: ConnectorConfig) -> tuple[str, bool]:
    from connectors.base import SourceError

    try:
        return entry.connector.check(), True
    except SourceError as exc:
        return str(exc), False


def _default(value: Any) -> str:
    return "" if value in (None, "", []) else json.dumps(value, ensure_ascii=False)


VERBS = (connectors,)
