"""ui/screens/inspection_manual.py — the checks no program can do: each with two answers and a line for a note."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.inspection.catalogue import Check
from storage.records.inspection import Attestation, Verdict
from ui.models.columns import moment
from ui.phrases import name, plain, say
from ui.screens.inspection_rows import Seen
from ui.stylesheet import look
from ui.widgets.layout import button, card, column, label, row, text
from ui.widgets.states import Badge


class ManualPage(QWidget):
    """`answered` carries (check code, Verdict, note)."""

    answered = Signal(str, object, str)

    def __init__(self, *, may_answer: bool) -> None:
        super().__init__()
        self._may = may_answer
        self._seen: Seen | None = None
        self.entries: dict[str, Entry] = {}
        self._sheet = QWidget()
        look(self._sheet, "sheet")
        self._list = QVBoxLayout(self._sheet)
        self._list.setContentsMargins(0, 0, 6, 0)
        self._list.setSpacing(8)
        self._list.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(self._sheet)
        self.setLayout(column(label("inspection.attest_advice", "muted", wrap=True), scroll))

    def show_run(self, seen: Seen) -> None:
        self._seen = seen
        codes = [check.code for check in seen.manual]
        if codes != list(self.entries):
            for entry in self.entries.values():
                self._list.removeWidget(entry)
                entry.deleteLater()
            self.entries = {check.code: Entry(check, may_answer=self._may) for check in seen.manual}
            for number, (code, entry) in enumerate(self.entries.items()):
                entry.answered.connect(lambda verdict, note, code=code: self.answered.emit(code, verdict, note))
                self._list.insertWidget(number, entry)
        for code, entry in self.entries.items():
            entry.show_answer(seen.attested.get(code))

    def reword(self) -> None:
        for entry in self.entries.values():
            entry.reword()
        if self._seen is not None:
            self.show_run(self._seen)


class Entry(QWidget):
    """One check."""

    answered = Signal(object, str)

    def __init__(self, check: Check, *, may_answer: bool) -> None:
        super().__init__()
        self._check = check
        self._title, self._said = text("strong"), text("small", wrap=True)
        self.badge = Badge()
        self.note = QLineEdit()
        self.note.setMaxLength(200)
        say(self.note, "inspection.attest_note", "setPlaceholderText")
        name(self.note, "inspection.attest_note")
        self.good, self.bad = button("inspection.attest_passed"), button("inspection.attest_failed")
        self.good.clicked.connect(lambda: self.answered.emit(Verdict.PASSED, self.note.text()))
        self.bad.clicked.connect(lambda: self.answered.emit(Verdict.FAILED, self.note.text()))
        frame, box = card(margins=12, spacing=6)
        box.addLayout(row(self._title, self.badge, None))
        box.addWidget(label(f"inspection.why.{check.code}", "small", wrap=True))
        answer = row(self.note, self.good, self.bad)
        answer.setStretch(0, 1)
        box.addLayout(answer)
        box.addWidget(self._said)
        for part in (self.note, self.good, self.bad):
            part.setVisible(may_answer)
        whole = column(frame)
        self.setLayout(whole)
        self.reword()

    def show_answer(self, answer: Attestation | None) -> None:
        self.badge.show_state("inspection_verdict", (answer.verdict if answer else Verdict.MANUAL).value)
        self._said.setVisible(answer is not None)
        if answer is not None:
            said = wording.say("inspection.attested", name=answer.agent_name, at=moment(answer.at))
            plain(self._said, f"{said}  {answer.note}".strip())

    def reword(self) -> None:
        plain(self._title, f"{self._check.code}  {self._check.title()}")
