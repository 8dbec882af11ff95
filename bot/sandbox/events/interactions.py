"""What people do with what the app sent: clicks, slash commands, shortcuts, modals."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.sandbox.errors import SlackError
from bot.sandbox.events.delivery import NotAcknowledged
from bot.sandbox.events.responses import Responses
from bot.sandbox.shapes import Json
from bot.sandbox.team import cast
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.elements import (
    STATEFUL,
    elements_of,
    initial_of,
    options_of,
    problem_with,
    state_of,
)
from bot.sandbox.team.messages import Message
from bot.sandbox.team.views import View, Views
from bot.sandbox.team.workspace import Workspace

TRIGGER_SECONDS = 3.0

Ask = Callable[[str, Json], Awaitable[Json]]
"""Deliver one envelope and return the payload of its ack. Raises NotAcknowledged."""

Given = str | list[str] | None
"""What somebody puts into an element: one value, several, or nothing."""


@dataclass
class Trigger:
    """Leave to open one modal."""

    user: str
    expires: float
    is_used: bool = False


class Interactions:
    """Everything that needs an answer from the app while somebody waits."""

    def __init__(self, workspace: Workspace, views: Views, responses: Responses, ask: Ask) -> None:
        self.workspace = workspace
        self.views = views
        self._responses = responses
        self._ask = ask
        self._triggers: dict[str, Trigger] = {}
        self._suggested: dict[tuple[str, str], list[Json]] = {}
        """What the app offered last: by user and action_id."""

    # --- commands and shortcuts -------------------------------------------------------------------------

    async def command(self, user: str, channel: str, name: str, text: str) -> None:
        """A slash command. What Slackbot would say to the person comes as an ephemeral message."""
        place = self.workspace.channel(channel, user)
        if not any(command.name == name for command in self.workspace.app.commands):
            self._slackbot(user, place, f"{name} is not a valid command.")
            return
        payload = {
            "token": "sandbox",
            "team_id": cast.TEAM_ID,
            "team_domain": cast.TEAM_DOMAIN,
            "channel_id": place.id,
            "channel_name": _name_for_payload(place),
            "user_id": user,
            "user_name": self.workspace.users[user].name,
            "command": name,
            "text": text,
            "api_app_id": cast.APP_ID,
            "is_enterprise_install": "false",
            "response_url": self._responses.new_url(user, place.id),
            "trigger_id": self._new_trigger(user),
        }
        try:
            answer = await self._ask("slash_commands", payload)
        except NotAcknowledged as failure:
            error = "operation_timeout" if failure.reason.endswith("timeout") else "dispatch_failed"
            self._slackbot(user, place, f"{name} failed with the error “{error}”")
            return
        if answer.get("text") or answer.get("blocks"):
            self._responses.post(user, place, answer)

    async def shortcut(self, user: str, callback_id: str) -> None:
        """A global shortcut. Raises SlackError shortcut_not_found, and NotAcknowledged."""
        self._check_shortcut("global", callback_id)
        payload = self._about(user, "shortcut")
        # Slack tells less of a global shortcut than of all else
        del payload["api_app_id"], payload["user"]["name"]
        payload |= {"callback_id": callback_id, "action_ts": self.workspace.new_ts()}
        await self._ask("interactive", payload)

    async def message_shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> None:
        """A shortcut in a message's menu.

        Raises SlackError shortcut_not_found or message_not_found, and NotAcknowledged.
        """
        self._check_shortcut("message", callback_id)
        place = self.workspace.channel(channel, user)
        message = self.workspace.message(place.id, ts)
        payload = self._about(user, "message_action")
        del payload["api_app_id"]
        payload |= {
            "callback_id": callback_id,
            "action_ts": self.workspace.new_ts(),
            "message_ts": ts,
            "message": message.as_json(),
            "channel": {"id": place.id, "name": _name_for_payload(place)},
            "response_url": self._responses.new_url(user, place.id, ts),
        }
        await self._ask("interactive", payload)

    # --- elements -----------------------------------------------------------------------------------------

    async def click(
        self, user: str, channel: str, ts: str, action_id: str, value: Given = None, block_id: str = ""
    ) -> None:
        """Use a button, feedback button or select of a message; `value` chooses where there is a choice.

        Where several elements have the same action_id, it is the one in this block, or the first that
        has this value.

        Raises SlackError message_not_found or action_not_found, and NotAcknowledged.
        """
        place, message = self._seen_message(user, channel, ts)
        action = self._action(user, message.blocks, action_id, value, block_id)
        payload: Json = {
            "container": _container_of(message),
            "channel": {"id": place.id, "name": _name_for_payload(place)},
            "state": {"values": self._states(user, message.blocks, {action_id: value}, {})},
            "response_url": self._responses.new_url(user, place.id, ts),
            "actions": [action],
        }
        if not message.ephemeral_for:
            payload["message"] = message.as_json()
        await self._ask("interactive", self._about(user, "block_actions") | payload)

    async def click_in_view(
        self,
        user: str,
        view: View,
        action_id: str,
        value: Given = None,
        filled: Mapping[str, object] | None = None,
        block_id: str = "",
    ) -> None:
        """The same in a modal or on the Home tab; `filled` by action_id: what stands in its elements."""
        _check_owner(view, user)
        blocks = view.content["blocks"]
        action = self._action(user, blocks, action_id, value, block_id)
        view.values = self._states(user, blocks, {**(filled or {}), action_id: value}, view.values)
        payload = {
            "container": {"type": "view", "view_id": view.id},
            "view": view.as_json(),
            "actions": [action],
        }
        await self._ask("interactive", self._about(user, "block_actions") | payload)

    async def suggest(
        self, user: str, action_id: str, typed: str, *, view_id: str = "", channel: str = "", ts: str = ""
    ) -> list[Json]:
        """What the app offers in an external select of a view, or of a message, for what somebody typed.

        Raises SlackError not_found, message_not_found or action_not_found, and NotAcknowledged.
        """
        payload: Json
        if view_id:
            view = self.views.find(view_id)
            _check_owner(view, user)
            blocks = view.content["blocks"]
            payload = {"container": {"type": "view", "view_id": view.id}, "view": view.as_json()}
        else:
            place, message = self._seen_message(user, channel, ts)
            blocks = message.blocks
            payload = {
                "container": _container_of(message),
                "channel": {"id": place.id, "name": _name_for_payload(place)},
                "message": message.as_json(),
            }
        block, _ = _found(blocks, action_id)
        payload |= {"action_id": action_id, "block_id": block["block_id"], "value": typed}
        answer = await self._ask("interactive", self._about(user, "block_suggestion") | payload)
        offered = options_of(answer)
        self._suggested[user, action_id] = offered
        return offered

    # --- modals -------------------------------------------------------------------------------------------

    async def submit(self, user: str, view: View, filled: Mapping[str, object]) -> dict[str, str]:
        """Submit a modal, `filled` by action_id. Returns the errors, by block_id; none: accepted.

        Raises NotAcknowledged, or SlackError where the app answers what Slack refuses; the modal then stays.
        """
        _check_owner(view, user)
        language = self.workspace.users[user].language
        view.values = self._states(user, view.content["blocks"], filled, view.values)
        errors: dict[str, str] = {}
        for block, element in elements_of(view.content["blocks"]):
            if block["type"] == "input":
                state = view.values[block["block_id"]][_id_of(block, element)]
                if problem := problem_with(block, element, state, language):
                    errors[block["block_id"]] = problem
        if errors:
            return errors
        payload = self._about(user, "view_submission") | {"view": view.as_json(), "response_urls": []}
        answer = await self._ask("interactive", payload)
        match answer.get("response_action"):
            case "errors":
                return _errors_of(answer, view)
            case "update":
                self.views.update(view, answer["view"])
            case "push":
                self.views.push(user, answer["view"])
            case "clear":
                self.views.close(user, everything=True)
            case _:
                if self.views.top(user) is view:
                    self.views.close(user)
        return {}

    async def close_view(self, user: str, *, everything: bool = False) -> None:
        """Close the modal on top without submitting it, or the whole stack."""
        for view in self.views.close(user, everything=everything):
            if view.content.get("notify_on_close"):
                payload = {"view": view.as_json(), "is_cleared": everything}
                await self._ask("interactive", self._about(user, "view_closed") | payload)

    def use_trigger(self, trigger_id: str) -> str:
        """Whose click it was. Raises SlackError: invalid_, expired_ or exchanged_trigger_id."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if self.workspace.clock() > trigger.expires:
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger.user

    # --- payloads -----------------------------------------------------------------------------------------

    def _about(self, user: str, kind: str) -> Json:
        person = self.workspace.users[user]
        about: Json = {
            "type": kind,
            "user": {"id": user, "username": person.name, "name": person.name, "team_id": person.team_id},
            "api_app_id": cast.APP_ID,
            "token": "sandbox",
            "team": {"id": cast.TEAM_ID, "domain": cast.TEAM_DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
        }
        # nothing can be opened from what somebody types, nor from what was just closed
        if kind in ("block_suggestion", "view_closed"):
            return about
        return about | {"trigger_id": self._new_trigger(user)}

    def _action(self, user: str, blocks: Sequence[Json], action_id: str, value: Given, block_id: str) -> Json:
        block, element = _found(blocks, action_id, value, block_id)
        kind = element["type"]
        action: Json = {
            "type": kind,
            "action_id": action_id,
            "block_id": block["block_id"],
            "action_ts": self.workspace.new_ts(),
        }
        if kind == "feedback_buttons":
            sides = [element["positive_button"], element["negative_button"]]
            chosen = next((side for side in sides if side.get("value") == value), None)
            if chosen is None:
                raise SlackError("action_not_found")
            return action | {"text": chosen["text"], "value": chosen.get("value")}
        if kind in ("button", "icon_button"):
            if value is not None and element.get("value") != value:
                raise SlackError("action_not_found")
            action["text"] = element["text"]
            return action | ({"value": element["value"]} if "value" in element else {})
        offered = [*options_of(element), *self._suggested.get((user, action_id), [])]
        chosen_values = value if isinstance(value, list) else [value]
        known = [option["value"] for option in offered]
        if offered and any(one not in known for one in chosen_values if one is not None):
            raise SlackError("action_not_found")
        return action | state_of(element, value, offered)

    def _states(
        self,
        user: str,
        blocks: Sequence[Json],
        filled: Mapping[str, object],
        before: Mapping[str, Mapping[str, Json]],
    ) -> dict[str, Json]:
        """`state.values`: of every stateful element what was `filled` in now, or before, or at the start."""
        values: dict[str, Json] = {}
        for block, element in elements_of(blocks):
            if element["type"] not in STATEFUL:
                continue
            action_id = _id_of(block, element)
            state = before.get(block["block_id"], {}).get(action_id)
            if action_id in filled or state is None:
                given = filled.get(action_id, initial_of(element))
                known = [element[name] for name in ("initial_option",) if name in element]
                suggested = [*known, *element.get("initial_options", [])]
                state = state_of(element, given, [*suggested, *self._suggested.get((user, action_id), [])])
            values.setdefault(block["block_id"], {})[action_id] = state
        return values

    def _seen_message(self, user: str, channel: str, ts: str) -> tuple[Channel, Message]:
        place = self.workspace.channel(channel, user)
        hidden = self.workspace.ephemerals.get(ts)
        if hidden and hidden.ephemeral_for == user:
            return place, hidden
        return place, self.workspace.message(place.id, ts)

    def _check_shortcut(self, kind: str, callback_id: str) -> None:
        known = self.workspace.app.shortcuts
        if not any(one.kind == kind and one.callback_id == callback_id for one in known):
            raise SlackError("shortcut_not_found")

    def _slackbot(self, user: str, place: Channel, text: str) -> None:
        message = Message(self.workspace.new_ts(), place.id, "USLACKBOT", text, ephemeral_for=user)
        self.workspace.post(message)

    def _new_trigger(self, user: str) -> str:
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, self.workspace.clock() + TRIGGER_SECONDS)
        return trigger_id


