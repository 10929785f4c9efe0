"""ui/screens/set_aside.py — why a paper is not filed: one of a few reasons, chosen with the arrow keys."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QDialog, QRadioButton, QVBoxLayout, QWidget

from ui.phrases import name, say
from ui.stylesheet import look
from ui.widgets.layout import button, label, row, text

REASONS = ("set_aside", "not_a_record", "scan_again", "belongs_elsewhere")


class SetAsideDialog(QDialog):
    """`reason` is one of REASONS after it was accepted."""

    def __init__(self, parent: QWidget, paper: str) -> None:
        super().__init__(parent)
        self.setModal(True)
        say(self, "set_aside.title", "setWindowTitle")
        which = text("strong", wrap=True)
        which.setText(paper)
        self._group = QButtonGroup(self)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(10)
        heading = label("set_aside.title")
        look(heading, "heading")
        box.addWidget(heading)
        box.addWidget(which)
        box.addWidget(label("set_aside.advice", "muted", wrap=True))
        for number, reason in enumerate(REASONS):
            choice = say(QRadioButton(), f"reason.{reason}")
            name(choice, f"reason.{reason}")
            choice.setChecked(number == 0)
            self._group.addButton(choice, number)
            box.addWidget(choice)
        self.yes = button("set_aside.yes", "danger")
        self.yes.setDefault(True)
        no = button("message.no")
        self.yes.clicked.connect(self.accept)
        no.clicked.connect(self.reject)
        box.addSpacing(8)
        box.addLayout(row(None, no, self.yes))
        self.setMinimumWidth(420)

    @property
    def reason(self) -> str:
        return REASONS[self._group.checkedId()]
