"""storage/changes/interchange.py — what was imported and how columns are read: the events that change them.

An imported record keeps the 档号 and the number it had; the serial of its class moves up to that number at least, so that
what is filed next follows on. Held here, in the transaction that changes anything: a code or a number that was ever given,
also to a record that is sealed, destroyed or numbered anew, is not given again; into a volume that was filed here nothing
is imported.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

from storage import journal
from storage.changes.base import Writing, now
from storage.changes.descriptions import description_columns
from storage.changes.volumes import volume_columns
from storage.errors import Known
from storage.records import Delivery, ItemDraft, Kind, State
from storage.records.volumes import VolumeDraft


class CodeTaken(Known):
    """A record has, or once had, this 档号. Facts: code."""

    number = 175


class NumberTaken(Known):
    """A record of this class has this number. Facts: code, item_no."""

    number = 176


class NotImportedVolume(Known):
    """The volume was put together and filed here: nothing is added to it. Facts: volume."""

    number = 177


class InterchangeChanges(Writing):
    """What was imported and how columns are read. An import is one transaction that ends with `import_run`."""

    if TYPE_CHECKING:

        def _moved(self, volume_id: int, seq: int) -> None: ...

    def keep_mapping(self, fingerprint: str, mapping: str) -> None:
        """How the columns of catalogues with this header are read; the next one like it is read the same way."""
        self._connection.execute("INSERT OR REPLACE INTO import_mapping VALUES (?, ?, ?)", (fingerprint, mapping, now()))
        self._note(
            "keep_mapping", f"mapping:{fingerprint[:16]}", mapping_sha256=hashlib.sha256(mapping.encode()).hexdigest()
        )

    def import_item(
        self, draft: ItemDraft, fonds: str, reference_code: str, number: int, scope: tuple[str, ...], *, box_no: str = ""
    ) -> int:
        """A record of a catalogue, without a document, filed by item. Returns its id. Raises CodeTaken, NumberTaken."""
        self._free(reference_code)
        taken = self._connection.row(
            "SELECT 1 FROM item WHERE (fonds, category, year, retention, office, item_no) = (?, ?, ?, ?, ?, ?)"
            " AND volume_id IS NULL",
            (fonds, draft.category, draft.year, draft.retention.value, draft.office, number),
        )
        if taken:
            raise NumberTaken(code=reference_code, item_no=number)
        self._count_up(scope, number)
        return self._bring_in(draft, fonds=fonds, reference_code=reference_code, item_no=number, box_no=box_no)

    def import_into_volume(
        self, draft: ItemDraft, fonds: str, reference_code: str, number: int, volume_id: int, *, box_no: str = ""
    ) -> int:
        """A record of a catalogue that stands in a volume which was imported itself; its pages follow those before it.

        Returns its id. Raises CodeTaken, NumberTaken, NotImportedVolume.
        """
        if not self._connection.row(
            "SELECT 1 FROM visible_volume JOIN event ON event.object = 'volume:' || visible_volume.id"
            " WHERE visible_volume.id = ? AND visible_volume.state = ? AND event.type = 'import_volume'",
            (volume_id, State.FILED.value),
        ):
            raise NotImportedVolume(volume=volume_id)
        self._free(reference_code)
        if self._connection.row("SELECT 1 FROM item WHERE volume_id = ? AND item_no = ?", (volume_id, number)):
            raise NumberTaken(code=reference_code, item_no=number)
        row = self._connection.row("SELECT coalesce(max(page_to), 0) FROM item WHERE volume_id = ?", (volume_id,))
        page = int(row[0]) if row else 0
        item_id = self._bring_in(
            draft, "import_into_volume", fonds=fonds, reference_code=reference_code, item_no=number, volume_id=volume_id,
            position=number, page_from=page + 1, page_to=page + draft.page_count, box_no=box_no,
        )  # fmt: skip
        self._moved(volume_id, self.events[-1].seq)
        return item_id

    def import_volume(
        self, draft: VolumeDraft, fonds: str, reference_code: str, number: int, scope: tuple[str, ...]
    ) -> int:
        """A volume of a catalogue, filed as it stands. Returns its id. Raises CodeTaken, NumberTaken."""
        self._free(reference_code)
        taken = self._connection.row(
            "SELECT 1 FROM volume WHERE (fonds, category, year, retention, office, catalogue_no, volume_no)"
            " = (?, ?, ?, ?, ?, ?, ?)",
            (fonds, draft.category, draft.year, draft.retention.value, draft.office, draft.catalogue_no, number),
        )
        if taken:
            raise NumberTaken(code=reference_code, item_no=number)
        self._count_up(scope, number)
        at, name = now(), self._agent.name
        volume_id = self._insert(
            "volume", **volume_columns(draft), uuid=uuid.uuid4().hex, reference_code=reference_code, fonds=fonds,
            volume_no=number, book_no=1, book_total=1, state=State.FILED.value, opened_at=at, opened_by=name, filed_at=at,
            filed_by=name, changed_seq=journal.head(self._connection)[0] + 1,
        )  # fmt: skip
        self._note_volume("import_volume", volume_id, reference_code=reference_code)
        return volume_id

    def import_run(self, kind: Kind, source_sha256: str, rows: int) -> int:
        """The end of an import: so many records came out of this file. Returns the run's id."""
        run_id = self._insert(
            "import_run", at=now(), agent_name=self._agent.name, source_sha256=source_sha256, kind=kind.value, rows=rows
        )
        self._note("import_run", f"import:{run_id}", kind=kind.value, source_sha256=source_sha256, rows=rows)
        return run_id

    # -- inside

    def _bring_in(self, draft: ItemDraft, event: str = "import_item", **place: object) -> int:
        item_id = self._insert(
            "item", **description_columns(draft), uuid=uuid.uuid4().hex, state=State.FILED.value, filed_at=now(),
            filed_by=self._agent.name, delivery=Delivery.LOCAL.value,
            changed_seq=journal.head(self._connection)[0] + 1, **place,
        )  # fmt: skip
        self._note_item(event, item_id, reference_code=place["reference_code"])
        return item_id

    def _free(self, reference_code: str) -> None:
        # The indexes of codes leave the empty one out: without saying so they would not be used.
        if self._connection.row(
            "SELECT 1 FROM item WHERE reference_code = :code AND reference_code <> ''"
            " UNION ALL SELECT 1 FROM volume WHERE reference_code = :code AND reference_code <> ''"
            " UNION ALL SELECT 1 FROM former_code WHERE reference_code = :code",
            {"code": reference_code},
        ):
            raise CodeTaken(code=reference_code)

    def _count_up(self, scope: tuple[str, ...], number: int) -> None:
        """The class has numbers up to this one at least."""
        self._connection.execute(
            "INSERT INTO serial VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET last = max(last, excluded.last)",
            ("|".join(scope), number),
        )
