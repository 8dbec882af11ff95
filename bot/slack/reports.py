"""What a sync did and how the documents stand, as lines of Markdown. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.admin import FORGOTTEN, PAUSED, Status
from bot.connector_status import ConnectorStatus
from bot.contracts import SyncReport
from bot.slack import texts
from bot.sync.preview import SyncPreview

_PAUSED = {PAUSED: "pause_reason", FORGOTTEN: "forget_reason"}
_STEPS = {"starting": False, "listing": True, "reading": True, "working": False}
"""The steps of a sync (bot.sync), and whether the name of a connector stands behind them."""


def report_line(report: SyncReport, language: str) -> str:
    """What a sync of one connector did, as one line."""
    if report.error:
        return texts.text("reindex_failed", language, name=report.connector, reason=report.error)
    return texts.text(
        "reindex_report",
        language,
        name=report.connector,
        added=report.added,
        changed=report.changed,
        removed=report.removed,
        skipped=report.skipped,
        failed=report.failed,
        seconds=f"{report.seconds:.1f}",
    )


def preview_line(preview: SyncPreview, language: str) -> str:
    """What a sync of one connector would do, as one line or two."""
    if preview.error:
        return texts.text("reindex_failed", language, name=preview.connector, reason=preview.error)
    line = texts.text(
        "preview_line",
        language,
        name=preview.connector,
        added=f"{len(preview.added):,}",
        changed=f"{len(preview.changed):,}",
        removed=f"{len(preview.removed):,}",
        unchanged=f"{preview.unchanged:,}",
    )
    return f"{line}\n{texts.text('preview_doubtful', language)}" if preview.is_doubtful else line


def connector_line(connector: ConnectorStatus, now: datetime, language: str) -> str:
    """One connector as an admin sees it: how it is, what it holds, when it ran and runs next."""
    state = "connector_works"
    if connector.is_paused:
        state = "connector_paused"
    elif connector.error:
        state = "connector_fails"
    elif connector.finished_at is None:
        state = "connector_new"
    count = {"documents": f"{connector.documents:,}", "s": texts.plural(connector.documents)}
    parts = [texts.text(state, language), texts.text("connector_documents", language, **count)]
    if connector.finished_at is not None:
        age = texts.age((now - connector.finished_at).total_seconds(), language)
        parts.append(texts.text("source_read", language, age=age))
    if connector.next_run is not None and not connector.is_paused:
        parts.append(texts.text("connector_next", language, time=_until(connector.next_run, now, language)))
    if connector.failures:
        parts.append(texts.text("connector_failures", language, count=f"{connector.failures:,}"))
    if connector.line:
        parts.append(texts.text("connector_in_file", language, line=connector.line))
    elif connector.added_by:
        parts.append(texts.text("connector_in_list", language))
    kind = f" ({connector.kind})" if connector.kind else ""
    line = f"- **{connector.name}**{kind} – {' · '.join(parts)}"
    reason = trouble_of(connector, language)
    return f"{line}\n  - {reason}" if reason else line


def trouble_of(connector: ConnectorStatus, language: str) -> str:
    """Why it is paused or fails, for admins: it may name documents and machines. "" where it does not."""
    if (doubt := connector.doubt) is not None:
        return texts.text("doubt_reason", language, held=f"{doubt.held:,}", gone=f"{len(doubt.gone):,}")
    if not connector.is_paused:
        return connector.error
    ours = _PAUSED.get(connector.pause_reason)
    return texts.text(ours, language) if ours else connector.pause_reason


def schedule_line(connector: ConnectorStatus, now: datetime, language: str) -> str:
    """When one connector is synced next."""
    if connector.is_paused:
        said = texts.text("source_paused", language, reason=trouble_of(connector, language))
    elif connector.next_run is None:
        said = texts.text("schedule_none", language)
    else:
        at = f"{connector.next_run:%Y-%m-%d %H:%M %Z}".strip()
        said = f"{at} ({_until(connector.next_run, now, language)})"
    return f"- **{connector.name}** – {said}"


def _until(at: datetime, now: datetime, language: str) -> str:
    return texts.ahead((at - now).total_seconds(), language)


def step_in_words(what: str, language: str) -> str:
    """What a sync is at: `what` of a bot.contracts.Progress, which is "reading handbook" or the like."""
    step, _, name = what.partition(" ")
    if bool(name) == _STEPS.get(step):
        return texts.text(f"step_{step}", language, name=name)
    return what


def running_lines(status: Status, language: str) -> str:
    """What is synced now, one line each, each after a line break; "" if nothing is."""
    lines = []
    for running in status.running:
        done = f"{running.done:,}/{running.total:,}" if running.total else ""
        what = f"{step_in_words(running.what, language)} {done}".strip()
        lines.append("\n" + texts.text("status_running", language, what=what))
    return "".join(lines)


def status_lines(status: Status, language: str) -> str:
    """What an admin wants to know beside: what runs, what waits, what failed."""
    lines = running_lines(status, language).split("\n")[1:]
    lines.append(
        texts.text(
            "status_chunks", language, chunks=f"{status.chunks:,}", unembedded=f"{status.unembedded:,}"
        )
    )
    for connector in status.connectors:
        if connector.error or connector.failures or connector.is_paused:
            lines.append(
                texts.text(
                    "status_trouble",
                    language,
                    name=connector.name,
                    reason=trouble_of(connector, language),
                    failed=connector.failures,
                    s=texts.plural(connector.failures),
                )
            )
    return "\n".join(lines)


def source_line(source: ConnectorStatus, now: datetime, language: str) -> str:
    """One connector: how many documents, and how fresh they are. Why it is paused is for admins."""
    if source.is_paused:
        freshness = texts.text("home_paused", language)
    elif source.finished_at is None:
        freshness = texts.text("source_never", language)
    else:
        age = texts.age((now - source.finished_at).total_seconds(), language)
        freshness = texts.text("source_read", language, age=age)
    return texts.text(
        "source_line",
        language,
        name=source.name,
        documents=f"{source.documents:,}",
        s=texts.plural(source.documents),
        freshness=freshness,
    )
