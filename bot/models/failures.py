"""What a model's process dying means to whoever asked it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bot.errors import ChildDied, ModelUnavailable


@contextlib.contextmanager
def as_model_errors(model: str) -> Iterator[None]:
    """ChildDied within becomes ModelUnavailable."""
    try:
        yield
    except ChildDied as exc:
        if exc.mend:  # it died again and again, and says when it is tried next
            raise ModelUnavailable(
                f"The model {model} does not run. {exc.message}",
                mend=f"{exc.mend} If it goes on, see footnote doctor (memory).",
            ) from exc
        raise ModelUnavailable(
            f"The model {model} stopped while it was working.",
            mend="Ask again: it is started anew. If it happens again, see footnote doctor (memory).",
        ) from exc
