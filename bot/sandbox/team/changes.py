"""What happened in the workspace, as it is told to everybody who watches."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.sandbox.shapes import Json
from bot.sandbox.team.messages import Message


@dataclass(frozen=True)
class Change:
    """Something that happened. Which fields are filled depends on `kind`: see events.py and the page."""

    kind: str
    channel: str = ""
    message: Message | None = None
    before: Json | None = None
    user: str = ""
    detail: Json = field(default_factory=dict)
