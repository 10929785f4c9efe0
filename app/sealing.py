"""app/sealing.py — 封存: what is sealed, and who may consult it.

治安管理处罚法 (2025 revision, in force 2026-01-01) art. 136: records of violations of public-security administration are sealed
and given to no unit or person, except to state organs handling a case and to units that query under state rules; these
keep what they learn confidential. Sealing is not destruction: the record stays, and everything ordinary answers as if it
did not. Which records, from which day and what of an unknown date are settings, with the stricter reading as default.

A consultation is asked for by one person and decided by another. It names what may be looked for; within it the records
that this leads to can be opened, in full (purpose and basis are on record), until its last day, and each look is journaled
before it happens. Raises NotAllowed, filing.Invalid and what `storage.changes.sealing` and `storage.queries.sealing` raise.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import resources
from app import wording
from app.access import require
from app.filing import Invalid, Problem
from app.numbering import normalise
from app.privacy import as_pdf, cover
from app.settings import Settings
from storage.archive import Archive
from storage.errors import NoSuchRecord
from storage.files import discard_unfinished, disk_faults, write_whole
from storage.records import Agent, Item, Kind, PageText, Subject
from storage.records.sealing import (
    Consultation,
    ConsultationRequest,
    ConsultationState,
    Look,
    Proposal,
    Sealed,
    SealedOn,
    Unsealing,
)
from storage.records.sealing import Sealing as Seal

_LIMITS = {"unit": 100, "person": 60, "document_no": 80, "purpose": 200, "scope": 300}
#: A single character leads to half the archive.
SHORTEST_TERM = 2
MOST_TERMS = 20


@dataclass(frozen=True, slots=True)
class Basis:
    """A ground for consulting sealed records; `verified` is False for what no text that could be read confirms."""

    code: str
    name: str
    name_en: str
    reference: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A sealed item opened within a consultation: its description in full, why it was sealed, its pages by original."""

    consultation: Consultation
    item: Item
    seal: Seal
    pages: tuple[tuple[int, PageText], ...]


@cache
def bases() -> tuple[Basis, ...]:
    rows = tomllib.loads(resources.path("schemes", "consultation_bases.toml").read_text("utf-8"))["basis"]
    return tuple(Basis(**row) for row in rows)


def basis_name(code: str, language: str) -> str:
    """What a ground is called; one no standard confirms says so. A ground that is no longer on the list is told by its code."""
    basis = next((basis for basis in bases() if basis.code == code), None)
    if basis is None:
        return code
    name = basis.name if language == "zh" else basis.name_en
    return name if basis.verified else wording.say("sealing.unverified", language, name=name)


def terms(text: str) -> tuple[str, ...]:
    """What a person wrote that is sought, one from the other parted by commas, 、, semicolons or lines."""
    for mark in "、，,；;\n":
        text = text.replace(mark, "\n")
    return tuple(dict.fromkeys(term for line in text.split("\n") if (term := " ".join(line.split()))))


def check(request: ConsultationRequest) -> list[Problem]:
    """Everything that keeps a request from being registered, in the order of the form."""
    problems = [
        Problem(name, f"problem.consultation_{name}")
        for name in ("unit", "person", "document_no", "purpose")
        if not getattr(request, name).strip()
    ]
    if request.basis not in {basis.code for basis in bases()}:
        problems.append(Problem("basis", "problem.consultation_basis"))
    if not request.sought:
        problems.append(Problem("sought", "problem.consultation_sought"))
    elif len(request.sought) > MOST_TERMS:
        problems.append(Problem("sought", "problem.consultation_too_much", {"most": MOST_TERMS}))
    elif any(len(term) < SHORTEST_TERM for term in request.sought):
        problems.append(Problem("sought", "problem.consultation_term_short", {"least": SHORTEST_TERM}))
    for name, limit in _LIMITS.items():
        if len(getattr(request, name)) > limit:
            problems.append(Problem(name, "problem.too_long", {"limit": limit}))
    return problems


