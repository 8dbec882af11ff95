"""LoRA adapters: small GGUF files that change what a chat model says (Hu et al. 2021, arXiv:2106.09685).

llama.cpp adds `alpha / rank * B A` to the matrices of the base model that a file names, and trusts the file:
a number of another type or a matrix of another shape than it thinks ends the process. So everything that it
would trip over is looked at here before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from bot.errors import ModelBroken, ModelError, ModelMissing, NotFound
from bot.models.gguf_header import GgufHeader, Tensor, read_header
from bot.models.weights import check_unchanged, sha256_of

BASE_SHA256 = "footnote.base.sha256"
"""Key of an adapter's file: the SHA-256 of the file that it was trained on, in hexadecimal."""
MAX_RANK = 1024
MAX_SCALE = 100.0
"""Of alpha / rank. What is trained has at most about 10."""
_DIRECTIONS = (".lora_a", ".lora_b")
_EMBEDDING = "token_embd.weight"
_NAME = re.compile(r"\w[\w.-]{0,63}")
_DATA = {0: "<f4", 1: "<f2", 30: "<u2"}  # ggml's number -> NumPy's name; 30 is bfloat16
_FLOAT32, _STRING = 6, 8  # GGUF's numbers for the types of two values


@dataclass(frozen=True)
class Adapter:
    """What the file of an adapter says of itself."""

    name: str
    path: Path
    bytes: int
    architecture: str
    """Of the base model, as llama.cpp calls it."""
    rank: int
    """The highest of its matrices."""
    alpha: float
    base: str
    """The name of the base model; empty where it is not told."""
    base_sha256: str
    """Of the file it was trained on, empty where it is not told."""


def locate_adapter(name_or_path: str | Path, models_directory: Path) -> Path:
    """The file of an adapter in the models folder (its name without .gguf), or at a path.

    Raises ModelMissing.
    """
    text = str(name_or_path)
    path = Path(text).expanduser() if text.endswith(".gguf") else models_directory / f"{text}.gguf"
    if not path.is_file():
        raise ModelMissing(
            f"There is no adapter {text} ({path}).",
            mend=f"Put its .gguf file into {models_directory} and give its name, or give its path.",
        )
    return path


def adapters_in(directory: Path) -> Iterator[Adapter | ModelBroken]:
    """Those that lie in a folder, by name; instead of one that cannot be used, why.

    Files that are no adapters are passed over.
    """
    for path in sorted(directory.glob("*.gguf")):
        try:
            if read_header(path).values.get("general.type") == "adapter":
                yield read_adapter(path)
        except ModelBroken as exc:
            yield exc


def read_adapter(path: Path) -> Adapter:
    """What a file says of itself. Raises ModelBroken where no model could use it."""
    return _described(path, _checked(path))


def check_fits(path: Path, base: Path, base_header: GgufHeader | None = None) -> Adapter:
    """Whether llama.cpp can put the adapter beside this base model. Raises ModelBroken, naming why not, also
    where it was verified once and is not any more what it was then.

    Reads all of the adapter. Where it has the key footnote.base.sha256, the base is hashed, unless that is
    noted beside it already.
    """
    check_unchanged(path)
    header = _checked(path)
    model = base_header or read_header(base)
    adapter = _described(path, header)
    if adapter.architecture != model.architecture:
        raise _unfit(path, f"it is for the architecture {adapter.architecture[:40]}, and {base.name} is"
                           f" {model.architecture[:40]}")  # fmt: skip
    if adapter.base_sha256:
        if sha256_of(base) != adapter.base_sha256:
            raise _unfit(path, f"it was trained on another file than {base.name} ({BASE_SHA256})")
    elif adapter.base and not _is_called(adapter.base, header, model, base):
        raise _unfit(path, f"it is for {adapter.base[:80]!r}, and not for {base.name}")
    for name in _matrices(header):
        _check_pair(path, name, header, model)
    _check_numbers(path, header)
    return adapter


def check_name(name: str) -> None:
    """Raises ModelError where an adapter cannot be called so."""
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"An adapter cannot be called {name[:80]!r}.",
            mend="Letters, digits, dots, hyphens and underscores are expected, 64 at most.",
        )


def no_such(name: str, known: list[str]) -> NotFound:
    """What is to be said of a name that is not known."""
    return NotFound(
        f"There is no adapter {name[:80]!r} beside the model.",
        mend=f"Loaded are: {', '.join(known)}." if known else "None is loaded.",
    )


# --- the file alone --------------------------------------------------------------------------------------


def _checked(path: Path) -> GgufHeader:
    """The header of what is an adapter for some model."""
    header = read_header(path)
    values, kinds = header.values, header.kinds
    if values.get("general.type") != "adapter":
        raise _unfit(
            path, f"its general.type is {_shown(values.get('general.type', 'missing'))}, not adapter"
        )
    for key in ("general.type", "general.architecture", "adapter.type"):
        if kinds.get(key) != _STRING:
            raise _unfit(path, f"its {key} is missing or no text")
    if values["adapter.type"] != "lora":
        raise _unfit(path, f"its adapter.type is {_shown(values['adapter.type'])}; only lora is known")
    if "adapter.alora.invocation_tokens" in kinds:
        raise _unfit(path, "it is one that acts from certain tokens on (aLoRA), which is not supported")
    alpha = values.get("adapter.lora.alpha")
    if kinds.get("adapter.lora.alpha") != _FLOAT32 or not isinstance(alpha, float):
        raise _unfit(path, "its adapter.lora.alpha is missing or no 32-bit float")
    matrices = _matrices(header)
    if not matrices:
        raise _unfit(path, "it changes nothing")
    for name in header.tensors:
        if not name.endswith(_DIRECTIONS):
            raise _unfit(path, f"its tensor {_shown(name)} is no half of a pair (.lora_a, .lora_b)")
    for name in matrices:
        if not all(name + direction in header.tensors for direction in _DIRECTIONS):
            raise _unfit(path, f"one half of the pair for {_shown(name)} is missing")
        rank = header.tensors[name + ".lora_b"].shape[-1]
        if rank > MAX_RANK:
            raise _unfit(path, f"its rank of {rank:,} at {_shown(name)} is more than {MAX_RANK:,}")
        if not isfinite(alpha) or not 0 < alpha / rank <= MAX_SCALE:
            raise _unfit(path, f"its alpha is {alpha:g} at a rank of {rank}")
    return header


