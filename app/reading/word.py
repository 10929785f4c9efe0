"""app/reading/word.py — DOCX: paragraphs and tables in the order of the document, laid out on sheets.

Reads the parts it needs itself: python-docx leaves out content controls, inserted text and text boxes, in which official
templates keep their fields, and the numbers that Word writes before headings (一、（二）3.).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from app.reading.errors import Refused
from app.reading.numerals import numeral
from app.reading.package import Package
from app.reading.typeset import Block, Break, Paragraph, Table, Typeset

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
DEEPEST = 40


def read(data: bytes) -> Typeset:
    package = Package(data)
    root = package.xml("word/document.xml")
    if root.tag.startswith(STRICT):
        for element in root.iter():
            if isinstance(element.tag, str) and element.tag.startswith(STRICT):
                element.tag = W + element.tag[len(STRICT):]
    body = root.find(f"{W}body")
    if body is None:
        raise Refused("damaged")
    numbering = _Numbering(package.xml("word/numbering.xml") if "word/numbering.xml" in package else None)
    styles = _Styles(package.xml("word/styles.xml") if "word/styles.xml" in package else None)
    return Typeset(_blocks(body, numbering, styles, 0))


def _blocks(parent: ET.Element, numbering: _Numbering, styles: _Styles, depth: int) -> Iterator[Block]:
    if depth > DEEPEST:
        raise Refused("damaged")
    for element in parent:
        if element.tag == f"{W}p":
            yield from _paragraph(element, numbering, styles)
            for box in _boxes(element):
                yield from _blocks(box, numbering, styles, depth + 1)
        elif element.tag == f"{W}tbl":
            yield Table([_cells(row, numbering, styles, depth) for row in _rows(element)])
        elif element.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml", f"{W}moveTo"):
            yield from _blocks(element, numbering, styles, depth + 1)


def _rows(table: ET.Element) -> Iterator[ET.Element]:
    for element in table:
        if element.tag == f"{W}tr":
            yield element
        elif element.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins"):
            yield from _rows(element)


def _cells(row: ET.Element, numbering: _Numbering, styles: _Styles, depth: int) -> list[str]:
    cells = []
    for cell in row.iter(f"{W}tc"):
        texts = []
        for block in _blocks(cell, numbering, styles, depth + 1):
            if isinstance(block, Paragraph):
                texts.append(block.text)
            elif isinstance(block, Table):
                texts += ["  ".join(inner) for inner in block.rows]
        cells.append("\n".join(text for text in texts if text.strip()))
    return cells


def _paragraph(element: ET.Element, numbering: _Numbering, styles: _Styles) -> Iterator[Block]:
    look = styles.look(element.find(f"{W}pPr"))
    number = numbering.next(look.number)
    text = number + "".join(_text(element))
    pieces = text.split("\f")
    for index, piece in enumerate(pieces):
        if index:
            yield Break()
        for line in piece.split("\n"):
            yield Paragraph(line, bold=look.level > 0, scale={1: 1.5, 2: 1.25, 3: 1.1}.get(look.level, 1.0), centred=look.centred)


def _text(element: ET.Element) -> Iterator[str]:
    """The words of one paragraph, without deleted ones and without those of a text box inside it."""
    for child in element:
        tag = child.tag
        if tag == f"{W}t":
            yield child.text or ""
        elif tag == f"{W}tab":
            yield "    "
        elif tag in (f"{W}br", f"{W}cr"):
            yield "\f" if child.get(f"{W}type") == "page" else "\n"
        elif tag == f"{W}noBreakHyphen":
            yield "-"
        elif tag == f"{W}sym":
            yield "□"
        elif tag in (f"{W}del", f"{W}moveFrom", f"{W}pPr", f"{W}rPr", f"{W}instrText", f"{W}txbxContent", f"{MC}AlternateContent",
                     f"{W}drawing", f"{W}pict", f"{W}object"):
            continue
        else:
            yield from _text(child)


def _boxes(paragraph: ET.Element) -> Iterator[ET.Element]:
    """Text boxes anchored in a paragraph. Word stores each one twice, for new and old programs: the first is taken."""
    stack = list(paragraph)[::-1]
    while stack:
        element = stack.pop()
        if element.tag == f"{W}txbxContent":
            yield element
        elif element.tag == f"{MC}AlternateContent":
            choice = element.find(f"{MC}Choice")
            stack.append(choice if choice is not None else ET.Element("none"))
        else:
            stack += list(element)[::-1]


class _Look:
    __slots__ = ("centred", "level", "number")

    def __init__(self) -> None:
        self.level = 0
        self.centred = False
        self.number: tuple[str, int] | None = None


class _Styles:
    """What a paragraph's style says: heading level, alignment, numbering."""

    def __init__(self, root: ET.Element | None) -> None:
        self._styles: dict[str, ET.Element] = {}
        if root is not None:
            self._styles = {style.get(f"{W}styleId", ""): style for style in root.findall(f"{W}style")}

    def look(self, properties: ET.Element | None) -> _Look:
        look = _Look()
        if properties is None:
            return look
        chain: list[ET.Element] = []
        name = _value(properties, "pStyle")
        while name in self._styles and len(chain) < 12:
            chain.append(self._styles[name])
            name = _value(self._styles[name], "basedOn")
        for style in reversed(chain):
            called = _value(style, "name").lower()
            if called == "title":
                look.level, look.centred = 1, True
            elif called.startswith("heading ") and called[8:].isdigit():
                look.level = min(int(called[8:]), 9)
            inner = style.find(f"{W}pPr")
            if inner is not None:
                self._apply(look, inner)
        self._apply(look, properties)
        return look

    @staticmethod
    def _apply(look: _Look, properties: ET.Element) -> None:
        alignment = _value(properties, "jc")
        if alignment:
            look.centred = alignment == "center"
        numbered = properties.find(f"{W}numPr")
        if numbered is not None:
            list_id = _value(numbered, "numId") or (look.number[0] if look.number else "")
            level = _value(numbered, "ilvl")
            look.number = (list_id, int(level) if level.isdigit() else 0)
        outline = _value(properties, "outlineLvl")
        if outline.isdigit() and int(outline) < 9:
            look.level = int(outline) + 1


