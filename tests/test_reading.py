"""tests/test_reading.py — real files, made in memory, through the real reading processes."""

from __future__ import annotations

import base64
import io
import os
import re
import struct
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest
from openpyxl import Workbook
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

import resources
from app.reading import REASONS, Cancelled, Readers, Unreadable, accepts, limits
from app.reading.child import Child, Gone
from app.reading.numerals import chinese, numeral
from app.reading.order import Spot, ordered, slope
from app.reading.sheet import clean
from app.reading.text import decode
from app.reading.wire import Line, Open, Opened, Turn
from storage.records import Page, Reading

FONT = str(resources.path("fonts", "NotoSansSC-Regular.ttf"))
WORDS = "样本市公安局城关派出所"


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    room = Readers()
    yield room
    room.close()


@pytest.fixture(scope="module")
def parser_only() -> Iterator[Readers]:
    room = Readers(ocr=False)
    yield room
    room.close()


def written(text: str = WORDS, size: tuple[int, int] = (900, 300), at: tuple[int, int] = (60, 100)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text(at, text, fill="black", font=ImageFont.truetype(FONT, 60))
    return image


def saved(image: Image.Image, format_: str, **wishes: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **wishes)
    return file.getvalue()


def pdf(draw: Callable[[Canvas], None], **wishes: object) -> bytes:
    if "Song" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("Song", FONT))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, **wishes)
    canvas.setFont("Song", 14)
    draw(canvas)
    canvas.save()
    return file.getvalue()


def zipped(parts: dict[str, bytes | str], **wishes: object) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **wishes) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return file.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(body: str, **parts: str) -> bytes:
    document = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": document,
                   **{f"word/{name}.xml": text for name, text in parts.items()}})


def ofd(content: str, document: str = "", **parts: bytes | str) -> bytes:
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    return zipped({
        "OFD.xml": f'<ofd:OFD {space}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>',
        "Doc_0/Document.xml": document or f'<ofd:Document {space}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297'
        '</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'
        '</ofd:Document>',
        "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page {space}><ofd:Content><ofd:Layer>{content}</ofd:Layer></ofd:Content></ofd:Page>', **parts,
    })


def ofd_text(text: str) -> str:
    return f'<ofd:TextObject ID="3" Boundary="20 30 150 8" Size="6"><ofd:TextCode X="0" Y="6">{text}</ofd:TextCode></ofd:TextObject>'


def picture(page: Page) -> Image.Image:
    image = Image.open(io.BytesIO(page.picture), formats=["WEBP"])
    image.load()
    return image


def sound(reading: Reading) -> None:
    """What every reading promises about its pages."""
    assert [page.number for page in reading.pages] == list(range(1, len(reading.pages) + 1))
    for page in reading.pages:
        image = picture(page)
        assert image.size == (page.width_px, page.height_px)
        assert max(image.size) <= limits.PICTURE_SIDE
        assert 0 <= page.confidence <= 1
        for line in page.lines:
            assert line.text == clean(line.text).strip() != ""
            assert 0 <= line.x <= 1 and 0 <= line.y <= 1 and line.x + line.width <= 1.000001 and line.y + line.height <= 1.000001


def reason(readers: Readers, data: bytes, name: str = "x") -> str:
    with pytest.raises(Unreadable) as caught:
        readers.read(data, name)
    assert caught.value.reason in REASONS
    assert caught.value.facts["reason"] == caught.value.reason
    return caught.value.reason


def alive(readers: Readers) -> None:
    assert readers.read(b"still here", "a.txt").pages[0].text == "still here"


# Formats ---------------------------------------------------------------------------------------------------------------


def test_pdf_text_with_rare_characters_in_place(parser_only: Readers) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 770, "关于㛃同志的通知")
        canvas.drawString(72, 400, "第二行 second line")
        canvas.showPage()
        canvas.setFont("Song", 14)
        canvas.drawString(300, 72, "第二页")

    reading = parser_only.read(pdf(draw), "通知.pdf")
    sound(reading)
    assert reading.format == "pdf"
    assert [[line.text for line in page.lines] for page in reading.pages] == [["关于㛃同志的通知", "第二行 second line"], ["第二页"]]
    first, second = reading.pages[0].lines
    assert reading.pages[0].source == "text" and reading.pages[0].confidence == 1.0
    assert abs(first.x - 72 / A4[0]) < 0.01 and abs(first.y - (A4[1] - 784) / A4[1]) < 0.02
    assert first.y < second.y < 0.6 < reading.pages[1].lines[0].y
    # The box stands where the ink is.
    image = picture(reading.pages[0]).convert("L")
    box = (int(first.x * image.width), int(first.y * image.height), int((first.x + first.width) * image.width) + 1,
           int((first.y + first.height) * image.height) + 1)
    assert image.crop(box).getextrema()[0] < 120


