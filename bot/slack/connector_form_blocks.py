"""The modals that add or edit a connector -> views. Pure.

A form is made from what its kind tells of its settings, so that a new kind needs nothing here. What comes
back from one is read by bot.slack.connector_entries.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot.connector_settings import Setting, about_kind, settings_of
from bot.slack import modal, texts
from bot.slack.connector_entries import (
    KIND,
    MAX_VALUE,
    NAME,
    OWNER_CHANNEL,
    SCHEDULE,
    TIMEZONE,
    VERSION,
    Entered,
    default_texts,
    has_own_timezone,
    shown_settings,
)
from bot.slack.home.blocks import MAX_NAME, plain, shortened, word
from bot.slack.render import Block, rich_text
from connectors import KINDS

KIND_VIEW = "footnote_connector_kind"
FORM_VIEW = "footnote_connector_form"
EDIT_VIEW = "footnote_connector_edit_form"
ADD_ACTION = "footnote_connector_add"
MAX_HINT = 2_000
MAX_OPTION = 75
MAX_NOTE = 600


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


def form_view(form: Entered, language: str, note: str = "", beside: str = "") -> dict[str, Any]:
    """The modal with what `form` holds but for secrets; `note` says above it what is wrong, and once more
    `beside` the input of that name.

    Raises NotFound where there is no such kind.
    """
    head = [word(form.name, bold=True), word(f" · {shortened(about_kind(form.kind), MAX_HINT)}")]
    blocks = [rich_text(head)]
    if note:
        blocks.append(rich_text([word(shortened(note, MAX_NOTE), bold=True)]))
    blocks += [_of_setting(one, form, language) for one in shown_settings(form)]
    blocks.append(_text_input(SCHEDULE, form.schedule, language))
    if not has_own_timezone(form.kind):
        blocks.append(_text_input(TIMEZONE, form.timezone, language))
    blocks.append(_owner_channel(form.owner_channel, language))
    behind = next((at for at, block in enumerate(blocks, 1) if beside and block.get("block_id") == beside), 0)
    if note and behind:
        blocks.insert(behind, rich_text([word(shortened(note, MAX_NOTE))]))
    remembered = {KIND: form.kind, NAME: form.name}
    if not form.version:
        return _submitted("connector_save", FORM_VIEW, json.dumps(remembered), blocks, language)
    if form.kept:
        names = ", ".join(sorted(form.kept))
        blocks.append(modal.words_block("connector_kept", language, settings=names))
    remembered[VERSION] = form.version
    view = _submitted("connector_save", EDIT_VIEW, json.dumps(remembered), blocks, language)
    return view | {"title": modal.plain_text("connector_edit_title", language)}


def words_view(name: str, language: str, /, *, is_edit: bool = False, **values: object) -> dict[str, Any]:
    """A modal that is only read: one of our texts."""
    title = "connector_edit_title" if is_edit else "connector_title"
    return modal.view(title, [modal.words_block(name, language, **values)], language)


def has_field(form: Entered, name: str) -> bool:
    """May something be said beside an input of this name?"""
    beside = (SCHEDULE, TIMEZONE, OWNER_CHANNEL)
    return name in beside or any(one.name == name for one in shown_settings(form))


def _of_setting(setting: Setting, form: Entered, language: str) -> Block:
    given = list(form.settings.get(setting.name) or ())
    is_held = setting.name in form.held
    hints = [setting.about]
    element: Block = {"type": "plain_text_input", "max_length": MAX_VALUE}
    match setting.type:
        case "flag":
            on = {"text": plain(texts.text("connector_on", language)), "value": "true"}
            element = {"type": "checkboxes", "options": [on]}
            if (given or default_texts(setting)) == ["true"]:
                element["initial_options"] = [on]
        case "choice" | "choices":
            options = {each: {"text": plain(each), "value": each} for each in setting.choices if each}
            initial = [options[each] for each in given or default_texts(setting) if each in options]
            is_one = setting.type == "choice"
            element = {
                "type": "static_select" if is_one else "multi_static_select",
                "options": list(options.values()),
            }
            if initial:
                element |= {"initial_option": initial[0]} if is_one else {"initial_options": initial}
        case "secret":
            hint = "connector_secret_kept" if is_held else "connector_secret_hint"
            hints.append(texts.text(hint, language))
        case "list":
            element["multiline"] = True
            hints.append(texts.text("connector_list_hint", language))
    if element["type"] == "plain_text_input":
        if given:
            element["initial_value"] = "\n".join(given)[:MAX_VALUE]
        if any("\n" in text for text in given):
            element["multiline"] = True
        if default := ", ".join(default_texts(setting)):
            hints.append(texts.text("connector_default_hint", language, default=default))
    return {
        "type": "input",
        "block_id": setting.name,
        "label": plain(setting.name),
        "element": {**element, "action_id": setting.name},
        "optional": is_held or not setting.is_required,
        **({"hint": plain(shortened(said, MAX_HINT))} if (said := " ".join(filter(None, hints))) else {}),
    }


def _text_input(name: str, given: str, language: str) -> Block:
    """An optional line beside the settings; its label and hint are texts of ours."""
    element: Block = {"type": "plain_text_input", "max_length": MAX_NAME}
    if given:
        element["initial_value"] = given[:MAX_NAME]
    hint = texts.text(f"connector_{name}_hint", language)
    return _input(name, f"connector_{name}", language, element, hint=hint, is_optional=True)


def _owner_channel(given: str, language: str) -> Block:
    """One channel at most: a choice of several can be emptied again, one of a single channel cannot."""
    element: Block = {
        "type": "multi_conversations_select",
        "max_selected_items": 1,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    if given:
        element["initial_conversations"] = [given]
    hint = texts.text("connector_owner_channel_hint", language)
    return _input(OWNER_CHANNEL, "connector_owner_channel", language, element, hint=hint, is_optional=True)


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
