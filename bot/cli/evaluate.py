"""footnote eval retrieval | answers"""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from pathlib import Path
from typing import Any

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.config import ConnectorConfig
from bot.store.corpus import Corpus
from connectors.folder import Folder

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("eval")
def evaluate() -> None:
    """Measure search and answers on questions whose right answer is known."""


@evaluate.command()
@click.option(
    "--docs",
    "docs",
    multiple=True,
    required=True,
    type=existing_file,
    help="JSONL of doc_id, title, text. Several may be given.",
)
@click.option(
    "--questions",
    "questions",
    multiple=True,
    required=True,
    type=existing_file,
    help="JSONL of question, gold_doc_id. Several may be given.",
)
@click.option(
    "--gold", default="gold_doc_id", show_default=True, help="The field that names the right document."
)
@as_json
@click.pass_obj
def retrieval(
    invocation: Invocation, docs: tuple[Path, ...], questions: tuple[Path, ...], gold: str, as_json: bool
) -> None:
    """Is the right document among the first found? Uses a throw-away index."""
    from bot.evaluation.retrieval import evaluate_retrieval

    async def work(app: App) -> dict[str, Any]:
        with terminal.progress() as progress:
            return await evaluate_retrieval(
                app.index, docs=docs, questions=questions, gold_field=gold, progress=progress
            )

    with tempfile.TemporaryDirectory(prefix="footnote-eval-") as scratch:
        figures = _elsewhere(invocation, Path(scratch)).run(work)
    _show(figures, as_json)


@evaluate.command()
@click.option(
    "--corpus",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that the questions' gold paths are relative to.",
)
@click.option("--questions", required=True, type=existing_file, help="JSONL as shared by handbook_dev.jsonl.")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many questions.")
@click.option(
    "--details",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write each question's outcome here, as JSONL.",
)
@as_json
@click.pass_obj
def answers(
    invocation: Invocation,
    corpus: Path,
    questions: Path,
    limit: int | None,
    details: Path | None,
    as_json: bool,
) -> None:
    """Ask every question and check answer, citations and refusals.

    The top folders of the corpus that the questions name are indexed once, into a database of their own that
    is kept in the data directory, so that a second run starts at once.
    """
    from bot.evaluation.answers import evaluate_answers, folders_named_in

    connectors = {
        name.lower(): ConnectorConfig(name.lower(), Folder(path=corpus.resolve() / name), "", 0)
        for name in folders_named_in(questions)
    }
    database = hashlib.sha256(str(corpus.resolve()).encode()).hexdigest()[:12]
    here = dataclasses.replace(
        invocation.config, data_dir=invocation.config.data_dir / "eval" / database, connectors=connectors
    )

    async def work(app: App) -> dict[str, Any]:
        with terminal.progress() as progress:
            await app.sync_and_embed(progress)
            corpus_of = Corpus(app.database)
            return await evaluate_answers(
                app.answering,
                questions,
                corpus,
                limit=limit,
                progress=progress,
                details=details,
                path_of=lambda citation: "/".join(corpus_of.item_of(citation.document_id) or ()),
            )

    _show(Invocation(invocation.config_path, here).run(work), as_json)


def _elsewhere(invocation: Invocation, data_dir: Path) -> Invocation:
    """The same settings with another database; the models stay where they are."""
    config = dataclasses.replace(invocation.config, data_dir=data_dir)
    return Invocation(invocation.config_path, config)


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
