"""How a conversation is written down for each family of chat models.

The Jinja template inside a GGUF file is never rendered: it is a program from a stranger (CVE-2024-34359). The
few formats known here are plain strings; a model is matched to one by the markers its own vocabulary holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.contracts import Message


@dataclass(frozen=True)
class Piece:
    """A stretch of the prompt. Only in markers are the names of control tokens read as control tokens."""

    text: str
    is_marker: bool = False


@dataclass(frozen=True)
class ChatFormat:
    """One family's way to mark who says what."""

    name: str
    marker: str
    """A control token that only this family has."""
    before: str
    after: str
    reply: str
    roles: tuple[tuple[str, str], ...] = (("system", "system"), ("user", "user"), ("assistant", "assistant"))
    has_system: bool = True

    def pieces(self, messages: Sequence[Message]) -> Iterable[Piece]:
        """The prompt up to where the model's reply begins."""
        roles = dict(self.roles)
        for message in messages if self.has_system else _folded(messages):
            yield Piece(self.before.format(role=roles[message.role]), is_marker=True)
            yield Piece(message.content)
            yield Piece(self.after, is_marker=True)
        yield Piece(self.reply, is_marker=True)


FORMATS = (
    ChatFormat(  # Qwen, SmolLM and many others
        name="ChatML",
        marker="<|im_start|>",
        before="<|im_start|>{role}\n",
        after="<|im_end|>\n",
        reply="<|im_start|>assistant\n",
    ),
    ChatFormat(
        name="Gemma",
        marker="<start_of_turn>",
        before="<start_of_turn>{role}\n",
        after="<end_of_turn>\n",
        reply="<start_of_turn>model\n",
        roles=(("user", "user"), ("assistant", "model")),
        has_system=False,
    ),
    ChatFormat(
        name="Llama 3",
        marker="<|start_header_id|>",
        before="<|start_header_id|>{role}<|end_header_id|>\n\n",
        after="<|eot_id|>",
        reply="<|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
)


def _folded(messages: Sequence[Message]) -> list[Message]:
    """The system messages put before the first message of the user, for families without that role."""
    instructions = "\n\n".join(message.content for message in messages if message.role == "system")
    others = [message for message in messages if message.role != "system"]
    if not instructions:
        return others
    if not others or others[0].role != "user":
        return [Message("user", instructions), *others]
    return [Message("user", f"{instructions}\n\n{others[0].content}"), *others[1:]]
