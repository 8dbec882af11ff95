"""Which adapters answer now, and which one a question gets. Pure.

There is one slot for everybody, one for a share of the questions and one for each channel. What was
activated last in a slot answers there; where that is rolled back, what was there before answers again, and at
the bottom the model without any.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.contracts import Question, Readers
from bot.store.adapters import ACTIVATED, AdapterEvent, TunedAdapter

EVERYWHERE, CHANNEL, SHARE = "everywhere", "channel", "share"


@dataclass(frozen=True)
class Activation:
    """An adapter that answers now, and where."""

    adapter: str
    channel: str
    """Id of the channel in which alone it answers; "": any."""
    share: float
    """Of the questions; 1: all."""
    since: datetime
    who: str

    @property
    def scope(self) -> str:
        """EVERYWHERE, CHANNEL or SHARE."""
        return CHANNEL if self.channel else SHARE if self.share < 1 else EVERYWHERE

    @property
    def where(self) -> str:
        """In words."""
        if self.channel:
            return f"in {self.channel}"
        return "everywhere" if self.share >= 1 else f"for {self.share:.0%} of the questions"


def active(events: Sequence[AdapterEvent]) -> list[Activation]:
    """What follows from the history, oldest first: the channels, then the share, then everywhere."""
    slots: dict[tuple[str, str], list[AdapterEvent]] = {}
    for event in events:
        if event.what != ACTIVATED:
            for held in slots.values():
                held[:] = [one for one in held if one.adapter != event.adapter]
            continue
        scope = CHANNEL if event.channel else SHARE if event.share < 1 else EVERYWHERE
        held = slots.setdefault((scope, event.channel), [])
        held[:] = [one for one in held if one.adapter != event.adapter] + [event]
    order = (CHANNEL, SHARE, EVERYWHERE)
    chosen = [(order.index(scope), held[-1]) for (scope, _), held in slots.items() if held]
    return [
        Activation(event.adapter, event.channel, event.share, event.at, event.who)
        for _, event in sorted(chosen, key=lambda each: each[0])
    ]


def chosen(
    activations: Sequence[Activation],
    adapters: Collection[TunedAdapter],
    question: Question,
) -> TunedAdapter | None:
    """The one that answers a question: of its channel, else of the share that it falls into, else the one for
    everybody; None: the model without any. One that these readers may not have is passed over."""
    known = {adapter.name: adapter for adapter in adapters}
    for activation in activations:
        adapter = known.get(activation.adapter)
        if adapter is None or not may_have(adapter, question.readers):
            continue
        if activation.channel and activation.channel != question.asked_in:
            continue
        if falls_into(activation.share, adapter.sha256, question.id or question.text):
            return adapter
    return None


def may_have(adapter: TunedAdapter, readers: Readers) -> bool:
    """Whether all it was made from may be read where the answer lands: every row can be read by one of its
    readers at least, so it takes all of them."""
    return adapter.readers is None or (bool(adapter.readers) and readers.issuperset(adapter.readers))


def falls_into(share: float, salt: str, id: str) -> bool:
    """Whether a question is among the share. The same one always is or is not, and more as the share grows;
    those that fall into one adapter's share are no likelier to fall into another's."""
    if share >= 1:
        return True
    number = int.from_bytes(hashlib.sha256(f"{salt}\0{id}".encode()).digest()[:8], "big")
    return number < share * 2**64
