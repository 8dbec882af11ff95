"""A git server over HTTP: git's own `http-backend` behind `tests.connectors.http_source`."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.connectors.http_source import Request, Response

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "HOME": os.devnull,
}


def git(directory: Path, *arguments: str, **environment: str) -> str:
    """Run git in a directory, as a person of the test would."""
    done = subprocess.run(
        ["git", "-C", str(directory), *arguments],
        env={**ENVIRONMENT, **environment},
        check=True,
        capture_output=True,
    )
    return done.stdout.decode().strip()


class Repository:
    """A bare repository below `root` that is served, and a person who pushes to it."""

    def __init__(self, root: Path, name: str = "team/docs.git", branch: str = "main") -> None:
        self.bare = root / "served" / name
        self.work = root / "work" / name
        self.branch = branch
        self.bare.mkdir(parents=True)
        self.work.mkdir(parents=True)
        git(self.bare, "init", "-q", "--bare", "-b", branch)
        git(self.bare, "config", "uploadpack.allowFilter", "true")
        git(self.bare, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(self.work, "init", "-q", "-b", branch)
        git(self.work, "config", "core.precomposeUnicode", "false")
        self._seconds = 1_700_000_000
        self._pending = False
        self._lock = threading.Lock()

    def put(self, path: str, content: bytes) -> None:
        """Write a file; it is pushed with the next `push`, or when the server is asked."""
        self._pending = True
        file = self.work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def remove(self, path: str) -> None:
        self._pending = True
        (self.work / path).unlink()

    def push_pending(self) -> None:
        with self._lock:
            if self._pending:
                self.push()

    def push(self, message: str = "change", author: str = "Kim Minji", *options: str) -> str:
        """Commit what is there, push it, and return the commit."""
        self._pending = False
        self._seconds += 60
        git(self.work, "add", "-A")
        git(self.work, "commit", "-q", "--allow-empty", "-m", message, *options, **self._by(author))
        git(self.work, "push", "-q", "-f", str(self.bare), f"HEAD:refs/heads/{self.branch}")
        return git(self.work, "rev-parse", "HEAD")

    def _by(self, author: str) -> Mapping[str, str]:
        when = f"{self._seconds} +0900"
        return {
            "GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_NAME": author, "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_COMMITTER_DATE": when,
        }  # fmt: skip


def git_server(
    root: Path, *, credentials: str = "", before: Callable[[], None] = lambda: None
) -> Callable[[Request], Response]:
    """What answers for the repositories below `root`/served; with `credentials` ("user:password") to nobody
    else. `before` is called before each answer."""
    wanted = "Basic " + base64.b64encode(credentials.encode()).decode()

    def answer(request: Request) -> Response:
        before()
        if credentials and request.headers.get("authorization") != wanted:
            return Response(401, b"", {"WWW-Authenticate": 'Basic realm="git"'})
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        environment = {
            **ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(root / "served"),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.body)),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ["git", "http-backend"], env=environment, input=request.body, capture_output=True, check=False
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(headers.pop("Status", "200 OK").split()[0])
        return Response(status, body, headers)

    return answer
