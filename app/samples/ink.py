"""app/samples/ink.py — what is pressed onto a sample paper: round seals, fingerprints, stamps of receipt.

Each is a transparent picture at a given resolution; `picture` is the only door. The seals say 样本 inside their ring,
so that no print of them can be taken for a real one.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import resources
from app.samples.sheet import FACES, RED, Print

_SEAL, _THUMB, _RECEIPT = (119.0, 119.0), (38.0, 50.0), (128.0, 46.0)


@cache
def typeface(face: str, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        str(resources.path("fonts", FACES[face])), pixels, layout_engine=ImageFont.Layout.BASIC
    )


@cache
def picture(kind: str, text: str, dpi: int) -> tuple[Image.Image, float, float]:
    """The transparent picture of a print, and its width and height in points."""
    scale = dpi / 72
    if kind == "seal":
        (width, height), alpha = _SEAL, _seal(text, scale)
    elif kind == "thumb":
        (width, height), alpha = _THUMB, _thumb(scale)
    else:
        (width, height), alpha = _RECEIPT, _receipt(text, scale)
    worn = np.asarray(alpha, dtype=np.float32) * _wear(alpha.size, len(text))
    coloured = Image.new("RGBA", alpha.size, (*RED, 0))
    coloured.putalpha(Image.fromarray(worn.clip(0, 255).astype(np.uint8)))
    return coloured, width, height


def placed(mark: Print, dpi: int) -> tuple[Image.Image, float, float, float, float]:
    """The picture and the rectangle (left, top, width, height in points) it fills."""
    image, width, height = picture(mark.kind, mark.text, dpi)
    return image, mark.x - width / 2, mark.y - height / 2, width, height


def _wear(size: tuple[int, int], seed: int) -> np.ndarray:
    """How unevenly a stamp takes: cloudy at large, speckled at small."""
    noise = np.random.default_rng(seed)
    cloud = Image.fromarray(noise.integers(105, 185, (5, 5), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    speckle = noise.random((size[1], size[0]), dtype=np.float32) > 0.06
    return np.asarray(cloud, dtype=np.float32) / 255 * (0.45 + 0.55 * speckle)


def _seal(text: str, scale: float) -> Image.Image:
    side = round(_SEAL[0] * scale)
    image = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(image)
    middle = side / 2
    draw.ellipse((2, 2, side - 3, side - 3), outline=255, width=max(2, round(3.2 * scale)))
    star = []
    for point in range(10):
        radius = side * (0.17 if point % 2 == 0 else 0.065)
        angle = math.pi * point / 5 - math.pi / 2
        star.append((middle + radius * math.cos(angle), middle + radius * math.sin(angle)))
    draw.polygon(star, fill=255)
    pixels = round(min(14.0, 215 / len(text)) * scale)
    step = min(0.36, 4.5 / len(text))
    letter = typeface("bold", pixels)
    for place, char in enumerate(text):
        angle = (place - (len(text) - 1) / 2) * step
        tile = Image.new("L", (pixels * 2, pixels * 2), 0)
        ImageDraw.Draw(tile).text((pixels, pixels), char, 255, font=letter, anchor="mm")
        tile = tile.rotate(-math.degrees(angle), resample=Image.Resampling.BICUBIC)
        radius = side * 0.375
        x, y = middle + radius * math.sin(angle), middle - radius * math.cos(angle)
        image.paste(255, (round(x - pixels), round(y - pixels)), tile)
    draw.text((middle, side * 0.76), "样本专用", 255, font=typeface("bold", round(9 * scale)), anchor="mm")
    return image.rotate(7, resample=Image.Resampling.BICUBIC)


def _thumb(scale: float) -> Image.Image:
    width, height = (round(side * scale) for side in _THUMB)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = (x / width - 0.5) * 2, (y / height - 0.5) * 2
    ridges = np.sin(26 * np.hypot(u * 0.8, v - 0.25 + 0.25 * u) + 3 * u * v)
    inside = (u**2 + v**2) < 0.92
    return Image.fromarray((np.where(ridges > -0.25, 225, 40) * inside).astype(np.uint8))


def _receipt(text: str, scale: float) -> Image.Image:
    width, height = (round(side * scale) for side in _RECEIPT)
    image = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(image)
    draw.rectangle((1, 1, width - 2, height - 2), outline=255, width=max(2, round(1.4 * scale)))
    rows = text.split("\n")
    for number, row in enumerate(rows):
        top = height * number / len(rows)
        if number:
            draw.line((0, top, width, top), fill=255, width=max(1, round(scale)))
        draw.text((width / 2, top + height / len(rows) / 2), row, 255, font=typeface("hei", round(11 * scale)), anchor="mm")
    return image
