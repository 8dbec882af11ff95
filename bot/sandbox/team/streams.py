"""Answers that are written piece by piece: begun, appended to, finished, stopped by a person, or expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json
from bot.sandbox.team import blocks, cast
from bot.sandbox.team.changes import Change
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.messages import STREAM_SECONDS, Message, Stream

if TYPE_CHECKING:
    from bot.sandbox.team.workspace import Workspace


class Streams:
    """Reach it as `workspace.streams`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def start(self, channel: Channel, thread_ts: str, chunks: list[Json], display: str) -> Message:
        """Begin a message of the bot that is written piece by piece."""
        workspace = self._workspace
        stream = Stream(workspace.clock(), display=display)
        for chunk in chunks:
            stream.add(chunk)
        message = Message(workspace.new_ts(), channel.id, cast.BOT_USER_ID, stream.text, bot_id=cast.BOT_ID)
        message.stream = stream
        message.blocks = list(stream.pieces)
        workspace.sessions.clear_status(channel.id, thread_ts)
        return workspace.add(message, thread_ts)

    def append(self, message: Message, chunks: list[Json]) -> None:
        """Raises SlackError message_not_in_streaming_state, or stopped_by_user."""
        stream = self._running(message)
        for chunk in chunks:
            stream.add(chunk)
        message.text, message.blocks = stream.text, list(stream.pieces)
        self._workspace.tell(Change("streamed", message.channel, message))

    def stop(self, message: Message, chunks: list[Json], final: list[Json], metadata: Json | None) -> None:
        """Finish it; `final` blocks come last. Raises SlackError as `append` does."""
        stream = self._running(message)
        before = message.as_json()
        for chunk in chunks:
            stream.add(chunk)
        stream.state = "completed"
        message.text, message.blocks = stream.text, [*stream.pieces, *blocks.with_ids(final)]
        message.metadata = metadata or message.metadata
        self._workspace.tell(Change("message_changed", message.channel, message, before))

    def stop_by_person(self, user: str, channel: str, thread_ts: str) -> None:
        """Somebody clicks Stop: running streams of the thread end; the bot is told."""
        stopped = [
            message
            for message in self._workspace.thread(channel, thread_ts)
            if message.stream and message.stream.state == "in_progress"
        ]
        for message in stopped:
            if message.stream:
                message.stream.state = "stopped"
            self._workspace.tell(Change("streamed", channel, message))
        detail = {"thread_ts": thread_ts, "streaming_message_ts": [message.ts for message in stopped]}
        self._workspace.tell(Change("stop_clicked", channel, user=user, detail=detail))

    def expire_all(self) -> None:
        """End every stream that is running, as if its time were over."""
        for history in self._workspace.history.values():
            for message in history.values():
                if message.stream and message.stream.state == "in_progress":
                    self._end(message, message.stream)

    def expire(self, message: Message) -> None:
        """End a stream that has been open for too long."""
        stream = message.stream
        now = self._workspace.clock()
        if stream and stream.state == "in_progress" and now - stream.started >= STREAM_SECONDS:
            self._end(message, stream)

    def _end(self, message: Message, stream: Stream) -> None:
        stream.state = "expired"
        self._workspace.tell(Change("streamed", message.channel, message))

    def _running(self, message: Message) -> Stream:
        if message.stream is None:
            raise SlackError("message_not_in_streaming_state")
        self.expire(message)
        if message.stream.state == "stopped":
            raise SlackError("stopped_by_user")
        if message.stream.state != "in_progress":
            raise SlackError("message_not_in_streaming_state")
        return message.stream
