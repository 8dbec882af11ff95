"""A chat model on another machine, behind a server that speaks OpenAI's chat completions."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import httpx

from bot.contracts import Message, Sampling
from bot.errors import ModelError, ModelUnavailable
from bot.models.remote.errors import Place, Refused, error_in
from bot.models.remote.protocol import (
    Kind,
    Offer,
    begins,
    drawing,
    events_of,
    likelihoods_of,
    odds,
    offer_of,
    piece_of,
)
from connectors.retry_after import retry_after

__all__ = ["Kind", "Offer", "RemoteChat"]

CONNECT_SECONDS = 10.0
TRIES = 4
"""Of one request, as long as nothing of its answer has come."""
LONGEST_WAIT = 20.0
"""Seconds between two of them. A server that wants to be left alone for longer is unavailable."""
LONGEST_ANSWER = 4 << 20
"""Bytes of an answer that is no stream, and characters of a reply: far more than `max_tokens` allows."""
LIKELIEST = 20
"""Tokens whose likelihood is asked for: the most that OpenAI, and vLLM by default, tell."""
BYTES_A_TOKEN = 3
"""Of UTF-8, where tokens can only be estimated."""

_BUSY = frozenset({429, 503})
_NO_SUCH_WAY = frozenset({404, 405, 501})


class RemoteChat:
    """The model `name` of the server at `url` ("http://gpu.corp.local:8080/v1").

    Nothing is asked of it before first use or `start`; requests go side by side. No redirect is followed and
    no proxy used, so that questions and key go to that host alone. Satisfies `bot.contracts.ChatModel`.
    """

    def __init__(
        self,
        url: str,
        name: str,
        key: str = "",
        *,
        first_token_seconds: float = 120.0,
        next_token_seconds: float = 30.0,
    ) -> None:
        """The seconds are those a reply may take to begin, and then between two of its tokens."""
        self.url = url.rstrip("/")
        self.name = name
        self._key = key
        self._first_token_seconds = first_token_seconds
        self._next_token_seconds = next_token_seconds
        self._place = Place(self.url, name, has_key=bool(key))
        self._client: httpx.AsyncClient | None = None
        self._offer: Offer | None = None
        self._gives_log_odds: bool | None = None

    def __repr__(self) -> str:
        return f"RemoteChat({self.url!r}, {self.name!r})"

    @property
    def pid(self) -> int | None:
        """None: there is no process of ours."""
        return None

    @property
    def identity(self) -> str:
        """Name and place: what else may differ at a server cannot be seen from here."""
        return f"{self.name} at {self.url}"

    async def start(self) -> None:
        """See whether the server is there and takes the key. Raises ModelUnavailable."""
        await self.offer()

    async def close(self) -> None:
        """Close the connections; the next use opens others."""
        client, self._client, self._offer, self._gives_log_odds = self._client, None, None, None
        if client is not None:
            await client.aclose()

    async def offer(self) -> Offer:
        """What the server says of itself, asked once. Raises ModelUnavailable."""
        if self._offer is None:
            try:
                self._offer = offer_of(await self._json("GET", "/models"), self.name)
            except Refused as exc:  # not every server lists its models
                if exc.status not in _NO_SUCH_WAY:
                    raise
                self._offer = Offer()
        return self._offer

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, user: str = "", *, seconds: float | None = None
    ) -> AsyncGenerator[str, None]:
        """Pieces of the reply. Closing it closes the connection, at which a server stops. The server decides
        whose turn it is: it is not told of `user`.

        Raises ModelError (prompt too long), ModelUnavailable, ModelBusy (the server takes no more, or the
        reply was not there after so many `seconds`).
        """
        del user
        pieces = self._pieces(messages, sampling)
        end = None if seconds is None else asyncio.get_running_loop().time() + seconds
        async with contextlib.aclosing(pieces):
            while True:
                try:
                    async with asyncio.timeout_at(end) as timer:
                        piece = await anext(pieces, None)
                except TimeoutError as exc:
                    if not timer.expired():
                        raise
                    raise self._place.late() from exc
                if piece is None:
                    return
                yield piece

    async def _pieces(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[str, None]:
        offer = await self.offer()
        body = self._request(messages, offer) | drawing(sampling, offer.kind) | {"stream": True}
        now = asyncio.get_running_loop().time
        by, is_begun = now() + self._first_token_seconds, False
        said = 0
        async with (
            self._answered("POST", "/chat/completions", body, by=by) as response,
            contextlib.aclosing(events_of(response, self._place)) as events,
        ):
            while True:
                try:
                    async with asyncio.timeout_at(by):
                        event = await anext(events, None)
                except TimeoutError as exc:
                    raise self._slow(is_begun=is_begun) from exc
                if event is None:
                    break
                if told := error_in(event):
                    raise self._place.failed(told, offer.models)
                piece = piece_of(event)
                is_begun |= bool(piece.text or piece.thought)
                if piece.text:
                    said += len(piece.text)
                    if said > LONGEST_ANSWER:
                        raise self._place.broken(f"writes on beyond {sampling.max_tokens:,} tokens")
                    yield piece.text
                if piece.text or piece.thought:
                    by = now() + self._next_token_seconds
        if is_begun and not said:
            raise self._place.only_thought()

    async def log_odds(
        self, messages: Sequence[Message], these: Sequence[str], those: Sequence[str]
    ) -> float:
        """How much likelier the reply begins like the likeliest of `these` than like that of `those`: the
        natural logarithm of the ratio. What is not among the LIKELIEST tokens counts as the last of them.

        Raises ModelError where the server tells no likelihoods or the prompt is too long, ModelUnavailable.
        """
        likely = await self._likeliest(messages)
        if not likely:
            raise ModelError(
                f"The model server {self._place.host} tells no likelihoods of tokens.",
                mend="See: footnote doctor",
            )
        return odds(likely, these, those)

    async def gives_log_odds(self) -> bool:
        """Whether `log_odds` means something here: the server is asked a question of its own, once, to which
        Yes or No must be likely. Raises ModelUnavailable."""
        if self._gives_log_odds is None:
            question = [Message("user", "Is water wet? Answer Yes or No.")]
            try:
                likely = await self._likeliest(question)
            except Refused as exc:
                if exc.status not in (400, 422, 501):
                    raise
                likely = {}  # it does not know the parameter
            # a model that thinks before it speaks begins with neither
            self._gives_log_odds = any(begins(token, ("Yes", "No")) for token in likely)
        return self._gives_log_odds

    async def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes: as llama-server says; of others an estimate, one for every
        BYTES_A_TOKEN bytes. Raises ModelUnavailable."""
        if (await self.offer()).kind is Kind.LLAMA:
            counted = await self._json("POST", "/tokenize", {"content": text}, root=True)
            if isinstance(counted, dict) and isinstance(counted.get("tokens"), list):
                return len(counted["tokens"])
        return -(-len(text.encode()) // BYTES_A_TOKEN)

    # --- requests ----------------------------------------------------------------------------------------

    def _request(self, messages: Sequence[Message], offer: Offer) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.name, "messages": [asdict(message) for message in messages]}
        if offer.kind is not Kind.OTHER:
            # thoughts would take the tokens of the answer; a template without such a switch ignores it
            body["chat_template_kwargs"] = {"enable_thinking": False}
        return body

    async def _likeliest(self, messages: Sequence[Message]) -> dict[bytes, float]:
        body = self._request(messages, await self.offer())
        body |= {"max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": LIKELIEST}
        return likelihoods_of(await self._json("POST", "/chat/completions", body))

    async def _json(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, root: bool = False
    ) -> object:
        """`root`: above the /v1 of the url."""
        by = asyncio.get_running_loop().time() + self._first_token_seconds
        async with self._answered(method, path, body, by=by, root=root) as response:
            try:
                async with asyncio.timeout_at(by):
                    return json.loads(await _content(response))
            except TimeoutError as exc:
                raise self._slow() from exc
            except (httpx.HTTPError, ValueError, RecursionError) as exc:
                raise self._place.broken("gives answers that cannot be read") from exc

    @contextlib.asynccontextmanager
    async def _answered(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        by: float,
        root: bool = False,
    ) -> AsyncIterator[httpx.Response]:
        """An answer that is a success, its content not read yet; a busy server is asked again."""
        address = (self.url.removesuffix("/v1") if root else self.url) + path
        now = asyncio.get_running_loop().time
        for left in reversed(range(TRIES)):
            try:
                async with asyncio.timeout_at(by):
                    response = await self._http.send(
                        self._http.build_request(method, address, json=body), stream=True
                    )
            except TimeoutError as exc:
                raise self._slow() from exc
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as exc:
                # often only a connection that was kept open, and that the server has closed since
                if left < TRIES - 1:
                    raise self._place.unreachable(exc) from exc
                continue
            except httpx.HTTPError as exc:
                raise self._place.unreachable(exc) from exc
            try:
                if response.is_success:
                    yield response
                    return
                error = await self._refusal(response, by)
            finally:
                await response.aclose()
            wait = retry_after(response.headers.get("retry-after", ""))
            if wait is None:
                wait = 2.0 ** (TRIES - left) / 4
            if response.status_code not in _BUSY or not left or wait > LONGEST_WAIT or now() + wait > by:
                raise error
            await asyncio.sleep(wait)

    async def _refusal(self, response: httpx.Response, by: float) -> ModelError:
        known = self._offer.models if self._offer else ()
        try:
            async with asyncio.timeout_at(by):
                content = await _content(response)
        except (TimeoutError, ValueError, httpx.HTTPError):
            content = b""
        return self._place.refused(response.status_code, content, known)

    def _slow(self, *, is_begun: bool = False) -> ModelUnavailable:
        if is_begun:
            return self._place.slow(self._next_token_seconds, "next_token_seconds")
        return self._place.slow(self._first_token_seconds, "first_token_seconds")

    @property
    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            headers = {"Accept-Encoding": "identity"}  # what is packed small may be unpacked without end
            if self._key:
                headers["Authorization"] = f"Bearer {self._key}"
            self._client = httpx.AsyncClient(
                headers=headers,
                verify=httpx.create_ssl_context(),
                trust_env=False,  # no proxy or .netrc that an admin did not name here
                follow_redirects=False,
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            )
        return self._client


async def _content(response: httpx.Response) -> bytes:
    """Raises ValueError where it is longer than LONGEST_ANSWER, or packed."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ValueError
    pieces: list[bytes] = []
    size = 0
    async for data in response.aiter_raw():
        size += len(data)
        if size > LONGEST_ANSWER:
            raise ValueError
        pieces.append(data)
    return b"".join(pieces)
