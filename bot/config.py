"""config.toml and the environment, read once into a frozen Config. The only module that reads either.

Every complaint is a ConfigError that names the key, the line, what was expected and what to do.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import platformdirs
from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot.complaints import WrongSetting, complaint
from bot.connector_settings import check_known, check_name, make_connector, secrets_of, settings_of
from bot.errors import ConfigError, NotFound
from bot.toml_lines import Key, TomlLines
from connectors import KINDS
from connectors.base import Connector, Machine, Secret, cache_of

SLACK_API_URL = "https://slack.com/api/"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Models(_Table):
    """[models]"""

    chat: str = "qwen2.5-coder-1.5b-instruct"
    adapter: str = ""
    """The LoRA adapter that answers are written with: a name in the models folder, or the path of a .gguf
    file; empty for none."""
    embedding: str = "multilingual-e5-small"
    context: int = Field(default=4096, ge=1024, le=131072)
    threads: int = Field(default=0, ge=0, le=256)
    url: str = ""
    """Of the OpenAI-compatible server that has the chat model; empty: it is a file here."""
    key: object = ""
    """Names the variable that holds the key of that server: "env:NAME". Without it: FOOTNOTE_MODEL_KEY."""
    first_token_seconds: int = Field(default=120, ge=1, le=3600)
    """What that server may take to begin a reply."""
    next_token_seconds: int = Field(default=30, ge=1, le=3600)
    """What it may take between two tokens."""


class Answers(_Table):
    """[answers]"""

    max_tokens: int = Field(default=256, ge=16, le=4096)


class Slack(_Table):
    """[slack]"""

    admins: tuple[str, ...] = ()
    api_url: str = SLACK_API_URL
    transport: Literal["socket", "http"] = "socket"
    http_host: str = Field(default="127.0.0.1", min_length=1)
    http_port: int = Field(default=3000, ge=0, le=65535)
    experts_channel: str = ""
    """Id of the channel where people are asked what the documents do not answer; empty: nobody is."""
    experts_mention: str = ""
    """Id of the person or user group mentioned there; empty for nobody."""
    digest: str = "0 9 * * mon"
    """When whoever looks after documents is told what a week wanted of them; "" or "never": they are not. Not
    yet checked, as the schedules of connectors."""
    stale_after_days: int = Field(default=365, ge=1, le=36500)
    """Documents that answers cite, and that did not change for longer, stand in the digest."""

    @field_validator("admins", mode="before")
    @classmethod
    def _as_tuple(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("experts_channel")
    @classmethod
    def _is_a_channel(cls, value: str) -> str:
        if value and not is_channel(value):
            raise ValueError(
                "the id of a channel such as C0123456789 is expected (at the end of its details in Slack)"
            )
        return value

    @field_validator("experts_mention")
    @classmethod
    def _is_somebody(cls, value: str) -> str:
        if value and not re.fullmatch(r"[SUW][A-Z0-9]{8,20}", value):
            raise ValueError(
                "the id of a user group such as S0123456789, or of a person such as U0123456789, is expected"
            )
        return value

    @field_validator("api_url")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        if not re.match(r"https?://\S+$", value):
            raise ValueError("a URL such as https://slack.com/api/ is expected")
        return value if value.endswith("/") else value + "/"


class TuneConfig(_Table):
    """[tune]"""

    teacher_url: str = ""
    """Of the OpenAI-compatible server whose model writes training questions and answers; empty: the chat
    model does."""
    teacher_model: str = ""
    """The name of that model at its server."""
    teacher_key: object = ""
    """Names the variable that holds the key of that server: "env:NAME". Without it: FOOTNOTE_TEACHER_KEY."""
    schedule: str = ""
    """When an adapter is prepared by itself; "" or "never": not so. Not yet checked, as the schedules of
    connectors."""
    after_answers: int = Field(default=0, ge=0, le=100_000)
    """So many newly approved or corrected answers are a reason to prepare one, too; 0: they are none."""


class Sync(_Table):
    """[sync]"""

    schedule: str = "every 15 minutes"
    timezone: str = "UTC"

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if not is_timezone(value):
            raise ValueError('a time zone such as "Asia/Seoul" is expected')
        return value


class Search(_Table):
    """[search]"""

    synonyms: str = ""
    """Path of the company's own list, empty for none; absolute once loaded."""
    shipped_synonyms: bool = True


