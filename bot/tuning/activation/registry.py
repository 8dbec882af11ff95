"""What admins do with tuned adapters: look at them, activate one, roll one back. Slack and CLI call the same.

Who may call them is decided before (bot.access); every change leaves an audit row and an event that stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.errors import FootnoteError, NotFound
from bot.store.adapters import (
    ACTIVATED,
    ROLLED_BACK,
    AdapterEvent,
    Adapters,
    Staleness,
    TunedAdapter,
)
from bot.store.audit import Audit
from bot.store.database import Database
from bot.tuning.activation import gate
from bot.tuning.activation.choice import Activation, active
from bot.tuning.activation.files import (
    AdapterError,
    Digests,
    folders_in,
    read_object,
    served_base,
    sha256,
)
from bot.tuning.activation.watch import Comparison, compare
from bot.tuning.folders import ADAPTER_FILE, CONFIG, MANIFEST, SCORECARD, TuningFolders, is_name

SMALLEST_SHARE = 0.01
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,20}")


@dataclass(frozen=True)
class AdapterStatus:
    """An adapter, and all that an admin wants to know of it."""

    adapter: TunedAdapter
    activations: Sequence[Activation]
    """Where it answers now; none: nowhere."""
    card: Mapping[str, Any] | None
    """Its scorecard; None: it was not measured yet."""
    refusals: Sequence[gate.Refusal]
    """Why it may not be activated; none: it may."""
    staleness: Staleness
    comparisons: Sequence[Comparison]
    """Of one that answers now: how it does beside the base model."""
    trouble: str = ""
    """Why it cannot be used, where it cannot; "" otherwise."""

    @property
    def may_be_activated(self) -> bool:
        """It was measured, and nothing speaks against it."""
        return self.card is not None and not self.refusals and not self.trouble


class AdapterRegistry:
    """The adapters of the runs below a folder of data."""

    def __init__(
        self,
        database: Database,
        folders: TuningFolders,
        *,
        clock: Callable[[], float],
        check_beside_model: Callable[[TunedAdapter], None] = lambda _: None,
    ) -> None:
        """`check_beside_model` raises FootnoteError where the model in use cannot have an adapter."""
        self._adapters = Adapters(database)
        self._audit = Audit(database)
        self._database = database
        self.folders = folders
        self._runs = folders.runs
        self._digests = Digests()
        self._clock = clock
        self._check_beside_model = check_beside_model

    # --- looking --------------------------------------------------------------------------------------------

    def statuses(self) -> list[AdapterStatus]:
        """All that were exported, the newest first. Raises AdapterError where the runs cannot be read,
        StoreError."""
        troubles: dict[str, str] = {}
        for folder in folders_in(self._runs):
            if (folder / ADAPTER_FILE).is_file():
                try:
                    self._enter(folder.name)
                except FootnoteError as exc:
                    troubles[folder.name] = str(exc)
        events = self._adapters.events()
        return [self._status(adapter, active(events), troubles) for adapter in self._adapters.all()]

    def get(self, name: str) -> AdapterStatus:
        """One of them. Raises NotFound, AdapterError, StoreError."""
        adapter = self._enter(name)
        return self._status(adapter, self.active(), {})

    def active(self) -> list[Activation]:
        """Those that answer now, by precedence. Raises StoreError."""
        return active(self._adapters.events())

    def history(self) -> list[AdapterEvent]:
        """All that happened, oldest first. Raises StoreError."""
        return self._adapters.events()

    # --- changing -------------------------------------------------------------------------------------------

    def activate(
        self, name: str, *, who: str, channel: str = "", share: float = 1.0, why: str = ""
    ) -> Activation:
        """Have it answer: in one channel (by its id), a share of the questions, or everywhere.

        Raises GateRefused where it is not proven to be better, NotFound, AdapterError (its file was changed,
        the model in use is another one, the scope makes no sense), StoreError.
        """
        if channel and not _CHANNEL.fullmatch(channel):
            raise AdapterError(
                f"{channel[:80]!r} is no channel.",
                mend="Give its id, such as C0123456789; it stands at the end of its details in Slack.",
            )
        if not SMALLEST_SHARE <= share <= 1 or (channel and share != 1):
            raise AdapterError(
                f"A share of {share:.2%} is not possible{' in a channel' if channel else ''}.",
                mend="Give either a channel, or a share of 1% to 100%.",
            )
        adapter = self._enter(name, anew=True)
        card, digest = self._card(name)
        if card is None:
            raise gate.not_measured(name)
        gate.check(adapter, card)
        self._check_beside_model(adapter)
        event = AdapterEvent(name, ACTIVATED, channel, share, self._now(), who, why, digest)
        with self._database.write():
            self._adapters.add_event(event)
            self._audit.append(who, "activate adapter", f"{name}: {_where(channel, share)}")
        return Activation(name, channel, share, event.at, who)

    def roll_back(self, name: str | None = None, *, who: str, why: str = "") -> str:
        """Have one answer nowhere any more, at once: what answered there before answers again. Without a name
        the one that was activated last. Its name.

        Raises NotFound where it does not answer anywhere, StoreError.
        """
        now = self.active()
        if not now or (name is not None and name not in {one.adapter for one in now}):
            raise NotFound(
                f"The adapter {name[:80]!r} does not answer anywhere." if name else "No adapter answers now.",
                mend="See: footnote tune list",
            )
        name = name or max(now, key=lambda one: one.since).adapter
        with self._database.write():
            self._adapters.add_event(AdapterEvent(name, ROLLED_BACK, "", 1.0, self._now(), who, why))
            self._audit.append(who, "roll back adapter", f"{name}: {why}" if why else name)
        return name

    # --- what is on the disk --------------------------------------------------------------------------------

    def checked_file(self, adapter: TunedAdapter) -> Path:
        """Its file, if that is still what was entered. Raises AdapterError."""
        path = Path(adapter.file)
        if sha256(path) != adapter.sha256:
            raise AdapterError(
                f"{path} is not any more what it was when the adapter {adapter.name} was entered.",
                mend="Put the file back, or export the run again under another name.",
            )
        return path

    def _enter(self, name: str, *, anew: bool = False) -> TunedAdapter:
        """The adapter of a run, written down on first sight. Its file is read if it looks new, or `anew`."""
        if not is_name(name):
            raise NotFound(f"There is no tuned adapter {name[:80]!r}.", mend="See: footnote tune list")
        folder = self._runs / name
        path = folder / ADAPTER_FILE
        if not path.is_file():
            adapter = self._adapters.get(name) if self._is_known(name) else None
            raise (
                AdapterError(f"{path} is gone.", mend=f"Put it back, or run: footnote tune export {name}")
                if adapter
                else NotFound(
                    f"There is no tuned adapter {name!r} ({path}).",
                    mend=f"Train and export one (footnote tune export {name}), or see: footnote tune list",
                )
            )
        digest = self._digests.get(path, anew=anew)
        if self._is_known(name) and (known := self._adapters.get(name)).sha256 == digest:
            return known
        config = read_object(folder / CONFIG)
        manifest = self._manifest(config)
        readers = manifest.get("readers")
        adapter = TunedAdapter(
            name=name,
            file=str(path.absolute()),
            sha256=digest,
            dataset=str(manifest.get("name", "")),
            dataset_hash=str(config.get("dataset_hash", "")),
            base_sha256=served_base(folder, config)[1],
            readers=None if readers is None else tuple(sorted(str(one) for one in readers)),
            created_at=self._now(),
        )
        self._adapters.enter(adapter, _trained(manifest))
        known = self._adapters.get(name)
        if known.sha256 != digest:
            raise AdapterError(
                f"{path} is another file than the adapter {name} that has answered people.",
                mend="Its history has to stay true: train and export under another name.",
            )
        return known

    def _manifest(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Of the dataset of a run. Raises AdapterError where it is not that one: who may be answered by the
        adapter would not be known."""
        path = self.folders.dataset_of(config) / MANIFEST
        if not path.is_file() or sha256(path) != config.get("dataset_hash"):
            raise AdapterError(
                f"The dataset {config.get('dataset') or '?'} of the run is gone, or is not any more what was"
                f" trained on ({path}).",
                mend="Put it back: it says who may be answered by the adapter.",
            )
        return read_object(path)

    def _card(self, name: str) -> tuple[Mapping[str, Any] | None, str]:
        path = self._runs / name / SCORECARD
        return (read_object(path), sha256(path)) if path.is_file() else (None, "")

    def _is_known(self, name: str) -> bool:
        return any(adapter.name == name for adapter in self._adapters.all())

    def _status(
        self, adapter: TunedAdapter, now: Sequence[Activation], troubles: Mapping[str, str]
    ) -> AdapterStatus:
        own = [one for one in now if one.adapter == adapter.name]
        trouble, card = troubles.get(adapter.name, ""), None
        try:
            card, _ = self._card(adapter.name)
        except AdapterError as exc:
            trouble = trouble or str(exc)
        if not trouble and not Path(adapter.file).is_file():
            trouble = f"{adapter.file} is gone."
        refused = gate.refusals(adapter, card) if card is not None else []
        return AdapterStatus(
            adapter=adapter,
            activations=own,
            card=card,
            refusals=refused,
            staleness=self._adapters.staleness(adapter.name),
            comparisons=self.compared(own),
            trouble=trouble,
        )

    def compared(self, activations: Sequence[Activation]) -> list[Comparison]:
        """How one does since it was first activated in these places, beside the base model."""
        if not activations:
            return []
        since = min(one.since for one in activations)
        return compare(
            self._adapters.answered_by(activations[0].adapter, since), self._adapters.compared_with(since)
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _trained(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The documents that the rows of training and validation were made from, with their versions; "" where
    one is not known."""
    documents, versions = manifest.get("documents") or {}, manifest.get("versions") or {}
    learned = {str(one) for split in ("train", "validation") for one in documents.get(split, ())}
    return {document: str(versions.get(document, "")) for document in learned}


def _where(channel: str, share: float) -> str:
    return channel or (f"{share:.0%} of the questions" if share < 1 else "everywhere")
