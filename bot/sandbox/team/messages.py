"""One message, and the stream that may be writing it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.sandbox.shapes import Json
from bot.sandbox.team import blocks, cast

STREAM_SECONDS = 300.0
"""A stream ends this long after it began, even while it is written to (reported by users, not documented)."""


@dataclass
class Stream:
    """What chat.startStream began: pieces are joined in order, tasks are replaced by their id."""

    started: float
    state: str = "in_progress"
    """in_progress, completed, expired, or stopped (by a person)."""
    display: str = "timeline"
    pieces: list[Json] = field(default_factory=list)

    def add(self, chunk: Json) -> None:
        """Append one chunk that was found valid."""
        kind = chunk["type"]
        if kind == "markdown_text":
            if self.pieces and self.pieces[-1]["type"] == "markdown":
                self.pieces[-1]["text"] += chunk["text"]
            else:
                self.pieces.append({"type": "markdown", "text": chunk["text"], "block_id": blocks.new_id()})
        elif kind == "blocks":
            self.pieces.extend(blocks.with_ids(chunk["blocks"]))
        elif kind == "plan_update":
            self._replace({"type": "plan", "title": chunk["title"], "tasks": []}, "type")
        else:
            task = {key: value for key, value in chunk.items() if key not in ("type", "id") and value}
            self._replace({"type": "task_card", "task_id": chunk["id"], **task}, "task_id")

    def _replace(self, piece: Json, key: str) -> None:
        for place, old in enumerate(self.pieces):
            if old.get(key) == piece[key]:
                self.pieces[place] = old | piece
                return
        self.pieces.append(piece | {"block_id": blocks.new_id()})

    @property
    def text(self) -> str:
        """All the Markdown so far."""
        return "".join(piece["text"] for piece in self.pieces if piece["type"] == "markdown")


@dataclass
class Message:
    """One message as it stands in a channel. `user` may be "" for a bot that has no user."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    """The root's ts for a reply; "" for a root."""
    subtype: str = ""
    bot_id: str = ""
    bot_profile: Json | None = None
    username: str = ""
    team: str = cast.TEAM_ID
    """That of the author: another than ours for somebody met by Slack Connect."""
    metadata: Json | None = None
    files: list[Json] = field(default_factory=list)
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    """The ts of each reply, oldest first."""
    reply_users: list[str] = field(default_factory=list)
    stream: Stream | None = None
    ephemeral_for: str = ""
    """The one person who sees it; such a message stands in no history."""

    @property
    def root(self) -> str:
        """The ts of the thread it is in, its own if it is a root."""
        return self.thread_ts or self.ts

    def as_json(self, *, metadata: bool = False) -> Json:
        """As conversations.history and .replies give it."""
        message: Json = {"type": "message", "ts": self.ts, "text": self.text, "team": self.team}
        if self.user:
            message["user"] = self.user
        if self.subtype:
            message["subtype"] = self.subtype
        if self.subtype == "tombstone":
            message["hidden"] = True
        if self.bot_id:
            message["bot_id"] = self.bot_id
            if self.bot_id == cast.BOT_ID:
                message["app_id"] = cast.APP_ID
        if self.bot_profile:
            message["bot_profile"] = self.bot_profile
        if self.username:
            message["username"] = self.username
        if self.blocks:
            message["blocks"] = self.blocks
        if self.attachments:
            message["attachments"] = self.attachments
        if self.files:
            message |= {"files": self.files, "upload": False, "display_as_bot": False}
        if self.stream:
            message["streaming_state"] = "in_progress" if self.stream.state == "in_progress" else "completed"
        if self.edited:
            message["edited"] = self.edited
        if self.reactions:
            message["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)}
                for name, users in self.reactions.items()
            ]
        if self.thread_ts:
            message["thread_ts"] = self.thread_ts
        elif self.replies:
            message |= {
                "thread_ts": self.ts,
                "reply_count": len(self.replies),
                "reply_users_count": len(self.reply_users),
                "reply_users": list(self.reply_users),
                "latest_reply": self.replies[-1],
                "is_locked": False,
                "subscribed": True,
            }
        if metadata and self.metadata:
            message["metadata"] = self.metadata
        return message