class Network(_Table):
    """[network]"""

    private: tuple[str, ...] = ()
    """Host names, addresses and networks in private ranges that connectors may visit."""
    proxy: str = ""
    """The HTTP proxy through which connectors reach the world; empty for none."""

    @field_validator("private", mode="before")
    @classmethod
    def _as_tuple(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("proxy")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        if value and not re.match(r"https?://[^\s/]+/?$", value):
            raise ValueError("an address such as http://proxy.example.com:3128 is expected")
        return value


class _File(_Table):
    data_dir: str = ""
    models: Models = Models()
    answers: Answers = Answers()
    slack: Slack = Slack()
    sync: Sync = Sync()
    search: Search = Search()
    network: Network = Network()
    tune: TuneConfig = TuneConfig()
    sets: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    connectors: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("sets", mode="before")
    @classmethod
    def _lists_as_tuples(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: tuple(each) if isinstance(each, list) else each for name, each in value.items()}


@dataclass(frozen=True)
class ConnectorConfig:
    """One [connectors.NAME] table: the connector, ready to use, and when it is synced."""

    name: str
    connector: Connector
    schedule: str
    """Not yet checked: bot.sync.schedule knows what a schedule may be."""
    line: int
    timezone: str = "UTC"
    """In which cron times are read."""
    added_by: str = ""
    """The principal who added it at run time; empty: it stands in config.toml."""
    owner_channel: str = ""
    """Id of the Slack channel of those who look after these documents; empty: nobody is named."""


@dataclass(frozen=True)
class Config:
    """All settings. `path` is the file they came from."""

    path: Path
    data_dir: Path
    """Holds the database."""
    models_dir: Path
    """Holds the weights: `models` in the data directory."""
    models: Models
    answers: Answers
    slack: Slack
    sync: Sync
    connectors: Mapping[str, ConnectorConfig]
    search: Search = dataclasses.field(default_factory=Search)
    sets: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """[sets]: name to what a search of it is within, as bot.contracts.Filter has it."""
    network: Network = dataclasses.field(default_factory=Network)
    variables: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    """The environment and .env, where settings that name a variable find it."""
    model_key: str = dataclasses.field(default="", repr=False)
    """Of the server at models.url; empty where it wants none."""
    tune: TuneConfig = dataclasses.field(default_factory=TuneConfig)
    teacher_key: str = dataclasses.field(default="", repr=False)
    """Of the server at tune.teacher_url; empty where it wants none."""
    slack_bot_token: str = dataclasses.field(default="", repr=False)
    slack_app_token: str = dataclasses.field(default="", repr=False)
    """Needed by slack.transport "socket" alone."""
    slack_signing_secret: str = dataclasses.field(default="", repr=False)
    """Needed by slack.transport "http" alone."""

    @property
    def database_path(self) -> Path:
        return self.data_dir / "footnote.db"

    def document_set(self, name: str) -> tuple[str, ...]:
        """What the document set of that name is within. Raises NotFound."""
        if name not in self.sets:
            known = ", ".join(self.sets)
            raise NotFound(
                f"There is no document set {name!r}.",
                mend=f"In {self.path.name}: {known}."
                if known
                else f"Name one in {self.path.name}, under [sets].",
            )
        return self.sets[name]


def load_config(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """Read config.toml (`path`, else FOOTNOTE_CONFIG, else ./config.toml), `.env` and the environment.

    A variable that is set wins over `.env`. Raises ConfigError.
    """
    given = os.environ if environment is None else environment
    path = path or Path(given.get("FOOTNOTE_CONFIG", "config.toml"))
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"There is no settings file {path}.",
            mend="Run footnote where config.toml lies, or name it: footnote --config FILE ...",
        ) from None
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"The settings file {path} cannot be read: {exc}.") from exc
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path} is not valid TOML: {exc}.", mend="Mend that line.") from exc

    lines = TomlLines(path, text)
    try:
        file = _File.model_validate(tables)
    except ValidationError as exc:
        raise complaint(lambda key: f"{lines.place(key)}: ", exc, (), _known_keys) from exc
    variables = {**_dotenv(path.parent / ".env"), **given}
    data_dir = _below(
        path.parent,
        variables.get("FOOTNOTE_DATA_DIR") or file.data_dir or platformdirs.user_data_dir("footnote"),
    )
    return Config(
        path=path,
        data_dir=data_dir,
        models_dir=data_dir / "models",
        models=_with_paths(file.models, path.parent),
        answers=file.answers,
        slack=file.slack,
        sync=file.sync,
        search=_with_path(file.search, path.parent),
        sets={name: _document_set(lines, name, within) for name, within in file.sets.items()},
        connectors={
            name: _connector(lines, name, table, file.sync, variables, file.network, data_dir)
            for name, table in file.connectors.items()
        },
        network=file.network,
        variables=variables,
        model_key=_model_key(lines, file.models, variables),
        tune=file.tune,
        teacher_key=_teacher_key(lines, file.tune, variables),
        slack_bot_token=variables.get("SLACK_BOT_TOKEN", "").strip(),
        slack_app_token=variables.get("SLACK_APP_TOKEN", "").strip(),
        slack_signing_secret=variables.get("SLACK_SIGNING_SECRET", "").strip(),
    )


