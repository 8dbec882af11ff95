"""Secrets at rest, with real cryptography and real files."""

from __future__ import annotations

import base64
import stat
import threading
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.sealed import Seal, key_path, load_seal
from connectors.base import Secret

CANARY = Secret("canary-토큰-5f1d")
KEY = base64.b64encode(bytes(range(32))).decode()


def test_a_secret_comes_back_in_its_own_place_and_shows_nowhere_else(tmp_path: Path) -> None:
    seal = load_seal(tmp_path, "")
    sealed = seal.seal(CANARY, connector="wiki", field="token")
    assert seal.open(sealed, connector="wiki", field="token") == CANARY
    assert CANARY.value not in sealed
    assert sealed != seal.seal(CANARY, connector="wiki", field="token")


@pytest.mark.parametrize(("connector", "field"), [("other", "token"), ("wiki", "password")])
def test_a_sealed_value_opens_in_no_other_place(tmp_path: Path, connector: str, field: str) -> None:
    seal = load_seal(tmp_path, "")
    sealed = seal.seal(CANARY, connector="wiki", field="token")
    with pytest.raises(ConfigError, match=f"{field} of connector {connector} is not as it was sealed"):
        seal.open(sealed, connector=connector, field=field)


def test_another_key_is_named_as_such_with_what_to_do(tmp_path: Path) -> None:
    sealed = load_seal(tmp_path, "").seal(CANARY, connector="wiki", field="token")
    with pytest.raises(ConfigError, match=r"another key.*FOOTNOTE_KEY.*edit wiki --secret token") as caught:
        load_seal(tmp_path, KEY).open(sealed, connector="wiki", field="token")
    assert KEY not in str(caught.value)


def test_what_was_altered_or_is_no_seal_is_refused(tmp_path: Path) -> None:
    seal = load_seal(tmp_path, KEY)
    sealed = seal.seal(CANARY, connector="wiki", field="token")
    middle = len(sealed) // 2
    flipped = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    for wrong in (flipped, sealed[:-8], sealed[:12], "v1..", "", "env:TOKEN", "v9" + sealed[2:]):
        with pytest.raises(ConfigError, match=r"--secret token"):
            seal.open(wrong, connector="wiki", field="token")


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made: list[Seal] = []
    threads = [threading.Thread(target=lambda: made.append(load_seal(data, ""))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in data.iterdir()] == ["footnote.key"]
    assert stat.S_IMODE(key_path(data).stat().st_mode) == 0o600
    sealed = made[0].seal(CANARY, connector="wiki", field="token")
    assert {each.open(sealed, connector="wiki", field="token").value for each in made} == {CANARY.value}


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    load_seal(tmp_path, "")
    key_path(tmp_path).chmod(0o640)
    with pytest.raises(ConfigError, match=r"may be read by other users.*chmod 600"):
        load_seal(tmp_path, "")


@pytest.mark.parametrize("text", ["secret", KEY[:-4], KEY + KEY, "한글", "\x00"])
def test_what_is_no_key_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="FOOTNOTE_KEY is no key: 32 bytes") as caught:
        load_seal(tmp_path, text)
    assert text not in str(caught.value).replace("FOOTNOTE_KEY", "")
    assert not key_path(tmp_path).exists()
    path = key_path(tmp_path)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="holds no key"):
        load_seal(tmp_path, "")
