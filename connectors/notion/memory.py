"""What a Notion connector remembers between listings: an optimisation, but for one thing (see `versions`)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from connectors.notion.tree import Parent, Tree

_FILE = "listing.json"


@dataclass
class Memory:
    """The last listing, in memory and in the directory of the connector."""

    path: Path | None = None
    is_kept: bool = False
    """Whether there was a listing before this one."""
    versions: dict[str, str] = field(default_factory=dict)
    """Page id -> version of the last listing: what a search no longer finds is asked for by its id before
    it is taken for deleted."""
    blocks: dict[str, tuple[Parent, str]] = field(default_factory=dict)
    """As in Tree."""
    tree: Tree | None = None
    titles: dict[str, str] = field(default_factory=dict)
    """Page id -> title of pages that others name, until the next listing."""
    names: dict[str, str] = field(default_factory=dict)
    """User id -> name."""

    @classmethod
    def load(cls, directory: Path | None) -> Memory:
        """What is remembered there; nothing if it cannot be read."""
        if directory is None:
            return cls()
        memory = cls(directory / _FILE)
        try:
            kept = json.loads((directory / _FILE).read_bytes())
            memory.versions = {str(id_): str(version) for id_, version in kept["versions"].items()}
            memory.blocks = {
                str(id_): (Parent(str(kind), str(parent)), str(edited))
                for id_, (kind, parent, edited) in kept["blocks"].items()
            }
            memory.is_kept = True
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(directory / _FILE)
        return memory

    def keep(self, versions: dict[str, str], tree: Tree) -> None:
        self.versions, self.blocks, self.tree = versions, tree.blocks, tree
        self.titles = {}
        self.is_kept = True
        if self.path is None:
            return
        blocks = {id_: (parent.kind, parent.id, edited) for id_, (parent, edited) in self.blocks.items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        being_written = self.path.with_suffix(".new")
        being_written.write_text(json.dumps({"versions": versions, "blocks": blocks}))
        being_written.replace(self.path)
