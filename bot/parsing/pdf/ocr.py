"""Text recognition of scanned pages with Tesseract, a program of its own, used where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pypdfium2 as pdfium

MAX_SECONDS = 45.0
"""For all pages of a document, of the 60 that reading it may take."""
_LANGUAGES = ("kor", "eng")
_DOTS_PER_INCH = 250
_MAX_PIXELS = 12_000_000
_AT_ONCE = 2
"""Tesseract works on one core with OMP_THREAD_LIMIT=1, and is faster for it; Footnote is made for two."""


@cache
def tesseract() -> tuple[str, str] | None:
    """Its path and those of Korean and English that it knows, as in "kor+eng". None if it cannot be used."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    try:
        listed = subprocess.run([program, "--list-langs"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    installed = listed.stdout.decode("utf-8", "replace").split()
    languages = [language for language in _LANGUAGES if language in installed]
    return (program, "+".join(languages)) if languages else None


def recognized(
    document: pdfium.PdfDocument, pages: Sequence[int], seconds: float = MAX_SECONDS
) -> dict[int, str]:
    """Number of a page, from 0, to what is written on it, lines as they stand there.

    The pages that `seconds` do not suffice for are missing. Nothing at all if Tesseract cannot be used.
    """
    found: dict[int, str] = {}
    program = tesseract()
    if program is None:
        return found
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for start in range(0, len(pages), _AT_ONCE):
            if time.monotonic() >= until:
                break
            some = pages[start : start + _AT_ONCE]
            # PDFium is not made for threads, so all pictures are made in this one, a few at a time
            pictures = [_picture(document, page) for page in some]
            texts = threads.map(lambda picture: _read(picture, *program, until), pictures)
            found |= {page: text for page, text in zip(some, texts, strict=True) if text is not None}
    return found


def _picture(document: pdfium.PdfDocument, number: int) -> bytes:
    """A page as PGM, shades of grey."""
    page = document[number]
    try:
        width, height = page.get_size()
        scale = min(_DOTS_PER_INCH / 72, (_MAX_PIXELS / max(width * height, 1)) ** 0.5)
        bitmap = page.render(scale=scale, grayscale=True)
        try:
            rows = bytes(bitmap.buffer)
            if bitmap.stride != bitmap.width:
                rows = b"".join(
                    rows[start : start + bitmap.width]
                    for start in range(0, bitmap.stride * bitmap.height, bitmap.stride)
                )
            return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + rows
        finally:
            bitmap.close()
    finally:
        page.close()


def _read(picture: bytes, program: str, languages: str, until: float) -> str | None:
    # preserve_interword_spaces: else Tesseract puts spaces between Korean syllables
    command = [
        program, "stdin", "stdout", "-l", languages, "--dpi", str(_DOTS_PER_INCH),
        "-c", "preserve_interword_spaces=1",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command,
            input=picture,
            capture_output=True,
            timeout=max(until - time.monotonic(), 0.1),
            check=False,
            env={"OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
