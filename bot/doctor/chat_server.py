"""Is the model server there, does it have the model, and what can be asked of it?"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from bot.config import Config
from bot.contracts import Message, Sampling
from bot.doctor.finding import Finding
from bot.errors import FootnoteError
from bot.models.remote import RemoteChat
from bot.models.remote.errors import named

SUBJECT = "chat model"
LEAST_CONTEXT = 4096
"""Tokens: what the instructions, passages and an answer may come to."""


async def examine_chat_server(config: Config) -> AsyncIterator[Finding]:
    """Asks it for one word; nothing of any document is sent."""
    models = config.models
    chat = RemoteChat(
        models.url,
        models.chat,
        config.model_key,
        first_token_seconds=models.first_token_seconds,
        next_token_seconds=models.next_token_seconds,
    )
    try:
        offer = await chat.offer()
        async for _ in chat.stream([Message("user", "Say hello.")], Sampling(max_tokens=1)):
            pass
        is_judging = await chat.gives_log_odds()
    except FootnoteError as exc:
        yield Finding(SUBJECT, "error", exc.message, exc.mend)
        return
    finally:
        await chat.close()
    yield Finding(SUBJECT, "ok", f"{models.chat} answers at {models.url} ({offer.kind.value})")
    if offer.models and models.chat not in offer.models:
        yield Finding(
            SUBJECT, "warning", f"{models.url} does not list {models.chat}; it lists {named(offer.models)}",
            "Name one of these as chat under [models]: some servers answer with what they have, "
            "whatever is asked.",
        )  # fmt: skip
    if 0 < offer.context < LEAST_CONTEXT:
        yield Finding(
            SUBJECT, "warning", f"{offer.context:,} tokens is all that prompt and answer may have there",
            f"Start the server with {LEAST_CONTEXT:,} or more "
            "(llama-server: --ctx-size; vLLM: --max-model-len).",
        )  # fmt: skip
    if not is_judging:
        yield Finding(
            SUBJECT, "warning", f"{models.url} tells no likelihoods of Yes and No (logprobs)",
            "Answers are checked by their words alone, and not by the model. llama-server and vLLM tell "
            "them, for models that do not think before they speak.",
        )  # fmt: skip
    if await asyncio.to_thread(_is_in_the_open, models.url):
        yield Finding(
            SUBJECT, "warning", f"{models.url} is no private address, and not encrypted",
            "Questions, passages and the key can be read on the way: use https, or an address inside.",
        )  # fmt: skip


def _is_in_the_open(url: str) -> bool:
    """Whether it is plain HTTP to an address of the public internet."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        return False
    try:
        found = socket.getaddrinfo(parts.hostname, None)
    except OSError:
        return False
    return any(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found)
