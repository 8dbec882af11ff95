"""What is written to a model server, and how its answers are read.

OpenAI's chat completions, with what llama-server and vLLM know beyond them.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx
import httpx_sse

from bot.contracts import Sampling
from bot.errors import ModelError
from bot.models.remote.errors import Place

LONGEST_EVENT = 1 << 20
"""Bytes of a stream in which the next event must come."""
_DONE = "[DONE]"


class Kind(StrEnum):
    """What serves the model."""

    LLAMA = "llama-server"
    VLLM = "vLLM"
    OTHER = "an OpenAI-compatible server"


@dataclass(frozen=True)
class Offer:
    """What a server says of itself."""

    kind: Kind = Kind.OTHER
    models: tuple[str, ...] = ()
    """Their names; empty where it does not say."""
    context: int = 0
    """Tokens that a prompt and its reply may have together; 0 where it does not say."""


def offer_of(listing: object, model: str) -> Offer:
    """From the answer to GET /models; of anything else, an Offer that says nothing."""
    data = listing.get("data") if isinstance(listing, dict) else None
    entries = [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []
    names: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        aliases = entry.get("aliases")
        for name in (entry.get("id"), *(aliases if isinstance(aliases, list) else ())):
            if isinstance(name, str):
                names.setdefault(name, entry)
    owners = {entry.get("owned_by") for entry in entries}
    kind = Kind.LLAMA if owners == {"llamacpp"} else Kind.VLLM if owners == {"vllm"} else Kind.OTHER
    ours = names.get(model) or (entries[0] if len(entries) == 1 else {})
    about = ours.get("meta")
    size = ours.get("max_model_len") or (about.get("n_ctx") if isinstance(about, dict) else None)
    return Offer(kind, tuple(names), size if isinstance(size, int) else 0)


def drawing(sampling: Sampling, kind: Kind) -> dict[str, Any]:
    """How tokens are to be drawn, in the words of that kind of server.

    A repeat penalty is left out where none is known. Raises ModelError for a grammar that cannot be kept to.
    """
    wanted: dict[str, Any] = {
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
    }
    if sampling.stop:
        wanted["stop"] = list(sampling.stop)
    if sampling.repeat_penalty != 1.0 and kind is not Kind.OTHER:
        name = "repeat_penalty" if kind is Kind.LLAMA else "repetition_penalty"
        wanted[name] = sampling.repeat_penalty
    if sampling.grammar:
        if kind is not Kind.LLAMA:
            raise ModelError(
                f"The reply was to keep to a grammar, which {kind.value} is not asked for.",
                mend="Use llama-server for it.",
            )
        wanted["grammar"] = sampling.grammar
    return wanted


# --- a reply ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """What one event of a stream adds."""

    text: str = ""
    thought: str = ""
    """What the model says to itself, where the server keeps that apart."""
    is_last: bool = False


class _Bounded(httpx.AsyncByteStream):
    """A stream that ends with ValueError where `left` bytes have come."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream
        self.left = LONGEST_EVENT

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._stream:
            self.left -= len(data)
            if self.left < 0:
                raise ValueError
            yield data

    async def aclose(self) -> None:
        await self._stream.aclose()


async def events_of(response: httpx.Response, place: Place) -> AsyncGenerator[Mapping[str, Any], None]:
    """The events of a reply until its end is told. Raises ModelUnavailable where it breaks off before, or is
    no such stream."""
    if response.headers.get("content-encoding", "identity") != "identity" or not isinstance(
        response.stream, httpx.AsyncByteStream
    ):
        raise place.broken("packs its answer, though it was asked not to")
    response.stream = bounded = _Bounded(response.stream)
    is_told = False
    try:
        async for event in httpx_sse.EventSource(response).aiter_sse():
            bounded.left = LONGEST_EVENT
            if event.data.strip() == _DONE:
                return
            if not event.data:
                continue
            content = json.loads(event.data)
            if not isinstance(content, dict):
                raise place.broken("sends events that are none of a reply")
            yield content
            is_told |= piece_of(content).is_last
    except httpx_sse.SSEError as exc:  # is an HTTPError too
        raise place.broken("answers with something else than a stream") from exc
    except httpx.HTTPError as exc:
        if not is_told:
            raise place.broken("broke off in its answer") from exc
    except json.JSONDecodeError as exc:
        raise place.broken("sends events that cannot be read") from exc
    except (ValueError, RecursionError) as exc:
        raise place.broken("sends events without end") from exc
    if not is_told:
        raise place.broken("broke off in its answer")


def piece_of(event: Mapping[str, Any]) -> Piece:
    """What an event adds to the reply; nothing, where it is of another shape."""
    choice = _first(event.get("choices"))
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        delta = {}
    text = delta.get("content")
    thought = delta.get("reasoning_content") or delta.get("reasoning")
    return Piece(
        text if isinstance(text, str) else "",
        thought if isinstance(thought, str) else "",
        choice.get("finish_reason") is not None,
    )


# --- likelihoods --------------------------------------------------------------------------------------------


def likelihoods_of(answer: object) -> dict[bytes, float]:
    """The likeliest first tokens of a reply, each with the logarithm of how likely; {} if none are told."""
    choice = _first(answer.get("choices")) if isinstance(answer, dict) else {}
    told = choice.get("logprobs")
    token = _first(told.get("content")) if isinstance(told, dict) else {}
    listed = token.get("top_logprobs")
    found: dict[bytes, float] = {}
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict):
            continue
        written, log_probability = _written(one), one.get("logprob")
        if written and isinstance(log_probability, int | float) and math.isfinite(log_probability):
            found[written] = max(float(log_probability), found.get(written, -math.inf))
    return found


def odds(likely: Mapping[bytes, float], these: Sequence[str], those: Sequence[str]) -> float:
    """The logarithm of how much likelier a reply begins like one of `these` than like one of `those`.

    What is not among the `likely` counts as the least of them does. `likely` is not empty.
    """
    least = min(likely.values())

    def highest(words: Sequence[str], others: Sequence[str]) -> float:
        # a byte that two words begin with tells neither
        fitting = (
            value for token, value in likely.items() if begins(token, words) and not begins(token, others)
        )
        return max(fitting, default=least)

    return highest(these, those) - highest(those, these)


def begins(token: bytes, words: Sequence[str]) -> bool:
    """Whether one of the words begins with that token: is it, or two bytes of it. One byte tells nothing."""
    return any(
        token == word or (len(token) > 1 and word.startswith(token))
        for word in (each.encode() for each in words)
    )


def _written(token: Mapping[str, Any]) -> bytes:
    """The bytes of a token; b"" where it does not tell them, or they are white space."""
    told = token.get("bytes")
    if isinstance(told, list) and all(isinstance(each, int) and 0 <= each < 256 for each in told):
        return bytes(told).strip()
    text = token.get("token")
    return text.strip().encode() if isinstance(text, str) else b""


def _first(listed: object) -> Mapping[str, Any]:
    first = listed[0] if isinstance(listed, list) and listed else None
    return first if isinstance(first, dict) else {}
