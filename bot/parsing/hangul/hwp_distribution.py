"""HWP files "for distribution" (배포용 문서): Hangul lets nobody edit or print them, but everybody read.

The key lies in the file itself, so this is no encryption against whoever has the file: Hangul opens it for
anybody without asking.
"""

from __future__ import annotations

import struct

from bot.errors import ParseError
from bot.parsing.hangul.hwp_records import DISTRIBUTION

_HINT_BYTES = 256
_KEY_BYTES = 16
_BLOCK = 16


def decrypted(stream: bytes, name: str) -> bytes:
    """The content of a ViewText section, still packed. Raises ParseError if it does not begin as one does."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if len(stream) < 4 + _HINT_BYTES:
        raise ParseError(f"{name} is damaged: a part of its text is missing.")
    (head,) = struct.unpack_from("<I", stream)
    if head & 0x3FF != DISTRIBUTION or head >> 20 != _HINT_BYTES:
        raise ParseError(f"{name} is damaged: the key to its text is missing.")
    body = stream[4 + _HINT_BYTES :]
    # ECB: the format says so, it is not our choice
    cipher = Cipher(algorithms.AES(_key(stream[4 : 4 + _HINT_BYTES])), modes.ECB())  # noqa: S305
    return cipher.decryptor().update(body[: len(body) // _BLOCK * _BLOCK])


def _key(hint: bytes) -> bytes:
    """The hint is a seed, and bytes that are hidden under runs of the random bytes that follow from it."""
    state: int = struct.unpack_from("<I", hint)[0]
    plain = bytearray(hint)

    def random() -> int:  # rand() of Microsoft's C library
        nonlocal state
        state = (state * 214013 + 2531011) & 0xFFFFFFFF
        return state >> 16 & 0x7FFF

    place = 0
    while place < _HINT_BYTES:
        hidden_by, run = random() & 0xFF, (random() & 0xF) + 1
        for index in range(max(place, 4), min(place + run, _HINT_BYTES)):
            plain[index] ^= hidden_by
        place += run
    start = 4 + (hint[0] & 0xF)
    return bytes(plain[start : start + _KEY_BYTES])
