"""Tuning waits while people do: the pause file stands as long as somebody asks, and a little longer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

QUIET_SECONDS = 60.0
"""Without a question, before tuning goes on: whoever read an answer often asks again."""
LOOK_SECONDS = 1.0
OURS = "Somebody asks. Footnote takes this file away a minute after the last answer.\n"


class Pause:
    """Puts the pause file there for the questions of this process. One that an admin made stays theirs."""

    def __init__(self, file: Path, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._file = file
        self._quiet_seconds = quiet_seconds
        self._asking = 0
        self._is_held = False
        self._is_ours = False
        """This process made the file that is there."""
        self._lifting: asyncio.TimerHandle | None = None

    @property
    def is_on(self) -> bool:
        """Whether tuning has to wait, for people or since an admin said so."""
        return self._is_held or self._file.exists()

    @contextmanager
    def while_asked(self) -> Iterator[None]:
        """Tuning waits for the length of the block and QUIET_SECONDS longer. Needs the running event loop."""
        self._asking += 1
        self._hold()
        try:
            yield
        finally:
            self._asking -= 1
            if not self._asking:
                self._lifting = asyncio.get_running_loop().call_later(self._quiet_seconds, self.lift)

    def lift(self) -> None:
        """Nobody waits any more."""
        if self._lifting is not None:
            self._lifting.cancel()
            self._lifting = None
        self._is_held = False
        if self._is_ours:
            self._is_ours = False
            self._remove()

    def take_over(self) -> None:
        """Take away the file that a process left which ended in the middle of a question."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if not self._is_held and self._file.read_text(encoding="utf-8") == OURS:
                self._remove()

    def _hold(self) -> None:
        if self._lifting is not None:
            self._lifting.cancel()
            self._lifting = None
        self._is_held = True
        if self._is_ours or not self._file.parent.is_dir():
            return  # it is there, or nothing was ever tuned here
        try:
            with self._file.open("x", encoding="utf-8") as file:
                file.write(OURS)
            self._is_ours = True
        except FileExistsError:
            return
        except OSError as exc:
            log.warning("tuning does not wait for people: %s cannot be made: %s", self._file, exc.strerror)

    def _remove(self) -> None:
        try:
            self._file.unlink(missing_ok=True)
        except OSError as exc:
            log.warning("tuning waits until %s is removed: %s", self._file, exc.strerror)


async def until_lifted(file: Path | None) -> None:
    """Wait as long as the pause file is there; without one not at all."""
    while file is not None and file.exists():  # noqa: ASYNC110, ASYNC240 - another process takes it away
        await asyncio.sleep(LOOK_SECONDS)
