"""app/reports/audit_report.py — 审计报告: how the journal stands, who held which duty, what was refused, and who did what.

A4 portrait. First the findings: the chain with its head and anchors; duties in one hand with their reasons, always, also when
there are none; users and roles; then what an auditor looks for in the span. Then the list of lines, oldest first, as many as
were wished for. A part longer than MOST_OF_A_PART says how many more the list has. Lines come a few hundred at a time and go
out page by page. Times are those of this machine. Titles are not printed: the code leads to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from app import wording
from app.audit import words as told
from app.audit.chain import groups
from app.audit.groups import kind_of, kinds, types_of
from app.audit.span import span
from app.reports import lines
from app.reports.errors import BadWish
from app.reports.fonts import BOLD
from app.reports.sheet import PORTRAIT, Align, Sheet, baseline
from app.reports.table import Column, Table
from app.reports.words import Words
from storage.records import PROGRAM, Fonds, Role
from storage.records.journal import Held, JournalCount, JournalFilter, JournalLine
from storage.records.users import BEFORE_SEPARATION, FOUNDING, Combination, User

MOST_OF_A_PART = 200
_CHUNK = 500
_FACTS: tuple[tuple[str, float, Align], ...] = (("item", 46, "left"), ("content", 108, "left"), ("count", 16, "right"))
_LIST: tuple[tuple[str, float, Align], ...] = (
    ("at", 29, "centre"), ("who", 23, "left"), ("roles", 21, "left"), ("what", 45, "left"), ("about", 36, "left"),
    ("outcome", 16, "centre"),
)  # fmt: skip
#: The parts about what happened, line by line: the kinds of events each tells.
_PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("user_changes", ("users", "keys")), ("refused", ("refusal",)), ("policy", ("policy", "rules")), ("backup", ("backup",)),
    ("disposal", ("disposal",)), ("journal_acts", ("journal",)),
)  # fmt: skip


class AuditSource(Protocol):
    """The reads of this form (`app.audit.Books` has them all)."""

    def fonds(self) -> Fonds: ...
    def chain_state(self) -> Any: ...
    def held(self) -> list[Held]: ...
    def users(self) -> list[User]: ...
    def combinations(self) -> list[Combination]: ...
    def audit_numbers(self, wanted: JournalFilter, *, before: int = 0, limit: int = -1) -> list[int]: ...
    def audit_lines(self, numbers: Sequence[int]) -> list[JournalLine]: ...
    def audit_counts(self, wanted: JournalFilter, upto: int = 0) -> list[JournalCount]: ...


@dataclass(frozen=True, slots=True)
class AuditWishes:
    """Of which days (`2026-11-22`; empty: from the beginning, until now); at most `lines` of them in the list, the newest.

    `users_only` is set by who asks: the security administrator's report leaves out what administrators did, and says so.
    """

    since: str = ""
    until: str = ""
    lines: int = 1000
    users_only: bool = False
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


def build(source: AuditSource, wishes: AuditWishes) -> bytes:
    """The report as PDF. Raises BadWish for a day that is none."""
    words = Words(wishes.language)
    wanted = JournalFilter(*_moments(wishes), users_only=wishes.users_only)
    sheet = Sheet(PORTRAIT, words, title=Words("zh").say("audit.title"), prepared_by=wishes.prepared_by,
                  prepared_on=wishes.prepared_on)  # fmt: skip
    _Findings(sheet, words, source, wishes, wanted).draw()
    _list(sheet, words, source, wishes, wanted)
    return sheet.finish()


class _Findings:
    """The first part: one table, a heading across it for each thing that is told."""

    def __init__(self, sheet: Sheet, words: Words, source: AuditSource, wishes: AuditWishes, wanted: JournalFilter) -> None:
        self._sheet, self._words, self._source, self._wishes, self._wanted = sheet, words, source, wishes, wanted
        self._language = words.language
        self._number = 0

    def draw(self) -> None:
        words, source = self._words, self._source
        parts = [
            words.say("register.fonds_name", value=source.fonds().name),
            words.say("audit.period", since=words.day(self._wishes.since) or words.say("access.begin"),
                      until=words.day(self._wishes.until) or words.say("access.now")),
            words.say("audit.scope_users" if self._wishes.users_only else "audit.scope_all"),
        ]  # fmt: skip
        first = True

        def head() -> float:
            nonlocal first
            shown, first = (parts if first else parts[1:2]), False
            return _head(self._sheet, words, "audit.title", shown)

        self._table = Table(self._sheet, _columns(words, _FACTS), head)
        self._chain()
        self._combinations()
        self._users()
        counts = source.audit_counts(self._wanted)
        self._kinds(counts)
        self._personal(counts)
        self._output(counts)
        self._failed_unlocks()
        for name, wanted in _PARTS:
            types = tuple(type for kind in wanted for type in types_of(kind))
            self._lines(name, replace(self._wanted, types=types))
        self._table.wide(words.say("audit.signatures"), bold=True)
        self._table.finish()

    # -- the parts

    def _chain(self) -> None:
        words, state = self._words, self._source.chain_state()
        self._heading("chain")
        self._row("head", words.say("audit.head", seq=f"{state.head_seq:,}", hash=groups(state.head_hash)))
        checked = state.checked
        if checked is None:
            self._row("checked", words.say("audit.never_checked"))
        else:
            sound = "audit.sound" if checked.outcome == "success" else "audit.broken"
            self._row("checked", words.say(
                sound, at=told.when(checked.at), who=told.who(checked, self._language), upto=f"{checked.detail.get('upto', 0):,}"
            ))  # fmt: skip
        for anchor in state.anchors:
            says = words.say("audit.anchor_agrees" if anchor.agrees else "audit.anchor_differs")
            self._cells(
                wording.say(f"audit.anchor.{anchor.source}", self._language),
                words.say("audit.anchor", seq=f"{anchor.seq:,}", at=told.when(anchor.at), hash=groups(anchor.hash[:16]), says=says),
            )
        if not state.anchors:
            self._row("anchors", words.say("audit.no_anchor"))

    def _combinations(self) -> None:
        words = self._words
        self._heading("combinations")
        found = self._source.combinations()
        for one in found:
            duties = words.say("audit.join").join(self._role(role) for role in one.duties)
            reason = words.say(f"audit.reason_{one.reason}") if one.reason in (FOUNDING, BEFORE_SEPARATION) else one.reason
            by = wording.say("home.program", self._language) if one.by == PROGRAM.name else one.by
            self._cells(one.agent.name, words.say("audit.combined", duties=duties, reason=reason, since=told.when(one.since), by=by))
        if not found:
            self._table.wide(words.say("audit.no_combination"))
        if not any(one.role is Role.AUDITOR for one in self._source.held()):
            self._table.wide(words.say("audit.no_auditor"))

    def _users(self) -> None:
        words = self._words
        self._heading("users")
        for user in self._source.users():
            roles = words.say("audit.join").join(self._role(role) for role in Role if role in user.agent.roles)
            last = words.say("audit.last_unlock", at=told.when(user.last_unlock)) if user.last_unlock else words.say("audit.never_unlocked")
            disabled = words.say("audit.disabled", at=told.when(user.disabled_at)) if user.disabled else ""
            self._cells(user.name, words.say("audit.user", roles=roles, last=last) + disabled)

    def _kinds(self, counts: Sequence[JournalCount]) -> None:
        """How much of everything there is in the span."""
        self._heading("kinds")
        total: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        for count in counts:
            total[kind_of(count.type)] += count.count
            failed[kind_of(count.type)] += count.count * (count.outcome != "success")
        for kind in kinds():
            if total[kind]:
                said = self._words.say("audit.of_these_failed", n=f"{failed[kind]:,}") if failed[kind] else ""
                self._cells(wording.say(f"audit.kind.{kind}", self._language), said, total[kind])
        self._table.wide(self._words.say("audit.total", n=f"{total.total():,}"), bold=True)

    def _personal(self, counts: Sequence[JournalCount]) -> None:
        """Looks at personal data, by purpose and person."""
        self._heading("personal")
        found: Counter[tuple[str, str, str]] = Counter()
        for count in counts:
            if count.type in types_of("personal"):
                found[count.agent_name, count.reason, count.type] += count.count
        for (name, purpose, type), number in sorted(found.items()):
            said = wording.say(f"purpose.{purpose}", self._language) if purpose else self._words.say("audit.no_purpose")
            done = wording.say(f"event.{type}", self._language)
            self._cells(name, self._words.say("audit.for_purpose", done=done, purpose=said), number)
        self._none(found)

    def _output(self, counts: Sequence[JournalCount]) -> None:
        """What left the archive on paper or as a file, by person."""
        self._heading("output")
        found: Counter[tuple[str, str]] = Counter()
        for count in counts:
            if count.type in (*types_of("output"), "export_journal", "print_journal"):
                found[count.agent_name, count.type] += count.count
        for (name, type), number in sorted(found.items()):
            self._cells(name, wording.say(f"event.{type}", self._language), number)
        self._none(found)

    def _failed_unlocks(self) -> None:
        self._lines("failed_unlocks", replace(self._wanted, types=types_of("session") + types_of("keys"), outcome="failure"))

    def _lines(self, name: str, wanted: JournalFilter) -> None:
        """One part told line by line."""
        self._heading(name)
        numbers = self._source.audit_numbers(wanted)
        for line in _fetched(self._source, numbers[:MOST_OF_A_PART][::-1]):
            self._cells(
                f"{told.when(line.event.at)[:16]} {told.who(line.event, self._language)}",
                " ".join(filter(None, (told.what(line, self._language), told.about(line, self._language), self._why(line)))),
            )
        if len(numbers) > MOST_OF_A_PART:
            self._table.wide(self._words.say("audit.more", n=f"{len(numbers) - MOST_OF_A_PART:,}"))
        self._none(numbers)

    # -- rows

    def _heading(self, name: str) -> None:
        self._number += 1
        self._table.wide(f"{self._number}  {_both(self._words, f'audit.part.{name}')}", bold=True, followed=True)

    def _row(self, name: str, content: str) -> None:
        self._cells(self._words.say(f"audit.{name}_label"), content)

    def _cells(self, item: str, content: str, count: int | None = None) -> None:
        self._table.row((item, content, "" if count is None else f"{count:,}"))

    def _none(self, found: object) -> None:
        if not found:
            self._table.wide(self._words.say("audit.none"))

    def _why(self, line: JournalLine) -> str:
        why = told.why(line, self._language)
        return self._words.say("audit.why", why=why) if why else ""

    def _role(self, role: Role) -> str:
        return wording.say(f"role.{role.value}", self._language)


def _list(sheet: Sheet, words: Words, source: AuditSource, wishes: AuditWishes, wanted: JournalFilter) -> None:
    """The second part: every line, oldest first."""
    if wishes.lines < 1:
        return
    numbers = source.audit_numbers(wanted, limit=wishes.lines + 1)
    more, numbers = len(numbers) > wishes.lines, numbers[: wishes.lines][::-1]
    table = Table(sheet, _columns(words, _LIST), lambda: _head(sheet, words, "audit.list", ()))
    for line in _fetched(source, numbers):
        event, language = line.event, words.language
        table.row((
            told.when(event.at), told.who(event, language), told.roles(event, language), told.what(line, language),
            told.about(line, language), told.outcome(event, language),
        ))  # fmt: skip
    if not numbers:
        table.wide(words.say("audit.none"))
    table.wide(words.say("audit.list_cut" if more else "audit.list_whole", n=f"{len(numbers):,}"), bold=True)
    table.finish(words.say("access.blank_below"))


def _fetched(source: AuditSource, numbers: Sequence[int]) -> Iterator[JournalLine]:
    for start in range(0, len(numbers), _CHUNK):
        yield from source.audit_lines(numbers[start : start + _CHUNK])


def _moments(wishes: AuditWishes) -> tuple[str, str]:
    try:
        return span(*(date.fromisoformat(day) if day else None for day in (wishes.since, wishes.until)))
    except ValueError:
        raise BadWish(field="since", value=f"{wishes.since} {wishes.until}") from None


def _columns(words: Words, wanted: Sequence[tuple[str, float, Align]]) -> list[Column]:
    made = []
    for name, width, align in wanted:
        label = (Words("zh").say(f"audit.column.{name}"),)
        if words.language != "zh":
            label = (*label, words.say(f"audit.column.{name}"))
        made.append(Column(label, width, align, 9.0, 7.5 if name != "content" else 9.0))
    return made


def _head(sheet: Sheet, words: Words, key: str, parts: Sequence[str]) -> float:
    """Title and what the report is about; gives the y where the table begins."""
    paper = sheet.paper
    middle, y = paper.left + paper.inner_width / 2, paper.top
    sheet.text(middle, baseline(y, 9, 18), Words("zh").say(key), size=18, hand=BOLD, align="centre", spacing=3)
    y += 9
    if words.language != "zh":
        sheet.text(middle, baseline(y, 5, 10), words.say(key), size=10, align="centre")
        y += 5
    y += 1.5
    for part in parts:
        y = sheet.paragraph(paper.left, y, paper.inner_width, lines.clean(part), size=10.5, leading=1.35)
    return y + 1.5


def _both(words: Words, key: str) -> str:
    return Words("zh").say(key) + ("" if words.language == "zh" else f"  {words.say(key)}")
