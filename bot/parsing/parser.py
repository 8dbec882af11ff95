"""The way into parsing: one document at a time, read by a child process that may be killed for it."""

from __future__ import annotations

import asyncio

from bot.children import Child
from bot.errors import ChildDied, FootnoteError, ParseError
from bot.parsing.parsed import Parsed, Section
from connectors.base import Document

TIMEOUT_SECONDS = 60.0
MAX_MEMORY_BYTES = 1_000_000_000
"""Of address space, of which libraries take some 170 MB that they hardly touch."""


class Parser:
    """Reads documents in a child process. Bound to the event loop of its first call.

    Whatever a document does to the child, the next one is read by a fresh child.
    """

    def __init__(self, memory_bytes: int = MAX_MEMORY_BYTES) -> None:
        self._timeout = TIMEOUT_SECONDS
        self._child = Child("bot.parsing.worker", str(memory_bytes), name="parser", disposable=True)
        self._turn: asyncio.Lock | None = None

    async def parse(self, document: Document) -> Parsed:
        """The text of a document.

        Raises ParseError with a reason that names the document; ChildDied if no child can be started at all.
        """
        self._turn = self._turn or asyncio.Lock()
        async with self._turn:  # so that the time a document takes is its own
            await self._child.start()
            params = {"content": document.content, "name": document.id, "media_type": document.media_type}
            try:
                async with asyncio.timeout(self._timeout):
                    reply = await self._child.call("parse", params)
            except TimeoutError:
                await self._child.kill()
                raise ParseError(f"{document.id} took longer than {self._timeout:.0f} s to read.") from None
            except asyncio.CancelledError:
                await self._child.kill()  # else the next document would wait for this one
                raise
            except ParseError:
                raise
            except ChildDied as exc:
                raise ParseError(
                    f"{document.id} could not be read: it needs too much memory or is damaged"
                    f" ({exc.message.rstrip('.')})."
                ) from exc
            except FootnoteError as exc:  # out of memory, or something that no parser foresaw
                await self._child.kill()
                raise ParseError(f"{document.id} could not be read: {exc.message}") from exc
        return Parsed(
            title=document.title or reply["title"],
            sections=tuple(
                Section(tuple(path), text, page, anchor) for path, text, page, anchor in reply["sections"]
            ),
        )

    async def close(self) -> None:
        """End the child process."""
        await self._child.close()