def test_pdf_characters_beyond_the_basic_plane_stay_whole(parser_only: Readers) -> None:
    # A minimal PDF whose ToUnicode map sends code 1 to 𠅤 and code 2 to 𬭊, as surrogate pairs.
    cmap = (b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def 1 begincodespacerange <0000> <ffff> "
            b"endcodespacerange 2 beginbfchar <0001> <d840dd64> <0002> <d872df4a> endbfchar endcmap end end")
    content = b"BT /F 30 Tf 100 700 Td <00010002> Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(cmap), cmap),
    ]
    assert parser_only.read(plain_pdf(objects), "x").pages[0].text == "𠅤𬭊"


def test_filled_in_fields_are_text(parser_only: Readers) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "姓名")
        canvas.acroForm.textfield(name="name", value="Sample Person", x=120, y=690, width=200, height=24)

    assert parser_only.read(pdf(draw), "x").pages[0].text.split("\n") == ["姓名", "Sample Person"]


def plain_pdf(objects: list[bytes]) -> bytes:
    file = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj %s endobj\n" % (number, body)
    table = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return file + b"trailer<</Size %d/Root 1 0 R>>startxref\n%d\n%%%%EOF" % (len(objects) + 1, table)


def test_scanned_pages_are_recognised_and_turned_upright(readers: Readers) -> None:
    image = written()
    file = saved(image, "TIFF", save_all=True, append_images=[image.rotate(90, expand=True)], compression="tiff_lzw")
    steps: list[tuple[int, int]] = []
    reading = readers.read(file, "扫描.tif", progress=lambda done, of: steps.append((done, of)))
    sound(reading)
    assert reading.format == "tiff" and steps == [(1, 2), (2, 2)]
    for page in reading.pages:
        assert page.text == WORDS and page.source == "ocr" and page.confidence > 0.9
        assert page.width_px > page.height_px, "turned upright"
        assert 0.02 < page.lines[0].x < 0.12 and 0.2 < page.lines[0].y < 0.5


def test_scan_inside_a_pdf_is_recognised_though_a_page_number_is_text(readers: Readers) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(written(size=(1240, 1754))), 0, 0, *A4)
        canvas.drawString(280, 30, "1")

    page = readers.read(pdf(draw), "a.pdf").pages[0]
    assert page.source == "ocr" and WORDS in page.text


