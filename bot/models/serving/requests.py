"""What is asked of the engine, and how far each of it is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from bot.contracts import Sampling
from bot.models.native import Tokens
from bot.models.serving.drafts import Drafts
from bot.models.serving.reply_text import ReplyText
from bot.models.serving.sampling import Sampler


@dataclass(frozen=True)
class Odds:
    """Asks for no reply: only how likely it would begin in one of two ways."""

    these: tuple[int, ...]
    """The first tokens of what it may begin with."""
    those: tuple[int, ...]


@dataclass(eq=False)
class Request:
    """A prompt, and what is to come of it."""

    number: int
    prompt: Tokens
    wants: Sampling | Odds | None
    """None: nothing but to have been read."""
    user: str = ""
    """Whose it is: nobody is served twice while somebody else waits."""
    priority: int = 1
    """Lower goes first."""
    deadline: float = float("inf")
    """By `time.monotonic()`: it is given up if it is not done by then."""
    adapter: str = ""
    arrived: float = field(default_factory=time.monotonic)
    overtaken: int = 0
    """How many that came after it have begun before it."""

    @property
    def most(self) -> int:
        """Cells that it may come to need."""
        return len(self.prompt) + (self.wants.max_tokens if isinstance(self.wants, Sampling) else 0)


@dataclass(eq=False)
class Writer:
    """What makes a reply."""

    sampling: Sampling
    sampler: Sampler
    text: ReplyText
    drafts: Drafts
    reply: Tokens = field(default_factory=list)
    """The last of it is not in the cache yet."""
    log_probabilities: list[float] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Tokens that the reply may still have."""
        return self.sampling.max_tokens - len(self.reply)


@dataclass(eq=False)
class Work:
    """A request that has its sequence in the cache."""

    request: Request
    sequence: int
    done: int
    """How many tokens of the prompt are in the cache."""
    reused: int
    """How many of these did not have to be read."""
    writer: Writer | None = None
    """None where no reply was asked for."""
    began: float = field(default_factory=time.monotonic)
    first_token: float = 0.0

    @property
    def is_reading(self) -> bool:
        return self.done < len(self.request.prompt)

    def about(self) -> dict[str, Any]:
        """What it took, for whoever measures."""
        request, writer = self.request, self.writer
        return {
            "prompt_tokens": len(request.prompt),
            "reused_tokens": self.reused,
            "reply_tokens": len(writer.reply) if writer else 0,
            "drafted_tokens": writer.drafts.offered if writer else 0,
            "accepted_tokens": writer.drafts.accepted if writer else 0,
            "waited_s": self.began - request.arrived,
            "first_token_s": self.first_token - request.arrived if self.first_token else None,
            "total_s": time.monotonic() - request.arrived,
            "log_probabilities": writer.log_probabilities if writer else [],
        }