def _matrices(header: GgufHeader) -> list[str]:
    """The names of the base model's tensors that it changes."""
    names = (name[: -len(".lora_a")] for name in header.tensors if name.endswith(_DIRECTIONS))
    return list(dict.fromkeys(names))


def _described(path: Path, header: GgufHeader) -> Adapter:
    values = header.values
    return Adapter(
        name=path.stem,
        path=path.absolute(),
        bytes=path.stat().st_size,
        architecture=header.architecture,
        rank=max(header.tensors[name + ".lora_b"].shape[-1] for name in _matrices(header)),
        alpha=float(values["adapter.lora.alpha"]),
        base=str(values.get("general.base_model.0.name", "")),
        base_sha256=str(values.get(BASE_SHA256, "")).lower(),
    )


# --- beside its base -------------------------------------------------------------------------------------


def _is_called(name: str, adapter: GgufHeader, model: GgufHeader, base: Path) -> bool:
    """Whether one of the names that the adapter has for its base is one of those that the base has.

    Names are compared word by word, in any order: "Qwen2.5 Coder 1.5B Instruct" is called
    qwen2.5-coder-1.5b-instruct-q4_k_m.gguf on disk.
    """
    given = model.values.get
    parts = (given("general.basename", ""), given("general.size_label", ""), given("general.finetune", ""))
    own = [base.stem, str(given("general.name", "")), " ".join(map(str, parts))]
    repository = str(adapter.values.get("general.base_model.0.repo_url", "")).rstrip("/").rpartition("/")[2]
    wanted = [words for words in (_words(name), _words(repository)) if words]
    return not wanted or any(_words(each) in wanted for each in own)


def _words(name: str) -> frozenset[str]:
    """What tells a model from others: neither how it was quantised nor in what format it is."""
    words = re.split(
        r"[\s/_-]+", re.sub(r"(?i)[-_ .](i?q\d\w*|bf16|f16|fp16|f32|gguf)(?=$|[-_ .])", " ", name)
    )
    return frozenset(word.lower() for word in words if word)


def _check_pair(path: Path, name: str, header: GgufHeader, model: GgufHeader) -> None:
    """Whether B A has the shape of the matrix that it is added to."""
    target = model.tensors.get(name)
    if target is None:
        raise _unfit(path, f"the model has no tensor {_shown(name)}")
    if len(target.shape) != 2:
        raise _unfit(path, f"the model's {_shown(name)} is no matrix")
    if name == _EMBEDDING and "output.weight" not in model.tensors:
        # llama.cpp would use it for the output as well, where it has the wrong shape, and end the process
        raise _unfit(path, f"it changes {_EMBEDDING}, which the model uses for its output too")
    first, second = (header.tensors[name + direction] for direction in _DIRECTIONS)
    rows, columns = target.shape
    rank = second.shape[-1]
    # of the embedding, A is the rows that tokens choose from: not transposed
    wanted = (columns, rank) if name == _EMBEDDING else (rows, rank)
    before = (rows, rank) if name == _EMBEDDING else (rank, columns)
    if first.shape != before or second.shape != wanted:
        raise _unfit(
            path,
            f"at {_shown(name)} it has {_times(first)} and {_times(second)},"
            f" which does not fit the model's {_times(target)}",
        )


def _check_numbers(path: Path, header: GgufHeader) -> None:
    """One that is infinite or not a number would make every answer nonsense."""
    with path.open("rb") as file:
        for name, tensor in header.tensors.items():
            kind = _DATA.get(tensor.kind)
            if kind is None:
                raise _unfit(path, f"its tensor {_shown(name)} is neither F32, F16 nor BF16")
            file.seek(tensor.start)
            if not _is_finite(file.read(tensor.bytes), kind):
                raise _unfit(path, f"its tensor {_shown(name)} holds what is no number")


def _is_finite(data: bytes, kind: str) -> bool:
    numbers = np.frombuffer(data, kind)
    if kind == "<u2":  # bfloat16: the exponent is all ones where it is infinite or not a number
        return not ((numbers & 0x7F80) == 0x7F80).any()
    return bool(np.isfinite(numbers).all())


def _times(tensor: Tensor) -> str:
    return " x ".join(f"{length:,}" for length in tensor.shape)


def _shown(text: object) -> str:
    return repr(str(text)[:80])


def _unfit(path: Path, why: str) -> ModelBroken:
    return ModelBroken(
        f"The adapter {path} cannot be used: {why}.",
        mend="Take one that was trained for this model (footnote models list shows what each is for).",
    )
