"""A connector that was added at run time, as the table that config.toml would have."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.connector_settings import check_name
from bot.store.connectors import AddedConnector


def as_table(added: AddedConnector) -> str:
    """Its table in TOML. Secrets are not in it: each names a variable, and a comment says what to set."""
    check_name(added.name)
    lines = [f"[connectors.{added.name}]", f"kind = {_value(added.kind)}"]
    beside = {
        "schedule": added.schedule,
        "timezone": added.timezone,
        "owner_channel": added.owner_channel,
    }
    table = {**added.settings, **{key: text for key, text in beside.items() if text}}
    lines += [f"{key} = {_value(value)}" for key, value in table.items()]
    for field, held in sorted(added.secrets.items()):
        if held.startswith("env:"):
            lines.append(f"{field} = {_value(held)}")
        else:
            variable = variable_of(added.name, field)
            lines.append(
                f'{field} = "env:{variable}"  # set {variable} in .env: it is sealed in the database'
            )
    return "\n".join(lines) + "\n"


def variable_of(name: str, field: str) -> str:
    """The variable that the exported table names for a secret."""
    variable = re.sub(r"\W", "_", f"{name}_{field}".upper(), flags=re.ASCII)
    return f"_{variable}" if variable[0].isdigit() else variable


def _value(value: Any) -> str:
    """TOML takes JSON's texts, lists, numbers and truth values, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
