"""What a child gives up before it touches bytes of strangers: memory, files, the network, other programs.

All of it is inherited by what it may start, and none can be taken back.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import platform
import resource
import struct
import sys

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06

# machine: (its number in linux/audit.h, that of seccomp(2), those of the calls refused: socket, connect,
# execve, execveat, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, pidfd_getfd, bpf), from the
# kernel's tables of system calls
_MACHINES = {
    "x86_64": (0xC000003E, 317, (41, 42, 59, 322, 101, 310, 311, 425, 438, 321)),
    "aarch64": (0xC00000B7, 277, (198, 203, 221, 281, 117, 270, 271, 425, 438, 280)),
}
_X32 = 0x40000000  # on x86_64 the same calls once more, under other numbers


def limit(what: int, value: int) -> None:
    """Set a resource limit (RLIMIT_...), as far as the one in force allows."""
    _, most = resource.getrlimit(what)
    resource.setrlimit(what, (value if most == resource.RLIM_INFINITY else min(value, most), most))


def limit_for_good(what: int, value: int) -> None:
    """Set a resource limit that this process cannot raise any more."""
    limit(what, value)
    now, _ = resource.getrlimit(what)
    with contextlib.suppress(ValueError):  # it was lower already
        resource.setrlimit(what, (now, now))


def leave_no_core() -> None:
    """A dump of memory would be a copy of what was read."""
    limit_for_good(resource.RLIMIT_CORE, 0)


def refuse_network_and_programs() -> bool:
    """Have the kernel refuse new sockets, other programs and a look into other processes, with EPERM, to all
    threads of this process (seccomp).

    False where it cannot be done: another system than Linux, another machine than x86_64 and aarch64, a
    kernel or container that forbids it.
    """
    known = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    architecture, seccomp, refused = known
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _REFUSE), (_LOAD, 0, 0, 0)]
    if architecture == _MACHINES["x86_64"][0]:
        steps += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE)]
    steps += [(_EQUAL, len(refused) - at, 0, number) for at, number in enumerate(refused)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.syscall(seccomp, _SECCOMP_SET_MODE_FILTER, _ALL_THREADS, program) == 0)
