"""app/inspection/rehearsal.py — what would travel is put into a bag and looked at as headquarters will, without sending.

The bag goes through memory in pieces, from the writer of `sync.bag` straight into its strict reader; nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from app.inspection.look import ITEMS, Batch, Look, over
from storage.errors import NoSuchRecord
from storage.records import Item, State
from storage.records.inspection import Fault
from sync import bag
from sync.bag import BagInvalid, Inspector
from sync.cargo import Cargo, Record, VolumeRecord, catalogue, volume_catalogue
from sync.exchange import PROGRAM

#: Which check a rule of the strict profile belongs to.
_CODES = {
    "records": "GD2-10", "volumes": "GD2-10", "events": "GD2-10", "originals": "GD2-11", "payload_files": "GD2-11",
    "payload_oxum": "GD2-11", "manifest": "GD2-11", "sm3": "GD2-11",
}  # fmt: skip
_AT_ONCE = 50


@over(ITEMS, "GD1-11", "GD1-12", "GD2-10", "GD2-11")
def rehearse(look: Look, batch: Batch) -> Iterator[Fault]:
    filed = [item for item in batch.items if item.state is State.FILED and item.reference_code]
    for start in range(0, len(filed), _AT_ONCE):
        yield from _pack(look, filed[start : start + _AT_ONCE])


def _pack(look: Look, items: Sequence[Item]) -> Iterator[Fault]:
    archive, left_out, about = look.archive, set[int](), f"items:{items[0].id}-{items[-1].id}"
    queries = archive.queries
    records = []
    for item in items:
        try:
            originals = tuple(queries.object(id) for id in item.object_ids)
        except NoSuchRecord:
            left_out.add(item.id)  # its original also holds pages of a sealed record: it would stay
        else:
            records.append(Record(item, item.changed_seq, originals))
    inside = sorted({item.volume_id for item in items if item.volume_id is not None})
    volumes = tuple(
        VolumeRecord(volume, queries.volume_item_uuids(volume.id))
        for volume in queries.volumes_by_id(inside).values()
        if volume.state is State.FILED
    )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    cargo = Cargo(archive.station_id, archive.epoch, 1, 1, archive.fonds, tuple(records), (), now, PROGRAM, volumes)

    def withhold(record: Record, _reason: str) -> None:
        # Why is said by the check the reason belongs to.
        left_out.add(record.item.id)

    inspector = Inspector()
    try:
        for piece in bag.stream(cargo, archive.objects.get, withhold):
            inspector.write(piece)
        taken = inspector.finish()
    except BagInvalid as error:
        check = str(error.facts["check"])
        yield look.fault(_CODES.get(check, "GD1-12"), "bag_refused", object=about, check=check)
        return
    for listed, wanted in ((catalogue(taken.records), len(taken.records)),
                              (volume_catalogue(taken.volumes), len(taken.volumes))):  # fmt: skip
        if not _well_formed(listed, wanted):
            yield look.fault("GD1-11", "catalogue_malformed", object=about)
    if len(taken.records) != len(items) - len(left_out):
        yield look.fault("GD2-10", "bag_refused", object=about, check="records")


def _well_formed(catalogue: bytes, entries: int) -> bool:
    """Our own file, read by another parser: no foreign bytes come here."""
    try:
        return len(ElementTree.fromstring(catalogue)) == entries
    except ElementTree.ParseError:
        return False
