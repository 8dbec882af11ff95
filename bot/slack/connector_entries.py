"""What somebody typed into the form of a connector, and what it says of the one that is edited. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.connector_settings import Setting, settings_of
from bot.store.connectors import AddedConnector

KIND, NAME, SCHEDULE, TIMEZONE, OWNER_CHANNEL = "kind", "name", "schedule", "timezone", "owner_channel"
"""The block and the action of inputs that are no settings of a kind. Some kinds have a time zone among their
settings: there that one counts, for the schedule too."""
VERSION = "version"
MAX_VALUE = 3_000
"""Slack takes no longer text in an input."""


@dataclass(frozen=True)
class Entered:
    """What somebody typed into a form, or what a form begins with."""

    kind: str
    name: str
    settings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Texts by setting. Of a new connector without what is as its kind has it anyway; of one that is edited
    everything that stands in the form, with no text where it is empty."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those that were typed. A form never begins with one."""
    schedule: str = ""
    timezone: str = ""
    owner_channel: str = ""
    version: str = ""
    """Which state of a connector is edited; empty: it is a new one."""
    held: frozenset[str] = frozenset()
    """Its secrets that are stored: where none is typed they stay."""
    kept: frozenset[str] = frozenset()
    """Its settings that no form can show: they stay as they are."""


def has_own_timezone(kind: str) -> bool:
    """Is a time zone among the settings of a kind? Raises NotFound."""
    return any(setting.name == TIMEZONE for setting in settings_of(kind))


def shown_settings(form: Entered) -> list[Setting]:
    """Those that are needed first. Paths are of this machine, which no form may name. Raises NotFound."""
    settings = [one for one in settings_of(form.kind) if one.type != "path" and one.name not in form.kept]
    return sorted(settings, key=lambda one: not one.is_required)


def default_texts(setting: Setting) -> list[str]:
    """What its input holds as long as it is left as it was."""
    return _texts(setting.default if setting.type != "flag" else bool(setting.default))


# --- what was typed -> Entered -----------------------------------------------------------------------------


def chosen(view: Mapping[str, Any]) -> Entered:
    """What the first modal says. Raises KeyError, TypeError, AttributeError, ValueError for other views."""
    values = view["state"]["values"]
    option = values[KIND][KIND].get("selected_option") or {}
    return Entered(str(option.get("value") or ""), str(values[NAME][NAME].get("value") or "").strip())


def entered(view: Mapping[str, Any]) -> Entered:
    """What the second modal says, or that of an edit. Raises as `chosen` does, and NotFound."""
    remembered, values = json.loads(view["private_metadata"]), view["state"]["values"]
    form = Entered(str(remembered[KIND]), str(remembered[NAME]), version=str(remembered.get(VERSION) or ""))
    settings: dict[str, Sequence[str]] = {}
    secrets: dict[str, str] = {}
    for setting in shown_settings(form):
        if setting.name not in values:
            continue
        typed = _typed(setting, values[setting.name].get(setting.name) or {})
        if setting.type == "secret":
            if typed:
                secrets[setting.name] = typed[0]
        elif form.version or (typed and typed != default_texts(setting)):
            settings[setting.name] = typed
    channels = _state(values, OWNER_CHANNEL).get("selected_conversations") or [""]
    return replace(
        form,
        settings=settings,
        secrets=secrets,
        schedule=str(_state(values, SCHEDULE).get("value") or "").strip(),
        timezone=""
        if has_own_timezone(form.kind)
        else str(_state(values, TIMEZONE).get("value") or "").strip(),
        owner_channel=str(channels[0]),
    )


def _state(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    state: Mapping[str, Any] = values.get(name, {}).get(name) or {}
    return state


def _typed(setting: Setting, state: Mapping[str, Any]) -> list[str]:
    match setting.type:
        case "flag":
            return ["true" if state.get("selected_options") else "false"]
        case "choices":
            return [str(option["value"]) for option in state.get("selected_options") or ()]
        case "choice":
            return [str(option["value"])] if (option := state.get("selected_option")) else []
    value = str(state.get("value") or "")
    lines = value.splitlines() if setting.type == "list" else [value]
    return [text.strip() for text in lines if text.strip()]


# --- the connector that is edited --------------------------------------------------------------------------


def version_of(added: AddedConnector) -> str:
    """Changes with every change of it."""
    return added.changed_at.isoformat() if added.changed_at else "unchanged"


def of_added(added: AddedConnector) -> Entered:
    """The form of a connector as it is now. Raises NotFound where this Footnote has no such kind."""
    begun = Entered(
        added.kind,
        added.name,
        schedule=added.schedule,
        timezone="" if has_own_timezone(added.kind) else added.timezone,
        owner_channel=added.owner_channel,
        version=version_of(added),
    )
    form = beside(begun, added)
    shown = {setting.name for setting in shown_settings(form)}
    return replace(
        form, settings={name: _texts(value) for name, value in added.settings.items() if name in shown}
    )


def beside(form: Entered, added: AddedConnector) -> Entered:
    """The same with what is stored beside it: names of secrets, and of settings that no form can show."""
    kept = {
        setting.name
        for setting in settings_of(form.kind)
        if setting.name in added.settings and not _fits(setting, _texts(added.settings[setting.name]))
    }
    return replace(form, held=frozenset(added.secrets), kept=frozenset(kept))


def changes(form: Entered, added: AddedConnector) -> dict[str, Sequence[str]]:
    """The settings that the form has otherwise than the connector. No text: it is taken away."""
    found: dict[str, Sequence[str]] = {}
    for setting in shown_settings(form):
        if setting.type == "secret" or setting.name not in form.settings:
            continue
        typed, default = list(form.settings[setting.name]), default_texts(setting)
        if setting.name in added.settings:
            if not _are_same(setting, typed, _texts(added.settings[setting.name])):
                found[setting.name] = [] if typed == default else typed
        elif typed and typed != default:
            found[setting.name] = typed
    return found


def _are_same(setting: Setting, typed: Sequence[str], stored: Sequence[str]) -> bool:
    """What is chosen comes back in the order in which it is offered."""
    return sorted(typed) == sorted(stored) if setting.type == "choices" else typed == stored


def _fits(setting: Setting, texts: Sequence[str]) -> bool:
    """Would a form give these texts back as they are?"""
    match setting.type:
        case "path":
            return False
        case "flag":
            return True
        case "choice" | "choices":
            return all(text in setting.choices for text in texts)
        case "list":
            is_one_a_line = all(text.splitlines() == [text] and text == text.strip() for text in texts)
            return is_one_a_line and len("\n".join(texts)) <= MAX_VALUE
    return all(text == text.strip() and len(text) <= MAX_VALUE for text in texts)


def _texts(value: Any) -> list[str]:
    """A plain value, as it is typed."""
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return [] if value in (None, "") else [str(value)]
