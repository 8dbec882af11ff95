"""The kinds of connector there are: an explicit table, no discovery. See README.md beside this file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module

from connectors.base import Connector


class _Kinds(MutableMapping[str, type[Connector]]):
    """Each file is imported when its kind is first asked for: who reads a folder waits for no HTTP client."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._known: dict[str, str | type[Connector]] = {**places}

    def __getitem__(self, kind: str) -> type[Connector]:
        found = self._known[kind]
        if isinstance(found, str):
            module, _, name = found.partition(":")
            found = self._known[kind] = getattr(import_module(module), name)
        return found

    def __contains__(self, kind: object) -> bool:
        return kind in self._known

    def __setitem__(self, kind: str, connector: type[Connector]) -> None:
        self._known[kind] = connector

    def __delitem__(self, kind: str) -> None:
        del self._known[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


KINDS: MutableMapping[str, type[Connector]] = _Kinds(
    {
        "folder": "connectors.folder:Folder",
        "git": "connectors.git:Git",
        "s3": "connectors.s3:S3",
        "gdrive": "connectors.gdrive:GoogleDrive",
        "sharepoint": "connectors.sharepoint:SharePoint",
        "confluence": "connectors.confluence:Confluence",
        "notion": "connectors.notion:Notion",
        "web": "connectors.web:Web",
        "feed": "connectors.feed:Feed",
        "github": "connectors.github:GitHub",
        "gitlab": "connectors.gitlab:GitLab",
        "jira": "connectors.jira:Jira",
        "slack": "connectors.slack:SlackChannels",
        "sql": "connectors.sql:Sql",
        "rows": "connectors.rows:Rows",
    }
)
