"""app/samples/vector.py — born-digital pages: a small PDF writer and a small OFD writer for laid-out sheets.

Both embed subsets of the shipped fonts, carry no dates, and put every character where `sheet` put it, so that text
extracts in reading order, characters beyond U+FFFF included. The PDF writer also binds pictures (scans) to a PDF.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from xml.sax.saxutils import escape

from fontTools.fontBuilder import FontBuilder
from PIL import Image

from app.samples import ink
from app.samples.sheet import FACES, HEIGHT, WIDTH, Print, Rule, Run, Sheet, font

_PRINT_DPI = 150
_MM = 25.4 / 72
_EPOCH = (1980, 1, 1, 0, 0, 0)
_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'


@cache
def embedded(face: str, characters: str) -> tuple[bytes, dict[str, tuple[int, float]]]:
    """A subset font file, and for each character its glyph number there and its width at size 1000.

    Built glyph by glyph from the font already in memory: fontTools' own subsetter reads the whole file anew each time.
    """
    whole = font(face)
    cmap, outlines, metrics = whole.getBestCmap(), whole["glyf"], whole["hmtx"]
    named = {char: cmap[ord(char)] for char in characters if ord(char) in cmap}
    needed = {".notdef", *named.values()}
    for name in list(needed):
        needed.update(outlines[name].getComponentNames(outlines))
    order = [".notdef", *sorted(needed - {".notdef"})]
    units, line = whole["head"].unitsPerEm, whole["hhea"]
    builder = FontBuilder(units, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(char): name for char, name in named.items()})
    builder.setupGlyf({name: outlines[name] for name in order})
    builder.setupHorizontalMetrics({name: metrics[name] for name in order})
    builder.setupHorizontalHeader(ascent=line.ascent, descent=line.descent)
    builder.setupNameTable({"familyName": FACES[face].removesuffix(".ttf"), "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=0, modified=0)
    target = io.BytesIO()
    builder.save(target)
    numbers = {name: number for number, name in enumerate(order)}
    glyphs = {}
    for char in characters:
        name = named.get(char, ".notdef")
        glyphs[char] = (numbers[name], metrics[name][0] * 1000 / units)
    return target.getvalue(), glyphs


def _characters(sheets: Iterable[Sheet]) -> dict[str, str]:
    used: dict[str, set[str]] = {}
    for sheet in sheets:
        for mark in sheet.marks:
            if isinstance(mark, Run):
                used.setdefault(mark.face, set()).update(mark.text)
    return {face: "".join(sorted(chars)) for face, chars in sorted(used.items())}


class _Objects:
    """The numbered objects of a PDF, in the order they are added."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def add(self, body: str | bytes) -> int:
        self.bodies.append(body.encode("ascii") if isinstance(body, str) else body)
        return len(self.bodies)

    def stream(self, entries: str, data: bytes, *, packed: bool = False) -> int:
        if not packed:
            data, entries = zlib.compress(data, 9), entries + " /Filter /FlateDecode"
        return self.add(f"<< {entries} /Length {len(data)} >>\nstream\n".encode("ascii") + data + b"\nendstream")

    def file(self, root: int) -> bytes:
        out = io.BytesIO()
        out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        offsets = []
        for number, body in enumerate(self.bodies, 1):
            offsets.append(out.tell())
            out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        start = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
        out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
        out.write(b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, root, start))
        return out.getvalue()


def _bind(objects: _Objects, pages: Sequence[tuple[int, str, float, float]]) -> bytes:
    """Pages of (content object, resources, width, height) as a file. The page tree comes last."""
    tree = len(objects.bodies) + len(pages) + 1
    kids = [
        objects.add(
            f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {width:g} {height:g}] /Resources << {needs} >> /Contents {content} 0 R >>"
        )
        for content, needs, width, height in pages
    ]
    objects.add(f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>")
    return objects.file(objects.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))


def picture_pdf(jpegs: Sequence[bytes]) -> bytes:
    """A PDF as a scanner makes it: one JPEG a page, A4."""
    objects = _Objects()
    pages = []
    for jpeg in jpegs:
        with Image.open(io.BytesIO(jpeg)) as image:
            width, height, space = image.width, image.height, "/DeviceGray" if image.mode == "L" else "/DeviceRGB"
        entries = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace {space} /BitsPerComponent 8 /Filter /DCTDecode"
        number = objects.stream(entries, jpeg, packed=True)
        content = objects.stream("", f"q {WIDTH:g} 0 0 {HEIGHT:g} 0 0 cm /I Do Q".encode("ascii"))
        pages.append((content, f"/XObject << /I {number} 0 R >>", WIDTH, HEIGHT))
    return _bind(objects, pages)


