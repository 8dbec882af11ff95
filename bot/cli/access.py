"""footnote access"""

from __future__ import annotations

import dataclasses
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.errors import NotFound
from connectors.base import EVERYONE

if TYPE_CHECKING:  # brings numpy
    from bot.access import Person, Place
    from bot.access_review import AccessReview
    from bot.store.document_readers import ReaderTable, StoredReaders

MAX_READERS = 12
"""Of one set of readers, as text; --json has them all."""
_PRINCIPAL = re.compile(r"(?:user|channel|group):\w+/\w+|email:\S+@\S+")

_WHY = {
    "left": "has left",
    "unknown": "nobody knows who that is",
    "stranger": "of another organisation",
    "guest": "no guests",
    "not_in_channel": "not among the --reader",
    "not_in_group": "not among the --reader",
    "no_email": "no e-mail address given",
    "other_email": "another address",
    "other_person": "somebody else",
    "no_such_reader": "stands for nobody",
}


@click.command()
@click.argument("what", metavar="[CONNECTOR|DOCUMENT]", required=False)
@click.option("--person", metavar="EMAIL|PRINCIPAL", help="What may this person read, and why?")
@click.option(
    "--reader",
    "also",
    multiple=True,
    metavar="PRINCIPAL",
    help="What else stands for the person, such as channel:T01ABC/C01ABC. Can be given more than once.",
)
@click.option("--guest", is_flag=True, help="The person is a guest in Slack.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many sets of readers."
)
@as_json
@click.pass_obj
def access(
    invocation: Invocation,
    what: str | None,
    person: str | None,
    also: Sequence[str],
    guest: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Who may read what: all connectors, the sets of readers in one, or the readers of a document.

    A principal is everyone (all members of the workspace, no guests), email:ADDRESS, user:TEAM/ID,
    channel:TEAM/ID or group:TEAM/ID. Who is in which channel and group only Slack knows: with --person,
    name those of the person by --reader, or ask in Slack (Home tab, "Who may see what").

    \b
      footnote access                                   how much everyone may read, and how much nobody
      footnote access wiki                              who may read the documents of a connector
      footnote access wiki/hr/pay.md                    who may read one; also by its document_id or address
      footnote access --person kim@example.com wiki     what Kim may read there, and what is missing
      footnote access --person kim@example.com --reader channel:T01ABC/C01ABC wiki/hr/pay.md
    """
    if person is None and (also or guest):
        raise click.UsageError("--reader and --guest are about somebody: give --person too.")
    if person is not None and what is None:
        raise click.UsageError("Name a connector or a document: footnote access --person WHO CONNECTOR")
    place = None if person is None else _place(person, also, is_guest=guest)

    async def work(app: App) -> Any:
        from bot.access_review import AccessReview
        from bot.store.corpus import Corpus

        review = AccessReview(app.database)
        names = list(dict.fromkeys([*app.connectors.entries(), *Corpus(app.database).connectors()]))
        if what is None:
            return [_overview(name, review.table(name, sys.maxsize)) for name in names]
        named = unicodedata.normalize("NFC", what)
        if named in names:
            return _of_connector(review, named, place, limit)
        if documents := review.named(named):
            return [_of_document(review, each, place) for each in documents]
        raise NotFound(
            f"There is no connector and no document {what!r}.",
            mend=f"Connectors: {', '.join(names) or 'none'}. A document: CONNECTOR/ITEM, id or address.",
        )

    found = invocation.run(work)
    if as_json:
        terminal.print_json(found)
    elif what is None:
        _show_overview(found)
    elif isinstance(found, list):
        for each in found:
            _show_document(each, person)
    elif place is None:
        _show_table(found)
    else:
        _show_person(found, person or "")
    if place is not None and not as_json:
        terminal.err.print(
            "Taken for an active member of the workspace" + (", a guest" if guest else ", no guest (--guest)")
            + ". Channels, groups and other addresses count only where --reader names them."
        )  # fmt: skip


def _place(text: str, also: Sequence[str], *, is_guest: bool) -> Place:
    """A private question of the person, with what this machine is told of them."""
    from bot.access import Place

    for reader in also:
        if not _PRINCIPAL.fullmatch(reader):
            raise click.UsageError(
                f"--reader {reader}: a principal such as channel:T01ABC/C01ABC is expected."
            )
    who = _person(text, is_guest=is_guest)
    return Place(who.team, "", who, is_private_to_asker=True, memberships=frozenset(also))


def _person(text: str, *, is_guest: bool) -> Person:
    from bot.access import Person

    if found := re.fullmatch(r"user:(\w+)/(\w+)", text):
        return Person(found[1], found[2], is_guest=is_guest)
    address = text.removeprefix("email:")
    if re.fullmatch(r"[^\s:]+@\S+", address):
        return Person("", "", is_guest=is_guest, email=address)
    raise click.UsageError(
        f"--person {text}: an e-mail address, or a person such as user:T01ABC/U01ABC, is expected."
    )


def _overview(name: str, table: ReaderTable) -> dict[str, Any]:
    for_everyone = sum(each.documents for each in table.sets if EVERYONE in each.readers)
    return {
        "connector": name,
        "documents": table.documents,
        "for_everyone": for_everyone,
        "for_nobody": table.for_nobody,
        "reader_sets": len(table.sets),
    }


def _of_connector(review: AccessReview, name: str, place: Place | None, limit: int) -> dict[str, Any]:
    if place is None:
        return {"connector": name, **dataclasses.asdict(review.table(name, limit))}
    at = review.at_connector(place, name, limit)
    missing = dataclasses.asdict(at.missing)
    for each in missing["sets"]:
        each["obstacles"] = _obstacles(place, each["readers"])
    return {
        "connector": name,
        "documents": at.documents,
        "readable": at.readable,
        "through": at.through,
        "missing": missing,
    }


def _of_document(review: AccessReview, document: StoredReaders, place: Place | None) -> dict[str, Any]:
    if place is None:
        return dataclasses.asdict(document)
    at = review.at_document(place, document)
    return {
        **dataclasses.asdict(document),
        "is_readable": at.is_readable,
        "through": at.through,
        "obstacles": {} if at.is_readable else _obstacles(place, document.readers),
    }


def _obstacles(place: Place, readers: Sequence[str]) -> dict[str, str]:
    from bot.access import readers_of
    from bot.access_review import obstacle

    theirs = readers_of(place)
    return {each: found.value for each in readers if (found := obstacle(place.asker, theirs, each))}


def _show_overview(found: Sequence[Mapping[str, Any]]) -> None:
    terminal.print_table(
        ("connector", "documents", "for everyone", "for nobody", "sets of readers"),
        [
            (
                each["connector"],
                each["documents"],
                each["for_everyone"],
                each["for_nobody"],
                each["reader_sets"],
            )
            for each in found
        ],
    )
    for each in found:
        _show_nobody(each)


def _show_table(found: Mapping[str, Any]) -> None:
    rows = [(each["documents"], _readers(each["readers"])) for each in found["sets"]]
    terminal.print_table(("documents", "may be read by"), rows)
    _show_left_out(found)
    _show_nobody(found)


def _show_person(found: Mapping[str, Any], person: str) -> None:
    said = (
        f"{person} may read {found['readable']:,} of {found['documents']:,} documents of {found['connector']}"
    )
    terminal.out.print(f"{said}, asking in private.", markup=False)
    if found["through"]:
        terminal.print_table(
            ("documents", "through"), [(count, each) for each, count in found["through"].items()]
        )
    missing = found["missing"]
    if missing["sets"]:
        rows = [(each["documents"], _readers(each["readers"], each["obstacles"])) for each in missing["sets"]]
        terminal.print_table(("not readable", "since only these may"), rows)
    _show_left_out(missing)
    _show_nobody({**missing, "connector": found["connector"]})


def _show_document(found: Mapping[str, Any], person: str | None) -> None:
    place = f"{found['connector']}/{found['item_id']}"
    terminal.out.print(_printable(f"{found['title'] or place}  ({place})"), markup=False, style="bold")
    if found.get("is_readable"):
        said = f"{person} may read it, through {_readers(found['through'])}"
    elif person:
        said = f"{person} may not read it. It may be read by {_readers(found['readers'], found['obstacles'])}"
    else:
        said = f"may be read by {_readers(found['readers'])}"
    terminal.out.print(f"  {said}", markup=False)


def _show_left_out(table: Mapping[str, Any]) -> None:
    if table["sets_left_out"]:
        left = f"{table['documents_left_out']:,} documents in {table['sets_left_out']:,} more sets"
        terminal.err.print(f"and {left}; --limit shows more")


def _show_nobody(table: Mapping[str, Any]) -> None:
    if table["for_nobody"]:
        terminal.err.print(
            f"{table['connector']}: readable by nobody: {table['for_nobody']:,}. The source names nobody whom"
            " Slack knows: check the rights there or, if everyone may read them, set everyone_may_read"
            " where the kind of connector has it.",
            markup=False,
        )


def _readers(readers: Sequence[str], obstacles: Mapping[str, str] | None = None) -> str:
    """In one line, as far as a terminal may show them."""
    shown = []
    for each in readers[:MAX_READERS]:
        name = _printable(each)
        why = _WHY.get((obstacles or {}).get(each, ""))
        shown.append(f"{name} ({why})" if why else name)
    if len(readers) > MAX_READERS:
        shown.append(f"and {len(readers) - MAX_READERS:,} more")
    return ", ".join(shown) or "nobody"


def _printable(text: str) -> str:
    """Names come from sources, and may hold what a terminal obeys."""
    return "".join(char if char.isprintable() else "�" for char in text)


VERBS = (access,)
