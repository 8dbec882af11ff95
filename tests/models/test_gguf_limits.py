"""Headers that are well-formed, and say what no model is: refused before llama.cpp reads them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ModelBroken
from bot.models import gguf_header
from bot.models.gguf_header import read_header
from tests.models.tiny_llama import write_tiny_llama

U8, I8, U32, I32, F32, BOOL, STRING, ARRAY = 0, 1, 4, 5, 6, 7, 8, 9


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def key(name: str, kind: int, value: bytes) -> bytes:
    return text(name.encode()) + struct.pack("<I", kind) + value


def array(name: str, kind: int, count: int, data: bytes) -> bytes:
    return key(name, ARRAY, struct.pack("<IQ", kind, count) + data)


def tensor(name: bytes, length: int, start: int) -> bytes:
    return text(name) + struct.pack("<IQIQ", 1, length, 0, start)


ARCHITECTURE = key("general.architecture", STRING, text(b"llama"))
TOKENS = array("tokenizer.ggml.tokens", STRING, 200, text(b"a") * 200)
SPM = key("tokenizer.ggml.model", STRING, text(b"llama"))


def number(name: str, value: int) -> bytes:
    return key(name, U32, struct.pack("<I", value))


def made(path: Path, *keys: bytes, tensors: tuple[bytes, ...] = (tensor(b"t", 8, 0),)) -> Path:
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys) + 1)
    path.write_bytes(head + ARCHITECTURE + b"".join(keys) + b"".join(tensors) + bytes(4096))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made.gguf"


def test_a_header_that_says_what_can_be_is_read(path: Path) -> None:
    header = read_header(made(path, number("llama.context_length", 8192), SPM, TOKENS))
    assert header.number("context_length") == 8192
    assert header.arrays["tokenizer.ggml.tokens"].count == 200


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ([number("llama.context_length", 0)], "context_length is 0"),
        ([number("llama.context_length", 0xFFFFFFFF)], "context_length is 4,294,967,295"),
        ([number("llama.embedding_length", 1 << 30)], "embedding_length"),
        ([number("llama.block_count", 100_000)], "block_count"),
        ([number("llama.vocab_size", 0xFFFFFFFF)], "vocab_size"),
        ([key("llama.odd", 10, struct.pack("<Q", 1 << 63))], "llama.odd is"),
        ([key("llama.eps", F32, struct.pack("<f", float("nan")))], "'llama.eps' is nan"),
        ([key("llama.flag", BOOL, b"\x02")], "neither true nor false"),
        ([number("llama.attention.head_count", 4), number("llama.attention.head_count_kv", 3)], "4 heads"),
        ([number("llama.attention.head_count", 3), number("llama.embedding_length", 64)], "shared by 3"),
        ([number("llama.expert_used_count", 2)], "2 of 0 experts"),
        ([number("split.count", 3)], "one of 3 parts"),
        ([key("general.alignment", 10, struct.pack("<Q", 32))], "alignment"),  # llama.cpp aborts on it
        ([array("general.alignment", U32, 1, struct.pack("<I", 32))], "alignment"),
        ([number("general.alignment", 48)], "alignment is 48"),
        ([SPM, array("tokenizer.ggml.tokens", STRING, 2, text(b"a") * 2)], "vocabulary has 2 tokens"),
        ([TOKENS, array("tokenizer.ggml.scores", U8, 200, bytes(200))], "scores has elements of type 0"),
        ([TOKENS, array("tokenizer.ggml.scores", F32, 199, bytes(796))], "199 elements for 200 tokens"),
        ([array("tokenizer.ggml.token_type", I32, 3, bytes(12))], "3 elements for 0 tokens"),
        ([array("tokenizer.ggml.suppress_tokens", I8, 4, bytes(4))], "suppress_tokens has elements"),
        ([array("tokenizer.ggml.merges", U32, 1, bytes(4))], "merges has elements"),
        ([number("tokenizer.ggml.merges", 1)], "is no array"),
        ([array("tokenizer.ggml.precompiled_charsmap", U8, 3, bytes(3))], "charsmap has 3 bytes"),
        ([ARCHITECTURE], "twice"),
        ([key("", STRING, text(b""))], "is no name"),
        ([key("a\0b", STRING, text(b""))], "is no name"),
        ([key("k" * 2000, STRING, text(b""))], "string of 2000 bytes"),
    ],
)
def test_what_no_model_is_gets_refused_with_the_reason(path: Path, keys: list[bytes], why: str) -> None:
    with pytest.raises(ModelBroken, match=why):
        read_header(made(path, *keys))


@pytest.mark.parametrize(
    ("tensors", "why"),
    [
        ((), "no tensors"),
        ((tensor(b"a", 64, 0), tensor(b"b", 64, 32)), "'b' lies over another one"),
        ((tensor(b"a", 8, 0), tensor(b"a", 8, 32)), "twice"),
        ((tensor(b"a" * 64, 8, 0),), "string of 64 bytes"),
        ((tensor(b"a\0b", 8, 0),), "is no name"),
        ((tensor(b"a", 8, 1 << 63),), "too early"),
        ((tensor(b"a", 8, 16),), "impossible"),
    ],
)
def test_tensors_that_cannot_be_are_refused(path: Path, tensors: tuple[bytes, ...], why: str) -> None:
    with pytest.raises(ModelBroken, match=why):
        read_header(made(path, tensors=tensors))


@pytest.mark.parametrize("name", [b"", b"../x", b"LLAMA", b"llama\0", b"a" * 65])
def test_an_architecture_that_is_no_name_is_refused(path: Path, name: bytes) -> None:
    made(path)
    path.write_bytes(path.read_bytes().replace(text(b"llama"), text(name), 1))
    with pytest.raises(ModelBroken, match="its architecture is"):
        read_header(path)


def test_more_strings_than_any_vocabulary_has_are_not_counted_through(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf_header, "MAX_STRINGS", 300)
    two = [TOKENS, array("more", STRING, 200, text(b"a") * 200)]
    with pytest.raises(ModelBroken, match="200 strings"):
        read_header(made(path, *two))


def test_a_header_that_never_ends_is_not_read_to_its_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf_header, "MAX_HEADER_BYTES", 10_000)
    with pytest.raises(ModelBroken, match="more than 10,000 bytes"):
        read_header(made(path, array("k", U8, 2_000_000, bytes(2_000_000))))


def test_a_long_string_is_passed_over(path: Path) -> None:
    header = read_header(made(path, key("tokenizer.chat_template", STRING, text(b"{" * 100_000))))
    assert "tokenizer.chat_template" not in header.values


def test_the_catalogue_s_models_and_a_tiny_one_pass(weights: Callable[[str], Path], tmp_path: Path) -> None:
    for path in (weights("smollm2-135m-instruct"), weights("multilingual-e5-small")):
        assert read_header(path).tensors
    assert read_header(write_tiny_llama(tmp_path / "tiny.gguf")).architecture == "llama"
