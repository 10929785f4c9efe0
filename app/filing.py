"""app/filing.py — inbox item -> item in a by-item register.

A draft is checked field by field; each problem names its field and a sentence in the wording. Filing commits first and
waits for nothing: the index and headquarters follow.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import resources
from app import numbering
from app.access import require
from storage.archive import Archive
from storage.errors import Known
from storage.records import Agent, Category, Item, ItemDraft, Retention, SecurityClass

EARLIEST_YEAR = 1949
_DATE = r"[0-9]{8}"
_LIMITS = {
    "title": 300,
    "document_no": 60,
    "creator": 200,
    "remarks": 300,
    "parallel_title": 300,
    "sub_title": 300,
    "document_type": 60,
    "manuscript": 30,
    "secrecy_period": 30,
    "subjects": 200,
    "abstract": 1000,
}
#: Between keywords (主题词); what a person types between them becomes this.
BETWEEN = "；"
MOST_ATTACHMENTS = 9_999
#: Papers above this class may not be kept on a machine that is not approved for them.
_HIGHEST = SecurityClass.INTERNAL


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field; `key` is a sentence of the wording, filled with `facts`."""

    field: str
    key: str
    facts: dict[str, object] = field(default_factory=dict)


class Invalid(Known):
    """The description cannot be filed as it stands. Facts: the fields concerned."""

    number = 501

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(fields=", ".join(problem.field for problem in problems))
        self.problems = tuple(problems)


def shipped_categories() -> list[Category]:
    """The scheme a new archive starts with: data, which the station may change (未核实 rows say so)."""
    scheme = tomllib.loads(resources.path("schemes", "categories.toml").read_text("utf-8"))
    return [
        Category(**row | {"default_retention": Retention(row["default_retention"])}) for row in scheme["category"]
    ]


@cache
def terms(name: str) -> tuple[str, ...]:
    """The words offered for a field: `document_types`, `manuscripts`, `secrecy_periods`. Others may be typed."""
    return tuple(tomllib.loads(resources.path("schemes", "terms.toml").read_text("utf-8"))[name])


