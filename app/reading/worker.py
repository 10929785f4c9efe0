"""app/reading/worker.py — the reading child process: `python -m app.reading.worker parse|ocr|trial`.

Takes requests from standard input and answers on standard output (wire.py), one at a time, and ends when its input is
closed. Whatever goes wrong inside leaves as a code. The parser never loads OCR's libraries, so that each keeps the memory
limit that fits it.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, Protocol

from app.reading import limits, wire
from app.reading.errors import Refused
from app.reading.sheet import Document
from app.reading.trial import Trial
from storage import confinement


class Desk(Protocol):
    """What a child does with one request."""

    @property
    def format(self) -> str: ...

    def answer(self, request: wire.Request, body: bytes) -> tuple[wire.Answer, bytes]: ...


class Parser:
    """Keeps one file open and turns its pages."""

    def __init__(self) -> None:
        from app.reading import readers

        self._readers = readers
        self._document: Document | None = None
        self._format = ""

    def answer(self, request: wire.Request, body: bytes) -> tuple[wire.Answer, bytes]:
        if isinstance(request, wire.Open):
            return self._open(request.name, body), b""
        if isinstance(request, wire.Turn):
            return self._turn(request.number, request.ocr)
        if isinstance(request, wire.Tabulate):
            return self._tabulate(request.name, request.sheet, body), b""
        raise Refused("crashed")

    @property
    def format(self) -> str:
        return self._format

    def _open(self, name: str, data: bytes) -> wire.Opened:
        if self._document is not None:
            self._document.close()
        self._document, self._format = None, ""
        reader = self._readers.find(data, name)
        self._format = reader.name
        self._document = reader.read(data)
        if self._document.pages < 1:
            raise Refused("no_pages")
        return wire.Opened(reader.name, self._document.pages)

    def _tabulate(self, name: str, sheet: str, data: bytes) -> wire.Tabulated:
        from app.reading.grid import grid

        return wire.Tabulated(*grid(data, name, sheet))

    def _turn(self, number: int, ocr: bool) -> tuple[wire.Sheet, bytes]:
        if self._document is None or not 1 <= number <= self._document.pages:
            raise Refused("crashed")
        leaf = self._document.leaf(number, ocr=ocr)
        picture = leaf.picture
        width, height = picture.size
        sheet = wire.Sheet(width, height, len(picture.getbands()), list(leaf.lines), leaf.source, leaf.confidence, confinement.resident())
        return sheet, picture.tobytes()


class Recogniser:
    """Reads the text in one page's pixels."""

    format = ""

    def __init__(self) -> None:
        import numpy

        from app.reading.ocr import Recogniser as Engine

        self._array = numpy.frombuffer
        self._engine = Engine()

    def answer(self, request: wire.Request, body: bytes) -> tuple[wire.Answer, bytes]:
        if not isinstance(request, wire.Recognise) or request.width * request.height * request.channels != len(body):
            raise Refused("crashed")
        shape = (request.height, request.width) if request.channels == 1 else (request.height, request.width, 3)
        found = self._engine.read(self._array(body, dtype="uint8").reshape(shape))
        return wire.Recognised(list(found.lines), found.confidence, found.turn, confinement.resident()), b""


def main(arguments: list[str]) -> int:
    role = arguments[0]
    inbox, outbox = confinement.pipes()
    confinement.limit(limits.OCR_MEMORY if role == "ocr" else limits.PARSE_MEMORY)
    kernel = confinement.cage()   # before any library starts a thread: the kernel's filter binds only the threads that come after
    desk: Desk = Recogniser() if role == "ocr" else Trial() if role == "trial" else Parser()
    requests: SimpleQueue[tuple[wire.Request, bytes]] = SimpleQueue()
    threading.Thread(target=_listen, args=(inbox, requests), daemon=True).start()
    wire.send(outbox, wire.Ready(kernel))
    while True:
        request, body = requests.get()
        try:
            answer, pixels = desk.answer(request, body)
        except Refused as refused:
            answer, pixels = wire.Failed(refused.reason, desk.format, ""), b""
        except MemoryError:
            answer, pixels = wire.Failed("memory", desk.format, ""), b""
        except Exception as error:  # noqa: BLE001 - the border: no exception crosses it, its place in the code does
            answer, pixels = wire.Failed("crashed", desk.format, _place(error)), b""
        del request, body
        wire.send(outbox, answer, pixels)
        del answer, pixels


def _listen(inbox: BinaryIO, requests: SimpleQueue[tuple[wire.Request, bytes]]) -> None:
    """Passes requests on; when the parent is gone, ends the process at once, also in the middle of a page."""
    try:
        while True:
            request = wire.receive(inbox, wire.REQUESTS, limits.FILE_BYTES)
            if request is None:
                break
            requests.put(request)
    finally:
        os._exit(0)


def _place(error: Exception) -> str:
    """The class of an unforeseen error and where it rose: nothing of the file is in it."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} {Path(last.filename).name}:{last.lineno}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
