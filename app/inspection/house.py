"""app/inspection/house.py — checks of the archive as a whole: database, index, journal, roles, states, files that belong to
nothing, and what headquarters has.

They run once a run; those that only the whole archive can answer are left out when a part was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.access import may
from app.inspection.look import ARCHIVE, ONCE, SERIES, Look, over
from storage.archive import Archive
from storage.errors import FileUnreadable
from storage.records import PROGRAM, Agent, Kind, Package, PackageState, Subject, roles_of
from storage.records.inspection import Fault, Severity
from sync import answers, package
from sync.answers import AnswerInvalid, Receipt
from sync.exchange import PACKAGES, Exchange
from sync.package import PackageDamaged

_UNDER_WAY = (PackageState.PACKED, PackageState.SENT)
_GONE = frozenset({"lent_gone", "held_gone"})


@over(ARCHIVE, "GD3-1")
def database(look: Look, _none: None) -> Iterator[Fault]:
    for _line in look.archive.database.check():
        yield look.fault("GD3-1", "database_damaged", object="archive.db")


@over(ARCHIVE, "GD3-2")
def index(look: Look, _none: None) -> Iterator[Fault]:
    """What is filed can be found. An index still catching up is no fault."""
    if look.archive.index.behind():
        return
    for finding in look.archive.index.agreement():
        if not finding.ok and finding.object == "count":
            yield look.fault("GD3-2", "index_differs", object="index.db")


@over(ARCHIVE, "GD4-7")
def journal(look: Look, _none: None) -> Iterator[Fault]:
    """The chain of the journal holds, and nobody did what their role does not allow."""
    for finding in look.archive.queries.verify_journal():
        if not finding.ok:
            yield look.fault("GD4-7", "journal_broken", object=finding.object)
    for type, role, program, count, first in look.archive.queries.acts_by_role():
        agent = PROGRAM if program else Agent.of(-1, "", roles_of(role))
        if not may(agent, type):
            # Roles may have been drawn otherwise when it happened: to be looked at, not to be condemned.
            yield look.fault(
                "GD4-7", "act_not_allowed", severity=Severity.WARNING, object=f"event:{first}", event=type, role=role, n=count
            )


@over(ARCHIVE, "GD4-7")
def states(look: Look, _none: None) -> Iterator[Fault]:
    """Loans, holds and volumes agree with what became of the records they are about."""
    for key, subject, other in look.archive.queries.out_of_place():
        # What is gone cannot be opened: it is named, not led to.
        gone = key in _GONE
        yield look.fault("GD4-7", key, None if gone else subject, object=f"{subject} {other}" if gone else other)


@over(ARCHIVE, "GD1-10", "GD2-1", "GD2-2")
def counted(look: Look, _none: None) -> Iterator[Fault]:
    """What came in is what is kept: papers, bytes, records of packages; no original without a record."""
    queries = look.archive.queries
    for object_id in queries.orphans():
        yield look.fault("GD1-10", "original_unused", object=f"object:{object_id}")
    for arrival in queries.arrivals_without_record():
        yield look.fault("GD2-1", "arrival_without_record", object=f"arrival:{arrival}")
    for package_id, said, entered in queries.packages_miscounted():
        yield look.fault("GD2-1", "package_miscounted", object=f"package:{package_id}", wanted=said, found=entered)
    for arrival, object_id, came, kept in queries.sizes_that_differ():
        yield look.fault("GD2-2", "bytes_differ", object=f"arrival:{arrival} object:{object_id}", wanted=came, found=kept)


@over(ARCHIVE, "GD4-3")
def strays(look: Look, _none: None) -> Iterator[Fault]:
    """Files in the archive that belong to nothing: left by a cut, or put there."""
    queries, archive = look.archive.queries, look.archive
    for folder, names in ((archive.objects, set(queries.object_names())),
                          (archive.pictures, set(queries.picture_names()))):  # fmt: skip
        for name in sorted(set(folder.names()) - names):
            yield look.fault("GD4-3", "file_unused", object=f"{folder.folder.name}/{name[:12]}")
    packages = archive.folder / PACKAGES
    known = {row.file_name for row in queries.packages()}
    for path in sorted(packages.iterdir()) if packages.is_dir() else ():
        if path.name not in known:
            yield look.fault("GD4-3", "file_unused", object=f"{PACKAGES}/{path.name}")


@over(SERIES, "GD1-13")
def received(look: Look, _none: None) -> Iterator[Fault]:
    """What headquarters signed for is what was sent: receipts verify, packages under way are whole."""
    queries = look.archive.queries
    enrolment = Exchange(look.archive, look.agent).enrolment()
    rows = {row.id: row for row in queries.packages()}
    for receipt in queries.receipts() if enrolment else ():
        try:
            answer = answers.check_answer(receipt.document, enrolment.key)  # type: ignore[union-attr]
            holds = answer.digest == rows[receipt.package_id].digest
        except AnswerInvalid:
            holds = False
        if not holds:
            yield look.fault("GD1-13", "receipt_invalid", object=f"package:{receipt.package_id}")
    for row in rows.values():
        if row.state in _UNDER_WAY and not _whole(look, row):
            yield look.fault("GD1-13", "package_damaged", object=f"package:{row.id}")
    for item_id in queries.delivered_without_receipt():
        yield look.fault("GD1-13", "no_receipt", Subject(Kind.ITEM, item_id))


@over(ONCE, "GD1-1", "GD1-6", "GD1-8", "GD1-9", "GD2-4", "GD2-7", "GD3-7", "GD4-7", counts=False)
def returned(look: Look, _none: None) -> Iterator[Fault]:
    """What headquarters sent back for correction, with its reason, until it was corrected."""
    for item_id, reason in sent_back(look.archive, look.agent).items():
        code = look.catalogue.reasons.get(reason, "GD4-7")
        yield look.fault(code, "returned", Subject(Kind.ITEM, item_id), reason=reason)


def sent_back(archive: Archive, agent: Agent) -> dict[int, str]:
    """Visible items that headquarters returned for correction: the reason code of its latest receipt."""
    queries = archive.queries
    items = {item.uuid: item.id for item in queries.items_returned()}
    if not items:
        return {}
    reasons: dict[int, str] = {}
    for _package, answer in Exchange(archive, agent).receipts():
        if isinstance(answer, Receipt):
            reasons |= {items[one.uuid]: one.reason for one in answer.outcomes if one.uuid in items and one.reason}
    return reasons


def _whole(look: Look, row: Package) -> bool:
    file = look.archive.folder / PACKAGES / row.file_name
    try:
        package.check(file, look.archive.verify_key)
        return package.digest_of(package.read_block(file)) == row.digest
    except (PackageDamaged, FileUnreadable):
        return False
