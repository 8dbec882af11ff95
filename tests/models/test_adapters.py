from __future__ import annotations

import hashlib
import os
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from bot.errors import ModelBroken, ModelError, ModelMissing
from bot.models.adapters import (
    BASE_SHA256,
    Adapter,
    adapters_in,
    check_fits,
    check_name,
    locate_adapter,
    read_adapter,
)
from bot.models.gguf_header import read_header
from tests.models.lora import write_adapter

WIDTH, INNER, KEYS = 64, 96, 32


def write_base(path: Path, *, name: str = "Tiny 1M Instruct", tied: bool = True) -> Path:
    """The header and tensors of a model of one layer, enough for whoever looks whether an adapter fits."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("model")
    writer.add_name(name)
    writer.add_block_count(1)
    shapes = {
        "token_embd.weight": (100, WIDTH),
        "blk.0.attn_q.weight": (WIDTH, WIDTH),
        "blk.0.attn_k.weight": (KEYS, WIDTH),
        "blk.0.attn_norm.weight": (WIDTH,),
        "blk.0.ffn_down.weight": (WIDTH, INNER),
    }
    if not tied:
        shapes["output.weight"] = (100, WIDTH)
    for tensor, shape in shapes.items():
        writer.add_tensor(tensor, np.zeros(shape, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_base(tmp_path / "base.gguf")


@pytest.fixture
def adapter(tmp_path: Path, base: Path) -> Path:
    return write_adapter(tmp_path / "house-style.gguf", base)


def numbers(*shape: int) -> Any:
    return np.ones(shape, np.float32)


def pair(name: str, first: tuple[int, ...], second: tuple[int, ...]) -> dict[str, Any]:
    return {f"{name}.lora_a": numbers(*first), f"{name}.lora_b": numbers(*second)}


def test_what_an_adapter_says_of_itself_is_read(adapter: Path, base: Path) -> None:
    expected = Adapter("house-style", adapter, adapter.stat().st_size, "llama", 4, 8.0, "", "")
    assert read_adapter(adapter) == expected
    assert check_fits(adapter, base) == expected


def refusal(path: Path, base: Path) -> str:
    with pytest.raises(ModelBroken) as caught:
        check_fits(path, base)
    assert str(path) in caught.value.message
    assert caught.value.mend
    return caught.value.message


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"kind": "model"}, "general.type is 'model'"),
        ({"architecture": "qwen2"}, "for the architecture qwen2, and base.gguf is llama"),
        ({"layers": 0, "tensors": {"x_norm.weight": numbers(4)}}, "changes nothing"),
        ({"tensors": {"blk.0.attn_norm.weight": numbers(WIDTH)}}, "no half of a pair"),
        ({"without": ["blk.0.attn_q.weight.lora_b"]}, "one half of the pair for 'blk.0.attn_q.weight'"),
        ({"alpha": float("nan")}, "alpha"),
        ({"alpha": 0.0}, "alpha is 0 at a rank of 4"),
        ({"alpha": -8.0}, "alpha is -8"),
        ({"alpha": 1e9}, r"alpha is 1e\+09"),
        ({"rank": 1025}, "rank of 1,025"),
        (
            {"tensors": pair("blk.7.attn_q.weight", (4, WIDTH), (WIDTH, 4))},
            "the model has no tensor 'blk.7.attn_q.weight'",
        ),
        (
            {"tensors": pair("blk.0.attn_norm.weight", (4, WIDTH), (1, 4))},
            "'blk.0.attn_norm.weight' is no matrix",
        ),
        ({"tensors": {"blk.0.attn_q.weight.lora_a": numbers(4, WIDTH + 32)}}, "4 x 96 and 64 x 4"),
        ({"tensors": {"blk.0.attn_q.weight.lora_b": numbers(WIDTH + 1, 4)}}, "4 x 64 and 65 x 4"),
        ({"tensors": {"blk.0.attn_q.weight.lora_b": numbers(WIDTH, 8)}}, "4 x 64 and 64 x 8"),
        ({"tensors": {"blk.0.attn_q.weight.lora_a": numbers(WIDTH, 4)}}, "64 x 4 and 64 x 4"),
        ({"tensors": {"blk.0.attn_q.weight.lora_a": numbers(2, 4, WIDTH)}}, "2 x 4 x 64"),
        ({"tensors": {"blk.0.attn_q.weight.lora_a": numbers(4, WIDTH) * np.inf}}, "holds what is no number"),
        ({"tensors": {"blk.0.attn_q.weight.lora_a": np.full((4, WIDTH), np.nan, np.float16)}}, "no number"),
        ({"tensors": {"blk.0.attn_q.weight.lora_a": np.ones((4, WIDTH), np.int32)}}, "neither F32, F16"),
        (
            {"tensors": pair("token_embd.weight", (100, 4), (WIDTH, 4))},
            "which the model uses for its output too",
        ),
        ({"keys": {"general.base_model.0.name": "Tiny 2M Instruct"}}, "'Tiny 2M Instruct', and not for"),
        ({"keys": {"general.base_model.0.name": "Tiny 1M"}}, "'Tiny 1M', and not"),
        ({"keys": {BASE_SHA256: "0" * 64}}, "trained on another file than base.gguf"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_why_is_told(
    tmp_path: Path, base: Path, how: dict[str, Any], why: str
) -> None:
    path = write_adapter(tmp_path / "unfit.gguf", base, **how)
    assert why.replace("\\", "") in refusal(path, base)


def test_a_base_model_is_no_adapter(base: Path) -> None:
    assert "general.type is 'model'" in refusal(base, base)


@pytest.mark.parametrize(
    "key", ["general.type", "general.architecture", "adapter.type", "adapter.lora.alpha"]
)
def test_a_value_of_another_type_than_llama_cpp_asks_for_is_refused(
    tmp_path: Path, adapter: Path, base: Path, key: str
) -> None:
    """llama.cpp ends the process at such a one."""
    data = adapter.read_bytes()
    at = data.index(struct.pack("<Q", len(key)) + key.encode()) + 8 + len(key)
    path = tmp_path / "typed.gguf"
    # 8 bytes of a string's length, or 4 of the number and 4 of what follows: no more or fewer than before
    value = data[at + 4 :] if key == "adapter.lora.alpha" else data[at + 12 :]
    path.write_bytes(data[:at] + struct.pack("<I", 4 if key == "adapter.lora.alpha" else 10) + value)
    refusal(path, base)


@pytest.mark.parametrize(
    "name", ["Tiny 1M Instruct", "instruct-tiny-1m", "TINY_1M_INSTRUCT", "Tiny 1M Instruct GGUF"]
)
def test_names_of_a_base_are_compared_word_by_word(tmp_path: Path, base: Path, name: str) -> None:
    path = write_adapter(tmp_path / "named.gguf", base, keys={"general.base_model.0.name": name})
    assert check_fits(path, base).base == name


def test_a_base_may_be_known_by_its_file_or_its_repository(tmp_path: Path) -> None:
    base = write_base(tmp_path / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", name="checkpoint 17")
    for keys in (
        {"general.base_model.0.name": "Qwen2.5 Coder 1.5B Instruct"},
        {
            "general.base_model.0.name": "something else",
            "general.base_model.0.repo_url": "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct",
        },
    ):
        check_fits(write_adapter(tmp_path / "named.gguf", base, keys=keys), base)
    other = {"general.base_model.0.name": "Qwen2.5 1.5B Instruct"}
    assert "'Qwen2.5 1.5B Instruct'" in refusal(
        write_adapter(tmp_path / "named.gguf", base, keys=other), base
    )


def test_the_hash_of_the_base_decides_whatever_it_is_called(tmp_path: Path, base: Path) -> None:
    digest = hashlib.sha256(base.read_bytes()).hexdigest()
    keys = {BASE_SHA256: digest.upper(), "general.base_model.0.name": "another"}
    path = write_adapter(tmp_path / "hashed.gguf", base, keys=keys)
    assert check_fits(path, base).base_sha256 == digest


def test_an_embedding_of_its_own_may_be_changed_by_matrices_that_agree(tmp_path: Path) -> None:
    base = write_base(tmp_path / "untied.gguf", tied=False)
    for rank, fits in ((4, True), (8, False)):
        tensors = pair("token_embd.weight", (100, 4), (WIDTH, rank))
        path = write_adapter(tmp_path / "embedding.gguf", base, tensors=tensors)
        if fits:
            check_fits(path, base)
        else:
            assert "100 x 4 and 64 x 8" in refusal(path, base)


def test_half_precision_is_taken(tmp_path: Path, base: Path) -> None:
    tensors = {"blk.0.attn_q.weight.lora_a": np.ones((4, WIDTH), np.float16)}
    check_fits(write_adapter(tmp_path / "half.gguf", base, tensors=tensors), base)


def test_an_adapter_cut_anywhere_is_refused(adapter: Path, base: Path, tmp_path: Path) -> None:
    whole, header = adapter.read_bytes(), read_header(base)
    cut = tmp_path / "cut.gguf"
    for length in range(0, len(whole) - 1, 97):
        cut.write_bytes(whole[:length])
        with pytest.raises(ModelBroken):
            check_fits(cut, base, header)


def test_a_changed_adapter_is_taken_or_refused_and_nothing_else(
    adapter: Path, base: Path, tmp_path: Path
) -> None:
    whole, header = adapter.read_bytes(), read_header(base)
    chance = random.Random(20261121)
    changed = tmp_path / "changed.gguf"
    refused = 0
    for _ in range(int(os.environ.get("FOOTNOTE_ADAPTER_MUTATIONS", "400"))):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(0, 620)
            if chance.random() < 0.5:
                data[at] = chance.randrange(256)
            else:
                data[at : at + 8] = struct.pack(
                    "<Q", chance.choice([0, 1, 0xFFFFFFFF, 1 << 40, (1 << 64) - 1])
                )
        changed.write_bytes(data)
        try:
            check_fits(changed, base, header)
        except ModelBroken:
            refused += 1
    assert refused > 100


def test_adapters_of_a_folder_are_found_among_models_and_wrecks(
    adapter: Path, base: Path, tmp_path: Path
) -> None:
    write_adapter(tmp_path / "zero.gguf", base, alpha=0.0)
    found = list(adapters_in(tmp_path))
    assert [each.name for each in found if isinstance(each, Adapter)] == ["house-style"]
    assert [each.message for each in found if isinstance(each, ModelBroken)] == [
        f"The adapter {tmp_path / 'zero.gguf'} cannot be used: its alpha is 0 at a rank of 4."
    ]
    assert base.is_file()


def test_an_adapter_is_located_by_its_name_or_its_path(adapter: Path, tmp_path: Path) -> None:
    assert locate_adapter("house-style", tmp_path) == adapter
    assert locate_adapter(str(adapter), tmp_path / "elsewhere") == adapter
    with pytest.raises(ModelMissing, match=r"nothing\.gguf"):
        locate_adapter("nothing", tmp_path)


@pytest.mark.parametrize("name", ["", "a b", "../a", "-a", "각 주", "a" * 65, "a=b"])
def test_odd_names_are_refused(name: str) -> None:
    with pytest.raises(ModelError, match="cannot be called"):
        check_name(name)


@pytest.mark.weights
def test_the_tiny_model_of_the_tests_is_recognised(weights: Callable[[str], Path], tmp_path: Path) -> None:
    base = weights("smollm2-135m-instruct")
    keys = {"general.base_model.0.name": "SmolLM2 135M Instruct"}
    assert check_fits(write_adapter(tmp_path / "named.gguf", base, layers=1, keys=keys), base).rank == 4
