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

from app.samples.formats import FORMATS
from app.samples.kinds import Scene
from app.samples.office import KINDS
from app.samples.people import STATION
from app.samples.sheet import Draft, Sheet, lay_out, paragraphs

__all__ = ["PROGRAMME", "STATION", "Paper", "Truth", "drafts", "papers", "write"]

PROGRAMME: tuple[tuple[str, str], ...] = (
    ("notice", "scan"), ("summons", "photo"), ("request", "docx"), ("lodger_register", "xlsx"), ("interview", "tiff"),
    ("move_application", "txt"), ("reply", "ofd"), ("penalty_decision", "pdf"), ("call_record", "png"), ("hotel_form", "jpeg"),
    ("mediation", "scan"), ("minutes", "copy"), ("visit_report", "txt-gb18030"), ("case_registration", "scan"), ("introduction", "jpeg"),
    ("annual_summary", "scan"), ("goods_list", "fax"), ("case_note", "txt-utf16"), ("interview", "scan"), ("traffic_finding", "tiff"),
    ("delivery_receipt", "scan"), ("spot_penalty", "photo"), ("notice", "pdf"), ("duty_log", "xlsx"), ("register_change", "scan"),
    ("minutes", "docx"), ("site_check", "copy"), ("interview", "copy"), ("explosives_check", "jpeg"), ("letter", "scan"),
    ("mediation", "tiff"), ("penalty_decision", "scan"), ("annual_summary", "ofd"), ("call_record", "scan"), ("interview", "fax"),
    ("notice", "tiff"), ("case_registration", "copy"), ("penalty_decision", "copy"), ("request", "pdf"), ("hotel_form", "photo"),
    ("minutes", "scan"), ("interview", "scan"), ("mediation", "copy"), ("move_application", "scan"), ("notice", "copy"),
    ("annual_summary", "tiff"), ("lodger_register", "scan"), ("visit_report", "pdf"), ("duty_log", "fax"), ("summons", "png"),
    ("interview", "tiff"), ("annual_summary", "copy"), ("penalty_decision", "ofd"), ("delivery_receipt", "jpeg"),
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
        draft = KINDS[kind](Scene(rng, serial))
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
    written, facts = [], []
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
