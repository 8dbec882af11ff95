"""Those who wait for the engine, and whose turn it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot.errors import ModelBusy
from bot.models.serving.requests import Request, Work

MAX_WAITING = 64
PATIENCE = 2
"""How often one that waits may be overtaken by what takes less."""


class Line:
    """Requests that wait, in the order they came."""

    def __init__(self) -> None:
        self._waiting: list[Request] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Request]:
        return iter(self._waiting)

    def join(self, request: Request) -> None:
        """Wait. Raises ModelBusy where too many do."""
        if len(self._waiting) >= MAX_WAITING:
            raise ModelBusy(
                f"{len(self._waiting)} questions wait for the model already.", mend="Ask again in a minute."
            )
        self._waiting.append(request)

    def first(self, working: Sequence[Work], unread: Callable[[Request], int]) -> Request | None:
        """Whose turn it is, if anybody waits: the lowest priority, then who has least under way, then what
        has fewest tokens to be read (`unread`), so that few wait for much. Nobody is overtaken more than
        PATIENCE times."""
        under_way: dict[str, int] = {}
        for work in working:
            under_way[work.request.user] = under_way.get(work.request.user, 0) + 1

        def rank(one: Request) -> tuple[int, int]:
            return one.priority, under_way.get(one.user, 0)

        best = min(map(rank, self._waiting), default=None)
        equal = [one for one in self._waiting if rank(one) == best]
        if len(equal) < 2 or equal[0].overtaken >= PATIENCE:
            return equal[0] if equal else None
        return min(equal, key=unread)

    def begin(self, request: Request) -> None:
        """It waits no longer: work on it begins."""
        for one in self._waiting[: self._waiting.index(request)]:
            one.overtaken += one.priority == request.priority
        self._waiting.remove(request)

    def leave(self, number: int) -> None:
        """Nobody waits for that one any more, if it is here."""
        self._waiting = [one for one in self._waiting if one.number != number]

    def late(self, now: float) -> list[Request]:
        """Those whose deadline has passed; they wait no longer."""
        late = [one for one in self._waiting if one.deadline < now]
        self._waiting = [one for one in self._waiting if one.deadline >= now]
        return late
