"""One sync of a connector at a time, whichever process asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import Busy
from bot.sync.lock import running, sync_lock

HOLDING = """
import sys
from pathlib import Path
from bot.sync.lock import Running, sync_lock
with sync_lock(Path(sys.argv[1]), "docs") as lock:
    lock.note(Running("reading docs", 3, 7, None), at_once=True)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_named_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(Busy, match=f"reading docs: 3 of 7; process {holder.pid}"),
            sync_lock(tmp_path, "docs"),
        ):
            pass
        seen = running(tmp_path, "docs")
        assert seen is not None
        assert (seen.done, seen.total, seen.process) == (3, 7, holder.pid)
        with sync_lock(tmp_path, "wiki"):
            pass
        holder.kill()
        holder.wait()
    assert running(tmp_path, "docs") is None
    with sync_lock(tmp_path, "docs"):
        pass


def test_it_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), sync_lock(tmp_path, "docs"):
        raise KeyError
    with sync_lock(tmp_path, "docs"), pytest.raises(Busy), sync_lock(tmp_path, "docs"):
        pass
