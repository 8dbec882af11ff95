"""Plays a scenario in a running workspace, step by step, until the end or the first failure."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.errors import SlackError
from bot.sandbox.events.delivery import NotAcknowledged
from bot.sandbox.faults.faults import WrongFault
from bot.sandbox.scenario import steps
from bot.sandbox.scenario.script import Script
from bot.sandbox.scenario.sight import Place, Sight, StepFailed
from bot.sandbox.server import Sandbox
from bot.sandbox.shapes import Json
from bot.sandbox.team.elements import elements_of


@dataclass(frozen=True)
class Outcome:
    """How one step went."""

    number: int
    """From 1."""
    do: str
    words: str
    """What was to be done, in one line."""
    at: float
    """Seconds from the beginning of the scenario to that of the step."""
    seconds: float
    """How long the step took."""
    expected: str = ""
    """Only of a step that failed, as are `found` and `mend`."""
    found: str = ""
    mend: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.expected)


async def play(script: Script, sandbox: Sandbox) -> AsyncGenerator[Outcome, None]:
    """Play it; gives an outcome behind every step, and ends behind the first that failed."""
    player = _Player(sandbox, script.folder)
    began = time.perf_counter()
    for number, step in enumerate(script.steps, 1):
        start = time.perf_counter()
        problem: tuple[str, ...] = ()
        try:
            await player.take(step)
        except StepFailed as failure:
            problem = (failure.expected, failure.found, failure.mend)
        at, seconds = round(start - began, 3), round(time.perf_counter() - start, 3)
        yield Outcome(number, step.do, words_of(step), at, seconds, *problem)
        if problem:
            return


def words_of(step: steps.AnyStep) -> str:
    """A step in one line: what was written in it."""
    written = step.model_dump(by_alias=True, exclude_defaults=True, exclude={"do", "id"})
    words = []
    for key, value in written.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        words.append(text if key in ("as", "in", "text", "what") else f"{key} {text}")
    return " · ".join(words)


class _Player:
    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox = sandbox
        self._workspace = sandbox.workspace
        self._folder = folder
        self._sight = Sight(sandbox)

    async def take(self, step: steps.AnyStep) -> None:
        """Raises StepFailed."""
        try:
            place = await self._take(step)
        except SlackError as refusal:
            raise StepFailed(
                "the workspace lets this happen", refusal.error, self._mend(refusal)
            ) from refusal
        except NotAcknowledged as failure:
            mend = "Look into the app's log: it must be connected, and acknowledge within 3 seconds."
            raise StepFailed("the app acknowledges it", failure.reason, mend) from failure
        except WrongFault as wrong:
            mend = "docs/sandbox.md lists what each fault takes."
            raise StepFailed("a fault as the catalogue has it", str(wrong), mend) from wrong
        if place:
            self._sight.named[steps.LAST] = place
        if step.id and steps.LAST in self._sight.named:
            self._sight.named[step.id] = self._sight.named[steps.LAST]

    async def _take(self, step: steps.AnyStep) -> Place | None:
        sandbox = self._sandbox
        match step:
            case steps.WaitFor():
                return await self._sight.wait_for(step)
            case steps.Expect():
                self._sight.expect(step)
                return None
            case steps.TriggerFault():
                await sandbox.faults.trigger(step.name, **step.parameters)
                return None
            case steps.Lift():
                if step.name:
                    sandbox.faults.lift(step.name)
                else:
                    sandbox.faults.lift_all()
                return None
            case steps.Pause():
                await asyncio.sleep(step.seconds)
                return None
            case steps.Note():
                return None
            case _:
                self._sight.since = self._workspace.new_ts()
                return await self._act(step)

    # --- what people do -------------------------------------------------------------------------------

    async def _act(self, step: steps.Act) -> Place | None:
        sandbox, who = self._sandbox, step.person
        match step:
            case steps.Say():
                channel, thread = self._sight.where(step)
                return self._sight.placed(
                    channel, await sandbox.say(who, channel, step.text, thread, broadcast=step.broadcast)
                )
            case steps.Upload():
                channel, thread = self._sight.where(step)
                name, content = self._content(step)
                return self._sight.placed(
                    channel, await sandbox.upload(who, channel, name, content, thread, comment=step.comment)
                )
            case steps.Edit():
                place = self._sight.find(step.message)
                await sandbox.edit(who, place.channel, place.ts, step.text)
                return place
            case steps.Delete():
                place = self._sight.find(step.message)
                if self._sight.message(place).user != self._workspace.user(who).id:
                    raise SlackError("cant_delete_message")
                await sandbox.delete(place.channel, place.ts)
            case steps.React():
                place = self._sight.find(step.message)
                await sandbox.react(who, place.channel, place.ts, step.name)
                return place
            case steps.RunCommand():
                name, _, text = step.text.partition(" ")
                await sandbox.command(who, self._sight.channel(step.channel, who), name, text.strip())
            case steps.UseShortcut():
                of = self._sight.find(step.message) if step.message else None
                on = (of.channel, of.ts) if of else ()
                await sandbox.shortcut(who, step.callback_id, *on)
            case steps.Click():
                await self._click(step)
            case steps.Submit():
                await self._submit(step)
            case steps.Close():
                await sandbox.close_modal(who)
            case steps.OpenApp():
                thread_ts = await sandbox.open_app(who, step.tab)
                return self._sight.placed(sandbox.dm(who), thread_ts) if thread_ts else None
            case steps.Stop():
                place = self._sight.find(step.thread)
                await sandbox.stop_answer(who, place.channel, place.root)
            case steps.Join():
                await sandbox.join(who, step.channel)
            case steps.Leave():
                await sandbox.leave(who, step.channel)
        return None

    async def _click(self, step: steps.Click) -> None:
        sandbox, who = self._sandbox, step.person
        if step.on == "message":
            place = self._sight.find(step.message)
            action, value = _element(step, self._sight.message(place).blocks)
            await sandbox.click(who, place.channel, place.ts, action, value)
            return
        view = self._modal(who) if step.on == "modal" else sandbox.home(who)
        if view is None:
            raise StepFailed("a published Home tab", "none", "The app publishes it when somebody opens it.")
        action, value = _element(step, view["blocks"])
        click = sandbox.click_in_modal if step.on == "modal" else sandbox.click_in_home
        await click(who, action, value)

    async def _submit(self, step: steps.Submit) -> None:
        self._modal(step.person)
        errors = await self._sandbox.submit(step.person, step.filled)
        if bool(errors) != step.refused:
            expected = "the modal is refused" if step.refused else "the modal is taken"
            found = json.dumps(errors, ensure_ascii=False) if errors else "it was taken"
            raise StepFailed(expected, found, "Change `filled`, or say with `refused` that errors must come.")

    def _content(self, step: steps.Upload) -> tuple[str, bytes]:
        if not step.path:
            return step.name, step.content.encode()
        path = self._folder / step.path
        try:
            return step.name or path.name, path.read_bytes()
        except OSError as exc:
            found = f"{path}: {exc.strerror or exc}"
            raise StepFailed("a file to share", found, "Paths start where the scenario is.") from exc

    def _modal(self, person: str) -> Json:
        view = self._sandbox.modal(person)
        if view is None:
            raise StepFailed("an open modal", "none", 'Wait for it: do = "wait_for", what = "modal".')
        return view

    def _mend(self, refusal: SlackError) -> str:
        match refusal.error:
            case "user_not_found":
                return f"There are {', '.join(user.name for user in self._workspace.users.values())}."
            case "channel_not_found":
                names = (channel.name for channel in self._workspace.channels.values() if channel.name)
                return f"There are {steps.DIRECT}, {', '.join(names)}; not everybody sees each."
            case "not_in_channel":
                return "Let them join first."
            case _:
                return "This is Slack's own name for it."


def _element(step: steps.Click, blocks: list[Json]) -> tuple[str, str | list[str] | None]:
    """The action_id, and the value where the text of a button says which."""
    if step.action:
        return step.action, step.value
    seen: list[str] = []
    for _, element in elements_of(blocks):
        for side in (element, element.get("positive_button"), element.get("negative_button")):
            if not isinstance(side, dict) or not isinstance(side.get("text"), dict):
                continue
            text = side["text"]
            if text.get("text") == step.button:
                return element["action_id"], side.get("value") if side is not element else step.value
            seen.append(str(text.get("text")))
    found = ", ".join(map(repr, seen)) or "no button"
    raise StepFailed(f"a button {step.button!r}", found, "Name one that is there.")
