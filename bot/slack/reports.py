"""What a sync did and how the documents stand, as lines of Markdown. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.admin import ConnectorStatus, Status
from bot.contracts import SyncReport
from bot.slack import texts
from bot.sync.preview import SyncPreview


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


def status_lines(status: Status, language: str) -> str:
    """What an admin wants to know beside: what runs, what waits, what failed."""
    lines = []
    for running in status.running:
        done = f"{running.done:,}/{running.total:,}" if running.total else ""
        lines.append(texts.text("status_running", language, what=f"{running.what} {done}".strip()))
    lines.append(
        texts.text(
            "status_chunks", language, chunks=f"{status.chunks:,}", unembedded=f"{status.unembedded:,}"
        )
    )
    for connector in status.connectors:
        if connector.error or connector.failures or connector.is_paused:
            reason = connector.pause_reason if connector.is_paused else connector.error
            lines.append(
                texts.text(
                    "status_trouble",
                    language,
                    name=connector.name,
                    reason=reason,
                    failed=connector.failures,
                    s=texts.plural(connector.failures),
                )
            )
    return "\n".join(lines)


def source_line(source: ConnectorStatus, now: datetime, language: str) -> str:
    """One connector: how many documents, and how fresh they are."""
    if source.is_paused:
        freshness = texts.text("source_paused", language, reason=source.pause_reason)
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
