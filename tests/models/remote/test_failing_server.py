"""What a model server may do wrong, and what is said of it. No message repeats what the server was sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.contracts import Message, Sampling
from bot.errors import ModelBusy, ModelError, ModelUnavailable
from bot.models.remote import RemoteChat
from tests.models.remote.model_server import (
    CHUNKED,
    END,
    STREAM,
    ModelServer,
    Write,
    answer,
    event,
    listing,
    model_server,
)

KEY, SECRET_WORD = "sk-canary-7f3a91bc", "severance-of-kim-canary"
ASK = [Message("system", "Be brief."), Message("user", SECRET_WORD)]
HELLO = STREAM + event(role="assistant") + event("Hel") + event("lo") + END


async def said(served: ModelServer, *, sampling: Sampling | None = None, **how: Any) -> list[str]:
    chat = RemoteChat(served.url, "m", KEY, **how)
    try:
        return [piece async for piece in chat.stream(ASK, sampling or Sampling())]
    finally:
        await chat.close()


async def complaint(served: ModelServer, **how: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await said(served, **how)
    shown = f"{caught.value} {caught.value!r}"
    assert KEY not in shown
    assert SECRET_WORD not in shown
    return caught.value


async def test_a_reply_comes_in_the_pieces_that_the_server_sends() -> None:
    async with model_server(HELLO) as served:
        assert await said(served, sampling=Sampling(max_tokens=7, stop=("\n",), repeat_penalty=1.5)) == [
            "Hel",
            "lo",
        ]
    (posted,) = served.posts
    assert posted.path == "/v1/chat/completions"
    assert posted.headers["authorization"] == f"Bearer {KEY}"
    assert posted.body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": SECRET_WORD},
        ],
        "stream": True,
        "max_tokens": 7,
        "temperature": 0.0,
        "top_p": 0.95,
        "seed": 0,
        "stop": ["\n"],
    }


async def test_vllm_is_told_in_its_own_words() -> None:
    async with model_server(HELLO) as served:
        served.models = listing("m", owner="vllm", max_model_len=2048)
        await said(served, sampling=Sampling(repeat_penalty=1.5))
        with pytest.raises(ModelError, match="grammar"):
            await said(served, sampling=Sampling(grammar="root ::= [a-z]"))
    assert served.posts[0].body["repetition_penalty"] == 1.5
    assert served.posts[0].body["chat_template_kwargs"] == {"enable_thinking": False}


async def test_korean_split_over_reads_and_every_kind_of_line_end_come_whole() -> None:
    whole = (event("대한민국") + b": ping\n\n" + event("의 수도") + END).replace(b"\\u", b"\\u")
    raw = json.dumps({"choices": [{"delta": {"content": "각주"}}]}, ensure_ascii=False).encode()
    whole = b"data:" + raw + b"\r\n\r\n" + whole

    async def bytewise(write: Write) -> None:
        await write(STREAM)
        for at in range(len(whole)):
            await write(whole[at : at + 1])
            await asyncio.sleep(0)

    async with model_server(bytewise) as served:
        assert "".join(await said(served)) == "각주대한민국의 수도"


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (401, {"error": {"message": f"Incorrect API key: {KEY}"}}, "does not accept our key (401)"),
        (403, b"<html>", "does not accept our key (403)"),
        (
            404,
            {"error": {"message": "The model `m` does not exist.", "code": "model_not_found"}},
            "no model m",
        ),
        (404, b"<html>nginx", "no model m (404)"),
        (400, {"error": {"message": "model 'm' not found"}}, "no model m (400)"),
        (
            400,
            {"object": "error", "message": f"bad {SECRET_WORD}", "type": "BadRequest"},
            "(400, BadRequest)",
        ),
        (400, {"error": {"message": "x", "type": f"a {SECRET_WORD}"}}, "refused the request (400)"),
        (422, {"detail": [{"input": SECRET_WORD}]}, "refused the request (422)"),
        (500, {"error": SECRET_WORD}, "failed (500)"),
        (502, b"", "failed (502)"),
        (307, b"", "sends requests on to another address"),
    ],
)
async def test_a_refusal_is_told_in_our_words_with_what_to_do(
    status: int, content: object, words: str
) -> None:
    async with model_server(answer(status, content, {"Location": "http://127.0.0.1:9/"})) as served:
        error = await complaint(served)
    assert words in str(error)
    assert isinstance(error, ModelUnavailable)
    assert error.mend
    assert len(served.posts) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"code": "context_length_exceeded", "message": f"the messages: {SECRET_WORD}"},
        {"code": 400, "message": "This model's maximum context length is 8192 tokens. However, ..."},
        {"type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 4096},
    ],
)
async def test_a_prompt_too_long_is_the_business_of_who_asks(told: dict[str, Any]) -> None:
    async with model_server(answer(400, {"error": told})) as served:
        error = await complaint(served)
    assert "too long for the model m" in str(error)
    assert not isinstance(error, ModelUnavailable)
    assert ("9,000 tokens, 4,096 fit" in str(error)) is ("n_ctx" in told)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again_before_the_first_token(status: int) -> None:
    busy = answer(status, {"error": {"message": "Loading model"}}, {"Retry-After": "0"})
    async with model_server(busy, busy, HELLO) as served:
        assert "".join(await said(served)) == "Hello"
        assert len(served.posts) == 3
    async with model_server(busy) as served:
        error = await complaint(served)
        assert "too much to do" in str(error)
        assert isinstance(error, ModelBusy) is (status == 429)  # behind a 503 there may be no model at all
        assert len(served.posts) == 4


async def test_a_reply_that_is_not_there_in_time_is_given_up_in_our_words() -> None:
    async def dawdles(write: Write) -> None:
        await write(STREAM + event("Hel"))
        await asyncio.sleep(3600)

    async with model_server(dawdles) as served:
        chat = RemoteChat(served.url, "m")
        with pytest.raises(ModelBusy, match="did not answer in time"):
            _ = [piece async for piece in chat.stream(ASK, Sampling(), seconds=0.5)]
        await chat.close()


@pytest.mark.parametrize("header", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
async def test_a_server_that_wants_to_be_left_alone_for_long_is_not_waited_for(header: str) -> None:
    async with model_server(answer(503, b"", {"Retry-After": header})) as served:
        assert "(503)" in str(await complaint(served))
        assert len(served.posts) == 1


async def test_a_kept_connection_that_the_server_has_closed_is_no_failure() -> None:
    async def hangs_up(_: Write) -> None: ...

    async with model_server(hangs_up, HELLO) as served:
        assert "".join(await said(served)) == "Hello"
    async with model_server(hangs_up) as served:
        assert "cannot be reached" in str(await complaint(served))
        assert len(served.posts) == 2


async def test_nobody_there_is_told_with_the_setting() -> None:
    async with model_server() as served:
        pass
    error = await complaint(served)
    assert "cannot be reached" in str(error)
    assert "url under [models]" in error.mend


def sent(*parts: bytes, head: bytes = STREAM) -> Callable[[Write], Awaitable[None]]:
    async def write_all(write: Write) -> None:
        await write(head)
        for part in parts:
            await write(part)

    return write_all


NESTED = b"data: " + b"[" * 200_000 + b"\n\n"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (sent(event("Hel")), "broke off"),
        (sent(event("Hel")[:-9]), "broke off"),
        (sent(b"5\r\nda", head=CHUNKED), "broke off"),
        (sent(b""), "broke off"),
        (sent(b"data: {not json}\n\n"), "cannot be read"),
        (sent(b"data: [1, 2]\n\n"), "none of a reply"),
        (sent(NESTED), "sends events"),
        (sent(b"data: " + b"x" * (2 << 20)), "without end"),
        (sent(*[b"data: xxxxxxxxxxxxxxxx\n" * 1000] * 100), "without end"),
        (sent(*[b": ping\n\n" * 1000] * 200), "without end"),
        (sent(*[event("x" * 60_000)] * 100), "writes on beyond 256 tokens"),
        (answer(200, {"choices": [{"message": {"content": "whole"}}]}), "something else than a stream"),
        (STREAM.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"), "packs its answer"),
        (sent(event("Hel"), b'data: {"error": {"message": "CUDA died", "code": 500}}\n\n'), "failed (500)"),
        (sent(b'data: {"error": {"type": "exceed_context_size_error", "code": 400}}\n\n'), "too long"),
        (sent(event(reasoning_content="hm"), END), "only thought"),
    ],
)
async def test_a_stream_that_is_none_is_told(
    reply: bytes | Callable[[Write], Awaitable[None]], words: str
) -> None:
    async with model_server(reply) as served:
        assert words in str(await complaint(served))
        assert len(served.posts) == 1


@pytest.mark.parametrize(
    "odd",
    [
        b'data: {"choices": []}\n\n',
        b'data: {"choices": [7]}\n\n',
        b'data: {"choices": [{"delta": "x", "finish_reason": null}]}\n\n',
        b'data: {"choices": [{"delta": {"content": 5}}]}\n\n',
        b'data: {"usage": {"total_tokens": 7}}\n\n',
        b"event: ping\ndata:\n\n",
        b"retry: 5\n\n",
    ],
)
async def test_what_says_nothing_of_the_reply_is_passed_over(odd: bytes) -> None:
    async with model_server(STREAM + odd + event("Hel") + odd + event("lo") + odd + END) as served:
        assert "".join(await said(served)) == "Hello"


@pytest.mark.parametrize("end", [event(finish="stop"), b"data: [DONE]\n\n", event(finish="length") + b"data"])
async def test_either_sign_of_the_end_is_enough(end: bytes) -> None:
    async with model_server(STREAM + event("Hello") + end) as served:
        assert await said(served) == ["Hello"]


async def test_a_server_that_does_not_begin_or_stops_is_given_up_and_hung_up_on() -> None:
    async def never(_: Write) -> None:
        await asyncio.sleep(60)

    async def pings(write: Write) -> None:
        await write(STREAM + event(role="assistant"))
        while True:
            await write(b": ping\n\n")
            await asyncio.sleep(0.02)

    async def stops(write: Write) -> None:
        await write(STREAM + event("Hel"))
        await pings(write)

    for reply, setting in (
        (never, "first_token_seconds"),
        (pings, "first_token_seconds"),
        (stops, "next_token_seconds"),
    ):
        async with model_server(reply) as served:
            error = await complaint(served, **{setting: 0.5})  # not the other one, on a busy machine
            assert "0.5 seconds" in str(error)
            assert setting in error.mend
            if reply is not never:
                await asyncio.wait_for(served.hung_up.wait(), 60)


async def test_who_reads_slowly_is_not_taken_for_a_server_that_stopped() -> None:
    async with model_server(HELLO) as served:
        chat = RemoteChat(served.url, "m", next_token_seconds=1.0)
        pieces = []
        async for piece in chat.stream(ASK, Sampling()):
            pieces.append(piece)
            await asyncio.sleep(1.5)
        await chat.close()
    assert pieces == ["Hel", "lo"]


async def test_closing_a_reply_closes_the_connection() -> None:
    async def endless(write: Write) -> None:
        await write(STREAM)
        while True:
            await write(event("x"))
            await asyncio.sleep(0.01)

    async with model_server(endless) as served:
        chat = RemoteChat(served.url, "m")
        async with contextlib.aclosing(chat.stream(ASK, Sampling())) as pieces:
            async for _ in pieces:
                break
        await asyncio.wait_for(served.hung_up.wait(), 10)
        await chat.close()


async def test_the_key_goes_to_no_other_host() -> None:
    async with model_server(HELLO) as other:
        moved = answer(307, b"", {"Location": f"{other.url}/chat/completions"})
        async with model_server(moved) as served:
            await complaint(served)
    assert other.asked == []


async def test_neither_key_nor_question_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="httpcore")  # as bot.cli sets it
    caplog.set_level(logging.DEBUG, logger="httpx")  # a command in a test before may have made it quiet
    caplog.set_level(logging.DEBUG)
    async with model_server(answer(500, SECRET_WORD.encode())) as served:
        await complaint(served)
    assert "HTTP Request" in caplog.text
    assert KEY not in caplog.text
    assert SECRET_WORD not in caplog.text


# --- what a server says of itself, and of likelihoods -------------------------------------------------------


@pytest.mark.parametrize(
    "models",
    [answer(404, b"no"), answer(200, []), answer(200, {"data": [7, {"id": 5}]}), listing("m", meta=7)],
)
async def test_a_server_that_lists_no_models_can_be_asked_nevertheless(models: bytes) -> None:
    async with model_server(HELLO) as served:
        served.models = models
        assert "".join(await said(served)) == "Hello"


@pytest.mark.parametrize(
    "models", [answer(200, b"{"), answer(200, b"x" * (5 << 20)), answer(200, b"[" * 99_999)]
)
async def test_a_list_that_cannot_be_read_is_told(models: bytes) -> None:
    async with model_server(HELLO) as served:
        served.models = models
        assert "cannot be read" in str(await complaint(served))


def likely(*tokens: tuple[str | list[int], object]) -> bytes:
    listed = [
        {"token": "?", "bytes": token, "logprob": value}
        if isinstance(token, list)
        else {"token": token, "logprob": value}
        for token, value in tokens
    ]
    return answer(200, {"choices": [{"logprobs": {"content": [{"top_logprobs": listed}]}}]})


YES, NO = ("Yes", "yes", "예"), ("No", "no", "네")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (likely(("Yes", -0.5), ("No", -2.0), ("Maybe", -3.0)), 1.5),
        (likely((" yes", -0.5), ("Yes", -1.5), ("No", -2.0)), 1.5),
        (likely(("No", -0.1), ("Maybe", -3.0)), -2.9),
        (likely(("Perhaps", -0.1), ("Maybe", -3.0)), 0.0),
        (likely(("Now", -0.1), ("Y", -0.2), ("Maybe", -3.0)), 0.0),
        (likely(([0xEC, 0x98, 0x88], -0.1), ([0xEB], -0.2), ("Maybe", -3.0)), 2.9),
        (likely(("Yes", -0.5), ("No", None), ("", -9.0), ("Maybe", -3.0)), 2.5),
    ],
)
async def test_odds_are_those_of_the_likeliest_beginnings(reply: bytes, expected: float) -> None:
    async with model_server(reply) as served:
        chat = RemoteChat(served.url, "m")
        assert await chat.log_odds(ASK, YES, NO) == pytest.approx(expected)
        await chat.close()
    assert served.posts[0].body["max_tokens"] == 1


@pytest.mark.parametrize(
    ("reply", "gives"),
    [
        (likely(("Yes", -0.5), ("The", -2.0)), True),
        (likely(("<think>", -0.0), ("The", -9.0)), False),
        (answer(200, {"choices": [{"message": {"content": "Yes"}, "logprobs": None}]}), False),
        (answer(200, {"choices": "x"}), False),
        (answer(200, []), False),
        (answer(400, {"error": {"message": "logprobs is not supported"}}), False),
    ],
)
async def test_whether_a_server_tells_likelihoods_is_asked_of_it_once(reply: bytes, gives: bool) -> None:
    async with model_server(reply) as served:
        chat = RemoteChat(served.url, "m")
        assert await chat.gives_log_odds() is gives
        assert await chat.gives_log_odds() is gives
        await chat.close()
    assert len(served.posts) == 1
    assert SECRET_WORD not in str(served.posts)


async def test_a_server_without_likelihoods_says_so_when_asked_for_them() -> None:
    async with model_server(answer(200, {"choices": []})) as served:
        chat = RemoteChat(served.url, "m")
        with pytest.raises(ModelError, match="tells no likelihoods"):
            await chat.log_odds(ASK, YES, NO)
        await chat.close()


async def test_a_server_that_is_down_is_not_taken_for_one_without_likelihoods() -> None:
    async with model_server(answer(500, b""), likely(("Yes", -0.1))) as served:
        chat = RemoteChat(served.url, "m")
        with pytest.raises(ModelUnavailable):
            await chat.gives_log_odds()
        assert await chat.gives_log_odds()
        await chat.close()


async def test_tokens_are_estimated_where_no_server_counts_them() -> None:
    async with model_server() as served:
        chat = RemoteChat(served.url, "m")
        assert [await chat.count_tokens(text) for text in ("", "a", "대한민국")] == [0, 1, 4]
        await chat.close()
