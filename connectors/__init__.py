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
    "slack": SlackChannels,
    "confluence": Confluence,
    "feed": Feed,
    "folder": Folder,
    "git": Git,
    "github": GitHub,
    "gitlab": GitLab,
    "rows": Rows,
    "s3": S3,
    "sql": Sql,
    "sharepoint": SharePoint,
    "jira": Jira,
    "notion": Notion,
    "gdrive": GoogleDrive,
    "web": Web,
}
