"""footnote forget"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal

if TYPE_CHECKING:
    from bot.tuning.activation.learned import Learned

WHO = "terminal"


@click.command()
@click.argument("what", metavar="CONNECTOR[/DOCUMENT]")
@click.option("--undo", is_flag=True, help="Let the next sync take in a document that was forgotten.")
@click.option(
    "--list", "is_list", is_flag=True, help="Only list the documents of CONNECTOR that were forgotten."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_obj
def forget(invocation: Invocation, what: str, undo: bool, is_list: bool, yes: bool, as_json: bool) -> None:
    """Delete a document, or all that a connector brought, at once and from everywhere.

    It goes from the search, the answers that quote it, their traces and the bytes of the database; replies in
    Slack that cite it say that they are withdrawn. A document does not come back, though its source still has
    it; a whole connector is paused, so that its next sync does not bring everything back. What was tuned on
    it is named: that keeps words of it until it is made anew.

    \b
      footnote forget handbook/hr/salaries.xlsx    one document, by its place in the source
      footnote forget 5d41402abc4b2a76...          one document, by the document_id of `search --json`
      footnote forget handbook                     all of the connector
      footnote forget --undo handbook/hr/salaries.xlsx
    """
    if re.fullmatch(r"[0-9a-f]{64}", what):
        what = invocation.run(lambda app: _place_of(app, what))
    name, _, item_id = unicodedata.normalize("NFC", what).partition("/")
    if undo and not item_id:
        raise click.UsageError("--undo needs a document: footnote forget --undo CONNECTOR/DOCUMENT")

    async def listed(app: App) -> list[str]:
        return list(app.admin.forgotten(name))

    async def allowed(app: App) -> None:
        app.admin.allow_document(name, item_id, who=WHO)

    async def forgotten(app: App) -> tuple[int, Learned]:
        ids = app.learners.documents(name, item_id)
        if item_id:
            removed = int(app.admin.forget_document(name, item_id, who=WHO))
        else:
            removed = app.admin.forget(name, who=WHO)
        return removed, _learned(app, ids)

    if is_list:
        found = invocation.run(listed)
        if as_json:
            terminal.print_json(found)
        else:
            for each in found:
                terminal.out.print(f"{name}/{each}", markup=False)
            if not found:
                terminal.err.print(f"nothing of {name} was forgotten")
        return
    if undo:
        invocation.run(allowed)
        if as_json:
            terminal.print_json({"allowed": f"{name}/{item_id}"})
        else:
            terminal.err.print(f"{name}/{item_id} comes back with: footnote sync {name}")
        return
    if not yes:
        asked = f"the document {name}/{item_id}" if item_id else f"every document of {name}"
        click.confirm(f"Delete {asked} from search, answers and traces?", abort=True, err=True)
    removed, learned = invocation.run(forgotten)
    if as_json:
        terminal.print_json({"forgotten": what, "documents": removed, "learned": learned})
        return
    if item_id and not removed:
        terminal.err.print(f"{what} was not among the documents; it will not come in either")
    else:
        terminal.err.print(f"{removed} document{'' if removed == 1 else 's'} forgotten")
    _say_learned(learned)


def _learned(app: App, ids: list[str]) -> Learned:
    """What was tuned on them. That it cannot be told undoes nothing."""
    from bot.tuning.activation.files import AdapterError
    from bot.tuning.activation.learned import Learned

    try:
        return app.learners.of(ids)
    except AdapterError as exc:
        terminal.print_error(exc)
        return Learned((), ())


def _say_learned(learned: Learned) -> None:
    """What to do about it."""
    for run in learned.runs:
        terminal.err.print(
            f"{run} learned from it and may still know its words: train another one without it, and until"
            f" then: footnote tune rollback {run}",
            markup=False,
        )
    for dataset in learned.datasets:
        terminal.err.print(
            f"the dataset {dataset} quotes it: make another one (footnote tune data), and delete that folder",
            markup=False,
        )


async def _place_of(app: App, document_id: str) -> str:
    place = app.admin.place_of(document_id)
    return "/".join(place)


VERBS = (forget,)
