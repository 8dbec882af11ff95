"""Modals and Home tabs: what is open for whom, and what Slack refuses in a view."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json
from bot.sandbox.team import blocks, cast
from bot.sandbox.team.changes import Change
from bot.sandbox.team.workspace import Workspace

MAX_STACK = 3


@dataclass
class View:
    """One modal or Home tab of one person."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str = ""
    values: dict[str, Json] = field(default_factory=dict)
    """What was filled in: block_id -> action_id -> as Slack sends it."""

    def as_json(self) -> Json:
        """As views.open answers and interactions carry it."""
        content = self.content
        return {
            "id": self.id,
            "team_id": cast.TEAM_ID,
            "type": content["type"],
            "title": content.get("title"),
            "close": content.get("close"),
            "submit": content.get("submit"),
            "blocks": content["blocks"],
            "private_metadata": content.get("private_metadata", ""),
            "callback_id": content.get("callback_id", ""),
            "external_id": content.get("external_id", ""),
            "state": {"values": self.values},
            "hash": self.hash,
            "clear_on_close": content.get("clear_on_close", False),
            "notify_on_close": content.get("notify_on_close", False),
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id or None,
            "app_id": cast.APP_ID,
            "app_installed_team_id": cast.TEAM_ID,
            "bot_id": cast.BOT_ID,
        }


class Views:
    """The stack of modals and the Home tab of everybody."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def top(self, user: str) -> View | None:
        """The modal that somebody sees."""
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def open(self, user: str, content: Json) -> View:
        """Show a modal, in place of whatever was open."""
        view = self._made(user, content, "modal")
        self.stacks[user] = [view]
        return self._shown(view)

    def push(self, user: str, content: Json) -> View:
        """Show a modal over the one that is open. Raises SlackError push_limit_reached."""
        stack = self.stacks.get(user)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= MAX_STACK:
            raise SlackError("push_limit_reached")
        view = self._made(user, content, "modal")
        view.root_id, view.previous_id = stack[0].id, stack[-1].id
        stack.append(view)
        return self._shown(view)

    def update(self, view: View, content: Json, given_hash: str = "") -> View:
        """Replace what a view shows. Raises SlackError hash_conflict."""
        if given_hash and given_hash != view.hash:
            raise SlackError("hash_conflict")
        checked(content, content.get("type", "modal"))
        view.content = content | {"blocks": blocks.with_ids(content["blocks"])}
        view.hash = self._new_hash()
        kept = {block["block_id"] for block in view.content["blocks"]}
        view.values = {block: values for block, values in view.values.items() if block in kept}
        return self._shown(view)

    def publish(self, user: str, content: Json, given_hash: str = "") -> View:
        """Set somebody's Home tab. Raises SlackError hash_conflict, or not_enabled for an app without one."""
        if not self.workspace.app.home_tab:
            raise SlackError("not_enabled")
        old = self.homes.get(user)
        if old:
            checked(content, "home")
            return self.update(old, content, given_hash)
        view = self._made(user, content, "home")
        self.homes[user] = view
        return self._shown(view)

    def find(self, view_id: str, external_id: str = "") -> View:
        """Raises SlackError not_found."""
        for view in [*self.homes.values(), *(view for stack in self.stacks.values() for view in stack)]:
            if view.id == view_id or (external_id and view.content.get("external_id") == external_id):
                return view
        raise SlackError("not_found")

    def home_json(self, user: str) -> Json | None:
        """Somebody's Home tab, None before the bot published one."""
        home = self.homes.get(user)
        return home.as_json() if home else None

    def close(self, user: str, *, everything: bool = False) -> list[View]:
        """Take away the top modal, or all of them; returns what was closed."""
        stack = self.stacks.pop(user, [])
        kept = [] if everything or (stack and stack[-1].content.get("clear_on_close")) else stack[:-1]
        if kept:
            self.stacks[user] = kept
        self.workspace.tell(Change("modal", user=user))
        return stack[len(kept) :]

    def _made(self, user: str, content: Json, kind: str) -> View:
        checked(content, kind)
        view_id = "V" + secrets.token_hex(5).upper()
        content = content | {"blocks": blocks.with_ids(content["blocks"])}
        return View(view_id, user, content, self._new_hash(), view_id)

    def _new_hash(self) -> str:
        return f"{int(self.workspace.clock())}.{secrets.token_hex(4)}"

    def _shown(self, view: View) -> View:
        kind = "home" if view.content["type"] == "home" else "modal"
        self.workspace.tell(Change(kind, user=view.user))
        return view


def checked(content: Json, kind: str) -> None:
    """Raises SlackError invalid_arguments with everything that is wrong in a view."""
    found: list[blocks.Problem] = []
    if content.get("type") != kind:
        found.append((f"must be one of: {kind}", "/view/type"))
    if kind == "modal":
        for name, needed in (("title", True), ("submit", False), ("close", False)):
            part = content.get(name)
            if part is None:
                found += [("missing required field: title", "/view")] if needed else []
            elif not isinstance(part, dict) or not part.get("text") or not isinstance(part["text"], str):
                found.append(("must be a plain_text object", f"/view/{name}"))
            elif len(part["text"]) > 24:
                found.append(("must be less than 25 characters", f"/view/{name}/text"))
    for name, most in (("private_metadata", 3000), ("callback_id", 255)):
        given = content.get(name)
        if given is not None and not isinstance(given, str):
            found.append(("must be a string", f"/view/{name}"))
        elif given and len(given) > most:
            found.append((f"must be less than {most + 1} characters", f"/view/{name}"))
    found += blocks.problems(content.get("blocks"), view=True, root="/view/blocks")
    if found:
        raise refused(found)
    has_inputs = any(block["type"] == "input" for block in content["blocks"])
    if kind == "modal" and has_inputs and not content.get("submit"):
        raise refused([("missing required field: submit", "/view")])


def refused(found: list[blocks.Problem], error: str = "invalid_arguments") -> SlackError:
    """The error that carries `found` in both forms in which Slack gives them."""
    lines = [f"{message} [json-pointer:{pointer}]" for message, pointer in found]
    messages = [f"[ERROR] {line}" for line in lines]
    return SlackError(error, errors=lines, response_metadata={"messages": messages})
