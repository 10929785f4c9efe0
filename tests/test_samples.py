"""tests/test_samples.py — the generator of sample papers: repeatable, varied, marked, fictitious, and true to its truth.

The whole programme is laid out once; drawing is tested on the first papers, which cover every file format.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from pathlib import Path

import docx
import numpy as np
import ofdkit
import openpyxl
import pypdfium2
import pytest
from PIL import Image, ImageOps

from app import samples
from app.samples import Draft, Paper, people
from app.samples.formats import FORMATS
from app.samples.sheet import MARK, Sheet, paragraphs

FIRST = 10


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(scope="module")
def first() -> list[Paper]:
    return list(samples.papers(seed=5, count=FIRST))


@pytest.fixture(scope="module")
def programme() -> list[tuple[str, Draft, tuple[Sheet, ...]]]:
    return [(carrier, draft, sheets) for carrier, draft, sheets, _rng in samples.drafts(seed=5)]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_people(first: list[Paper]) -> None:
    for place, (carrier, draft, sheets, rng) in enumerate(samples.drafts(5, FIRST)):
        if carrier != "tiff":
            assert FORMATS[carrier].write(draft, sheets, rng) == first[place].data, carrier
    _carrier, other, _sheets, _rng = next(samples.drafts(6, 1))
    assert other.names != first[0].truth.names


def test_the_programme_is_large_and_varied(programme: list[tuple[str, Draft, tuple[Sheet, ...]]]) -> None:
    assert len(programme) == len(samples.PROGRAMME) >= 40
    assert sum(len(sheets) for _carrier, _draft, sheets in programme) >= 90
    assert len({draft.kind for _carrier, draft, _sheets in programme}) >= 17
    assert {carrier for carrier, _draft, _sheets in programme} == set(FORMATS)
    assert max(len(sheets) for _carrier, _draft, sheets in programme) >= 3
    assert len({draft.category for _carrier, draft, _sheets in programme}) >= 6


def test_papers_go_on_after_the_programme_with_new_people() -> None:
    length = len(samples.PROGRAMME)
    numbers = [draft.document_no for _carrier, draft, _sheets, _rng in samples.drafts(5, length + 2)]
    assert len(numbers) == length + 2
    assert numbers[length] != numbers[0]


def test_every_format_is_among_the_first_papers(first: list[Paper]) -> None:
    assert {paper.truth.format for paper in first} == {form.name for form in FORMATS.values()}
    assert len({paper.name for paper in first}) == len(first)


def test_every_page_is_marked_and_every_seal_says_sample(programme: list[tuple[str, Draft, tuple[Sheet, ...]]]) -> None:
    assert all(MARK in sheet.text for _carrier, _draft, sheets in programme for sheet in sheets)
    assert all(MARK in paragraphs(draft) for _carrier, draft, _sheets in programme)


def test_rare_characters_stand_in_names_and_on_pages(programme: list[tuple[str, Draft, tuple[Sheet, ...]]]) -> None:
    names = "".join(name for _carrier, draft, _sheets in programme for name in draft.names)
    text = "".join(sheet.text for _carrier, _draft, sheets in programme for sheet in sheets)
    for char in "㛃㵘𠅤𬭊䶮":
        assert char in names
        assert char in text


def test_numbers_of_people_can_belong_to_nobody_but_check(programme: list[tuple[str, Draft, tuple[Sheet, ...]]]) -> None:
    text = "\n".join(line for _carrier, draft, _sheets in programme for line in paragraphs(draft))
    ids = re.findall(r"(?<![0-9A])\d{17}[0-9X](?!\d)", text)
    assert len(set(ids)) > 60
    assert all(number.startswith("99") and people.check_digit(number[:17]) == number[17] for number in ids)
    assert people.check_digit("11010519491231002") == "X"
    phones = re.findall(r"(?<!\d)1\d{10}(?!\d)", text)
    assert phones and all(number.startswith("100") for number in phones)
    assert all(plate[1] == "I" for plate in re.findall(r"苏[A-Z][A-Z0-9]{5}", text))


def test_the_truth_names_what_stands_on_the_paper(programme: list[tuple[str, Draft, tuple[Sheet, ...]]]) -> None:
    for _carrier, draft, sheets in programme:
        text = bare("".join(sheet.text for sheet in sheets)).replace(MARK, "")
        assert bare(draft.title) in text
        assert bare(draft.document_no) in text
        assert draft.creator in text or text.startswith("石桥派出所")
        missing = [words for words in (*draft.names, *draft.phrases) if bare(words) not in bare("".join(paragraphs(draft)))]
        assert not missing, (draft.kind, missing)


def test_born_digital_papers_hold_exactly_the_true_text(first: list[Paper]) -> None:
    readers = {"docx": docx_text, "xlsx": xlsx_text, "txt": lambda data: data.decode("utf-8-sig"), "ofd": ofd_text}
    checked: Counter[str] = Counter()
    for paper in first:
        true = bare("".join(paper.truth.pages))
        if paper.truth.carrier == "pdf":
            document = pypdfium2.PdfDocument(paper.data)
            assert len(document) == len(paper.truth.pages)
            for page, text in zip(document, paper.truth.pages, strict=True):
                assert Counter(bare(page.get_textpage().get_text_range())) == Counter(bare(text))
        elif paper.truth.format in readers:
            assert Counter(bare(readers[paper.truth.format](paper.data))) == Counter(true), paper.name
        else:
            continue
        checked[paper.truth.format] += 1
    assert set(checked) == {"docx", "xlsx", "txt", "ofd", "pdf"}


def docx_text(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in dict.fromkeys(row.cells)]
    return "".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def xlsx_text(data: bytes) -> str:
    rows = openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
    return "".join(str(value) for row in rows for value in row if value is not None)


def ofd_text(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
    return ofdkit.open(io.BytesIO(data)).text()


def test_texts_come_in_the_three_encodings_of_chinese_offices() -> None:
    wanted = {"txt": "utf-8-sig", "txt-gb18030": "gb18030", "txt-utf16": "utf-16"}
    for carrier, draft, sheets, rng in samples.drafts(5):
        if carrier in wanted:
            text = FORMATS[carrier].write(draft, sheets, rng).decode(wanted.pop(carrier))
            assert text.splitlines() == [line.replace("\n", "") for line in paragraphs(draft)]
    assert not wanted


def test_rare_characters_come_back_out_of_a_text_pdf() -> None:
    _carrier, draft, sheets, rng = next(entry for entry in samples.drafts(5) if any(ord(c) > 0xFFFF for c in "".join(entry[1].names)))
    document = pypdfium2.PdfDocument(FORMATS["pdf"].write(draft, sheets, rng))
    text = bare("".join(page.get_textpage().get_text_range() for page in document))
    assert all(name in text for name in draft.names)


def test_scans_are_a4_at_200_dpi_red_where_sealed_and_modest_in_size(first: list[Paper]) -> None:
    for paper in first:
        if paper.truth.carrier not in ("scan", "tiff", "png", "jpeg", "photo"):
            continue
        assert len(paper.data) / len(paper.truth.pages) < 350_000, paper.name
        pages = pictures(paper)
        assert len(pages) == len(paper.truth.pages)
        for page in pages:
            assert page.width < page.height and min(page.size) >= 1650
        if paper.truth.carrier in ("scan", "jpeg"):
            red, green, _blue = np.moveaxis(np.asarray(pages[-1].convert("RGB"), dtype=np.int16), -1, 0)
            assert ((red - green) > 60).sum() > 5_000


def pictures(paper: Paper) -> list[Image.Image]:
    if paper.truth.format == "pdf":
        document = pypdfium2.PdfDocument(paper.data)
        return [page.render(scale=200 / 72).to_pil() for page in document]
    image = Image.open(io.BytesIO(paper.data))
    pages = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        pages.append(ImageOps.exif_transpose(image).copy())
    return pages


def test_a_telephone_picture_lies_on_its_side_and_says_so(first: list[Paper]) -> None:
    photo = next(paper for paper in first if paper.truth.carrier == "photo")
    assert Image.open(io.BytesIO(photo.data)).getexif()[0x0112] in (3, 6, 8)


def test_a_fax_is_black_and_white() -> None:
    carrier, draft, sheets, rng = next(entry for entry in samples.drafts(5) if entry[0] == "fax")
    image = Image.open(io.BytesIO(FORMATS[carrier].write(draft, sheets, rng)))
    assert image.mode == "1" and image.info["compression"] == "group4" and image.n_frames == len(sheets)


def test_writing_puts_the_papers_into_a_folder_and_the_truth_only_where_asked(first: list[Paper], tmp_path: Path) -> None:
    written = samples.write(tmp_path / "scans", seed=5, count=2)
    assert {path.name: path.read_bytes() for path in written} == {paper.name: paper.data for paper in first[:2]}
    assert sorted((tmp_path / "scans").iterdir()) == sorted(written)
    samples.write(tmp_path / "more", seed=5, count=1, truth=tmp_path / "truth.json")
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in truth] == [first[0].name]
    assert truth[0]["pages"] == list(first[0].truth.pages)
