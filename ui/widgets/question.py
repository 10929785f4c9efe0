"""ui/widgets/question.py — the dialog that asks for what an act needs: what it is about, advice, parts, one primary button.

Its words are `<key>.title`, `<key>.advice` and `<key>.yes` of the wording. It only collects; the screen acts.
"""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from ui.phrases import name, say
from ui.stylesheet import look
from ui.widgets.form import Field, Fields, Lines
from ui.widgets.layout import button, label, row, text


class Question(QDialog):
    """Parts go into `box`; `close_with_buttons` comes last. `agree` runs with the primary button and may keep it open."""

    def __init__(
        self, parent: QWidget, key: str, about: str = "", *, yes: str = "", danger: bool = False, width: int = 500,
        **facts: str | int,
    ) -> None:
        super().__init__(parent)
        self.setModal(True)
        say(self, f"{key}.title", "setWindowTitle")
        self.fields = Fields({})
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(26, 22, 26, 20)
        self.box.setSpacing(10)
        self.box.addWidget(label(f"{key}.title", "heading"))
        if about:
            which = text("strong", wrap=True)
            which.setText(about)
            self.box.addWidget(which)
        self.box.addWidget(say(text("muted", wrap=True), f"{key}.advice", **facts))
        self.yes = say(QPushButton(), yes or f"{key}.yes", **facts)
        look(self.yes, "danger" if danger else "primary")
        name(self.yes, yes or f"{key}.yes", **facts)
        self.yes.setDefault(True)
        self.yes.clicked.connect(lambda: self.agree())
        self._no = button("message.no")
        self._no.clicked.connect(self.reject)
        self.setMinimumWidth(width)

    def close_with_buttons(self) -> None:
        """The two buttons, under everything else."""
        self.box.addSpacing(6)
        self.box.addLayout(row(None, self._no, self.yes))

    def agree(self) -> None:
        """What lacks something says so and stays open."""
        self.accept()


class NoteDialog(Question):
    """One text, named `<key>.field`: an opinion, a reason, a result. It may be empty unless `needed` says in which words it
    may not.
    """

    def __init__(
        self, parent: QWidget, key: str, about: str, *, needed: str = "", before: str = "", danger: bool = False
    ) -> None:
        super().__init__(parent, key, about, danger=danger)
        self._needed = needed
        self.line = Lines(76)
        self.line.setPlainText(before)
        self.line.submitted.connect(self.agree)
        self.field = Field(f"{key}.field", self.line)
        self.box.addWidget(self.field)
        self.close_with_buttons()
        self.line.setFocus()

    @property
    def note(self) -> str:
        return self.line.toPlainText().strip()

    def agree(self) -> None:
        if self._needed and not self.note:
            self.field.show_problem(self._needed)
            self.field.take_focus()
        else:
            self.accept()
