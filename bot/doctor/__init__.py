"""`footnote doctor`: is everything here that Footnote needs, and if not, what is to be done?"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from bot.config import Config, ConnectorConfig
from bot.connector_list import ConnectorList
from bot.doctor.chat_server import examine_chat_server
from bot.doctor.finding import Finding
from bot.doctor.sets import examine_sets
from bot.doctor.slack import examine_slack
from bot.errors import ConfigError, FootnoteError
from bot.index.synonyms import read_rules
from bot.models.adapters import check_fits, locate_adapter
from bot.models.weights import locate
from bot.store.database import Database
from bot.sync.schedule import parse_schedule
from connectors.base import SourceError

__all__ = ["Finding", "examine"]

GIB = 1 << 30
NEEDED_MEMORY = 3.2 * GIB
NEEDED_DISK = 2 * GIB


async def examine(config: Config, *, with_slack: bool = True) -> list[Finding]:
    """Look at everything; never raises for what it finds."""
    findings = [Finding("settings", "ok", f"{config.path} reads well")]
    findings += _machine(config)
    findings += _database(config)
    if config.models.url:
        findings += [finding async for finding in examine_chat_server(config)]
    findings += _models(config)
    findings += _adapter(config)
    findings += _synonyms(config)
    entries, unread = await asyncio.to_thread(_entries, config)
    findings += unread
    findings += await asyncio.to_thread(lambda: list(_connectors(config, entries)))
    findings += await asyncio.to_thread(lambda: list(examine_sets(config, entries.keys())))
    if with_slack:
        findings += await examine_slack(config, entries)
    return findings


def _machine(config: Config) -> Iterator[Finding]:
    folder = next(place for place in (config.data_dir, *config.data_dir.parents) if place.exists())
    free = shutil.disk_usage(folder).free
    yield Finding(
        "disk",
        "ok" if free >= NEEDED_DISK else "error",
        f"{free / GIB:.1f} GB free under {folder}",
        "" if free >= NEEDED_DISK else "Free at least 2 GB, or name another data_dir in config.toml.",
    )
    memory = psutil.virtual_memory()
    enough = memory.available >= NEEDED_MEMORY
    yield Finding(
        "memory",
        "ok" if enough else "warning",
        f"{memory.available / GIB:.1f} of {memory.total / GIB:.1f} GB available",
        ""
        if enough
        else "Footnote with both models takes up to 3.2 GB: close something, or choose a smaller model.",
    )


def _database(config: Config) -> Iterator[Finding]:
    try:
        database = Database(config.database_path)
    except FootnoteError as exc:
        yield Finding("database", "error", exc.message, exc.mend)
        return
    try:
        verdict = database.value("PRAGMA quick_check(1)")
        documents = database.value("SELECT count(*) FROM documents")
    except FootnoteError as exc:
        yield Finding("database", "error", exc.message, exc.mend)
        return
    finally:
        database.close()
    if verdict != "ok":
        yield Finding(
            "database", "error", f"{config.database_path} is damaged: {verdict}",
            "Stop Footnote, move the file away and run `footnote sync`: every document is read again.",
        )  # fmt: skip
    elif not documents:
        yield Finding("documents", "warning", "nothing is indexed yet", "Run: footnote sync")
    else:
        yield Finding("documents", "ok", f"{documents:,} in {config.database_path}")


def _models(config: Config) -> Iterator[Finding]:
    here = [("embedding model", config.models.embedding)]
    if not config.models.url:
        here.insert(0, ("chat model", config.models.chat))
    for purpose, name in here:
        try:
            path = locate(name, config.models_dir)
        except FootnoteError as exc:
            yield Finding(purpose, "error", exc.message, exc.mend)
        else:
            yield Finding(purpose, "ok", f"{name} ({path.stat().st_size // (1 << 20):,} MB)")


def _adapter(config: Config) -> Iterator[Finding]:
    """The configured LoRA adapter; without one there is nothing to look at."""
    models = config.models
    if not models.adapter:
        return
    try:
        base = locate(models.chat, config.models_dir)
    except FootnoteError:
        return  # which is said of the chat model already
    try:
        adapter = check_fits(locate_adapter(models.adapter, config.models_dir), base)
    except FootnoteError as exc:
        yield Finding("adapter", "error", exc.message, exc.mend)
    else:
        yield Finding("adapter", "ok", f"{adapter.name} (rank {adapter.rank}, {adapter.bytes:,} bytes)")


def _synonyms(config: Config) -> Iterator[Finding]:
    """The company's own list; without one there is nothing to look at."""
    if not config.search.synonyms:
        return
    try:
        rules = read_rules(Path(config.search.synonyms))
    except ConfigError as exc:
        yield Finding("synonyms", "error", exc.message, exc.mend or f"Mend it in {config.search.synonyms}.")
        return
    if rules:
        yield Finding("synonyms", "ok", f"{len(rules):,} groups in {config.search.synonyms}")
    else:
        yield Finding(
            "synonyms", "warning", f"{config.search.synonyms} holds no group",
            "Write one a line: 연차, 연차휴가, annual leave, PTO",
        )  # fmt: skip


def _entries(config: Config) -> tuple[Mapping[str, ConnectorConfig], list[Finding]]:
    """The connectors of the file and those added at run time, and why these cannot be read."""
    try:
        database = Database(config.database_path)
        try:
            return ConnectorList(config, database, parse_schedule).entries(), []
        finally:
            database.close()
    except FootnoteError as exc:
        return config.connectors, [Finding("added connectors", "error", exc.message, exc.mend)]


def _connectors(config: Config, entries: Mapping[str, ConnectorConfig]) -> Iterator[Finding]:
    if not entries:
        yield Finding(
            "connectors", "warning", "none",
            "Add a [connectors.NAME] table to config.toml, or run: footnote connectors add",
        )  # fmt: skip
    for name, entry in entries.items():
        if entry.added_by:
            where = f"See: footnote connectors edit {name}"
        else:
            where = f"Its settings start in {config.path.name}, line {entry.line}."
        try:
            parse_schedule(entry.schedule, entry.timezone)
            yield Finding(f"connector {name}", "ok", entry.connector.check())
        except (ValueError, SourceError) as exc:
            yield Finding(f"connector {name}", "error", str(exc), where)
