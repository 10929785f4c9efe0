"""app/process.py — what the operating system may not do with this process: write its memory to a file, let others read it.

`seclude` is called first of all by every way into the program. On Linux and macOS no core is dumped (limit 0, which
children inherit). On Linux the process is also not dumpable: another program of the same user can neither trace it nor read
`/proc/<pid>/mem`; root always can. On Windows the error report carries no memory and nothing asks to send it. Measured on
Linux; on Windows and macOS it does what their documentation says and was not tried. What no process can forbid: the page
file and hibernation, which belong on an encrypted disk, and an administrator.
"""

from __future__ import annotations

import ctypes
import sys

PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4
_FAIL_CRITICAL, _NO_FAULT_BOX = 0x0001, 0x0002
_REPORT_NO_HEAP = 1


def seclude() -> None:
    """Nothing here raises: a system that refuses leaves the program as it was, and `secluded` says so."""
    if sys.platform == "win32":
        ctypes.windll.kernel32.SetErrorMode(_FAIL_CRITICAL | _NO_FAULT_BOX)
        ctypes.windll.kernel32.WerSetFlags(_REPORT_NO_HEAP)
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def secluded() -> bool:
    """Whether this process writes no core and, on Linux, lets nobody of the same user look into its memory."""
    if sys.platform == "win32":
        return bool(ctypes.windll.kernel32.GetErrorMode() & _NO_FAULT_BOX)
    import resource

    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        return False
    return sys.platform != "linux" or bool(ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)
