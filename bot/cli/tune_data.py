"""footnote tune data"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli import Invocation, as_json, terminal
from bot.errors import ConfigError, ModelError
from bot.tuning.data.shares import MOST_KEPT_BACK, Shares
from bot.tuning.folders import TuningFolders

if TYPE_CHECKING:
    from bot.app import App
    from bot.models.chat import LlamaChat
    from bot.models.remote import RemoteChat
    from bot.tuning.data.builder import Building
    from bot.tuning.data.checking import Checks
    from bot.tuning.data.dataset import Dataset
    from bot.tuning.data.gathering import Wanted
    from bot.tuning.data.generated import Generator
    from bot.tuning.data.rehearsal import Rehearsal
    from bot.tuning.data.report import DatasetReport

A_FILE = click.Path(dir_okay=False, path_type=Path)
SHARE = click.FloatRange(0.02, 0.5)
PRIORITY = 10
"""The niceness of this process, and of the model that it starts."""


@click.command()
@click.argument("name")
@click.option(
    "--file", "files", type=A_FILE, multiple=True, metavar="FILE",
    help="Rows of a file: .jsonl, .json, .csv, .tsv or .html.",
)  # fmt: skip
@click.option("--corrections", type=A_FILE, multiple=True, metavar="FILE",
              help="The same, of answers that people corrected: they go before all others.")  # fmt: skip
@click.option("--sql", "queries", type=(A_FILE, str), multiple=True, metavar="FILE SELECT",
              help="Rows of a query of a SQLite file; its columns are named as fields.")  # fmt: skip
@click.option("--approved/--no-approved", default=True, show_default=True,
              help="Answers with a 👍 and no 👎, and those people wrote under “Ask a human”.")  # fmt: skip
@click.option("--generate", type=click.IntRange(0, 100_000), default=0, metavar="N",
              help="Have a model write a question about each of N passages.")  # fmt: skip
@click.option("--heldout", type=SHARE, default=None,
              help="Share of the rows that training never sees, to examine it with. By default 0.2, and up"
              " to 0.5 where the gate needs that.")  # fmt: skip
@click.option("--validation", type=SHARE, default=Shares.validation, show_default=True,
              help="Share that training looks at to know when to stop.")  # fmt: skip
@click.option("--abstain", type=click.FloatRange(0.0, 0.8), default=Shares.abstain,
              show_default=True,
              help="Share of the questions learned from that are to be declined. Of those held out it is"
              " half.")  # fmt: skip
@click.option("--rehearse", type=click.FloatRange(0.0, 0.5), default=Shares.rehearsed,
              show_default=True,
              help="Share of the rows learned from that are what the model itself says to general questions,"
              " so that it does not unlearn that. There are some eighty; 0: none.")  # fmt: skip
@click.option("--readers", multiple=True, metavar="PRINCIPAL",
              help="Restrict the dataset, and what is trained on it, to these: channel:TEAM/CHANNEL. All"
              " of it must be theirs to read. Without: only what everybody may read.")  # fmt: skip
@click.option("--licence", default="", help="Of the rows of files that do not name one.")
@click.option("--consent", default="", help="Who allowed to learn from them; of rows that do not say it.")
@click.option("--seed", type=int, default=20261122, show_default=True, help="The same seed, the same rows.")
@click.option("--report", is_flag=True, help="Build nothing: say what is in the dataset NAME.")
@as_json
@click.pass_obj
def data(invocation: Invocation, /, name: str, report: bool, as_json: bool, **given: Any) -> None:
    """Gather the rows that a model is tuned on, and freeze them as the dataset NAME.

    A row is a question, passages of your documents, and the answer that the model is to give: with the number
    of its passage, or that there is none. Rows come of answers in Slack that got a 👍 or that people
    corrected, of files, and of documents, about which a model writes questions (--generate).

    \b
    What is done with them:
      checked    each answer against its passages, as the bot checks what it says; what fails is left out
      masked     resident numbers, phones, e-mail addresses, cards, accounts, keys and passwords
      mixed      the right passage stands among others; in some rows it is taken away, to be declined
      rehearsed  one row in ten is what the model itself says to a general question, so that it keeps that
      divided    by document: what training learns from is never what it is examined with
      frozen     by hashes: whoever trains or measures finds out if a file was changed

    What was asked in private, or made of documents that not everybody may read, is left out (see --readers).
    What people wrote under "Ask a human" takes the place of the bot's answer, where documents say it.

    Ten rows are needed and fifty advised. It may be ended at any moment: the same command goes on, and asks
    no model twice. Nothing leaves this machine, unless config.toml names a model elsewhere (teacher_url
    under [tune], url under [models]).

    \b
    Examples:
      footnote tune data march
      footnote tune data march --generate 200
      footnote tune data faq --no-approved --file faq.csv --licence internal --consent "HR, 2026-11-20"
      footnote tune data finance --readers channel:T0123ABCD/C0123ABCD
      footnote tune data march --report

    Then look at it (--report), and: footnote tune train NAME
    """
    from bot.tuning.data.dataset import Dataset
    from bot.tuning.data.report import report_on

    folder = TuningFolders(invocation.config.data_dir).dataset(name)
    if report:
        dataset = Dataset.open(folder)
    else:
        dataset = invocation.run(lambda app: _built(app, folder, given, quiet=as_json))
    found = report_on(dataset)
    if as_json:
        terminal.print_json(found)
        return
    _show(found, with_examples=report)
    terminal.err.print(f"{dataset.path}", markup=False, soft_wrap=True)
    if not report:
        terminal.err.print(
            f"Look at it: footnote tune data {name} --report. Next: footnote tune train {name}", markup=False
        )


async def _built(app: App, folder: Path, given: Mapping[str, Any], *, quiet: bool) -> Dataset:
    from bot.tuning.data.builder import build, building
    from bot.tuning.data.checking import Checks
    from bot.tuning.data.documents import Documents
    from bot.tuning.data.gathering import gather

    wanted = _wanted(given)
    if (given["heldout"] or 0.0) + given["validation"] > MOST_KEPT_BACK:
        raise ConfigError(
            "Nothing is left to learn from.",
            mend=f"Make --heldout and --validation at most {MOST_KEPT_BACK} together.",
        )
    with building(folder) as place, terminal.progress(quiet=quiet) as progress:
        rehearsal = _rehearsal(app, place, wanted.seed) if given["rehearse"] else None
        documents = Documents(app.database)
        checks = Checks(app.morphology, _embedder(app))
        async with contextlib.AsyncExitStack() as stack:

            async def generator() -> Generator:
                return await stack.enter_async_context(_generator(app, place, checks))

            gathered = await gather(
                wanted,
                app.database,
                documents,
                checks,
                search=app.search,
                generator=generator,
                progress=progress,
            )
        return await build(
            place,
            gathered,
            documents,
            checks,
            seed=wanted.seed,
            readers=wanted.readers,
            shares=Shares(given["validation"], given["heldout"], given["abstain"], given["rehearse"]),
            rehearsal=rehearsal,
            progress=progress,
        )


def _wanted(given: Mapping[str, Any]) -> Wanted:
    from bot.tuning.data.files import Terms
    from bot.tuning.data.gathering import Wanted

    for principal in given["readers"]:
        kind, _, who = principal.partition(":")
        if kind not in ("user", "email", "channel", "group") or not who:
            raise ConfigError(
                f"--readers {principal} names nobody.",
                mend="Give a principal such as channel:T0123ABCD/C0123ABCD; footnote access shows them.",
            )
    return Wanted(
        files=given["files"],
        corrections=given["corrections"],
        queries=given["queries"],
        terms=Terms(given["licence"], given["consent"]),
        approved=given["approved"],
        generate=given["generate"],
        readers=tuple(sorted(set(given["readers"]))) or None,
        seed=given["seed"],
    )


@contextlib.asynccontextmanager
async def _generator(app: App, place: Building, checks: Checks) -> AsyncIterator[Generator]:
    """The teacher of config.toml, or the chat model. Its errors say that nothing is lost."""
    from bot.answering.judge import Judge
    from bot.models.remote import RemoteChat
    from bot.tuning.data.checking import Checks
    from bot.tuning.data.finished import Finished
    from bot.tuning.data.generated import Generator

    tune, models = app.config.tune, app.config.models
    is_taught = bool(tune.teacher_url)
    try:
        if is_taught:
            chat: Any = RemoteChat(
                tune.teacher_url,
                tune.teacher_model,
                app.config.teacher_key,
                first_token_seconds=models.first_token_seconds,
                next_token_seconds=models.next_token_seconds,
            )
            name = tune.teacher_model
        else:
            chat, name = _own_model(app)
        try:
            judge = Judge(chat)
            with_judge = Checks(checks.morphology, checks.embedder, judge if await judge.is_able() else None)
            finished = Finished(place.generated)
            yield Generator(chat, name, with_judge, finished, max_tokens=app.config.answers.max_tokens)
        finally:
            if is_taught:
                await chat.close()
    except ModelError as exc:
        mend = "See teacher_url, teacher_model and teacher_key under [tune]." if is_taught else exc.mend
        raise ModelError(
            f"No questions can be made: {exc.message}",
            mend=f"{mend} What was made is kept: the same command goes on.",
        ) from exc


def _rehearsal(app: App, place: Building, seed: int) -> Rehearsal:
    """By the model that is to be tuned, whoever teaches and whatever adapter is configured."""
    from bot.models.remote import RemoteChat
    from bot.tuning.data.finished import Finished
    from bot.tuning.data.rehearsal import Rehearsal, not_rehearsed
    from bot.tuning.proof.arms import OneSide

    try:
        served, name = _own_model(app)
    except ModelError as exc:
        raise not_rehearsed(exc) from exc
    chat = served if isinstance(served, RemoteChat) else OneSide(served, "")
    return Rehearsal(chat, name, Finished(place.generated), seed=seed)


def _own_model(app: App) -> tuple[LlamaChat | RemoteChat, str]:
    """The chat model that serves, and its name. Where it runs here, people who ask the bot go before."""
    models = app.config.models
    if not models.url:
        os.setpriority(os.PRIO_PROCESS, 0, max(PRIORITY, os.getpriority(os.PRIO_PROCESS, 0)))
    return app.chat, Path(models.chat).name


def _embedder(app: App) -> Any:
    """None where it is not on this machine: answers in another language than their passage then count only
    where a number or a name is in both."""
    try:
        return app.embedder
    except ModelError as exc:
        terminal.err.print(f"Checked by words alone: {exc}", markup=False)
        return None


def _show(found: DatasetReport, *, with_examples: bool) -> None:
    kinds = sorted({kind for counts in found.kinds.values() for kind in counts})
    languages = sorted({language for counts in found.languages.values() for language in counts})
    terminal.print_table(
        ("", "rows", *kinds, *languages, "documents"),
        [
            (
                split,
                sum(counts.values()),
                *(counts.get(kind, 0) for kind in kinds),
                *(found.languages[split].get(language, 0) for language in languages),
                found.documents[split],
            )
            for split, counts in found.kinds.items()
        ],
    )
    _say("made of", found.sources)
    if with_examples:
        _say("licences", found.licences)
        _say("consent", found.consents)
        _say("estimated tokens", found.tokens)
    _say("masked", found.masked)
    _say("left out", found.rejected)
    if found.readers is not None:
        terminal.out.print(f"only for: {', '.join(found.readers)}", markup=False)
    for sentence in found.advice:
        terminal.out.print(f"note: {sentence}", markup=False)
    if with_examples:
        for example in found.examples:
            _show_example(example)


def _say(what: str, counts: Mapping[str, int]) -> None:
    if counts:
        listed = "; ".join(f"{name}: {count:,}" for name, count in counts.items())
        terminal.out.print(f"{what}: {listed}", markup=False)


def _show_example(example: Mapping[str, Any]) -> None:
    terminal.out.print(f"\n--- {example['kind']}, {example['id']}", style="dim", markup=False)
    if "text" in example:
        terminal.out.print(example["text"], markup=False)
    for message in example.get("messages", ()):
        terminal.out.print(f"{message['role']}: {message['content']}", markup=False)
    if "question" in example:
        for number, passage in enumerate(example["passages"], start=1):
            above = " > ".join(part for part in (passage["title"], passage["section"]) if part)
            terminal.out.print(f"[{number}] {above}\n{passage['text']}", style="dim", markup=False)
        terminal.out.print(f"question: {example['question']}\nanswer: {example['answer']}", markup=False)


VERBS = (data,)
