"""The app as its manifest describes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import App, Shortcut

MANIFEST: dict[str, Any] = {
    "features": {
        "bot_user": {"display_name": "helper"},
        "app_home": {"home_tab_enabled": True},
        "assistant_view": {"assistant_description": "helps"},
        "slash_commands": [{"command": "/help-me", "description": "Helps", "usage_hint": "[topic]"}],
        "shortcuts": [
            {"name": "Ask about this", "type": "message", "callback_id": "about", "description": "Asks"}
        ],
    },
    "oauth_config": {"scopes": {"bot": ["chat:write", "commands"]}},
    "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
}


def test_a_manifest_says_what_the_app_may_hear_and_offer() -> None:
    app = App.from_manifest(MANIFEST)
    assert (app.name, app.surface, app.home_tab) == ("helper", "assistant_view", True)
    assert app.scopes == {"chat:write", "commands"}
    assert app.events == {"app_mention"}
    assert [command.name for command in app.commands] == ["/help-me"]
    assert app.shortcuts == (Shortcut("message", "Ask about this", "about", "Asks"),)


def test_the_manifest_of_our_own_bot_is_read() -> None:
    path = Path(__file__).parents[2] / "bot/slack/manifest.json"
    app = App.from_manifest(json.loads(path.read_text(encoding="utf-8")))
    assert (app.surface, app.home_tab) == ("agent_view", True)
    assert {"app_mention", "message.im"} <= app.events


def test_an_empty_manifest_is_an_app_that_may_do_nothing() -> None:
    app = App.from_manifest({})
    assert (app.scopes, app.events, app.commands, app.surface) == (frozenset(), frozenset(), (), "")


@pytest.mark.parametrize(
    ("manifest", "place"),
    [
        ({"features": []}, "features"),
        ({"features": {"slash_commands": {"command": "/a"}}}, "features.slash_commands"),
        ({"features": {"shortcuts": [{"name": "a"}]}}, "features.shortcuts"),
        ({"oauth_config": {"scopes": {"bot": "chat:write"}}}, "oauth_config.scopes.bot"),
        (
            {"settings": {"event_subscriptions": {"bot_events": [1]}}},
            "settings.event_subscriptions.bot_events",
        ),
        ({"features": {"agent_view": {}, "assistant_view": {}}}, "agent_view"),
    ],
)
def test_a_manifest_of_another_shape_is_refused_naming_the_key(manifest: Any, place: str) -> None:
    with pytest.raises(ValueError, match=place):
        App.from_manifest(manifest)
