"""Addresses of git repositories: what they may be, and where people open the same files in a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from connectors.base import SourceUnavailable

_PORTS = {"http": 80, "https": 443, "ssh": 22}
_HOST = r"[A-Za-z0-9][A-Za-z0-9.-]*"  # never begins with "-": ssh would take it for an option
_SHORT_SSH = re.compile(rf"(?:(?P<user>[\w.][\w.-]*)@)?(?P<host>{_HOST}):(?P<path>(?!//|:)\S+)")
_WITH_USER = "holds a user or password, which belong into `user` and `token`"


@dataclass(frozen=True)
class Remote:
    """The address of a repository, taken apart. `scheme` is http, https, ssh or file."""

    address: str
    """What git is given."""
    scheme: str
    host: str
    port: int
    path: str
    """Of the repository, below the host or in the file system."""

    @classmethod
    def of(cls, address: str) -> Remote:
        """Raises SourceUnavailable for what is no address of a repository, or holds a user or password."""
        if any(letter.isspace() or not letter.isprintable() for letter in address):
            raise _refused(address, "holds a space or an unprintable character")
        if address.startswith(("/", "~")):
            path = Path(address).expanduser()
            return cls(path.as_uri(), "file", "", 0, str(path))  # git gives no partial copy of a bare path
        if "://" not in address:
            short = _SHORT_SSH.fullmatch(address)
            if short is None:
                raise _refused(address, "is neither a URL, nor user@host:path, nor an absolute path")
            if not short["user"] and "@" in short["path"].partition("/")[0]:  # user:password@host
                raise _refused("the address", _WITH_USER)
            return cls(address, "ssh", short["host"].lower(), _PORTS["ssh"], short["path"])
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError as exc:
            raise _refused(address, "is no URL") from exc
        if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path:
            return cls(address, "file", "", 0, parts.path)
        if parts.scheme not in _PORTS:
            raise _refused(address, "begins with none of https://, http://, ssh:// and file://")
        host = parts.hostname or ""
        if not (re.fullmatch(_HOST, host) or re.fullmatch(r"[0-9a-f:.]+", host)):
            raise _refused(address, "names no host")
        if parts.password is not None or (parts.username is not None and parts.scheme != "ssh"):
            # git would write it into its configuration, and it would stand in reports
            raise _refused("the address", _WITH_USER)
        if parts.query or parts.fragment:
            raise _refused(address, "holds ? or #")
        return cls(address, parts.scheme, host, port or _PORTS[parts.scheme], parts.path)

    @property
    def is_http(self) -> bool:
        return self.scheme in ("http", "https")

    def link_template(self, to: str) -> str:
        """Where a browser opens a file of it, with {path} and {commit} or {branch} to fill in (`to` says
        which). The kind of server is told by its name; one that tells nothing is taken for GitHub, whose
        addresses GitLab understands as well."""
        if self.scheme == "file":
            root = Path(self.path)
            return f"{root.as_uri()}/{{path}}" if (root / ".git").exists() else root.as_uri()
        name = self.path.strip("/").removesuffix(".git")
        base = f"{self._web_root}/{quote(name, safe='/~%')}"
        if "bitbucket.org" in self.host:
            return f"{base}/src/{{{to}}}/{{path}}"
        if "bitbucket" in self.host or "stash" in self.host:
            project, _, repository = name.removeprefix("scm/").rpartition("/")
            at = "{commit}" if to == "commit" else "refs/heads/{branch}"
            return f"{self._web_root}/projects/{project}/repos/{repository}/browse/{{path}}?at={at}"
        if "/_git/" in f"/{name}":  # Azure DevOps
            return f"{base}?path=/{{path}}&version={'GC{commit}' if to == 'commit' else 'GB{branch}'}"
        if any(kind in self.host for kind in ("gitea", "forgejo", "codeberg")):
            return f"{base}/src/{to}/{{{to}}}/{{path}}"
        if "gitlab" in self.host:
            return f"{base}/-/blob/{{{to}}}/{{path}}"
        return f"{base}/blob/{{{to}}}/{{path}}"

    @property
    def _web_root(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.is_http and self.port != _PORTS[self.scheme]:
            return f"{self.scheme}://{host}:{self.port}"
        return f"{self.scheme if self.is_http else 'https'}://{host}"


def link(template: str, *, path: bytes, commit: str, branch: str) -> str:
    """The template with its fields filled in and quoted. `path` is as the repository has it: another
    Unicode form of it would be another file there."""
    fields = {"{path}": quote(path), "{commit}": commit, "{branch}": quote(branch)}
    return re.sub(r"\{(?:path|commit|branch)\}", lambda field: fields[field[0]], template)


def _refused(address: str, why: str) -> SourceUnavailable:
    place = _without_secrets(address)[:200]
    return SourceUnavailable(
        f"remote: {place} {why}. A repository is named like https://git.example.com/team/docs.git, "
        "git@git.example.com:team/docs.git or /srv/git/docs.git.",
        setting="remote",
    )


def _without_secrets(address: str) -> str:
    """An address that may hold a user, password or token where it should not, and may not be well-formed."""
    scheme, is_url, rest = address.partition("://") if "://" in address else ("", "", address)
    if "@" in rest and re.search(r"[?#]", rest):  # which of them ends the password is not known
        return "the address"
    place = re.split(r"[?#]", rest.rpartition("@")[2])[0]
    return f"{scheme}{is_url}{place}"
