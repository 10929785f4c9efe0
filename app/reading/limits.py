"""app/reading/limits.py — how much one file may cost: bytes, pixels, pages, seconds, memory.

Read by both sides of the border. Measured on the sample files: the largest honest one took 3.3 s and 185 MB, so these
leave room for honest files on slow machines and still end a hostile one.
"""

from __future__ import annotations

FILE_BYTES = 256 * 2**20
PAGES = 2_000
IMAGE_PIXELS = 60_000_000        # one image as it is stored: A3 at 600 dpi is 70 MP, at 400 dpi 31 MP
RENDER_PIXELS = 25_000_000       # one page as it is drawn
PART_BYTES = 64 * 2**20          # one part of a zip-based format, unpacked
PACKAGE_BYTES = 400 * 2**20      # all parts together
PACKAGE_PARTS = 20_000
PAGE_CHARACTERS = 200_000        # a page of dense newsprint has about 20 000
LINE_CHARACTERS = 20_000
ANNOTATIONS = 2_000              # of one PDF page, looked at for filled-in fields
DRAWINGS = 20_000                # lines and images of one OFD page
PICTURES_BYTES = 768 * 2**20     # all page pictures of one document, kept in the parent until it is done

PICTURE_SIDE = 1754              # long side of a page picture: A4 at 150 dpi
OCR_SIDE = 2339                  # long side of what OCR sees: A4 at 200 dpi

OPEN_SECONDS = 60.0              # opening, and any one page
PARSE_SECONDS = 120.0            # a document without OCR ...
PARSE_SECONDS_A_PAGE = 1.0       # ... and this much more for each page
OCR_SECONDS = 60.0               # one page
OCR_START_SECONDS = 60.0         # a cold disk has to bring 100 MB of libraries and models
START_SECONDS = 30.0

TABLE_ROWS = 100_000             # of a catalogue to be imported
TABLE_COLUMNS = 200
TABLE_CELL = 4_000               # characters of one cell; longer than any field may be
TABLE_CHARACTERS = 8_000_000     # of all cells together: within one message
TABLE_SECONDS = 120.0

PARSE_MEMORY = 1024 * 2**20      # address space of the parser child
OCR_MEMORY = 2560 * 2**20        # 1 GiB fails: thread stacks and model arenas are reserved, not used
OCR_PAGES = 50                   # then the OCR child is replaced: it grows from 74 MB towards 1 GB
OCR_RESIDENT = 900 * 2**20
PARSE_DOCUMENTS = 200
PARSE_RESIDENT = 500 * 2**20

MESSAGE_BYTES = 32 * 2**20       # one message across the border, without its pixels


def page_picture_size(width: float, height: float, side: int = PICTURE_SIDE) -> tuple[int, int]:
    """Whole pixels of a `width` x `height` sheet scaled so that its long side is `side`; never below one pixel."""
    scale = side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))
