"""The app as Slack creates it from one file, and what follows from it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def manifest_text() -> str:
    """The manifest as it is pasted into "Create an app > From a manifest"."""
    return (resources.files("bot.slack") / "manifest.json").read_text(encoding="utf-8")


def manifest() -> dict[str, Any]:
    """The same, read."""
    loaded: dict[str, Any] = json.loads(manifest_text())
    return loaded


def bot_scopes() -> frozenset[str]:
    """The scopes the bot token needs."""
    return frozenset(manifest()["oauth_config"]["scopes"]["bot"])
