"""A chat model behind llama.cpp's own server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.app import App
from bot.config import load_config
from bot.contracts import Finished, Message, Question, Sampling
from bot.doctor import examine
from bot.errors import ModelError, ModelUnavailable
from bot.models.chat import LlamaChat
from bot.models.remote import Kind, RemoteChat
from connectors.base import EVERYONE
from tests.models.remote.llama_server import ALIAS, CONTEXT, KEY, LlamaServer, llama_server

pytestmark = pytest.mark.weights

ASK = [Message("system", "Be brief."), Message("user", "Count from one to fifty in words.")]
WET = [Message("user", "Is water wet? Answer Yes or No.")]


@pytest.fixture(scope="module")
def server(weights: Callable[[str], Path]) -> Iterator[LlamaServer]:
    with llama_server(weights("smollm2-135m-instruct")) as running:
        yield running


@pytest_asyncio.fixture
async def chat(server: LlamaServer) -> AsyncIterator[RemoteChat]:
    model = RemoteChat(server.url, ALIAS, KEY)
    yield model
    await model.close()


async def said(chat: RemoteChat | LlamaChat, messages: list[Message], sampling: Sampling) -> list[str]:
    return [piece async for piece in chat.stream(messages, sampling)]


async def test_it_writes_as_the_same_model_does_here(
    chat: RemoteChat, weights: Callable[[str], Path]
) -> None:
    here = LlamaChat(weights("smollm2-135m-instruct"), "here", context=CONTEXT, threads=1)
    try:
        theirs = await said(chat, ASK, Sampling(max_tokens=24))
        assert len(theirs) > 5
        assert "".join(theirs) == "".join(await said(here, ASK, Sampling(max_tokens=24)))
        sure = await here.log_odds(WET, ["Yes", "yes"], ["No", "no"])
        assert await chat.log_odds(WET, ["Yes", "yes"], ["No", "no"]) == pytest.approx(sure, abs=0.3)
        for text in ("", "one", "대한민국의 수도"):
            assert await chat.count_tokens(text) == await here.count_tokens(text)
    finally:
        await here.close()
    assert await chat.gives_log_odds()
    assert (await chat.offer()).kind is Kind.LLAMA
    assert (await chat.offer()).context == CONTEXT
    assert chat.pid is None


async def test_what_is_asked_of_the_sampling_is_kept(chat: RemoteChat) -> None:
    def drawn(**how: object) -> Sampling:
        return Sampling(max_tokens=16, **how)  # type: ignore[arg-type]

    plain = "".join(await said(chat, ASK, drawn()))
    assert "".join(await said(chat, ASK, drawn(stop=(plain[5:8],)))) == plain.partition(plain[5:8])[0]
    assert "".join(await said(chat, ASK, drawn(grammar='root ::= "never" | "ever"'))) in ("never", "ever")
    warm = ["".join(await said(chat, ASK, drawn(temperature=1.5, seed=seed))) for seed in (1, 2, 3)]
    assert len(set(warm)) > 1
    assert "".join(await said(chat, ASK, drawn(repeat_penalty=1.9))) != plain


async def test_a_grammar_that_cannot_be_read_is_told(chat: RemoteChat) -> None:
    with pytest.raises(ModelError, match="refused the request"):
        await said(chat, ASK, Sampling(grammar="root ::= ("))


async def test_closing_a_reply_frees_the_slot_of_the_server(server: LlamaServer, chat: RemoteChat) -> None:
    async with contextlib.aclosing(chat.stream(ASK, Sampling(max_tokens=900))) as pieces:
        async for _ in pieces:
            break
        assert await server.is_working()
    await asyncio.wait_for(server.becomes(working=False), 5)  # 900 tokens would take longer
    assert await said(chat, ASK, Sampling(max_tokens=4))


async def test_a_cancelled_task_frees_it_too(server: LlamaServer, chat: RemoteChat) -> None:
    asking = asyncio.create_task(said(chat, ASK, Sampling(max_tokens=900)))
    await server.becomes(working=True)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.wait_for(server.becomes(working=False), 5)


async def test_a_prompt_too_long_is_told_and_the_next_one_answered(chat: RemoteChat) -> None:
    with pytest.raises(ModelError, match=rf"too long .* {CONTEXT:,} fit") as caught:
        await said(chat, [Message("user", "secretword " * 3000)], Sampling(max_tokens=4))
    assert not isinstance(caught.value, ModelUnavailable)
    assert "secretword" not in str(caught.value)
    assert await said(chat, ASK, Sampling(max_tokens=4))


@pytest.mark.parametrize(("key", "words"), [("wrong-key", "does not accept our key"), ("", "wants a key")])
async def test_a_wrong_key_and_none_are_told_with_the_variable_to_set(
    server: LlamaServer, key: str, words: str
) -> None:
    chat = RemoteChat(server.url, ALIAS, key)
    with pytest.raises(ModelUnavailable, match=words) as caught:
        # its list of models may be open to all: the reply is not
        await said(chat, ASK, Sampling(max_tokens=4))
    await chat.close()
    assert "FOOTNOTE_MODEL_KEY" in caught.value.mend
    assert "wrong-key" not in f"{caught.value!r} {caught.value} {chat!r}"


async def test_a_server_killed_in_the_middle_is_told(weights: Callable[[str], Path]) -> None:
    with llama_server(weights("smollm2-135m-instruct")) as server:
        chat = RemoteChat(server.url, ALIAS, KEY)
        pieces = chat.stream(ASK, Sampling(max_tokens=900))
        await anext(pieces)
    with pytest.raises(ModelUnavailable, match="broke off in its answer"):
        [piece async for piece in pieces]
    with pytest.raises(ModelUnavailable, match="cannot be reached") as caught:
        await said(chat, ASK, Sampling(max_tokens=4))
    await chat.close()
    assert "url under [models]" in caught.value.mend


async def test_an_answer_comes_from_the_server_and_no_chat_model_lies_here(
    server: LlamaServer, tmp_path: Path
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "vpn.md").write_text("# VPN\n\nA VPN session ends after 12 hours.\n")
    (tmp_path / "config.toml").write_text(
        f'data_dir = "data"\n[models]\nurl = "{server.url}"\nchat = "{ALIAS}"\n'
        '[answers]\nmax_tokens = 16\n[connectors.docs]\nkind = "folder"\npath = "docs"\n'
    )
    config = load_config(tmp_path / "config.toml", {"FOOTNOTE_MODEL_KEY": KEY})
    async with App(config) as app:
        await app.admin.sync(None, who="test")
        question = Question("How many hours does a VPN session last?", frozenset({EVERYONE}))
        events = [event async for event in app.answer(question)]
        assert isinstance(events[-1], Finished)
        assert isinstance(app.chat, RemoteChat)
        record = app.database.value("SELECT trace FROM answers")
    assert "VPN session" in str(record)

    found = [finding for finding in await examine(config, with_slack=False) if "chat" in finding.subject]
    assert [finding.verdict for finding in found] == ["ok", "warning"]
    assert "llama-server" in found[0].message
    assert f"{CONTEXT:,} tokens" in found[1].message
