from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import random
import signal
import unicodedata
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from bot.errors import ModelBroken, ModelUnavailable
from bot.models.embed_worker import BATCH_TOKENS, MAX_TEXTS, packed
from bot.models.embedder import CALL_TOKENS, GgufEmbedder, portions
from bot.models.runtimes import Runtime

REFERENCE = json.loads((Path(__file__).parent / "e5_reference.json").read_text("utf-8"))["texts"]


def test_every_text_is_in_one_batch_and_no_batch_is_too_full() -> None:
    chance = random.Random(1)
    lengths = [chance.choice([3, 5, 80, 256, 300, 512]) for _ in range(500)]
    batches = packed(lengths)
    assert sorted(which for batch in batches for which in batch) == list(range(500))
    for batch in batches:
        assert len(batch) <= MAX_TEXTS
        padded = max(lengths[which] for which in batch) * len(batch)
        assert len(batch) == 1 or padded <= BATCH_TOKENS


def test_nothing_is_packed_into_nothing() -> None:
    assert packed([]) == []
    assert list(portions([])) == []


def test_passages_are_asked_for_in_small_calls() -> None:
    texts = ["짧은 글", "x" * 1200, "a sentence of some words", "긴 글 " * 200, ""] * 20
    asked = list(portions(texts))
    assert sorted(which for portion in asked for which in portion) == list(range(len(texts)))
    for portion in asked:
        assert len(portion) == 1 or sum(len(texts[which].encode()) for which in portion) <= 4 * CALL_TOKENS


def available() -> list[Runtime]:
    return [each for each in Runtime if each is Runtime.LLAMA or importlib.util.find_spec("openvino")]


@pytest_asyncio.fixture(params=available())
async def embedder(
    weights: Callable[[str], Path], request: pytest.FixtureRequest
) -> AsyncIterator[GgufEmbedder]:
    model = GgufEmbedder(weights("multilingual-e5-small"), threads=2, name="e5", runtime=request.param)
    yield model
    await model.close()


@pytest.mark.weights
async def test_vectors_are_those_of_the_reference_implementation(embedder: GgufEmbedder) -> None:
    vectors = await embedder.queries([each["text"] for each in REFERENCE])
    assert vectors.shape == (len(REFERENCE), 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    heads = np.array([each["head"] for each in REFERENCE])
    ours = vectors[:, : heads.shape[1]]
    cosines = (ours * heads).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(heads, axis=1)
    assert cosines.min() > 0.995


@pytest.mark.weights
async def test_a_text_has_one_vector_whatever_it_is_packed_with(embedder: GgufEmbedder) -> None:
    texts = [each["text"] for each in REFERENCE] + ["긴 문장입니다. " * 60, ""]
    together = await embedder.passages(texts)
    alone = np.concatenate([await embedder.passages([text]) for text in texts])
    assert (together * alone).sum(1).min() > 0.999


@pytest.mark.weights
async def test_a_question_finds_its_answer_in_both_languages(embedder: GgufEmbedder) -> None:
    passages = await embedder.passages(
        [
            "연차 휴가는 1년에 15일입니다.",
            "데이터베이스는 매일 새벽 2시에 백업합니다.",
            "Every employee has 15 days of leave a year.",
            "The database is backed up at 2 am every day.",
        ]
    )
    korean, english = await embedder.queries(["휴가는 며칠인가요?", "When does the backup run?"])
    assert int((passages @ korean).argmax()) == 0
    assert int((passages @ english).argmax()) == 3


@pytest.mark.weights
async def test_decomposed_hangul_is_the_same_text(embedder: GgufEmbedder) -> None:
    text = "휴가 신청 방법"
    composed, decomposed = await embedder.queries([text, unicodedata.normalize("NFD", text)])
    assert float(composed @ decomposed) > 0.9999


@pytest.mark.weights
async def test_a_question_goes_ahead_of_passages_that_wait(embedder: GgufEmbedder) -> None:
    await embedder.start()
    passages = asyncio.create_task(embedder.passages(["한 문단의 글입니다. " * 25] * 12))
    await asyncio.sleep(0)
    await embedder.queries(["먼저"])
    assert not passages.done()
    assert (await passages).shape == (12, 384)


@pytest.mark.weights
async def test_a_killed_model_is_told_and_starts_again(embedder: GgufEmbedder) -> None:
    await embedder.start()
    passages = asyncio.create_task(embedder.passages(["한 문단의 글입니다. " * 25] * 12))
    await embedder.queries(["under way"])
    assert embedder.pid is not None
    os.kill(embedder.pid, signal.SIGKILL)
    with pytest.raises(ModelUnavailable):
        await passages
    assert (await embedder.queries(["again"])).shape == (1, 384)


@pytest.mark.weights
def test_vectors_of_another_runtime_are_stored_under_another_name(weights: Callable[[str], Path]) -> None:
    path = weights("multilingual-e5-small")
    names = {GgufEmbedder(path, 1, "e5", runtime).name for runtime in Runtime}
    assert names == {"e5", "e5/int8"}


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "no.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelBroken):
        GgufEmbedder(path, threads=1, name="no")
