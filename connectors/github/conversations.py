"""Issues and discussions of GitHub: which there are, and one with all its comments as a document."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from connectors.base import Document, ItemUnreadable
from connectors.conversations import Comment, authors_of, conversation
from connectors.github.api import DISCUSSION, DISCUSSIONS, ISSUE, ISSUES, GitHubApi


def listed(api: GitHubApi, part: str, since: str | None) -> Iterator[tuple[int, str]]:
    """(number, version) of each, or of those that changed since that time at the earliest."""
    if part == "issues":
        nodes = api.pages(ISSUES, since=since)
    else:
        by, direction = ("UPDATED_AT", "DESC") if since else ("CREATED_AT", "ASC")
        nodes = api.pages(DISCUSSIONS, order={"field": by, "direction": direction})
    for node in nodes:
        if since and time_of(node["updatedAt"]) < time_of(since):
            if part == "discussions":  # the last to be changed come first
                return
            continue
        comments = node["comments"]
        edited = [comment["updatedAt"] for comment in comments["nodes"] if comment]
        # a comment that is edited or deleted need not change the time of the whole
        yield int(node["number"]), f"{max([node['updatedAt'], *edited])}-{comments['totalCount']}"


def conversation_of(
    api: GitHubApi, id_: str, part: Literal["issues", "discussions"], number: int
) -> Document:
    """Raises ItemUnreadable if it is gone."""
    query = ISSUE if part == "issues" else DISCUSSION
    comments: list[Comment] = []
    after: str | None = None
    seen: set[str | None] = {None}
    while True:
        thing = api.ask(query, number=number, after=after).get("thing")
        if not isinstance(thing, dict):
            raise ItemUnreadable("is not there any more")
        for node in thing["comments"]["nodes"]:
            comments += _comments(node)
        page = thing["comments"]["pageInfo"]
        after = page["endCursor"]
        if not page["hasNextPage"]:
            break
        if after in seen:
            raise ItemUnreadable("GitHub's list of its comments has no end")
        seen.add(after)
    opened_by = _login(thing)
    facts = [
        f"{'Issue' if part == 'issues' else 'Discussion'} #{number}",
        (thing.get("state") or "").lower(),
        (thing.get("category") or {}).get("name", ""),
        ", ".join(label["name"] for label in (thing.get("labels") or {}).get("nodes", ())),
        f"{opened_by}, {time_of(thing['createdAt']):%Y-%m-%d}",
    ]
    return Document(
        id=id_,
        title=unicodedata.normalize("NFC", thing["title"]),
        url=thing["url"],
        content=conversation(thing["title"], facts, thing["body"], comments),
        media_type="text/markdown",
        updated_at=time_of(thing["updatedAt"]),
        authors=authors_of(opened_by, comments),
    )


def time_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _comments(node: Mapping[str, Any] | None) -> Iterator[Comment]:
    """A comment and the replies to it, without those that a moderator hid."""
    if not node or node.get("isMinimized"):
        return
    yield Comment(
        _login(node), time_of(node["createdAt"]), node["body"], "answer" if node.get("isAnswer") else ""
    )
    for reply in (node.get("replies") or {}).get("nodes", ()):
        yield from _comments(reply)


def _login(node: Mapping[str, Any]) -> str:
    return (node.get("author") or {}).get("login", "") or "ghost"  # as GitHub calls those who left
