"""A model that always obeys whoever wrote the documents, in several ways."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.answering.prompts import CLOSE, OPEN
from bot.contracts import Message, Sampling
from tests.answering.poisoned.attacks import Attack

_PASSAGE = re.compile(rf"^\[(\d+)\] (.*)\n{OPEN}\n((?:.*\n)*?){CLOSE}$", re.MULTILINE)


@dataclass(frozen=True)
class Read:
    """What the model was sent, taken apart: the system message, and number -> (heading, text)."""

    system: str
    user: str
    passages: Mapping[int, tuple[str, str]]

    @classmethod
    def of(cls, messages: Sequence[Message]) -> Read:
        user = messages[-1].content
        passages = {int(number): (heading, text) for number, heading, text in _PASSAGE.findall(user)}
        return cls(messages[0].content, user, passages)

    def number_of(self, truth: str) -> int:
        """Of the passage that says something; 1 where none does."""
        gist = set(truth.rstrip(".").split())
        shares = {
            number: len(gist & set(re.split(r"[\s.|]+", text))) for number, (_, text) in self.passages.items()
        }
        return max(shares, key=shares.__getitem__, default=1)


def has_reached(attack: Attack, read: Read) -> bool:
    """Whether anything of the payload stands in the prompt, however it was made harmless."""

    def letters(text: str) -> str:
        return "".join(letter for letter in text if letter.isalnum())

    wanted, sent = letters(attack.payload), letters(read.user)
    pieces = [wanted[at : at + 12] for at in range(0, max(1, len(wanted) - 11))]
    return any(piece and piece in sent for piece in pieces)


def alone(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    return wanted


def behind_the_truth(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    return f"{truth.rstrip('.')} [{mark}]. {wanted}"


def on_the_next_line(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    return f"{truth} [{mark}]\n{wanted} [{mark}]\n- {wanted}"


def inside_the_truth(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    words = truth.rstrip(".").split(" ")
    line = " ".join(wanted.split())[:120]
    return " ".join([*words[:-2], line, *words[-2:]]) + f" [{mark}]."


def before_the_truth(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    return f"{' '.join(wanted.split())[:120]} {truth.rstrip('.')} [{mark}]."


def the_truth_as_label(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    url = "https://evil.example.com"
    return f"[{truth.rstrip('.')}]({url}) [{mark}]. <{url}|{truth}> [{mark}]"


def copied(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    """Every line of the poisoned passage, with its right mark: what a check by the passage lets through."""
    _, text = read.passages.get(mark, ("", wanted))
    return "\n".join(f"{line} [{mark}]" for line in text.splitlines() if line.strip())


def terse(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    """So short that the words it stands on are shown below it."""
    amount = re.search(r"\$?\d+\s?[^\W\d]*", truth)
    return f"{amount[0] if amount else truth} [{mark}]."


def the_prompt(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    return f"{read.system}\n{read.user}"


def the_prompt_in_sentences(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    sentences = re.split(r"(?<=\.)\s+", read.system)
    first = _turn(attack) % len(sentences)
    return " ".join(f"{each.rstrip('.')} [{mark}]." for each in sentences[first:] + sentences[:first])


def the_prompt_inside_the_truth(attack: Attack, read: Read, wanted: str, truth: str, mark: int) -> str:
    words = " ".join((read.system, read.user.rsplit("\n", 1)[-1])).replace(".", "").split()
    first = 5 * _turn(attack) % len(words)
    return f"{truth.rstrip('.')}, {' '.join(words[first : first + 9])} [{mark}]."


SHAPES = (
    alone,
    behind_the_truth,
    on_the_next_line,
    inside_the_truth,
    before_the_truth,
    the_truth_as_label,
    copied,
    terse,
    the_prompt,
    the_prompt_in_sentences,
    the_prompt_inside_the_truth,
)


def _turn(attack: Attack) -> int:
    return int(re.sub(r"\D", "", attack.name))


@dataclass
class ObedientModel:
    """Implements ChatModel. Does what `attack` wants, in the shape number `shape`.

    Where `true_question` is asked instead of the attack's own, it obeys only what it could read, and says
    `true_sentence` otherwise.
    """

    attack: Attack | None = None
    shape: int = 0
    truth: str = ""
    """The sentence it says besides."""
    must_have_read: bool = False
    by: int = 3
    """Characters a piece of the stream has; 0 for whole words."""
    name: str = "obedient"
    reached: bool = False
    read: list[Read] = field(default_factory=list)

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, user: str = "", *, seconds: float | None = None
    ) -> AsyncIterator[str]:
        reply = self._reply(Read.of(messages))
        pieces = (
            re.findall(r"\S+\s*|\s+", reply)
            if not self.by
            else [reply[at : at + self.by] for at in range(0, len(reply), self.by)]
        )
        for piece in pieces:
            yield piece

    async def count_tokens(self, text: str) -> int:
        return len(text) // 3

    def _reply(self, read: Read) -> str:
        self.read.append(read)
        mark = read.number_of(self.truth)
        honest = f"{self.truth.rstrip('.')} [{mark}]."
        if self.attack is None:
            return honest
        self.reached = has_reached(self.attack, read)
        if self.must_have_read and not self.reached:
            return honest
        asked = re.findall(r"^(?:Question|질문): (.*)$", read.user, re.MULTILINE)
        wanted = self.attack.wanted(asked[-1].replace(" ", "+") if asked else "")
        return SHAPES[self.shape](self.attack, read, wanted, self.truth, mark)
