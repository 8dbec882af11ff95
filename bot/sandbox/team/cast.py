"""The people, channels and tokens a sandbox starts with."""

from __future__ import annotations

from functools import partial

from bot.sandbox.team import channels as _channels
from bot.sandbox.team import people as _people

TEAM_ID = "T01SANDBOX"
TEAM_NAME = "Sandbox"
TEAM_DOMAIN = "sandbox"
PARTNER_TEAM_ID = "T02PARTNER"
APP_ID = "A09FOOTNOTE"
BOT_ID = "B09FOOTNOTE"
BOT_USER_ID = "U09FOOTNOTE"
BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - opens nothing but a sandbox on this machine
APP_TOKEN = "xapp-sandbox"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105

OTHER_BOT_ID = "B06DEPLOY00"
OTHER_BOT_USER_ID = "U06DEPLOY00"
OTHER_APP_ID = "A06DEPLOY00"

CREATED = 1_700_000_000
"""When everything that was there at the start was made, in seconds since 1970."""

_JIWOO, _ALEX, _MINSU, _SAM, _HANA = "U01JIWOO00", "U02ALEX000", "U03MINSU00", "U04SAM0000", "U05HANA000"

_User = partial(_people.User, team_id=TEAM_ID, created=CREATED)
_Channel = partial(_channels.Channel, team_id=TEAM_ID, created=CREATED, creator=_JIWOO)


def people(bot_name: str) -> list[_people.User]:
    """지우 (admin), Alex and 민수 (members), Sam (guest), Hana (of a partner), another bot, and ours."""
    bot = partial(_User, locale="en-US", is_bot=True)
    return [
        _User(_JIWOO, "jiwoo", "지우 김", "ko-KR", email="jiwoo@example.com", is_admin=True),
        _User(_ALEX, "alex", "Alex Park", "en-US", email="alex@example.com", tz="America/Los_Angeles"),
        _User(_MINSU, "minsu", "민수 이", "ko-KR", email="minsu@example.com"),
        _User(_SAM, "sam", "Sam Rivera", "en-US", email="sam@partner.example", is_guest=True),
        _people.User(_HANA, "hana", "Hana Mori", "en-US", PARTNER_TEAM_ID, CREATED, is_stranger=True),
        bot(OTHER_BOT_USER_ID, "deploybot", "deploybot", bot_id=OTHER_BOT_ID, app_id=OTHER_APP_ID),
        bot(BOT_USER_ID, bot_name, bot_name, bot_id=BOT_ID, app_id=APP_ID),
    ]


def groups() -> list[_people.UserGroup]:
    """One group of people: @hr."""
    return [_people.UserGroup("S01PEOPLE0", "hr", "인사팀", TEAM_ID, CREATED, [_JIWOO, _MINSU])]


def channels() -> list[_channels.Channel]:
    """Public channels (the bot is not in #random), private and shared ones, direct messages with the bot."""
    bot = BOT_USER_ID
    direct = (_JIWOO, _ALEX, _MINSU, _SAM)
    return [
        _Channel(
            "C01GENERAL",
            "general",
            "public",
            [_JIWOO, _ALEX, _MINSU, OTHER_BOT_USER_ID, bot],
            topic="Company-wide news",
        ),
        _Channel(
            "C02HANDBOOK", "handbook-ko", "public", [_JIWOO, _MINSU, _SAM, bot], topic="핸드북에 대한 질문"
        ),
        _Channel("C03RANDOM0", "random", "public", [_JIWOO, _ALEX, _MINSU], topic="The bot is not in here"),
        _Channel("C04PEOPLE0", "people-team", "private", [_JIWOO, _MINSU, bot], topic="인사팀"),
        _Channel(
            "C05PARTNER",
            "partner-project",
            "public",
            [_JIWOO, _ALEX, _HANA, bot],
            topic="Shared with a partner",
            shared_with=PARTNER_TEAM_ID,
        ),
        _Channel("G01GROUP00", "mpdm-jiwoo--alex--footnote-1", "mpim", [_JIWOO, _ALEX, bot]),
        *(_Channel(f"D0{number}BOT0000", "", "im", [person, bot]) for number, person in enumerate(direct, 1)),
    ]
