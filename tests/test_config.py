"""Every wrong setting is answered with its key, its line and what was expected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from bot.config import load_config
from bot.errors import ConfigError, NotFound
from connectors import KINDS
from connectors.base import Machine, Secret

ROOT = Path(__file__).parents[1]


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(written(folder, text), {})
    return str(caught.value)


def test_the_config_in_the_repository_works_as_it_is() -> None:
    config = load_config(ROOT / "config.toml", {"FOOTNOTE_DATA_DIR": "/somewhere"})
    assert config.models_dir == Path("/somewhere/models")
    handbook = config.connectors["handbook"]
    assert handbook.connector.items(None).is_complete
    assert handbook.schedule == "every 15 minutes"


def test_an_empty_file_gives_every_default(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, ""), {})
    assert config.models.chat == "qwen2.5-coder-1.5b-instruct"
    assert config.slack.api_url == "https://slack.com/api/"
    assert config.connectors == {}


def test_secrets_come_from_the_environment_before_dotenv_and_are_never_in_the_repr(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "SLACK_BOT_TOKEN=xoxb-from-file\nSLACK_APP_TOKEN='xapp-from-file'\nSLACK_SIGNING_SECRET=c0ffee\n"
    )
    config = load_config(written(tmp_path, ""), {"SLACK_BOT_TOKEN": "xoxb-from-environment"})
    assert config.slack_bot_token == "xoxb-from-environment"
    assert config.slack_app_token == "xapp-from-file"
    assert "xoxb" not in repr(config)
    assert "xapp" not in repr(config)
    assert config.slack_signing_secret == "c0ffee"
    assert "c0ffee" not in repr(config)


def test_paths_are_relative_to_the_file_and_a_model_may_be_a_path(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'data_dir = "state"\n[models]\nchat = "weights/mine.gguf"\n'
        '[connectors.a]\nkind = "folder"\npath = "docs"\n',
    )
    config = load_config(path, {})
    assert config.data_dir == tmp_path / "state"
    assert config.models.chat == str(tmp_path / "weights/mine.gguf")
    assert getattr(config.connectors["a"].connector, "path", None) == tmp_path / "docs"


SERVED = '[models]\nurl = "http://gpu.corp.local:8080/v1"\nchat = "weights/mine.gguf"\n'


def test_the_key_of_a_model_server_comes_from_the_environment_alone(tmp_path: Path) -> None:
    path = written(tmp_path, SERVED)
    config = load_config(path, {"FOOTNOTE_MODEL_KEY": " sk-canary\n"})
    assert config.model_key == "sk-canary"
    assert config.models.chat == "weights/mine.gguf"  # its name there, no path here
    assert load_config(path, {}).model_key == ""
    path = written(tmp_path, SERVED + 'key = "env:GPU_KEY"\n')
    config = load_config(path, {"GPU_KEY": "sk-other", "FOOTNOTE_MODEL_KEY": "sk-canary"})
    assert config.model_key == "sk-other"
    assert "sk-other" not in repr(config)
    assert load_config(written(tmp_path, ""), {"FOOTNOTE_MODEL_KEY": "sk-canary"}).model_key == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SERVED + 'key = "sk-canary"\n', ["line 4", "models.key", 'key = "env:NAME"']),
        (SERVED + 'key = ["sk-canary"]\n', ["line 4", "models.key", 'key = "env:NAME"']),
        (SERVED + 'key = "env:GPU_KEY"\n', ["line 4", "GPU_KEY", "not set"]),
        ('[models]\nkey = "env:GPU_KEY"\n', ["line 2", "Set url"]),
        ('[models]\n\nurl = "http://a:sk-canary@gpu/v1"\nchat = "m"\n', ["line 3", "without user"]),
        (
            '[models]\nurl = "gpu:8080?key=sk-canary"\nchat = "m"\n',
            ["line 2", "http://gpu.corp.local:8080/v1"],
        ),
        ('[models]\nurl = "http://gpu/v1"\n', ["line 2", "not models.chat", "chat ="]),
        (SERVED + "next_token_seconds = 0\n", ["line 4", "next_token_seconds is 0"]),
        (SERVED + 'adapter = "house-style"\n', ["line 4", "models.adapter", "models.url", "Remove adapter"]),
    ],
)
def test_a_wrong_model_server_names_its_line_and_repeats_no_secret(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    said = complaint(tmp_path, text)
    for part in expected:
        assert part in said
    assert "sk-canary" not in said


def test_a_key_that_can_be_none_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="characters that no key has") as caught:
        load_config(written(tmp_path, SERVED), {"FOOTNOTE_MODEL_KEY": "sk-canary\nX-Other: 1"})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[models]\nchat = 3\n", ["line 2", "models.chat", "3", "a text in quotes"]),
        ("[models]\n\ncontxt = 4096\n", ["line 3", "models.contxt", "not known", "context"]),
        ("colour = 1\n", ["line 1", "'colour'", "data_dir"]),
        ("[models]\ncontext = 12\n", ["line 2", "models.context", "12", "1024"]),
        ("[models]\nthreads = true\n", ["line 2", "models.threads", "whole number"]),
        ('[slack]\napi_url = "slack"\n', ["line 2", "slack.api_url", "https://slack.com/api/"]),
        ('[slack]\ntransport = "https"\n', ["line 2", "slack.transport", "'https'", "'socket' or 'http'"]),
        ('[slack]\nhttp_port = "3000"\n', ["line 2", "slack.http_port", "'3000'", "a whole number"]),
        ("[slack]\n\nhttp_port = 70000\n", ["line 3", "slack.http_port", "70000", "65535"]),
        ('[slack]\nhttp_host = ""\n', ["line 2", "slack.http_host", "at least 1 character"]),
        ('[slack]\nexperts_channel = "#help"\n', ["line 2", "slack.experts_channel", "#help", "C0123456789"]),
        ('[slack]\nexperts_mention = "@hr"\n', ["line 2", "slack.experts_mention", "@hr", "S0123456789"]),
        (
            "[slack]\nhttp_prt = 1\n",
            ["line 2", "slack.http_prt", "http_host, http_port, stale_after_days, transport"],
        ),
        ('[sync]\ntimezone = "Mars/Olympus"\n', ["line 2", "Mars/Olympus", "Asia/Seoul"]),
        ("[models\n", ["not valid TOML", "line 1"]),
        ('[connectors.x]\nkind = "floder"\n', ["line 2", "floder", "folder"]),
        ("[connectors.x]\npath = '/a'\n", ["line 1", "Known kinds", "folder"]),
        ('[connectors.x]\nkind = "folder"\n', ["line 1", "connectors.x.path", "missing"]),
        ('[connectors.x]\nkind = "folder"\npath = "a"\ncolour = 1\n', ["line 4", "'colour'", "path"]),
        ('[connectors.x]\nkind = "folder"\npath = 7\n', ["line 3", "connectors.x.path", "7"]),
        ('[connectors.x]\nkind = "folder"\npath = "a"\nmax_bytes = "x"\n', ["line 4", "a whole number"]),
        ("[slack]\nhttp_port = 70000\n", ["line 2", "http_port is 70000", "65535 or less is expected"]),
        ('[connectors."a b"]\nkind = "folder"\npath = "a"\n', ["'a b'", "small letters"]),
        ('[connectors.x]\nkind = "folder"\npath = "a"\nschedule = 5\n', ["line 4", "every 15 minutes"]),
        (
            '[connectors.x]\nkind = "folder"\npath = "a"\ntimezone = "Mars"\n',
            ["line 4", "Mars", "Asia/Seoul"],
        ),
        (
            '[connectors.x]\nkind = "folder"\npath = "a"\nowner_channel = "#hr"\n',
            ["line 4", "connectors.x.owner_channel", "'#hr'", "C0123456789"],
        ),
        ('[connectors.x]\nkind = "folder"\npath = "a"\nowner_channel = 7\n', ["line 4", "7", "C0123456789"]),
    ],
)
def test_a_wrong_setting_names_key_line_and_what_is_expected(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    said = complaint(tmp_path, text)
    assert "config.toml" in said
    for part in expected:
        assert part in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('hr = "docs"\n', ["line 5", "sets.hr", "'docs'", "a list"]),
        ("hr = []\n", ["line 5", "sets.hr", "names no documents", '["handbook", "wiki/hr/"]']),
        ("hr = [3]\n", ["line 5", "sets.hr.0", "3", "a text in quotes"]),
        ('\nhr = [\n  "docs",\n  "My Docs/hr/",\n]\n', ["line 6", "sets.hr", "'My Docs/hr/'", '"wiki/hr/"']),
        ('hr = ["/hr/"]\n', ["line 5", "'/hr/'", "no connector can be named ''"]),
        ('"인사" = ["docs"]\n', ["document set name '인사'", "small letters"]),
    ],
)
def test_a_document_set_that_cannot_be_is_refused_with_its_line(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    said = complaint(tmp_path, f'[connectors.docs]\nkind = "folder"\npath = "docs"\n[sets]\n{text}')
    for part in ("config.toml", *expected):
        assert part in said


def test_a_document_set_is_known_by_its_name(tmp_path: Path) -> None:
    config = load_config(
        written(
            tmp_path,
            '[sets]\npeople = ["docs/hr/", "wiki", "added-later"]\n'
            '[connectors.docs]\nkind = "folder"\npath = "docs"\n'
            '[connectors.wiki]\nkind = "folder"\npath = "wiki"\n',
        ),
        {},
    )
    assert config.document_set("people") == ("docs/hr/", "wiki", "added-later")
    with pytest.raises(NotFound, match="'poeple'") as caught:
        config.document_set("poeple")
    assert "people" in caught.value.mend
    with pytest.raises(NotFound) as caught:
        load_config(written(tmp_path, ""), {}).document_set("people")
    assert "[sets]" in caught.value.mend


def test_a_missing_file_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--config"):
        load_config(tmp_path / "nowhere.toml", {})


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(path, {})


def test_the_list_of_synonyms_lies_beside_the_settings(tmp_path: Path) -> None:
    config = load_config(
        written(tmp_path, '[search]\nsynonyms = "names.txt"\nshipped_synonyms = false\n'), {}
    )

    assert config.search.synonyms == str(tmp_path / "names.txt")
    assert not config.search.shipped_synonyms
    assert load_config(written(tmp_path, ""), {}).search.synonyms == ""
    assert "shipped_synonyms" in complaint(tmp_path, "[search]\nsynonym = 1\n")


@dataclass(frozen=True)
class Wiki:
    """A connector with everything that is not plain settings."""

    token: Secret
    spaces: tuple[str, ...] = ()
    machine: Machine = Machine()

    kind: ClassVar[str] = "wiki"


def wiki(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "wiki", Wiki)


def test_a_secret_of_a_connector_is_named_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiki(monkeypatch)
    table = '[connectors.docs]\nkind = "wiki"\nspaces = ["HR"]\ntoken = "env:WIKI_TOKEN"\n'
    config = load_config(written(tmp_path, table), {"WIKI_TOKEN": "canary-1"})
    connector: Any = config.connectors["docs"].connector
    assert connector.token.value == "canary-1"
    assert "canary-1" not in repr(config)
    assert "WIKI_TOKEN, which is not set" in complaint(tmp_path, table)
    refused = complaint(tmp_path, table.replace("env:WIKI_TOKEN", "canary-2"))
    assert "line 4" in refused
    assert 'token = "env:NAME"' in refused
    assert "canary-2" not in refused


def test_a_connector_gets_what_the_machine_grants_from_the_network_table_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiki(monkeypatch)
    table = '[connectors.docs]\nkind = "wiki"\ntoken = "env:T"\n'
    network = '[network]\nprivate = ["wiki.corp", "10.0.0.0/8"]\nproxy = "http://proxy.corp:3128"\n'
    config = load_config(written(tmp_path, network + table), {"T": "t", "FOOTNOTE_DATA_DIR": "/data"})
    connector: Any = config.connectors["docs"].connector
    assert connector.machine == Machine(
        private=("wiki.corp", "10.0.0.0/8"),
        proxy="http://proxy.corp:3128",
        cache=Path("/data/sources/docs"),
    )
    assert "no setting 'machine'" in complaint(tmp_path, table + 'machine = "mine"\n')


def test_a_connector_that_refuses_its_settings_is_quoted_without_the_settings_it_was_given(
    tmp_path: Path,
) -> None:
    table = '[connectors.docs]\nkind = "folder"\npath = "docs"\n[connectors.x]\nkind = "notion"\n'
    path = written(tmp_path, table + 'token = "env:T"\nroots = ["hr"]\n')
    with pytest.raises(ConfigError) as caught:
        load_config(path, {"T": "canary"})
    said = f"{caught.value} {caught.value.mend}"
    assert "line 4" in said
    assert "connectors.x: 'hr' in roots is neither the link nor the id" in said
    assert "canary" not in said
    assert "Machine" not in said


def test_a_connector_may_have_an_owner_channel(tmp_path: Path) -> None:
    table = '[connectors.x]\nkind = "folder"\npath = "a"\n'
    config = load_config(written(tmp_path, table + 'owner_channel = "C0123456789"\n'), {})
    assert config.connectors["x"].owner_channel == "C0123456789"
    assert load_config(written(tmp_path, table), {}).connectors["x"].owner_channel == ""


def test_a_time_zone_counts_for_the_schedule_and_for_the_times_that_the_source_names(tmp_path: Path) -> None:
    table = (
        '[connectors.rows]\nkind = "sql"\ndatabase = "sqlite"\npath = "a.db"\nquery = "SELECT 1"\n'
        'url = "https://x/{id}"\neveryone_may_read = true\n'
    )
    config = load_config(written(tmp_path, table + 'timezone = "Europe/Berlin"\n'), {})
    connector: Any = config.connectors["rows"].connector
    assert config.connectors["rows"].timezone == connector.timezone == "Europe/Berlin"
    connector = load_config(written(tmp_path, table), {}).connectors["rows"].connector
    assert connector.timezone == "UTC"
