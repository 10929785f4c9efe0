"""app/reading/ofd_drawing.py — the lines, areas and images of an OFD page (ofdkit reads only its text).

Draws what a paper needs to be recognised: rules of tables, frames, scanned pages, logos. Clips, patterns, gradients and
electronic seals are left out. Coordinates are millimetres; `scale` is pixels to the millimetre.
"""

from __future__ import annotations

import io
import math
import posixpath
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import pairwise

from PIL import Image, ImageDraw

from app.reading import limits
from app.reading.errors import Refused
from app.reading.images import DAMAGE
from app.reading.package import Package
from app.reading.sheet import flat

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
UNCHANGED: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
DEEPEST = 16
STEPS = 12                        # straight pieces to a curve
TAKES = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


class Drawings:
    """What the pages of one file show besides text."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._media: dict[tuple[str, str], str] = {}
        self._templates: dict[tuple[str, str], str] = {}
        for name in package.names:
            base = posixpath.basename(name).lower()
            if base.endswith("res.xml"):
                self._resources(name)
            elif base == "document.xml":
                self._document(name)

    def _resources(self, name: str) -> None:
        root = _parsed(self._package, name)
        if root is None:
            return
        folder = posixpath.join(posixpath.dirname(name), root.get("BaseLoc", ""))
        for element in root.iter():
            if _local(element) == "MultiMedia":
                for child in element:
                    if _local(child) == "MediaFile":
                        self._media[(_house(name), element.get("ID", ""))] = self._found(folder, child.text or "")

    def _document(self, name: str) -> None:
        root = _parsed(self._package, name)
        for element in root.iter() if root is not None else ():
            if _local(element) == "TemplatePage":
                place = self._found(posixpath.dirname(name), element.get("BaseLoc", ""))
                self._templates[(_house(name), element.get("ID", ""))] = place

    def _found(self, folder: str, location: str) -> str:
        for tried in (posixpath.join(folder, location.strip()), location.strip()):
            name = posixpath.normpath(tried.replace("\\", "/")).lstrip("/")
            if name in self._package:
                return name
        return ""

    def paint(self, picture: Image.Image, location: str, origin: Point, scale: float) -> bool:
        """Draws the page stored at `location`; whether there was anything to draw."""
        root = _parsed(self._package, location)
        if root is None:
            return False
        place: Matrix = (scale, 0.0, 0.0, scale, -origin[0] * scale, -origin[1] * scale)
        pages = []
        for element in root:
            if _local(element) == "Template":
                under = self._templates.get((_house(location), element.get("TemplateID", "")), "")
                pages.append(_parsed(self._package, under) if under else None)
        count = 0
        for page in [*pages, root]:
            for element, matrix in _objects(page, place, 0) if page is not None else ():
                count += 1
                if count > limits.DRAWINGS:
                    return True
                if _local(element) == "PathObject":
                    _path(picture, element, matrix)
                else:
                    self._image(picture, element, matrix, _house(location))
        return count > 0

    def _image(self, picture: Image.Image, element: ET.Element, matrix: Matrix, house: str) -> None:
        name = self._media.get((house, element.get("ResourceID", "")), "")
        if not name:
            return
        corners = [_apply(_inner(element, matrix), point) for point in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))]
        left, top = min(x for x, _ in corners), min(y for _, y in corners)
        right, bottom = max(x for x, _ in corners), max(y for _, y in corners)
        if not (right > 0 and bottom > 0 and left < picture.width and top < picture.height):
            return
        size = (max(1, round(right - left)), max(1, round(bottom - top)))
        if size[0] * size[1] > limits.RENDER_PIXELS:
            return
        try:
            image = Image.open(io.BytesIO(self._package.read(name)), formats=["PNG", "JPEG", "BMP", "TIFF", "GIF"])
            if image.width * image.height > limits.IMAGE_PIXELS:
                raise Refused("too_large")
            shown = flat(image).resize(size, Image.Resampling.BOX, reducing_gap=2.0)
        except Image.DecompressionBombError:
            raise Refused("too_large") from None
        except DAMAGE:
            return  # a logo that cannot be decoded leaves its place white; the words of the page are not in it
        picture.paste(shown, (round(left), round(top)))


def _parsed(package: Package, name: str) -> ET.Element | None:
    """A part, or None when it is missing or broken: ofdkit has already judged whether the file can be read."""
    try:
        return package.xml(name)
    except Refused:
        return None


def _house(name: str) -> str:
    """The document folder (Doc_0) a part belongs to: identifiers are unique within one document."""
    return name.split("/", 1)[0] if "/" in name else ""


def _local(element: ET.Element) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def _objects(root: ET.Element, matrix: Matrix, depth: int) -> Iterator[tuple[ET.Element, Matrix]]:
    """Path and image objects, each with the matrix of what holds it."""
    for element in root:
        kind = _local(element)
        if kind in ("PathObject", "ImageObject"):
            yield element, matrix
        elif kind in ("Content", "Layer", "PageBlock") and depth < DEEPEST:
            yield from _objects(element, matrix, depth + 1)


def _numbers(text: str | None, count: int) -> tuple[float, ...] | None:
    try:
        values = tuple(float(one) for one in (text or "").split())
    except ValueError:
        return None
    return values if len(values) == count and all(math.isfinite(one) and abs(one) < 1e6 for one in values) else None


def _inner(element: ET.Element, outer: Matrix) -> Matrix:
    """Object space to pixels: the object's own matrix, moved to its boundary."""
    box = _numbers(element.get("Boundary"), 4) or (0.0, 0.0, 0.0, 0.0)
    a, b, c, d, e, f = _numbers(element.get("CTM"), 6) or UNCHANGED
    e, f = e + box[0], f + box[1]
    oa, ob, oc, od, oe, of = outer
    return (oa * a + oc * b, ob * a + od * b, oa * c + oc * d, ob * c + od * d, oa * e + oc * f + oe, ob * e + od * f + of)


