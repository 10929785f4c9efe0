"""app/interchange/trial.py — the dry run: every row of a catalogue as the record it would become, with all that is wrong.

Pure: it reads what it is given and asks `Ground` what the archive already holds; it changes nothing. A problem names the
row and the column, and is either blocking (this row is not imported) or a note.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol, TypeVar

from app import filing, numbering
from app.filing import Problem
from app.interchange import codes, columns, values
from app.interchange.source import Catalogue
from app.numbering import Profile, Series
from app.volumes import checks
from storage.records import AccessStatus, Category, ItemDraft, Kind, Origin, Retention, SecurityClass
from storage.records.interchange import ImportRun
from storage.records.volumes import Volume, VolumeDraft

V = TypeVar("V")
Step = Callable[[int, int], None]
#: Rows between two words about progress.
STRIDE = 200
_FREE = ("title", "creator", "document_no", "parallel_title", "sub_title", "document_type", "manuscript", "secrecy_period",
         "subjects", "abstract")
_FREE_VOLUME = ("title", "catalogue_no", "case_no", "case_name", "case_class", "cause", "handling_unit", "lead_officer",
                "decision_no", "maker", "checker", "notes", "box_no")
_DATES = ("date_from", "date_to", "accepted_on", "decided_on", "closed_on", "made_on", "checked_on")


class Ground(Protocol):
    """What the archive already holds."""

    fonds: str

    @property
    def categories(self) -> Sequence[Category]: ...
    def profile(self, category: str) -> Profile: ...
    def patterns(self, kind: Kind) -> Sequence[str]: ...
    def taken_codes(self, codes: Sequence[str]) -> set[str]: ...
    def taken_numbers(self, draft: ItemDraft) -> set[int]: ...
    def last_number(self, scope: Sequence[str]) -> int: ...
    def volumes(self) -> Mapping[str, int]: ...
    def volume(self, volume_id: int) -> Volume: ...
    def numbers_in_volume(self, volume_id: int) -> set[int]: ...


@dataclass(frozen=True, slots=True)
class RowProblem:
    """`row` is its number in the file, 0 for the catalogue as a whole; `column` the heading, empty when none is concerned."""

    row: int
    column: str
    problem: Problem
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as the record it becomes."""

    row: int
    draft: ItemDraft | VolumeDraft
    reference_code: str
    number: int
    scope: tuple[str, ...]
    volume_id: int | None = None
    box_no: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What an import would do. `entries` are the rows without a blocking problem; `undecided` the words, by field, that a
    person has to decide; `before` the run that took in this very file, if one did.
    """

    catalogue: Catalogue
    mapping: columns.Mapping
    entries: tuple[Entry, ...]
    problems: tuple[RowProblem, ...]
    undecided: dict[str, tuple[str, ...]] = field(default_factory=dict)
    before: ImportRun | None = None

    @property
    def rows(self) -> int:
        return len(self.catalogue.rows)

    @property
    def clean(self) -> bool:
        return not any(problem.blocking for problem in self.problems)


def trial(
    catalogue: Catalogue, mapping: columns.Mapping, ground: Ground, today: date, before: ImportRun | None,
    step: Step = lambda done, total: None,
) -> Trial:
    """Reads every row. `step` may raise to end it."""
    return _Trial(catalogue, mapping, ground, today, step).result(before)


class _Trial:
    def __init__(
        self, catalogue: Catalogue, mapping: columns.Mapping, ground: Ground, today: date, step: Step
    ) -> None:
        self._catalogue, self._mapping, self._ground, self._today, self._step = catalogue, mapping, ground, today, step
        self._problems: list[RowProblem] = []
        self._bad: set[int] = set()
        self._undecided: dict[str, dict[str, None]] = defaultdict(dict)
        self._headings = {name: catalogue.header[i] for i, name in enumerate(mapping.columns) if name}
        self._known = {category.code: category for category in ground.categories}
        self._patterns = ground.patterns(mapping.kind)
        self._of_item = mapping.kind is Kind.ITEM

    def result(self, before: ImportRun | None) -> Trial:
        missing = [name for name in ("title",) if name not in self._mapping.columns]
        for name in missing:
            self._say(0, name, f"import_no_{name}")
        read = [] if missing else [self._read(number, cells) for number, cells in self._rows()]
        entries = self._number(read)
        self._compare(entries)
        self._problems.sort(key=lambda found: found.row)
        return Trial(
            self._catalogue, self._mapping, tuple(entry for entry in entries if entry.row not in self._bad),
            tuple(self._problems), {name: tuple(words) for name, words in self._undecided.items()}, before,
        )  # fmt: skip

    # -- one row

    def _rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        total = len(self._catalogue.rows)
        for done, row in enumerate(self._catalogue.rows):
            if done % STRIDE == 0:
                self._step(done, total)
            yield row

    def _read(self, row: int, cells: Sequence[str]) -> Entry:
        width = len(self._catalogue.header)
        if len(cells) > width:
            self._say(row, "", "import_extra_cells", n=len(cells), columns=width)
        texts = self._texts(row, cells)
        code = numbering.normalise(texts.get("reference_code", ""))
        told = codes.parts(code, self._patterns) if code else {}
        if told.get("fonds", self._ground.fonds) != self._ground.fonds:
            self._say(row, "reference_code", "import_other_fonds", fonds=told["fonds"])
        for name in ("category", "year", "retention", "office"):
            if not texts.get(name):
                texts[name] = told.get(name, "") or self._mapping.given.get(name, "")
        number = self._whole(row, "item_no" if self._of_item else "volume_no", texts) or int(told.get("number", 0))
        if self._of_item:
            return self._item(row, texts, code, number)
        if not texts.get("catalogue_no"):
            texts["catalogue_no"] = told.get("catalogue", "")
        return self._volume(row, texts, code, number)

    def _texts(self, row: int, cells: Sequence[str]) -> dict[str, str]:
        """The cells by field; several columns that go into the remarks stand there under their headings."""
        texts: dict[str, str] = {}
        remarks: list[str] = []
        for name, heading, cell in zip(self._mapping.columns, self._catalogue.header, cells, strict=False):
            if not name or not cell:
                continue
            if "\ufffd" in cell or any(unicodedata.category(one) == "Cc" and one not in "\n\r\t" for one in cell):
                self._say(row, name, "import_character")
            if name == columns.REMARKS:
                own = columns.is_remarks(heading)
                remarks.append(cell if own else f"{heading}：{cell}")
            else:
                texts[name] = cell
        texts[columns.REMARKS] = "\n".join(remarks)
        return texts

    def _item(self, row: int, texts: dict[str, str], code: str, number: int) -> Entry:
        volume_id = self._volume_id(row, texts.get("volume_code", ""))
        draft = self._class(row, texts, ItemDraft(origin=Origin.PAPER))
        day = self._date(row, "doc_date", texts)
        draft = filing.tidy(
            replace(
                draft,
                **_texts(_FREE, texts),
                doc_date=day,
                year=draft.year or int(day[:4] or 0),
                page_count=self._whole(row, "page_count", texts),
                attachment_count=self._whole(row, "attachment_count", texts),
                access_status=AccessStatus(
                    self._value(row, "access_status", texts, values.access_status) or AccessStatus.UNREVIEWED
                ),
                remarks=texts[columns.REMARKS],
            )
        )
        if volume_id is not None:
            volume = self._ground.volume(volume_id)
            draft = replace(
                draft, category=volume.category, year=volume.year, retention=volume.retention, office=volume.office
            )
        problems = filing.check(draft, self._ground.categories, self._today)
        if volume_id is None and texts.get("volume_code"):
            # Its class would have been that of the volume.
            problems = [problem for problem in problems if problem.field not in ("category", "year")]
        self._check(row, problems)
        return Entry(row, draft, code, number, (), volume_id, texts.get("box_no", "")[:20])

    def _volume(self, row: int, texts: dict[str, str], code: str, number: int) -> Entry:
        common = self._class(row, texts, ItemDraft())
        found = {name: self._date(row, name, texts) for name in _DATES}
        if texts.get("dates"):
            span = values.dates(texts["dates"])
            if span is None:
                self._say(row, "dates", "import_date", value=texts["dates"][:40])
            else:
                found["date_from"], found["date_to"] = span
        draft = checks.tidy(
            VolumeDraft(
                **_texts(_FREE_VOLUME, texts), **_texts(_DATES, found), category=common.category,
                year=common.year or int((found["date_to"] or found["date_from"])[:4] or 0), retention=common.retention,
                office=common.office, security_class=common.security_class, remarks=texts[columns.REMARKS],
            )
        )  # fmt: skip
        self._check(row, checks.check_draft(draft, self._ground.categories, self._today))
        return Entry(row, draft, code, number, ())

    def _class(self, row: int, texts: dict[str, str], draft: ItemDraft) -> ItemDraft:
        in_volume = bool(texts.get("volume_code"))
        category = self._word(row, "category", texts, lambda text: values.category(text, self._ground.categories))
        kept = self._word(row, "retention", texts, values.retention)
        if kept is None and not texts.get("retention") and not in_volume:
            self._say(row, "retention", "import_no_retention")
        if category is None and not texts.get("category") and not in_volume:
            self._say(row, "category", "import_no_category")
        secrecy = self._word(row, "security_class", texts, values.security_class)
        year = self._value(row, "year", texts, values.year)
        usual = self._known[category].security_class if category in self._known else SecurityClass.INTERNAL
        return replace(
            draft, category=category or "", retention=kept or Retention.D10, year=year or 0,
            office=texts.get("office", ""), security_class=secrecy or usual,
        )  # fmt: skip

    def _check(self, row: int, problems: Iterable[Problem]) -> None:
        """The station's own rules, where nothing was said of the field yet."""
        said = {found.problem.field for found in self._problems_of(row)}
        for problem in problems:
            if problem.field not in said:
                self._add(row, problem)

    def _volume_id(self, row: int, text: str) -> int | None:
        if not text:
            return None
        found = self._ground.volumes().get(numbering.normalise(text))
        if found is None:
            self._say(row, "volume_code", "import_volume_unknown", value=text[:60])
        return found

    # -- values

    def _value(self, row: int, name: str, texts: dict[str, str], read: Callable[[str], V | None]) -> V | None:
        text = texts.get(name, "")
        if not text:
            return None
        found = read(text)
        if found is None:
            self._say(row, name, f"import_{name}", value=text[:40])
        return found

    def _whole(self, row: int, name: str, texts: dict[str, str]) -> int:
        text = texts.get(name, "")
        found = values.number(text) if text else 0
        if found is None:
            self._say(row, name, "import_number", value=text[:40])
        return found or 0

    def _date(self, row: int, name: str, texts: dict[str, str]) -> str:
        text = texts.get(name, "")
        found = values.date(text) if text else ""
        if found is None:
            self._say(row, name, "import_date", value=text[:40])
        return found or ""

    def _word(self, row: int, name: str, texts: dict[str, str], read: Callable[[str], V | None]) -> V | None:
        """A value of a closed list: as the program writes it, or as the person decided for this word."""
        text = values.narrow(texts.get(name, ""))
        if not text:
            return None
        found = read(self._mapping.words.get(name, {}).get(text, text))
        if found is None:
            self._undecided[name][text] = None
            self._say(row, name, "import_word", value=text[:40])
        return found

    # -- all rows

    def _number(self, read: list[Entry]) -> list[Entry]:
        """Every entry with its number and its code: those of the catalogue, or the next free ones of its class."""
        scopes = [self._scope(entry) for entry in read]
        last: dict[tuple[str, ...], int] = {}
        for entry, scope in zip(read, scopes, strict=True):
            known = last.get(scope)
            if known is None:
                known = self._last(entry, scope)
            last[scope] = max(known, entry.number)
        done = []
        for entry, scope in zip(read, scopes, strict=True):
            number = entry.number
            if not number:
                last[scope] = number = last[scope] + 1
            code = self._compose(entry, number)
            if entry.reference_code and entry.reference_code != code and entry.row not in self._bad:
                self._say(entry.row, "reference_code", "import_code_parts", expected=code)
            done.append(replace(entry, number=number, reference_code=entry.reference_code or code, scope=scope))
        return done

    def _scope(self, entry: Entry) -> tuple[str, ...]:
        if entry.volume_id is not None:
            return ("in", str(entry.volume_id))
        profile = self._ground.profile(entry.draft.category)
        if isinstance(entry.draft, ItemDraft):
            return numbering.scope(self._ground.fonds, entry.draft, profile)
        return numbering.volume_scope(self._ground.fonds, _series(entry.draft), profile)

    def _last(self, entry: Entry, scope: tuple[str, ...]) -> int:
        if entry.volume_id is not None:
            return max(self._ground.numbers_in_volume(entry.volume_id), default=0)
        return self._ground.last_number(scope)

    def _compose(self, entry: Entry, number: int) -> str:
        if entry.volume_id is not None:
            return numbering.code_in_volume(self._ground.volume(entry.volume_id).reference_code, number)
        profile = self._ground.profile(entry.draft.category)
        if isinstance(entry.draft, ItemDraft):
            return numbering.compose(self._ground.fonds, entry.draft, number, profile)
        return numbering.volume_code(self._ground.fonds, _series(entry.draft), number, profile)

    def _compare(self, entries: list[Entry]) -> None:
        """With each other, and with what the archive holds."""
        taken = self._ground.taken_codes([entry.reference_code for entry in entries])
        first: dict[str, int] = {}
        classes: dict[tuple[str, ...], set[int]] = {}
        numbers: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for entry in entries:
            if entry.reference_code in first:
                self._say(entry.row, "reference_code", "import_code_twice", row=first[entry.reference_code])
            elif entry.reference_code in taken:
                self._say(entry.row, "reference_code", "import_code_taken", code=entry.reference_code)
            elif isinstance(entry.draft, ItemDraft):
                if entry.scope not in classes:
                    classes[entry.scope] = self._standing(entry)
                if entry.number in classes[entry.scope] or entry.number in numbers[entry.scope]:
                    self._say(entry.row, "item_no", "import_number_taken", n=entry.number)
            first.setdefault(entry.reference_code, entry.row)
            numbers[entry.scope].add(entry.number)
        self._note_gaps(entries, numbers)
        sealed = sum(self._known[entry.draft.category].seals for entry in entries if entry.draft.category in self._known)
        if sealed:
            self._note("import_seals", n=sealed)

    def _standing(self, entry: Entry) -> set[int]:
        if entry.volume_id is not None:
            return self._ground.numbers_in_volume(entry.volume_id)
        assert isinstance(entry.draft, ItemDraft)
        return self._ground.taken_numbers(entry.draft)

    def _note_gaps(self, entries: list[Entry], numbers: Mapping[tuple[str, ...], set[int]]) -> None:
        """In the classes into which something comes: what a class that only mistakes point to lacks, nobody asks."""
        for entry in {entry.scope: entry for entry in reversed(entries) if entry.row not in self._bad}.values():
            known = self._last(entry, entry.scope)
            missing = sorted(set(range(known + 1, max(numbers[entry.scope], default=0))) - numbers[entry.scope])
            for low, high in _runs(missing)[:20]:
                first, last = self._compose(entry, low), self._compose(entry, high)
                if low == high:
                    self._note("import_gap_one", code=first)
                else:
                    self._note("import_gap", first=first, last=last, n=high - low + 1)

    # -- saying

    def _problems_of(self, row: int) -> Iterable[RowProblem]:
        for found in reversed(self._problems):
            if found.row != row:
                return
            yield found

    def _say(self, row: int, name: str, key: str, /, **facts: object) -> None:
        self._add(row, Problem(name, f"problem.{key}", facts))

    def _add(self, row: int, problem: Problem) -> None:
        self._bad.add(row)
        self._problems.append(RowProblem(row, self._headings.get(problem.field, ""), problem))

    def _note(self, key: str, /, **facts: object) -> None:
        self._problems.append(RowProblem(0, "", Problem("", f"problem.{key}", facts), blocking=False))


def _texts(names: Sequence[str], texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: texts.get(name, "") for name in names}


def _series(draft: VolumeDraft) -> Series:
    return Series(draft.category, draft.year, draft.retention, draft.office, draft.catalogue_no)


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """1 2 3 7 8 as (1, 3) (7, 8)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
