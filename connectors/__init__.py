"""The kinds of connector there are: an explicit table, no discovery. See README.md beside this file."""

from __future__ import annotations

from connectors.base import Connector
from connectors.confluence import Confluence
from connectors.feed import Feed
from connectors.folder import Folder
from connectors.gdrive import GoogleDrive
from connectors.git import Git
from connectors.github import GitHub
from connectors.gitlab import GitLab
from connectors.jira import Jira
from connectors.notion import Notion
from connectors.rows import Rows
from connectors.s3 import S3
from connectors.sharepoint import SharePoint
from connectors.slack import SlackChannels
from connectors.sql import Sql
from connectors.web import Web

KINDS: dict[str, type[Connector]] = {
    "folder": Folder,
    "git": Git,
    "s3": S3,
    "gdrive": GoogleDrive,
    "sharepoint": SharePoint,
    "confluence": Confluence,
    "notion": Notion,
    "web": Web,
    "feed": Feed,
    "github": GitHub,
    "gitlab": GitLab,
    "jira": Jira,
    "slack": SlackChannels,
    "sql": Sql,
    "rows": Rows,
}
