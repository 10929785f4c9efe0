"""app/samples/scan.py — draws sheets as pictures and ages them as scanners, copiers and telephones do.

`clean` draws a sheet; `scanned`, `copied` and `photographed` make of it what comes out of a colour scanner, a
black-and-white copier and a telephone held over a desk. The chance in it comes from the seed alone.
"""

from __future__ import annotations

from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from app.samples import ink
from app.samples.sheet import HEIGHT, WIDTH, Print, Rule, Run, Sheet

DPI = 200


_WHITE = (255, 255, 255)


def clean(
    sheet: Sheet, dpi: int = DPI, rng: Random | None = None, paper: tuple[int, int, int] = _WHITE
) -> Image.Image:
    """The sheet as printed. With `rng` the handwriting wavers a little."""
    scale = dpi / 72
    image = Image.new("RGB", (round(WIDTH * scale), round(HEIGHT * scale)), paper)
    draw = ImageDraw.Draw(image)
    for mark in sheet.marks:
        match mark:
            case Run(x, y, size, face, text, colour):
                larger = 1.12 if face == "hand" else 1.0
                dy = rng.uniform(-1.0, 1.0) if rng and face == "hand" else 0.0
                letter = ink.typeface(face, round(size * scale * larger))
                draw.text((x * scale, (y + dy) * scale), text, colour, font=letter, anchor="ls")
            case Rule(x0, y0, x1, y1, width, colour):
                draw.line((x0 * scale, y0 * scale, x1 * scale, y1 * scale), colour, max(1, round(width * scale)))
            case Print():
                pressed, left, top, _width, _height = ink.placed(mark, dpi)
                film = Image.new("RGB", pressed.size, _WHITE)
                film.paste(pressed, mask=pressed)
                at = (round(left * scale), round(top * scale))
                under = image.crop((*at, at[0] + film.width, at[1] + film.height))
                image.paste(ImageChops.multiply(under, film), at)
    return image


def _turned(image: Image.Image, degrees: float, fill: int | tuple[int, int, int]) -> Image.Image:
    return image.rotate(degrees, resample=Image.Resampling.BILINEAR, fillcolor=fill)


def _grained(page: Image.Image, rng: Random, strength: float) -> Image.Image:
    """Noise over a page: one small tile, repeated with an offset, because fresh noise for a page costs too much."""
    noise = np.random.default_rng(rng.randrange(2**32))
    tile = (noise.standard_normal((256, 384), dtype=np.float32) * strength + 128).clip(0, 255).astype(np.uint8)
    film = np.tile(tile, (page.height // 256 + 1, page.width // 384 + 1))[: page.height, : page.width]
    grain = Image.fromarray(np.ascontiguousarray(film))
    return ImageChops.add(page, grain if page.mode == "L" else grain.convert(page.mode), 1.0, -128)


def _shade(size: tuple[int, int], rng: Random, low: int, high: int) -> Image.Image:
    """A soft unevenness of light over the page."""
    corners = Image.new("L", (3, 4))
    corners.putdata([rng.randint(low, high) for _ in range(12)])
    return corners.resize(size, Image.Resampling.BICUBIC)


def scanned(sheet: Sheet, rng: Random) -> Image.Image:
    """A page from the feeder of a cheap colour scanner: a little turned (which blurs it), warm paper, grain, dust."""
    paper = (rng.randint(244, 251), rng.randint(242, 248), rng.randint(232, 242))
    page = clean(sheet, rng=rng, paper=paper)
    _dust(page, rng)
    page = _turned(page, rng.uniform(-0.9, 0.9), paper)
    return _grained(ImageChops.multiply(page, _shade(page.size, rng, 236, 255).convert("RGB")), rng, 3.0)


def _grey(page: Image.Image, level: int) -> int | tuple[int, int, int]:
    return level if page.mode == "L" else (level, level, level)


def _dust(page: Image.Image, rng: Random) -> None:
    draw = ImageDraw.Draw(page)
    for _speck in range(rng.randint(15, 45)):
        x, y, radius = rng.randrange(page.width), rng.randrange(page.height), rng.choice((1, 1, 1, 2))
        draw.ellipse((x, y, x + radius, y + radius), fill=_grey(page, rng.randint(60, 150)))
    if rng.random() < 0.4:
        for hole in (page.height * 0.37, page.height * 0.63):
            draw.ellipse((34, hole - 22, 78, hole + 22), fill=_grey(page, 118))


def copied(sheet: Sheet, rng: Random) -> Image.Image:
    """A page from an old copier: grey levels only, contrast pushed, specks. One channel."""
    page = clean(sheet, rng=rng).convert("L")
    _dust(page, rng)
    grey = _turned(page, rng.uniform(-1.1, 1.1), 255)
    pushed = grey.point([max(0, min(255, (level - 128) * 5 // 4 + 150)) for level in range(256)])
    return _grained(pushed, rng, 6.0)


def photographed(sheet: Sheet, rng: Random) -> Image.Image:
    """A telephone's picture of the page on a desk: keystoned, lit from one side, the hand's shadow over a corner."""
    page = clean(sheet, rng=rng)
    width, height = page.size
    margin = 90
    desk = Image.new("RGB", (width + 2 * margin, height + 2 * margin), (rng.randint(92, 120), rng.randint(78, 96), rng.randint(62, 78)))
    desk.paste(page, (margin, margin))
    jitter = [rng.randint(0, 60) for _ in range(8)]
    outer = (desk.width, desk.height)
    corners = (
        (-jitter[0], -jitter[1]), (outer[0] + jitter[2], -jitter[3]),
        (outer[0] + jitter[4], outer[1] + jitter[5]), (-jitter[6], outer[1] + jitter[7]),
    )
    page = desk.transform(
        desk.size, Image.Transform.PERSPECTIVE, _keystone(outer, corners), Image.Resampling.BILINEAR, fillcolor=(96, 82, 66)
    )
    light = _shade(page.size, rng, 176, 255)
    shadow = Image.new("L", page.size, 255)
    side = rng.choice((0, page.width))
    ImageDraw.Draw(shadow).polygon(
        [(side, page.height * 0.55), (abs(side - page.width * 0.45), page.height), (side, page.height)], fill=196
    )
    small = shadow.resize((page.width // 16, page.height // 16)).filter(ImageFilter.GaussianBlur(6)).resize(page.size)
    lit = ImageChops.multiply(page, ImageChops.multiply(light, small).convert("RGB"))
    return _grained(lit, rng, 4.0)


def _keystone(size: tuple[int, int], corners: tuple[tuple[int, int], ...]) -> tuple[float, ...]:
    """The eight numbers that make Pillow show the quadrilateral `corners` as the whole of `size`."""
    width, height = size
    target = ((0, 0), (width, 0), (width, height), (0, height))
    rows, values = [], []
    for (x, y), (u, v) in zip(target, corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return tuple(float(value) for value in np.linalg.solve(np.array(rows, float), np.array(values, float)))
