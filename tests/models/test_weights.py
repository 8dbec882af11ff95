from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import ModelBroken, ModelError, ModelMissing
from bot.models import catalogue
from bot.models.catalogue import CATALOGUE, CatalogueEntry
from bot.models.weights import check_unchanged, is_verified, locate, verified_hash, verify, verify_own


@pytest.fixture
def tiny_entry(tiny_gguf: Path) -> Iterator[CatalogueEntry]:
    """A catalogue entry for the tiny file, in the catalogue while the test runs."""
    data = tiny_gguf.read_bytes()
    entry = replace(
        CATALOGUE["smollm2-135m-instruct"],
        name="tiny",
        file=tiny_gguf.name,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    catalogue.CATALOGUE["tiny"] = entry
    yield entry
    del catalogue.CATALOGUE["tiny"]


def test_a_model_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="footnote models pull multilingual-e5-small"):
        locate("multilingual-e5-small", tmp_path)


def test_a_path_of_a_gguf_always_works(tiny_gguf: Path, tmp_path: Path) -> None:
    assert locate(str(tiny_gguf), tmp_path / "elsewhere") == tiny_gguf


def test_a_path_that_leads_nowhere_is_missing_not_broken(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"nothing\.gguf"):
        locate(tmp_path / "nothing.gguf", tmp_path)


def test_a_truncated_file_of_ones_own_is_refused(tiny_gguf: Path, tmp_path: Path) -> None:
    os.truncate(tiny_gguf, tiny_gguf.stat().st_size // 2)
    with pytest.raises(ModelBroken):
        locate(tiny_gguf, tmp_path)


def test_a_catalogue_model_is_hashed_once_and_again_when_it_changed(
    tiny_entry: CatalogueEntry, tmp_path: Path
) -> None:
    path = locate("tiny", tmp_path)
    assert is_verified(path, tiny_entry)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(1, 1))
    assert not is_verified(path, tiny_entry)
    with pytest.raises(ModelBroken, match="not what the catalogue says"):
        locate("tiny", tmp_path)


def test_a_file_put_in_its_place_with_the_same_size_and_date_is_hashed(
    tiny_entry: CatalogueEntry, tmp_path: Path
) -> None:
    path = locate("tiny", tmp_path)
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    other = tmp_path / "other"
    other.write_bytes(data)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    with pytest.raises(ModelBroken, match="not what the catalogue says"):
        locate("tiny", tmp_path)


def test_bytes_changed_in_place_and_dated_back_are_seen_before_the_model_is_loaded_again(
    tiny_entry: CatalogueEntry, tmp_path: Path
) -> None:
    path = locate("tiny", tmp_path)
    check_unchanged(path)
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\7")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ModelBroken, match="not what it was when it was verified"):
        check_unchanged(path)


def test_the_same_bytes_copied_anew_are_verified_and_one_s_own_file_is_not_asked(
    tiny_entry: CatalogueEntry, tmp_path: Path
) -> None:
    path = locate("tiny", tmp_path)
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)
    check_unchanged(path)
    assert locate("tiny", tmp_path) == path
    assert is_verified(path, tiny_entry)
    own = tmp_path / "own.gguf"
    own.write_bytes(data[:-1])
    check_unchanged(own)


@pytest.mark.parametrize("note", ["", "[]", "{", '{"sha256": 7}', "\x00" * 9])
def test_a_damaged_note_vouches_for_nothing(tiny_entry: CatalogueEntry, tmp_path: Path, note: str) -> None:
    path = locate("tiny", tmp_path)
    path.with_name(path.name + ".verified.json").write_text(note)
    assert not is_verified(path, tiny_entry)
    locate("tiny", tmp_path)
    assert is_verified(path, tiny_entry)


def test_a_file_of_the_wrong_size_is_named_with_both_sizes(
    tiny_entry: CatalogueEntry, tiny_gguf: Path
) -> None:
    os.truncate(tiny_gguf, 100)
    with pytest.raises(ModelBroken, match="100 bytes instead of"):
        verify(tiny_gguf, tiny_entry)


def test_what_has_no_hash_is_not_called_verified(tiny_gguf: Path) -> None:
    with pytest.raises(ModelError, match="cannot be verified"):
        verify(tiny_gguf, CATALOGUE["gemma-3-4b-it"])


def test_a_file_of_ones_own_is_what_it_was_when_it_was_verified_first(tiny_gguf: Path) -> None:
    assert verified_hash(tiny_gguf) is None
    sha256 = verify_own(tiny_gguf)
    assert sha256 == hashlib.sha256(tiny_gguf.read_bytes()).hexdigest() == verified_hash(tiny_gguf)
    data = tiny_gguf.read_bytes()
    tiny_gguf.write_bytes(data[:-1] + b"\7")
    assert verified_hash(tiny_gguf) is None
    with pytest.raises(ModelBroken, match=r"--accept .*tiny\.gguf"):
        verify_own(tiny_gguf)
    with pytest.raises(ModelBroken, match="not what it was when it was verified"):
        check_unchanged(tiny_gguf)
    assert verify_own(tiny_gguf, accept=True) != sha256
    check_unchanged(tiny_gguf)


def test_one_that_was_never_verified_may_be_replaced(tiny_gguf: Path) -> None:
    tiny_gguf.write_bytes(tiny_gguf.read_bytes()[:-1] + b"\7")
    check_unchanged(tiny_gguf)


def test_a_file_that_is_not_there_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"none\.gguf"):
        verify_own(tmp_path / "none.gguf")
