"""What is done to the body of a Confluence page before the parser gets it: people are named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from itertools import islice

# Whatever a page holds, these look at each of its characters only so often.
_MENTION = re.compile(
    r'(<ri:user\b[^<>]{0,300}?\bri:(?:account-id|userkey)="([^"<>]{1,200})"[^<>]{0,300}?/>)(?=\s{0,50}</ac:link>)'
)
_TAG = re.compile(r"<[^<>]*>")
_MOST_MENTIONED = 200
"""Of one page: for Data Center each name is a request."""
_SAYS_MORE = re.compile(r"<ac:(?:structured-)?macro|<!\[CDATA\[|<ac:link|<ac:image")


def has_text(body: str) -> bool:
    """Whether a page in storage format may say anything: many only have others below them."""
    return bool(_SAYS_MORE.search(body) or _TAG.sub("", body).replace("&nbsp;", "").strip())


def bare(title: str) -> bytes:
    """The body of a page that says nothing but its title."""
    return f"<p>{escape(title)}</p>".encode()


def with_names(body: str, names_of: Callable[[Iterable[str]], Mapping[str, str]]) -> bytes:
    """A body in which who is mentioned has a name: the storage format has only their ids."""
    mentions = (match[2] for match in _MENTION.finditer(body))
    names = names_of(dict.fromkeys(islice(mentions, _MOST_MENTIONED)))

    def named(match: re.Match[str]) -> str:
        name = names.get(match[2], "")
        return f"{match[1]}<ac:link-body>{escape(name)}</ac:link-body>" if name else match[1]

    return _MENTION.sub(named, body).encode()
