"""The kinds of connector there are: an explicit table, no discovery. See README.md beside this file."""

from __future__ import annotations

from connectors.base import Connector
from connectors.confluence import Confluence
from connectors.folder import Folder
from connectors.gdrive import GoogleDrive
from connectors.git import Git
from connectors.notion import Notion
from connectors.s3 import S3
from connectors.slack import SlackChannels
from connectors.sql import Sql

KINDS: dict[str, type[Connector]] = {
    "slack": SlackChannels,
    "confluence": Confluence,
    "folder": Folder,
    "git": Git,
    "s3": S3,
    "sql": Sql,
    "notion": Notion,
    "gdrive": GoogleDrive,
}
