"""The modals about tuned adapters -> views, and what comes back from the one that activates. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.answering.language import Language
from bot.slack import modal, texts
from bot.slack.home.blocks import MAX_NAME, MAX_REASON, bullets, plain, shortened, word
from bot.slack.render import Block, rich_text
from bot.tuning.activation.choice import CHANNEL, EVERYWHERE, SHARE
from bot.tuning.activation.gate import PAIR, Refusal
from bot.tuning.activation.registry import AdapterStatus
from bot.tuning.folders import is_name
from bot.tuning.proof.fixed import FIXED
from bot.tuning.proof.words import METRIC_WORDS

TABLE_TITLE, ACTIVATE_TITLE = "tuning_table_title", "tuning_activate_title"
ACTIVATE_VIEW = "footnote_tuning_activate_form"
WHERE, CHANNEL_INPUT, PERCENT = "tuning_where", "tuning_channel", "tuning_percent"
FIRST_PERCENT = "10"
SHOWN = ("correct", "citation_precision", "abstained_when_unanswerable", "false_refusals")
"""Lines of the table; all of them stand in the report of footnote tune evaluate."""


@dataclass(frozen=True)
class Wanted:
    """What an admin wants of an adapter."""

    name: str
    where: str
    """EVERYWHERE, CHANNEL or SHARE."""
    channel: str
    """Its id; "" where none was chosen."""
    percent: str

    @property
    def share(self) -> float:
        """Of the questions; not a number where it cannot be read."""
        if self.where != SHARE:
            return 1.0
        return int(self.percent) / 100 if self.percent.isdecimal() else math.nan

    def errors(self, language: str) -> dict[str, str]:
        """What is missing, by block."""
        if self.where == CHANNEL and not self.channel:
            return {CHANNEL_INPUT: texts.text("tuning_channel_needed", language)}
        if self.where == SHARE and not 0.01 <= self.share <= 0.99:
            return {PERCENT: texts.text("tuning_percent_needed", language)}
        return {}


def wanted_of(view: Mapping[str, Any]) -> Wanted | None:
    """What the form says; None where it is none of ours."""
    name = view.get("private_metadata")
    values = (view.get("state") or {}).get("values") or {}
    where = str((_state(values, WHERE).get("selected_option") or {}).get("value") or "")
    if not isinstance(name, str) or not is_name(name) or where not in (EVERYWHERE, CHANNEL, SHARE):
        return None
    channels = _state(values, CHANNEL_INPUT).get("selected_conversations") or []
    channel = str(channels[0]) if where == CHANNEL and isinstance(channels, list) and channels else ""
    return Wanted(name, where, channel, str(_state(values, PERCENT).get("value") or "").strip()[:8])


# --- views ------------------------------------------------------------------------------------------------


def table_view(status: AdapterStatus, language: str) -> dict[str, Any]:
    """Whether the adapter may be activated, and what was measured, in short."""
    card: Mapping[str, Any] = status.card or {}
    name = shortened(status.adapter.name, MAX_NAME)
    questions = _at(card, "questions")
    counted = sum(n for n in questions.values() if isinstance(n, int)) if isinstance(questions, dict) else 0
    blocks = [rich_text([word(texts.text("tuning_lead", language, name=name, questions=f"{counted:,}"))])]
    if status.trouble:
        said = texts.text("tuning_broken", language, reason=shortened(status.trouble, MAX_REASON))
        blocks.append(rich_text([word(said, bold=True)]))
    elif status.may_be_activated:
        blocks.append(rich_text([word(texts.text("tuning_gate_open", language), bold=True)]))
    else:
        blocks.append(_refused(status.adapter.name, status.refusals, language))
    blocks.append({"type": "divider"})
    blocks += [_metric(card, metric, language) for metric in SHOWN]
    blocks += [_fixed(card, name, language) for name in FIXED]
    return modal.view(TABLE_TITLE, blocks, language)


def refusals_view(name: str, refusals: Sequence[Refusal], language: str) -> dict[str, Any]:
    """Why an adapter may not be activated."""
    return modal.view(ACTIVATE_TITLE, [_refused(name, refusals, language)], language)


def activate_view(status: AdapterStatus, language: str) -> dict[str, Any]:
    """The form that asks where an adapter is to answer."""
    name = status.adapter.name
    blocks = [rich_text([word(shortened(name, MAX_NAME), bold=True)])]
    blocks.append(modal.words_block("tuning_promise", language))
    if status.adapter.readers is not None:
        blocks.append(modal.words_block("tuning_readers", language))
    options = {
        where: {"text": plain(texts.text(f"tuning_where_{where}", language)), "value": where}
        for where in (SHARE, CHANNEL, EVERYWHERE)
    }
    chosen = {"type": "radio_buttons", "options": list(options.values()), "initial_option": options[SHARE]}
    percent = {
        "type": "number_input",
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": "99",
        "initial_value": FIRST_PERCENT,
    }
    channel = {
        "type": "multi_conversations_select",
        "max_selected_items": 1,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    blocks += [
        _input(WHERE, chosen, language),
        _input(PERCENT, percent, language, is_optional=True),
        _input(CHANNEL_INPUT, channel, language, is_optional=True),
    ]
    return {
        **modal.view(ACTIVATE_TITLE, blocks, language),
        "callback_id": ACTIVATE_VIEW,
        "private_metadata": name,
        "submit": modal.plain_text("tuning_activate", language),
    }


def _input(name: str, element: Block, language: str, *, is_optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": modal.plain_text(name, language),
        "element": {**element, "action_id": name},
        "optional": is_optional,
    }


def _metric(card: Mapping[str, Any], metric: str, language: str) -> Block:
    """One line of the table: the four arms, and the difference that people would notice."""
    words = METRIC_WORDS[_language(language)][metric]
    lines: list[str] = []
    for text, first, second, pair in (
        ("tuning_with", "base+retrieval", "tuned+retrieval", PAIR),
        ("tuning_alone", "base", "tuned", ""),
    ):
        sides = [_at(card, "arms", arm, "metrics", metric, "value") for arm in (first, second)]
        if all(side is None for side in sides) and not pair:
            continue
        said = texts.text(text, language, base=_share(sides[0]), tuned=_share(sides[1]))
        lines.append(said + (_difference(_at(card, "gains", pair, metric), language) if pair else ""))
    return rich_text([word(words, bold=True), word("\n" + "\n".join(lines))])


def _fixed(card: Mapping[str, Any], name: str, language: str) -> Block:
    """One line of the tasks that come with Footnote."""
    sides = [_share(_at(card, name, side, "value")) for side in ("base", "tuned")]
    said = texts.text("tuning_sides", language, base=sides[0], tuned=sides[1])
    said += _difference(_at(card, name, "gain"), language)
    return rich_text([word(METRIC_WORDS[_language(language)][name] + "\n", bold=True), word(said)])


def _refused(name: str, refusals: Sequence[Refusal], language: str) -> Block:
    head = texts.text("tuning_gate_shut", language, name=shortened(name, MAX_NAME))
    block = rich_text([word(head, bold=True)])
    if refusals:
        block["elements"] += bullets([[word(_rule(one, language))] for one in refusals])["elements"]
    return block


def _rule(refusal: Refusal, language: str) -> str:
    """A rule that is not known is said as the gate says it."""
    name = f"tuning_rule_{refusal.rule}"
    if name not in texts.names():
        return shortened(refusal.why, MAX_REASON)
    said = texts.text(name, language, figures=refusal.figures)
    if refusal.figures or refusal.rule == "scorecard":
        return said
    return f"{said} ({texts.text('tuning_unmeasured', language)})"


def _difference(gain: object, language: str) -> str:
    """ "" where it was not measured."""
    ends = [_at(gain, which) for which in ("value", "low", "high")]
    if any(_number(end) is None for end in ends):
        return f" ({texts.text('tuning_unmeasured', language)})"
    value, low, high = (f"{100 * float(end):+.0f}" for end in ends)
    return texts.text("tuning_difference", language, value=value, low=low, high=high)


def _share(value: object) -> str:
    number = _number(value)
    return "–" if number is None else f"{100 * number:.0f}%"


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _at(value: object, *keys: str) -> Any:
    """What stands there in a file that somebody may have written by hand; None where nothing does."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _state(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What was put into an input whose block is called as itself is."""
    return (values.get(name) or {}).get(name) or {}


def _language(language: str) -> Language:
    return "ko" if language == texts.KOREAN else "en"
