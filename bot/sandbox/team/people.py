"""People, bots and groups of people, as users.info and usergroups.list give them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.sandbox.shapes import Json

_OFFSETS = {"Asia/Seoul": 32400, "America/Los_Angeles": -28800}


@dataclass
class User:
    """A person, or the user that a bot posts as."""

    id: str
    name: str
    real_name: str
    locale: str
    team_id: str
    created: int
    email: str = ""
    tz: str = "Asia/Seoul"
    is_admin: bool = False
    is_guest: bool = False
    is_stranger: bool = False
    """Somebody of another organization, met in a channel shared by Slack Connect."""
    is_bot: bool = False
    bot_id: str = ""
    app_id: str = ""
    deleted: bool = False

    @property
    def language(self) -> str:
        """ "ko" or "en": the language in which Slack speaks to them."""
        return "ko" if self.locale.startswith("ko") else "en"

    def as_json(self, *, locale: bool = False, email: bool = False) -> Json:
        """As users.info gives it."""
        profile: Json = {
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "team": self.team_id,
            "avatar_hash": self.id.lower(),
            "status_text": "",
            "status_emoji": "",
        }
        if email and self.email and not self.is_stranger:
            profile["email"] = self.email
        if self.is_bot:
            profile |= {"api_app_id": self.app_id, "bot_id": self.bot_id, "always_active": True}
        person: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "real_name": self.real_name,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": _OFFSETS.get(self.tz, 0),
            "profile": profile,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": self.created,
        }
        if self.is_stranger:
            # of people of other organizations Slack tells little more than the name
            person["is_stranger"] = True
        else:
            person |= {
                "color": "4bbe2e",
                "is_admin": self.is_admin,
                "is_owner": self.is_admin,
                "is_primary_owner": self.is_admin,
                "is_restricted": self.is_guest,
                "is_ultra_restricted": False,
            }
        return person | {"locale": self.locale} if locale else person


@dataclass
class UserGroup:
    """People who are mentioned together: @handle."""

    id: str
    handle: str
    name: str
    team_id: str
    created: int
    users: list[str] = field(default_factory=list)

    def as_json(self, *, users: bool = False, count: bool = False) -> Json:
        """As usergroups.list gives it."""
        group: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "is_usergroup": True,
            "is_subteam": True,
            "name": self.name,
            "description": "",
            "handle": self.handle,
            "is_external": False,
            "date_create": self.created,
            "date_update": self.created,
            "date_delete": 0,
            "auto_type": None,
            "auto_provision": False,
            "enterprise_subteam_id": "",
            "created_by": self.users[0] if self.users else "",
            "updated_by": self.users[0] if self.users else "",
            "deleted_by": None,
            "prefs": {"channels": [], "groups": []},
        }
        if users:
            group["users"] = list(self.users)
        if count:
            group["user_count"] = len(self.users)
        return group
