from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from bot.contracts import Message, Sampling
from bot.errors import ModelBroken, ModelBusy, ModelError, ModelUnavailable
from bot.models.chat import LlamaChat

pytestmark = pytest.mark.weights

ASK = [Message("system", "Be brief."), Message("user", "Count from one to fifty in words.")]


@pytest.fixture
def path(weights: Callable[[str], Path]) -> Path:
    return weights("smollm2-135m-instruct")


@pytest_asyncio.fixture
async def chat(path: Path) -> AsyncIterator[LlamaChat]:
    model = LlamaChat(path, "smollm2-135m-instruct", context=1024, threads=1)
    yield model
    await model.close()


async def said(chat: LlamaChat, messages: list[Message], sampling: Sampling) -> list[str]:
    return [piece async for piece in chat.stream(messages, sampling)]


async def test_a_reply_comes_in_pieces_and_greedy_ones_repeat(chat: LlamaChat) -> None:
    pieces = await said(chat, ASK, Sampling(max_tokens=24))
    assert len(pieces) > 5
    assert pieces == await said(chat, ASK, Sampling(max_tokens=24))


async def test_reading_only_what_differs_changes_no_word(chat: LlamaChat, path: Path) -> None:
    other = [ASK[0], Message("user", "Name three rivers.")]
    fresh = LlamaChat(path, "fresh", context=1024, threads=1)
    try:
        expected = await said(fresh, other, Sampling(max_tokens=16))
    finally:
        await fresh.close()
    await said(chat, ASK, Sampling(max_tokens=16))
    assert await said(chat, other, Sampling(max_tokens=16)) == expected


async def test_a_reply_that_cannot_be_done_in_time_is_given_up(chat: LlamaChat) -> None:
    with pytest.raises(ModelBusy, match="in time"):
        async for _ in chat.stream(ASK, Sampling(max_tokens=900), seconds=0.0):
            pass
    assert await said(chat, ASK, Sampling(max_tokens=4))


async def test_a_cancelled_reply_leaves_the_model_ready(chat: LlamaChat) -> None:
    whole = await said(chat, ASK, Sampling(max_tokens=12))
    async with contextlib.aclosing(chat.stream(ASK, Sampling(max_tokens=900))) as pieces:
        async for _ in pieces:
            break
    # would wait for 900 tokens if the first went on; and must not see what the first left in the context
    assert await said(chat, ASK, Sampling(max_tokens=12)) == whole


async def test_a_prompt_too_long_is_told_and_the_next_one_answered(chat: LlamaChat) -> None:
    with pytest.raises(ModelError, match="has room for 960"):
        await said(chat, [Message("user", "word " * 5000)], Sampling(max_tokens=64))
    assert await said(chat, ASK, Sampling(max_tokens=4))


async def test_a_killed_model_is_told_and_starts_again(chat: LlamaChat) -> None:
    pieces = chat.stream(ASK, Sampling(max_tokens=900))
    await anext(pieces)
    assert chat.pid is not None
    os.kill(chat.pid, signal.SIGKILL)
    with pytest.raises(ModelUnavailable, match="Ask again"):
        [piece async for piece in pieces]
    assert await said(chat, ASK, Sampling(max_tokens=4))


@pytest.fixture
def cut(path: Path, tmp_path: Path) -> Path:
    """The beginning of the model's file."""
    beginning = tmp_path / "cut.gguf"
    with path.open("rb") as whole:
        beginning.write_bytes(whole.read(5_000_000))
    return beginning


async def test_a_truncated_file_is_refused_and_the_parent_lives(cut: Path) -> None:
    chat = LlamaChat(cut, "cut", context=1024, threads=1)
    with pytest.raises(ModelBroken, match="bytes too early"):
        await chat.start()
    await chat.close()


async def test_a_file_llama_cpp_does_not_know_is_refused(tiny_gguf: Path) -> None:
    chat = LlamaChat(tiny_gguf, "tiny", context=1024, threads=1)
    with pytest.raises(ModelBroken, match=r"llama\.cpp cannot use"):
        await chat.start()
    await chat.close()


async def test_tokens_are_counted_in_any_script(chat: LlamaChat) -> None:
    assert await chat.count_tokens("") == 0
    assert await chat.count_tokens("one") == 1
    assert await chat.count_tokens("대한민국") > await chat.count_tokens("Korea")


async def test_korean_comes_back_whole(chat: LlamaChat) -> None:
    """The tiny model reads Korean as bytes, so that every syllable of its reply is split over tokens."""
    messages = [
        Message("user", "Repeat: 대한민국의 수도는 서울입니다."),
        Message("assistant", "대한민국의 수도는 서울입니다."),
        Message("user", "Repeat: 대한민국의 수도는 서울입니다."),
    ]
    reply = "".join(await said(chat, messages, Sampling(max_tokens=60)))
    assert "대한민국" in reply
    assert "\ufffd" not in reply
