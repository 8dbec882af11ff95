"""What git says when it fails, and what follows from it."""

from __future__ import annotations

import re

from connectors.base import CredentialsRejected, SourceError, SourceUnavailable, Unreachable


class GitFailed(Exception):
    """git ended with an error. The message is the end of what it said."""


class GrewTooLarge(SourceUnavailable):
    """What git brings has more bytes than it may write."""


class NoSuchRepository(Unreachable):
    """The remote knows no such repository, or does not let us know of it."""


class Unanswered(Unreachable):
    """The remote could not be reached, was busy or broke off; a later try may work."""


class TimedOut(Unanswered):
    """The remote took all the time there is; another try would as well."""


class NoSuchObject(SourceUnavailable):
    """The remote has nothing of that id any more."""


_MEANINGS: list[tuple[str, type[SourceError], str]] = [
    (
        r"Host key verification failed",
        CredentialsRejected,
        "the host is not known to ssh. Compare its key with what its admins publish, and add it to "
        "~/.ssh/known_hosts of the account that runs Footnote.",
    ),
    (
        r"could not read (?:Username|Password)|Authentication failed|Access denied",
        CredentialsRejected,
        "the server accepts no user and token of ours. Set token (and user, where it needs a certain one) to "
        "one that may read this repository.",
    ),
    (
        r"Permission denied \(",
        CredentialsRejected,
        "the server accepts no ssh key of ours. Add one there that may read this repository.",
    ),
    (r"returned error: 403", CredentialsRejected, "the token may not read this repository (403)."),
    (
        r"returned error: 3\d\d|unable to update url base",
        SourceUnavailable,
        "the server says that it is elsewhere, which is not followed. Open it in a browser and set the "
        "address that stands under Clone.",
    ),
    (
        r"[Rr]epository .*not found|does not exist|does not appear to be a git|not a git repository",
        NoSuchRepository,
        "there is no such repository, or we may not see it. Is the address right, and the token one that may "
        "read it?",
    ),
    (
        r"not our ref|unadvertised object",
        NoSuchObject,
        "the server does not have what was asked for any more.",
    ),
    (r"did not end within", TimedOut, "the server does not answer in time."),
    (
        r"dubious ownership",
        SourceUnavailable,
        "belongs to another account, and git reads only what belongs to the account that runs Footnote. Give "
        "it the directory, or name the repository by its URL.",
    ),
]
"""What git says, what follows from it, and what an admin is told."""

_UNANSWERED = re.compile(
    r"returned error: (?:408|425|429|5\d\d)|[Cc]ould not resolve|[Ff]ailed to connect|Connection |timed? ?out"
    r"|hung up|early EOF|RPC failed|transfer closed|disconnect|Empty reply"
    r"|SSL|TLS|curl \d+"
)


def meaning(place: str, said: str) -> SourceError:
    """The error to raise after git, speaking with the remote at `place`, failed and said this."""
    for telling, error, message in _MEANINGS:
        if re.search(telling, said):
            return error(f"{place}: {message}")
    if re.search(r"File too large", said):
        return GrewTooLarge(f"{place}: brings more than max_clone_bytes allows. Set it higher, or set depth.")
    return (Unanswered if _UNANSWERED.search(said) else SourceUnavailable)(f"{place}: {_last_line(said)}")


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines or ["git failed"]
    shown = re.sub(r"[^\x20-\x7e]", "?", telling[0].removeprefix("fatal: ").removeprefix("error: "))
    return f"{shown[:300].rstrip('.')}."