def _pdf_font(objects: _Objects, face: str, characters: str) -> tuple[int, dict[str, int]]:
    file, glyphs = embedded(face, characters)
    program = objects.stream(f"/Length1 {len(file)}", file)
    name = f"/AAAAAA+{FACES[face].removesuffix('.ttf')}"
    descriptor = objects.add(
        f"<< /Type /FontDescriptor /FontName {name} /Flags 4 /FontBBox [-200 -300 1200 1160] /ItalicAngle 0 /Ascent 880"
        f" /Descent -120 /CapHeight 700 /StemV 80 /FontFile2 {program} 0 R >>"
    )
    widths = " ".join(f"{glyph} [{width:.0f}]" for glyph, width in sorted(glyphs.values()))
    descendant = objects.add(
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont {name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
        f" /FontDescriptor {descriptor} 0 R /DW 1000 /W [{widths}] /CIDToGIDMap /Identity >>"
    )
    pairs = [f"<{glyph:04X}> <{char.encode('utf-16-be').hex().upper()}>" for char, (glyph, _width) in glyphs.items()]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
        + "endcmap CMapName currentdict /CMap defineresource pop end end"
    )
    unicode = objects.stream("", cmap.encode("ascii"))
    font = objects.add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont {name} /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] /ToUnicode {unicode} 0 R >>"
    )
    return font, {char: glyph for char, (glyph, _width) in glyphs.items()}


def _pdf_print(objects: _Objects, mark: Print) -> tuple[int, tuple[float, float, float, float]]:
    image, left, top, width, height = ink.placed(mark, _PRINT_DPI)
    size = f"/Type /XObject /Subtype /Image /Width {image.width} /Height {image.height} /BitsPerComponent 8"
    alpha = objects.stream(f"{size} /ColorSpace /DeviceGray", image.getchannel("A").tobytes())
    number = objects.stream(f"{size} /ColorSpace /DeviceRGB /SMask {alpha} 0 R", image.convert("RGB").tobytes())
    return number, (left, HEIGHT - top - height, width, height)


def text_pdf(sheets: Sequence[Sheet]) -> bytes:
    """A PDF with real text."""
    objects = _Objects()
    fonts = {face: _pdf_font(objects, face, characters) for face, characters in _characters(sheets).items()}
    names = " ".join(f"/{face} {number} 0 R" for face, (number, _glyphs) in fonts.items())
    pages = []
    for sheet in sheets:
        drawn: list[str] = []
        images: list[str] = []
        for mark in sheet.marks:
            match mark:
                case Run(x, y, size, face, text, colour):
                    shown = "".join(f"{fonts[face][1][char]:04X}" for char in text)
                    tint = " ".join(f"{part / 255:.3f}" for part in colour)
                    drawn.append(f"BT {tint} rg /{face} {size:g} Tf 1 0 0 1 {x:.2f} {HEIGHT - y:.2f} Tm <{shown}> Tj ET")
                case Rule(x0, y0, x1, y1, width, colour):
                    tint = " ".join(f"{part / 255:.3f}" for part in colour)
                    drawn.append(f"{tint} RG {width:g} w {x0:.2f} {HEIGHT - y0:.2f} m {x1:.2f} {HEIGHT - y1:.2f} l S")
                case Print():
                    number, (left, bottom, wide, high) = _pdf_print(objects, mark)
                    drawn.append(f"q {wide:.2f} 0 0 {high:.2f} {left:.2f} {bottom:.2f} cm /P{len(images)} Do Q")
                    images.append(f"/P{len(images)} {number} 0 R")
        content = objects.stream("", "\n".join(drawn).encode("ascii"))
        pages.append((content, f"/Font << {names} >> /XObject << {' '.join(images)} >>", WIDTH, HEIGHT))
    return _bind(objects, pages)


