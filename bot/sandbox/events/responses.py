"""response_url: where an app may answer a click or a command for half an hour."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json
from bot.sandbox.team import blocks, cast, text
from bot.sandbox.team.changes import Change
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.messages import Message
from bot.sandbox.team.views import refused
from bot.sandbox.team.workspace import Workspace

RESPONSE_SECONDS = 1800.0
RESPONSE_USES = 5


@dataclass
class Response:
    """One response_url."""

    user: str
    channel: str
    expires: float
    source: str = ""
    """The ts of the message that was clicked, or of what this address posted last."""
    uses: int = 0


class Responses:
    """Every response_url that was given out."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._by_token: dict[str, Response] = {}

    def new_url(self, user: str, channel: str, source: str = "") -> str:
        """An address for the app; `source` is the ts of the message it may replace."""
        token = secrets.token_urlsafe(18)
        expires = self._workspace.clock() + RESPONSE_SECONDS
        self._by_token[token] = Response(user, channel, expires, source)
        return f"{self._workspace.base_url()}/response/{token}"

    def respond(self, token: str, body: Json) -> None:
        """What a POST to a response_url does.

        Raises SlackError expired_url, used_url, no_text or invalid_blocks.
        """
        workspace = self._workspace
        response = self._by_token.get(token)
        if response is None or workspace.clock() > response.expires:
            raise SlackError("expired_url")
        if response.uses >= RESPONSE_USES:
            raise SlackError("used_url")
        response.uses += 1
        place = workspace.channel(response.channel)
        source = workspace.ephemerals.get(response.source) or workspace.history[place.id].get(response.source)
        if body.get("delete_original") and source:
            if source.ephemeral_for:
                workspace.remove_ephemeral(source)
            else:
                workspace.delete(source)
            return
        if not body.get("text") and not body.get("blocks"):
            raise SlackError("no_text")
        found = blocks.problems(body.get("blocks") or [])
        if found:
            raise refused(found, "invalid_blocks")
        if body.get("replace_original") and source:
            self._replace(source, body)
            return
        response.source = self.post(response.user, place, body, str(body.get("thread_ts") or "")).ts

    def post(self, user: str, place: Channel, answer: Json, thread_ts: str = "") -> Message:
        """An answer of the app to `user`: for everybody if its `response_type` is in_channel."""
        message = Message(
            self._workspace.new_ts(),
            place.id,
            cast.BOT_USER_ID,
            str(answer.get("text") or ""),
            list(answer.get("blocks") or []),
            bot_id=cast.BOT_ID,
            ephemeral_for="" if answer.get("response_type") == "in_channel" else user,
        )
        return self._workspace.post(message, thread_ts)

    def _replace(self, source: Message, body: Json) -> None:
        new_text = text.stored_from_bot(str(body.get("text") or ""))
        new_blocks = list(body.get("blocks") or [])
        if not source.ephemeral_for:
            self._workspace.edit(source, cast.BOT_USER_ID, new_text, new_blocks)
            return
        source.text, source.blocks = new_text, blocks.with_ids(new_blocks) or blocks.of_text(new_text)
        self._workspace.tell(Change("ephemeral", source.channel, source))
