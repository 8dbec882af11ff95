"""Signing in to Google as a service account. google-auth makes and signs the assertion; the request that
exchanges it for a token goes through our own client, so that proxy and address check hold for it too."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

import httpx

from connectors.base import CredentialsRejected, Machine, Secret, SourceUnavailable
from connectors.http import BUSY, polite_client

if TYPE_CHECKING:
    from google.oauth2.service_account import Credentials

SCOPE = "https://www.googleapis.com/auth/drive.readonly"


class ServiceAccount(httpx.Auth):
    """Puts the token of a service account on requests, and gets a new one when it expires.

    With a `subject` the account acts on behalf of that person (domain-wide delegation).
    Raises CredentialsRejected if the key is none, or Google refuses it.
    """

    def __init__(self, key: Secret, subject: str, machine: Machine) -> None:
        self._credentials = _credentials(key, subject)
        self._client = polite_client(machine)
        self._lock = threading.Lock()

    @property
    def email(self) -> str:
        """The address of the account, with which folders are shared."""
        return str(self._credentials.service_account_email)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:  # revoked before its time
            request.headers["Authorization"] = f"Bearer {self._token(instead_of=token)}"
            yield request

    def _token(self, instead_of: str = "") -> str:
        from google.auth.exceptions import GoogleAuthError, RefreshError

        with self._lock:
            if not self._credentials.valid or self._credentials.token == instead_of:
                try:
                    self._credentials.refresh(self._post)  # type: ignore[no-untyped-call]
                except RefreshError as exc:
                    raise CredentialsRejected(self._refusal(exc)) from exc
                except GoogleAuthError as exc:
                    raise SourceUnavailable("Google gives no token for the service account now.") from exc
            return str(self._credentials.token)

    def _post(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the client has its own
        **_: Any,
    ) -> _Answer:
        """What google-auth calls a transport request (google.auth.transport.Request)."""
        response = self._client.request(method, url, content=body, headers=headers)
        if response.status_code in BUSY:  # was tried often enough; google-auth would begin anew
            raise SourceUnavailable(f"Google gives no token now ({response.status_code}).")
        return _Answer(response)

    def _refusal(self, exc: Exception) -> str:
        said = str(exc)
        if "unauthorized_client" in said:
            return (
                f"Google does not let {self.email} act on behalf of the subject. In the Admin console, "
                "Security > Access and data control > API controls > Domain-wide delegation, add its client "
                f"id with the scope {SCOPE}."
            )
        if "invalid_grant" in said:
            return (
                f"Google refuses the key of {self.email} (invalid_grant): the key or the subject is not "
                "known, or the clock of this machine is wrong."
            )
        return f"Google refuses the key of {self.email}. Make a new one in the Cloud console."


class _Answer:
    """What google-auth expects of a transport response (google.auth.transport.Response)."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.data = response.content


def _credentials(key: Secret, subject: str) -> Credentials:
    from google.oauth2.service_account import Credentials

    try:
        info = json.loads(key.value)
        if info.get("type") != "service_account":
            raise ValueError("of another type")
        return Credentials.from_service_account_info(  # type: ignore[no-any-return, no-untyped-call]
            info, scopes=[SCOPE], subject=subject or None
        )
    except (ValueError, AttributeError, KeyError, TypeError):
        # No cause: it may quote the key.
        raise CredentialsRejected(
            "The variable that `credentials` names does not hold the JSON key of a service account: all of "
            "the file that the Cloud console gives, on one line."
        ) from None
