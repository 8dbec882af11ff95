"""Our coroutines as listeners of Bolt, which hands over what it has by the names of the parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp

Listener = Callable[..., Awaitable[None]]


class Listens(Protocol):
    """A part of the bot that people reach by what they click, choose, fill in or type."""

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring that here."""


def of_action(listener: Listener) -> Listener:
    """Called with the body of a click, the action clicked, and how to acknowledge it."""

    async def clicked(body: dict[str, Any], action: dict[str, Any], ack: Any) -> None:
        await listener(body, action, ack)

    return clicked


def of_view(listener: Listener) -> Listener:
    """Called with the body of a submission, the view submitted, and how to acknowledge it."""

    async def submitted(body: dict[str, Any], view: dict[str, Any], ack: Any) -> None:
        await listener(body, view, ack)

    return submitted


def of_command(listener: Listener) -> Listener:
    """Called with a slash command, and how to acknowledge it."""

    async def received(command: dict[str, Any], ack: Any) -> None:
        await listener(command, ack)

    return received


def of_shortcut(listener: Listener) -> Listener:
    """Called with a use of a shortcut, and how to acknowledge it."""

    async def used(shortcut: dict[str, Any], ack: Any) -> None:
        await listener(shortcut, ack)

    return used
