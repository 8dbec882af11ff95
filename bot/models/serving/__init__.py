"""The engine: many replies in one llama.cpp context, a slice of work at a time.

Each `step` is one pass through the model. It carries the next token of every reply that is being written
(with what may be guessed of those after it), and beside them a slice of a prompt that is being read, no
longer than those who watch their replies grow should wait (continuous batching, Yu et al. 2022, "Orca").
Prompts are read one after the other, and never what the cache holds already.

Runs in the process of `bot.models.serving.worker` only.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import llama_cpp.llama_cpp as llama
import numpy as np

from bot.contracts import Message, Sampling
from bot.errors import ModelBusy, ModelError
from bot.models.native import Batch, Model, Tokens
from bot.models.serving import tiles
from bot.models.serving.adapters import Adapters
from bot.models.serving.cache import Cache
from bot.models.serving.drafts import MOST as MOST_GUESSED
from bot.models.serving.drafts import Drafts, guesses
from bot.models.serving.line import Line
from bot.models.serving.prompt import format_of, prompt_tokens
from bot.models.serving.reply_text import ReplyText
from bot.models.serving.requests import Odds, Request, Work, Writer
from bot.models.serving.sampling import Logits, Sampler, log_probability
from bot.models.serving.speed import Speed

BATCH_TOKENS = 512
"""Read at once at most."""
SEQUENCES = 48
"""Replies under way, and prompts that are kept."""
AT_ONCE = 8
"""Replies under way."""
STALL_SECONDS = 0.25
"""How long a reply that somebody watches may stand still for another's prompt."""
READ_SECONDS = 1.0
"""How long a pass may take where nobody watches: whoever comes then waits as long."""
LEAST_READ = 256
"""Tokens of a prompt read in one pass, however slow the machine is. With the default model on two cores 32
take 0.5 to 0.9 s, 128 take 1.7 to 2.4 s and 256 take 3.1 to 3.7 s: with short slices the line of
prompts grows, and who stands in it waits longer than replies would have stood still; also with tiles
(bench/results.md). More than 256 gain nothing."""


_ABORTED = 2
"""What llama_decode says of a pass that was given up."""


@dataclass(frozen=True)
class _Pass:
    """A part of one pass through the model: these tokens of that work, from place `at` of the batch on."""

    work: Work
    tokens: Tokens
    at: int


class Listener(Protocol):
    """Who is told what comes of a request."""

    def piece(self, number: int, text: str) -> None:
        """More of a reply."""

    def result(self, number: int, value: Any) -> None:
        """It is done."""

    def error(self, number: int, exc: Exception) -> None:
        """Nothing comes of it."""


