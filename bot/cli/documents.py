"""footnote search | status | trace"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import click
from rich.padding import Padding
from rich.text import Text

from bot.admin import Status
from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.cli.narrowing import narrowing
from bot.contracts import Filter, Passage
from bot.errors import NotFound
from connectors.base import EVERYONE

TERMINAL_READERS = frozenset({EVERYONE})
"""Whoever sits at this machine sees what everyone in the workspace may see."""


@click.command()
@click.argument("question")
@click.option(
    "--limit", default=10, show_default=True, type=click.IntRange(1, 100), help="How many passages."
)
@click.option("--explain", is_flag=True, help="Say why each passage was found, and what was looked for.")
@click.option(
    "--translate",
    is_flag=True,
    help="Let the chat model put the question into the other language first, as an answer does where "
    "documents in that language come near. Takes some seconds.",
)
@as_json
@click.pass_obj
@narrowing
def search(
    invocation: Invocation,
    question: str,
    limit: int,
    explain: bool,
    translate: bool,
    as_json: bool,
    *,
    narrowed: Filter,
) -> None:
    """Show the passages that a QUESTION finds, without an answer by the model."""
    if explain:
        _explain(invocation, question, limit, narrowed, as_json, translate=translate)
        return

    async def work(app: App) -> list[Passage]:
        translation = await app.translator.translated(question) if translate else ""
        return await app.index.search(question, TERMINAL_READERS, limit, narrowed, translation)

    passages = invocation.run(work)
    if as_json:
        terminal.print_json(
            [
                {
                    "rank": rank,
                    "score": passage.score,
                    "document_id": passage.document_id,
                    "title": passage.title,
                    "url": passage.url,
                    "section": passage.section,
                    "text": passage.text,
                }
                for rank, passage in enumerate(passages, start=1)
            ]
        )
        return
    if not passages:
        terminal.err.print("nothing found; `footnote status` says what is indexed")
    for rank, passage in enumerate(passages, start=1):
        where = f"{passage.title} > {passage.section}" if passage.section else passage.title
        terminal.out.print(f"{rank}. {where}", style="bold", markup=False)
        terminal.out.print(f"   {passage.url}  ({passage.score:.3f})", style="dim", markup=False)
        terminal.out.print("   " + " ".join(passage.text.split())[:300], markup=False)


def _explain(
    invocation: Invocation, question: str, limit: int, narrowed: Filter, as_json: bool, *, translate: bool
) -> None:
    from bot.cli.explanation import Explanation, explained, show  # brings the index

    async def work(app: App) -> Explanation:
        await app.index.search(question, TERMINAL_READERS, 1, narrowed)  # its times are not those of loading
        translation = await app.translator.translated(question) if translate else ""
        return (await explained(app, question, TERMINAL_READERS, limit, narrowed, translation))[0]

    explanation = invocation.run(work)
    if as_json:
        terminal.print_json(explanation)
    else:
        show(explanation)


@dataclass(frozen=True)
class DocumentSet:
    """One of [sets], and how many documents it has."""

    name: str
    within: tuple[str, ...]
    documents: int


@click.command()
@as_json
@click.pass_obj
def status(invocation: Invocation, as_json: bool) -> None:
    """Connectors, document sets, vectors: what there is and how fresh it is; channels set in Slack."""
    from bot.store.channels import Channels, ChannelSetting
    from bot.store.sources import Sources

    async def work(app: App) -> tuple[Status, list[DocumentSet], list[ChannelSetting]]:
        sources = Sources(app.database)
        sets = [
            DocumentSet(name, within, sources.count(Filter(within)))
            for name, within in app.config.sets.items()
        ]
        return await app.admin.status(), sets, Channels(app.database, time.time).settings()

    status, sets, channels = invocation.run(work)
    if as_json:
        terminal.print_json(
            {
                **dataclasses.asdict(status),
                "sets": [dataclasses.asdict(each) for each in sets],
                "channels": [dataclasses.asdict(each) for each in channels],
            }
        )
        return
    terminal.print_table(
        ("connector", "kind", "state", "documents", "chunks", "failed", "last sync"),
        [
            (
                each.name,
                each.kind or "(not in config.toml)",
                "paused" if each.is_paused else "active",
                each.documents,
                each.chunks,
                each.failures,
                _ago(each.finished_at),
            )
            for each in status.connectors
        ],
    )
    for each in status.connectors:
        if trouble := each.pause_reason or each.error:
            terminal.err.print(f"  {each.name}: {trouble}", markup=False)
    if sets:
        terminal.print_table(
            ("document set", "documents", "of"),
            [(each.name, each.documents, ", ".join(each.within)) for each in sets],
        )
    if channels:
        terminal.print_table(
            ("Slack channel", "team", "answers", "set by"),
            [(each.channel, each.team, each.speaks.value, each.set_by) for each in channels],
        )
    for running in status.running:
        so_far = f" {running.done:,} of {running.total:,}" if running.total else ""
        left = f", about {running.seconds_left:,.0f} s left" if running.seconds_left is not None else ""
        terminal.out.print(f"{running.what}{so_far}{left} (process {running.process})", markup=False)
    models = invocation.config.models
    if models.url:
        terminal.out.print(f"chat model: {models.chat} at {models.url}", markup=False)
    ready = status.chunks - status.unembedded
    terminal.out.print(f"vectors: {ready:,} of {status.chunks:,} chunks")


@click.command()
@click.argument("trace_id")
@as_json
@click.pass_obj
def trace(invocation: Invocation, trace_id: str, as_json: bool) -> None:
    """How an answer came about: what was found, what the model read and said, each sentence's verdict."""
    from bot.store.answers import AnswerRecord, Answers
    from bot.trace_in_words import in_words

    async def work(app: App) -> AnswerRecord:
        return Answers(app.database).get(trace_id)

    try:
        record = invocation.run(work)
    except KeyError:
        raise NotFound(
            f"There is no answer {trace_id}.", mend="The id is what `footnote ask` prints."
        ) from None
    if as_json:
        terminal.print_json(record)
        return
    terminal.out.print(record.answer.text, markup=False)
    for section in in_words(record, "en"):
        terminal.out.print(f"\n{section.heading}", style="bold", markup=False)
        for line in section.lines:
            # what the model was sent may hold anything, even what a terminal obeys
            printable = "".join(char if char.isprintable() or char == "\n" else " " for char in line)
            terminal.out.print(Padding(Text(printable), (0, 0, 0, 2)))


def _ago(when: datetime | None) -> str:
    if when is None:
        return "never"
    seconds = (datetime.now(UTC) - when).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


VERBS = (search, status, trace)
