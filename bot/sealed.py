"""Secrets at rest: sealed with a key that stands outside the database, for one field of one connector.

AES-256-GCM, a new nonce each time; the connector and the field are authenticated with the value, so that a
sealed value opens in no other place. What this protects against, and what not, stands in docs/security.md.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from bot.errors import ConfigError
from connectors.base import Secret

KEY_VARIABLE = "FOOTNOTE_KEY"
KEY_BYTES = 32
_NONCE_BYTES = 12
_FORM = "v1"


def key_path(data_dir: Path) -> Path:
    """Where the key lies if no variable holds it."""
    return data_dir / "footnote.key"


class Seal:
    """Seals and opens with one key. It never shows the key."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)
        # tells "another key" from "altered"; says nothing of the key itself
        self._id = hmac.new(key, b"footnote: which key is this", hashlib.sha256).hexdigest()[:8]

    def seal(self, secret: Secret, *, connector: str, field: str) -> str:
        """Text that holds the secret for this field of this connector alone."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.value.encode(), _place(connector, field))
        return f"{_FORM}.{self._id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, connector: str, field: str) -> Secret:
        """What was sealed. Raises ConfigError where it was by another key, or for another place."""
        from cryptography.exceptions import InvalidTag

        mend = f"Enter it again: footnote connectors edit {connector} --secret {field}"
        form, _, rest = sealed.partition(".")
        key_id, _, text = rest.partition(".")
        if form == _FORM and not hmac.compare_digest(key_id, self._id):
            raise ConfigError(
                f"The secret {field} of connector {connector} was sealed with another key.",
                mend=f"Bring the key back ({KEY_VARIABLE}, or footnote.key in the data directory), "
                f"or enter the secret again: footnote connectors edit {connector} --secret {field}",
            )
        try:
            if form != _FORM:
                raise ValueError("not a form that is known")
            data = base64.b64decode(text, altchars=b"-_", validate=True)
            plain = self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _place(connector, field))
        except (InvalidTag, ValueError):
            raise ConfigError(
                f"The secret {field} of connector {connector} is not as it was sealed.", mend=mend
            ) from None
        return Secret(plain.decode())


def load_seal(data_dir: Path, key_variable: str) -> Seal:
    """The Seal with the key that FOOTNOTE_KEY holds, else of the key file, which is made on first use (0600).

    Raises ConfigError where the one that counts is no key, or others may read the file.
    """
    if key_variable:
        return Seal(_key(key_variable, f"{KEY_VARIABLE} is", "Make one with: openssl rand -base64 32"))
    path = key_path(data_dir)
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise ConfigError(
                f"The key file {path} may be read by other users of this machine.",
                mend=f"chmod 600 {path}  (where the disk cannot: set {KEY_VARIABLE} instead)",
            )
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as exc:
        raise ConfigError(
            f"The key file {path} cannot be used: {exc.strerror}.",
            mend=f"Mend its rights, or set {KEY_VARIABLE}.",
        ) from exc
    return Seal(
        _key(text, f"The key file {path} holds", "Bring it back from a backup, or delete it and enter "
             "the secrets of all connectors again.")
    )  # fmt: skip


def _place(connector: str, field: str) -> bytes:
    return json.dumps(["footnote connector secret", connector, field]).encode()


def _key(text: str, where: str, mend: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{where} no key: {KEY_BYTES} bytes in base64 are expected.", mend=mend) from None
    return key


def _make(path: Path) -> None:
    """Make the key file, whole or not at all; where another process was first, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
