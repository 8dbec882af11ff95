"""What the model itself says to general questions, among the rows that it is to learn from: one that learns
only to answer from passages unlearns the rest.

What it was trained on nobody here has, so what it says itself stands in for that: pseudo-rehearsal (Robins
1995), of language models self-synthesized rehearsal (Huang et al. 2024, arXiv:2403.01244). Such rows are only
ever learned from, never examined with, and none of their questions is one of the tasks that general ability
is measured by (bot.tuning.proof.general), though they are of the same kinds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import cache, partial
from importlib import resources
from random import Random

from bot.answering.language import language_of
from bot.contracts import ChatModel, Message, Progress, Sampling, unwatched
from bot.errors import ModelError
from bot.tuning.data.cleaning import flaw
from bot.tuning.data.dataset import same_words
from bot.tuning.data.finished import Finished, Made, key_of
from bot.tuning.rows import Row

SOURCE = "rehearsal"
SYSTEMS = ("", "You are a helpful assistant.")
"""What goes before a question, in turn; "": nothing."""
LONGEST_REPLY = 160
"""Tokens. A reply that goes on beyond them is left out: it would teach not to end."""
NO_REPLY = "rehearsal: the model's reply was empty or too long"


class Rehearsal:
    """Asks the model that is to be tuned. `model` names it: what another said is not taken for its words."""

    def __init__(self, chat: ChatModel, model: str, finished: Finished, *, seed: int) -> None:
        self._chat = chat
        self._model = model
        self._finished = finished
        self._seed = seed

    async def rows(
        self,
        most: int,
        asked: Collection[str],
        rejected: Counter[str],
        *,
        progress: Progress = unwatched,
    ) -> list[Row]:
        """At most so many rows, of questions that are not among `asked` (as same_words writes them); fewer
        where there are no more questions. `rejected` grows by the replies that were left out.

        Raises DatasetError and ModelError; what was said until then is kept, and not asked again.
        """
        questions = [each for each in general_questions() if same_words(each) not in asked]
        Random(self._seed).shuffle(questions)  # noqa: S311 - no secret
        rows: list[Row] = []
        for number, question in enumerate(questions):
            if len(rows) == most:
                break
            progress("rehearsing", len(rows), most)
            messages = _messages(question, SYSTEMS[number % len(SYSTEMS)])
            key = key_of(SOURCE, self._model, *(message.content for message in messages))
            made = await self._finished.once(key, partial(self._made, key, messages))
            if made.row is None:
                rejected[made.reason] += 1
            else:
                rows.append(made.row)
        progress("rehearsing", len(rows), len(rows))
        return rows

    async def _made(self, key: str, messages: list[Message]) -> Made:
        sampling = Sampling(max_tokens=LONGEST_REPLY)
        try:
            said = "".join([piece async for piece in self._chat.stream(messages, sampling)]).strip()
            is_whole = await self._chat.count_tokens(said) < LONGEST_REPLY - 1
        except ModelError as exc:
            raise not_rehearsed(exc) from exc
        row = Row(
            id=f"{SOURCE} {key[:12]}",
            kind="chat",
            language=language_of(messages[-1].content),
            source=SOURCE,
            licence="the model's own words",
            consent=f"written by {self._model}",
            messages=(*messages, Message("assistant", said)),
        )
        return Made(row) if is_whole and not flaw(row) else Made(None, NO_REPLY)


@cache
def general_questions() -> tuple[str, ...]:
    """The questions that come with Footnote, in Korean and English."""
    text = resources.files("bot.tuning.data").joinpath("rehearsal.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())


def not_rehearsed(exc: ModelError) -> ModelError:
    """What to say where the model cannot be asked."""
    return ModelError(
        f"The model cannot be asked general questions: {exc.message}",
        mend=f"--rehearse 0 builds the dataset without its replies. {exc.mend}".strip(),
    )


def _messages(question: str, system: str) -> list[Message]:
    asked = [Message("user", question)]
    return [Message("system", system), *asked] if system else asked
