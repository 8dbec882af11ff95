"""The modals that add a connector -> views, and back: what was entered in them. Pure.

A form is made from what its kind tells of its settings, so that a new kind needs nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.connector_settings import Setting, about_kind, settings_of
from bot.slack import modal, texts
from bot.slack.home.blocks import MAX_NAME, plain, shortened, word
from bot.slack.render import Block, rich_text
from connectors import KINDS

KIND_VIEW = "footnote_connector_kind"
FORM_VIEW = "footnote_connector_form"
ADD_ACTION = "footnote_connector_add"
KIND, NAME, SCHEDULE = "kind", "name", "schedule"
"""The block and the action of inputs that are no settings of a kind."""
MAX_HINT = 2_000
MAX_OPTION = 75
MAX_VALUE = 3_000
MAX_NOTE = 600


@dataclass(frozen=True)
class Entered:
    """What somebody typed into a form."""

    kind: str
    name: str
    settings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Texts by setting; what is as its kind has it anyway is left out."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    schedule: str = ""


def add_button(language: str) -> Block:
    """What opens the first modal."""
    return {
        "type": "button",
        "action_id": ADD_ACTION,
        "value": f"add:connector:{language}",
        "style": "primary",
        "text": plain(texts.text("connector_add", language)),
    }


def offered_kinds() -> list[str]:
    """Kinds that need nothing of the machine's own files: those only somebody at the machine may name."""
    return [
        kind for kind in KINDS if not any(one.is_required and one.type == "path" for one in settings_of(kind))
    ]


def kind_view(language: str, note: str = "") -> dict[str, Any]:
    """The first modal: which kind, and its name; `note` says above it what is wrong."""
    options = [
        {
            "text": plain(kind),
            "value": kind,
            "description": plain(shortened(about_kind(kind), MAX_OPTION)),
        }
        for kind in offered_kinds()
    ]
    blocks = [rich_text([word(shortened(note, MAX_NOTE), bold=True)])] if note else []
    blocks += [
        _input(KIND, "connector_kind", language, {"type": "static_select", "options": options}),
        _input(
            NAME,
            "connector_name",
            language,
            {"type": "plain_text_input", "max_length": 40},
            hint=texts.text("connector_name_hint", language),
        ),
    ]
    return _submitted("connector_form_next", KIND_VIEW, "", blocks, language)


def form_view(entered: Entered, language: str, note: str = "") -> dict[str, Any]:
    """The second modal, with what was entered but for secrets; `note` says above it what is wrong.

    Raises NotFound where there is no such kind.
    """
    head = [word(entered.name, bold=True), word(f" · {shortened(about_kind(entered.kind), MAX_HINT)}")]
    blocks = [rich_text(head)]
    if note:
        blocks.append(rich_text([word(shortened(note, MAX_NOTE), bold=True)]))
    blocks += [_of_setting(one, entered, language) for one in _shown(entered.kind)]
    schedule = {"type": "plain_text_input", "max_length": MAX_NAME}
    if entered.schedule:
        schedule["initial_value"] = entered.schedule
    hint = texts.text("connector_schedule_hint", language)
    blocks.append(_input(SCHEDULE, "connector_schedule", language, schedule, hint=hint, is_optional=True))
    remembered = json.dumps({KIND: entered.kind, NAME: entered.name})
    return _submitted("connector_save", FORM_VIEW, remembered, blocks, language)


def words_view(name: str, language: str, /, **values: object) -> dict[str, Any]:
    """A modal that is only read: one of our texts."""
    return modal.view("connector_title", [modal.words_block(name, language, **values)], language)


def chosen(view: Mapping[str, Any]) -> Entered:
    """What the first modal says. Raises KeyError, TypeError, AttributeError, ValueError for other views."""
    values = view["state"]["values"]
    option = values[KIND][KIND].get("selected_option") or {}
    return Entered(str(option.get("value") or ""), str(values[NAME][NAME].get("value") or "").strip())


