"""ui/screens/volumes_form.py — the description of a volume in a dialog: the few fields everybody fills, the rest on request.

The category comes first and proposes how long to keep. A filed volume asks for a reason; what its number is made of stays
shut. Problems stand under their fields; one that is behind 更多 opens it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.drafts import Unfinished, laid_over, spread
from app.filing import Invalid, Problem
from storage.records import Category
from storage.records.volumes import NUMBERED, Volume, VolumeDraft, VolumePart
from ui.desk import Desk
from ui.models import choices
from ui.phrases import say
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.dates import DateField
from ui.widgets.form import Choice, Field, Fields, Lines, Picker
from ui.widgets.layout import button, label, row, rule

_SHORT = ("category", "year", "retention", "title", "case_no", "closed_on", "part", "decided_on")
_MORE = ("case_name", "date_from", "date_to", "accepted_on", "cause", "maker", "made_on", "checker", "checked_on", "handling_unit",
         "lead_officer", "decision_no", "office", "catalogue_no", "box_no", "remarks", "notes")
_WIDE = ("category", "title", "case_name", "remarks", "notes")
_DATES = ("closed_on", "date_from", "date_to", "accepted_on", "decided_on", "made_on", "checked_on")
_HINTED = ("category", "title", "case_no", "part", "closed_on", "date_from", "decided_on", "office", "catalogue_no", "notes")
WIDTH, HEIGHT = 640, 610


def open_again(screen: Screen, one: Unfinished) -> None:
    """The form as it was half written, over the volume as it is now, or a new one."""
    station, desk = screen.station, screen.desk

    def look(_job: object) -> tuple[list[Category], Volume | None]:
        return station.categories(), station.volumes.raw(one.about) if one.about else None

    def here(found: tuple[list[Category], Volume | None]) -> None:
        dialog = VolumeDialog(screen, desk, found[0], lambda volume: desk.go("volume", volume.id), volume=found[1])
        dialog.open()
        dialog.take_up(one)

    screen.run("view", look, done=here)


class VolumeDialog(QDialog):
    """`done(volume)` runs on the GUI thread once the station has taken the description."""

    def __init__(
        self, screen: Screen, desk: Desk, categories: Sequence[Category], done: Callable[[Volume], object], *,
        volume: Volume | None = None, draft: VolumeDraft | None = None, focus: str = "",
    ) -> None:
        super().__init__(screen)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(WIDTH, min(HEIGHT, max(420, screen.window().height() - 80)))
        self._screen, self._desk, self._done, self._volume = screen, desk, done, volume
        self._known = categories
        self._draft = draft or (volume.draft if volume else VolumeDraft(year=date.today().year))
        self.editors: dict[str, QWidget] = {}
        self.fields = Fields({name: self._field(name) for name in (*_SHORT, *_MORE)})
        self.reason = QLineEdit()
        self._reason = Field("volumes.reason", self.reason, hint="volumes.reason_hint")
        self._reason.setVisible(bool(volume and not volume.open))
        title = "volumes.new" if volume is None else "volumes.describe"
        say(self, title, "setWindowTitle")
        self._more = QWidget()
        look(self._more, "sheet")
        self._more.setLayout(self._grid(_MORE))
        self._more.hide()
        self.more_button = button("volumes.more", "link", theme=desk.theme, drawing="down")
        self.more_button.clicked.connect(lambda: self._open_more(self._more.isHidden()))
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(24, 4, 20, 8)
        box.setSpacing(10)
        box.addLayout(self._grid(_SHORT))
        box.addLayout(row(self.more_button, None))
        box.addWidget(self._more)
        box.addWidget(self._reason)
        box.addStretch(1)
        self._sheet = QScrollArea()
        self._sheet.setWidget(sheet)
        self._sheet.setWidgetResizable(True)
        self._sheet.setFrameShape(QFrame.Shape.NoFrame)
        self._sheet.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._sheet.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.yes = button("volumes.create" if volume is None else "volumes.keep", "primary")
        self.no = button("message.no")
        self.yes.setDefault(True)
        self.yes.clicked.connect(self.submit)
        self.no.clicked.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 18, 0, 16)
        whole.setSpacing(10)
        head = row(label(title, "heading"), None)
        head.setContentsMargins(24, 0, 24, 0)
        foot = row(None, self.no, self.yes)
        foot.setContentsMargins(24, 6, 24, 0)
        whole.addLayout(head)
        whole.addWidget(self._sheet, 1)
        whole.addWidget(rule())
        whole.addLayout(foot)
        self._show(self._draft)
        self._begun = self.draft()
        self._focus = focus
        if focus in _MORE:
            self._open_more(True)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._focus:
            # Only a dialog that has been laid out knows where its fields are.
            QTimer.singleShot(0, self, lambda: self.point_at(self._focus))

    def submit(self) -> None:
        """Hand the description to the station."""
        draft, volume, reason = self.draft(), self._volume, self.reason.text()
        volumes = self._desk.station.volumes
        self.yes.setEnabled(False)

        def work(_job: object) -> Volume:
            return volumes.open(draft) if volume is None else volumes.describe(volume.id, draft, reason)

        self._screen.run("write", work, done=self._on_done, failed=self._on_failed)

    def draft(self) -> VolumeDraft:
        """What the fields say now."""
        found: dict[str, Any] = {}
        for name, editor in self.editors.items():
            if isinstance(editor, Choice | DateField):
                found[name] = editor.value()
            elif isinstance(editor, Lines):
                found[name] = editor.toPlainText()
            elif isinstance(editor, QLineEdit):
                found[name] = editor.text()
        return replace(self._draft, **found)

    def unfinished(self) -> Unfinished | None:
        begun = spread(self._begun)
        written = {name: value for name, value in spread(self.draft()).items() if value != begun[name]}
        if not written and not self.reason.text():
            return None
        about, seen = (f"volume:{self._volume.id}", self._volume.changed_seq) if self._volume else ("", 0)
        return Unfinished("volume", about, {"fields": written, "reason": self.reason.text()}, seen)

    def take_up(self, one: Unfinished) -> None:
        """What was half written, in its fields again."""
        written = laid_over(self._begun, one.content["fields"])
        for name in one.content["fields"]:
            if name in self.editors:
                self._put(name, getattr(written, name))
        self.reason.setText(one.content["reason"])
        if any(name in _MORE for name in one.content["fields"]):
            self._open_more(True)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        if any(problem.field in _MORE for problem in problems):
            self._open_more(True)
        homeless = self.fields.show_problems(problems, focus=True)
        for problem in homeless:
            if problem.field == "reason":
                self._reason.show_problem(problem.key)
                self._reason.take_focus()
            else:
                self.editors["title"].setToolTip(wording.say(problem.key, **problem.facts))

    def point_at(self, name: str) -> None:
        """Bring a field into view and give it the focus."""
        if name in _MORE:
            self._open_more(True)
        if name in self.editors:
            self.fields[name].take_focus()
            self._sheet.ensureWidgetVisible(self.fields[name], 0, 60)

    # -- inside

    def _field(self, name: str) -> Field:
        editor: QWidget
        if name == "category":
            editor = Picker()
        elif name in ("year", "retention", "part"):
            editor = Choice()
        elif name in _DATES:
            editor = DateField()
        elif name in ("title", "notes"):
            editor = Lines(56 if name == "title" else 84)
        else:
            editor = QLineEdit()
        self.editors[name] = editor
        key = f"field.{name}" if name in ("category", "year", "retention", "office", "remarks") else f"volumes.field.{name}"
        return Field(key, editor, hint=f"volumes.hint.{name}" if name in _HINTED else "")

    def _grid(self, names: Sequence[str]) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(10)
        place = 0
        for name in names:
            wide = name in _WIDE
            place += place % 2 if wide else 0
            grid.addWidget(self.fields[name], place // 2, place % 2, 1, 2 if wide else 1, Qt.AlignmentFlag.AlignTop)
            place += 2 if wide else 1
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _show(self, draft: VolumeDraft) -> None:
        allowed = self._desk.station.volumes.parts
        for name, values in (
            ("category", choices.categories(self._known)),
            ("year", choices.years([draft.year] if draft.year else [])),
            ("retention", choices.retentions()),
            ("part", [(part, wording.say(f"volume_part.{part.value}")) for part in VolumePart if part in allowed]),
        ):
            editor = self.editors[name]
            assert isinstance(editor, Choice)
            editor.fill(values)
            editor.choose(getattr(draft, name))
        for name, editor in self.editors.items():
            if not isinstance(editor, Choice):
                self._put(name, getattr(draft, name))
        if self._volume is not None and not self._volume.open:
            for name in NUMBERED:
                self.editors[name].setEnabled(False)
        category = self.editors["category"]
        assert isinstance(category, Choice)
        category.currentIndexChanged.connect(self._on_category)
        if self._volume is None:
            self._on_category()
        self.fields.clear()

    def _put(self, name: str, value: Any) -> None:
        editor = self.editors[name]
        if isinstance(editor, Choice):
            editor.choose(value)
        elif isinstance(editor, DateField):
            editor.set_value(value)
        elif isinstance(editor, Lines):
            editor.setPlainText(value)
        elif isinstance(editor, QLineEdit):
            editor.setText(value)

    def _on_category(self) -> None:
        """The class proposes how long to keep; a person may still choose otherwise afterwards."""
        category, retention = self.editors["category"], self.editors["retention"]
        assert isinstance(category, Choice) and isinstance(retention, Choice)
        for known in self._known:
            if known.code == category.value():
                retention.choose(known.default_retention)

    def _open_more(self, wanted: bool) -> None:
        self._more.setVisible(wanted)
        say(self.more_button, "volumes.less" if wanted else "volumes.more")
        self._desk.theme.wear(self.more_button, "up" if wanted else "down", "accent", 18)

    def _on_done(self, volume: Volume) -> None:
        self.accept()
        self._done(volume)

    def _on_failed(self, error: BaseException) -> None:
        self.yes.setEnabled(True)
        if isinstance(error, Invalid):
            self.show_problems(error.problems)
        else:
            self.reject()
            self._desk.messages.trouble(error)
