"""A conversation -> the tokens that a model reads."""

from __future__ import annotations

from collections.abc import Sequence

from bot.contracts import Message
from bot.errors import ModelError
from bot.models.chat_format import FORMATS, ChatFormat
from bot.models.native import Model, Tokens


def prompt_tokens(model: Model, messages: Sequence[Message]) -> Tokens:
    """Up to where the reply begins. What is inside a message can never become a control token.

    Raises ModelError where the model's format is not known.
    """
    tokens = model.tokens("", special=True)
    for piece in format_of(model).pieces(messages):
        tokens += model.tokens(piece.text, markers=piece.is_marker)
    return tokens


def format_of(model: Model) -> ChatFormat:
    """The way the model was taught to chat. Raises ModelError where it is not known."""
    for known in FORMATS:
        if model.marker(known.marker) is not None:
            return known
    names = ", ".join(known.name for known in FORMATS)
    raise ModelError(
        f"The chat format of {model.path.name} is not known; known are {names}.",
        mend="Choose a model of the catalogue: footnote models list",
    )