def _found(
    blocks: Sequence[Json], action_id: str, value: Given = None, block_id: str = ""
) -> tuple[Json, Json]:
    """Blocks get new ids when a view is made anew, so that a value may tell what a block id does not."""
    found = [
        (block, element) for block, element in elements_of(blocks) if _id_of(block, element) == action_id
    ]
    if not found:
        raise SlackError("action_not_found")
    return max(found, key=lambda one: (one[0]["block_id"] == block_id, _offers(one[1], value)))


def _offers(element: Json, value: Given) -> bool:
    values = [element.get("value"), *(option["value"] for option in options_of(element))]
    return value is not None and value in values


def _id_of(block: Json, element: Json) -> str:
    return str(element.get("action_id") or block["block_id"])


def _errors_of(answer: Json, view: View) -> dict[str, str]:
    errors = answer.get("errors")
    inputs = [block["block_id"] for block in view.content["blocks"] if block["type"] == "input"]
    if not isinstance(errors, dict) or not errors or not set(errors) <= set(inputs):
        # Slack shows an error only below an input, and tells of nothing but trouble connecting otherwise
        raise SlackError("invalid_view_response")
    return {str(block): str(problem) for block, problem in errors.items()}


def _check_owner(view: View, user: str) -> None:
    if view.user != user:
        raise SlackError("not_found")


def _container_of(message: Message) -> Json:
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": bool(message.ephemeral_for),
    }
    return container | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def _name_for_payload(channel: Channel) -> str:
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)
