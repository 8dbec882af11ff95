"""Would a small second model that guesses ahead (draft decoding) make replies come faster here?

    .venv/bin/python bench/draft_model.py MODEL.gguf DRAFT.gguf --eval ../shared/eval [--questions 8]

Both models must have one vocabulary. For questions of bench/serving_workload.py the big model writes its
greedy reply; the small one reads the same prompt and is asked, at every place of that reply, for the next
token. How often it is right, and how long passes of each size take for both, give the tokens a second that
guesses of each length would make (Leviathan et al. 2023, "Fast Inference from Transformers via Speculative
Decoding", with greedy drawing), to be compared with what the big model makes alone. What the small one
takes to read the prompt comes on top, once a reply.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.children import WAITING

os.environ |= WAITING  # before OpenMP is loaded

import llama_cpp.llama_cpp as llama
import numpy as np
import serving_workload

from bot.models.native import Batch, Model, Tokens
from bot.models.serving import tiles
from bot.models.serving.prompt import prompt_tokens

LONGEST_GUESS = 6
READ = 256
"""Tokens of a prompt in one pass."""
CONTEXT = 4096


class Runner:
    """One model with one sequence, and how long its passes took."""

    def __init__(self, model: Model, threads: int) -> None:
        self.model = model
        self._context = model.context(
            n_ctx=CONTEXT, n_batch=READ, n_ubatch=READ, n_threads=threads, n_threads_batch=threads
        )
        self._batch = Batch(READ, 1)
        self._length = 0

    def cut(self, length: int) -> None:
        """Forget what comes after the first so many tokens."""
        llama.llama_memory_seq_rm(llama.llama_get_memory(self._context), 0, length, -1)
        self._length = length

    def passed(self, tokens: Sequence[int]) -> tuple[Tokens, float]:
        """The likeliest token after each of these, and the seconds that it took."""
        self._batch.clear()
        self._batch.add(tokens, start=self._length, sequence=0, wants="all")
        began = time.perf_counter()
        if status := llama.llama_decode(self._context, self._batch.handle):
            raise RuntimeError(f"llama_decode: {status}")
        rows = [llama.llama_get_logits_ith(self._context, at) for at in range(len(tokens))]
        size = (self.model.vocabulary_size,)
        best = [int(np.ctypeslib.as_array(row, size).argmax()) for row in rows]
        self._length += len(tokens)
        return best, time.perf_counter() - began

    def read(self, prompt: Tokens) -> tuple[int, float]:
        """The token after a prompt, read from its beginning, and the seconds."""
        self.cut(0)
        seconds, after = 0.0, 0
        for at in range(0, len(prompt), READ):
            best, took = self.passed(prompt[at : at + READ])
            seconds, after = seconds + took, best[-1]
        return after, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("draft", type=Path)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--most", type=int, default=64, help="tokens of a reply")
    given = parser.parse_args()

    made = serving_workload.make(given.eval / "handbook_dev.jsonl", given.eval / "corpora", given.questions)
    models = (Model(path, repacked=tiles.can_be_had()) for path in (given.model, given.draft))
    main_model, draft = (Runner(model, given.threads) for model in models)
    if main_model.model.vocabulary_size - draft.model.vocabulary_size > 512:
        raise SystemExit("The two models do not have the same vocabulary.")

    passes: dict[int, list[float]] = {size: [] for size in range(1, LONGEST_GUESS + 2)}
    draft_passes: list[float] = []
    reading: list[float] = []
    right = places = 0
    for which, order in enumerate(serving_workload.by_rank(made)):
        prompt = prompt_tokens(main_model.model, made.messages(which, order))
        token, _ = main_model.read(prompt)
        reply = [token]
        while len(reply) < given.most and not main_model.model.ends_reply(reply[-1]):
            best, seconds = main_model.passed([reply[-1]])
            passes[1].append(seconds)
            reply.append(best[0])
        for size in range(2, LONGEST_GUESS + 2):
            if len(reply) > size:
                main_model.cut(len(prompt))
                passes[size].append(main_model.passed(reply[:size])[1])
        first, seconds = draft.read(prompt)
        reading.append(seconds)
        guessed, _ = draft.passed(reply[:-1]) if len(reply) > 1 else ([], 0.0)
        right += sum(guess == real for guess, real in zip([first, *guessed], reply, strict=True))
        places += len(reply)
        draft.cut(len(prompt))
        draft_passes += [draft.passed([token])[1] for token in reply[:8]]
    rate = right / places
    one, draft_one = statistics.median(passes[1]), statistics.median(draft_passes)
    report = {"right": round(rate, 3), "of": places, "draft_reads_prompt_s": statistics.median(reading)}
    print(json.dumps(report))
    for count in range(LONGEST_GUESS + 1):
        seconds = statistics.median(passes[count + 1]) + count * draft_one
        tokens = sum(rate**at for at in range(count + 1))
        print(
            f"{count} guessed: {tokens:.2f} tokens in {seconds:.3f} s,"
            f" {tokens / seconds:.1f} a second ({tokens / seconds * one:.2f}x)"
        )


if __name__ == "__main__":
    main()
