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


class ChatEngine:
    """A chat model with the state of the last prompt it read."""

    def __init__(self, path: Path, context: int, threads: int) -> None:
        self._model = Model(path)
        trained = self._model.header.number("context_length") or context
        self._size = min(context, trained)
        self._format = _format_of(self._model, path)
        self._context = self._model.context(
            n_ctx=self._size,
            n_batch=BATCH_TOKENS,
            n_ubatch=BATCH_TOKENS,
            n_seq_max=1,
            n_threads=threads,
            n_threads_batch=threads,
        )
        self._size = min(self._size, llama.llama_n_ctx(self._context))
        self._memory = llama.llama_get_memory(self._context)
        self._batch = Batch(BATCH_TOKENS, sequences=1)
        self._read: Tokens = []  # what the context holds, token by token

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
            for _ in self._prefill(prompt):
                yield ""
            text = ReplyText(sampling.stop)
            for _ in range(sampling.max_tokens):
                token = llama.llama_sampler_sample(sampler, self._context, -1)
                if self._model.ends_reply(token):
                    break
                yield text.add(self._model.piece(token))
                if text.is_over:
                    return
                self._decode([token])
            yield text.finish()
        finally:
            llama.llama_sampler_free(sampler)

    def prompt(self, messages: Sequence[Message]) -> Tokens:
        """The tokens of a conversation. What is inside a message can never become a control token."""
        tokens = self._model.tokens("", special=True)
        for piece in self._format.pieces(messages):
            tokens += self._model.tokens(piece.text, markers=piece.is_marker)
        return tokens

    def count(self, text: str) -> int:
        return len(self._model.tokens(text))

    def _prefill(self, prompt: Tokens) -> Iterator[None]:
        """Bring the context to exactly `prompt`, keeping what it already shares with it."""
        shared = 0
        # the last token is always read again: its logits are what the reply begins from
        for mine, theirs in zip(self._read, prompt[:-1], strict=False):
            if mine != theirs:
                break
            shared += 1
        if not llama.llama_memory_seq_rm(self._memory, 0, shared, -1):
            llama.llama_memory_clear(self._memory, True)
            shared = 0
        del self._read[shared:]
        for at in range(shared, len(prompt), BATCH_TOKENS):
            self._decode(prompt[at : at + BATCH_TOKENS])
            yield

    def _decode(self, tokens: Tokens) -> None:
        self._batch.clear()
        self._batch.add(tokens, start=len(self._read), sequence=0, wants="last")
        status = llama.llama_decode(self._context, self._batch.handle)
        if status:
            llama.llama_memory_clear(self._memory, True)
            self._read.clear()
            raise ModelError(f"The model could not read its prompt (llama.cpp status {status}).")
        self._read += tokens


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

    serve(
        {"reply": stream, "count": lambda text: engines[0].count(text)},
        prepare=lambda: engines.append(ChatEngine(path, context, threads)),
    )


if __name__ == "__main__":
    main()
