"""The weights that a run begins with, and how their model cuts text.

Either a GGUF file, the very one that serves: its weights are dequantised, so that an adapter learns to
correct the quantised model as it is. Or a folder as transformers writes it (config.json, *.safetensors,
tokenizer.json). Nothing is fetched, and no code, chat template or pickle of the model is ever run.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.contracts import Message
from bot.errors import ModelBroken, ModelMissing, TuningError
from bot.models.chat_format import FORMATS, ChatFormat
from bot.models.gguf_header import read_header
from bot.models.weights import hash_file, sha256_of
from bot.tuning.training.encoding import Tokeniser

ARCHITECTURES = {
    "llama": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "gemma2": "gemma2",
    "gemma3": "gemma3_text",
}
"""What can be trained: the name in GGUF files -> the name in config.json."""


@dataclass(frozen=True)
class Base:
    """A model's sizes and bytes, known without loading it."""

    path: Path
    sha256: str
    """Of the GGUF file; of a folder, over the hashes of its weights in order of their names."""
    parameters: int
    layers: int
    width: int
    inner_width: int
    """Of the layers between attention."""
    vocabulary: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of transformers and no GGUF file."""
        return self.path.is_dir()


def open_base(path: Path) -> Base:
    """Look at a base model and hash it, unless that was noted.

    Raises ModelMissing, ModelBroken, TuningError.
    """
    return _of_folder(path) if path.is_dir() else _of_gguf(path)


def _of_gguf(path: Path) -> Base:
    if not path.is_file():
        raise ModelMissing(f"There is no base model {path}.", mend="See: footnote models list")
    header = read_header(path)
    if header.values.get("general.type") == "adapter":
        raise TuningError(f"{path.name} is an adapter.", mend="Train on the model that it belongs to.")
    if header.architecture not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise TuningError(
            f"A model of the architecture {header.architecture} cannot be tuned.",
            mend=f"Known are {known}: take another chat model with --base (footnote models list).",
        )
    embedding = header.tensors.get("token_embd.weight")
    numbers = [header.number(key) for key in ("block_count", "embedding_length", "feed_forward_length")]
    if embedding is None or None in numbers:
        raise ModelBroken(f"The model file {path} does not say how large its layers are.")
    layers, width, inner = (int(number or 0) for number in numbers)
    sizes = [_product(tensor.shape) for tensor in header.tensors.values()]
    return Base(path, sha256_of(path), sum(sizes), layers, width, inner, embedding.shape[0])


def _of_folder(path: Path) -> Base:
    weights = sorted(path.glob("*.safetensors"))
    if not weights or not (path / "tokenizer.json").is_file():
        raise ModelMissing(
            f"The folder {path} holds no base model.",
            mend="Expected are config.json, tokenizer.json and *.safetensors, or give a .gguf file.",
        )
    try:
        config = json.loads((path / "config.json").read_text("utf-8"))
        kind = str(config["model_type"])
        layers, width, inner, vocabulary = (
            int(config[key])
            for key in ("num_hidden_layers", "hidden_size", "intermediate_size", "vocab_size")
        )
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ModelBroken(f"{path / 'config.json'} does not describe a model ({exc!r}).") from exc
    if kind not in ARCHITECTURES.values():
        raise TuningError(
            f"A model of the type {kind} cannot be tuned.",
            mend=f"Known: {', '.join(ARCHITECTURES.values())}.",
        )
    digest = hashlib.sha256()
    for file in weights:
        digest.update(hash_file(file).encode())
    parameters = sum(_elements_of(file) for file in weights)
    return Base(path, digest.hexdigest(), parameters, layers, width, inner, vocabulary)


def _elements_of(file: Path) -> int:
    """Numbers in a safetensors file, by its header: 8 bytes of length, then JSON."""
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if length > 100_000_000:  # what the format allows
                raise ValueError("its header is too long")
            tensors = json.loads(opened.read(length))
        return sum(_product(each["shape"]) for name, each in tensors.items() if name != "__metadata__")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ModelBroken(f"{file} is no usable safetensors file: {exc}.") from exc


def _product(shape: Sequence[int]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product


# --- loading, in the child process only -------------------------------------------------------------------


def load_weights(base: Base, *, precision: str = "float32", in_four_bits: bool = False) -> Any:
    """The transformers model on the CPU, all weights of the precision (or of 4 bits, on CUDA).

    Raises ModelBroken where transformers cannot read it.
    """
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    settings: dict[str, Any] = {"dtype": getattr(torch, precision), "local_files_only": True}
    if in_four_bits:
        settings["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
        )
    place = base.path
    if not base.is_folder:
        place = base.path.parent
        settings["gguf_file"] = base.path.name
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # its reader of GGUF files draws a bar unasked
            return transformers.AutoModelForCausalLM.from_pretrained(
                str(place), trust_remote_code=False, use_safetensors=True, **settings
            )
    except (OSError, ValueError, KeyError, RuntimeError) as exc:
        raise ModelBroken(
            f"transformers cannot read {base.path.name}: {str(exc)[:300]}.",
            mend="Take another file of the model, or a folder with its safetensors.",
        ) from exc


def tokeniser_of(base: Base) -> Tokeniser:
    """How the model cuts text. Raises ModelError where its chat format is not known."""
    return _FolderTokeniser(base.path) if base.is_folder else _ServedTokeniser(base.path)


class _ServedTokeniser:
    """llama.cpp's own, as it serves."""

    def __init__(self, path: Path) -> None:
        from bot.models.native import Model
        from bot.models.serving.prompt import format_of

        self._model = Model(path, vocabulary_only=True)
        self.end_of_reply = self._model.tokens(format_of(self._model).after, markers=True)[0]

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        from bot.models.serving.prompt import prompt_tokens

        return prompt_tokens(self._model, messages)

    def text(self, text: str) -> list[int]:
        return self._model.tokens(text)

    def beginning(self) -> list[int]:
        return self._model.tokens("", special=True)


class _FolderTokeniser:
    """The tokenizers library's, with the chat formats that serve."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
        self._format = self._known_format(path)
        self.end_of_reply = self._tokens(self._format.after, markers=True)[0]

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        tokens = self.beginning()
        for piece in self._format.pieces(messages):
            tokens += self._tokens(piece.text, markers=piece.is_marker)
        return tokens

    def text(self, text: str) -> list[int]:
        return self._tokens(text, markers=False)

    def beginning(self) -> list[int]:
        return list(self._tokenizer.encode("", add_special_tokens=True).ids)

    def _tokens(self, text: str, *, markers: bool) -> list[int]:
        self._tokenizer.encode_special_tokens = not markers  # as text, where a message holds one
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _known_format(self, path: Path) -> ChatFormat:
        for known in FORMATS:
            if self._tokenizer.token_to_id(known.marker) is not None:
                return known
        names = ", ".join(known.name for known in FORMATS)
        raise TuningError(
            f"The chat format of {path.name} is not known; known are {names}.",
            mend="Take a model that was taught to chat in one of them.",
        )
