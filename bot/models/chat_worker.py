"""The child process that holds the chat model: one conversation at a time, read once and continued.

Run by `bot.models.chat` as `python -m bot.models.chat_worker FILE CONTEXT THREADS`.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama

from bot.children import serve
from bot.contracts import Message, Sampling
from bot.errors import ModelError
from bot.models.chat_format import FORMATS, ChatFormat
from bot.models.native import Batch, Model, Tokens

BATCH_TOKENS = 512
"""Read at once. Bigger is hardly faster; a cancelled question is noticed between two of them."""


SLOTS = 4
"""Prompts whose state is kept. A question may be translated first, and what answers it is judged by two more
questions, each under instructions of its own; none of these should have to be read again for the next one."""

WORTH_KEEPING = 32
"""Tokens. What any two prompts share (marks of the format, a common first word) is less."""


class ChatEngine:
    """A chat model with the state of the last prompts it read, each in a slot of its own."""

    def __init__(self, path: Path, context: int, threads: int) -> None:
        self._model = Model(path)
        trained = self._model.header.number("context_length") or context
        self._size = min(context, trained)
        self._format = _format_of(self._model, path)
        self._context = self._model.context(
            n_ctx=self._size,
            n_batch=BATCH_TOKENS,
            n_ubatch=BATCH_TOKENS,
            n_seq_max=SLOTS,
            n_threads=threads,
            n_threads_batch=threads,
            kv_unified=True,  # or each slot may only have its share of n_ctx
        )
        self._size = min(self._size, llama.llama_n_ctx(self._context))
        self._memory = llama.llama_get_memory(self._context)
        self._batch = Batch(BATCH_TOKENS, SLOTS)
        self._slots: list[Tokens] = [[] for _ in range(SLOTS)]  # what the context holds, token by token
        self._by_age = list(range(SLOTS))  # the slot used longest ago first

    def reply(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        """Pieces of the reply. Empty pieces come while the prompt is read: each is a chance to cancel."""
        prompt = self.prompt(messages)
        room = self._size - sampling.max_tokens
        if len(prompt) > room:
            raise ModelError(
                f"The prompt has {len(prompt):,} tokens; with a reply of up to {sampling.max_tokens:,}"
                f" the model has room for {max(room, 0):,}.",
                mend="Ask something shorter, or raise models.context in config.toml.",
            )
        sampler = _sampler(self._model, sampling)
        try:
            slot = self._slot_for(prompt, len(prompt) + sampling.max_tokens)
            for _ in self._prefill(prompt, slot):
                yield ""
            text = ReplyText(sampling.stop)
            for _ in range(sampling.max_tokens):
                token = llama.llama_sampler_sample(sampler, self._context, -1)
                if self._model.ends_reply(token):
                    break
                yield text.add(self._model.piece(token))
                if text.is_over:
                    return
                self._decode([token], slot)
            yield text.finish()
        finally:
            llama.llama_sampler_free(sampler)

    def log_odds(self, messages: Sequence[Message], these: Sequence[str], those: Sequence[str]) -> float:
        """How much likelier the first token of the reply begins one of `these` than one of `those`."""
        prompt = self.prompt(messages)
        if len(prompt) >= self._size:
            raise ModelError(
                f"The prompt has {len(prompt):,} tokens; the model has room for {self._size - 1:,}.",
                mend="Ask something shorter, or raise models.context in config.toml.",
            )
        for _ in self._prefill(prompt, self._slot_for(prompt, len(prompt))):
            pass
        logits = llama.llama_get_logits_ith(self._context, -1)

        def best(texts: Sequence[str]) -> float:
            return max(float(logits[self._model.tokens(text)[0]]) for text in texts)

        return best(these) - best(those)

    def prompt(self, messages: Sequence[Message]) -> Tokens:
        """The tokens of a conversation. What is inside a message can never become a control token."""
        tokens = self._model.tokens("", special=True)
        for piece in self._format.pieces(messages):
            tokens += self._model.tokens(piece.text, markers=piece.is_marker)
        return tokens

    def count(self, text: str) -> int:
        return len(self._model.tokens(text))

    def _slot_for(self, prompt: Tokens, needed: int) -> int:
        """The slot that holds most of `prompt`, else the one used longest ago; room is made for `needed`."""
        slot = max(self._by_age, key=lambda one: shared_tokens(self._slots[one], prompt))
        if shared_tokens(self._slots[slot], prompt) < WORTH_KEEPING:
            slot = self._by_age[0]
        self._by_age.remove(slot)
        self._by_age.append(slot)
        for other in self._by_age[:-1]:
            if needed + sum(len(self._slots[one]) for one in self._by_age[:-1]) <= self._size:
                break
            self._keep(other, 0)
        return slot

    def _prefill(self, prompt: Tokens, slot: int) -> Iterator[None]:
        """Bring the slot to exactly `prompt`, keeping what it already shares with it."""
        # the last token is always read again: its logits are what the reply begins from
        shared = self._keep(slot, shared_tokens(self._slots[slot], prompt[:-1]))
        for at in range(shared, len(prompt), BATCH_TOKENS):
            self._decode(prompt[at : at + BATCH_TOKENS], slot)
            yield

    def _keep(self, slot: int, count: int) -> int:
        """Forget all of a slot but its first `count` tokens; says how many could be kept."""
        if not llama.llama_memory_seq_rm(self._memory, slot, count, -1):
            llama.llama_memory_seq_rm(self._memory, slot, -1, -1)  # the whole of one can always be taken
            count = 0
        del self._slots[slot][count:]
        return count

    def _decode(self, tokens: Tokens, slot: int) -> None:
        self._batch.clear()
        self._batch.add(tokens, start=len(self._slots[slot]), sequence=slot, wants="last")
        status = llama.llama_decode(self._context, self._batch.handle)
        if status:
            llama.llama_memory_clear(self._memory, True)
            self._slots = [[] for _ in range(SLOTS)]
            raise ModelError(f"The model could not read its prompt (llama.cpp status {status}).")
        self._slots[slot] += tokens


def shared_tokens(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    for at, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return at
    return min(len(one), len(other))


class ReplyText:
    """Bytes of tokens to text: joins characters split over tokens, holds back and cuts off stop strings."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self.is_over = False

    def add(self, data: bytes) -> str:
        """What may be shown now. Once a stop string came, `is_over` is true."""
        self._held += self._decoder.decode(data)
        found = [at for text in self._stop if (at := self._held.find(text)) >= 0]
        if found:
            self.is_over = True
            shown, self._held = self._held[: min(found)], ""
            return shown
        return self._release(self._longest_beginning_of_a_stop())

    def finish(self) -> str:
        """What was held back, at the end of the reply. A character cut in half by the end is left out."""
        return self._release(0)

    def _release(self, keep: int) -> str:
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def _longest_beginning_of_a_stop(self) -> int:
        longest = max((len(text) for text in self._stop), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(text.startswith(self._held[-length:]) for text in self._stop):
                return length
        return 0


def _format_of(model: Model, path: Path) -> ChatFormat:
    for known in FORMATS:
        if model.marker(known.marker) is not None:
            return known
    names = ", ".join(known.name for known in FORMATS)
    raise ModelError(
        f"The chat format of {path.name} is not known; known are {names}.",
        mend="Choose a model of the catalogue: footnote models list",
    )


def _sampler(model: Model, sampling: Sampling) -> Any:
    chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
    if sampling.repeat_penalty != 1.0:
        penalties = llama.llama_sampler_init_penalties(
            model.vocabulary_size, 64, sampling.repeat_penalty, 0.0, 0.0
        )
        llama.llama_sampler_chain_add(chain, penalties)
    if sampling.temperature <= 0:
        llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_greedy())
        return chain
    llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_top_p(sampling.top_p, 1))
    llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_temp(sampling.temperature))
    llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_dist(sampling.seed))
    return chain


def main() -> None:
    path, context, threads = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    engines: list[ChatEngine] = []

    def reply(messages: list[Mapping[str, str]], sampling: Mapping[str, Any]) -> Iterator[str]:
        drawn = Sampling(**{**sampling, "stop": tuple(sampling["stop"])})
        return engines[0].reply([Message(**message) for message in messages], drawn)

    def stream(**params: Any) -> Iterator[str]:
        yield from reply(**params)

    def log_odds(messages: list[Mapping[str, str]], these: list[str], those: list[str]) -> float:
        return engines[0].log_odds([Message(**message) for message in messages], these, those)

    serve(
        {"reply": stream, "log_odds": log_odds, "count": lambda text: engines[0].count(text)},
        prepare=lambda: engines.append(ChatEngine(path, context, threads)),
    )


if __name__ == "__main__":
    main()
