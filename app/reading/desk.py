"""app/reading/desk.py — parent side: reads a file by asking the child processes, page by page.

`Readers` is safe from any thread; it reads one file at a time and others wait. Foreign bytes are never parsed here: what
comes back is text, boxes and raw pixels, and the page pictures are made from those. A crash is tried once more in a fresh
process; a page whose OCR fails keeps its picture and has no text (`source` "none", confidence 0).
"""

from __future__ import annotations

import io
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import Image

from app.reading import limits, wire
from app.reading.child import Child, Gone
from app.reading.errors import REASONS, Cancelled, Unreadable
from storage.records import Line, Page, Reading

NAMES = re.compile(r"\.(pdf|tiff?|jpe?g|png|webp|bmp|txt|docx|xlsx|ofd)$", re.IGNORECASE)
SOURCES = ("text", "typeset", "ocr", "none")
TURNS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
QUALITIES, EFFORT = (50, 20), 2  # 80 ms and 50-150 kB for a scanned A4 page; more effort costs three times as much for 4 %
ENOUGH = 180_000
Progress = Callable[[int, int], None]


def accepts(name: str) -> bool:
    """Whether a file of this name belongs to a format that can be read."""
    return NAMES.search(name) is not None


class Readers:
    """The reading room. `close()` ends its processes; without it they end with this process."""

    def __init__(self, *, ocr: bool = True) -> None:
        self._parser = Child("parse")
        self._ocr = Child("ocr") if ocr else None
        self._free = threading.Lock()
        self._documents = 0

    def accepts(self, name: str) -> bool:
        return accepts(name)

    def read(self, data: bytes, name: str, cancelled: Callable[[], bool] = lambda: False, progress: Progress | None = None) -> Reading:
        """Every page of the file. Raises Unreadable, Cancelled, or ReadingUnavailable. `progress(done, of)` is told each page."""
        if not data:
            raise Unreadable("empty")
        if len(data) > limits.FILE_BYTES:
            raise Unreadable("too_large")
        with self._turn(cancelled):
            sitting = _Sitting(self._parser, self._ocr, data, name, cancelled)
            try:
                return sitting.read(progress or (lambda done, of: None))
            finally:
                self._documents += 1
                if self._documents % limits.PARSE_DOCUMENTS == 0 or sitting.resident > limits.PARSE_RESIDENT:
                    self._parser.stop()

    def close(self) -> None:
        with self._free:
            self._parser.stop()
            if self._ocr is not None:
                self._ocr.stop()

    @contextmanager
    def _turn(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        while not self._free.acquire(timeout=0.1):
            if cancelled():
                raise Cancelled
        try:
            yield
        finally:
            self._free.release()


class _Sitting:
    """The reading of one file."""

    def __init__(self, parser: Child, ocr: Child | None, data: bytes, name: str, cancelled: Callable[[], bool]) -> None:
        self._parser = parser
        self._ocr = ocr
        self._data = data
        self._name = name[-200:]
        self._cancelled = cancelled
        self._format = ""
        self._retried = False
        self._patience = limits.PARSE_SECONDS
        self.resident = 0

    def read(self, progress: Progress) -> Reading:
        opened, _ = self._ask(wire.Open(self._name), self._data)
        if not isinstance(opened, wire.Opened) or not 1 <= opened.pages <= limits.PAGES:
            raise self._unreadable("crashed")
        self._format = opened.format
        self._patience += opened.pages * limits.PARSE_SECONDS_A_PAGE
        pages: list[Page] = []
        size = 0
        for number in range(1, opened.pages + 1):
            if self._cancelled():
                raise Cancelled
            page = self._page(number)
            size += len(page.picture)
            if size > limits.PICTURES_BYTES:
                raise self._unreadable("too_large")
            pages.append(page)
            progress(number, opened.pages)
        return Reading(opened.format, tuple(pages))

    def _page(self, number: int) -> Page:
        sheet, pixels = self._ask(wire.Turn(number, self._ocr is not None))
        if not isinstance(sheet, wire.Sheet) or sheet.source not in SOURCES or sheet.channels not in (1, 3) or min(
                sheet.width, sheet.height) < 1 or sheet.width * sheet.height * sheet.channels != len(pixels):
            raise self._unreadable("crashed", page=number)
        self.resident = sheet.resident
        lines, source, confidence, turn = sheet.lines, sheet.source, sheet.confidence, 0
        if source == "ocr":
            lines, source, confidence, turn = self._recognise(sheet, pixels)
        image = Image.frombytes("L" if sheet.channels == 1 else "RGB", (sheet.width, sheet.height), pixels)
        if turn:
            image = image.transpose(TURNS[turn])
        if max(image.size) > limits.PICTURE_SIDE:
            image = image.resize(limits.page_picture_size(*image.size), Image.Resampling.BOX, reducing_gap=2.0)
        width, height = image.size
        return Page(number, width, height, _kept(lines), _packed(image), source, min(max(confidence, 0.0), 1.0))

    def _recognise(self, sheet: wire.Sheet, pixels: bytes) -> tuple[list[wire.Line], str, float, int]:
        assert self._ocr is not None
        request = wire.Recognise(sheet.width, sheet.height, sheet.channels)
        for _ in range(2):
            try:
                answer, _body = self._ocr.ask(request, pixels, seconds=limits.OCR_SECONDS, cancelled=self._cancelled)
            except Gone as gone:
                if gone.how == "crashed":
                    continue
                break
            if isinstance(answer, wire.Recognised) and answer.turn in (0, *TURNS):
                if self._ocr.asked >= limits.OCR_PAGES or answer.resident > limits.OCR_RESIDENT:
                    self._ocr.stop()
                return answer.lines, "ocr", answer.confidence, answer.turn
            self._ocr.stop()
            break
        return [], "none", 0.0, 0

    def _ask(self, request: wire.Request, body: bytes = b"") -> tuple[wire.Answer, bytes]:
        """The parser's answer; after a crash, once more in a fresh process that is given the file again."""
        began = time.monotonic()
        try:
            seconds = max(0.0, min(limits.OPEN_SECONDS, self._patience))
            answer, pixels = self._parser.ask(request, body, seconds=seconds, cancelled=self._cancelled)
        except Gone as gone:
            if gone.how != "crashed" or self._retried:
                raise self._unreadable(gone.how) from None
            self._retried = True
            if isinstance(request, wire.Turn):
                self._ask(wire.Open(self._name), self._data)
            return self._ask(request, body)
        finally:
            self._patience -= time.monotonic() - began
        if isinstance(answer, wire.Failed):
            self._format = answer.format or self._format
            if answer.reason in ("memory", "crashed"):
                self._parser.stop()
            raise self._unreadable(answer.reason, fault=re.sub(r"[^\w .:]", "", answer.fault)[:80])
        return answer, pixels

    def _unreadable(self, reason: str, **facts: object) -> Unreadable:
        format_ = self._format if re.fullmatch(r"[a-z]{2,8}", self._format) else ""
        return Unreadable(reason if reason in REASONS else "crashed", format_, **{name: fact for name, fact in facts.items() if fact})


def _packed(image: Image.Image) -> bytes:
    """The page picture as WebP; a noisy scan, of which most is grain, is packed harder."""
    for quality in QUALITIES:
        file = io.BytesIO()
        image.save(file, "WEBP", quality=quality, method=EFFORT)
        if file.tell() <= ENOUGH:
            break
    return file.getvalue()


def _kept(lines: list[wire.Line]) -> tuple[Line, ...]:
    """Lines as records: boxes inside the page, lengths within the limits."""
    kept = []
    room = limits.PAGE_CHARACTERS
    for line in lines:
        text = line.text[: min(limits.LINE_CHARACTERS, room)]
        room -= len(text)
        x, y = _within(line.x), _within(line.y)
        if text:
            kept.append(Line(text, x, y, min(_within(line.width), 1.0 - x), min(_within(line.height), 1.0 - y)))
    return tuple(kept)


def _within(value: float) -> float:
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0
