"""The manifest grants what the bot uses, and what the local workspace takes for granted."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from bot.cli.serve import manifest as manifest_verb
from bot.errors import ConfigError
from bot.sandbox.team.app import EVENTS, SCOPES
from bot.slack.commands.shortcut import ASK_ABOUT
from bot.slack.manifest import bot_scopes, manifest, request_url_at


def test_the_local_workspace_grants_no_scope_that_the_manifest_does_not_ask_for() -> None:
    assert bot_scopes() <= SCOPES


def test_the_manifest_subscribes_only_to_events_that_the_local_workspace_sends() -> None:
    events = set(manifest()["settings"]["event_subscriptions"]["bot_events"])
    assert events <= EVENTS
    assert {"app_mention", "message.im", "message.channels", "agent_session_stopped"} <= events


def test_socket_mode_and_the_slash_commands_are_switched_on() -> None:
    assert manifest()["settings"]["socket_mode_enabled"] is True
    commands = manifest()["features"]["slash_commands"]
    assert [command["command"] for command in commands] == ["/footnote", "/reindex"]
    assert all("문서" in command["description"] for command in commands)


def test_the_shortcut_of_a_message_is_the_one_the_bot_listens_to() -> None:
    (shortcut,) = manifest()["features"]["shortcuts"]
    assert (shortcut["type"], shortcut["callback_id"]) == ("message", ASK_ABOUT)
    assert len(shortcut["name"]) <= 24  # what Slack takes
    assert len(shortcut["description"]) <= 150


def test_over_http_everything_is_posted_to_one_address_and_socket_mode_is_off() -> None:
    url = "https://bot.example.com/slack/events"
    printed = CliRunner().invoke(manifest_verb, ["--transport", "http", "--url", "https://bot.example.com"])
    over_http = json.loads(printed.output)
    assert over_http == manifest(url)
    settings = over_http["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == url
    assert settings["interactivity"] == {"is_enabled": True, "request_url": url}
    assert [command["url"] for command in over_http["features"]["slash_commands"]] == [url, url]


def test_both_transports_ask_for_the_same_events_and_scopes() -> None:
    socket, http = manifest(), manifest("https://bot.example.com/slack/events")
    assert http["oauth_config"] == socket["oauth_config"]
    events = [m["settings"]["event_subscriptions"]["bot_events"] for m in (socket, http)]
    assert events[0] == events[1]


@pytest.mark.parametrize(
    "arguments", [["--transport", "http"], ["--url", "https://x.example"], ["--transport", "tcp"]]
)
def test_a_manifest_that_would_not_work_is_not_printed(arguments: list[str]) -> None:
    result = CliRunner().invoke(manifest_verb, arguments)
    assert result.exit_code == 2
    assert "{" not in result.stdout


def test_the_path_of_the_bot_is_added_to_an_address_without_one() -> None:
    assert request_url_at("https://a.example/") == "https://a.example/slack/events"
    assert request_url_at("https://a.example/bots/slack/events") == "https://a.example/bots/slack/events"


@pytest.mark.parametrize("url", ["http://bot.example.com", "bot.example.com", "https://", "https://a.b/?x=1"])
def test_an_address_that_slack_would_not_post_to_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="Slack posts to no address") as caught:
        request_url_at(url)
    assert "https://" in caught.value.mend
