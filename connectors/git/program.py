"""The git program, run so that neither a repository nor this machine's settings can make it do anything else.

No hooks, no prompts, no settings but ours, one protocol, no redirects; the host's address is checked and then
kept to (connectors/addresses.py). The token is handed over in the environment of the process, which no other
account sees, never in its arguments and never in a file.
"""

from __future__ import annotations

import base64
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import tenacity

from connectors import http
from connectors.addresses import Addresses
from connectors.base import Machine, Secret, SourceUnavailable
from connectors.git.errors import GitFailed, TimedOut, Unanswered, meaning
from connectors.git.remote import Remote

LOCAL_SECONDS = 600.0
ASK_SECONDS = 60.0
"""For a question to the remote: git knows no bound of its own for a connection that nobody answers."""
BRING_SECONDS = 3600.0
STALLED_SECONDS = 60
"""A transfer with less than 1,000 bytes a second for so long is given up, and tried again."""
OLDEST = (2, 39, 4)
"""The first git that can be told which address of a host to connect to, and to bring nothing unasked."""

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.unpackLimit": "1",
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "credential.helper": "",
    "http.followRedirects": "false",  # with it, lists of other servers (http-alternates) are refused too
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": str(STALLED_SECONDS),
    "http.userAgent": http.USER_AGENT,
    "transfer.bundleURI": "false",
}


