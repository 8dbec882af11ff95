"""What people do with what the bot sent: clicks, slash commands, modals; and the response_url they carry."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.sandbox import blocks, cast
from bot.sandbox.cast import Channel, Json
from bot.sandbox.messages import Message
from bot.sandbox.socket_mode import NotAcknowledged
from bot.sandbox.views import View, Views, element_state, options_of, refused
from bot.sandbox.workspace import Change, Command, SlackError, Workspace

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 1800.0
RESPONSE_USES = 5

_REQUIRED = {"en": "Please complete this required field.", "ko": "필수 입력란입니다."}

Ask = Callable[[str, Json], Awaitable[Json]]
"""Deliver one envelope and return the payload of its ack. Raises NotAcknowledged."""


@dataclass
class Trigger:
    """Leave to open one modal."""

    user: str
    expires: float
    is_used: bool = False


@dataclass
class Response:
    """One response_url."""

    user: str
    channel: str
    expires: float
    source: str = ""
    """The ts of the message that was clicked, or of what this address posted last."""
    uses: int = 0


class Interactions:
    """Everything that needs an answer from the bot while somebody waits."""

    def __init__(
        self,
        workspace: Workspace,
        views: Views,
        ask: Ask,
        base_url: Callable[[], str],
        commands: tuple[Command, ...],
    ) -> None:
        self.workspace = workspace
        self.views = views
        self.commands = commands
        self._ask = ask
        self._base_url = base_url
        self._triggers: dict[str, Trigger] = {}
        self._responses: dict[str, Response] = {}

    # --- what a person does ---------------------------------------------------------------------------

    async def command(self, user: str, channel: str, name: str, text: str) -> None:
        """A slash command. What Slackbot would say to the person comes as an ephemeral message."""
        place = self.workspace.channel(channel, user)
        if not any(command.name == name for command in self.commands):
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
            "response_url": self._new_response_url(user, place.id),
            "trigger_id": self._new_trigger(user),
        }
        try:
            answer = await self._ask("slash_commands", payload)
        except NotAcknowledged:
            self._slackbot(user, place, f"{name} failed with the error “operation_timeout”")
            return
        if answer.get("text") or answer.get("blocks"):
            self._post_answer(user, place, answer, "")

    async def click(
        self, user: str, channel: str, ts: str, action_id: str, value: str | list[str] | None = None
    ) -> None:
        """Use a button, feedback button or select of a message; `value` chooses where there is a choice.

        Raises SlackError message_not_found or action_not_found, and NotAcknowledged.
        """
        place = self.workspace.channel(channel, user)
        hidden = self.workspace.ephemerals.get(ts)
        message = hidden if hidden and hidden.ephemeral_for == user else self.workspace.message(place.id, ts)
        container: Json = {
            "type": "message",
            "message_ts": ts,
            "channel_id": place.id,
            "is_ephemeral": bool(message.ephemeral_for),
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        payload: Json = {
            "container": container,
            "channel": {"id": place.id, "name": _name_for_payload(place)},
            "state": {"values": {}},
            "response_url": self._new_response_url(user, place.id, ts),
            "actions": [self._action(message.blocks, action_id, value)],
        }
        if not message.ephemeral_for:
            payload["message"] = message.as_json()
        await self._ask("interactive", self._about(user, "block_actions") | payload)

    async def click_in_view(self, view: View, action_id: str, value: str | list[str] | None = None) -> None:
        """The same in a modal or on the Home tab."""
        payload = {
            "container": {"type": "view", "view_id": view.id},
            "view": view.as_json(),
            "actions": [self._action(view.content["blocks"], action_id, value)],
        }
        await self._ask("interactive", self._about(view.user, "block_actions") | payload)

    async def submit(self, view: View, filled: Mapping[str, object]) -> dict[str, str]:
        """Submit a modal, `filled` by action_id. Returns the errors, by block_id; none: accepted.

        Raises NotAcknowledged, upon which the modal stays.
        """
        errors: dict[str, str] = {}
        view.values = {}
        for block, element in _elements(view.content["blocks"]):
            if block["type"] != "input" and "initial_option" not in element:
                continue
            action_id = element.get("action_id") or block["block_id"]
            state = element_state(element, filled.get(action_id))
            view.values.setdefault(block["block_id"], {})[action_id] = state
            is_empty = not [value for key, value in state.items() if key != "type" and value]
            if block["type"] == "input" and not block.get("optional") and is_empty:
                language = "ko" if self.workspace.users[view.user].locale.startswith("ko") else "en"
                errors[block["block_id"]] = _REQUIRED[language]
        if errors:
            return errors
        payload = self._about(view.user, "view_submission") | {"view": view.as_json(), "response_urls": []}
        answer = await self._ask("interactive", payload)
        match answer.get("response_action"):
            case "errors":
                return {str(block): str(problem) for block, problem in answer.get("errors", {}).items()}
            case "update":
                self.views.update(view, answer["view"])
            case "push":
                self.views.push(view.user, answer["view"])
            case "clear":
                self.views.close(view.user, everything=True)
            case _:
                if self.views.top(view.user) is view:
                    self.views.close(view.user)
        return {}

    async def close_view(self, user: str) -> None:
        """Close the modal on top without submitting it."""
        for view in self.views.close(user):
            if view.content.get("notify_on_close"):
                payload = {"view": view.as_json(), "is_cleared": False}
                await self._ask("interactive", self._about(user, "view_closed") | payload)

    # --- what the bot answers with ----------------------------------------------------------------------

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

    def respond(self, token: str, body: Json) -> None:
        """What a POST to a response_url does.

        Raises SlackError expired_url, used_url, no_text or invalid_blocks.
        """
        response = self._responses.get(token)
        if response is None or self.workspace.clock() > response.expires:
            raise SlackError("expired_url")
        if response.uses >= RESPONSE_USES:
            raise SlackError("used_url")
        response.uses += 1
        place = self.workspace.channel(response.channel)
        source = self.workspace.ephemerals.get(response.source) or self.workspace.history[place.id].get(
            response.source
        )
        if body.get("delete_original") and source:
            if source.ephemeral_for:
                self.workspace.remove_ephemeral(source)
            else:
                self.workspace.delete(source)
            return
        if not body.get("text") and not body.get("blocks"):
            raise SlackError("no_text")
        found = blocks.problems(body.get("blocks") or [])
        if found:
            raise refused(found, "invalid_blocks")
        if body.get("replace_original") and source:
            self._replace(source, body)
            return
        response.source = self._post_answer(response.user, place, body, str(body.get("thread_ts") or "")).ts

    def _replace(self, source: Message, body: Json) -> None:
        new_text, new_blocks = str(body.get("text") or ""), list(body.get("blocks") or [])
        if not source.ephemeral_for:
            self.workspace.edit(source, cast.BOT_USER_ID, new_text, new_blocks)
            return
        source.text, source.blocks = new_text, blocks.with_ids(new_blocks)
        self.workspace.tell(Change("ephemeral", source.channel, source))

    def _post_answer(self, user: str, place: Channel, answer: Json, thread_ts: str) -> Message:
        message = Message(
            self.workspace.new_ts(),
            place.id,
            cast.BOT_USER_ID,
            str(answer.get("text") or ""),
            list(answer.get("blocks") or []),
            bot_id=cast.BOT_ID,
            ephemeral_for="" if answer.get("response_type") == "in_channel" else user,
        )
        return self.workspace.post(message, thread_ts)

    def _slackbot(self, user: str, place: Channel, text: str) -> None:
        message = Message(self.workspace.new_ts(), place.id, "USLACKBOT", text, ephemeral_for=user)
        self.workspace.post(message)

    # --- payloads ---------------------------------------------------------------------------------------

    def _about(self, user: str, kind: str) -> Json:
        name = self.workspace.users[user].name
        return {
            "type": kind,
            "user": {"id": user, "username": name, "name": name, "team_id": cast.TEAM_ID},
            "api_app_id": cast.APP_ID,
            "token": "sandbox",
            "trigger_id": self._new_trigger(user),
            "team": {"id": cast.TEAM_ID, "domain": cast.TEAM_DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _action(self, where: list[Json], action_id: str, value: str | list[str] | None) -> Json:
        for block, element in _elements(where):
            if element.get("action_id") != action_id:
                continue
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
                action["text"] = element["text"]
                return action | ({"value": element["value"]} if "value" in element else {})
            if options_of(element) and value not in [option["value"] for option in options_of(element)]:
                raise SlackError("action_not_found")
            return action | element_state(element, value)
        raise SlackError("action_not_found")

    def _new_trigger(self, user: str) -> str:
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, self.workspace.clock() + TRIGGER_SECONDS)
        return trigger_id

    def _new_response_url(self, user: str, channel: str, source: str = "") -> str:
        token = secrets.token_urlsafe(18)
        expires = self.workspace.clock() + RESPONSE_SECONDS
        self._responses[token] = Response(user, channel, expires, source)
        return f"{self._base_url()}/response/{token}"


def _name_for_payload(channel: Channel) -> str:
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)


def _elements(where: list[Json]) -> Iterator[tuple[Json, Json]]:
    for block in where:
        for element in block.get("elements") or []:
            if isinstance(element, dict):
                yield block, element
        for name in ("accessory", "element"):
            if isinstance(block.get(name), dict):
                yield block, block[name]
