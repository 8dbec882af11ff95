"""How Slack says no."""

from __future__ import annotations


class SlackError(Exception):
    """A refusal. `error` is Slack's name for it, `details` stand beside it in the response."""

    def __init__(self, error: str, **details: object) -> None:
        super().__init__(error)
        self.error = error
        self.details = details
