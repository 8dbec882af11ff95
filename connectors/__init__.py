"""The kinds of connector there are: an explicit table, no discovery. See README.md beside this file."""

from __future__ import annotations

from connectors.base import Connector
from connectors.folder import Folder

KINDS: dict[str, type[Connector]] = {"folder": Folder}