class Sealing:
    """封存: what is sealed, and who may consult it. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
        self._queries = archive.queries
        self._settings = Settings(archive.folder, archive.queries.settings)

    # -- sealing

    def law(self) -> str:
        """The basis of a seal that the law itself gives, as it is kept with the seal."""
        return wording.say("sealing.law", "zh")

    def seal(self, subject: Subject, basis: str = "") -> None:
        """Takes a filed record, or a filed volume with all its items, out of every ordinary read.

        Raises NoSuchRecord (also for what is sealed already), NotFiledYet.
        """
        require(self._archive, self._agent, "seal")
        with self._archive.write(self._agent) as change:
            change.seal(subject, " ".join(basis.split()) or self.law())

    def due_for_seal(self, volume_id: int) -> bool:
        """Whether the law has this volume sealed as soon as it is filed. Whoever files it seals it in the same transaction:
        `change.seal(Subject(Kind.VOLUME, volume_id), sealing.law())`.
        """
        rule = self._rule()
        return rule is not None and self._queries.due_for_seal(Subject(Kind.VOLUME, volume_id), *rule)

    def to_be_sealed(self, limit: int = 200) -> list[Proposal]:
        """Filed records that should be sealed and are not, volumes first."""
        rule = self._rule()
        found = self._queries.to_be_sealed(*rule, limit=limit) if rule else []
        return [replace(proposal, title=cover(proposal.title)) for proposal in found]

    def to_be_sealed_count(self) -> int:
        rule = self._rule()
        return self._queries.to_be_sealed_count(*rule) if rule else 0

    def seal_all(self, step: Callable[[int, int], None] = lambda *_: None) -> int:
        """Seals everything that should be, each in a transaction of its own; how many. `step(done, total)` may raise."""
        require(self._archive, self._agent, "seal")
        rule = self._rule()
        due = self._queries.to_be_sealed(*rule) if rule else []
        for done, proposal in enumerate(due):
            step(done, len(due))
            self.seal(proposal.subject)
        return len(due)

    def sealed_on(self) -> list[SealedOn]:
        """How many are sealed, by day: all that is said of them outside a consultation."""
        return self._queries.sealed_on()

    # -- consultations

    def request(self, request: ConsultationRequest) -> Consultation:
        require(self._archive, self._agent, "request_consultation")
        request = _tidy(request)
        if problems := check(request):
            raise Invalid(problems)
        with self._archive.write(self._agent) as change:
            consultation_id = change.request_consultation(request)
        return self._queries.consultation(consultation_id)

    def approve(self, consultation_id: int, ends_on: date, opinion: str, *, notified: bool) -> Consultation:
        """Until the end of that day. Raises SamePerson, NotNotified, NoSuchRecord."""
        require(self._archive, self._agent, "approve_consultation")
        if ends_on < date.today():
            raise Invalid([Problem("ends_on", "problem.consultation_ends_on")])
        with self._archive.write(self._agent) as change:
            change.approve_consultation(consultation_id, ends_on.isoformat(), opinion.strip(), notified=notified)
        return self._queries.consultation(consultation_id)

    def refuse(self, consultation_id: int, opinion: str) -> Consultation:
        require(self._archive, self._agent, "refuse_consultation")
        if not opinion.strip():
            raise Invalid([Problem("opinion", "problem.consultation_opinion")])
        with self._archive.write(self._agent) as change:
            change.refuse_consultation(consultation_id, opinion.strip())
        return self._queries.consultation(consultation_id)

    def close(self, consultation_id: int, result: str) -> Consultation:
        require(self._archive, self._agent, "close_consultation")
        if not result.strip():
            raise Invalid([Problem("result", "problem.consultation_result")])
        with self._archive.write(self._agent) as change:
            change.close_consultation(consultation_id, result.strip())
        return self._queries.consultation(consultation_id)

    def consultation(self, consultation_id: int) -> Consultation:
        return self._queries.consultation(consultation_id)

    def consultation_by_number(self, number: str) -> Consultation:
        return self._queries.consultation_by_number(normalise(number))

    def consultations(self, *states: ConsultationState, limit: int = 200, offset: int = 0) -> list[Consultation]:
        """The newest first."""
        return self._queries.consultations(*states, limit=limit, offset=offset)

    def days(self) -> int:
        """For how long a consultation is usually approved."""
        return int(self._settings.get("consultation_days"))

    # -- within one

    def find(self, consultation_id: int, term: str) -> list[Sealed]:
        """The sealed records a sought term leads to; their titles are covered until they are opened. Journaled.

        Raises ConsultationNotOpen, NotSought.
        """
        require(self._archive, self._agent, "look_up")
        with self._archive.write(self._agent) as change:
            change.look_up(consultation_id, term)
        return [_covered(found) for found in self._queries.find_sealed(consultation_id, term)]

    def consulted(self, consultation_id: int) -> list[Sealed]:
        """What was opened within it. Raises ConsultationNotOpen."""
        require(self._archive, self._agent, "consult")
        return self._queries.consulted(consultation_id)

    def open_volume(self, consultation_id: int, volume_id: int) -> tuple[Sealed, list[Sealed]]:
        """A sealed volume and its items. Raises ConsultationNotOpen, NoSuchRecord."""
        self._consult(consultation_id, Subject(Kind.VOLUME, volume_id), Look.READ)
        return self._queries.sealed_volume(consultation_id, volume_id)

    def open_item(self, consultation_id: int, item_id: int) -> Opened:
        """Raises ConsultationNotOpen, NoSuchRecord."""
        subject = Subject(Kind.ITEM, item_id)
        self._consult(consultation_id, subject, Look.READ)
        return Opened(
            self._queries.consultation(consultation_id),
            self._queries.sealed_item(consultation_id, item_id),
            self._queries.seal_of(consultation_id, subject),
            tuple(self._queries.sealed_pages(consultation_id, item_id)),
        )

    def page(self, consultation_id: int, item_id: int, object_id: int, number: int) -> bytes:
        """The WebP picture of a page of an opened item. Raises ConsultationNotOpen, NoSuchRecord, DamagedFile."""
        picture = self._picture(consultation_id, item_id, object_id, number)
        self._consult(consultation_id, Subject(Kind.ITEM, item_id), Look.PAGE, page=number)
        return self._archive.pictures.get(picture)

    def pages_to_print(self, consultation_id: int, item_id: int) -> list[bytes]:
        """The pictures of all pages; journaled as printed."""
        require(self._archive, self._agent, "print")
        pages = self._queries.sealed_pages(consultation_id, item_id)
        self._consult(consultation_id, Subject(Kind.ITEM, item_id), Look.PRINT, pages=len(pages))
        return [self._archive.pictures.get(page.picture) for _object, page in pages]

    def export(self, consultation_id: int, item_id: int, path: Path) -> None:
        """Writes the pages of an opened item as PDF where the person pointed. Raises DiskFull, ReadOnly too."""
        require(self._archive, self._agent, "export")
        pages = self._queries.sealed_pages(consultation_id, item_id)
        content = as_pdf(self._archive.pictures.get(page.picture) for _object, page in pages)
        digest = hashlib.sha256(content).hexdigest()
        subject = Subject(Kind.ITEM, item_id)
        self._consult(consultation_id, subject, Look.EXPORT, sha256=digest, size_bytes=len(content))
        with disk_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        discard_unfinished(path)
        write_whole(path, content)

    # -- lifting a seal

    def request_unsealing(self, consultation_id: int, subject: Subject, basis: str, document_no: str) -> None:
        """Asks, with a written basis, to make a record opened within a consultation an ordinary one again.

        Raises ConsultationNotOpen, NoSuchRecord, SealedWithVolume.
        """
        require(self._archive, self._agent, "request_unsealing")
        problems = [
            Problem(name, f"problem.unsealing_{name}")
            for name, text in (("basis", basis), ("document_no", document_no))
            if not text.strip()
        ]
        if problems:
            raise Invalid(problems)
        with self._archive.write(self._agent) as change:
            change.request_unsealing(consultation_id, subject, basis.strip(), document_no.strip())

    def unsealings(self) -> list[Unsealing]:
        """Requests to lift a seal that wait for a second administrator."""
        return self._queries.unsealings()

    def unseal(self, unsealing_id: int, opinion: str) -> Subject:
        """Raises SamePerson, NoSuchRecord."""
        require(self._archive, self._agent, "unseal")
        with self._archive.write(self._agent) as change:
            return change.unseal(unsealing_id, opinion.strip())

    def refuse_unsealing(self, unsealing_id: int, opinion: str) -> None:
        """Raises SamePerson, NoSuchRecord."""
        require(self._archive, self._agent, "refuse_unsealing")
        with self._archive.write(self._agent) as change:
            change.refuse_unsealing(unsealing_id, opinion.strip())

    # -- inside

    def _rule(self) -> tuple[str, bool] | None:
        """(from which day, only what is dated), or None when nothing is sealed by rule."""
        rule = self._settings.get("sealing_rule")
        since = "".join(filter(str.isdecimal, str(self._settings.get("sealing_since"))))
        # What is no day leaves no record out: the stricter reading.
        return None if rule == "off" else (since if len(since) == 8 else "", rule == "dated")

    def _consult(self, consultation_id: int, subject: Subject, look: Look, **detail: object) -> None:
        require(self._archive, self._agent, "consult")
        with self._archive.write(self._agent) as change:
            change.consult(consultation_id, subject, look, **detail)

    def _picture(self, consultation_id: int, item_id: int, object_id: int, number: int) -> str:
        for found, page in self._queries.sealed_pages(consultation_id, item_id):
            if (found, page.number) == (object_id, number):
                return page.picture
        raise NoSuchRecord(object=object_id, page=number)


def _tidy(request: ConsultationRequest) -> ConsultationRequest:
    one_line = {
        name: " ".join(getattr(request, name).split()) for name in ("unit", "person", "document_no", "purpose", "scope")
    }
    return replace(request, **one_line, sought=tuple(dict.fromkeys(filter(None, (term.strip() for term in request.sought)))))


def _covered(found: Sealed) -> Sealed:
    return found if found.consulted else replace(found, title=cover(found.title))
