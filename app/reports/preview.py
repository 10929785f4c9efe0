"""app/reports/preview.py — our own PDFs as page pictures, for the preview and for the printer.

Only for what `app.reports` made: files from outside are opened in the reading child process. pdfium allows one thread
at a time, so calls wait for each other.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pypdfium2

_one_at_a_time = threading.Lock()


def count(pdf: bytes) -> int:
    """How many pages."""
    with _one_at_a_time, pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def pages(pdf: bytes, dpi: int = 110) -> list[bytes]:
    """Every page as PNG, in order. A long register is large: take `each` where one page at a time will do."""
    return list(each(pdf, dpi))


def each(pdf: bytes, dpi: int = 110, numbers: range | None = None) -> Iterator[bytes]:
    """The pages one by one as PNG; `numbers` counts from 0 and defaults to all."""
    for number in numbers if numbers is not None else range(count(pdf)):
        yield page(pdf, number, dpi)


def page(pdf: bytes, number: int, dpi: int = 110) -> bytes:
    """One page as PNG; `number` counts from 0. Raises IndexError beyond the last."""
    with _one_at_a_time, pypdfium2.PdfDocument(pdf) as document:
        if not 0 <= number < len(document):
            raise IndexError(number)
        picture = document[number].render(scale=dpi / 72, grayscale=True).to_pil()
    out = io.BytesIO()
    picture.save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()
