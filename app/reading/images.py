"""app/reading/images.py — pictures as pages: JPEG, PNG, WebP, BMP and multi-page TIFF, through Pillow.

The size in the header is checked before a pixel is decoded (a 151 kB PNG can ask for 5 GB), each file is opened only by
the decoder its first bytes name, and the EXIF turn is applied. Text is left to OCR. A cut-off image is refused as
damaged: half a page must not pass for a page. A very long picture (a telephone's long screenshot, a till receipt) becomes
several pages, cut where the picture is emptiest, because on one page nobody could read it.
"""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

from app.reading import limits
from app.reading.errors import Refused
from app.reading.sheet import Leaf, blank, flat, shrunk

ORIENTATION = 0x0112
LONG = 3.2                       # an image this many times longer than wide is cut into pages ...
PIECE = 1.5                      # ... of about this shape
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, EOFError, struct.error, zlib.error,
          AttributeError, ZeroDivisionError, RuntimeError)

# Our own limit, checked by us for every frame, is far below this; Pillow's stays on as the second lock.
Image.MAX_IMAGE_PIXELS = limits.IMAGE_PIXELS


class Pictures:
    """An image file. Only TIFF has frames: animations are not papers."""

    def __init__(self, data: bytes, decoder: str) -> None:
        self._whole: Image.Image | None = None
        try:
            self._image = Image.open(io.BytesIO(data), formats=[decoder])
            self._pieces = 1
            if decoder == "TIFF":
                self.pages = self._count()
            else:
                self.pages = self._pieces = self._cut()
        except Image.DecompressionBombError:
            raise Refused("too_large") from None
        except DAMAGE:
            raise Refused("damaged") from None
        if self.pages > limits.PAGES:
            raise Refused("too_many_pages")

    def _count(self) -> int:
        """Frames, counted one directory at a time so that a ring of directories cannot hold us."""
        count = 1
        try:
            while count <= limits.PAGES:
                self._image.seek(count)
                count += 1
        except EOFError:
            pass
        self._image.seek(0)
        return count

    def _cut(self) -> int:
        """Into how many pages a single image goes."""
        width, height = self._image.size
        if _orientation(self._image) >= 5:
            width, height = height, width
        if width < 1 or height < LONG * width or width < 100:
            return 1
        return max(1, round(height / (PIECE * width)))

    def leaf(self, number: int, *, ocr: bool) -> Leaf:
        try:
            if self._pieces > 1:
                image = self._piece(number - 1)
            else:
                if self._image.tell() != number - 1:
                    self._image.seek(number - 1)
                image = self._upright()
        except Image.DecompressionBombError:
            raise Refused("too_large") from None
        except DAMAGE:
            raise Refused("damaged") from None
        if blank(image):
            return Leaf(shrunk(image, limits.PICTURE_SIDE), (), "text")
        if not ocr:
            return Leaf(shrunk(image, limits.PICTURE_SIDE), (), "none", 0.0)
        return Leaf(shrunk(image, limits.OCR_SIDE), (), "ocr", 0.0)

    def _piece(self, index: int) -> Image.Image:
        """One page of a very long image: the cut is moved to the calmest row near the even place."""
        if self._whole is None:
            self._whole = self._upright(whole=True)
        width, height = self._whole.size
        cuts = [0]
        for piece in range(1, self._pieces):
            even = round(height * piece / self._pieces)
            reach = max(1, height // self._pieces // 8)
            band = self._whole.crop((0, even - reach, width, min(even + reach, height))).convert("L")
            rows = np.asarray(band, dtype="int16")
            cuts.append(even - reach + int(np.abs(np.diff(rows, axis=1)).sum(axis=1).argmin()))
        cuts.append(height)
        return self._whole.crop((0, cuts[index], width, cuts[index + 1]))

    def _upright(self, *, whole: bool = False) -> Image.Image:
        image = self._image
        width, height = image.size
        if width < 1 or height < 1:
            raise Refused("damaged")
        if width * height > limits.IMAGE_PIXELS:
            raise Refused("too_large")
        if image.format == "JPEG" and not whole:
            # libjpeg scales by 1/2, 1/4, 1/8 while decoding: a large photograph costs a quarter of the memory.
            image.draft(image.mode, limits.page_picture_size(width, height, limits.OCR_SIDE))
        turn = TURNS.get(_orientation(image))
        image.load()
        page = flat(image) if whole else shrunk(flat(image), limits.OCR_SIDE)
        return page.transpose(turn) if turn is not None else page.copy() if page is image else page

    def close(self) -> None:
        self._whole = None
        self._image.close()


def _orientation(image: Image.Image) -> int:
    """The EXIF turn; a broken EXIF block says nothing about the picture and counts as none."""
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except DAMAGE:
        return 1
    return value if isinstance(value, int) else 1