class Engine:
    """A chat model, and the requests it works on. `step` as long as it is not idle."""

    def __init__(
        self,
        path: Path,
        context: int,
        threads: int,
        listener: Listener,
        *,
        cells: int = 0,
        adapters: Mapping[str, Path] = MappingProxyType({}),
        in_tiles: bool = False,
    ) -> None:
        """`context`: tokens that a prompt and its reply may have; `cells`: that all may have together, twice
        as many if it is not said. One of the `adapters` (files by name) that cannot be loaded is told to
        those who ask for it, and to nobody else. `in_tiles`: have the weights so where llama.cpp can multiply
        them; the process ends where it cannot after all. Raises ModelBroken, ModelError."""
        self._listener = listener
        self._in_tiles = in_tiles and tiles.can_be_had()
        self._model = Model(path, repacked=self._in_tiles)
        trained = self._model.header.number("context_length") or context
        self._size = min(context, trained)
        format_of(self._model)  # or nothing could be asked of it
        self._context = self._model.context(
            n_ctx=max(cells or 2 * self._size, self._size),
            n_batch=BATCH_TOKENS,
            n_ubatch=BATCH_TOKENS,
            n_seq_max=SEQUENCES,
            n_threads=threads,
            n_threads_batch=threads,
            kv_unified=True,  # cells can be shared, and no sequence has a share of its own
        )
        if self._in_tiles:
            tiles.check(self._model, self._context)
        cells = llama.llama_n_ctx(self._context)
        self._cache = Cache(self._context, cells, SEQUENCES, is_cut_anywhere=not self._model.is_recurrent)
        self._adapters = Adapters(self._model, self._context)
        for name, file in adapters.items():
            self._adapters.load_or_remember(name, file)
        self._batch = Batch(BATCH_TOKENS, SEQUENCES)
        self._speed = Speed()
        self._line = Line()
        self._working: list[Work] = []
        # Asked by llama.cpp between any two operations of a pass, which it gives up if the answer is true. A
        # function of Python would have to take the interpreter's lock a thousand times a token; strlen says
        # just what is needed of a byte that another thread sets.
        self._interrupted = ctypes.create_string_buffer(2)
        self._strlen = ctypes.cast(ctypes.CDLL(None).strlen, llama.ggml_abort_callback)
        if not self._model.is_recurrent:  # its state would be that of half a pass
            llama.llama_set_abort_callback(
                self._context, self._strlen, ctypes.cast(self._interrupted, ctypes.c_void_p)
            )

    # --- asking --------------------------------------------------------------------------------------------

    def reply(self, number: int, messages: Sequence[Message], sampling: Sampling, **how: Any) -> None:
        """Write a reply. `how`: user, priority, deadline (seconds from now) and adapter (its name; "": the
        model alone) of the Request.

        Raises NotFound where no adapter has that name, ModelError where there is no room for it or its
        grammar cannot be read, ModelBusy where too many wait.
        """
        if sampling.grammar:
            Sampler(self._model, sampling).close()
        self._add(Request(number, self.prompt(messages), sampling, **self._meant(how)))

    def log_odds(
        self, number: int, messages: Sequence[Message], these: Sequence[str], those: Sequence[str], **how: Any
    ) -> None:
        """How much likelier the first token of the reply begins one of `these` than one of `those`."""
        odds = Odds(self._firsts(these), self._firsts(those))
        self._add(Request(number, self.prompt(messages), odds, **self._meant(how)))

    def read(self, number: int, messages: Sequence[Message], **how: Any) -> None:
        """Read a conversation, so that what begins like it need not be read from there."""
        self._add(Request(number, self.prompt(messages), None, **self._meant(how)))

    def load_adapter(self, name: str, path: Path) -> None:
        """Have a LoRA adapter beside the model. Where another has the name, replies that were asked for go on
        with that one.

        Raises ModelBroken where it does not fit the model, ModelError; what is loaded stays as it is then.
        """
        self._adapters.load(name, path)
        self._let_go()

    def drop_adapter(self, number: int, name: str) -> None:
        """Let an adapter go: as soon as the replies end that were asked for. `number` is told then.

        Raises NotFound.
        """
        self._adapters.retire(name, number)
        self._let_go()

    def cancel(self, number: int) -> None:
        """Nobody waits for it any more."""
        self._interrupted[0] = b"\0"
        self._line.leave(number)
        for work in [one for one in self._working if one.request.number == number]:
            self._end(work)
        self._let_go()

    def interrupt(self) -> None:
        """Have a pass that is under way given up, so that `cancel` can come. From any thread."""
        self._interrupted[0] = b"\1"

    def prompt(self, messages: Sequence[Message]) -> Tokens:
        """The tokens of a conversation."""
        return prompt_tokens(self._model, messages)

    def count(self, text: str) -> int:
        """How many tokens that is."""
        return len(self._model.tokens(text))

    def stats(self) -> dict[str, int]:
        """What it holds now: its weights in tiles (1) or not (0), cells of the cache, and requests."""
        return {
            "in_tiles": int(self._in_tiles),
            "cells": self._cache.size,
            "cells_held": self._cache.held,
            "sequences_kept": self._cache.kept,
            "working": len(self._working),
            "waiting": len(self._line),
        }

    @property
    def is_idle(self) -> bool:
        return not self._line and not self._working

    # --- working -------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One pass through the model, or none where nothing is left to do."""
        self._give_up_late()
        passes = self._planned()
        if not passes:
            return
        began = time.perf_counter()
        status = llama.llama_decode(self._context, self._batch.handle)
        if status == _ABORTED:
            self._interrupted[0] = b"\0"
            return
        if status:
            self._fail(status)
            return
        self._speed.saw(self._batch.handle.n_tokens, time.perf_counter() - began)
        for one in passes:
            self._cache.extend(one.work.sequence, one.tokens)
            if one.work.writer and not one.work.is_reading:
                self._was_written(one, one.work.writer)
            else:
                self._was_read(one)

    def close(self) -> None:
        """Free the context. The weights go with the process."""
        llama.llama_free(self._context)

    # --- what a pass carries ----------------------------------------------------------------------------

    def _planned(self) -> list[_Pass]:
        """What goes into the next pass; the batch is filled with it. All of it is of one adapter: those under
        way take turns, pass by pass."""
        under_way = {work.request.adapter for work in self._working}
        if urgent := self._urgent():
            under_way.add(urgent.adapter)
        for adapter in self._adapters.in_turn(under_way):
            if passes := self._planned_with(adapter, STALL_SECONDS / len(under_way)):
                self._adapters.use(adapter)
                return passes
        return []

    def _planned_with(self, adapter: str, stall: float) -> list[_Pass]:
        """What of one adapter goes into a pass that takes no longer than `stall` seconds if anybody watches a
        reply grow."""
        self._batch.clear()
        writing = [
            (work, work.writer)
            for work in self._working
            if work.writer and not work.is_reading and work.request.adapter == adapter
        ]
        if any(not work.is_reading for work in self._working):
            fits = self._speed.fits(stall, beside=len(writing))
        else:
            fits = self._speed.fits(READ_SECONDS)
        room = min(max(fits, LEAST_READ), BATCH_TOKENS - len(writing) * (MOST_GUESSED + 1))
        passes = []
        seen: set[int] = set()
        while room > 0 and (reading := self._next_to_read(adapter, seen)):
            seen.add(reading.request.number)
            tokens = reading.request.prompt[reading.done : reading.done + room]
            passes.append(self._put(reading, tokens, wants="last"))
            room -= len(tokens)
        guessed = self._guessed([writer for _, writer in writing], self._batch.handle.n_tokens)
        return passes + [
            self._put(work, [writer.reply[-1], *guess], wants="all")
            for (work, writer), guess in zip(writing, guessed, strict=True)
        ]

    def _guessed(self, writers: Sequence[Writer], beside: int) -> list[Tokens]:
        """For each reply what may come after its next token, in a pass beside so many tokens of prompts."""
        if self._model.is_recurrent:  # what proved wrong could not be taken back
            return [[] for _ in writers]
        return guesses(
            [writer.drafts for writer in writers],
            [writer.left - 1 for writer in writers],
            lambda count: self._speed.of(beside + len(writers) + count),
        )

    def _put(self, work: Work, tokens: Tokens, *, wants: str) -> _Pass:
        at = self._batch.handle.n_tokens
        self._batch.add(tokens, start=self._cache.length(work.sequence), sequence=work.sequence, wants=wants)
        return _Pass(work, tokens, at)

    def _next_to_read(self, adapter: str, seen: Container[int]) -> Work | None:
        """The prompt of that adapter to go on with, or the next to begin."""
        begun = [
            one
            for one in self._working
            if one.is_reading and one.request.adapter == adapter and one.request.number not in seen
        ]
        urgent = self._urgent()
        if urgent and urgent.adapter != adapter:
            urgent = None  # its turn comes with one of the next passes
        work = min(begun, key=lambda one: (one.request.priority, one.began), default=None)
        if work and (urgent is None or work.request.priority <= urgent.priority):
            work.reused += self._taken_over(work)
            return work
        admitted = self._admitted(urgent) if urgent else None
        # where what is urgent has no room yet, what was begun goes on: it may be what holds the room
        return admitted or work

    def _urgent(self) -> Request | None:
        """The next to begin of those that wait; None while as many are worked on as there may be."""
        if len(self._working) >= AT_ONCE:
            return None
        return self._line.first(
            self._working, lambda one: len(one.prompt) - self._cache.known(one.prompt, one.adapter)
        )

    def _taken_over(self, work: Work) -> int:
        """Let a prompt that waited for its turn have what others have read meanwhile; how many tokens."""
        before = work.done
        self._cache.take_over(work.sequence, work.request.prompt)
        work.done = self._cache.length(work.sequence)
        return work.done - before

    def _admitted(self, request: Request) -> Work | None:
        """One that waited, with a sequence and all the cells that it may come to need; None without room."""
        sequence = self._cache.open(request.prompt, request.adapter)
        if sequence is None:
            return None
        held = self._cache.length(sequence)
        reserved = sum(one.request.most - self._cache.length(one.sequence) for one in self._working)
        if not self._cache.make_room(reserved + request.most - held):
            self._cache.keep(sequence)
            return None
        self._line.begin(request)
        work = Work(request, sequence, done=held, reused=held)
        if isinstance(wants := request.wants, Sampling):
            sampler = Sampler(self._model, wants)
            work.writer = Writer(wants, sampler, ReplyText(wants.stop), Drafts(request.prompt))
        self._working.append(work)
        return work

    # --- what comes of a pass -----------------------------------------------------------------------------

    def _was_read(self, one: _Pass) -> None:
        work, last = one.work, one.at + len(one.tokens) - 1
        work.done += len(one.tokens)
        if work.is_reading:
            return
        if isinstance(wants := work.request.wants, Odds):
            logits = self._logits(last)
            odds = float(logits[list(wants.these)].max() - logits[list(wants.those)].max())
            self._listener.result(work.request.number, odds)
            self._end(work)
        elif work.writer:
            work.first_token = time.monotonic()
            self._draw(work, work.writer, last)
        else:
            self._listener.result(work.request.number, work.about())
            self._end(work)

    def _was_written(self, one: _Pass, writer: Writer) -> None:
        work, guess = one.work, one.tokens[1:]
        accepted = 0
        for at, expected in enumerate([*guess, None]):
            token = self._draw(work, writer, one.at + at)
            if token is None:
                return
            if token != expected:
                break
            accepted += 1
        writer.drafts.checked(len(guess), accepted)
        if accepted < len(guess):
            held = self._cache.length(work.sequence)
            self._cache.cut(work.sequence, held - len(guess) + accepted)

    def _draw(self, work: Work, writer: Writer, at: int) -> int | None:
        """The next token of a reply, from place `at` of the pass; None where it ends the reply."""
        logits = self._logits(at)
        token = writer.sampler.draw(self._context, at, logits)
        if self._model.ends_reply(token):
            self._finish(work, writer)
            return None
        if writer.sampling.log_probabilities:
            writer.log_probabilities.append(log_probability(logits, token))
        writer.reply.append(token)
        writer.drafts.extend([token])
        if piece := writer.text.add(self._model.piece(token)):
            self._listener.piece(work.request.number, piece)
        if writer.text.is_over or not writer.left:
            self._finish(work, writer)
            return None
        return token

    def _logits(self, at: int) -> Logits:
        row = llama.llama_get_logits_ith(self._context, at)
        return np.ctypeslib.as_array(row, (self._model.vocabulary_size,))

    # --- ends ---------------------------------------------------------------------------------------------

    def _finish(self, work: Work, writer: Writer) -> None:
        """A reply is complete."""
        if rest := writer.text.finish():
            self._listener.piece(work.request.number, rest)
        self._listener.result(work.request.number, work.about())
        self._end(work)

    def _end(self, work: Work) -> None:
        """Nobody works on it any more; what was read of it may serve others."""
        self._working.remove(work)
        if work.writer:
            work.writer.sampler.close()
        self._cache.keep(work.sequence)
        self._let_go()

    def _let_go(self) -> None:
        """Free the adapters that were dropped and that nobody uses any more."""
        requests = [*self._line, *(work.request for work in self._working)]
        for key, calls in self._adapters.released(one.adapter for one in requests):
            self._cache.forget(key)
            for number in calls:
                self._listener.result(number, None)

    def _give_up_late(self) -> None:
        now = time.monotonic()
        late = ModelBusy("The model did not come to it in time.", mend="Ask again in a minute.")
        for request in self._line.late(now):
            self._listener.error(request.number, late)
            self._let_go()
        for work in [one for one in self._working if one.request.deadline < now]:
            self._listener.error(work.request.number, late)
            self._end(work)

    def _fail(self, status: int) -> None:
        """A pass failed: whose it was is not told, so all under way end, and nothing is held any more."""
        for work in list(self._working):
            why = ModelError(f"The model could not go on (llama.cpp status {status}).")
            self._listener.error(work.request.number, why)
            self._end(work)
        self._cache.clear()

    # --- asking, inside -------------------------------------------------------------------------------------

    def _add(self, request: Request) -> None:
        room = self._size - (request.most - len(request.prompt))
        if len(request.prompt) > room:
            raise ModelError(
                f"The prompt has {len(request.prompt):,} tokens; with a reply of up to"
                f" {self._size - room:,} the model has room for {max(room, 0):,}.",
                mend="Ask something shorter, or raise models.context in config.toml.",
            )
        self._line.join(request)

    def _meant(self, how: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a Request. Raises NotFound where there is no such adapter."""
        meant = {**how, "adapter": self._adapters.key(how.get("adapter", ""))}
        if (seconds := meant.pop("deadline", None)) is not None:
            meant["deadline"] = time.monotonic() + seconds
        return meant

    def _firsts(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(self._model.tokens(text)[0] for text in texts)
