"""Weights in tiles: whether they are relied on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np
import pytest

from bot.models.native import Batch, Model
from bot.models.processor import multiplies_tiles
from bot.models.serving import tiles

Loaded = tuple[Model, Any]

has_tiles = pytest.mark.skipif(not tiles.can_be_had(), reason="needs a processor with AMX")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("flags\t\t: fpu avx512f amx_bf16 amx_tile amx_int8", True),
        ("flags\t\t: fpu avx512f amx_tile", False),
        ("flags\t\t: fpu avx2\nbugs\t\t: amx_tile amx_int8", False),
        ("Features\t: fp asimd", False),
    ],
)
def test_the_processor_says_what_it_multiplies(tmp_path: Path, flags: str, expected: bool) -> None:
    described = tmp_path / "cpuinfo"
    described.write_text(f"processor\t: 0\n{flags}\n")
    assert multiplies_tiles(described) is expected
    assert multiplies_tiles(tmp_path / "none") is False


@pytest.fixture
def load(weights: Callable[[str], Path]) -> Iterator[Callable[[bool], Loaded]]:
    loaded: list[Loaded] = []

    def load(repacked: bool) -> Loaded:
        model = Model(weights("smollm2-135m-instruct"), repacked=repacked)
        context = model.context(n_ctx=256, n_threads=1, n_threads_batch=1)
        loaded.append((model, context))
        return model, context

    yield load
    for model, context in loaded:
        llama.llama_free(context)
        llama.llama_model_free(model.handle)


@pytest.mark.weights
def test_what_comes_to_the_same_is_relied_on(load: Callable[[bool], Loaded]) -> None:
    tiles.check(*load(False))


@pytest.mark.weights
@pytest.mark.parametrize("wrong", [-1.0, 0.8, 0.0, float("nan")])
def test_what_comes_to_something_else_ends_the_process(
    load: Callable[[bool], Loaded], monkeypatch: pytest.MonkeyPatch, wrong: float
) -> None:
    reckon = tiles._logits_after

    def reckon_wrongly(*given: Any) -> Any:
        return reckon(*given) * (wrong if len(given[-1]) == 1 else 1)

    monkeypatch.setattr(tiles, "_logits_after", reckon_wrongly)
    with pytest.raises(SystemExit, match="wrongly"):
        tiles.check(*load(False))


@pytest.mark.weights
@has_tiles
def test_tiles_come_to_what_the_weights_come_to(load: Callable[[bool], Loaded]) -> None:
    in_tiles, plain = load(True), load(False)
    tokens = plain[0].tokens("The office is open from nine to six, and the leave of a year is fifteen days.")
    of_tiles, of_plain = (
        tiles._logits_after(*loaded, Batch(len(tokens), 1), [tokens]) for loaded in (in_tiles, plain)
    )
    tiles.check(*in_tiles)
    assert np.linalg.norm(of_tiles - of_plain) < 0.05 * np.linalg.norm(of_plain)
    assert of_tiles.argmax() == of_plain.argmax()
    assert not np.array_equal(of_tiles, of_plain)  # they are multiplied otherwise
