"""The few calls of llama.cpp that both workers make. Runs in their processes only."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama

from bot.errors import ModelBroken, ModelError
from bot.models.gguf_header import GgufHeader, read_header
from bot.models.weights import check_unchanged

Tokens = list[int]


class Model:
    """The weights and vocabulary of one file. Raises ModelBroken where its header cannot be true, llama.cpp
    refuses it, or it is not any more what was verified.

    With `vocabulary_only` it cuts text into tokens and does nothing else. `repacked`: the weights are laid
    out for this processor.
    """

    def __init__(self, path: Path, *, vocabulary_only: bool = False, repacked: bool = False) -> None:
        self.path = path
        check_unchanged(path)
        self.header: GgufHeader = read_header(path)
        llama.llama_log_set(_SILENT, ctypes.c_void_p(0))
        llama.llama_backend_init()
        parameters = llama.llama_model_default_params()
        parameters.n_gpu_layers = 0
        parameters.vocab_only = vocabulary_only
        # Weights stay pages of the file, which the system may drop and share: repacked ones are no faster but
        # for tiles (bot.models.serving.tiles). Those would be a second copy beside the pages: they are read.
        parameters.load_mode = llama.LLAMA_LOAD_MODE_NONE if repacked else llama.LLAMA_LOAD_MODE_MMAP
        parameters.use_extra_bufts = repacked
        self.handle: Any = llama.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.handle:
            raise ModelBroken(
                f"llama.cpp cannot use the model file {path}.",
                mend="Verify it (footnote models verify); its kind may be newer than this llama.cpp.",
            )
        self.vocabulary: Any = llama.llama_model_get_vocab(self.handle)
        self.vocabulary_size: int = llama.llama_vocab_n_tokens(self.vocabulary)

    @property
    def is_recurrent(self) -> bool:
        """Whether it remembers what it read, or some of it, as a state and not token by token."""
        return bool(llama.llama_model_is_recurrent(self.handle) or llama.llama_model_is_hybrid(self.handle))

    def context(self, **settings: int | bool) -> Any:
        """A llama_context with flash attention on and everything else as `settings` say."""
        parameters = llama.llama_context_default_params()
        # off (the default of the Python binding), the cost grows with the square of what is in one batch
        parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_ENABLED
        parameters.no_perf = True
        for name, value in settings.items():
            setattr(parameters, name, value)
        handle = llama.llama_init_from_model(self.handle, parameters)
        if not handle:
            raise ModelError(
                "There is not enough memory for the model's context.", mend="Choose a smaller one."
            )
        return handle

    def tokens(self, text: str, *, special: bool = False, markers: bool = False) -> Tokens:
        """`special` adds what the model wants around; with `markers`, control tokens are read by name."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            buffer = (llama.llama_token * room)()
            count: int = llama.llama_tokenize(
                self.vocabulary, data, len(data), buffer, room, special, markers
            )
            if count >= 0:
                return list(buffer[:count])
            if -count <= room:
                raise ModelError("The text is too long to be cut into tokens.")
            room = -count

    def piece(self, token: int) -> bytes:
        """The bytes of one token; possibly only a part of a character. Empty for control tokens."""
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count: int = llama.llama_token_to_piece(self.vocabulary, token, buffer, room, 0, False)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def ends_reply(self, token: int) -> bool:
        return bool(llama.llama_vocab_is_eog(self.vocabulary, token))

    def marker(self, text: str) -> int | None:
        """The control token of that name, if the vocabulary has it."""
        tokens = self.tokens(text, markers=True)
        is_control = len(tokens) == 1 and llama.llama_vocab_is_control(self.vocabulary, tokens[0])
        return tokens[0] if is_control else None


class Batch:
    """A llama_batch that is filled again and again."""

    def __init__(self, capacity: int, sequences: int) -> None:
        self._capacity = capacity
        self.handle: Any = llama.llama_batch_init(capacity, 0, 1)
        self._sequences = sequences

    def clear(self) -> None:
        self.handle.n_tokens = 0

    def add(self, tokens: Sequence[int], *, start: int, sequence: int, wants: str) -> None:
        """Append tokens at positions from `start` on; `wants` outputs: "all", "last" or "none"."""
        batch, at, count = self.handle, self.handle.n_tokens, len(tokens)
        if at + count > self._capacity or sequence >= self._sequences:
            raise AssertionError("the batch was filled beyond its room")
        last = count - 1
        for i, token in enumerate(tokens):
            batch.token[at + i] = token
            batch.pos[at + i] = start + i
            batch.n_seq_id[at + i] = 1
            batch.seq_id[at + i][0] = sequence
            batch.logits[at + i] = wants == "all" or (wants == "last" and i == last)
        batch.n_tokens = at + count


@llama.llama_log_callback  # type: ignore[untyped-decorator]
def _silently(_level: int, _text: bytes, _data: object) -> None:
    """What llama.cpp prints is for its developers; what matters comes back as a result."""


_SILENT = _silently
