"""The methods of the Web API, by family. Each file ends in a table: method name -> function."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.api.methods import chat, conversations, files, streams, surfaces, team
from bot.sandbox.api.web_api import Method

METHODS: Mapping[str, Method] = {
    **team.METHODS,
    **conversations.METHODS,
    **chat.METHODS,
    **files.METHODS,
    **streams.METHODS,
    **surfaces.METHODS,
}
