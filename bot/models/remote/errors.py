"""What goes wrong between Footnote and a model server, said in Footnote's words.

The words of the server are never passed on: a server that refuses a request may repeat it, and with it what
somebody asked and what stands in documents, or the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from bot.errors import ModelBusy, ModelError, ModelUnavailable

_TOO_LONG = re.compile(r"context[ _](?:length|size|window)", re.IGNORECASE)
_NO_MODEL = re.compile(r"model_not_found|NotFoundError|model .{0,200}(?:not exist|not found)", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z]\w{2,39}")
MOST_NAMED = 5
"""Models of a server that are named."""
LONGEST_NAME = 80


class Refused(ModelUnavailable):
    """The server answered a request with a status that is no success. `status` is the number."""

    def __init__(self, status: int, message: str, *, mend: str) -> None:
        super().__init__(message, mend=mend)
        self.status = status


class Overloaded(Refused, ModelBusy):
    """The server takes no more requests for now."""


@dataclass(frozen=True)
class Place:
    """A model server, as errors name it."""

    url: str
    model: str
    has_key: bool

    @property
    def host(self) -> str:
        """Its name or address, with the port where it is not the usual one."""
        url = httpx.URL(self.url)
        return url.netloc.decode("ascii", "replace")

    def unreachable(self, exc: httpx.HTTPError) -> ModelUnavailable:
        """No connection, or one that broke before it answered. httpx's own words name no content."""
        why = "it does not accept the connection in time" if isinstance(exc, httpx.TimeoutException) else ""
        why = why or _line(str(exc)) or type(exc).__name__
        return ModelUnavailable(
            f"The model server {self.host} cannot be reached: {why}.",
            mend="Look whether it runs, and at url under [models] in config.toml.",
        )

    def slow(self, seconds: float, setting: str) -> ModelUnavailable:
        """It said nothing for as long as `setting` allows."""
        what = "did not begin to answer" if setting == "first_token_seconds" else "stopped in its answer"
        return ModelUnavailable(
            f"The model server {self.host} {what} for {seconds:g} seconds.",
            mend=f"Ask again later. If it is always so slow, raise {setting} under [models] in config.toml.",
        )

    def late(self) -> ModelBusy:
        """Nobody waits for its answer any longer."""
        return ModelBusy(
            f"The model server {self.host} did not answer in time.", mend="Ask again in a minute."
        )

    def only_thought(self) -> ModelUnavailable:
        """All tokens of the reply were spent on thinking."""
        return ModelUnavailable(
            f"The model {self.model} at {self.host} only thought, and wrote no answer.",
            mend="Switch its thinking off at the server, choose a model without, or raise max_tokens "
            "under [answers] in config.toml.",
        )

    def broken(self, why: str) -> ModelUnavailable:
        """What it sends cannot be read, or ends too early."""
        return ModelUnavailable(
            f"The model server {self.host} {why}.",
            mend="Ask again. If it happens again, see the log of that server, and whether url under [models] "
            "in config.toml is the address of an OpenAI-compatible one.",
        )

    def refused(self, status: int, body: bytes, known: Sequence[str] = ()) -> ModelError:
        """It answered a request with this status. `known`: the models it is known to have.

        A Refused, but for what only the person who asked can mend: a prompt that is too long.
        """
        told = error_in(_parsed(body))
        words = f"{told.get('type')} {told.get('code')} {told.get('message')}"
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return self._key_refused(status)
        if 300 <= status < 400:
            return Refused(
                status,
                f"The model server {self.host} sends requests on to another address, which is not followed.",
                mend="Set url under [models] in config.toml to where the model is.",
            )
        if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
            # 503 may also mean that there is no model behind it: no reason to wait on and on
            is_full = status == httpx.codes.TOO_MANY_REQUESTS
            return (Overloaded if is_full else Refused)(
                status,
                f"The model server {self.host} has too much to do, or is still loading ({status}).",
                mend="Ask again in a minute.",
            )
        if _TOO_LONG.search(words):
            return self._too_long(told)
        if status >= 500:
            return Refused(
                status,
                f"The model server {self.host} failed ({status}).",
                mend="Ask again. If it happens again, see the log of that server.",
            )
        is_no_model = _NO_MODEL.search(words) is not None
        if is_no_model or status == httpx.codes.NOT_FOUND:
            return self._no_model(status, known, is_sure=is_no_model)
        given = (str(told.get(key, "")) for key in ("type", "code"))
        sort = next((f", {each}" for each in given if _IDENTIFIER.fullmatch(each)), "")
        return Refused(
            status,
            f"The model server {self.host} refused the request ({status}{sort}).",
            mend="The log of that server says why.",
        )

    def failed(self, told: Mapping[str, Any], known: Sequence[str] = ()) -> ModelError:
        """It told of an error within an answer that had begun."""
        code = told.get("code")
        status = code if isinstance(code, int) and 400 <= code < 600 else 500
        return self.refused(status, json.dumps({"error": dict(told)}).encode(), known)

    def _key_refused(self, status: int) -> Refused:
        return Refused(
            status,
            f"The model server {self.host} does not accept our key ({status})."
            if self.has_key
            else f"The model server {self.host} wants a key ({status}).",
            mend="Put the right one into .env as FOOTNOTE_MODEL_KEY, or name another variable: "
            'key = "env:NAME" under [models] in config.toml.',
        )

    def _too_long(self, told: Mapping[str, Any]) -> ModelError:
        asked, room = told.get("n_prompt_tokens"), told.get("n_ctx")
        size = f": {asked:,} tokens, {room:,} fit" if isinstance(asked, int) and isinstance(room, int) else ""
        return ModelError(
            f"The question with its passages is too long for the model {self.model}{size}.",
            mend="Ask something shorter, or have its server started with a larger context.",
        )

    def _no_model(self, status: int, known: Sequence[str], *, is_sure: bool) -> Refused:
        has = f" It has: {named(known)}." if known else ""
        where = "" if is_sure else " Or url there is not all of its address: most end with /v1."
        return Refused(
            status,
            f"The model server {self.host} knows no model {self.model} ({status}).{has}",
            mend=f"Name one that it has as chat under [models] in config.toml.{where}",
        )


def named(models: Sequence[str]) -> str:
    """Names a server gave, as they may be shown."""
    shown = ", ".join(_line(name) for name in models[:MOST_NAMED])
    return f"{shown} and {len(models) - MOST_NAMED:,} more" if len(models) > MOST_NAMED else shown


def error_in(parsed: object) -> Mapping[str, Any]:
    """What a server says is wrong, where that is what it says; else empty."""
    if not isinstance(parsed, dict):
        return {}
    told = parsed.get("error")
    if isinstance(told, dict):
        return told
    if isinstance(told, str):
        return {"message": told}
    return parsed if parsed.get("object") == "error" else {}  # vLLM of before 2025


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _line(text: str) -> str:
    """Without what a terminal would obey, and not long."""
    shown = "".join(char if char.isprintable() else " " for char in text[: LONGEST_NAME + 1]).strip()
    return shown if len(text) <= LONGEST_NAME else f"{shown[:LONGEST_NAME]}…"
