"""A connector as admins see it on their Home tab, and what they may do with it -> blocks. Pure."""

from __future__ import annotations

from bot.admin import PAUSED
from bot.connector_status import ConnectorStatus
from bot.slack import texts
from bot.slack.clicks import value_of
from bot.slack.home.access_review_view import access_button
from bot.slack.home.blocks import MAX_NAME, MAX_REASON, bullets, moment, plain, shortened, word
from bot.slack.home.principals import around, person_of
from bot.slack.render import Block, rich_text
from bot.slack.reports import trouble_of
from bot.store.doubts import Doubt

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
MAX_MISSING = 5


def connector_blocks(
    connector: ConnectorStatus, team: str, aside: int, doubt: Doubt | None, language: str
) -> list[Block]:
    """One connector with its buttons: how it is, when it runs, where it is managed, what is wrong with it.

    `aside`: how many of its items could not be read; `doubt`: what an admin is asked about it. Principals of
    the workspace `team` are drawn as people.
    """
    counts = texts.text(
        "home_counts",
        language,
        state=texts.text(_state(connector), language),
        documents=f"{connector.documents:,}",
        s=texts.plural(connector.documents),
    )
    if aside:
        counts += texts.text("home_aside_count", language, count=f"{aside:,}")
    lines = [
        [word(shortened(connector.name, MAX_NAME), bold=True), word(counts + "\n")],
        _runs(connector, language),
    ]
    if managed := _managed(connector, team, language):
        lines[-1] += [word(" · "), *managed]
    is_asked_below = doubt is not None and doubt == connector.doubt
    if not is_asked_below and (reason := trouble_of(connector, language)):
        lines[-1].append(word("\n"))
        lines.append(_trouble(connector, reason, team, language))
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
        moment(connector.finished_at) if connector.finished_at else never,
        word(texts.text("home_next", language)),
        moment(runs) if runs else unplanned,
    ]


def button(what: str, value: str, language: str, name: str = "") -> Block:
    """A button of the Home tab: `what` it does, of what, and the language it is labelled in."""
    return {
        "type": "button",
        "action_id": ACTION + what,
        "value": f"{language}:{value}",
        "text": plain(texts.text(name or f"home_{what}", language)),
    }


def _managed(connector: ConnectorStatus, team: str, language: str) -> list[Block]:
    """Where it is changed: in the file, or here, where somebody added it."""
    if connector.line:
        return [word(texts.text("home_in_file", language, line=connector.line))]
    if not connector.added_by:
        return []
    person = person_of(connector.added_by, team, language)
    if person is None:
        return [word(texts.text("home_added_here", language))]
    return around(person, "home_added_by", language)


def _trouble(connector: ConnectorStatus, reason: str, team: str, language: str) -> list[Block]:
    """Why it is paused or fails, and who paused it: that alone where they gave no reason."""
    person = person_of(connector.paused_by, team, language) if connector.is_paused else None
    if person is None:
        return [word(shortened(reason, MAX_REASON))]
    if connector.pause_reason == PAUSED:
        return around(person, "home_paused_alone", language)
    return [word(shortened(reason, MAX_REASON)), *around(person, "home_paused_by", language)]


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
