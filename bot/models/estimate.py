"""How long a chat model would take to answer here, from speeds that were measured.

Reading a prompt is arithmetic: its time is taken to grow with the parameters that each token is multiplied
with. Writing waits for memory: each token reads all of these weights and what the context holds of it once,
so its time is taken to grow with these bytes. Both hold roughly among files of about the same kind and size;
an estimate from a model more than ROUGH times as large or small is marked as rough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from bot.models.catalogue import MIB, CatalogueEntry
from bot.models.gguf_header import read_header

PROMPT_TOKENS = 900
"""Of a question with four passages."""
REPLY_TOKENS = 100
AT_ONCE = 4

ROUGH = 4.0
OTHER_MEMORY = 1700 * MIB
"""Bytes for what runs beside the chat model: the bot, the embedding model and Kiwi (3.2 GB with the default
model, as `footnote doctor` says)."""

_FOUR_BITS = 0.61
"""Bytes a parameter of Q4_K_M files takes, where the size of one is not known."""
_PASS_OF_FOUR = 2.6
"""What a pass with a token of each of four replies takes, in passes of one (bot.models.serving.speed)."""
_QUICK, _SLOW = 15.0, 45.0  # seconds until the whole answer


@dataclass(frozen=True)
class Burden:
    """What one token costs a machine."""

    name: str
    parameters: int
    """That each token is multiplied with."""
    weight_bytes: int
    """Read to write one token."""
    cache_bytes: int
    """That the context holds of one token."""
    memory_bytes: int
    """What the process takes, about; 0: not known."""

    @property
    def bytes_a_token(self) -> int:
        """Read to write one token of a typical answer."""
        return self.weight_bytes + self.cache_bytes * (PROMPT_TOKENS + REPLY_TOKENS // 2)


@dataclass(frozen=True)
class Speed:
    """Tokens a second."""

    read: float
    write: float


@dataclass(frozen=True)
class Estimate:
    """What asking a typical question would be like, in seconds."""

    model: str
    is_measured: bool
    is_rough: bool
    memory_bytes: int
    fits: bool
    first_word_s: float
    whole_answer_s: float
    last_first_word_s: float
    """Of the last of AT_ONCE people who ask at the same moment."""
    last_answer_s: float

    @property
    def verdict(self) -> str:
        """In plain words."""
        if not self.fits:
            return "too little memory"
        if self.whole_answer_s <= _QUICK:
            return "quick" if self.last_answer_s <= _SLOW else "quick for one, slow when several ask"
        return "usable, with patience" if self.whole_answer_s <= _SLOW else "too slow here"


def burden_of_file(path: Path, name: str, memory_bytes: int = 0) -> Burden:
    """From the header of a file. Raises ModelBroken."""
    header = read_header(path)
    number = header.number
    # the rows of this table are looked up, not multiplied, unless the output is made with it too
    looked_up = {"token_embd.weight"} if "output.weight" in header.tensors else set()
    used = [tensor for key, tensor in header.tensors.items() if key not in looked_up]
    heads = number("attention.head_count") or 1
    head = number("attention.key_length") or (number("embedding_length") or 0) // heads
    layers, of_keys = number("block_count") or 0, number("attention.head_count_kv") or heads
    return Burden(
        name,
        parameters=sum(math.prod(tensor.shape) for tensor in used),
        weight_bytes=sum(tensor.bytes for tensor in used),
        cache_bytes=layers * of_keys * head * 2 * 2,  # a key and a value of 16 bits
        memory_bytes=memory_bytes,
    )


def burden_of_entry(entry: CatalogueEntry) -> Burden | None:
    """Of a model that is not here; None where the catalogue does not say enough."""
    if not entry.parameters or not entry.cache_bytes_per_token:
        return None
    weights = entry.bytes or int(entry.parameters * _FOUR_BITS)
    return Burden(entry.name, entry.parameters, weights, entry.cache_bytes_per_token, entry.memory_bytes)


def scaled(speed: Speed, measured: Burden, other: Burden) -> Speed:
    """The speed that another model is likely to have where `measured` has `speed`."""
    return Speed(
        read=speed.read * measured.parameters / other.parameters,
        write=speed.write * measured.bytes_a_token / other.bytes_a_token,
    )


def unlikeness(one: Burden, other: Burden) -> float:
    """How many times as large the larger of them is. Over ROUGH hardly anything follows from one for the
    other."""
    small, large = sorted((one.parameters, other.parameters))
    return large / max(small, 1)


def answer_seconds(speed: Speed, kept: int) -> float:
    """Until the whole of a typical answer is there, where `kept` tokens of the prompt need not be read."""
    return (PROMPT_TOKENS - kept) / speed.read + REPLY_TOKENS / speed.write


def estimate(
    burden: Burden, speed: Speed, *, kept: int, available: int, is_measured: bool, is_rough: bool
) -> Estimate:
    """`kept`: tokens of the prompt that are the same in all; `available`: bytes of memory."""
    reading = (PROMPT_TOKENS - kept) / speed.read
    writing = REPLY_TOKENS / speed.write
    return Estimate(
        model=burden.name,
        is_measured=is_measured,
        is_rough=is_rough,
        memory_bytes=burden.memory_bytes,
        fits=burden.memory_bytes + OTHER_MEMORY <= available,
        first_word_s=reading,
        whole_answer_s=reading + writing,
        last_first_word_s=AT_ONCE * reading,
        last_answer_s=AT_ONCE * reading + _PASS_OF_FOUR * writing,
    )
