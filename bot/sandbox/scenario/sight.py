"""What stands in the workspace, as the steps of a scenario name it, wait for it and expect it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from bot.sandbox.scenario import steps
from bot.sandbox.server import Sandbox
from bot.sandbox.shapes import Json
from bot.sandbox.team import cast
from bot.sandbox.team.messages import Message

T = TypeVar("T")
_MOST_SHOWN = 400


class StepFailed(Exception):
    """What was expected, what stood there instead, and the next step."""

    def __init__(self, expected: str, found: str, mend: str) -> None:
        super().__init__(expected)
        self.expected, self.found, self.mend = expected, found[:_MOST_SHOWN], mend


@dataclass(frozen=True)
class Place:
    """A message that a step was about; it may be gone by now."""

    channel: str
    ts: str
    root: str


class Sight:
    """Everything that is there, by the names that the scenario gave."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._workspace = sandbox.workspace
        self.named: dict[str, Place] = {}
        self.since = self._workspace.new_ts()
        """When the last step began that did something: an ephemeral message waited for is newer."""

    # --- what is waited for ---------------------------------------------------------------------------

    async def wait_for(self, step: steps.WaitFor) -> Place | None:
        """The message it waited for, if it is one. Raises StepFailed."""
        match step.what:
            case "reply":
                place = self.find(step.thread)
                message = await self._seen(step, lambda: self._first(step, self._replies(place)))
                return self.placed(message.channel, message.ts)
            case "text":
                channel = self._workspace.channel(self.channel(step.channel, step.person)).id
                history = self._workspace.history[channel]
                message = await self._seen(step, lambda: self._first(step, history.values()))
                return self.placed(message.channel, message.ts)
            case "ephemeral":
                message = await self._seen(step, lambda: self._first(step, self._ephemerals(step)))
                return self.placed(message.channel, message.ts)
            case "status":
                place = self.find(step.thread)
                status = self._sandbox.status
                await self._seen(step, lambda: _matching(step, status(place.channel, place.root)))
            case "modal":
                await self._seen(step, lambda: _matching_view(step, self._sandbox.modal(step.person)))
            case "home":
                await self._seen(step, lambda: _matching_view(step, self._sandbox.home(step.person)))
            case "connection":
                await self._seen(step, lambda: self._sandbox.is_connected)
        return None

    async def _seen(self, step: steps.WaitFor, look: Callable[[], T | None]) -> T:
        try:
            found = await self._sandbox.wait_for(look, step.timeout)
        except TimeoutError:
            expected = f"{step.what} within {step.timeout:g} s{_demands(step)}"
            mend = "Look into the app's log, or allow more with `timeout`."
            if not self._sandbox.is_connected:
                mend = "The app is not connected: look into its log."
            raise StepFailed(expected, self._shown(step), mend) from None
        return found  # type: ignore[return-value] # what is waited for is never None

    def _shown(self, step: steps.WaitFor) -> str:
        match step.what:
            case "reply":
                found = self._replies(self.find(step.thread))
            case "ephemeral":
                found = self._ephemerals(step)
            case "text":
                channel = self._workspace.channel(self.channel(step.channel, step.person)).id
                found = list(self._workspace.history[channel].values())[-3:]
            case "status":
                place = self.find(step.thread)
                return self._sandbox.status(place.channel, place.root) or "nothing"
            case "modal" | "home":
                view = getattr(self._sandbox, step.what)(step.person)
                return json.dumps(view, ensure_ascii=False) if view else "nothing"
            case _:
                return "no connection"
        return " | ".join(message.text for message in found) or "nothing"

    def _replies(self, place: Place) -> list[Message]:
        return [
            message
            for message in self._workspace.history[place.channel].values()
            if message.bot_id == cast.BOT_ID
            and message.ts > place.ts
            and (message.thread_ts or place.root) == place.root
            and not (message.stream and message.stream.state == "in_progress")
        ]

    def _ephemerals(self, step: steps.WaitFor) -> list[Message]:
        person = self._workspace.user(step.person).id
        channel = step.channel and self._workspace.channel(self.channel(step.channel, step.person)).id
        return [
            message
            for message in self._workspace.ephemerals.values()
            if message.ephemeral_for == person
            and message.ts > self.since
            and channel in ("", message.channel)
        ]

    def _first(self, step: steps.WaitFor, messages: Iterable[Message]) -> Message | None:
        return next(
            (message for message in messages if _problem(step, message.text, message.blocks) is None), None
        )

    # --- what must stand there --------------------------------------------------------------------------

    def expect(self, step: steps.Expect) -> None:
        """Raises StepFailed."""
        place = self.find(step.message)
        if step.count is not None:
            answers = [
                message
                for message in self._workspace.history[place.channel].values()
                if message.bot_id == cast.BOT_ID and message.thread_ts == place.root
            ]
            if len(answers) != step.count:
                found = f"{len(answers)}: " + " | ".join(message.text for message in answers)
                expected = f"{step.count} messages of the app in the thread"
                raise StepFailed(expected, found, "Wait for what is still to come, or change `count`.")
        message = self.message(place)
        if problem := _problem(step, message.text, message.blocks):
            mend = "Wait for it with wait_for, or change what is expected."
            raise StepFailed(*problem, mend)

    # --- finding ----------------------------------------------------------------------------------------

    def where(self, step: steps.Place) -> tuple[str, str | None]:
        """Where somebody does it: a channel, and the ts of the thread if it is one."""
        if step.channel:
            return self.channel(step.channel, step.person), None
        place = self.find(step.thread)
        return place.channel, place.root

    def channel(self, name: str, person: str) -> str:
        """A channel as a step names it: by name or id, or `dm`."""
        return self._sandbox.dm(person) if name == steps.DIRECT else name

    def find(self, name: str) -> Place:
        """The message that a step before called so."""
        place = self.named.get(name)
        if place is None:
            mend = "A step before it must send a message or wait for one."
            raise StepFailed(f"a message called {name!r}", "none", mend)
        return place

    def message(self, place: Place) -> Message:
        """It as it stands now. Raises SlackError message_not_found."""
        hidden = self._workspace.ephemerals.get(place.ts)
        return hidden or self._workspace.message(place.channel, place.ts)

    def placed(self, channel: str, ts: str) -> Place:
        """A message that is there, to be found again."""
        channel = self._workspace.channel(channel).id
        hidden = self._workspace.ephemerals.get(ts)
        message = hidden or self._workspace.message(channel, ts)
        return Place(channel, ts, message.root)