@pytest.mark.parametrize(("format_", "name"), [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp"), ("BMP", "bmp"), ("TIFF", "tiff")])
def test_pictures_without_recognition(parser_only: Readers, format_: str, name: str) -> None:
    reading = parser_only.read(saved(written(), format_), "whatever.dat")
    sound(reading)
    assert reading.format == name
    page = reading.pages[0]
    assert (page.width_px, page.height_px, page.source, page.lines) == (900, 300, "none", ())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_mode_are_dark_on_white(parser_only: Readers, mode: str) -> None:
    if mode == "I;16":
        image = Image.frombytes("I;16", (900, 300), b"".join(struct.pack("<H", value * 257) for value in written().convert("L").tobytes()))
    elif mode in ("LA", "RGBA"):
        image = Image.new(mode, (900, 300), 0)
        image.paste(written().convert(mode), (0, 0), written().convert("L").point(lambda value: 255 - value))
    else:
        image = written().convert(mode)
    shown = picture(parser_only.read(saved(image, "TIFF"), "x").pages[0]).convert("L")
    assert shown.getpixel((5, 5)) > 240 and shown.getextrema()[0] < 60


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turn_is_applied(parser_only: Readers, orientation: int) -> None:
    upright = Image.new("RGB", (400, 300), "white")
    upright.paste((255, 0, 0), (0, 0, 100, 100))
    upright.paste((0, 0, 255), (300, 0, 400, 100))
    back = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}
    turn = back[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = saved(upright if turn is None else upright.transpose(turn), "JPEG", exif=exif, quality=95)
    shown = picture(parser_only.read(file, "x.jpg").pages[0]).convert("RGB")
    assert shown.size == (400, 300)
    red, _, blue = shown.getpixel((50, 50))
    assert red > 200 and blue < 60
    red, _, blue = shown.getpixel((350, 50))
    assert red < 60 and blue > 200


def test_a_long_screenshot_becomes_pages(parser_only: Readers) -> None:
    image = Image.new("RGB", (600, 6000), "white")
    pen = ImageDraw.Draw(image)
    for top in range(0, 6000, 100):
        pen.text((20, top + 20), f"第{top}行", fill="black", font=ImageFont.truetype(FONT, 50))
    reading = parser_only.read(saved(image, "PNG"), "长图.png")
    sound(reading)
    assert len(reading.pages) == 7
    assert sum(page.height_px for page in reading.pages) == 6000
    for page in reading.pages[1:]:
        assert picture(page).convert("L").crop((0, 0, 600, 3)).getextrema()[0] > 200, "cut between two lines"


@pytest.mark.parametrize(("encoding", "mark"), [
    ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("gb18030", b""), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("utf-16-le", b"")])
def test_text_in_every_encoding(parser_only: Readers, encoding: str, mark: bytes) -> None:
    text = "姓名：钱㛃\r\n文号：样公〔2026〕17号\r\nabc 123 one two three, plain words in between\r\n"
    reading = parser_only.read(mark + text.encode(encoding), "笔录.txt")
    sound(reading)
    assert reading.format == "txt"
    assert reading.pages[0].text.split("\n") == text.split("\r\n")[:-1]
    assert reading.pages[0].source == "typeset"


def test_text_that_no_encoding_explains_stays_visible() -> None:
    assert decode("姓名".encode("gb18030")) == "姓名"
    assert decode("𠅤䶮".encode("gb18030")) == "𠅤䶮"
    assert "\ufffd" in decode(b"\xef\xbb\xbfab\xff\xfe")


def test_a_blank_page_needs_no_recognition(readers: Readers) -> None:
    page = readers.read(saved(Image.new("L", (1240, 1754), 252), "PNG"), "x").pages[0]
    assert (page.source, page.lines, page.confidence) == ("text", (), 1.0)


def test_long_text_flows_over_sheets(parser_only: Readers) -> None:
    paragraph = "样本" * 400
    reading = parser_only.read("\n".join([paragraph] * 6).encode(), "长文.txt")
    sound(reading)
    assert len(reading.pages) == 4
    assert "".join(line.text for page in reading.pages for line in page.lines) == paragraph * 6


def test_word_in_document_order(parser_only: Readers) -> None:
    body = (
        '<w:p><w:pPr><w:pStyle w:val="T"/></w:pPr><w:r><w:t>出租房屋通知</w:t></w:r></w:p>'
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="5"/></w:numPr></w:pPr><w:r><w:t>目标</w:t></w:r></w:p>'
        '<w:tbl><w:tr><w:tc><w:p><w:r><w:t>姓名</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>电话</w:t></w:r></w:p></w:tc></w:tr>'
        '<w:tr><w:tc><w:p><w:r><w:t>钱㛃</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>0000-1</w:t></w:r></w:p></w:tc></w:tr></w:tbl>'
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="5"/></w:numPr></w:pPr><w:ins><w:r><w:t>补充</w:t></w:r></w:ins>'
        '<w:del><w:r><w:delText>删去</w:delText></w:r></w:del></w:p>'
        '<w:sdt><w:sdtContent><w:p><w:r><w:t>控件里的字</w:t></w:r></w:p></w:sdtContent></w:sdt>'
        '<w:p><w:r><w:br w:type="page"/><w:t>第二页</w:t></w:r></w:p>'
    )
    numbering = (f'<w:numbering {W}><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
                 '<w:lvlText w:val="%1、"/></w:lvl></w:abstractNum><w:num w:numId="5"><w:abstractNumId w:val="1"/></w:num></w:numbering>')
    styles = f'<w:styles {W}><w:style w:styleId="T"><w:name w:val="Title"/></w:style></w:styles>'
    reading = parser_only.read(docx(body, numbering=numbering, styles=styles), "通知.docx")
    sound(reading)
    assert reading.format == "docx"
    assert reading.pages[0].text.split("\n") == ["出租房屋通知", "一、目标", "姓名", "电话", "钱㛃", "0000-1", "二、补充", "控件里的字"]
    assert reading.pages[1].text == "第二页"
    title = reading.pages[0].lines[0]
    assert abs(title.x + title.width / 2 - 0.5) < 0.02, "a title is centred"
    name, phone = reading.pages[0].lines[2:4]
    assert abs(name.y - phone.y) < 0.001 and name.x < phone.x, "cells of a row stand beside each other"


def test_excel_as_tables(parser_only: Readers) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "台账"
    sheet.append(["序号", "姓名", "日期", "金额"])
    for number in range(1, 61):
        sheet.append([number, "钱样本", "2026-01-02", 0.1 + 0.2])
    book.create_sheet("空表")
    hidden = book.create_sheet("藏")
    hidden.append(["看不见"])
    hidden.sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    reading = parser_only.read(file.getvalue(), "台账.xlsx")
    sound(reading)
    texts = [line.text for page in reading.pages for line in page.lines]
    assert reading.format == "xlsx" and len(reading.pages) == 2
    assert texts[:9] == ["台账", "序号", "姓名", "日期", "金额", "1", "钱样本", "2026-01-02", "0.3"]
    assert texts.count("钱样本") == 60 and "看不见" not in texts


def test_ofd_text_stands_where_it_is_written(parser_only: Readers) -> None:
    reading = parser_only.read(ofd(ofd_text("样公治〔2026〕17号")), "公文.ofd")
    sound(reading)
    assert reading.format == "ofd"
    line = reading.pages[0].lines[0]
    assert line.text == "样公治〔2026〕17号"
    assert abs(line.x - 20 / 210) < 0.01 and abs(line.y - 30.7 / 297) < 0.01


def test_ofd_lines_and_images_are_drawn(parser_only: Readers) -> None:
    logo = io.BytesIO()
    Image.new("RGB", (30, 30), (200, 0, 0)).save(logo, "PNG")
    content = (ofd_text("标题") + '<ofd:PathObject ID="4" Boundary="20 100 100 10" LineWidth="1"><ofd:StrokeColor Value="0 0 255"/>'
               '<ofd:AbbreviatedData>M 0 5 L 100 5</ofd:AbbreviatedData></ofd:PathObject>'
               '<ofd:ImageObject ID="5" ResourceID="9" Boundary="105 200 30 30" CTM="30 0 0 30 0 0"/>')
    resource = ('<ofd:Res xmlns:ofd="http://www.ofdspec.org/2016" BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="9" Type="Image">'
                '<ofd:MediaFile>logo.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>')
    file = ofd(content, **{"Doc_0/DocumentRes.xml": resource, "Doc_0/Res/logo.png": logo.getvalue()})
    shown = picture(parser_only.read(file, "x.ofd").pages[0]).convert("RGB")
    at = shown.width / 210
    for (x, y), colour in (((60, 105), (0, 0, 255)), ((120, 215), (200, 0, 0))):
        found = shown.getpixel((round(x * at), round(y * at)))
        assert max(abs(one - other) for one, other in zip(found, colour, strict=True)) < 70


def spots(*lines: tuple[str, float, float, float]) -> list[Spot]:
    return [Spot(Line(text, 0, 0, 0, 0), left, left + width, middle, 30.0) for text, left, middle, width in lines]


def test_forms_are_read_label_by_label() -> None:
    form = spots(("理由", 100, 300, 80), ("因工作调动，特申请", 300, 276, 500), ("将户口迁入。", 305, 324, 300), ("户主", 100, 200, 80),
                 ("潘样本", 300, 204, 100), ("关系", 500, 198, 80), ("子女", 700, 201, 80), ("材料", 100, 400, 80), ("身份证", 300, 401, 100))
    expected = ["户主", "潘样本", "关系", "子女", "理由", "因工作调动，特申请", "将户口迁入。", "材料", "身份证"]
    for order in (form, form[::-1], sorted(form, key=lambda one: one.line.text)):
        assert [spot.line.text for spot in ordered(order)] == expected


def test_a_page_put_in_askew_leans() -> None:
    lean = 0.03
    boxes = [np.array([[100, y + 100 * lean], [900, y + 900 * lean], [899, y + 30 + 900 * lean], [99, y + 30 + 100 * lean]])
             for y in (100, 160, 220)]
    square = np.array([[10, 10], [40, 10], [40, 40], [10, 40]])
    assert abs(slope([*boxes, square]) - lean) < 0.001
    assert slope([square]) == 0.0


def test_names_that_are_taken() -> None:
    assert all(accepts(name) for name in ("a.PDF", "b.tif", "c.jpeg", "中.docx", "d.ofd", "e.txt", "f.xlsx", "g.bmp"))
    assert not any(accepts(name) for name in ("a.exe", "b", "c.pdf.part", "pdf"))


def test_numbers_as_word_prints_them() -> None:
    assert [chinese(number) for number in (1, 10, 12, 20, 21, 105, 110, 1001, 2026)] == [
        "一", "十", "十二", "二十", "二十一", "一百零五", "一百一十", "一千零一", "二千零二十六"]
    assert [numeral(4, kind) for kind in ("decimal", "upperRoman", "lowerLetter", "decimalEnclosedCircle", "chineseLegalSimplified")] == [
        "4", "IV", "d", "④", "肆"]


# Refusals: a code, and the process lives --------------------------------------------------------------------------------


def png_of(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(b"\0" * (width // 8 + 2)) for _ in range(height)) + rows.flush()
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)) + chunk(b"IDAT", packed)
            + chunk(b"IEND", b""))


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)) + "]>"

