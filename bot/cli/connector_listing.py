"""A connector as the command line shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.config import ConnectorConfig
from bot.connector_list import ConnectorList, Unusable
from bot.connector_settings import plain_settings, secrets_of, settings_of


@dataclass(frozen=True)
class Listed:
    """One connector, as it is shown: what differs from the defaults, and of secrets their names alone."""

    name: str
    kind: str
    managed_by: str
    """ "file" or "database"."""
    line: int
    """In config.toml; 0 where it stands in the database."""
    added_by: str
    schedule: str
    timezone: str
    owner_channel: str
    """Id of a Slack channel; empty where nobody is named."""
    settings: Mapping[str, Any]
    secrets: Sequence[str]
    problem: str
    """Why it cannot be used; empty where it can."""


def listed(connectors: ConnectorList, entry: ConnectorConfig) -> Listed:
    """Raises StoreError."""
    connector, problem = entry.connector, ""
    if isinstance(connector, Unusable):  # what was entered is all there is
        added, problem = connectors.added(entry.name), connector.reason
        settings, secrets = dict(added.settings), sorted(added.secrets)
    else:
        defaults = {setting.name: setting.default for setting in settings_of(connector.kind)}
        plain = plain_settings(connector.kind, connector, defaults)
        settings = {key: value for key, value in plain.items() if value != defaults[key]}
        secrets = sorted(each for each in secrets_of(connector.kind) if getattr(connector, each))
    return Listed(
        name=entry.name,
        kind=connector.kind,
        managed_by="database" if entry.added_by else "file",
        line=entry.line,
        added_by=entry.added_by,
        schedule=entry.schedule,
        timezone=entry.timezone,
        owner_channel=entry.owner_channel,
        settings=settings,
        secrets=secrets,
        problem=problem,
    )


def in_words(listed: Listed) -> str:
    """Its settings, one a line."""
    plain = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in listed.settings.items()]
    if listed.owner_channel:
        plain.append(f"owner_channel = {json.dumps(listed.owner_channel)}")
    return "\n".join([*plain, *(f"{field} = (secret)" for field in listed.secrets)])
