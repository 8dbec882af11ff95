"""The app as Slack creates it from one file, and what follows from it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from bot.errors import ConfigError
from bot.slack.http_events import PATH


def manifest_text(request_url: str = "") -> str:
    """The manifest as it is pasted into "Create an app > From a manifest"."""
    return json.dumps(manifest(request_url), ensure_ascii=False, indent=2)


def manifest(request_url: str = "") -> dict[str, Any]:
    """The same, read. With a `request_url` Slack posts to it; without, the bot uses Socket Mode."""
    text = (resources.files("bot.slack") / "manifest.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    if request_url:
        settings = loaded["settings"]
        settings["socket_mode_enabled"] = False
        settings["event_subscriptions"] = {"request_url": request_url, **settings["event_subscriptions"]}
        settings["interactivity"]["request_url"] = request_url
        for command in loaded["features"]["slash_commands"]:
            command["url"] = request_url
    return loaded


def request_url_at(public_url: str) -> str:
    """Where Slack posts to, if the bot is reached at `public_url`: our path follows where it has none.

    Raises ConfigError where Slack would not post to it.
    """
    parts = urlsplit(public_url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(
            f"Slack posts to no address like {public_url!r}.",
            mend="Name the public https:// address that leads to the bot, such as https://bot.example.com",
        )
    return public_url if parts.path.strip("/") else f"https://{parts.netloc}{PATH}"


def bot_scopes() -> frozenset[str]:
    """The scopes the bot token needs."""
    return frozenset(manifest()["oauth_config"]["scopes"]["bot"])