REFUSED: list[tuple[str, Callable[[], bytes], str]] = [
    ("empty", lambda: b"", "empty"),
    ("only spaces", lambda: b"  \n\n ", "empty"),
    ("noise", lambda: bytes(range(256)) * 40, "unknown_format"),
    ("program", lambda: b"MZ\x90\x00" + b"\0" * 300, "unknown_format"),
    ("old word", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "unknown_format"),
    ("locked word", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    ("other zip", lambda: zipped({"readme": "hello"}), "unknown_format"),
    ("cut pdf", lambda: b"%PDF-1.7\n1 0 obj <</Type/Catalog", "damaged"),
    ("locked pdf", lambda: pdf(lambda canvas: canvas.drawString(9, 9, "x"), encrypt="geheim"), "encrypted"),
    ("pdf without pages", lambda: plain_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]), "damaged"),
    ("cut jpeg", lambda: saved(written(), "JPEG")[:3000], "damaged"),
    ("cut png", lambda: saved(written(), "PNG")[:400], "damaged"),
    ("cut tiff", lambda: saved(written(), "TIFF")[:5000], "damaged"),
    ("81 megapixels", lambda: png_of(9000, 9000), "too_large"),
    ("cut docx", lambda: docx("<w:p/>")[:-30], "damaged"),
    ("laughing docx", lambda: zipped({"word/document.xml": f'{LAUGHS}<w:document {W}><w:body><w:p>&j;</w:p></w:body></w:document>'}), "damaged"),
    ("laughing ofd", lambda: ofd("", document=f"{LAUGHS}<Document>&j;</Document>"), "damaged"),
    ("zip bomb", lambda: zipped({"word/document.xml": b"<w" + b" " * (90 * 2**20)}), "too_large"),
    ("broken xml", lambda: zipped({"word/document.xml": "<w:document"}), "damaged"),
    ("deep docx", lambda: docx("<w:sdt>" * 5000 + "</w:sdt>" * 5000), "damaged"),
    ("xlsx without a book", lambda: zipped({"xl/workbook.xml": "<workbook/>"}), "damaged"),
    ("ofd without pages", lambda: ofd("", document="<Document><CommonData/></Document>"), "no_pages"),
    ("an e-mail with attachments", lambda: b"Subject: x\n" + base64.encodebytes(bytes(range(256)) * 60), "unknown_format"),
    ("a novel", lambda: "样本\n".encode() * 120_000, "too_many_pages"),
]