def _connector(
    lines: TomlLines,
    name: str,
    table: dict[str, Any],
    sync: Sync,
    variables: Mapping[str, str],
    network: Network,
    data_dir: Path,
) -> ConnectorConfig:
    here: Key = ("connectors", name)
    check_name(name, where=f"{lines.place(here)}: ")
    settings = dict(table)
    kind = settings.pop("kind", None)
    schedule = settings.pop("schedule", sync.schedule)
    timezone = settings.pop("timezone", sync.timezone)
    owner_channel = settings.pop("owner_channel", "")
    if kind not in KINDS:
        raise ConfigError(
            f"{lines.place((*here, 'kind'))}: connectors.{name} has kind {kind!r}.",
            mend=f"Known kinds: {', '.join(sorted(KINDS))}.",
        )
    if not isinstance(schedule, str):
        raise ConfigError(
            f"{lines.place((*here, 'schedule'))}: connectors.{name}.schedule must be a text.",
            mend='For example "every 15 minutes" or "0 * * * *".',
        )
    if not isinstance(timezone, str) or not is_timezone(timezone):
        raise ConfigError(
            f"{lines.place((*here, 'timezone'))}: connectors.{name}.timezone is {timezone!r}, no time zone.",
            mend='Name one such as "Asia/Seoul".',
        )
    if not isinstance(owner_channel, str) or not (owner_channel == "" or is_channel(owner_channel)):
        raise ConfigError(
            f"{lines.place((*here, 'owner_channel'))}: connectors.{name}.owner_channel is {owner_channel!r}, "
            "no id of a channel.",
            mend="Give one such as C0123456789; it stands at the end of the channel's details in Slack.",
        )

    def where(key: Key) -> str:
        return f"{lines.place(key)}: "

    if "timezone" in table and any(setting.name == "timezone" for setting in settings_of(kind)):
        settings["timezone"] = timezone  # a kind that reads times of its own reads them in the same zone
    check_known(kind, settings, where=where, under=here)
    for key in settings.keys() & secrets_of(kind):
        settings[key] = _secret(lines, (*here, key), settings[key], variables)
    connector = make_connector(
        kind,
        settings,
        machine=Machine(private=network.private, proxy=network.proxy, cache=cache_of(data_dir, name)),
        folder=lines.path.parent,
        where=where,
        under=here,
    )
    return ConnectorConfig(name, connector, schedule, lines.line(here), timezone, owner_channel=owner_channel)


