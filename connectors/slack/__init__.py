"""What was said in Slack: threads, and the other messages of a channel day by day."""

from __future__ import annotations

import hashlib
import html
import json
import re
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import ClassVar
from zoneinfo import ZoneInfo

from connectors.base import (
    EVERYONE,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceUnavailable,
)
from connectors.slack.api import Json, Refused, SlackApi

RECENT = timedelta(days=7)
"""How far back a listing of changes looks; what happens to older messages is found by the next whole one."""

_GONE = {"thread_not_found", "channel_not_found", "not_in_channel", "message_not_found"}
# joining, leaving, renaming, pinning: events that have the shape of messages
_SAID = {"", "thread_broadcast", "file_share", "me_message", "bot_message"}


@dataclass(frozen=True)
class SlackChannels:
    """The channels of a Slack workspace that the app was invited to.

    A thread is a document; the messages of a day that nobody answered are one too. An item's id is
    "CHANNEL/TS" or "CHANNEL/DATE". What a private channel holds may be read in that channel, and by its
    members; what a public one holds by everyone. Our own answers, and what was asked of us, are left out.
    """

    token: Secret
    """The bot token of the app (xoxb-...)."""
    channels: tuple[str, ...] = ()
    """Names or ids; empty for all that the app was invited to."""
    days: int = 365
    """Older messages are left out; 0 for none."""
    timezone: str = "Asia/Seoul"
    """Where days begin and end."""
    bots: bool = False
    """Whether what other apps post is read as well."""
    api_url: str = "https://slack.com/api/"
    """Another address only for a sandbox or a gateway."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "slack"

    def check(self) -> str:
        places = self._places()
        missing = self._not_found(places)
        names = ", ".join(f"#{place.name}" for place in places[:5]) + ("…" if len(places) > 5 else "")
        if not places:
            raise SourceUnavailable(
                "The app is in no channel. Invite it to those that Footnote is to read: /invite @footnote"
            )
        found = f"{len(places)} channels of {self._team['team']}: {names}"
        if missing:
            found += f"; the app is not in {', '.join(missing)}: invite it there"
        return f"{found}."

    def items(self, cursor: str | None) -> Listing:
        places = self._places()
        last = _read_cursor(cursor)
        is_delta = last is not None and last.members.keys() <= {place.id for place in places}
        now = datetime.now(UTC)
        items: list[Item] = []
        for place in places:
            same = last is not None and is_delta and last.members.get(place.id) == place.readers_version
            since = self._day_of(last.since - RECENT) if same and last is not None else None
            items += self._listed(place, max(filter(None, (since, self._oldest(now))), default=None))
        unreadable = [
            (name, "the app is not in this channel: invite it there") for name in self._not_found(places)
        ]
        following = json.dumps(
            {"since": now.timestamp(), "members": {place.id: place.readers_version for place in places}}
        )
        return Listing(
            tuple(sorted(items, key=lambda item: item.id)),
            is_complete=not is_delta,
            cursor=following,
            unreadable=tuple(unreadable),
        )

    def fetch(self, item: Item) -> Document:
        channel, _, part = item.id.partition("/")
        try:
            place = self._place(channel)
            if "." in part:
                messages = [*self._api.pages("conversations.replies", "messages", channel=channel, ts=part)]
            else:
                messages = [one for one in self._of_day(channel, part) if self._is_alone(one)]
        except Refused as exc:
            if exc.error in _GONE:
                raise ItemUnreadable(f"{item.id}: is gone, or the app was removed from the channel") from exc
            raise
        said = [message for message in messages if self._is_said(message)]
        if not said:
            raise ItemUnreadable(f"{item.id}: nothing is left of it")
        title = f"#{place.name}, {part}" if "." not in part else f"#{place.name}: {self._line(said[0])}"
        return Document(
            id=item.id,
            title=title,
            url=f"{self._team['url']}archives/{channel}/p{str(said[0]['ts']).replace('.', '')}",
            content="\n\n".join(self._written(message) for message in said).encode(),
            media_type="text/markdown",
            updated_at=_moment(max(_changed(message) for message in said)),
            readers=place.readers,
            authors=tuple(dict.fromkeys(self._author(message) for message in said)),
        )

    # --- what there is ----------------------------------------------------------------------------------

    @cached_property
    def _api(self) -> SlackApi:
        return SlackApi(self.machine, self.api_url, self.token)

    @cached_property
    def _known(self) -> _Known:
        return _Known()

    @property
    def _team(self) -> Json:
        """The workspace, and who we are there."""
        if self._known.team is None:
            self._known.team = self._api.call("auth.test")
        return self._known.team

    def _places(self) -> list[_Place]:
        """The channels that are read, by id."""
        wanted = {name.removeprefix("#") for name in self.channels}
        kinds = "public_channel,private_channel"
        found = self._api.pages("users.conversations", "channels", types=kinds, exclude_archived="true")
        chosen = [one for one in found if not wanted or {one["id"], one["name"]} & wanted]
        places = [self._with_readers(one) for one in chosen]
        self._known.places = {place.id: place for place in places}
        return sorted(places, key=lambda place: place.id)

    def _place(self, channel: str) -> _Place:
        if channel not in self._known.places:
            info = self._api.call("conversations.info", channel=channel)["channel"]
            self._known.places[channel] = self._with_readers(info)
        return self._known.places[channel]

    def _with_readers(self, channel: Json) -> _Place:
        """Who may read a channel: all members of the workspace, or its own."""
        team = str(self._team["team_id"])
        readers = {f"channel:{team}/{channel['id']}"}
        if channel.get("is_private"):
            members = [*self._api.pages("conversations.members", "members", channel=channel["id"])]
            people = [(member, self._person(str(member))) for member in members]
            readers |= {
                f"user:{person.get('team_id') or team}/{member}" for member, person in people if person
            }
        else:
            readers.add(EVERYONE)
        return _Place(str(channel["id"]), str(channel["name"]), frozenset(readers))

    def _not_found(self, places: list[_Place]) -> list[str]:
        there = {name for place in places for name in (place.id, place.name)}
        return [name for name in self.channels if name.removeprefix("#") not in there]

    def _listed(self, place: _Place, oldest: datetime | None) -> list[Item]:
        days: dict[str, list[str]] = {}
        items: list[Item] = []
        bounds = {} if oldest is None else {"oldest": f"{oldest.timestamp():.6f}", "inclusive": "true"}
        for message in self._api.pages("conversations.history", "messages", channel=place.id, **bounds):
            if self._is_alone(message):
                days.setdefault(self._date_of(message), []).append(f"{message['ts']}{_changed(message)}")
            elif self._has_answers(message):
                parts = (message.get("latest_reply"), message.get("reply_count"), _changed(message))
                version = "-".join(str(part) for part in (*parts, place.readers_version))
                items.append(Item(f"{place.id}/{message['ts']}", version))
        for date, versions in days.items():
            digest = hashlib.sha256("\n".join([*sorted(versions), place.readers_version]).encode())
            items.append(Item(f"{place.id}/{date}", digest.hexdigest()[:32]))
        return items

    def _of_day(self, channel: str, date: str) -> Iterator[Json]:
        begins = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=ZoneInfo(self.timezone))
        ends = (begins + timedelta(days=1)).timestamp() - 1e-6
        bounds = {"oldest": f"{begins.timestamp():.6f}", "latest": f"{ends:.6f}", "inclusive": "true"}
        yield from reversed(
            [*self._api.pages("conversations.history", "messages", channel=channel, **bounds)]
        )

    # --- what is said -----------------------------------------------------------------------------------

    def _is_said(self, message: Json) -> bool:
        """Whether a message is somebody's words, and neither ours nor to us."""
        ours = {str(self._team["user_id"]), str(self._team.get("bot_id", ""))}
        if message.get("subtype", "") not in _SAID or {message.get("user"), message.get("bot_id")} & ours:
            return False
        if (message.get("bot_id") or message.get("subtype") == "bot_message") and not self.bots:
            return False
        text = str(message.get("text", ""))
        return bool(text.strip() or message.get("files")) and f"<@{self._team['user_id']}" not in text

    def _has_answers(self, message: Json) -> bool:
        """Whether anybody but us answered."""
        others = set(message.get("reply_users") or ()) - {str(self._team["user_id"])}
        return bool(message.get("reply_count")) and bool(others)

    def _is_alone(self, message: Json) -> bool:
        return self._is_said(message) and not self._has_answers(message)

    def _written(self, message: Json) -> str:
        when = _moment(float(message["ts"])).astimezone(ZoneInfo(self.timezone))
        files = [f"({one.get('title') or one.get('name')})" for one in message.get("files") or ()]
        text = "\n".join([self._plain(str(message.get("text", ""))), *map(str, files)]).strip()
        return f"**{self._author(message)}** ({when:%Y-%m-%d %H:%M}):\n{text}"

    def _line(self, message: Json) -> str:
        words = " ".join(self._plain(str(message.get("text", ""))).split())
        return words if len(words) <= 60 else words[:60].rsplit(" ", 1)[0] + "…"

    def _author(self, message: Json) -> str:
        person = self._person(str(message.get("user", "")))
        profile = person.get("profile") or {}
        names = (profile.get("display_name"), profile.get("real_name"), person.get("name"))
        return next((str(name) for name in (*names, message.get("username")) if name), "?")

    def _person(self, user: str) -> Json:
        """What Slack says of somebody; {} where it knows nobody of that id."""
        known = self._known
        with known.lock:
            if not known.people:
                known.people = {str(one["id"]): one for one in self._api.pages("users.list", "members")}
            if user and user not in known.people:  # they joined since
                try:
                    known.people[user] = self._api.call("users.info", user=user)["user"]
                except Refused:
                    known.people[user] = {}
            return known.people.get(user, {})

    def _plain(self, text: str) -> str:
        """Slack's mrkdwn as people see it: names instead of ids, addresses beside their words."""

        def seen(match: re.Match[str]) -> str:
            mark = match[1]
            target, _, words = match[2].partition("|")
            if mark == "@":
                return "@" + (words or self._author({"user": target}))
            if mark == "#":
                return "#" + (words or getattr(self._known.places.get(target), "name", target))
            if mark == "!":
                return words or "@" + target.partition("^")[0]
            return f"{words} ({target})" if words and words != target else target

        return unicodedata.normalize("NFC", html.unescape(re.sub(r"<([@#!]?)([^<>]+)>", seen, text)))

    def _date_of(self, message: Json) -> str:
        return _moment(float(message["ts"])).astimezone(ZoneInfo(self.timezone)).date().isoformat()

    def _day_of(self, moment: datetime) -> datetime:
        """When the day began that it is in: a day is listed whole or not at all."""
        local = moment.astimezone(ZoneInfo(self.timezone))
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    def _oldest(self, now: datetime) -> datetime | None:
        return self._day_of(now - timedelta(days=self.days)) if self.days else None


@dataclass(frozen=True)
class _Place:
    id: str
    name: str
    readers: frozenset[str]

    @property
    def readers_version(self) -> str:
        return hashlib.sha256("\n".join(sorted(self.readers)).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class _Cursor:
    since: datetime
    members: Mapping[str, str]
    """Channel id to the version of its readers."""


@dataclass
class _Known:
    """What was learnt of the workspace; another process learns it anew."""

    team: Json | None = None
    places: dict[str, _Place] = field(default_factory=dict)
    people: dict[str, Json] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


def _read_cursor(cursor: str | None) -> _Cursor | None:
    try:
        given = json.loads(cursor or "")
        return _Cursor(_moment(float(given["since"])), dict(given["members"]))
    except (ValueError, KeyError, TypeError):  # of another version of this file: everything is listed
        return None


def _changed(message: Json) -> float:
    """When it was written or last edited, in seconds since 1970."""
    return float((message.get("edited") or {}).get("ts") or message["ts"])


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