@pytest.mark.parametrize(("what", "make", "code"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_file_that_cannot_be_read_ends_with_a_code(parser_only: Readers, what: str, make: Callable[[], bytes], code: str) -> None:
    assert reason(parser_only, make()) == code
    alive(parser_only)


def test_a_page_of_two_thousand_million_points_is_drawn_small(parser_only: Readers) -> None:
    file = plain_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
                      b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 2147483648]>>"])
    reading = parser_only.read(file, "x.pdf")
    sound(reading)
    assert reading.pages[0].height_px == limits.PICTURE_SIDE and reading.pages[0].width_px == 1


def test_nested_forms_end_at_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each form draws the next ten times: ten to the twelfth drawings in 2 kB."""
    monkeypatch.setattr(limits, "OPEN_SECONDS", 1.5)
    depth = 12
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>",
               b"<</Length 5>>stream\n/F Do\nendstream"]
    for level in range(depth):
        drawing = b"/F Do " * 10 if level < depth - 1 else b"0 0 9 9 re f"
        inner = b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + level) if level < depth - 1 else b""
        objects.append(b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]%s/Length %d>>stream\n%s\nendstream" % (inner, len(drawing), drawing))
    room = Readers(ocr=False)
    try:
        assert reason(room, plain_pdf(objects)) in ("time", "crashed", "memory")
        alive(room)
    finally:
        room.close()


# The child: killed, cancelled, caged ------------------------------------------------------------------------------------


def test_a_killed_child_is_replaced_and_the_reading_succeeds() -> None:
    room = Readers(ocr=False)
    file = saved(written(), "TIFF", save_all=True, append_images=[written("二"), written("三")])
    killed: list[int] = []

    def kill_once(done: int, of: int) -> None:
        child = room._parser.process_id
        if done == 1 and child is not None:
            os.kill(child, 9)
            killed.append(child)

    try:
        reading = room.read(file, "x.tif", progress=kill_once)
        assert len(reading.pages) == 3 and room._parser.process_id not in killed
        with pytest.raises(Unreadable) as caught:
            room.read(file, "x.tif", progress=lambda done, of: os.kill(room._parser.process_id or 0, 9))
        assert caught.value.reason == "crashed", "a file that kills twice is refused"
        alive(room)
    finally:
        room.close()


def test_cancelling_ends_the_child_in_the_middle_of_a_page() -> None:
    room = Readers(ocr=False)
    wanted = threading.Event()
    try:
        with pytest.raises(Cancelled):
            room.read("样本\n".encode() * 3000, "x.txt", cancelled=wanted.is_set, progress=lambda done, of: wanted.set())
        wanted.clear()
        alive(room)
    finally:
        room.close()


def test_a_child_that_never_answers_is_ended() -> None:
    child = Child("parse")
    try:
        answer, _ = child.ask(Open("x"), b"text", seconds=30, cancelled=lambda: False)
        assert isinstance(answer, Opened)
        process = child.process_id
        assert process is not None
        os.kill(process, 19)  # stopped: it cannot answer
        with pytest.raises(Gone) as caught:
            child.ask(Turn(1, False), b"", seconds=0.3, cancelled=lambda: False)
        assert caught.value.how == "time" and child.process_id is None
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    finally:
        child.stop()


CAGED = """
import os, sys
sys.path.insert(0, {house!r})
from app.reading import limits
from storage import confinement
confinement.limit(limits.PARSE_MEMORY)
kernel = confinement.cage()
import ctypes, socket
libc = ctypes.CDLL(None, use_errno=True)
found = []
def attempt(name, act):
    try:
        act()
        found.append(name)
    except OSError:
        pass
attempt("socket", lambda: socket.socket())
attempt("resolve", lambda: socket.getaddrinfo("localhost", 80))
attempt("write", lambda: open({file!r}, "wb"))
attempt("mkdir", lambda: os.mkdir({file!r}))
attempt("fork", lambda: os.fork())
attempt("system", lambda: os.system("true"))
if kernel:
    for name, act in (("native socket", lambda: libc.socket(2, 1, 0)), ("native open", lambda: libc.open({file!r}.encode(), 0o101, 0o600)),
                      ("native fork", lambda: libc.fork())):
        if act() != -1:
            found.append(name)
open(sys.executable, "rb").close()
print(kernel, found)
"""


def test_the_cage_holds_python_and_native_code(tmp_path: Path) -> None:
    script = CAGED.format(house=str(resources.FOLDER.parent), file=str(tmp_path / "leak"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split(" ", 1)[1].strip() == "[]"
    if sys.platform == "linux":
        assert done.stdout.startswith("True"), "the kernel enforces it"
    assert not (tmp_path / "leak").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_children_hold_no_network_and_no_files_and_leave_with_their_parent(tmp_path: Path) -> None:
    """Both children of another process are looked at from outside, then that process is killed."""
    picture_file = tmp_path / "a.png"
    picture_file.write_bytes(saved(written("样本"), "PNG"))
    spare = tmp_path / "spare"
    spare.mkdir()
    script = (f"import sys; sys.path.insert(0, {str(resources.FOLDER.parent)!r})\n"
              "from app.reading import Readers\nroom = Readers()\n"
              f"print(room.read(open({str(picture_file)!r}, 'rb').read(), 'a.png').pages[0].text)\n"
              "print(room._parser.process_id, room._ocr.process_id, flush=True)\nsys.stdin.read()")
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=spare,
                              env={**os.environ, "TMPDIR": str(spare), "HOME": str(spare), "SECRET_WORD": "x"})
    assert parent.stdout is not None and parent.stdin is not None
    try:
        assert parent.stdout.readline().strip() == "样本"
        children = [int(number) for number in parent.stdout.readline().split()]
        for child in children:
            opened = [os.readlink(file) for file in Path(f"/proc/{child}/fd").iterdir() if file.is_symlink()]
            assert not [file for file in opened if file.startswith("socket:")]
            assert "SECRET_WORD" not in Path(f"/proc/{child}/environ").read_text()
            status = Path(f"/proc/{child}/status").read_text()
            assert "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status
            assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{child}/limits").read_text())
        assert "onnxruntime" not in Path(f"/proc/{children[0]}/maps").read_text()
        assert "onnxruntime" in Path(f"/proc/{children[1]}/maps").read_text()
        assert list(spare.iterdir()) == [], "nothing was written beside the work"
    finally:
        parent.kill()
        parent.wait()
        parent.stdin.close()
        parent.stdout.close()
    deadline = threading.Event()
    for _ in range(200):
        if not any(Path(f"/proc/{child}").exists() for child in children):
            break
        deadline.wait(0.05)
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_reading_leaves_nothing_in_the_temporary_folder(parser_only: Readers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    room = Readers(ocr=False)
    try:
        for file in (saved(written(), "TIFF"), docx("<w:p><w:r><w:t>x</w:t></w:r></w:p>"), ofd(ofd_text("x")),
                     pdf(lambda canvas: canvas.drawString(72, 72, "x"))):
            room.read(file, "x")
    finally:
        room.close()
    assert list(tmp_path.iterdir()) == []


def test_two_threads_take_turns(parser_only: Readers) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda n=n: found.append(parser_only.read(f"第{n}".encode(), "x.txt").pages[0].text))
               for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"第{n}" for n in range(6)]


# Strange files of others --------------------------------------------------------------------------------------------------

SHARED = Path(os.environ.get("ANJUAN_SHARED", resources.FOLDER.parent.parent / "shared")) / "samples"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of shared samples is not here")
def test_strange_files_end_as_pages_or_as_a_code(parser_only: Readers) -> None:
    outcomes: dict[str, int] = {}
    for file in sorted(SHARED.glob("office/*"))[:20] + sorted(SHARED.glob("pdf/*"))[::12]:
        try:
            reading = parser_only.read(file.read_bytes(), file.name)
            sound(reading)
            outcomes["read"] = outcomes.get("read", 0) + 1
        except Unreadable as error:
            assert error.reason in REASONS and error.reason != "crashed", file.name
            outcomes[error.reason] = outcomes.get(error.reason, 0) + 1
    assert outcomes["read"] > 20
    alive(parser_only)


def test_damaged_copies_of_good_files_never_surprise_us(parser_only: Readers) -> None:
    """Two hundred files with a few bytes changed, cut out or cut off: each is read or refused with an expected code."""
    chance = Random(7)
    good = [docx("<w:p><w:r><w:t>字</w:t></w:r></w:p>"), ofd(ofd_text("字")), pdf(lambda canvas: canvas.drawString(72, 72, "字")),
            saved(written(), "TIFF", compression="tiff_lzw"), saved(written(), "JPEG"), saved(written(), "PNG")]
    for number in range(200):
        data = bytearray(good[number % len(good)])
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    del data[place:]
                    data += b"."
                case 1:
                    del data[place: place + chance.randrange(30)]
                    data += b"."
                case 2:
                    data[place: place + 4] = b"\xff\xff\xff\xff"
                case _:
                    data[place] = chance.randrange(256)
        try:
            sound(parser_only.read(bytes(data), "x"))
        except Unreadable as error:
            assert error.reason not in ("crashed", "time", "memory"), (number, error.facts)
