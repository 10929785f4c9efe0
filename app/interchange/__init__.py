"""app/interchange/__init__.py — what comes in from and goes out to other systems as catalogues.

In: `read` a file, `suggest` what its columns mean, `try_out` (the dry run: nothing changes), `take_in` (one transaction for
the whole run, or nothing). Out: `count` what a selection means, `build` it in one of `FORMATS`; the bytes then go through
`Station.export`, which journals them. Only visible records go out, and what is personal in their texts is masked.

Any thread. Every act asks `app.access` first. 10,000 rows take a few seconds: `step(done, total)` reports, and may raise to
cancel as long as nothing is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from app import numbering
from app.access import may_open, require
from app.interchange import columns, source
from app.interchange import trial as trials
from app.interchange.columns import Mapping as ColumnMapping
from app.interchange.formats import FORMATS, Format
from app.interchange.selected import Selected
from app.interchange.source import Catalogue
from app.interchange.trial import Entry, Trial
from app.numbering import Profile
from app.scheme import Scheme
from storage.archive import Archive
from storage.changes import Changes
from storage.errors import Known
from storage.records import Agent, Category, ItemDraft, Kind, Role
from storage.records.interchange import ImportRun, Selection
from storage.records.volumes import Volume, VolumeDraft

__all__ = [
    "FORMATS", "AlreadyImported", "BulkExport", "Catalogue", "ColumnMapping", "Format", "Interchange", "NothingToExport",
    "NothingToImport", "RowsBlocked", "Selection", "Taken", "Trial",
]  # fmt: skip


class RowsBlocked(Known):
    """Rows of the catalogue have problems, and nobody chose to import the good ones alone. Facts: bad, good."""

    number = 581


class NothingToImport(Known):
    """No row of the catalogue can be imported."""

    number = 582


class AlreadyImported(Known):
    """This very file was imported before. Facts: at, rows."""

    number = 583


class BulkExport(Known):
    """More records than a single person may carry out. Facts: records, limit."""

    number = 584


class NothingToExport(Known):
    """The selection means no record."""

    number = 585


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import became: the run, and the records by id in the order of the rows."""

    run: ImportRun
    ids: tuple[int, ...]
    first_code: str
    last_code: str