def keywords(subjects: str) -> tuple[str, ...]:
    """The single keywords, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, (_one_line(word) for word in re.split("[；;，,、\n]", subjects)))))


def tidy(draft: ItemDraft) -> ItemDraft:
    """The draft as it will be kept: no stray blanks or control characters, digits and letters of codes in half width,
    document number brackets as GB/T 9704 has them, each keyword once.
    """
    brackets = re.compile(r"[\[(（【〔［](\d{4})[\])）】〕］]")
    return replace(
        draft,
        title=_one_line(draft.title),
        document_no=brackets.sub(r"〔\1〕", "".join(_one_line(draft.document_no).split())),
        creator=_one_line(draft.creator),
        doc_date=_one_line(unicodedata.normalize("NFKC", draft.doc_date)),
        office=_one_line(unicodedata.normalize("NFKC", draft.office)).upper(),
        remarks=_lines(draft.remarks),
        parallel_title=_one_line(draft.parallel_title),
        sub_title=_one_line(draft.sub_title),
        document_type=_one_line(draft.document_type),
        manuscript=_one_line(draft.manuscript),
        secrecy_period=_one_line(draft.secrecy_period),
        subjects=BETWEEN.join(keywords(draft.subjects)),
        abstract=_lines(draft.abstract),
    )


def check(draft: ItemDraft, categories: Sequence[Category], today: date) -> list[Problem]:
    """Everything that keeps the draft from being filed, in the order of the form."""
    problems = []
    for name in ("title", "creator"):
        if not getattr(draft, name):
            problems.append(Problem(name, f"problem.{name}_missing"))
    for name, limit in _LIMITS.items():
        if len(getattr(draft, name)) > limit:
            problems.append(Problem(name, "problem.too_long", {"limit": limit}))
    problems += _check_date(draft.doc_date, today)
    if draft.category not in {category.code for category in categories}:
        problems.append(Problem("category", "problem.category_unknown"))
    if not EARLIEST_YEAR <= draft.year <= today.year:
        problems.append(Problem("year", "problem.year_range", {"first": EARLIEST_YEAR, "last": today.year}))
    elif re.fullmatch(_DATE, draft.doc_date) and draft.year < int(draft.doc_date[:4]):
        problems.append(Problem("year", "problem.year_before_date", {"year": int(draft.doc_date[:4])}))
    if draft.office and not numbering.OFFICE.fullmatch(draft.office):
        problems.append(Problem("office", "problem.office_shape"))
    if list(SecurityClass).index(draft.security_class) > list(SecurityClass).index(_HIGHEST):
        problems.append(Problem("security_class", "problem.classified"))
    if draft.page_count < 1:
        problems.append(Problem("page_count", "problem.page_count"))
    if not 0 <= draft.attachment_count <= MOST_ATTACHMENTS:
        problems.append(Problem("attachment_count", "problem.attachment_count", {"most": MOST_ATTACHMENTS}))
    return problems


def complete(draft: ItemDraft, file_name: str, today: date) -> ItemDraft:
    """The draft with what nobody could read from the paper filled in as DA/T 22 and DA/T 18 have it.

    A made-up title or creator stands in square brackets; an unknown month and day are `00`.
    """
    stem = file_name.rsplit(".", 1)[0] or file_name
    year = draft.year or today.year
    return replace(
        draft,
        title=(draft.title or f"[{stem}]")[: _LIMITS["title"]],
        creator=(draft.creator or "[不详]")[: _LIMITS["creator"]],
        document_no=draft.document_no[: _LIMITS["document_no"]],
        doc_date=draft.doc_date or f"{year:04d}0000",
        year=year,
        page_count=max(draft.page_count, 1),
    )


def check_founding(station: str, fonds_number: str, fonds_name: str, administrator: str) -> list[Problem]:
    """What keeps a new station from being founded under these names."""
    problems = []
    for name, value in (("station", station), ("fonds_name", fonds_name), ("administrator", administrator)):
        problems += check_name(name, value)
    if not numbering.FONDS.fullmatch(fonds_number):
        problems.append(Problem("fonds_number", "problem.fonds_number"))
    return problems


def check_name(field: str, value: str) -> list[Problem]:
    """What is wrong with the name of a person or a station."""
    if not value.strip():
        return [Problem(field, "problem.name_missing")]
    if len(value) > 100 or not value.isprintable():
        return [Problem(field, "problem.too_long", {"limit": 100})]
    return []


def file(
    archive: Archive, agent: Agent, arrival_id: int, draft: ItemDraft, today: date, further: Sequence[int] = ()
) -> Item:
    """Gives the paper its 档号 and place; `further` arrivals become further files of it. Raises Invalid, NotAllowed,
    NoSuchRecord (not waiting any more, or not read yet: its text would never be found).
    """
    require(archive, agent, "file")
    draft = tidy(draft)
    problems = check(draft, archive.queries.categories(), today)
    if problems:
        raise Invalid(problems)
    numbers = Numbers(archive, draft)
    with archive.write(agent) as change:
        item_id = change.file(
            arrival_id, draft, archive.fonds.number, numbers.compose, further=further, scope=numbers.scope
        )
    return archive.queries.item(item_id)


def next_code(archive: Archive, draft: ItemDraft) -> str:
    """The 档号 the draft would get now."""
    numbers = Numbers(archive, tidy(draft))
    return numbers.compose(archive.queries.last_number(numbers.scope) + 1)


class Numbers:
    """How the items of one series are numbered: by the profile of their category."""

    def __init__(self, archive: Archive, series: ItemDraft) -> None:
        name = archive.queries.profile_of_category(series.category)
        own = [numbering.Profile(*row) for row in archive.queries.profiles()]
        known = {profile.name: profile for profile in (*own, *numbering.shipped_profiles())}
        self._by = known.get(name or "", numbering.profile(numbering.DAT13))
        self._fonds, self._series = archive.fonds.number, series

    @property
    def scope(self) -> tuple[str, ...]:
        """The class within which the numbers run without gaps."""
        return numbering.scope(self._fonds, self._series, self._by)

    def compose(self, number: int) -> str:
        return numbering.compose(self._fonds, self._series, number, self._by)


def _one_line(text: str) -> str:
    # Scanned text brings control characters along; no catalogue or XML may hold them.
    kept = (" " if unicodedata.category(character) == "Cc" else character for character in text)
    return " ".join("".join(kept).split())


def _lines(text: str) -> str:
    return "\n".join(_one_line(line) for line in text.splitlines()).strip()


def _check_date(text: str, today: date) -> list[Problem]:
    """`YYYYMMDD`, `00` for an unknown month or day (DA/T 18); not in the future."""
    if not text:
        return [Problem("doc_date", "problem.date_missing")]
    if not re.fullmatch(_DATE, text):
        return [Problem("doc_date", "problem.date_shape")]
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    try:
        earliest = date(year, month or 1, day or 1)
    except ValueError:
        return [Problem("doc_date", "problem.date_shape")]
    if (month == 0 and day) or year < EARLIEST_YEAR - 100:
        return [Problem("doc_date", "problem.date_shape")]
    if earliest > today:
        return [Problem("doc_date", "problem.date_future")]
    return []