class _Numbering:
    """The running numbers of lists, as Word counts them."""

    def __init__(self, root: ET.Element | None) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._family: dict[str, str] = {}
        if root is None:
            return
        families = {one.get(f"{W}abstractNumId", ""): one for one in root.findall(f"{W}abstractNum")}
        for number in root.findall(f"{W}num"):
            family_id = _value(number, "abstractNumId")
            family = families.get(family_id)
            if family is None:
                continue
            levels = {}
            for level in family.findall(f"{W}lvl"):
                start = _value(level, "start")
                levels[_int(level.get(f"{W}ilvl"))] = (_value(level, "numFmt"), _value(level, "lvlText"), _int(start) if start else 1)
            self._levels[number.get(f"{W}numId", "")] = levels
            self._family[number.get(f"{W}numId", "")] = family_id

    def next(self, place: tuple[str, int] | None) -> str:
        if place is None or place[0] not in self._levels:
            return ""
        levels, depth = self._levels[place[0]], place[1]
        if depth not in levels:
            return ""
        counts = self._counts.setdefault(self._family[place[0]], {})
        counts[depth] = counts.get(depth, levels[depth][2] - 1) + 1
        for deeper in [one for one in counts if one > depth]:
            del counts[deeper]
        format_, pattern, _ = levels[depth]
        if format_ in ("bullet", "none"):
            return "• " if format_ == "bullet" else ""
        for level in range(9):
            if f"%{level + 1}" in pattern:
                kind, _, start = levels.get(level, ("decimal", "", 1))
                pattern = pattern.replace(f"%{level + 1}", numeral(counts.get(level, start), kind))
        return pattern + ("" if pattern.endswith(("、", "．", "）", "章", "条", "节")) else " ")


def _value(parent: ET.Element, name: str) -> str:
    found = parent.find(f"{W}{name}")
    return found.get(f"{W}val", "") if found is not None else ""


def _int(text: str | None) -> int:
    return int(text) if text and text.lstrip("-").isdigit() and len(text) < 9 else 0
