"""The manifest grants what the bot uses, and what the local workspace takes for granted."""

from __future__ import annotations

from bot.sandbox import cast
from bot.slack.manifest import bot_scopes, manifest


def test_the_local_workspace_grants_no_scope_that_the_manifest_does_not_ask_for() -> None:
    assert bot_scopes() <= cast.BOT_SCOPES


def test_the_manifest_subscribes_only_to_events_that_the_local_workspace_sends() -> None:
    events = set(manifest()["settings"]["event_subscriptions"]["bot_events"])
    assert events <= set(cast.EVENTS)
    assert {"app_mention", "message.im", "message.channels", "agent_session_stopped"} <= events


def test_socket_mode_and_the_slash_command_are_switched_on() -> None:
    assert manifest()["settings"]["socket_mode_enabled"] is True
    (command,) = manifest()["features"]["slash_commands"]
    assert command["command"] == "/footnote"
    assert "문서" in command["description"]