@dataclass(frozen=True)
class GitProgram:
    """git, as it is run for one remote."""

    remote: Remote
    machine: Machine
    token: Secret
    user: str
    ssh_key: str

    def local(self, directory: Path, *arguments: str, stdin: bytes = b"") -> bytes:
        """What git prints about what is here already; it reaches no other machine. Raises GitFailed."""
        command, environment = self._prepared(directory, arguments, {}, protocol="")
        return _run(command, environment, stdin, LOCAL_SECONDS)

    @contextmanager
    def streaming(self, directory: Path, *arguments: str) -> Iterator[IO[bytes]]:
        """As `local`, for output that is read piece by piece and may be left unread."""
        command, environment = self._prepared(directory, arguments, {}, protocol="")
        process = _start(command, environment, subprocess.DEVNULL, subprocess.DEVNULL)
        try:
            yield cast(IO[bytes], process.stdout)
        finally:
            _end(process)

    def visiting(
        self,
        directory: Path,
        *arguments: str,
        stdin: bytes = b"",
        max_bytes: int = 1 << 40,
        seconds: float = BRING_SECONDS,
    ) -> bytes:
        """What git prints when it speaks with the remote, which it is asked for again where that may help.

        No file it writes grows over `max_bytes`. Raises the errors of connectors/git/errors.py.
        """
        trying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(http.TRIES),
            wait=tenacity.wait_random_exponential(multiplier=http.BACKOFF_FIRST, max=http.BACKOFF_LONGEST),
            retry=tenacity.retry_if_exception(
                lambda exc: isinstance(exc, Unanswered) and not isinstance(exc, TimedOut)
            ),
            reraise=True,
        )
        return trying(self._visit, directory, arguments, stdin, max_bytes, seconds)

    def _visit(
        self, directory: Path, arguments: Sequence[str], stdin: bytes, max_bytes: int, seconds: float
    ) -> bytes:
        settings = self._settings_to_get_there()
        command, environment = self._prepared(directory, arguments, settings, protocol=self.remote.scheme)
        if self.remote.scheme == "ssh":
            environment["GIT_SSH_COMMAND"] = self._ssh()
            environment["GIT_SSH_VARIANT"] = "ssh"
        # a shell sets the limit: preexec_fn is not safe where there are threads
        limited = ["/bin/sh", "-c", 'ulimit -f "$1" && shift && exec "$@"', "sh", str(max_bytes // 512 + 1)]
        try:
            return _run([*limited, *command], environment, stdin, seconds)
        except GitFailed as exc:
            raise meaning(self.remote.address, str(exc)) from exc

    def _prepared(
        self, directory: Path, arguments: Sequence[str], settings: Mapping[str, str], protocol: str
    ) -> tuple[list[str], dict[str, str]]:
        git = shutil.which("git")
        if git is None:
            raise SourceUnavailable("The program git is not installed on this machine. Install git.")
        environment = {
            "PATH": f"{Path(git).parent}:{os.defpath}",
            "HOME": str(directory),  # where there is no .netrc, .gitconfig or key
            "LC_ALL": "C",
            "GIT_DIR": str(directory),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS": "",
            "GIT_ALLOW_PROTOCOL": protocol,
            "GIT_NO_LAZY_FETCH": "1",  # a server of plain files could make git ask itself, without an end
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_LITERAL_PATHSPECS": "1",
        }
        every = {**_SETTINGS, **settings}
        environment["GIT_CONFIG_COUNT"] = str(len(every))
        for number, (name, value) in enumerate(every.items()):
            environment[f"GIT_CONFIG_KEY_{number}"] = name
            environment[f"GIT_CONFIG_VALUE_{number}"] = value
        return [git, *arguments], environment

    def _settings_to_get_there(self) -> dict[str, str]:
        """Raises AddressRefused if the remote's host has an address that may not be visited."""
        if not self.remote.is_http:
            return {}
        settings = {"http.proxy": self.machine.proxy}
        if self.token:
            credentials = base64.b64encode(f"{self.user}:{self.token.value}".encode()).decode()
            settings[f"http.{self.remote.address}.extraHeader"] = f"Authorization: Basic {credentials}"
        if self.machine.proxy:
            Addresses(self.machine.private).check_literal(self.remote.host)
            return settings
        self._check_age()
        addresses = ",".join(f"[{each}]" if ":" in each else each for each in self._addresses())
        host = f"[{self.remote.host}]" if ":" in self.remote.host else self.remote.host
        # the address that was checked is the one connected to
        settings["http.curloptResolve"] = f"{host}:{self.remote.port}:{addresses}"
        return settings

    def _addresses(self) -> list[str]:
        try:
            return Addresses(self.machine.private).of(self.remote.host, self.remote.port)
        except (OSError, UnicodeError) as exc:
            raise Unanswered(f"{self.remote.address}: the name {self.remote.host} is not known.") from exc

    def _check_age(self) -> None:
        command, environment = self._prepared(Path(os.devnull), ["version"], {}, protocol="")
        said = _run(command, environment, b"", LOCAL_SECONDS).decode(errors="replace")
        found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
        if found and tuple(int(number or 0) for number in found.groups()) < OLDEST:
            needed = ".".join(map(str, OLDEST))
            raise SourceUnavailable(f"This machine has {said.strip()}; git {needed} or newer is needed.")

    def _ssh(self) -> str:
        host, port = self.remote.host, self.remote.port
        options = {
            "BatchMode": "yes",
            "StrictHostKeyChecking": "yes",
            "HostName": self._addresses()[0],
            "HostKeyAlias": host if port == 22 else f"[{host}]:{port}",
            "ConnectTimeout": "30",
            "ServerAliveInterval": str(STALLED_SECONDS // 2),
            "ClearAllForwardings": "yes",
        }
        command = ["ssh", "-F", "none", *(f"-o{name}={value}" for name, value in options.items())]
        if self.ssh_key:
            command += ["-oIdentitiesOnly=yes", "-i", str(Path(self.ssh_key).expanduser())]
        return shlex.join(command)


def _start(
    command: Sequence[str], environment: Mapping[str, str], stdin: int, stderr: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    # The signals that Python ignores stay ignored: git then says that a file grows too large, and does not
    # just die. A session of its own, so that its helpers can be ended with it.
    return subprocess.Popen(
        command,
        env=environment,
        cwd="/",
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        restore_signals=False,
        start_new_session=True,
    )


def _run(command: Sequence[str], environment: Mapping[str, str], stdin: bytes, seconds: float) -> bytes:
    with tempfile.TemporaryFile() as said:
        process = _start(command, environment, subprocess.PIPE, said)
        try:
            printed, _ = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired as exc:
            raise GitFailed(f"git did not end within {seconds:.0f} seconds") from exc
        finally:
            _end(process)
        if process.returncode:
            said.seek(max(0, said.seek(0, os.SEEK_END) - 4096))
            raise GitFailed(said.read().decode(errors="replace") or f"git ended with {process.returncode}")
        return printed


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout:
        process.stdout.close()