def entered(view: Mapping[str, Any]) -> Entered:
    """What the second modal says. Raises as `chosen` does, and NotFound."""
    remembered, values = json.loads(view["private_metadata"]), view["state"]["values"]
    kind, name = str(remembered[KIND]), str(remembered[NAME])
    settings: dict[str, Sequence[str]] = {}
    secrets: dict[str, str] = {}
    for setting in _shown(kind):
        state = values.get(setting.name, {}).get(setting.name) or {}
        typed = _typed(setting, state)
        if setting.type == "secret":
            if typed:
                secrets[setting.name] = typed[0]
        elif typed and typed != _default(setting):
            settings[setting.name] = typed
    schedule = str((values.get(SCHEDULE, {}).get(SCHEDULE) or {}).get("value") or "").strip()
    return Entered(kind, name, settings, secrets, schedule)


def has_field(kind: str, name: str) -> bool:
    """May something be said beside an input of this name?"""
    return name == SCHEDULE or any(one.name == name for one in _shown(kind))


def _shown(kind: str) -> list[Setting]:
    """Those that are needed first. Paths are of this machine, which no form may name."""
    settings = [one for one in settings_of(kind) if one.type != "path"]
    return sorted(settings, key=lambda one: not one.is_required)


def _typed(setting: Setting, state: Mapping[str, Any]) -> list[str]:
    match setting.type:
        case "flag":
            return ["true" if state.get("selected_options") else "false"]
        case "choices":
            return [str(option["value"]) for option in state.get("selected_options") or ()]
        case "choice":
            return [str(option["value"])] if (option := state.get("selected_option")) else []
    value = str(state.get("value") or "")
    texts_of = value.splitlines() if setting.type == "list" else [value]
    return [text.strip() for text in texts_of if text.strip()]


def _default(setting: Setting) -> list[str]:
    """As `_typed` gives what is left as it was."""
    default = setting.default
    if setting.type == "flag":
        return ["true" if default else "false"]
    if isinstance(default, list | tuple):
        return [str(each) for each in default]
    return [] if default in (None, "") else [str(default)]


def _of_setting(setting: Setting, entered: Entered, language: str) -> Block:
    given = list(entered.settings.get(setting.name) or ())
    hints = [setting.about]
    element: Block = {"type": "plain_text_input", "max_length": MAX_VALUE}
    match setting.type:
        case "flag":
            on = {"text": plain(texts.text("connector_on", language)), "value": "true"}
            element = {"type": "checkboxes", "options": [on]}
            if (given or _default(setting)) == ["true"]:
                element["initial_options"] = [on]
        case "choice" | "choices":
            options = {each: {"text": plain(each), "value": each} for each in setting.choices if each}
            initial = [options[each] for each in given or _default(setting) if each in options]
            is_one = setting.type == "choice"
            element = {
                "type": "static_select" if is_one else "multi_static_select",
                "options": list(options.values()),
            }
            if initial:
                element |= {"initial_option": initial[0]} if is_one else {"initial_options": initial}
        case "secret":
            hints.append(texts.text("connector_secret_hint", language))
        case "list":
            element["multiline"] = True
            hints.append(texts.text("connector_list_hint", language))
    if element["type"] == "plain_text_input":
        if given:
            element["initial_value"] = "\n".join(given)[:MAX_VALUE]
        if default := ", ".join(_default(setting)):
            hints.append(texts.text("connector_default_hint", language, default=default))
    return {
        "type": "input",
        "block_id": setting.name,
        "label": plain(setting.name),
        "element": {**element, "action_id": setting.name},
        "optional": not setting.is_required,
        **({"hint": plain(shortened(hint, MAX_HINT))} if (hint := " ".join(filter(None, hints))) else {}),
    }


def _input(
    name: str, label: str, language: str, element: Block, *, hint: str = "", is_optional: bool = False
) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": modal.plain_text(label, language),
        "element": {**element, "action_id": name},
        "optional": is_optional,
        **({"hint": plain(hint)} if hint else {}),
    }


def _submitted(
    submit: str, callback_id: str, remembered: str, blocks: Sequence[Block], language: str
) -> dict[str, Any]:
    return {
        **modal.view("connector_title", blocks, language),
        "callback_id": callback_id,
        "private_metadata": remembered,
        "submit": modal.plain_text(submit, language),
    }
