"""The people, channels and tokens a sandbox starts with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEAM_ID = "T01SANDBOX"
TEAM_NAME = "Sandbox"
TEAM_DOMAIN = "sandbox"
APP_ID = "A09FOOTNOTE"
BOT_ID = "B09FOOTNOTE"
BOT_USER_ID = "U09FOOTNOTE"
BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - opens nothing but a sandbox on this machine
APP_TOKEN = "xapp-sandbox"  # noqa: S105

CREATED = 1_700_000_000
"""When everything that was there at the start was made, in seconds since 1970."""


def words(text: str) -> frozenset[str]:
    """The words of a list too long to quote one by one."""
    return frozenset(text.split())


BOT_SCOPES = words(
    "app_mentions:read assistant:write chat:write commands channels:history channels:read groups:history"
    " groups:read im:history im:read im:write mpim:history mpim:read users:read reactions:write"
    " files:write"
)
"""Those of the manifest."""

EVENTS = words(
    "app_mention message.im message.channels message.groups message.mpim app_home_opened app_context_changed"
    " agent_session_stopped agent_session_title_changed member_joined_channel member_left_channel"
)
"""Those the manifest subscribes to."""


@dataclass
class User:
    """A person, or the bot's own user."""

    id: str
    name: str
    real_name: str
    locale: str
    email: str = ""
    tz: str = "Asia/Seoul"
    is_admin: bool = False
    is_guest: bool = False
    is_bot: bool = False
    deleted: bool = False

    def as_json(self, *, locale: bool = False, email: bool = False) -> Json:
        """As users.info gives it."""
        profile: Json = {
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "team": TEAM_ID,
            "avatar_hash": self.id.lower(),
            "status_text": "",
            "status_emoji": "",
        }
        if email and self.email:
            profile["email"] = self.email
        if self.is_bot:
            profile |= {"api_app_id": APP_ID, "bot_id": BOT_ID, "always_active": True}
        person: Json = {
            "id": self.id,
            "team_id": TEAM_ID,
            "name": self.name,
            "deleted": self.deleted,
            "real_name": self.real_name,
            "color": "4bbe2e",
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": 32400 if self.tz == "Asia/Seoul" else -28800,
            "profile": profile,
            "is_admin": self.is_admin,
            "is_owner": self.is_admin,
            "is_primary_owner": self.is_admin,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": CREATED,
        }
        return person | {"locale": self.locale} if locale else person


@dataclass
class Channel:
    """A public or private channel, or a direct message ("im") or a group of them ("mpim")."""

    id: str
    name: str
    kind: str
    """public, private, im or mpim."""
    members: list[str]
    topic: str = ""
    creator: str = "U01JIWOO00"
    created: int = CREATED
    opened: set[str] = field(default_factory=set)

    @property
    def event_kind(self) -> str:
        """What events call `channel_type`, and what the scopes and subscriptions are named after."""
        return {"public": "channel", "private": "group"}.get(self.kind, self.kind)

    @property
    def scope_prefix(self) -> str:
        """channels, groups, im or mpim."""
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
                "user": self.other_member(viewer),
                "is_user_deleted": False,
                "priority": 0,
                "is_open": True,
            }
        note = {"value": self.topic, "creator": self.creator if self.topic else "", "last_set": 0}
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
            "is_shared": False,
            "is_org_shared": False,
            "is_ext_shared": False,
            "is_pending_ext_shared": False,
            "created": self.created,
            "creator": self.creator,
            "unlinked": 0,
            "is_member": viewer in self.members,
            "topic": note,
            "purpose": dict(note),
            "previous_names": [],
            "context_team_id": TEAM_ID,
        }
        return channel | {"num_members": len(self.members)} if members else channel


def people() -> list[User]:
    """지우 (admin), Alex and 민수 (members), Sam (guest), and the bot."""
    return [
        User("U01JIWOO00", "jiwoo", "지우 김", "ko-KR", "jiwoo@example.com", is_admin=True),
        User("U02ALEX000", "alex", "Alex Park", "en-US", "alex@example.com", tz="America/Los_Angeles"),
        User("U03MINSU00", "minsu", "민수 이", "ko-KR", "minsu@example.com"),
        User("U04SAM0000", "sam", "Sam Rivera", "en-US", "sam@partner.example", is_guest=True),
        User(BOT_USER_ID, "footnote", "footnote", "en-US", is_bot=True),
    ]


def channels() -> list[Channel]:
    """Three public channels (the bot is not in #random), a private one, and everybody's DM with the bot."""
    jiwoo, alex, minsu, sam = (person.id for person in people() if not person.is_bot)
    return [
        Channel("C01GENERAL", "general", "public", [jiwoo, alex, minsu, BOT_USER_ID], "Company-wide news"),
        Channel(
            "C02HANDBOOK", "handbook-ko", "public", [jiwoo, minsu, sam, BOT_USER_ID], "핸드북에 대한 질문"
        ),
        Channel("C03RANDOM0", "random", "public", [jiwoo, alex, minsu], "The bot is not in here"),
        Channel("C04PEOPLE0", "people-team", "private", [jiwoo, minsu, BOT_USER_ID], "인사팀"),
        *(
            Channel(f"D0{number}BOT0000", "", "im", [person, BOT_USER_ID])
            for number, person in enumerate((jiwoo, alex, minsu, sam), 1)
        ),
    ]
