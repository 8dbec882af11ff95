"""PostgreSQL and MariaDB servers of a test's own, where the programs are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

PASSWORD = "corréct-horse"
ADMIN_PASSWORD = "admin"
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A server on 127.0.0.1 with a database "docs", the admin's password and a user "footnote" to be made."""

    port: int
    admin: str


def _program(*names: str) -> str:
    """Where one of these is installed; skips the test if none is."""
    for name in names:
        if found := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"):
            return found
        for directory in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
            if (directory / name).is_file():
                return str(directory / name)
    pytest.skip(f"{names[0]} is not installed")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], port: int, user: str | None) -> Iterator[None]:
    # servers refuse to run as root
    process = subprocess.Popen(command, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{command[0]} does not start")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _certificate(directory: Path, user: str | None) -> tuple[Path, Path]:
    """A certificate that nobody vouches for, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "db.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    certificate, private = directory / "certificate.pem", directory / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    private.chmod(0o600)  # PostgreSQL demands it
    if user:
        shutil.chown(private, user)
    return certificate, private


@contextmanager
def _directory(user: str | None) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="footnote-sql-"))  # short: sockets lie in it
    try:
        if user:
            shutil.chown(made, user)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[Server]:
    initdb, postgres = _program("initdb"), _program("postgres")
    user = "postgres" if os.geteuid() == 0 else None
    port = _free_port()
    with _directory(user) as directory:
        password = directory / "password"
        password.write_text(ADMIN_PASSWORD)
        certificate, key = _certificate(directory, user)
        data = directory / "data"
        options = [
            "--auth=scram-sha-256", f"--pwfile={password}", "--username=admin", "--encoding=UTF8",
            "--locale=C", "--no-sync",
        ]  # fmt: skip
        subprocess.run(
            [initdb, f"--pgdata={data}", *options], user=user, check=True, stdout=subprocess.DEVNULL, cwd="/"
        )
        command = [
            postgres, "-D", str(data), "-p", str(port), "-k", str(directory),
            "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
            "-c", "ssl=on", "-c", f"ssl_cert_file={certificate}", "-c", f"ssl_key_file={key}",
        ]  # fmt: skip
        with _running(command, port, user):
            yield Server(port, "admin")


@contextmanager
def mariadb() -> Iterator[Server]:
    install, server = _program("mariadb-install-db"), _program("mariadbd")
    user = "mysql" if os.geteuid() == 0 else None
    port = _free_port()
    with _directory(user) as directory:
        certificate, key = _certificate(directory, user)
        data = f"--datadir={directory / 'data'}"
        first = directory / "first.sql"
        first.write_text(
            # a statement a line is how such a file is read
            f"CREATE USER admin@localhost IDENTIFIED BY '{ADMIN_PASSWORD}';\n"
            "GRANT ALL ON *.* TO admin@localhost WITH GRANT OPTION;\n"
        )
        first.chmod(0o644)
        subprocess.run(
            [install, "--no-defaults", data, "--skip-test-db", "--auth-root-authentication-method=normal"],
            user=user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        command = [
            server, "--no-defaults", data, f"--port={port}", "--bind-address=127.0.0.1",
            f"--socket={directory / 'socket'}", f"--init-file={first}", "--innodb-flush-log-at-trx-commit=0",
            f"--ssl-cert={certificate}", f"--ssl-key={key}",
        ]  # fmt: skip
        with _running(command, port, user):
            yield Server(port, "admin")