def _list(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def _problem(step: steps.Seen, text: str, blocks: list[Json]) -> tuple[str, str] | None:
    """What was expected and what is there instead; None if all is well."""
    shown = "\n".join([text, *_words_of(blocks)]) if blocks else text
    for wanted in _list(step.contains):
        if wanted not in shown:
            return f"text with {wanted!r}", shown or "no text"
    for unwanted in _list(step.lacks):
        if unwanted in shown:
            return f"nothing with {unwanted!r}", shown
    structure = json.dumps(blocks, ensure_ascii=False)
    for wanted in _list(step.blocks_contain):
        if wanted not in structure:
            return f"blocks with {wanted!r}", structure if blocks else "no blocks"
    return None


def _words_of(part: object) -> Iterator[str]:
    """Every text in blocks: with blocks, the text of a message itself is only for notifications."""
    if isinstance(part, list):
        for one in part:
            yield from _words_of(one)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from _words_of(value)


def _matching(step: steps.Seen, text: str) -> str | None:
    return text if text and _problem(step, text, []) is None else None


def _matching_view(step: steps.Seen, view: Json | None) -> Json | None:
    if view is None:
        return None
    text = json.dumps(view, ensure_ascii=False)
    return view if _problem(step, text, view["blocks"]) is None else None


def _demands(step: steps.Seen) -> str:
    said = [(_list(step.contains), "with"), (_list(step.lacks), "without")]
    said.append((_list(step.blocks_contain), "with, in its blocks,"))
    return "".join(f", {how} {', '.join(map(repr, words))}" for words, how in said if words)
