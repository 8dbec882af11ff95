"""What admins see on their Home tab -> blocks. Pure.

No name, reason or question can become a link, a mention or an image; who changed something is drawn as the
person it was, where that is somebody of this workspace.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.admin import Status
from bot.answering.gaps import Gaps
from bot.connector_status import ConnectorStatus
from bot.slack import texts
from bot.slack.home.blocks import MAX_NAME, MAX_REASON, bullets, heading, moment, shortened, word
from bot.slack.home.desk_connectors import connector_blocks
from bot.slack.home.principals import whoever
from bot.slack.render import Block, rich_text
from bot.slack.reports import step_in_words
from bot.store.audit import AuditEntry
from bot.store.doubts import Doubt
from bot.sync.lock import Running

GAP_DAYS = 14
MAX_CONNECTORS = 20
"""Each takes four blocks at most, and Slack takes a hundred."""
MAX_RUNNING = 8
MAX_GAPS = 8
MAX_AUDIT = 10
BAR = 20


@dataclass(frozen=True)
class Desk:
    """Everything that admins see besides what they may read."""

    team: str
    status: Status
    aside: Mapping[str, int]
    """How many items of a connector could not be read; none: left out."""
    doubts: Mapping[str, Doubt]
    models: Sequence[str]
    gaps: Gaps
    audit: Sequence[AuditEntry]


def desk_blocks(
    desk: Desk,
    language: str,
    *,
    note: str = "",
    buttons: Sequence[Block] = (),
    tuning: Sequence[Block] = (),
) -> list[Block]:
    """The desk; `note` says what came of the last click, `buttons` stand above the connectors, of which fewer
    are shown where `tuning`, which stands below them, needs room."""
    most = MAX_CONNECTORS - math.ceil(len(tuning) / 4)
    blocks = [heading("home_admin", language)]
    if note:
        blocks.append(rich_text([word(shortened(note, MAX_REASON), bold=True)]))
    if buttons:
        blocks.append({"type": "actions", "elements": list(buttons)})
    if desk.status.running:
        title = word(texts.text("home_running", language), bold=True)
        lines = [[word(running_line(one, language))] for one in desk.status.running[:MAX_RUNNING]]
        blocks += [rich_text([title]), bullets(lines)]
    for connector in _shown(desk, most):
        blocks += connector_blocks(
            connector,
            desk.team,
            desk.aside.get(connector.name, 0),
            desk.doubts.get(connector.name),
            language,
        )
    if not desk.status.connectors:
        blocks.append(rich_text([word(texts.text("home_no_connectors", language))]))
    left = len(desk.status.connectors) - most
    if left > 0:
        blocks.append(rich_text([word(texts.text("more_sources", language, count=left))]))
    return [*blocks, *_models(desk, language), *tuning, *_gaps(desk.gaps, language), *_audit(desk, language)]


def running_line(running: Running, language: str) -> str:
    """What is done, a bar where it is known how much there is, and how long it takes yet."""
    what = shortened(step_in_words(running.what, language), MAX_NAME)
    if not running.total:
        return f"{what}…"
    filled = min(running.done * BAR // running.total, BAR)
    bar = "█" * filled + "░" * (BAR - filled)
    left = ""
    if running.seconds_left:
        left = texts.text("reindex_left", language, time=texts.about(running.seconds_left, language))
    return f"{what} {bar} {running.done:,}/{running.total:,}{left}"


def _shown(desk: Desk, most: int) -> list[ConnectorStatus]:
    """In their order; where there are too many, those that want somebody first."""
    connectors = list(desk.status.connectors)
    if len(connectors) > most:
        connectors.sort(key=lambda one: not (one.error or one.is_paused or one.name in desk.aside))
    return connectors[:most]


def _models(desk: Desk, language: str) -> list[Block]:
    if not desk.models:
        return []
    return [
        heading("home_models", language),
        bullets([[word(shortened(model, MAX_NAME), code=True)] for model in desk.models]),
    ]


def _gaps(gaps: Gaps, language: str) -> list[Block]:
    lines = [
        [
            word(shortened(gap.question, MAX_REASON)),
            word(texts.text("home_gap", language, times=f"{gap.times:,}")),
        ]
        for gap in gaps.gaps[:MAX_GAPS]
    ]
    if len(gaps.gaps) > MAX_GAPS:
        lines.append([word(texts.text("more_sources", language, count=len(gaps.gaps) - MAX_GAPS))])
    if gaps.private_questions:
        lines.append([word(texts.text("home_private", language, count=f"{gaps.private_questions:,}"))])
    shown = bullets(lines) if lines else rich_text([word(texts.text("home_none", language))])
    return [heading("home_gaps", language, days=GAP_DAYS), shown]


def _audit(desk: Desk, language: str) -> list[Block]:
    lines = [
        [
            moment(entry.at),
            word(" · "),
            *whoever(entry.who, desk.team, language),
            word(f" · {shortened(_deed(entry.what, language), MAX_NAME)} "),
            *([word(shortened(entry.detail, MAX_REASON))] if entry.detail else []),
        ]
        for entry in desk.audit[:MAX_AUDIT]
    ]
    shown = bullets(lines) if lines else rich_text([word(texts.text("home_none", language))])
    return [heading("home_audit", language), shown]


def _deed(what: str, language: str) -> str:
    """What was done. A verb that is not known is shown as it is."""
    name = "audit_" + what.replace(" ", "_")
    return texts.text(name, language) if name in texts.names() else what
