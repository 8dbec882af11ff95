"""What the kinds say of their settings, and what is made of what people type."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bot.complaints import WrongSetting
from bot.connector_settings import (
    about_kind,
    from_texts,
    make_connector,
    plain_settings,
    secrets_of,
    setting_at_fault,
    settings_of,
)
from bot.errors import NotFound
from connectors import KINDS
from connectors.base import CredentialsRejected, Machine, SourceError, SourceUnavailable, Unreachable


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_says_what_it_reads_and_what_its_settings_are(kind: str) -> None:
    settings = {setting.name: setting for setting in settings_of(kind)}
    names = {field.name for field in dataclasses.fields(KINDS[kind]) if field.init}  # type: ignore[arg-type]
    assert about_kind(kind).endswith(".")
    assert settings.keys() == names - {"machine"}
    assert all("\n" not in setting.about for setting in settings.values())
    assert all(settings[name].default is None for name in secrets_of(kind))
    assert [setting.name for setting in settings.values() if not setting.about] == []


def test_a_setting_is_told_in_the_words_of_its_docstring_with_type_and_choices() -> None:
    settings = {setting.name: setting for setting in settings_of("gitlab")}
    assert settings["project"].about == "GROUP/NAME, with subgroups if any."
    assert settings["project"].is_required
    assert (settings["token"].type, settings["token"].is_required) == ("secret", False)
    assert (settings["parts"].type, settings["parts"].choices) == ("choices", ("readme", "wiki", "issues"))
    assert (settings["max_bytes"].type, settings["everyone_may_read"].type) == ("number", "flag")
    assert {setting.type for setting in settings_of("folder")} == {"path", "list", "text", "number"}


def test_a_kind_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(NotFound, match=r"'wikki'.*confluence.*web"):
        settings_of("wikki")


def test_what_was_typed_becomes_values_of_the_right_types(tmp_path: Path) -> None:
    typed = {"path": ["docs"], "include": ["**/*.md", " ", "*.{pdf,hwp}"], "max_bytes": ["7"], "url": [""]}
    given = from_texts("folder", typed)
    connector = make_connector("folder", given, machine=Machine(), folder=tmp_path)
    assert plain_settings("folder", connector, given) == {
        "path": str(tmp_path / "docs"),
        "include": ["**/*.md", "*.{pdf,hwp}"],
        "max_bytes": 7,
    }


@pytest.mark.parametrize(
    ("typed", "setting", "said"),
    [
        ({"path": ["a"], "colour": ["1"]}, "colour", "no setting 'colour'"),
        ({}, "path", "'path' is missing"),
        ({"path": ["a", "b"]}, "path", "one value, not 2"),
        ({"path": ["a"], "max_bytes": ["many"]}, "max_bytes", "max_bytes is 'many'"),
        ({"path": ["a"], "url": ["\ud800"]}, "url", "url holds what is no text"),
    ],
)
def test_what_is_wrong_names_the_field(
    typed: dict[str, list[str]], setting: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(WrongSetting, match=said) as caught:
        make_connector("folder", from_texts("folder", typed), machine=Machine(), folder=tmp_path)
    assert caught.value.setting == setting


@pytest.mark.parametrize(
    ("kind", "error", "given", "setting"),
    [
        ("git", CredentialsRejected("no"), {"remote"}, "token"),
        ("s3", CredentialsRejected("no"), {"secret_key", "session_token"}, "secret_key"),
        ("git", Unreachable("nobody"), {"remote", "token"}, "remote"),
        ("git", SourceUnavailable("no such branch", setting="branch"), {"remote"}, "branch"),
        ("sql", Unreachable("nobody"), {"host", "url"}, "host"),
        ("web", Unreachable("nobody"), {"sitemaps"}, ""),
        ("web", SourceUnavailable("it answers 500"), {"urls"}, ""),
    ],
)
def test_a_failed_check_is_laid_to_the_setting_that_is_likely_at_fault(
    kind: str, error: SourceError, given: set[str], setting: str
) -> None:
    assert setting_at_fault(kind, error, given) == setting


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("folder", {"path": ["a"], "max_bytes": ["many"]}, "max_bytes is 'many', but a whole number is"),
        ("folder", {"path": ["a"], "max_bytes": ["1.5"]}, "max_bytes is '1.5', but a whole number is"),
        ("gitlab", {"project": ["a/b"], "everyone_may_read": ["maybe"]}, "'maybe', but true or false is"),
        ("git", {"remote": ["https://x/y"], "link_to": ["main"]}, "'main', but 'commit' or 'branch' is"),
    ],
)
def test_what_is_expected_is_said_in_plain_words(
    kind: str, typed: dict[str, list[str]], said: str, tmp_path: Path
) -> None:
    with pytest.raises(WrongSetting, match=f"{said} expected") as caught:
        make_connector(kind, from_texts(kind, typed), machine=Machine(), folder=tmp_path)
    assert "Input" not in str(caught.value)
