"""The LoRA adapters beside a model in llama.cpp: loaded, taken in turns, and let go once nobody uses them."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama

from bot.errors import ModelBroken, ModelError
from bot.models.adapters import check_fits, check_name, no_such
from bot.models.native import Model

MOST = 8
"""Adapters in memory at a time; each takes as much as its file is long."""


@dataclass
class _Loaded:
    handle: Any
    used: int = 0
    """When it had its last pass; later is more."""
    is_leaving: bool = False
    awaited: list[int] = field(default_factory=list)
    """Numbers of the calls that wait until it is gone."""


class Adapters:
    """By name from outside; inside by a key that is never given again, "" for the model alone.

    So a name may be given to another file while replies are written with the first one: they end with it,
    and nothing that it made in the cache is taken for the other's.
    """

    def __init__(self, model: Model, context: Any) -> None:
        self._model = model
        self._context = context
        self._loaded: dict[str, _Loaded] = {"": _Loaded(None)}
        self._key_of: dict[str, str] = {}
        self._failed: dict[str, ModelError] = {}
        self._clock = itertools.count(1)
        self._in_context = ""

    def load(self, name: str, path: Path) -> None:
        """Load a file, which has the name from now on.

        Raises ModelBroken where it does not fit the model, ModelError where there are too many or the name is
        odd; what had the name before keeps it then.
        """
        check_name(name)
        if len(self._loaded) > MOST:
            raise ModelError(f"{MOST} adapters are loaded already.", mend="Drop one that is not used.")
        check_fits(path, self._model.path, self._model.header)
        handle = llama.llama_adapter_lora_init(self._model.handle, str(path).encode())
        if not handle:
            raise ModelBroken(
                f"llama.cpp cannot use the adapter {path}.", mend="Make it anew for this model."
            )
        if name in self._key_of:
            self.retire(name)
        key = f"{name}#{next(self._clock)}"
        self._loaded[key] = _Loaded(handle)
        self._key_of[name] = key
        self._failed.pop(name, None)

    def load_or_remember(self, name: str, path: Path) -> None:
        """Load a file; where it cannot be, tell so to whoever asks for it, and serve all others."""
        try:
            self.load(name, path)
        except ModelError as exc:
            self._failed[name] = exc

    def key(self, name: str) -> str:
        """Raises NotFound, or why it could not be loaded."""
        if not name:
            return ""
        if name in self._failed:
            raise self._failed[name]
        if name not in self._key_of:
            raise no_such(name, sorted(self._key_of))
        return self._key_of[name]

    def retire(self, name: str, call: int | None = None) -> None:
        """Let no more requests have it; `call` is to be told once it is gone. Raises NotFound."""
        if self._failed.pop(name, None) is not None and name not in self._key_of:
            self._key_of[name] = f"{name}#{next(self._clock)}"
            self._loaded[self._key_of[name]] = _Loaded(None)
        leaving = self._loaded[self.key(name)]
        del self._key_of[name]
        leaving.is_leaving = True
        if call is not None:
            leaving.awaited.append(call)

    def released(self, in_use: Iterable[str]) -> Iterator[tuple[str, list[int]]]:
        """Free those that are to leave and that nobody uses: their keys, and the calls that wait for it."""
        used = set(in_use)
        for key, loaded in list(self._loaded.items()):
            if loaded.is_leaving and key not in used:
                if key == self._in_context:
                    self._put("")
                if loaded.handle:
                    llama.llama_adapter_lora_free(loaded.handle)
                del self._loaded[key]
                yield key, loaded.awaited

    def in_turn(self, keys: Iterable[str]) -> list[str]:
        """These, the one that had its last pass longest ago first."""
        return sorted(set(keys), key=lambda key: self._loaded[key].used)

    def use(self, key: str) -> None:
        """Have the next pass made with it."""
        self._loaded[key].used = next(self._clock)
        if key != self._in_context:
            self._put(key)

    def _put(self, key: str) -> None:
        # llama.cpp lays its buffers out anew at the next pass, which takes some milliseconds
        if key:
            handle = ctypes.cast(self._loaded[key].handle, llama.llama_adapter_lora_p_ctypes)
            handles = (llama.llama_adapter_lora_p_ctypes * 1)(handle)
            llama.llama_set_adapters_lora(self._context, handles, 1, (ctypes.c_float * 1)(1.0))
        else:
            llama.llama_set_adapters_lora(self._context, None, 0, None)
        self._in_context = key
