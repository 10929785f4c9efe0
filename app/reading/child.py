"""app/reading/child.py — parent side: one reading process, asked and answered with a time limit.

`ask` blocks the calling thread; between checks (ten a second) it looks at the clock and at `cancelled`, and kills the
process when either says so. The process is started on first use, by a thread of its own that lives as long as it does (on
Linux the kernel ties the child to that very thread). Not thread-safe: one caller at a time.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from app.reading import limits, wire
from app.reading.errors import Cancelled, ReadingUnavailable
from storage import confinement

TICK = 0.1
Reply = tuple[wire.Answer, bytes] | None


class Gone(Exception):
    """The process ended instead of answering. `how`: time (killed by us) or crashed."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Child:
    """A process in the role `parse` or `ocr`."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._life: _Life | None = None
        self.asked = 0                    # requests since it was started

    @property
    def process_id(self) -> int | None:
        return self._life.process_id if self._life is not None else None

    def ask(self, request: wire.Request, body: bytes, *, seconds: float, cancelled: Callable[[], bool]) -> tuple[wire.Answer, bytes]:
        if self._life is None:
            self._life = _Life(self._role)
            self.asked = 0
            self._ready(self._life, cancelled)
        self.asked += 1
        self._life.requests.put((request, body))
        reply = self._wait(self._life, seconds, cancelled)
        if reply is None:
            self.stop()
            raise Gone("crashed")
        return reply

    def _ready(self, life: _Life, cancelled: Callable[[], bool]) -> None:
        try:
            reply = self._wait(life, limits.OCR_START_SECONDS if self._role == "ocr" else limits.START_SECONDS, cancelled)
        except Gone:
            reply = None
        if reply is None or not isinstance(reply[0], wire.Ready):
            self.stop()
            raise ReadingUnavailable(role=self._role)

    def _wait(self, life: _Life, seconds: float, cancelled: Callable[[], bool]) -> Reply:
        deadline = time.monotonic() + seconds
        while True:
            try:
                return life.replies.get(timeout=TICK)
            except Empty:
                if cancelled():
                    self.stop()
                    raise Cancelled from None
                if time.monotonic() > deadline:
                    self.stop()
                    raise Gone("time") from None

    def stop(self) -> None:
        """Ends the process now; the next `ask` starts a fresh one."""
        if self._life is not None:
            self._life.end()
            self._life = None


class _Life:
    """One process from start to end, with the thread that talks to it."""

    def __init__(self, role: str) -> None:
        self.requests: SimpleQueue[tuple[wire.Request, bytes] | None] = SimpleQueue()
        self.replies: SimpleQueue[Reply] = SimpleQueue()
        self._role = role
        self._lock = threading.Lock()
        self._over = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._live, name=f"reading-{role}", daemon=True)
        self._thread.start()

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def end(self) -> None:
        with self._lock:
            self._over = True
            if self._process is not None:
                self._process.kill()
        self.requests.put(None)
        self._thread.join()

    def _live(self) -> None:
        try:
            with self._lock:
                if self._over:
                    return
                process = self._process = confinement.start(_command(self._role))
        except OSError:
            self.replies.put(None)
            return
        try:
            self._talk(process)
        except (OSError, ValueError, wire.BrokenFrame):
            pass  # the pipe broke or carried nonsense: the process counts as crashed, which the None below says
        finally:
            confinement.end(process)
            self.replies.put(None)

    def _talk(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        most = limits.RENDER_PIXELS * 3
        ready = wire.receive(process.stdout, wire.ANSWERS, 0)
        while ready is not None:
            self.replies.put(ready)
            request = self.requests.get()
            if request is None:
                return
            wire.send(process.stdin, *request)
            del request
            ready = wire.receive(process.stdout, wire.ANSWERS, most)


def _command(role: str) -> list[str]:
    return confinement.command("--reading-worker", "app.reading.worker", role)
