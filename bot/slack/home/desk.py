"""What admins see on their Home tab -> blocks. Pure.

No name, reason or question can become a link, a mention or an image; who changed something is drawn as the
person it was, where that is somebody of this workspace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.admin import PAUSED, ConnectorStatus, Status
from bot.answering.gaps import Gaps
from bot.slack import texts
from bot.slack.clicks import value_of
from bot.slack.home.access_review_view import access_button
from bot.slack.home.blocks import MAX_NAME, bullets, heading, plain, shortened, word
from bot.slack.render import Block, rich_text
from bot.slack.reports import step_in_words, trouble_of
from bot.store.audit import OF_TERMINAL, TERMINAL, AuditEntry
from bot.store.doubts import Doubt
from bot.sync.lock import Running

ACTION = "footnote_home_"
"""What the action ids of the buttons begin with."""
SYNC, PREVIEW, PAUSE, RESUME, FORGET, ASIDE, RETRY, REMOVE, KEEP, REMOVE_CONNECTOR = (
    "sync",
    "preview",
    "pause",
    "resume",
    "forget",
    "aside",
    "retry",
    "remove",
    "keep",
    "remove_connector",
)
EDIT_ACTION = "footnote_connector_edit"
"""Opens the form of a connector that was added (bot.slack.connector_forms)."""
GAP_DAYS = 14
MAX_CONNECTORS = 20
"""Each takes four blocks at most, and Slack takes a hundred."""
MAX_RUNNING = 8
MAX_GAPS = 8
MAX_AUDIT = 10
MAX_REASON = 300
MAX_MISSING = 5
BAR = 20
_PERSON = re.compile(r"user:(\w+)/([UW][A-Z0-9]+)")


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


def desk_blocks(desk: Desk, language: str, *, note: str = "", buttons: Sequence[Block] = ()) -> list[Block]:
    """The desk; `note` says what came of the last click, `buttons` stand above the connectors."""
    blocks = [heading("home_admin", language)]
    if note:
        blocks.append(rich_text([word(shortened(note, MAX_REASON), bold=True)]))
    if buttons:
        blocks.append({"type": "actions", "elements": list(buttons)})
    if desk.status.running:
        title = word(texts.text("home_running", language), bold=True)
        lines = [[word(running_line(one, language))] for one in desk.status.running[:MAX_RUNNING]]
        blocks += [rich_text([title]), bullets(lines)]
    for connector in _shown(desk):
        blocks += _connector(connector, desk, language)
    if not desk.status.connectors:
        blocks.append(rich_text([word(texts.text("home_no_connectors", language))]))
    left = len(desk.status.connectors) - MAX_CONNECTORS
    if left > 0:
        blocks.append(rich_text([word(texts.text("more_sources", language, count=left))]))
    return [*blocks, *_models(desk, language), *_gaps(desk.gaps, language), *_audit(desk, language)]


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


def button(what: str, value: str, language: str, name: str = "") -> Block:
    """A button of the Home tab: `what` it does, of what, and the language it is labelled in."""
    return {
        "type": "button",
        "action_id": ACTION + what,
        "value": f"{language}:{value}",
        "text": plain(texts.text(name or f"home_{what}", language)),
    }


def _shown(desk: Desk) -> list[ConnectorStatus]:
    """In their order; where there are too many, those that want somebody first."""
    connectors = list(desk.status.connectors)
    if len(connectors) > MAX_CONNECTORS:
        connectors.sort(key=lambda one: not (one.error or one.is_paused or one.name in desk.aside))
    return connectors[:MAX_CONNECTORS]


def _connector(connector: ConnectorStatus, desk: Desk, language: str) -> list[Block]:
    counts = texts.text(
        "home_counts",
        language,
        state=texts.text(_state(connector), language),
        documents=f"{connector.documents:,}",
        s=texts.plural(connector.documents),
    )
    aside = desk.aside.get(connector.name, 0)
    if aside:
        counts += texts.text("home_aside_count", language, count=f"{aside:,}")
    lines = [
        [word(shortened(connector.name, MAX_NAME), bold=True), word(counts + "\n")],
        _runs(connector, language),
    ]
    if managed := _managed(connector, desk.team, language):
        lines[-1] += [word(" · "), *managed]
    doubt = desk.doubts.get(connector.name)
    is_asked_below = doubt is not None and doubt == connector.doubt
    if not is_asked_below and (reason := trouble_of(connector, language)):
        lines[-1].append(word("\n"))
        lines.append(_trouble(connector, reason, desk.team, language))
    blocks = [rich_text(*lines)]
    if doubt is not None:
        blocks += _doubt(doubt, language)
    return [*blocks, {"type": "actions", "elements": _buttons(connector, aside, language)}]


def _state(connector: ConnectorStatus) -> str:
    if not connector.kind:
        return "home_unlisted"
    if connector.is_paused:
        return "home_held"
    return "home_failing" if connector.error else "home_active"


def _runs(connector: ConnectorStatus, language: str) -> list[Block]:
    never = word(texts.text("source_never", language))
    unplanned = word(texts.text("home_unplanned", language))
    runs = connector.next_run if not connector.is_paused else None
    return [
        word(texts.text("home_last", language)),
        _moment(connector.finished_at) if connector.finished_at else never,
        word(texts.text("home_next", language)),
        _moment(runs) if runs else unplanned,
    ]


def _managed(connector: ConnectorStatus, team: str, language: str) -> list[Block]:
    """Where it is changed: in the file, or here, where somebody added it."""
    if connector.line:
        return [word(texts.text("home_in_file", language, line=connector.line))]
    if not connector.added_by:
        return []
    person = _person(connector.added_by, team, language)
    if person is None:
        return [word(texts.text("home_added_here", language))]
    return _around(person, "home_added_by", language)


def _trouble(connector: ConnectorStatus, reason: str, team: str, language: str) -> list[Block]:
    """Why it is paused or fails, and who paused it: that alone where they gave no reason."""
    person = _person(connector.paused_by, team, language) if connector.is_paused else None
    if person is None:
        return [word(shortened(reason, MAX_REASON))]
    if connector.pause_reason == PAUSED:
        return _around(person, "home_paused_alone", language)
    return [word(shortened(reason, MAX_REASON)), *_around(person, "home_paused_by", language)]


def _person(principal: str, team: str, language: str) -> Block | None:
    """Somebody as an element; None for what is no person of Slack (the command line)."""
    found = _PERSON.fullmatch(principal)
    if found is None:
        return None
    if found[1] != team:
        return word(texts.text("home_somebody", language))
    return {"type": "user", "user_id": found[2]}


def _around(person: Block, name: str, language: str) -> list[Block]:
    """One of our texts with a person in it."""
    before, _, behind = texts.text(name, language, person="\0").partition("\0")
    return [*([word(before)] if before else []), person, *([word(behind)] if behind else [])]


def _buttons(connector: ConnectorStatus, aside: int, language: str) -> list[Block]:
    name = connector.name
    buttons = []
    if connector.kind:
        turn = RESUME if connector.is_paused else PAUSE
        buttons = [button(what, name, language) for what in (SYNC, PREVIEW, turn)]
    if aside:
        buttons.append(button(ASIDE, name, language))
    buttons.append(access_button(name, language))
    if connector.added_by:
        value = value_of("edit", name, language)
        buttons.append({**button("edit", name, language), "action_id": EDIT_ACTION, "value": value})
    counted = {
        "name": shortened(name, MAX_NAME),
        "documents": f"{connector.documents:,}",
        "s": texts.plural(connector.documents),
    }
    confirm = "home_forget_keeps" if connector.kind else "home_forget_confirm"
    said = texts.text(confirm, language, **counted)
    buttons.append(_asking_first(button(FORGET, name, language), said, "home_forget", language))
    if connector.added_by:
        said = texts.text("home_remove_confirm", language, **counted)
        remove = button(REMOVE_CONNECTOR, name, language)
        buttons.append(_asking_first(remove, said, "home_remove_connector", language))
    return buttons


def _doubt(doubt: Doubt, language: str) -> list[Block]:
    counted = {"held": f"{doubt.held:,}", "gone": f"{len(doubt.gone):,}"}
    said = [word(texts.text("home_doubt", language, **counted))]
    named = [[word(shortened(item_id, MAX_REASON))] for item_id in doubt.gone[:MAX_MISSING]]
    if len(doubt.gone) > MAX_MISSING:
        more = f"{len(doubt.gone) - MAX_MISSING:,}"
        named.append([word(texts.text("more_sources", language, count=more))])
    block = rich_text(said)
    block["elements"] += bullets(named)["elements"]
    remove = button(REMOVE, doubt.id, language, "doubt_remove")
    confirm = texts.text("doubt_confirm", language, gone=counted["gone"])
    remove = _asking_first(remove, confirm, "doubt_remove", language)
    return [
        block,
        {"type": "actions", "elements": [remove, button(KEEP, doubt.id, language, "doubt_keep")]},
    ]


def _asking_first(made: Block, said: str, name: str, language: str) -> Block:
    confirm = {
        "title": plain(texts.text(name, language)),
        "text": plain(said[:300]),
        "confirm": plain(texts.text(name, language)),
        "deny": plain(texts.text("close", language)),
        "style": "danger",
    }
    return {**made, "style": "danger", "confirm": confirm}


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
            _moment(entry.at),
            word(" · "),
            *_whoever(entry.who, desk.team, language),
            word(f" · {shortened(_deed(entry.what, language), MAX_NAME)} "),
            *([word(shortened(entry.detail, MAX_REASON))] if entry.detail else []),
        ]
        for entry in desk.audit[:MAX_AUDIT]
    ]
    shown = bullets(lines) if lines else rich_text([word(texts.text("home_none", language))])
    return [heading("home_audit", language), shown]


def _moment(at: datetime) -> Block:
    """Slack draws it in the time zone of whoever looks."""
    fallback = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} {time}",
        "fallback": fallback,
    }


def _deed(what: str, language: str) -> str:
    """What was done. A verb that is not known is shown as it is."""
    name = "audit_" + what.replace(" ", "_")
    return texts.text(name, language) if name in texts.names() else what


def _whoever(who: str, team: str, language: str) -> list[Block]:
    """A person of this workspace, an account of the machine or any other text."""
    if who == TERMINAL:
        return [word(texts.text("home_terminal", language))]
    if who.startswith(OF_TERMINAL):
        name = shortened(who.removeprefix(OF_TERMINAL), MAX_NAME)
        return [word(texts.text("home_on_terminal", language, name=name))]
    return _with_people(who, team)


def _with_people(text: str, team: str) -> list[Block]:
    """A text in which principals of this workspace are drawn as people. Nobody is told: it is no message."""
    elements: list[Block] = []
    end = 0
    for found in _PERSON.finditer(text):
        if found[1] != team:
            continue
        if found.start() > end:
            elements.append(word(text[end : found.start()]))
        elements.append({"type": "user", "user_id": found[2]})
        end = found.end()
    if end < len(text) or not elements:
        elements.append(word(text[end:]))
    return elements
