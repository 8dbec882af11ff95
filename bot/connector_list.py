"""The connectors of this Footnote in one list: those of config.toml, and those that were added at run time.

The list is read from the database each time somebody looks, so what another process added, edited or removed
counts at once. A name that config.toml has is its own: what was added under it waits until it is free.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from bot.complaints import WrongSetting
from bot.config import Config, ConnectorConfig, is_channel, is_timezone
from bot.connector_settings import (
    check_known,
    check_name,
    from_texts,
    known_kind,
    make_connector,
    plain_settings,
    secrets_of,
    settings_of,
)
from bot.errors import ConfigError, FootnoteError, NotAllowed
from bot.sealed import KEY_VARIABLE, Seal, load_seal
from bot.store.connectors import AddedConnector, AddedConnectors
from bot.store.database import Database
from connectors.base import Connector, Document, Item, Listing, Machine, Secret, SourceUnavailable, cache_of

VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
"""How a secret names the variable that holds it."""
_WHERE_TO = re.compile(r"url|^(remote|host|port|tls|sitemaps|within|bucket|region|tenant)$")
"""Settings that say where secrets are sent."""


@dataclass(frozen=True)
class Draft:
    """A connector that is not saved yet: ready for `connector.check()`."""

    added: AddedConnector
    connector: Connector
    instead_of: AddedConnector | None
    """What it is made from; None where it is new."""


class SecretsMoved(WrongSetting):
    """A setting says anew where secrets are sent, so that one has to be given anew. `moved` names it."""

    def __init__(self, message: str, *, mend: str, setting: str, moved: str) -> None:
        super().__init__(message, mend=mend, setting=setting)
        self.moved = moved


@dataclass(frozen=True)
class Unusable:
    """Stands for an added connector that cannot be made; nothing of it is deleted meanwhile."""

    kind: str
    reason: str

    def check(self) -> str:
        raise SourceUnavailable(self.reason)

    def items(self, cursor: str | None) -> Listing:
        del cursor
        raise SourceUnavailable(self.reason)

    def fetch(self, item: Item) -> Document:
        del item
        raise SourceUnavailable(self.reason)


class ConnectorList(Mapping[str, Connector]):
    """Name to connector, as they are now. Every use of it raises StoreError where the file fails.

    `check_schedule` is given a schedule and its time zone and raises ValueError.
    """

    def __init__(
        self, config: Config, database: Database, check_schedule: Callable[[str, str], object]
    ) -> None:
        self._config = config
        self._check_schedule = check_schedule
        self._added = AddedConnectors(database)
        self._made: dict[str, tuple[AddedConnector, ConnectorConfig]] = {}
        self._making = threading.Lock()

    # --- looking -------------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Connector:
        return self.entries()[name].connector

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries())

    def __len__(self) -> int:
        return len(self.entries())

    def entries(self) -> Mapping[str, ConnectorConfig]:
        """Those of config.toml in its order, then those added, in theirs."""
        found = dict(self._config.connectors)
        for added in self._added.list():
            if added.name not in found:
                found[added.name] = self._entry(added)
        return found

    def added(self, name: str) -> AddedConnector:
        """As it was entered. Raises NotFound, NotAllowed where config.toml has it."""
        self._check_is_not_in_file(name)
        return self._added.get(name)

    # --- changing ------------------------------------------------------------------------------------------

    def draft(
        self,
        kind: str,
        name: str,
        settings: Mapping[str, Sequence[str]],
        secrets: Mapping[str, str],
        *,
        schedule: str = "",
        timezone: str = "",
        owner_channel: str = "",
        on_machine: bool,
    ) -> Draft:
        """A new connector from what was typed: texts of each setting (several of a list), and its secrets,
        each as it is or as "env:NAME".

        `on_machine` says whether who does this is signed in on this machine: only they may name its files and
        variables, which an admin in Slack could otherwise have sent anywhere.
        Raises NotFound, NotAllowed, WrongSetting, ConfigError.
        """
        check_name(name)
        self._check_is_not_in_file(name)
        known_kind(kind)
        if any(added.name == name for added in self._added.list()):
            raise WrongSetting(
                f"There is a connector {name!r} already.",
                mend=f"Choose another name, or: footnote connectors edit {name}",
                setting="name",
            )
        empty = AddedConnector(name, kind, {}, {}, schedule, timezone, owner_channel)
        return self._draft(None, empty, settings, secrets, on_machine=on_machine)

    def changed(
        self,
        name: str,
        settings: Mapping[str, Sequence[str]],
        secrets: Mapping[str, str],
        *,
        schedule: str | None = None,
        timezone: str | None = None,
        owner_channel: str | None = None,
        on_machine: bool,
    ) -> Draft:
        """One that was added, with these settings in the place of its own; an empty text takes one away.

        Where it says anew where its secrets are sent, they have to be given anew: nobody who edits it can
        have them sent elsewhere. Raises as `draft` does.
        """
        old = self.added(name)
        new = replace(
            old,
            schedule=old.schedule if schedule is None else schedule,
            timezone=old.timezone if timezone is None else timezone,
            owner_channel=old.owner_channel if owner_channel is None else owner_channel,
        )
        return self._draft(old, new, settings, secrets, on_machine=on_machine)

    def save(self, draft: Draft, *, who: str) -> None:
        """Add it, or put it in the place of the one it came from. Leaves an audit row.

        Raises NotAllowed, and saves nothing where somebody was faster: Outdated, NotFound.
        """
        self._check_is_not_in_file(draft.added.name)
        self._added.save(draft.added, draft.instead_of, who=who)

    def remove(self, name: str, *, who: str) -> None:
        """Take it out of the list; its documents are bot.admin's to forget. Leaves an audit row.

        Raises NotFound, NotAllowed where config.toml has it.
        """
        self._check_is_not_in_file(name)
        self._added.remove(name, who=who)

    # --- how -----------------------------------------------------------------------------------------------

    def _draft(
        self,
        instead_of: AddedConnector | None,
        old: AddedConnector,
        settings: Mapping[str, Sequence[str]],
        secrets: Mapping[str, str],
        *,
        on_machine: bool,
    ) -> Draft:
        kind = old.kind
        check_known(kind, [*settings, *secrets])
        for field in settings.keys() & secrets_of(kind):
            raise WrongSetting(
                f"{field} is a secret, which is not given like other settings.",
                mend=f"On the command line: --secret {field}",
                setting=field,
            )
        for field in secrets.keys() - secrets_of(kind):
            raise WrongSetting(
                f"{field} is no secret.", mend=f"Give it with --set {field}=...", setting=field
            )
        typed = from_texts(kind, {key: list(texts) for key, texts in settings.items()})
        kept = {key: value for key, value in old.settings.items() if key not in settings}
        given = {**kept, **typed}
        held = {key: text for key, text in old.secrets.items() if key not in secrets}
        seal: Seal | None = None
        for field, text in secrets.items():
            if VARIABLE.fullmatch(text.strip()):
                if not on_machine:
                    raise WrongSetting(
                        f"{field} names a variable, which only somebody at the machine may do.",
                        mend="Enter the secret itself, or use: footnote connectors",
                        setting=field,
                    )
                held[field] = text.strip()
            elif text.strip():
                seal = seal or self._seal()
                held[field] = seal.seal(Secret(text.strip()), connector=old.name, field=field)
        added = replace(old, settings=given, secrets=held)
        entry = self._make(added)
        plain = plain_settings(kind, entry.connector, given)
        self._check_changes(old, plain, secrets, on_machine=on_machine)
        try:
            self._check_schedule(entry.schedule, entry.timezone)
        except ValueError as exc:
            raise WrongSetting(f"The schedule {exc}.", mend="Mend it.", setting="schedule") from exc
        return Draft(replace(added, settings=plain), entry.connector, instead_of)

    def _check_changes(
        self, old: AddedConnector, new: Mapping[str, Any], secrets: Mapping[str, str], *, on_machine: bool
    ) -> None:
        types = {setting.name: setting.type for setting in settings_of(old.kind)}
        changed = {key for key in {*old.settings, *new} if old.settings.get(key) != new.get(key)}
        for key in sorted(changed):
            value = str(new.get(key, ""))
            if re.search(r"://[^/?#\s]*:[^/?#\s]*@", value):
                raise WrongSetting(
                    f"{key} holds a password.", mend="Give it as a secret, where it is sealed.", setting=key
                )
            if key == "remote" and value and not re.match(r"https?://", value) and not on_machine:
                raise WrongSetting(
                    "remote has to begin with https:// or http://: all else is reached with files or keys of "
                    "this machine, which only somebody at it may name.",
                    mend="Give the address as in https://git.example.com/team/docs.git, or use: footnote "
                    "connectors",
                    setting=key,
                )
            is_local = types[key] == "path" or key == "ssh_key"
            if is_local and value and not on_machine:
                raise WrongSetting(
                    f"{key} names something of this machine, which only somebody at it may do.",
                    mend="Use: footnote connectors, or config.toml",
                    setting=key,
                )
        if moved := sorted(key for key in changed if _WHERE_TO.search(key)):
            for field in old.secrets.keys() - secrets.keys():
                raise SecretsMoved(
                    f"{moved[0]} says where {field} is sent, so that has to be given again.",
                    mend=f"On the command line: --secret {field}" if on_machine else "Enter it again.",
                    setting=field,
                    moved=moved[0],
                )

    def _check_is_not_in_file(self, name: str) -> None:
        if entry := self._config.connectors.get(name):
            raise NotAllowed(
                f"The connector {name} is managed by {self._config.path.name}.",
                mend=f"Change it there, in line {entry.line}.",
            )

    def _entry(self, added: AddedConnector) -> ConnectorConfig:
        """Made once for as long as it stays as it is: connectors remember things between two fetches."""
        with self._making:
            held = self._made.get(added.name)
            if held is not None and held[0] == added:
                return held[1]
            try:
                entry = self._make(added)
            except FootnoteError as exc:  # not kept: the key or a variable may be there the next time
                unusable = cast(Connector, Unusable(added.kind, str(exc)))
                return self._as_config(added, unusable)
            self._made[added.name] = (added, entry)
            return entry

    def _make(self, added: AddedConnector) -> ConnectorConfig:
        """Raises WrongSetting, ConfigError, NotFound where this Footnote has no such kind."""
        known_kind(added.kind)
        _, _, timezone = self._times(added)
        if not is_timezone(timezone):
            raise WrongSetting(
                f"{timezone!r} is no time zone.", mend='Name one such as "Asia/Seoul".', setting="timezone"
            )
        if added.owner_channel and not is_channel(added.owner_channel):
            raise WrongSetting(
                f"{added.owner_channel!r} is no id of a channel.",
                mend="Give one such as C0123456789; it stands at the end of the channel's details in Slack.",
                setting="owner_channel",
            )
        settings = dict(added.settings)
        for field, text in added.secrets.items():
            settings[field] = self._secret(added.name, field, text)
        network = self._config.network
        cache = cache_of(self._config.data_dir, added.name)
        connector = make_connector(
            added.kind,
            settings,
            machine=Machine(private=network.private, proxy=network.proxy, cache=cache),
            folder=self._config.path.parent,
        )
        return self._as_config(added, connector)

    def _as_config(self, added: AddedConnector, connector: Connector) -> ConnectorConfig:
        return ConnectorConfig(
            added.name,
            connector,
            *self._times(added),
            added_by=added.added_by,
            owner_channel=added.owner_channel,
        )

    def _times(self, added: AddedConnector) -> tuple[str, int, str]:
        """Its schedule, its line in config.toml (it has none) and its time zone."""
        sync = self._config.sync
        zone = added.timezone or str(added.settings.get("timezone") or sync.timezone)
        return added.schedule or sync.schedule, 0, zone

    def _secret(self, name: str, field: str, text: str) -> Secret:
        if named := VARIABLE.fullmatch(text):
            held = "" if named[1] == KEY_VARIABLE else self._config.variables.get(named[1], "").strip()
            if not held:
                raise ConfigError(
                    f"The secret {field} of {name} names the variable {named[1]}, which is not set.",
                    mend=f"Set {named[1]} in .env or the environment.",
                )
            return Secret(held)
        return self._seal().open(text, connector=name, field=field)

    def _seal(self) -> Seal:
        return load_seal(self._config.data_dir, self._config.variables.get(KEY_VARIABLE, "").strip())
