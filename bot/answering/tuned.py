"""Who answers a question where there is more than the model alone; bot.tuning.activation knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.answering.translation import Translator
from bot.contracts import ChatModel, Question


class TunedModel(ChatModel, Protocol):
    """A chat model with one of its adapters."""

    adapter: str
    """Its name; "" where it answered without, for it was dropped."""


@dataclass(frozen=True)
class Answerer:
    """A model with an adapter, and what goes with it."""

    model: TunedModel
    translator: Translator
    identity: str
    """Differs for every adapter: kept answers are bound to it."""


class ChoosesAnswerer(Protocol):
    """Says who answers a question."""

    async def answerer(self, question: Question) -> Answerer | None:
        """None: the model without an adapter."""
