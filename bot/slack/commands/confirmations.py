"""Values of buttons that confirm something: what was shown, to whom and until when, signed.

Anybody may send a click with a value of their own making. Only a value that this process made for the person
who clicks is taken, so that what is done is what was shown. After a restart none of them is.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

LIFE_SECONDS = 25 * 60.0
"""What came of it is said by the response_url of the click, which Slack closes after 30 minutes."""
MAX_SUBJECT = 1_500
"""Characters. Slack takes 2,000 in the value of a button."""


class Confirmations:
    """Makes and reads the values of one process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def value(self, action: str, user: str, subject: str) -> str:
        """What the button of `action` carries that `user` is shown about `subject`.

        Raises ValueError where the subject is too long.
        """
        if len(subject) > MAX_SUBJECT:
            raise ValueError(f"{len(subject)} characters do not fit into a button")
        until = str(int(self._clock() + LIFE_SECONDS))
        return f"{until}.{self._signature(action, user, until, subject)}.{subject}"

    def subject(self, action: str, user: str, value: str) -> str | None:
        """What this person was shown; None where the value was not made for them, or is too old."""
        until, _, rest = value.partition(".")
        signature, _, subject = rest.partition(".")
        right = self._signature(action, user, until, subject)
        if not hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace")):
            return None
        return subject if int(until) >= self._clock() else None

    def _signature(self, action: str, user: str, until: str, subject: str) -> str:
        # with the lengths, so that no two sets of parts read the same
        parts = [part.encode("utf-8", "surrogatepass") for part in (action, user, until, subject)]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()
