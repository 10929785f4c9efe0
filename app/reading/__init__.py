"""app/reading/__init__.py — turns a file's bytes into pages: a picture, lines of text and where they stand.

`Readers().read(data, name)` is the door. It blocks for as long as the reading takes (OCR: seconds a page), may be called
from any thread, and raises `Unreadable` (with a stable reason code), `Cancelled`, or `ReadingUnavailable`.
"""

from app.reading.desk import Readers, accepts
from app.reading.errors import REASONS, Cancelled, ReadingUnavailable, Unreadable

__all__ = ["REASONS", "Cancelled", "Readers", "ReadingUnavailable", "Unreadable", "accepts"]
