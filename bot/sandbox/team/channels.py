"""Channels of every kind, as conversations.info gives them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.shapes import Json


@dataclass
class Channel:
    """A public or private channel, or a direct message ("im") or a group of them ("mpim")."""

    id: str
    name: str
    kind: str
    """public, private, im or mpim."""
    members: list[str]
    team_id: str
    created: int
    creator: str
    topic: str = ""
    shared_with: str = ""
    """The team id of the organization it is shared with by Slack Connect."""

    @property
    def event_kind(self) -> str:
        """What events call `channel_type`."""
        return {"public": "channel", "private": "group"}.get(self.kind, self.kind)

    @property
    def scope_prefix(self) -> str:
        """channels, groups, im or mpim: what scopes and message subscriptions are named after."""
        return {"public": "channels", "private": "groups"}.get(self.kind, self.kind)

    def other_member(self, user: str) -> str:
        """The other person of a direct message."""
        return next((member for member in self.members if member != user), user)

    def as_json(self, viewer: str, *, members: bool = False) -> Json:
        """As conversations.info gives it to `viewer`."""
        if self.kind == "im":
            return {
                "id": self.id,
                "created": self.created,
                "is_archived": False,
                "is_im": True,
                "is_org_shared": False,
                "context_team_id": self.team_id,
                "updated": self.created * 1000,
                "user": self.other_member(viewer),
                "is_user_deleted": False,
                "priority": 0,
                "is_open": True,
            }
        note = {"value": self.topic, "creator": self.creator if self.topic else "", "last_set": 0}
        is_shared = bool(self.shared_with)
        channel: Json = {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == "public",
            "is_group": self.kind == "private",
            "is_im": False,
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public",
            "is_archived": False,
            "is_general": self.name == "general",
            "is_shared": is_shared,
            "is_org_shared": False,
            "is_ext_shared": is_shared,
            "is_pending_ext_shared": False,
            "pending_shared": [],
            "shared_team_ids": [self.team_id, *([self.shared_with] if is_shared else [])],
            "created": self.created,
            "updated": self.created * 1000,
            "creator": self.creator,
            "unlinked": 0,
            "is_member": viewer in self.members,
            "topic": note,
            "purpose": dict(note),
            "previous_names": [],
            "context_team_id": self.team_id,
        }
        return channel | {"num_members": len(self.members)} if members else channel
