"""The kinds of connector there are: an explicit table, no discovery. See README.md beside this file."""

from __future__ import annotations

from connectors.base import Connector
from connectors.folder import Folder
from connectors.git import Git
from connectors.notion import Notion
from connectors.s3 import S3

KINDS: dict[str, type[Connector]] = {
    "folder": Folder, "git": Git,
    "s3": S3,
    "notion": Notion,
}
