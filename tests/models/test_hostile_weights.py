"""Model files of strangers, on the way that they really go: a child that may die, a bot that does not."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import gguf
import pytest
import pytest_asyncio

from bot.children import Child
from bot.contracts import Message, Sampling
from bot.errors import ModelBroken, ModelError, ModelUnavailable
from bot.models.chat import LlamaChat
from bot.models.confined import memory_for
from bot.models.gguf_header import read_header
from tests.models.hostile import TEMPLATES, Campaign, mutated
from tests.models.tiny_llama import CONTEXT, write_tiny_llama

HELLO = [Message("user", "안녕, hello")]
CANARY = Sampling(max_tokens=32, grammar='root ::= "the canary sings"')


@pytest_asyncio.fixture
async def chat(tmp_path: Path) -> AsyncIterator[LlamaChat]:
    model = LlamaChat(write_tiny_llama(tmp_path / "good.gguf"), "good", context=CONTEXT, threads=1)
    yield model
    await model.close()


async def said(chat: LlamaChat, sampling: Sampling = CANARY) -> str:
    return "".join([piece async for piece in chat.stream(HELLO, sampling)])


async def test_mutated_headers_are_refused_or_end_a_child_while_the_old_model_serves(
    chat: LlamaChat, tmp_path: Path
) -> None:
    campaign = Campaign(tmp_path / "mutated.gguf")
    seed = write_tiny_llama(tmp_path / "seed.gguf").read_bytes()
    try:
        for number in range(300):
            await campaign.load(mutated(seed, number, read_header(tmp_path / "good.gguf")))
            if number % 50 == 0:
                assert await said(chat) == "the canary sings"
    finally:
        await campaign.close()
    assert campaign.refused_by_us > 100
    assert campaign.loaded > 10
    assert campaign.tried == 300
    assert not campaign.hung
    assert await said(chat) == "the canary sings"


@pytest.mark.parametrize("at", range(len(TEMPLATES)), ids=lambda at: TEMPLATES[at][:30].encode().hex())
def test_a_hostile_template_is_no_part_of_what_is_known_of_a_file(at: int, tmp_path: Path) -> None:
    header = read_header(write_tiny_llama(tmp_path / "hostile.gguf", template=TEMPLATES[at]))
    assert header.architecture == "llama"


async def test_hostile_templates_are_neither_run_nor_rendered(chat: LlamaChat, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    expected = await _tokens(chat.path)
    greedy = await said(chat, Sampling(max_tokens=8))
    campaign = Campaign(tmp_path / "unused.gguf")
    for number, template in enumerate(TEMPLATES):
        hostile = tmp_path / f"hostile{number}.gguf"
        write_tiny_llama(hostile, template=template.replace("WITNESS", str(witness)))
        # what the model reads is what it reads without a template, token for token
        reply = await campaign.reply(hostile, HELLO, 8)
        assert reply == {"prompt": expected, "text": greedy}
        hostile.unlink()
    await campaign.close()
    assert not witness.exists()


async def _tokens(path: Path) -> list[int]:
    campaign = Campaign(path)
    try:
        reply = await campaign.reply(path, HELLO, 8)
        return list(reply["prompt"])
    finally:
        await campaign.close()


async def test_a_model_that_outgrows_its_memory_ends_its_own_process_and_is_told(tmp_path: Path) -> None:
    path = write_tiny_llama(tmp_path / "greedy.gguf")
    child = Child("tests.models.hostile", name="chat model")
    outcome = ""
    try:
        await child.call("outgrow", {"path": str(path)})
    except ModelError as exc:  # llama.cpp noticed
        outcome = str(exc)
    except Exception as exc:  # noqa: BLE001 - any of Footnote's errors will do, and nothing else
        outcome = f"{type(exc).__name__}: {exc}"
    assert "memory" in outcome or "ChildDied" in outcome
    assert await child.call("load", {"path": str(path)}) == "loaded"
    await child.close()


def test_the_memory_of_a_model_grows_with_its_context(tmp_path: Path) -> None:
    header = read_header(write_tiny_llama(tmp_path / "tiny.gguf"))
    one, two = memory_for(header, 1000, 1000), memory_for(header, 1000, 2000)
    assert two - one == 2 * 1000 * 32 * 4  # cells x width x bytes of a key and a value, twice


@pytest.fixture
def without_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights are pages of the file, on every processor."""
    monkeypatch.setattr("bot.models.chat.multiplies_tiles", lambda: False)


@pytest.mark.usefixtures("without_tiles")
async def test_a_file_cut_short_while_the_model_serves_ends_the_child_and_is_told(chat: LlamaChat) -> None:
    """The kernel's answer to reading a page that is gone is SIGBUS."""
    assert await said(chat) == "the canary sings"
    os.truncate(chat.path, 4096)
    with pytest.raises(ModelUnavailable, match="stopped while it was working"):
        await said(chat)
    with pytest.raises(ModelBroken, match=r"too early|within its header"):
        await said(chat)


async def test_kills_under_load_lose_and_mix_up_no_reply(chat: LlamaChat) -> None:
    async def ask(number: int) -> str:
        text = f"canary {number} sings"
        sampling = Sampling(max_tokens=40, grammar=f'root ::= "{text}"')
        for attempt in (1, 2):  # as bot.slack.replies does
            try:
                reply = await said(chat, sampling)
            except ModelUnavailable:
                if attempt == 2:
                    return "told"
            else:
                assert reply == text
                return "answered"
        raise AssertionError("neither answered nor told")

    outcomes: list[str] = []
    for kill in range(4):
        asked = [asyncio.create_task(ask(10 * kill + number)) for number in range(4)]
        await chat.start()
        await asyncio.sleep(0.02 * kill)
        killed = chat.pid
        if killed is not None:
            os.kill(killed, signal.SIGKILL)
        outcomes += await asyncio.gather(*asked)
        while killed is not None and chat.pid == killed:  # noqa: ASYNC110 - all were answered before
            await asyncio.sleep(0.01)
    assert outcomes == ["answered"] * 16


def test_the_tiny_model_is_a_good_one(tmp_path: Path) -> None:
    assert len(gguf.GGUFReader(write_tiny_llama(tmp_path / "tiny.gguf")).tensors) == 12
