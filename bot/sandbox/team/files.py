"""Files: reserved, uploaded, shared into a channel, downloaded, deleted."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json
from bot.sandbox.team import cast
from bot.sandbox.team.changes import Change
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.messages import Message

if TYPE_CHECKING:
    from bot.sandbox.team.workspace import Workspace

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Slack takes 1 GB; a sandbox keeps its files in memory."""


@dataclass
class File:
    """One file and what is known of it."""

    id: str
    name: str
    user: str
    created: int
    length: int
    """Bytes that were announced."""
    upload_token: str
    content: bytes = b""
    title: str = ""
    is_uploaded: bool = False
    is_complete: bool = False
    """Shared, or kept by its owner: only then does it exist for others."""
    shares: list[tuple[str, str]] = field(default_factory=list)
    """Where it was shared: channel and ts."""

    @property
    def mimetype(self) -> str:
        """By the name; Slack too looks at little else."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"


class Files:
    """Reach it as `workspace.files`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.by_id: dict[str, File] = {}

    # --- as the Web API does it -----------------------------------------------------------------------

    def reserve(self, name: str, length: int, owner: str = cast.BOT_USER_ID) -> File:
        """files.getUploadURLExternal: a place for `length` bytes, uploaded with its `upload_token`.

        Raises SlackError file_upload_size_restricted or invalid_arguments.
        """
        if length > MAX_FILE_BYTES:
            raise SlackError("file_upload_size_restricted")
        if length < 1 or not name:
            raise SlackError("invalid_arguments")
        file_id = "F" + secrets.token_hex(5).upper()
        created = int(self._workspace.clock())
        file = File(file_id, name, owner, created, length, secrets.token_urlsafe(18))
        self.by_id[file_id] = file
        return file

    def receive(self, upload_token: str, content: bytes) -> File:
        """The bytes, posted to the upload URL. Raises SlackError not_found or file_upload_size_mismatch."""
        for file in self.by_id.values():
            if secrets.compare_digest(file.upload_token, upload_token):
                break
        else:
            raise SlackError("not_found")
        if len(content) != file.length:
            raise SlackError("file_upload_size_mismatch")
        file.content, file.is_uploaded = content, True
        return file

    def complete(
        self,
        wanted: Sequence[tuple[str, str]],
        channel: Channel | None = None,
        thread_ts: str = "",
        comment: str = "",
        blocks: Sequence[Json] = (),
    ) -> list[File]:
        """files.completeUploadExternal: share the `wanted` (id, title) of the bot in one message.

        Raises SlackError file_not_found, or file_not_uploaded where no bytes came.
        """
        files = [self._finished(file_id, title, cast.BOT_USER_ID) for file_id, title in wanted]
        if channel:
            message = Message(self._workspace.new_ts(), channel.id, cast.BOT_USER_ID, comment, list(blocks))
            message.bot_id = cast.BOT_ID
            self._share(files, message, thread_ts)
        else:
            self._workspace.tell(Change("files"))
        return files

    def find(self, file_id: str, viewer: str) -> File:
        """Raises SlackError file_not_found, also when `viewer` may not see it."""
        file = self.by_id.get(file_id)
        if file is None or not file.is_complete or not self.can_see(viewer, file):
            raise SlackError("file_not_found")
        return file

    def visible_to(self, viewer: str) -> list[File]:
        """What somebody may see, newest first."""
        found = [file for file in self.by_id.values() if file.is_complete and self.can_see(viewer, file)]
        return sorted(found, key=lambda file: file.created, reverse=True)

    def can_see(self, viewer: str, file: File) -> bool:
        """Its owner, and whoever sees a channel that it stands in."""
        workspace = self._workspace
        return viewer == file.user or any(
            workspace.can_see(viewer, workspace.channels[channel]) for channel, _ in file.shares
        )

    def delete(self, file: File, user: str) -> None:
        """Take it away, in messages too. Raises SlackError cant_delete_file for another's."""
        if file.user != user:
            raise SlackError("cant_delete_file")
        del self.by_id[file.id]
        for channel, ts in file.shares:
            message = self._workspace.history[channel].get(ts)
            if message is None:
                continue
            before = message.as_json()
            message.files = [
                {"id": file.id, "mode": "tombstone"} if shown["id"] == file.id else shown
                for shown in message.files
            ]
            self._workspace.tell(Change("message_changed", channel, message, before))
        self._workspace.tell(Change("files"))

    def unshare(self, channel: str, ts: str) -> None:
        """The message is deleted: so is each of its files that stands nowhere else."""
        for file in list(self.by_id.values()):
            if (channel, ts) in file.shares:
                file.shares.remove((channel, ts))
                if not file.shares:
                    del self.by_id[file.id]

    # --- as a person does it --------------------------------------------------------------------------

    def upload(
        self, user: str, channel: str, name: str, content: bytes, thread_ts: str = "", comment: str = ""
    ) -> Message:
        """Somebody drops a file into a channel, with a few words beside it."""
        workspace = self._workspace
        place = workspace.joined_channel(channel, user)
        message = workspace.composed_by_person(user, place, comment)
        file = self.keep(user, name, content)
        try:
            return self._share([file], message, thread_ts)
        except SlackError:
            del self.by_id[file.id]
            raise

    def keep(self, user: str, name: str, content: bytes) -> File:
        """A file that its owner alone sees, posted nowhere: the file_input of a modal takes such."""
        file = self.reserve(PurePosixPath(name).name, len(content), user)
        self.receive(file.upload_token, content)
        return self._finished(file.id, "", user)

    # --- inside ---------------------------------------------------------------------------------------

    def as_json(self, file: File) -> Json:
        """As files.info gives it."""
        workspace = self._workspace
        address = f"{workspace.base_url()}/files-pri/{cast.TEAM_ID}-{file.id}"
        page = f"{workspace.base_url()}/files/{file.user}/{file.id}"
        kind = PurePosixPath(file.name).suffix.removeprefix(".").lower() or "binary"
        where: dict[str, list[str]] = {"channels": [], "groups": [], "ims": []}
        shares: Json = {}
        for channel_id, ts in file.shares:
            channel = workspace.channels[channel_id]
            where[{"public": "channels", "im": "ims"}.get(channel.kind, "groups")].append(channel_id)
            side = shares.setdefault("public" if channel.kind == "public" else "private", {})
            share = {"reply_users": [], "reply_users_count": 0, "reply_count": 0, "ts": ts}
            share |= {"channel_name": channel.name, "team_id": cast.TEAM_ID, "share_user_id": file.user}
            side.setdefault(channel_id, []).append(share)
        return {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title or file.name,
            "mimetype": file.mimetype,
            "filetype": kind,
            "pretty_type": kind.upper(),
            "user": file.user,
            "user_team": cast.TEAM_ID,
            "editable": False,
            "size": file.length,
            "mode": "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": bool(where["channels"]),
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": f"{address}/{file.name}",
            "url_private_download": f"{address}/download/{file.name}",
            "permalink": f"{page}/{file.name}",
            "permalink_public": f"{page}/{file.name}",
            "comments_count": 0,
            "is_starred": False,
            "shares": shares,
            **where,
            "has_rich_preview": False,
            "file_access": "visible",
        }

    def _finished(self, file_id: str, title: str, owner: str) -> File:
        file = self.by_id.get(file_id)
        if file is None or file.user != owner:
            raise SlackError("file_not_found")
        if not file.is_uploaded:
            raise SlackError("file_not_uploaded")
        file.title, file.is_complete = title, True
        return file

    def _share(self, files: list[File], message: Message, thread_ts: str) -> Message:
        message.subtype = "file_share"
        for file in files:
            file.shares.append((message.channel, message.ts))
        message.files = [self.as_json(file) for file in files]
        post = self._workspace.post if message.bot_id else self._workspace.add
        try:
            post(message, thread_ts)
        except SlackError:  # it stands nowhere: nobody may find it by a share that never was
            for file in files:
                file.shares.remove((message.channel, message.ts))
            raise
        for file in files:
            detail = {"file_id": file.id}
            self._workspace.tell(Change("file_shared", message.channel, user=file.user, detail=detail))
        return message
