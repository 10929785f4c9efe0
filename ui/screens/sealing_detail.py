"""ui/screens/sealing_detail.py — one request to consult sealed records, and what may be done with it next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app import wording
from app.privacy import cover
from app.sealing import basis_name
from app.station import Station
from storage.records.sealing import Consultation
from ui import stylesheet
from ui.models.columns import word
from ui.screens.sealing_rows import local_day, state_of
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.layout import button, column, label, row, rule, text

_COLOURS = {"requested": "accent", "approved": "good", "refused": "bad", "ended": "warn"}
_FIELDS = ("unit", "person", "basis", "document_no", "purpose", "sought", "scope", "asked", "decided", "opinion", "ends_on",
           "consulted", "result")  # fmt: skip
#: (step, event, in which states); the first that is offered is the primary one.
_STEPS = (
    ("look", "consult", ("approved",)),
    ("approve", "approve_consultation", ("requested",)),
    ("refuse", "refuse_consultation", ("requested",)),
    ("close", "close_consultation", ("approved", "ended")),
)


class ConsultationCard(QFrame):
    """`step(id)` is called with look, approve, refuse or close."""

    def __init__(self, station: Station, theme: Theme, step: Callable[[str], None]) -> None:
        super().__init__()
        look(self, "card")
        self._station = station
        self.shown: Consultation | None = None
        self._number, self._badge = text("heading", selectable=True), text("badge")
        self._note = text("small", wrap=True)
        self._headings: dict[str, QLabel] = {}
        self._values: dict[str, QLabel] = {}
        self.buttons: dict[str, QPushButton] = {}
        for id, drawing in (("look", "search"), ("approve", "check"), ("refuse", "close"), ("close", "done")):
            kind = "primary" if id in ("look", "approve") else ""
            made = self.buttons[id] = button(f"sealing.step.{id}", kind, theme=theme, drawing=drawing)
            made.clicked.connect(lambda _checked=False, id=id: step(id))
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(18, 14, 18, 10)
        box.setSpacing(7)
        box.addLayout(row(self._number, None, self._badge))
        for field in _FIELDS:
            self._headings[field] = label(f"sealing.field.{field}", "label")
            self._values[field] = text(wrap=True, selectable=True)
            box.addLayout(column(self._headings[field], self._values[field], spacing=1))
        box.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(sheet)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        foot = column(self._note, row(*self.buttons.values(), None), spacing=8)
        foot.setContentsMargins(18, 10, 18, 12)
        inside = QWidget()
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(1, 1, 1, 1)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addWidget(rule())
        whole.addLayout(foot)
        nothing = label("sealing.none_chosen", "muted", wrap=True)
        nothing.setContentsMargins(24, 24, 24, 24)
        self._stack = QStackedWidget()
        self._stack.addWidget(nothing)
        self._stack.addWidget(inside)
        frame = QVBoxLayout(self)
        frame.setContentsMargins(0, 0, 0, 0)
        frame.addWidget(self._stack)

    @property
    def first(self) -> str:
        """The step that the primary button does; empty when there is none."""
        return next((id for id, _event, _states in _STEPS if self._offered(id)), "")

    def show_nothing(self) -> None:
        self.shown = None
        self._stack.setCurrentIndex(0)

    def show_consultation(self, consultation: Consultation) -> None:
        self.shown = consultation
        asked, state = consultation.request, state_of(consultation)
        self._number.setText(wording.say("sealing.number", number=consultation.number))
        self._badge.setText(word("consultation_state", state))
        stylesheet.state(self._badge, _COLOURS.get(state, ""))
        values = {
            "unit": asked.unit, "person": asked.person, "basis": basis_name(asked.basis, wording.language()),
            "document_no": asked.document_no, "purpose": cover(asked.purpose),
            "sought": cover(wording.say("sealing.list").join(asked.sought)), "scope": cover(asked.scope),
            "asked": f"{consultation.requested_by}  {local_day(consultation.requested_at)}",
            "decided": f"{consultation.decided_by}  {local_day(consultation.decided_at)}" if consultation.decided_at else "",
            "opinion": cover(consultation.opinion), "ends_on": consultation.ends_on,
            "consulted": str(consultation.consulted) if consultation.notified_at else "", "result": cover(consultation.result),
        }  # fmt: skip
        for field, value in values.items():
            self._values[field].setText(value)
            self._headings[field].setVisible(bool(value))
            self._values[field].setVisible(bool(value))
        for id in self.buttons:
            self.buttons[id].setVisible(self._offered(id))
        own = state == "requested" and self._own
        self._note.setText(wording.say("sealing.own_request") if own else "")
        self._note.setVisible(own)
        self._stack.setCurrentIndex(1)

    def reword(self) -> None:
        if self.shown is not None:
            self.show_consultation(self.shown)

    @property
    def _own(self) -> bool:
        return self.shown is not None and self.shown.requested_by == self._station.agent.name

    def _offered(self, id: str) -> bool:
        if self.shown is None:
            return False
        event, states = next((event, states) for step, event, states in _STEPS if step == id)
        mine = id in ("approve", "refuse") and self._own
        return state_of(self.shown) in states and self._station.may(event) and not mine