class Interchange:
    """Catalogues in and out."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent

    # -- in

    def read(self, path: Path, *, sheet: str = "", cancelled: Callable[[], bool] = lambda: False) -> Catalogue:
        """A CSV or XLSX file as headings and rows. Raises FileUnreadable, CatalogueUnreadable, ReadingUnavailable."""
        require(self._archive, self._agent, "import_run")
        return source.read(path, sheet=sheet, cancelled=cancelled)

    def suggest(self, catalogue: Catalogue, kind: Kind | None = None) -> ColumnMapping:
        """How a catalogue with these headings was read the last time, else what the headings say."""
        kept = self._archive.queries.import_mapping(catalogue.fingerprint)
        if kept is not None:
            mapping = ColumnMapping.decode(kept)
            if kind in (None, mapping.kind):
                return mapping
        return columns.suggest(catalogue.header, kind)

    def remembers(self, catalogue: Catalogue) -> bool:
        return self._archive.queries.import_mapping(catalogue.fingerprint) is not None

    def keep(self, catalogue: Catalogue, mapping: ColumnMapping) -> None:
        """The next catalogue with these headings is read like this one. Nothing is written when it already would be."""
        require(self._archive, self._agent, "keep_mapping")
        text = mapping.encode()
        if self._archive.queries.import_mapping(catalogue.fingerprint) != text:
            with self._archive.write(self._agent) as change:
                change.keep_mapping(catalogue.fingerprint, text)

    def try_out(
        self, catalogue: Catalogue, mapping: ColumnMapping, step: trials.Step = lambda done, total: None
    ) -> Trial:
        """The dry run."""
        require(self._archive, self._agent, "import_run")
        runs = self._archive.queries.import_runs(catalogue.sha256)
        with self._archive.database.snapshot():
            ground = _Ground(self._archive, self._agent)
            return trials.trial(catalogue, mapping, ground, date.today(), runs[0] if runs else None, step)

    def take_in(
        self, trial: Trial, *, good_rows: bool = False, again: bool = False,
        step: trials.Step = lambda done, total: None,
    ) -> Taken:
        """Imports the good rows of a dry run: all of them or none. How the columns were read is kept.

        `good_rows` accepts that others are left out, `again` that the file was imported before. Raises RowsBlocked,
        NothingToImport, AlreadyImported; CodeTaken or NumberTaken when somebody was faster.
        """
        for event in ("import_item", "import_into_volume", "import_volume", "import_run", "keep_mapping"):
            require(self._archive, self._agent, event)
        if not trial.entries:
            raise NothingToImport()
        if not trial.clean and not good_rows:
            raise RowsBlocked(bad=trial.rows - len(trial.entries), good=len(trial.entries))
        if trial.before is not None and not again:
            raise AlreadyImported(at=trial.before.at[:10], rows=trial.before.rows)
        mapping = trial.mapping.encode()
        known = self._archive.queries.import_mapping(trial.catalogue.fingerprint) == mapping
        fonds, total = self._archive.fonds.number, len(trial.entries)
        with self._archive.write(self._agent) as change:
            if not known:
                change.keep_mapping(trial.catalogue.fingerprint, mapping)
            ids = []
            for done, entry in enumerate(trial.entries):
                if done % trials.STRIDE == 0:
                    step(done, total)
                ids.append(_import(change, entry, fonds))
            step(total, total)
            change.import_run(trial.mapping.kind, trial.catalogue.sha256, total)
        codes = [entry.reference_code for entry in trial.entries]
        return Taken(self.runs()[0], tuple(ids), codes[0], codes[-1])

    def runs(self) -> list[ImportRun]:
        """What was imported so far, the newest first."""
        return self._archive.queries.import_runs()

    # -- out

    def count(self, wanted: Selection, format: str = "csv") -> int:
        """How many records the selection means in this format."""
        return len(self._chosen(wanted, FORMATS[format]))

    def build(
        self, wanted: Selection, format: str, limit: int, step: trials.Step = lambda done, total: None
    ) -> bytes:
        """The file, in memory. More than `limit` records only an administrator may carry out.

        Raises NothingToExport, BulkExport.
        """
        require(self._archive, self._agent, "export")
        with self._archive.database.snapshot():
            chosen = self._chosen(wanted, FORMATS[format])
            if not chosen:
                raise NothingToExport()
            if len(chosen) > limit and Role.ADMINISTRATOR not in self._agent.roles:
                raise BulkExport(records=len(chosen), limit=limit)
            return FORMATS[format].build(Selected(self._archive, chosen, step))

    # -- inside

    def _chosen(self, wanted: Selection, format: Format) -> list[int]:
        queries = self._archive.queries
        if format.kind is Kind.VOLUME:
            volumes = queries.volumes_by_id(queries.selected_volumes(wanted))
            return [volume.id for volume in volumes.values() if may_open(self._agent, volume.part)]
        chosen = queries.selected_items(wanted)
        parts = queries.item_parts(chosen)
        return [item_id for item_id in chosen if item_id not in parts or may_open(self._agent, parts[item_id])]


def _import(change: Changes, entry: Entry, fonds: str) -> int:
    if isinstance(entry.draft, VolumeDraft):
        return change.import_volume(entry.draft, fonds, entry.reference_code, entry.number, entry.scope)
    if entry.volume_id is not None:
        return change.import_into_volume(
            entry.draft, fonds, entry.reference_code, entry.number, entry.volume_id, box_no=entry.box_no
        )
    return change.import_item(entry.draft, fonds, entry.reference_code, entry.number, entry.scope, box_no=entry.box_no)


class _Ground:
    """What the archive holds, asked once and remembered for the length of a dry run."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive, self._queries, self._scheme = archive, archive.queries, Scheme(archive, agent)
        self.fonds = archive.fonds.number
        self._profiles: dict[str, Profile] = {}
        self._volumes: dict[int, Volume] = {}

    @cached_property
    def categories(self) -> Sequence[Category]:
        return self._queries.categories()

    def profile(self, category: str) -> Profile:
        if category not in self._profiles:
            known = next((one.profile for one in self.categories if one.code == category), numbering.DAT13)
            self._profiles[category] = self._scheme.profile(known)
        return self._profiles[category]

    def patterns(self, kind: Kind) -> Sequence[str]:
        names = dict.fromkeys(category.profile for category in self.categories)
        profiles = [self._scheme.profile(name) for name in names]
        return [profile.item if kind is Kind.ITEM else profile.volume for profile in profiles]

    def taken_codes(self, codes: Sequence[str]) -> set[str]:
        return self._queries.codes_taken(codes)

    def taken_numbers(self, draft: ItemDraft) -> set[int]:
        return self._queries.class_numbers(
            self.fonds, draft.category, draft.year, draft.retention.value, draft.office
        )

    def last_number(self, scope: Sequence[str]) -> int:
        return self._queries.last_number(scope)

    @cached_property
    def _imported(self) -> Mapping[str, int]:
        return self._queries.imported_volumes()

    def volumes(self) -> Mapping[str, int]:
        return self._imported

    def volume(self, volume_id: int) -> Volume:
        if volume_id not in self._volumes:
            self._volumes[volume_id] = self._queries.volume(volume_id)
        return self._volumes[volume_id]

    def numbers_in_volume(self, volume_id: int) -> set[int]:
        return self._queries.volume_numbers(volume_id)