def packed(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip whose bytes depend on its contents alone."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED, 9)
    return target.getvalue()


def _xml(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()


def ofd(sheets: Sequence[Sheet], title: str, creator: str, day: str) -> bytes:
    """An OFD (GB/T 33190) with real text, embedded fonts, and seals as pictures. `day` is YYYYMMDD."""
    ids = iter(range(2, 1_000_000))
    entries: list[tuple[str, bytes]] = []
    fonts: dict[str, int] = {}
    used = _characters(sheets)
    declared = []
    for face, characters in used.items():
        fonts[face] = next(ids)
        entries.append((f"Doc_0/Res/font_{face}.ttf", embedded(face, characters)[0]))
        family = FACES[face].removesuffix(".ttf")
        declared.append(f'<ofd:Font ID="{fonts[face]}" FontName="{family}" FamilyName="{family}"><ofd:FontFile>font_{face}.ttf</ofd:FontFile></ofd:Font>')
    media, pages = [], []
    for number, sheet in enumerate(sheets):
        page, drawn = next(ids), []
        for mark in sheet.marks:
            match mark:
                case Run(x, y, size, face, text, colour):
                    glyphs = embedded(face, used[face])[1]
                    steps = " ".join(f"{glyphs[char][1] / 1000 * size * _MM:.3f}" for char in text[:-1])
                    delta = f' DeltaX="{steps}"' if steps else ""
                    drawn.append(
                        f'<ofd:TextObject ID="{next(ids)}" Boundary="{x * _MM:.3f} {(y - size) * _MM:.3f} {mark.width * _MM:.3f} {size * 1.25 * _MM:.3f}"'
                        f' Font="{fonts[face]}" Size="{size * _MM:.3f}"><ofd:FillColor Value="{colour[0]} {colour[1]} {colour[2]}"/>'
                        f'<ofd:TextCode X="0" Y="{size * _MM:.3f}"{delta}>{escape(text)}</ofd:TextCode></ofd:TextObject>'
                    )
                case Rule(x0, y0, x1, y1, width, colour):
                    wide, high = abs(x1 - x0) * _MM + 0.01, abs(y1 - y0) * _MM + 0.01
                    drawn.append(
                        f'<ofd:PathObject ID="{next(ids)}" Boundary="{min(x0, x1) * _MM:.3f} {min(y0, y1) * _MM:.3f} {wide:.3f} {high:.3f}" LineWidth="{width * _MM:.3f}">'
                        f'<ofd:StrokeColor Value="{colour[0]} {colour[1]} {colour[2]}"/><ofd:AbbreviatedData>M 0 0 L {(x1 - x0) * _MM:.3f} {(y1 - y0) * _MM:.3f}</ofd:AbbreviatedData></ofd:PathObject>'
                    )
                case Print():
                    image, left, top, width, height = ink.placed(mark, _PRINT_DPI)
                    target = io.BytesIO()
                    image.save(target, "PNG", optimize=True)
                    medium = next(ids)
                    entries.append((f"Doc_0/Res/print_{medium}.png", target.getvalue()))
                    media.append(f'<ofd:MultiMedia ID="{medium}" Type="Image" Format="PNG"><ofd:MediaFile>print_{medium}.png</ofd:MediaFile></ofd:MultiMedia>')
                    drawn.append(
                        f'<ofd:ImageObject ID="{next(ids)}" Boundary="{left * _MM:.3f} {top * _MM:.3f} {width * _MM:.3f} {height * _MM:.3f}"'
                        f' CTM="{width * _MM:.3f} 0 0 {height * _MM:.3f} 0 0" ResourceID="{medium}"/>'
                    )
        entries.append((
            f"Doc_0/Pages/Page_{number}/Content.xml",
            _xml(f'<ofd:Page {_OFD}><ofd:Content><ofd:Layer ID="{next(ids)}" Type="Body">{"".join(drawn)}</ofd:Layer></ofd:Content></ofd:Page>'),
        ))
        pages.append(f'<ofd:Page ID="{page}" BaseLoc="Pages/Page_{number}/Content.xml"/>')
    box = f"<ofd:PhysicalBox>0 0 {WIDTH * _MM:.2f} {HEIGHT * _MM:.2f}</ofd:PhysicalBox>"
    date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    head = [
        ("OFD.xml", _xml(
            f'<ofd:OFD {_OFD} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>{zlib.crc32(title.encode() + day.encode()):032x}</ofd:DocID>'
            f"<ofd:Title>{escape(title)}</ofd:Title><ofd:Author>{escape(creator)}</ofd:Author><ofd:CreationDate>{date}</ofd:CreationDate></ofd:DocInfo>"
            f"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
        )),
        ("Doc_0/Document.xml", _xml(
            f"<ofd:Document {_OFD}><ofd:CommonData><ofd:MaxUnitID>{next(ids)}</ofd:MaxUnitID><ofd:PageArea>{box}</ofd:PageArea>"
            f"<ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes></ofd:CommonData>"
            f"<ofd:Pages>{''.join(pages)}</ofd:Pages></ofd:Document>"
        )),
        ("Doc_0/PublicRes.xml", _xml(f'<ofd:Res {_OFD} BaseLoc="Res"><ofd:Fonts>{"".join(declared)}</ofd:Fonts></ofd:Res>')),
        ("Doc_0/DocumentRes.xml", _xml(f'<ofd:Res {_OFD} BaseLoc="Res"><ofd:MultiMedias>{"".join(media)}</ofd:MultiMedias></ofd:Res>')),
    ]
    return packed([*head, *entries])
