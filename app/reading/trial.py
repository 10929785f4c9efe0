"""app/reading/trial.py — child side: a child that tries to do what no child may, to prove that it cannot.

Started in the role `trial` and shut in like the parser, it is asked by `app.selftest` to take too much memory, to write a
file, to reach for the network. Each must end as a refusal or an error code that says nothing of what was tried.
"""

from __future__ import annotations

import ctypes
import sys

from app.reading import limits, wire
from app.reading.errors import Refused

_INTERNET, _STREAM = 2, 1


class Trial:
    """`Open.name` says what to try; an `Opened` answer means that it was possible."""

    format = ""

    def answer(self, request: wire.Request, body: bytes) -> tuple[wire.Answer, bytes]:
        if not isinstance(request, wire.Open):
            raise Refused("crashed")
        if request.name == "memory":
            bytearray(limits.PARSE_MEMORY)
        elif request.name == "write":
            with open(body.decode(), "wb") as file:
                file.write(b"clear text")
        elif request.name == "connect" and sys.platform == "linux":
            # Past Python, as native code in a reader would: only the kernel's filter stands in the way here.
            if ctypes.CDLL(None).socket(_INTERNET, _STREAM, 0) < 0:
                raise Refused("no_network")
        else:
            raise Refused("crashed")
        return wire.Opened("", 0), b""
