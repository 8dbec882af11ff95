from __future__ import annotations

import re

import pytest

from bot.errors import NotFound
from bot.models.catalogue import (
    CATALOGUE,
    DEFAULT_CHAT,
    DEFAULT_EMBEDDING,
    HubSource,
    PackageSource,
    can_judge,
    entry_named,
)


def test_the_defaults_can_be_had_from_a_package_index_and_were_tested() -> None:
    for name in (DEFAULT_CHAT, DEFAULT_EMBEDDING):
        entry = entry_named(name)
        assert entry.tested
        assert any(isinstance(source, PackageSource) for source in entry.sources)


def test_what_was_tested_is_known_to_the_byte() -> None:
    for entry in CATALOGUE.values():
        if entry.tested:
            assert re.fullmatch("[0-9a-f]{64}", entry.sha256 or "")
            assert entry.bytes
        else:
            assert entry.sha256 is None


def test_every_package_is_pinned_and_named_once() -> None:
    for entry in CATALOGUE.values():
        for source in entry.sources:
            if isinstance(source, PackageSource):
                assert len(set(source.requirements)) == len(source.requirements)
                assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", one) for one in source.requirements)


def test_a_hub_comes_before_a_package_index() -> None:
    for entry in CATALOGUE.values():
        kinds = [isinstance(source, HubSource) for source in entry.sources]
        assert kinds == sorted(kinds, reverse=True)


def test_no_two_models_share_a_file() -> None:
    files = [entry.file for entry in CATALOGUE.values()]
    assert len(set(files)) == len(files)


def test_an_unknown_name_says_where_to_look() -> None:
    with pytest.raises(NotFound, match="footnote models list"):
        entry_named("gpt-17")


def test_only_models_whose_likelihoods_tell_right_from_wrong_judge_answers() -> None:
    assert can_judge("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")
    assert not can_judge("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf")
    assert can_judge("a-model-of-your-own.gguf")
