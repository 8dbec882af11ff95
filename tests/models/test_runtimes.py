from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.models.embed_worker import EmbedEngine
from bot.models.gguf_header import GgufHeader, Tensor, read_header
from bot.models.runtimes import Runtime, fits_bert, runtime_for

TEXTS = [
    each["text"]
    for each in json.loads((Path(__file__).parent / "e5_reference.json").read_text("utf-8"))["texts"]
]
has_openvino = importlib.util.find_spec("openvino") is not None


def test_a_header_of_another_architecture_is_for_llama(tiny_gguf: Path) -> None:
    assert runtime_for(read_header(tiny_gguf)) is Runtime.LLAMA


@pytest.fixture
def header(weights: Callable[[str], Path]) -> GgufHeader:
    return read_header(weights("multilingual-e5-small"))


@pytest.mark.weights
def test_the_default_model_is_for_openvino_where_that_is_installed(
    header: GgufHeader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fits_bert(header)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    assert runtime_for(header) is Runtime.OPENVINO
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert runtime_for(header) is Runtime.LLAMA


@pytest.mark.weights
@pytest.mark.parametrize(
    "changed",
    [
        {"general.architecture": "nomic-bert"},
        {"bert.pooling_type": 2},  # the first token's vector instead of the mean
        {"bert.attention.head_count": 5},
        {"bert.block_count": 1 << 40},
        {"bert.block_count": 11},
    ],
)
def test_what_is_not_just_such_a_model_is_for_llama(
    header: GgufHeader, changed: dict[str, str | int]
) -> None:
    assert not fits_bert(replace(header, values={**header.values, **changed}))


@pytest.mark.weights
def test_a_tensor_more_or_less_makes_it_another_model(header: GgufHeader) -> None:
    more = {**header.tensors, "blk.0.attn_q_norm.weight": Tensor(0, (384,), 0, 1536)}
    less = {name: each for name, each in header.tensors.items() if name != "blk.3.attn_q.bias"}
    assert not fits_bert(replace(header, tensors=more))
    assert not fits_bert(replace(header, tensors=less))


@pytest.mark.weights
@pytest.mark.skipif(not has_openvino, reason="openvino is not for this machine")
def test_both_runtimes_read_the_same_tokens_and_agree_on_vectors(weights: Callable[[str], Path]) -> None:
    path = weights("multilingual-e5-small")
    llama, openvino = (EmbedEngine(path, 2, each) for each in (Runtime.LLAMA, Runtime.OPENVINO))
    odd = [
        "",
        " ",
        "\x00",
        "\u3000\ufeff",
        "ᄒ" * 40,
        "👩‍👩‍👧",
        "x" * 3000,
        "한글" * 900,
        "Ａ１Ｂ",
        "<s></s><mask>",
    ]
    assert [llama.tokens(text) for text in TEXTS + odd] == [openvino.tokens(text) for text in TEXTS + odd]
    cosines = (llama.embed(TEXTS + odd) * openvino.embed(TEXTS + odd)).sum(1)
    assert cosines.min() > 0.995
    assert np.median(cosines) > 0.999
