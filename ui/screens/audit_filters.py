"""ui/screens/audit_filters.py — which lines of the journal are wanted: time, person, kind, outcome, one record, one session.

The bar only says what is wanted; the screen asks. `changed` comes once for each choice a person makes, never for what the
program sets. GUI thread only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app import wording
from app.audit.groups import kinds, types_of
from app.audit.span import span
from storage.records import PROGRAM, Agent, Subject
from storage.records.journal import JournalFilter
from ui.phrases import name, say
from ui.stylesheet import look
from ui.widgets.dates import DateField, show
from ui.widgets.form import Choice, Field
from ui.widgets.layout import button, row

#: The span buttons: how many days back from today, today counted; None: from the beginning; 0: the days in the fields.
SPANS: dict[str, int | None] = {"today": 1, "week": 7, "month": 30, "all": None, "other": 0}
OUTCOMES = ("success", "refused", "failure")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The question as the person put it. `code` is still to be looked up, unless `subject` is known."""

    filter: JournalFilter
    code: str = ""


class FilterBar(QWidget):
    """`changed`: the person wants other lines."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._session, self._subject, self._called = "", None, ""
        self._people: list[Agent] = []
        self.spans = QButtonGroup(self)
        spans = []
        for number, id in enumerate(SPANS):
            made = say(QPushButton(), f"audit.span.{id}")
            look(made, "quiet")
            made.setCheckable(True)
            made.setAutoDefault(True)
            name(made, f"audit.span.{id}")
            self.spans.addButton(made, number)
            spans.append(made)
        self.spans.button(0).setChecked(True)
        self.first_day, self.last_day = DateField(), DateField()
        self.person, self.kind, self.outcome = Choice(), Choice(), Choice()
        self.code = QLineEdit()
        say(self.code, "audit.filter.code_hint", "setPlaceholderText")
        self.clear_button = button("audit.clear", "link")
        self.only = QPushButton()
        look(self.only, "link")
        self.only.setAutoDefault(True)
        self._days = [Field("audit.span_from", self.first_day), Field("audit.span_to", self.last_day)]
        self.code_field = Field("audit.filter.code", self.code)
        fields = row(
            *self._days, Field("audit.filter.person", self.person), Field("audit.filter.kind", self.kind),
            Field("audit.filter.outcome", self.outcome), self.code_field, spacing=10,
        )  # fmt: skip
        for place, stretch in enumerate((2, 2, 3, 3, 2, 4)):
            fields.setStretch(place, stretch)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addLayout(row(*spans, 12, self.only, None, self.clear_button, spacing=4))
        whole.addLayout(fields)
        self.fill([])
        self.spans.idClicked.connect(lambda _id: self._on_span())
        for choice in (self.person, self.kind, self.outcome):
            choice.activated.connect(lambda _row: self.changed.emit())
        for line in (self.code, self.first_day, self.last_day):
            line.returnPressed.connect(self.changed.emit)
        self.code.textEdited.connect(lambda _text: self._forget_subject())
        self.clear_button.clicked.connect(self._on_clear)
        self.only.clicked.connect(lambda: self._follow_session(""))
        self._show()

    def wanted(self) -> Wanted:
        kind = self.kind.value()
        days = self._span()
        asked = JournalFilter(
            *span(*days), agent=self.person.value(), types=types_of(kind) if kind else (), outcome=self.outcome.value() or "",
            session=self._session, subject=self._subject,
        )  # fmt: skip
        return Wanted(asked, "" if self._subject else self.code.text().strip())

    def days(self) -> tuple[str, str]:
        """The first and the last day wanted (`2026-11-22`); empty where there is no limit."""
        first, last = self._span()
        return first.isoformat() if first else "", last.isoformat() if last else ""

    def fill(self, people: list[Agent]) -> None:
        """The people whose acts may be asked for."""
        self._people = people or self._people
        everything: tuple[object, str] = (None, wording.say("audit.all"))
        names = [(agent.id, agent.name) for agent in self._people] + [(PROGRAM.id, wording.say("home.program"))]
        self.person.fill([everything, *names])
        self.kind.fill([everything, *((kind, wording.say(f"audit.kind.{kind}")) for kind in kinds())])
        self.outcome.fill([everything, *((one, wording.say(f"audit.outcome.{one}")) for one in OUTCOMES)])

    def reword(self) -> None:
        self.fill([])
        self._show()

    # -- what a line leads to

    def follow_record(self, subject: Subject, code: str) -> None:
        """Everything about one record, whenever it was."""
        self._reset("all")
        self.code.setText(code)
        self._subject = subject
        self.changed.emit()

    def follow_person(self, agent_id: int) -> None:
        """Everything one person did, in the time that is chosen."""
        self._session = ""
        for choice in (self.kind, self.outcome):
            choice.setCurrentIndex(0)
        self.code.clear()
        self._forget_subject()
        self.person.choose(agent_id)
        self._show()
        self.changed.emit()

    def follow_day(self, day: date) -> None:
        self._reset("other")
        for field in (self.first_day, self.last_day):
            field.set_value(day.strftime("%Y%m%d"))
        self.changed.emit()

    def follow_session(self, session: str) -> None:
        self._reset("all")
        self._follow_session(session)

    def only_outcome(self, outcome: str, kind: str = "") -> None:
        """Whatever ended so, whenever it was: what the card on the first screen counts."""
        self._reset("month")
        self.outcome.choose(outcome)
        if kind:
            self.kind.choose(kind)
        self.changed.emit()

    # -- inside

    def _span(self) -> tuple[date | None, date | None]:
        back = SPANS[list(SPANS)[self.spans.checkedId()]]
        today = date.today()
        if back is None:
            return None, None
        if back:
            return today - timedelta(days=back - 1), None
        return _day(self.first_day), _day(self.last_day)

    def _on_span(self) -> None:
        self._show()
        if SPANS[list(SPANS)[self.spans.checkedId()]] == 0:
            self.first_day.setFocus()
        else:
            self.changed.emit()

    def _on_clear(self) -> None:
        self._reset("today")
        self.changed.emit()

    def _reset(self, wanted: str) -> None:
        self._session, self._subject = "", None
        for choice in (self.person, self.kind, self.outcome):
            choice.setCurrentIndex(0)
        self.code.clear()
        self.code_field.clear_problem()
        self.spans.button(list(SPANS).index(wanted)).setChecked(True)
        self._show()

    def _follow_session(self, session: str) -> None:
        self._session = session
        self._show()
        self.changed.emit()

    def _forget_subject(self) -> None:
        self._subject = None
        self.code_field.clear_problem()

    def _show(self) -> None:
        """The days only where they are chosen, the session only where one is followed."""
        chosen = SPANS[list(SPANS)[self.spans.checkedId()]] == 0
        for field in self._days:
            field.setVisible(chosen)
        self.only.setVisible(bool(self._session))
        if self._session:
            say(self.only, "audit.followed_session", session=self._session)
            name(self.only, "audit.followed_session", session=self._session)


def _day(field: DateField) -> date | None:
    """A whole day, or None."""
    shown = show(field.value())
    return date.fromisoformat(shown) if len(shown) == 10 and shown[4] == "-" else None
