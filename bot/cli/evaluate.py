"""footnote eval retrieval | answers"""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.config import ConnectorConfig
from bot.contracts import Passage, Progress
from bot.errors import ConfigError, NotFound
from bot.store.corpus import Corpus
from connectors.folder import Folder

if TYPE_CHECKING:
    from bot.evaluation.retrieval import Explain, Miss, Outcome

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("eval")
def evaluate() -> None:
    """Measure search and answers on questions whose right answer is known."""


existing_folder = click.Path(exists=True, file_okay=False, path_type=Path)
corpus_help = "The folder that the questions' gold_files are relative to."


@evaluate.command()
@click.option(
    "--docs",
    "docs",
    multiple=True,
    type=existing_file,
    help="JSONL of doc_id, title, text. Several may be given.",
)
@click.option("--corpus", type=existing_folder, help=corpus_help)
@click.option(
    "--questions",
    "questions",
    multiple=True,
    required=True,
    type=existing_file,
    help="JSONL of question and gold_doc_id, or gold_files. Several may be given: each is a row.",
)
@click.option(
    "--gold",
    "gold",
    multiple=True,
    default=("gold_doc_id",),
    show_default=True,
    help="The field that names the right document. Several may be given: each is a row.",
)
@click.option(
    "--translate",
    is_flag=True,
    help="Let the chat model put every question into the other language too, as answers do. Takes some "
    "seconds a question.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write an HTML page with plots and every missed question here.",
)
@as_json
@click.pass_obj
def retrieval(
    invocation: Invocation,
    docs: tuple[Path, ...],
    corpus: Path | None,
    questions: tuple[Path, ...],
    gold: tuple[str, ...],
    translate: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Is the right document among the first found?

    All documents lie in one index. That of --docs is thrown away afterwards; with --corpus it is kept in the
    data directory, so that a second run starts at once: the top folders of the corpus that the questions name
    are indexed, with the --docs among them.
    """
    from bot.evaluation.question_sets import CONNECTOR, read_documents, read_question_sets
    from bot.evaluation.retrieval import evaluate_retrieval, misses, scorecard

    if not docs and corpus is None:
        raise click.UsageError("Say what is to be searched: --docs, or --corpus, or both.")
    documents = read_documents(docs)
    sets = read_question_sets(questions, gold, corpus)

    async def work(app: App) -> dict[str, Any]:
        with terminal.progress() as progress:
            started = time.perf_counter()
            if corpus is not None:
                await _synced(app, progress)
            synced_s = time.perf_counter() - started
            outcomes, index_s = await evaluate_retrieval(
                app.index,
                documents=documents,
                sets=sets,
                present=Corpus(app.database).versions(CONNECTOR),
                ready=app.index.wait,
                translate=app.translator.translated if translate else None,
                progress=progress,
            )
            card = scorecard(outcomes, synced_s + index_s)
            if report is not None:
                _write_report(report, card, outcomes, await misses(outcomes, _explain(app), progress))
        return card

    if corpus is not None:
        kept = _with_corpus(invocation, corpus, _folders(questions), docs)
        _show_sets(kept.run(work), as_json)
        return
    with tempfile.TemporaryDirectory(prefix="footnote-eval-") as scratch:
        card = _elsewhere(invocation, Path(scratch)).run(work)
    _show_sets(card, as_json)


@evaluate.command()
@click.option("--corpus", required=True, type=existing_folder, help=corpus_help)
@click.option("--questions", required=True, type=existing_file, help="JSONL as shared by handbook_dev.jsonl.")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many questions.")
@click.option(
    "--details",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write each question's outcome here, as JSONL.",
)
@click.option(
    "--passages-by-rank",
    is_flag=True,
    help="Show the model passages in the order of the search. Else they stand as in all answers, in one that "
    "lets a prompt begin like a recent one: then it may depend on the questions before.",
)
@as_json
@click.pass_obj
def answers(
    invocation: Invocation,
    corpus: Path,
    questions: Path,
    limit: int | None,
    details: Path | None,
    passages_by_rank: bool,
    as_json: bool,
) -> None:
    """Ask every question and check answer, citations and refusals.

    The top folders of the corpus that the questions name are indexed once, into a database of their own that
    is kept in the data directory, so that a second run starts at once.
    """
    from bot.evaluation.answers import evaluate_answers

    async def work(app: App) -> dict[str, Any]:
        with terminal.progress() as progress:
            await _synced(app, progress)
            corpus_of = Corpus(app.database)
            return await evaluate_answers(
                app.answering_with(None) if passages_by_rank else app.answering,
                questions,
                corpus,
                limit=limit,
                progress=progress,
                details=details,
                path_of=lambda citation: "/".join(corpus_of.item_of(citation.document_id) or ()),
            )

    _show(_with_corpus(invocation, corpus, _folders((questions,))).run(work), as_json)


# --- which index -------------------------------------------------------------------------------------------


def _folders(questions: Sequence[Path]) -> list[str]:
    from bot.evaluation.answers import folders_named_in

    return sorted({name for path in questions for name in folders_named_in(path)})


def _with_corpus(
    invocation: Invocation, corpus: Path, folders: Sequence[str], docs: Sequence[Path] = ()
) -> Invocation:
    """The same settings with these folders of a corpus as connectors, and a database for it and `docs`."""
    connectors = {
        name.lower(): ConnectorConfig(name.lower(), Folder(path=corpus.resolve() / name), "", 0)
        for name in folders
    }
    key = hashlib.sha256(str(corpus.resolve()).encode())
    for path in docs:
        key.update(path.read_bytes())
    config = dataclasses.replace(
        invocation.config,
        data_dir=invocation.config.data_dir / "eval" / key.hexdigest()[:12],
        connectors=connectors,
    )
    return Invocation(invocation.config_path, config)


async def _synced(app: App, progress: Progress) -> None:
    """Index the corpus; what is missing in it would count as not found."""
    for report in await app.sync_and_embed(progress):
        if report.error:
            raise NotFound(f"{report.connector}: {report.error}", mend="Look at the folder, then try again.")
        for item, reason in report.failures:
            terminal.err.print(f"  {report.connector}: {item}: {reason}", markup=False)


def _elsewhere(invocation: Invocation, data_dir: Path) -> Invocation:
    """The same settings with another database; the models stay where they are."""
    config = dataclasses.replace(invocation.config, data_dir=data_dir)
    return Invocation(invocation.config_path, config)


# --- what is shown -----------------------------------------------------------------------------------------


def _explain(app: App) -> Explain:
    from bot.cli.explanation import explained
    from bot.evaluation.retrieval import ASKING, PASSAGES

    async def explain(question: str) -> list[tuple[Passage, str]]:
        explanation, passages = await explained(app, question, ASKING, PASSAGES)
        return [
            (passage, reason.in_short) for passage, reason in zip(passages, explanation.results, strict=True)
        ]

    return explain


def _write_report(
    path: Path, card: dict[str, Any], outcomes: Sequence[Outcome], missed: Sequence[Miss]
) -> None:
    from bot.evaluation.report import html

    try:
        path.write_text(html(card, outcomes, missed, datetime.now().astimezone()), encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"The report {path} cannot be written: {exc}.") from exc
    terminal.err.print(f"report: {path}", markup=False)


def _show_sets(card: dict[str, Any], as_json: bool) -> None:
    if as_json:
        terminal.print_json(card)
        return
    from bot.evaluation.report import rows

    shares = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")
    terminal.print_table(
        ("set", "n", "R@1", "R@5", "R@10", "MRR@10", "nDCG@10", "p50 ms", "p95 ms"),
        [
            (
                f"  {row.kind}" if row.kind else row.set,
                row.card["n"],
                *(f"{row.card[name]:.3f}" for name in shares),
                row.card["query_ms"]["p50"],
                row.card["query_ms"]["p95"],
            )
            for row in rows(card)
        ],
    )
    terminal.out.print(
        "R@k: share of questions with a right document among the first k", style="dim", markup=False
    )


def _show(figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        terminal.print_json(figures)
        return
    flat: list[tuple[str, object]] = []
    for key, value in figures.items():
        if isinstance(value, dict):
            flat += [(f"{key} {inner}", figure) for inner, figure in value.items()]
        else:
            flat.append((key, value))
    terminal.print_table(
        ("figure", "value"), [(k, f"{v:.3f}" if isinstance(v, float) else v) for k, v in flat]
    )


VERBS = (evaluate,)
