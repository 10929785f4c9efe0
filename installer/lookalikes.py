"""installer/lookalikes.py — draws every character of GB2312 and writes down which ones look alike.

Each is drawn in the program's two typefaces, as it stands and stretched to its own edges (日 and 曰), blurred, and compared
with every other as a picture. The nearest few, if they are near enough, are its lookalikes, nearest first. The result is
resources/lookalikes.txt, which is kept with the program: nothing is drawn on the machines that use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

ROOT = Path(__file__).resolve().parents[1]
FONTS = ROOT / "resources" / "fonts"
RESULT = ROOT / "resources" / "lookalikes.txt"
FACES = ("NotoSerifSC-Regular.ttf", "NotoSansSC-Regular.ttf")

#: Edges in pixels: a character is drawn large, blurred by a stroke's width, and compared small.
DRAWN, COMPARED = 96, 32
BLUR = 3.0
#: How many lookalikes a character has at most, and how alike they must be (1: the same picture).
MOST, LEAST = 8, 0.76

Pictures = npt.NDArray[Any]


def characters() -> list[str]:
    """The 6,763 Chinese characters of GB2312, in its order."""
    places = (bytes([row, cell]) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    return [character for place in places for character in place.decode("gb2312", "ignore")]


def pictures(some: Sequence[str], face: str, stretched: bool) -> Pictures:
    """One row a character, of length 1 and without its mean, so that the product of two rows is how alike they are."""
    font = ImageFont.truetype(str(FONTS / face), int(DRAWN * 0.8))
    rows = np.empty((len(some), COMPARED * COMPARED), np.float32)
    for number, character in enumerate(some):
        page = Image.new("L", (DRAWN, DRAWN), 0)
        ImageDraw.Draw(page).text((DRAWN / 2, DRAWN / 2), character, fill=255, font=font, anchor="mm")
        box = page.getbbox()
        if stretched and box is not None:
            left, top, right, bottom = box
            if min(right - left, bottom - top) * 3 > max(right - left, bottom - top):
                page = page.crop(box).resize((DRAWN, DRAWN), Image.Resampling.BILINEAR)
        small = page.filter(ImageFilter.GaussianBlur(BLUR)).resize((COMPARED, COMPARED), Image.Resampling.BOX)
        rows[number] = np.asarray(small, np.float32).ravel()
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def likeness(some: Sequence[str], every: Sequence[str]) -> Pictures:
    """How alike each of `some` and each of `every` are, at best."""
    best = np.zeros((len(some), len(every)), np.float32)
    for stretched in (False, True):
        faces = [pictures(every, face, stretched) for face in FACES]
        places = [every.index(character) for character in some]
        np.maximum(best, sum(face[places] @ face.T for face in faces) / len(faces), out=best)
    return best


def lookalikes(some: Sequence[str], every: Sequence[str]) -> dict[str, str]:
    """The characters of `every` that look like each of `some`, nearest first."""
    found = {}
    for character, alike in zip(some, likeness(some, every), strict=True):
        nearest = np.argsort(-alike, kind="stable")[: MOST + 1]
        found[character] = "".join(every[n] for n in nearest if every[n] != character and alike[n] >= LEAST)[:MOST]
    return found


HEADER = """\
# Characters of GB2312 that look alike: one line a character, then the characters most like it, nearest first.
# Made by installer/lookalikes.py from the typefaces in resources/fonts; made anew when these change.
"""


def write() -> None:
    every = characters()
    lines = [f"{character}{alike}\n" for character, alike in lookalikes(every, every).items() if alike]
    RESULT.write_text(HEADER + "".join(lines), "utf-8")


if __name__ == "__main__":
    write()
