"""storage/confinement.py — child processes with the least rights: how they are started, how they shut themselves in.

`start` is the parent's side: nothing of ours is handed over but what a process needs to start. The rest is the child's: it
shuts itself in before it sees a foreign byte.

Three locks, each useful where the next is missing: resource limits (memory, no files, no core), an audit hook (every
platform: Python code cannot open sockets, start processes or open files for writing), and on Linux a seccomp filter, which
holds for native code too. `shut_files` closes what the cage leaves open: reading. Standard input and output are moved away first, so that a library's print cannot break the talk.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import subprocess
import sys
from typing import BinaryIO, NamedTuple

import resources

HOUSE = resources.FOLDER.parent

DENIED_EVENTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.startfile", "os.mkdir",
                 "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "shutil.",
                 "tempfile.", "ftplib.", "urllib.", "http.", "smtplib.", "webbrowser.", "pty.")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SIGKILL, EACCES, ENOSYS = 9, 13, 38
CLONE_THREAD = 0x10000

# System calls by architecture. `denied` answer EACCES, `missing` ENOSYS; `flagged` are (call, argument with the open flags).
class Calls(NamedTuple):
    audit: int
    clone: int
    flagged: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]
    denied: tuple[int, ...]


CALLS = {
    "x86_64": Calls(
        audit=0xC000003E, clone=56, flagged=((2, 1), (257, 2)), missing=(425, 435, 437),
        denied=(41, 42, 43, 44, 46, 49, 50, 53, 57, 58, 59, 62, 76, 82, 83, 84, 85, 86, 87, 88, 90, 92, 101, 133, 165, 200, 234, 248,
                 249, 250, 258, 259, 260, 263, 264, 265, 266, 268, 272, 288, 298, 307, 308, 310, 311, 316, 321, 322, 323, 424, 434, 438),
    ),
    "aarch64": Calls(
        audit=0xC00000B7, clone=220, flagged=((56, 2),), missing=(425, 435, 437),
        denied=(33, 34, 35, 36, 37, 38, 40, 45, 53, 54, 97, 117, 129, 130, 131, 198, 199, 200, 201, 202, 203, 206, 211, 217, 218, 219,
                 221, 241, 242, 268, 269, 270, 271, 276, 280, 281, 282, 424, 434, 438),
    ),
}


def command(word: str, module: str, *arguments: str) -> list[str]:
    """The command of a child: its module, or where the program is installed as one file, that file with this word."""
    if getattr(sys, "frozen", False):
        return [sys.executable, word, *arguments]
    return [sys.executable, "-B", "-P", "-s", "-m", module, *arguments]


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """A child that hears and answers through pipes. On Linux the kernel ends it with the very thread that calls this."""
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(), cwd=HOUSE,
        start_new_session=sys.platform != "win32", close_fds=True, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )  # fmt: skip


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a child whatever it is doing."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:
            continue  # closing flushes what a dead process did not take


def _environment() -> dict[str, str]:
    """Nothing of ours but what a process needs to start: no secrets, no proxy, no place for temporary files."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH") if name in os.environ}
    cores = str(os.cpu_count() or 1)
    return {
        **kept, "PYTHONPATH": str(HOUSE), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "HOME": os.devnull, "TMPDIR": os.devnull,
        "TEMP": os.devnull, "TMP": os.devnull, "MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": cores, "OPENBLAS_NUM_THREADS": "1",
        "ORT_DISABLE_TELEMETRY": "1",   # onnxruntime reports its use to its maker unless told not to; the cage stops it too
    }


def pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two ends of the talk with the parent; descriptors 0, 1 and 2 lead nowhere from now on."""
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (0, 1):
            msvcrt.setmode(descriptor, os.O_BINARY)
    inbox, outbox = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return os.fdopen(inbox, "rb", buffering=0x10000), os.fdopen(outbox, "wb", buffering=0x10000)


def limit(memory: int) -> None:
    """No more address space than `memory`, no file may grow, nothing is dumped; dies with the parent."""
    os.umask(0o077)
    if sys.platform == "win32":
        return
    import resource

    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard),) * 2)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)


def cage() -> bool:
    """No sockets, processes or written files from here on. Says whether the kernel enforces it too."""
    caged = _seccomp()
    sys.addaudithook(_watch)
    return caged


def shut_files() -> None:
    """No file is opened from here on, not even for reading."""
    sys.addaudithook(_refuse_files)


def _refuse_files(event: str, _arguments: tuple[object, ...]) -> None:
    if event == "open":
        raise PermissionError("this process opens no files")


def resident() -> int:
    """Bytes of memory this process holds now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        path, mode, flags = (*arguments, None, None, None)[:3]
        writing = (isinstance(flags, int) and flags & WRITING) or (isinstance(mode, str) and any(one in mode for one in "wax+"))
        if writing and path != os.devnull:
            raise PermissionError("this process writes no files")
    elif event.startswith(DENIED_EVENTS):
        raise PermissionError(f"this process has no {event}")


def _seccomp() -> bool:
    calls = CALLS.get(platform.machine()) if sys.platform == "linux" else None
    if calls is None or struct.calcsize("P") != 8:
        return False
    program = _program(calls)
    filters = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filters", ctypes.c_void_p)]

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    wanted = Program(len(program) // 8, ctypes.cast(filters, ctypes.c_void_p))
    return int(libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(wanted), 0, 0)) == 0


def _program(calls: Calls) -> bytes:
    """The filter in classic BPF: (code, jump if true, jump if false, value)."""
    load, equal, at_least, bits, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, deny, missing = 0x7FFF0000, 0x00050000 | EACCES, 0x00050000 | ENOSYS
    steps: list[tuple[int, int, int, int]] = [
        (load, 0, 0, 4), (equal, 1, 0, calls.audit), (answer, 0, 0, deny),
        (load, 0, 0, 0), (at_least, 0, 1, 0x40000000), (answer, 0, 0, deny),
    ]
    for number in calls.denied:
        steps += [(equal, 0, 1, number), (answer, 0, 0, deny)]
    for number in calls.missing:
        steps += [(equal, 0, 1, number), (answer, 0, 0, missing)]
    steps += [(equal, 0, 4, calls.clone), (load, 0, 0, 16), (bits, 1, 0, CLONE_THREAD), (answer, 0, 0, deny), (answer, 0, 0, allow)]
    for number, argument in calls.flagged:
        steps += [(equal, 0, 4, number), (load, 0, 0, 16 + 8 * argument), (bits, 0, 1, WRITING), (answer, 0, 0, deny),
                  (answer, 0, 0, allow)]
    steps.append((answer, 0, 0, allow))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
