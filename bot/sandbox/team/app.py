"""The app that is installed in the workspace, as its manifest describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bot.sandbox.shapes import words

SCOPES = words(
    "app_mentions:read assistant:write chat:write commands channels:history channels:read groups:history"
    " groups:read im:history im:read im:write mpim:history mpim:read users:read users:read.email"
    " usergroups:read reactions:write files:write"
)
EVENTS = words(
    "app_mention message.im message.channels message.groups message.mpim app_home_opened app_context_changed"
    " agent_session_stopped agent_session_title_changed member_joined_channel member_left_channel"
)


@dataclass(frozen=True)
class Command:
    """A slash command."""

    name: str
    description: str = ""
    usage_hint: str = ""


@dataclass(frozen=True)
class Shortcut:
    """Something a person can start from the composer ("global") or from a message's menu ("message")."""

    kind: str
    name: str
    callback_id: str
    description: str = ""


FOOTNOTE = Command("/footnote", "Ask the company's documents", "ask | reindex | status | sources | help")


@dataclass(frozen=True)
class App:
    """What the app may do, what it wants to hear, and what people find of it in the workspace."""

    name: str = "footnote"
    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = EVENTS
    commands: tuple[Command, ...] = (FOOTNOTE,)
    shortcuts: tuple[Shortcut, ...] = ()
    surface: str = "agent_view"
    """agent_view, assistant_view (the older one), or "" for a bot that is no assistant."""
    home_tab: bool = True

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> Self:
        """The app of a manifest, as api.slack.com/apps takes it (JSON, already read).

        Raises ValueError, naming the key, where it is not shaped like one.
        """
        features = _table(manifest, "features")
        bot = _table(manifest, "oauth_config.scopes").get("bot", [])
        events = _table(manifest, "settings.event_subscriptions").get("bot_events", [])
        commands = _entries(manifest, "features.slash_commands", "command")
        shortcuts = _entries(manifest, "features.shortcuts", "callback_id")
        surfaces = [surface for surface in ("agent_view", "assistant_view") if surface in features]
        if len(surfaces) > 1:
            raise ValueError("features: agent_view and assistant_view exclude each other")
        return cls(
            name=str(_table(manifest, "features.bot_user").get("display_name", cls.name)),
            scopes=_names(bot, "oauth_config.scopes.bot"),
            events=_names(events, "settings.event_subscriptions.bot_events"),
            commands=tuple(
                Command(entry["command"], entry.get("description", ""), entry.get("usage_hint", ""))
                for entry in commands
            ),
            shortcuts=tuple(
                Shortcut(
                    entry.get("type", "global"),
                    entry.get("name", entry["callback_id"]),
                    entry["callback_id"],
                    entry.get("description", ""),
                )
                for entry in shortcuts
            ),
            surface=surfaces[0] if surfaces else "",
            home_tab=bool(_table(manifest, "features.app_home").get("home_tab_enabled", False)),
        )


def _table(manifest: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    table = manifest
    for name in path.split("."):
        found = table.get(name, {})
        if not isinstance(found, Mapping):
            raise ValueError(f"{path}: an object was expected")
        table = found
    return table


def _entries(manifest: Mapping[str, Any], path: str, needed: str) -> list[dict[str, str]]:
    parent, _, last = path.rpartition(".")
    entries = _table(manifest, parent).get(last, [])
    if not isinstance(entries, list) or any(
        not isinstance(entry, Mapping) or not entry.get(needed) for entry in entries
    ):
        raise ValueError(f"{path}: a list of objects with {needed!r} was expected")
    return [dict(entry) for entry in entries]


def _names(given: object, path: str) -> frozenset[str]:
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise ValueError(f"{path}: a list of names was expected")
    return frozenset(given)