def is_timezone(name: str) -> bool:
    """Whether this machine knows the time zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def is_channel(text: str) -> bool:
    """Whether that can be the id of a channel in Slack."""
    return re.fullmatch(r"[CG][A-Z0-9]{8,20}", text) is not None


def _secret(lines: TomlLines, key: Key, value: Any, variables: Mapping[str, str]) -> Secret:
    """What the variable holds that a setting names; the complaint never repeats the value."""
    where, setting = lines.place(key), ".".join(key)
    named = re.fullmatch(r"env:([A-Za-z_][A-Za-z0-9_]*)", value) if isinstance(value, str) else None
    if named is None:
        raise ConfigError(
            f"{where}: {setting} is a secret, which does not stand in this file.",
            mend=f'Put it into .env as a variable and name that: {key[-1]} = "env:NAME".',
        )
    if not (held := variables.get(named[1], "").strip()):
        raise ConfigError(
            f"{where}: {setting} names the variable {named[1]}, which is not set.",
            mend=f"Set {named[1]} in .env or the environment.",
        )
    return Secret(held)


def _model_key(lines: TomlLines, models: Models, variables: Mapping[str, str]) -> str:
    """The key of the model server, once its settings are checked; no complaint repeats url or key."""

    def wrong(setting: str, what: str, mend: str) -> ConfigError:
        return ConfigError(f"{lines.place(('models', setting))}: {what}.", mend=mend)

    if not models.url:
        if models.key:
            raise wrong(
                "key", "models.key is that of a model server", "Set url under [models], or remove key."
            )
        return ""
    if models.adapter:
        raise wrong(
            "adapter",
            "models.adapter is for a model on this machine, and models.url names a server",
            "Remove adapter and have the server load it (llama-server: --lora; of vLLM, chat is the name of"
            " the adapter), or remove url.",
        )
    if not _is_server(models.url):
        raise wrong(
            "url",
            "models.url has to be the address of a server, without user, password or query",
            'For example url = "http://gpu.corp.local:8080/v1". A key goes into .env.',
        )
    if "chat" not in models.model_fields_set:
        raise wrong(
            "url",
            "models.url is set, but not models.chat",
            'Name the model as that server does: chat = "NAME" under [models].',
        )
    key = _secret(lines, ("models", "key"), models.key, variables).value if models.key else ""
    key = key or variables.get("FOOTNOTE_MODEL_KEY", "").strip()
    if not key.isascii() or not key.isprintable():
        raise wrong(
            "key", "the key of the model server has characters that no key has", "Copy it anew into .env."
        )
    return key


def _teacher_key(lines: TomlLines, tune: TuneConfig, variables: Mapping[str, str]) -> str:
    """The key of the teacher's server, once its settings are checked; no complaint repeats url or key."""

    def wrong(setting: str, what: str, mend: str) -> ConfigError:
        return ConfigError(f"{lines.place(('tune', setting))}: {what}.", mend=mend)

    if not tune.teacher_url:
        if tune.teacher_model or tune.teacher_key:
            setting = "teacher_model" if tune.teacher_model else "teacher_key"
            raise wrong(
                setting,
                f"tune.{setting} is that of a teacher on a server, and tune.teacher_url is not set",
                "Set teacher_url under [tune], or remove it.",
            )
        return ""
    if not _is_server(tune.teacher_url):
        raise wrong(
            "teacher_url",
            "tune.teacher_url has to be the address of a server, without user, password or query",
            'For example teacher_url = "http://gpu.corp.local:8080/v1". A key goes into .env.',
        )
    if not tune.teacher_model:
        raise wrong(
            "teacher_url",
            "tune.teacher_url is set, but not tune.teacher_model",
            'Name the model as that server does: teacher_model = "NAME" under [tune].',
        )
    key = (
        _secret(lines, ("tune", "teacher_key"), tune.teacher_key, variables).value if tune.teacher_key else ""
    )
    key = key or variables.get("FOOTNOTE_TEACHER_KEY", "").strip()
    if not key.isascii() or not key.isprintable():
        raise wrong(
            "teacher_key", "the key of the teacher has characters that no key has", "Copy it anew into .env."
        )
    return key


def _is_server(url: str) -> bool:
    """Whether that is the address of a model server, and nothing besides."""
    address = re.fullmatch(r"https?://([^/?#\s]+)(/[^?#\s]*)?", url)
    return address is not None and "@" not in address[1]


def _document_set(lines: TomlLines, name: str, within: tuple[str, ...]) -> tuple[str, ...]:
    """Whether there are such connectors shows later: some are added at run time (bot.doctor.sets)."""
    here: Key = ("sets", name)
    check_name(name, what="document set", where=f"{lines.place(here)}: ")
    if not within:
        raise ConfigError(
            f"{lines.place(here)}: sets.{name} names no documents.",
            mend='For example: ["handbook", "wiki/hr/"], a connector and the beginning of paths in another.',
        )
    for scope in within:
        connector = scope.partition("/")[0]
        try:
            check_name(connector)
        except WrongSetting as exc:
            raise ConfigError(
                f"{lines.place(here)}: sets.{name} has {scope!r}; no connector can be named {connector!r}.",
                mend='A connector is expected, or one and the beginning of paths in it: "wiki/hr/".',
            ) from exc
    return within


def _with_paths(models: Models, folder: Path) -> Models:
    """Model names that are paths of files, made absolute; what a server calls its model stays as it is."""
    return models.model_copy(
        update={
            key: str(_below(folder, value))
            for key in (("embedding",) if models.url else ("chat", "embedding", "adapter"))
            if (value := getattr(models, key)).endswith(".gguf")
        }
    )


def _with_path(search: Search, folder: Path) -> Search:
    if not search.synonyms:
        return search
    return search.model_copy(update={"synonyms": str(_below(folder, search.synonyms))})


def _below(folder: Path, text: str) -> Path:
    return (folder / Path(text).expanduser()).absolute()


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    return {key: value for key, value in dotenv_values(path).items() if value is not None}


def _known_keys(table: Key) -> list[str]:
    tables: dict[Key, type[BaseModel]] = {
        (): _File, ("models",): Models, ("answers",): Answers, ("slack",): Slack, ("sync",): Sync,
        ("search",): Search, ("network",): Network, ("tune",): TuneConfig,
    }  # fmt: skip
    return sorted(tables[table].model_fields) if table in tables else []
