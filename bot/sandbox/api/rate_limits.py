"""How often each method of the Web API may be called: Slack's tiers, as token buckets on the sandbox's clock.

Slack promises "50+ a minute" and a tolerance for bursts, not an algorithm. Here a bucket holds a minute's
worth and fills evenly, so that a client that stays within the documented figure is never refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

HISTORY_OUTSIDE_MARKETPLACE = 15
"""The most messages a page may hold for a distributed app that is not in the Marketplace."""


@dataclass(frozen=True)
class Limit:
    """`per_minute` calls on the long run, `burst` of them at once."""

    per_minute: float
    burst: float


def _tier(per_minute: int) -> Limit:
    return Limit(per_minute, per_minute)


TIER_1, TIER_2, TIER_3, TIER_4 = map(_tier, (1, 20, 50, 100))
# what the documents call special, with figures where they name any
_HUNDREDS = _tier(300)
_STATUS = _tier(600)
# documented as tier 1, which ten connections could not live with: reports tell of refusals only to a client
# that opens connection after connection
_CONNECTIONS = Limit(20, 60)

PER_CHANNEL = Limit(60, 20)
"""chat.postMessage: one a second in a channel; "short bursts" are allowed, how long ones is not said."""

LIMITS: Mapping[str, Limit] = {
    "agents.sessions.rename": TIER_3,
    "agents.sessions.setStatus": TIER_4,
    "apps.connections.open": _CONNECTIONS,
    "assistant.threads.setStatus": _STATUS,
    "assistant.threads.setSuggestedPrompts": TIER_4,
    "assistant.threads.setTitle": TIER_4,
    "auth.test": _HUNDREDS,
    "bots.info": TIER_3,
    "chat.appendStream": TIER_4,
    "chat.delete": TIER_3,
    "chat.getPermalink": _HUNDREDS,
    "chat.postEphemeral": TIER_4,
    "chat.postMessage": _HUNDREDS,
    "chat.startStream": TIER_2,
    "chat.stopStream": TIER_2,
    "chat.update": TIER_3,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.join": TIER_3,
    "conversations.leave": TIER_3,
    "conversations.list": TIER_2,
    "conversations.members": TIER_4,
    "conversations.open": TIER_3,
    "conversations.replies": TIER_3,
    "files.completeUploadExternal": TIER_4,
    "files.delete": TIER_3,
    "files.getUploadURLExternal": TIER_4,
    "files.info": TIER_4,
    "files.list": TIER_3,
    "reactions.add": TIER_3,
    "reactions.get": TIER_3,
    "reactions.remove": TIER_2,
    "team.info": TIER_3,
    "usergroups.list": TIER_2,
    "usergroups.users.list": TIER_2,
    "users.conversations": TIER_3,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "users.lookupByEmail": TIER_3,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
}
"""By method, for the whole workspace."""

_ROUNDING = 1e-4
"""Seconds by which arithmetic on a clock may be off."""
_READS_HISTORY = ("conversations.history", "conversations.replies")


@dataclass
class _Bucket:
    tokens: float
    filled: float


class RateLimits:
    """Counts calls; not while `is_on` is false.

    `outside_marketplace`: the app is distributed but not in the Marketplace, so that it reads history once a
    minute, HISTORY_OUTSIDE_MARKETPLACE messages at a time.
    """

    def __init__(
        self, clock: Callable[[], float], *, is_on: bool = True, outside_marketplace: bool = False
    ) -> None:
        self.is_on = is_on
        self.outside_marketplace = outside_marketplace
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def retry_after(self, method: str, channel: str = "") -> int:
        """0 if the call may be made now, and then it counts; else the whole seconds to wait."""
        if not self.is_on:
            return 0
        wanted = [(method, "", self._limit_of(method))]
        if method == "chat.postMessage" and channel:
            wanted.append((method, channel, PER_CHANNEL))
        buckets = [(self._bucket(name, where, limit), limit) for name, where, limit in wanted]
        wait = max((1 - bucket.tokens) * 60 / limit.per_minute for bucket, limit in buckets)
        if wait > _ROUNDING:
            return math.ceil(wait - _ROUNDING)
        for bucket, _ in buckets:
            bucket.tokens -= 1
        return 0

    def _limit_of(self, method: str) -> Limit:
        if self.outside_marketplace and method in _READS_HISTORY:
            return TIER_1
        return LIMITS[method]

    def _bucket(self, method: str, where: str, limit: Limit) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault((method, where), _Bucket(limit.burst, now))
        # a clock that a test set back fills nothing
        passed = max(0.0, now - bucket.filled)
        bucket.tokens = min(limit.burst, bucket.tokens + passed * limit.per_minute / 60)
        bucket.filled = now
        return bucket
