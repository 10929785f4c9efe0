"""app/samples/__init__.py — fictitious station papers, for the demo, for training and for tests.

`papers` makes them in memory, `write` puts them into a folder as a scanner would. The same seed gives the same bytes,
and paper n does not depend on how many are asked for. Every paper says 样本; nobody in them exists (see people.py).
The first ten papers cover every file format; one whole set is `len(PROGRAMME)` papers, after which it goes on with new
people. `Truth` is what a perfect reader would find.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count as counting
from pathlib import Path
from random import Random

from app.samples import kinds, office
from app.samples.formats import FORMATS
from app.samples.people import STATION
from app.samples.sheet import Draft, Sheet, lay_out, paragraphs

__all__ = ["PROGRAMME", "STATION", "Draft", "Paper", "Truth", "drafts", "papers", "write"]

PROGRAMME: tuple[tuple[kinds.Kind, str], ...] = (
    (office.notice, "scan"), (kinds.summons, "photo"), (office.request, "docx"), (office.duty, "xlsx"), (office.statement, "txt"),
    (kinds.mediation, "ofd"), (kinds.penalty, "pdf"), (kinds.questioning, "tiff"), (kinds.delivery, "png"), (kinds.hotel, "jpeg"),
    (kinds.case_opening, "scan"), (office.minutes, "copy"), (kinds.call, "scan"), (office.introduction, "jpeg"), (office.annual, "scan"),
    (kinds.goods, "fax"), (office.statement, "txt-gb18030"), (kinds.questioning, "scan"), (kinds.household, "tiff"), (office.notice, "pdf"),
    (kinds.spot_penalty, "photo"), (kinds.residence, "xlsx"), (office.request, "scan"), (kinds.delivery, "fax"), (office.minutes, "docx"),
    (kinds.mediation, "scan"), (kinds.questioning, "copy"), (office.statement, "txt-utf16"), (kinds.penalty, "scan"), (office.annual, "ofd"),
    (kinds.call, "copy"), (office.notice, "tiff"), (kinds.case_opening, "jpeg"), (kinds.hotel, "scan"), (kinds.questioning, "tiff"),
    (kinds.residence, "scan"), (office.minutes, "scan"), (kinds.household, "copy"), (kinds.penalty, "copy"), (office.introduction, "photo"),
    (office.duty, "fax"), (office.notice, "copy"), (kinds.questioning, "scan"), (office.annual, "tiff"), (kinds.goods, "scan"),
    (office.request, "ofd"), (kinds.mediation, "fax"), (kinds.spot_penalty, "png"), (kinds.questioning, "fax"), (kinds.residence, "copy"),
    (kinds.summons, "scan"), (office.minutes, "tiff"), (office.annual, "pdf"), (kinds.questioning, "copy"),
    (office.minutes, "scan"), (kinds.questioning, "scan"), (office.annual, "copy"), (kinds.questioning, "fax"),
)
_SCANNER = {"scan": "SCAN", "copy": "COPY", "tiff": "IMG", "fax": "FAX", "jpeg": "JPG", "png": "PNG", "photo": "IMG"}


@dataclass(frozen=True, slots=True)
class Truth:
    """What stands on one paper. `doc_date` is YYYYMMDD, `category` a code; `phrases` are worth searching for."""

    name: str
    kind: str
    carrier: str
    format: str
    title: str
    document_no: str
    creator: str
    doc_date: str
    category: str
    pages: tuple[str, ...]
    names: tuple[str, ...]
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """One sample file: its name, its bytes, and what is true about it."""

    name: str
    data: bytes
    truth: Truth


def drafts(seed: int = 1, count: int | None = None) -> Iterator[tuple[str, Draft, tuple[Sheet, ...], Random]]:
    """The papers before they are drawn: carrier, draft, sheets, and the chance left over for the ageing."""
    for serial in counting() if count is None else range(count):
        if count is None and serial == len(PROGRAMME):
            return
        kind, carrier = PROGRAMME[serial % len(PROGRAMME)]
        rng = Random(f"{seed}:{serial}")
        draft = kind(kinds.scene(rng, serial))
        sheets = lay_out(draft)
        if len(sheets) > 1 and FORMATS[carrier].pages_to:
            carrier = FORMATS[carrier].pages_to
        yield carrier, draft, sheets, rng


def papers(seed: int = 1, count: int | None = None) -> Iterator[Paper]:
    """`count` sample papers (the whole programme by default) in the mixed order of a working day."""
    for serial, (carrier, draft, sheets, rng) in enumerate(drafts(seed, count)):
        form = FORMATS[carrier]
        name = _name(serial, carrier, draft, form.ending)
        pages = tuple(sheet.text for sheet in sheets) if form.paged else ("\n".join(paragraphs(draft)),)
        truth = Truth(
            name, draft.kind, carrier, form.name, draft.title, draft.document_no, draft.creator, draft.doc_date, draft.category,
            pages, draft.names, draft.phrases,
        )
        yield Paper(name, form.write(draft, sheets, rng), truth)


def _name(serial: int, carrier: str, draft: Draft, ending: str) -> str:
    device = _SCANNER.get(carrier)
    if device:
        return f"{device}_{draft.doc_date}_{serial + 1:04d}{ending}"
    return f"{serial + 1:03d} {draft.title}{ending}"


def write(
    folder: Path, seed: int = 1, count: int | None = None, pause: float | None = None, truth: Path | None = None
) -> list[Path]:
    """Write the papers into `folder`, `pause` seconds apart, and the truth as JSON into the file `truth` if given."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    facts: list[dict[str, object]] = []
    for paper in papers(seed, count):
        if pause and written:
            time.sleep(pause)
        path = folder / paper.name
        path.write_bytes(paper.data)
        written.append(path)
        facts.append(asdict(paper.truth))
    if truth is not None:
        truth.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return written
