"""Tuned adapters on the Home tab of admins -> blocks. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import texts
from bot.slack.clicks import value_of
from bot.slack.home.blocks import MAX_NAME, MAX_REASON, bullets, heading, moment, plain, shortened, word
from bot.slack.render import Block, rich_text
from bot.store.adapters import Staleness
from bot.tuning.activation.choice import CHANNEL, EVERYWHERE, SHARE, Activation
from bot.tuning.activation.registry import AdapterStatus
from bot.tuning.activation.runs import Stage, TunedRun
from bot.tuning.activation.watch import Comparison
from bot.tuning.schedule import Prospect

TABLE_ACTION = "footnote_tuning_table"
ACTIVATE_ACTION = "footnote_tuning_activate"
ROLL_BACK_ACTION = "footnote_tuning_roll_back"
MAX_RUNS = 4
"""Each takes two blocks."""
MAX_PLACES = 5


def tuning_blocks(runs: Sequence[TunedRun], prospect: Prospect | None, language: str) -> list[Block]:
    """The section: what is being prepared, and the runs, those that answer first."""
    blocks = [heading("tuning", language)]
    if prospect is not None and (lines := _prospect(prospect, language)):
        blocks.append(bullets(lines))
    if not runs:
        blocks.append(rich_text([word(texts.text("tuning_none", language))]))
    under_way = prospect.name if prospect is not None and prospect.step else ""
    for run in runs[:MAX_RUNS]:
        blocks += _run(run, language, is_under_way=run.name == under_way)
    if len(runs) > MAX_RUNS:
        more = texts.text("tuning_more", language, count=f"{len(runs) - MAX_RUNS:,}")
        blocks.append(rich_text([word(more)]))
    return blocks


def unread_blocks(reason: str, language: str) -> list[Block]:
    """The section, where it cannot be made."""
    said = texts.text("tuning_unread", language, reason=shortened(reason, MAX_REASON))
    return [heading("tuning", language), rich_text([word(said)])]


def _prospect(prospect: Prospect, language: str) -> list[list[Block]]:
    lines: list[list[Block]] = []
    if prospect.name and prospect.step:
        step = texts.text(f"tuning_step_{prospect.step}", language)
        name = shortened(prospect.name, MAX_NAME)
        said = texts.text("tuning_preparing", language, name=name, step=step)
        if prospect.is_waiting:
            said += texts.text("tuning_waiting", language)
        lines.append([word(said)])
    if prospect.next_run is not None:
        lines.append([word(texts.text("tuning_next", language)), moment(prospect.next_run)])
    if prospect.after_answers:
        counted = {"approved": f"{prospect.approved:,}", "after": f"{prospect.after_answers:,}"}
        lines.append([word(texts.text("tuning_approved", language, **counted))])
    return lines


def _run(run: TunedRun, language: str, *, is_under_way: bool) -> list[Block]:
    """How it is, and what may be done with it. Since when it answers stands beside where."""
    is_begun = run.adapter is None and not run.trouble
    state = texts.text("tuning_under_way", language) if is_under_way and is_begun else _state(run, language)
    head = [word(shortened(run.name, MAX_NAME), bold=True), word(f" – {state}")]
    if not run.is_active:
        head += [word(" · "), moment(run.at)]
    block = rich_text(head)
    if run.adapter is not None and (lines := _more(run.adapter, language)):
        block["elements"] += bullets(lines)["elements"]
    buttons = _buttons(run, language)
    return [block, *([{"type": "actions", "elements": buttons}] if buttons else [])]


def _state(run: TunedRun, language: str) -> str:
    adapter = run.adapter
    if trouble := run.trouble or (adapter.trouble if adapter else ""):
        return texts.text("tuning_broken", language, reason=shortened(trouble, MAX_REASON))
    if adapter is None:
        return texts.text("tuning_begun" if run.stage is Stage.BEGUN else "tuning_trained", language)
    if run.is_active:
        is_whole = any(one.scope == EVERYWHERE for one in adapter.activations)
        return texts.text("tuning_answers" if is_whole else "tuning_canary", language)
    if adapter.card is None:
        return texts.text("tuning_exported", language)
    return texts.text("tuning_open" if adapter.may_be_activated else "tuning_shut", language)


def _more(adapter: AdapterStatus, language: str) -> list[list[Block]]:
    """Where it answers, how it does there, and whether its documents are still the same."""
    lines = [_place(one, language) for one in adapter.activations[:MAX_PLACES]]
    lines += [_comparison(one, language) for one in adapter.comparisons if one.answers]
    if adapter.staleness.documents:
        lines.append([word("⚠️ " + _stale(adapter.staleness, language))])
    return lines


def _stale(stale: Staleness, language: str) -> str:
    counts = {"changed": stale.changed, "gone": stale.gone, "narrowed": stale.narrowed}
    said = [
        texts.text(f"tuning_stale_{name}", language, count=f"{count:,}")
        for name, count in counts.items()
        if count
    ]
    return texts.text("tuning_stale", language, counts=", ".join(said))


def _place(activation: Activation, language: str) -> list[Block]:
    before, _, behind = texts.text("tuning_since", language, date="\0").partition("\0")
    since = [word(before), moment(activation.since), word(behind)]
    if activation.scope == CHANNEL:
        return [{"type": "channel", "channel_id": activation.channel}, *since]
    if activation.scope == SHARE:
        return [word(texts.text("tuning_share", language, share=percent(activation.share))), *since]
    return [word(texts.text("tuning_everywhere", language)), *since]


def percent(share: float) -> str:
    """A share as people give it: "10", "2.5"."""
    return f"{100 * share:.4g}"


def _comparison(one: Comparison, language: str) -> list[Block]:
    figures = texts.text(
        "tuning_compared",
        language,
        rate=f"{one.rate:.0%}",
        answers=f"{one.answers:,}",
        base=f"{one.base_rate:.0%}" if one.base_answers else "–",
        base_answers=f"{one.base_answers:,}",
    )
    if one.is_worse:
        figures += texts.text("tuning_worse", language)
    return [word(texts.text(f"tuning_{one.figure}", language)), word(figures)]


def _buttons(run: TunedRun, language: str) -> list[Block]:
    buttons = []
    if run.stage is Stage.MEASURED:
        buttons.append(_button("table", TABLE_ACTION, run.name, language))
        if run.adapter is not None:
            words = "activate" if run.adapter.may_be_activated else "why_not"
            if run.is_active:
                words = "widen"
            buttons.append(_button(words, ACTIVATE_ACTION, run.name, language))
    if run.is_active:
        back = _button("roll_back", ROLL_BACK_ACTION, run.name, language)
        said = texts.text("tuning_roll_back_confirm", language, name=shortened(run.name, MAX_NAME))
        back["style"] = "danger"
        back["confirm"] = {
            "title": plain(texts.text("tuning_roll_back", language)),
            "text": plain(said[:300]),
            "confirm": plain(texts.text("tuning_roll_back", language)),
            "deny": plain(texts.text("close", language)),
            "style": "danger",
        }
        buttons.append(back)
    return buttons


def _button(words: str, action: str, name: str, language: str) -> Block:
    return {
        "type": "button",
        "action_id": action,
        "value": value_of("tuning", name, language),
        "text": plain(texts.text(f"tuning_{words}", language)),
    }
