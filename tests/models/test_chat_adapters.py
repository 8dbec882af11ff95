"""Adapters of the chat model in a process of its own: loaded, dropped and kept through its deaths."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from bot.contracts import Message, Sampling
from bot.errors import ModelBroken, ModelError, ModelUnavailable, NotFound
from bot.models.chat import LlamaChat
from tests.models.lora import write_adapter

pytestmark = pytest.mark.weights

ASK = [Message("user", "Name three rivers of Europe and the cities they flow through.")]
BRIEF = Sampling(max_tokens=8)


@pytest.fixture
def path(weights: Callable[[str], Path]) -> Path:
    return weights("smollm2-135m-instruct")


@pytest.fixture
def adapter(path: Path, tmp_path: Path) -> Path:
    return write_adapter(tmp_path / "style.gguf", path, size=0.12)


@pytest_asyncio.fixture
async def chat(path: Path) -> AsyncIterator[LlamaChat]:
    model = LlamaChat(path, "smollm2-135m-instruct", context=1024, threads=1)
    yield model
    await model.close()


async def said(chat: LlamaChat, adapter: str | None = None) -> str:
    return "".join([piece async for piece in chat.stream(ASK, BRIEF, adapter=adapter)])


async def test_an_adapter_comes_and_goes_while_a_reply_is_written(chat: LlamaChat, adapter: Path) -> None:
    plain = await said(chat)
    long = chat.stream(ASK, Sampling(max_tokens=60))
    beginning = [await anext(long)]
    await chat.load_adapter("style", adapter)
    styled = await said(chat, "style")
    assert styled != plain
    assert await said(chat) == plain
    await chat.drop_adapter("style")
    with pytest.raises(NotFound, match="no adapter 'style'"):
        await said(chat, "style")
    whole = "".join([*beginning, *[piece async for piece in long]])
    assert whole.startswith(plain)


async def test_a_new_process_has_the_adapters_of_the_one_that_died(chat: LlamaChat, adapter: Path) -> None:
    await chat.load_adapter("style", adapter)
    styled = await said(chat, "style")
    first = chat.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    with contextlib.suppress(ModelUnavailable):  # whoever asks before its death is noticed is told of it
        await said(chat, "style")
    assert await said(chat, "style") == styled
    assert chat.pid != first


async def test_what_is_refused_changes_nothing(
    chat: LlamaChat, path: Path, adapter: Path, tmp_path: Path
) -> None:
    await chat.load_adapter("style", adapter)
    styled = await said(chat, "style")
    foreign = write_adapter(tmp_path / "foreign.gguf", path, architecture="qwen2")
    for file in (path, foreign):
        with pytest.raises(ModelBroken, match="cannot be used"):
            await chat.load_adapter("style", file)
    with pytest.raises(ModelError, match="cannot be called"):
        await chat.load_adapter("../style", adapter)
    with pytest.raises(NotFound, match="Loaded are: style"):
        await chat.drop_adapter("other")
    assert await said(chat, "style") == styled


async def test_the_configured_adapter_answers_unless_another_is_chosen(path: Path, adapter: Path) -> None:
    chat = LlamaChat(path, "tuned", context=1024, threads=1, adapter=adapter)
    try:
        assert await said(chat) == await said(chat, "style") != await said(chat, "")
        with pytest.raises(ModelError, match="answers with the adapter style"):
            await chat.drop_adapter("style")
    finally:
        await chat.close()