def _apply(matrix: Matrix, point: Point) -> Point:
    a, b, c, d, e, f = matrix
    return a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f


def _colour(element: ET.Element, kind: str, otherwise: tuple[int, int, int]) -> tuple[int, int, int]:
    for child in element:
        if _local(child) == kind:
            values = _numbers(child.get("Value"), 3)
            if values:
                return tuple(max(0, min(255, int(one))) for one in values)  # type: ignore[return-value]
    return otherwise


def _path(picture: Image.Image, element: ET.Element, outer: Matrix) -> None:
    matrix = _inner(element, outer)
    data = next((child.text or "" for child in element if _local(child) == "AbbreviatedData"), "")
    lines = [[_apply(matrix, point) for point in line] for line in _outline(data)]
    pen = ImageDraw.Draw(picture)
    for line in lines:
        if len(line) < 2 or any(abs(x) > 1e5 or abs(y) > 1e5 for x, y in line):
            continue
        if element.get("Fill", "false").lower() == "true" and len(line) > 2:
            pen.polygon(line, fill=_colour(element, "FillColor", (0, 0, 0)))
        if element.get("Stroke", "true").lower() != "false":
            width = (_numbers(element.get("LineWidth"), 1) or (0.353,))[0] * math.sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]))
            pen.line(line, fill=_colour(element, "StrokeColor", (0, 0, 0)), width=max(1, min(60, round(width))))


def _outline(data: str) -> Iterator[list[Point]]:
    """The straight pieces of a path in OFD's short notation; curves are cut into chords."""
    tokens = data.split()
    line: list[Point] = []
    at = 0
    while at < len(tokens) and at < limits.PAGE_CHARACTERS:
        operator = tokens[at]
        takes = TAKES.get(operator)
        values = _numbers(" ".join(tokens[at + 1: at + 1 + takes]), takes) if takes is not None else None
        if takes is None or values is None:
            break
        at += 1 + takes
        if operator in "SM":
            if line:
                yield line
            line = [(values[0], values[1])]
        elif operator == "C":
            if line:
                line.append(line[0])
        elif operator == "A":
            line.append((values[5], values[6]))
        elif line:
            line += _chords([line[-1], *zip(values[::2], values[1::2], strict=True)])
    if line:
        yield line


def _chords(points: list[Point]) -> list[Point]:
    """A line, or a Bézier curve of two or three degrees, as points after the first."""
    if len(points) == 2:
        return points[1:]
    curve = []
    for step in range(1, STEPS + 1):
        share = step / STEPS
        level = points
        while len(level) > 1:
            level = [(p[0] + (q[0] - p[0]) * share, p[1] + (q[1] - p[1]) * share) for p, q in pairwise(level)]
        curve.append(level[0])
    return curve
