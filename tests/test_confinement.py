"""bot.children.confinement, in a process of its own: what is given up cannot be had again."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bot.children import confinement

ROOT = Path(__file__).parent.parent

TRIES = """
import os, resource, socket, subprocess, threading
from bot.children.confinement import leave_no_core, limit_for_good, refuse_network_and_programs

def tried(name, what):
    try:
        what()
    except (OSError, ValueError) as exc:
        print(name, type(exc).__name__)
    else:
        print(name, "allowed")

leave_no_core()
limit_for_good(resource.RLIMIT_DATA, 500_000_000)
go = threading.Event()
other = threading.Thread(target=lambda: (go.wait(), tried("socket in an older thread", socket.socket)))
other.start()
print("refused", refuse_network_and_programs())
go.set()
other.join()
tried("socket", socket.socket)
tried("program", lambda: subprocess.run(["true"]))
tried("memory limit", lambda: resource.setrlimit(resource.RLIMIT_DATA, (10**9, 10**9)))
tried("file", lambda: open(os.__file__).close())
tried("thread", lambda: threading.Thread(target=int).start())
print("core", resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_a_confined_process_opens_no_socket_and_no_program_and_goes_on_working() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRIES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    said = [line for line in done.stdout.splitlines() if line]
    assert said == [
        "refused True",
        "socket in an older thread PermissionError",
        "socket PermissionError",
        "program PermissionError",
        "memory limit ValueError",
        "file allowed",
        "thread allowed",
        "core (0, 0)",
    ]


def test_on_a_machine_that_is_not_known_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "_MACHINES", {})
    assert not confinement.refuse_network_and_programs()


def test_a_limit_never_rises_above_the_one_in_force() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        confinement.limit(resource.RLIMIT_NOFILE, 1 << 40)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
