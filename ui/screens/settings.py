"""ui/screens/settings.py — the settings, written from the one table in `app.settings`: a new line there appears here.

A change takes hold at once and is saved by itself; what needs a restart of the scan folder or the line says so.
Settings of the archive are journaled and need the right to change them; who has it not sees what guards the archive, and
may not touch it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import wording
from app.settings import SETTINGS, Home, Setting
from ui import screenshots
from ui.desk import Desk
from ui.phrases import name
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets import picker
from ui.widgets.form import Choice, Number
from ui.widgets.layout import button, card, column, label, row, rule, text

#: What the program keeps for itself.
UNSEEN = frozenset({"last_archive", "key_file"})
FOLDERS = frozenset({"scan_folder", "backup_folder"})
LIMITS = {"settle_s": (1, 60), "sync_interval_min": (1, 1440), "loan_days": (1, 365),
          "loan_renewals": (0, 9), "consultation_days": (1, 365), "clipboard_s": (5, 600)}
#: Choices in whole sentences.
WIDE = frozenset({"passphrase_grade"})
POLICY = "settings.policy"
GROUPS = {"settings.machine": Home.MACHINE, "settings.folder": Home.FOLDER, "settings.archive": Home.ARCHIVE, POLICY: Home.ARCHIVE}


class SettingsScreen(Screen):
    title = "action.settings"
    concerns = frozenset({"change_setting", "change_policy"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._editors: dict[str, QWidget] = {}
        self.ways: dict[str, QPushButton] = {}
        self._silent = False
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(24, 18, 24, 18)
        box.setSpacing(14)
        box.addWidget(self._way("users", "users.title", "users.advice", "users.open", "person"))
        box.addWidget(self._way("my_keys", "my_keys.title", "my_keys.advice", "my_keys.open", "key"))
        box.addWidget(self._way("scheme", "scheme.title", "scheme.open_advice", "scheme.open", "archive"))
        for key in GROUPS:
            if key in ("settings.machine", POLICY) or self.station.may("change_setting"):
                box.addWidget(self._group(key))
        box.addWidget(self._about())
        box.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(sheet)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        name(scroll, "action.settings")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        self.setFocusProxy(self._editors["language"])

    def refresh(self) -> None:
        keys = tuple(self._editors)
        self.run("view", lambda _job: {key: self.station.settings.get(key) for key in keys}, done=self._show)

    def reword(self) -> None:
        self._silent = True
        for setting in SETTINGS:
            editor = self._editors.get(setting.key)
            if isinstance(editor, Choice):
                editor.fill(_choices(setting))
        self._silent = False
        self.refresh()

    # -- inside

    def _group(self, key: str) -> QFrame:
        frame, inside = card(margins=20, spacing=12)
        inside.addLayout(column(label(key, "heading"), label(f"{key}_advice", "small", wrap=True), spacing=2))
        for setting in SETTINGS:
            policy = setting.right == "change_policy"
            if setting.home is GROUPS[key] and setting.key not in UNSEEN and policy is (key == POLICY):
                inside.addWidget(rule())
                inside.addLayout(self._line(setting))
        return frame

    def _line(self, setting: Setting) -> QHBoxLayout:
        key = f"setting.{setting.key}"
        editor: QWidget
        extra: list[QWidget] = []
        if setting.choices:
            editor = Choice()
            editor.fill(_choices(setting))
            editor.currentIndexChanged.connect(lambda _row: self._set(setting, editor.value()))
        elif setting.kind is bool:
            editor = QCheckBox()
            editor.toggled.connect(lambda on: self._set(setting, on))
        elif setting.kind is int:
            editor = Number(*LIMITS.get(setting.key, (setting.least, setting.most or 9999)))
            editor.setKeyboardTracking(False)
            editor.valueChanged.connect(lambda number: self._set(setting, number))
        else:
            editor = QLineEdit()
            editor.editingFinished.connect(lambda: self._set(setting, editor.text().strip()))
            if setting.key in FOLDERS:
                editor.setReadOnly(True)
                choose = button("settings.choose", theme=self.desk.theme, drawing="folder")
                choose.clicked.connect(lambda: self._on_choose(setting))
                extra.append(choose)
        editor.setFixedWidth(360 if isinstance(editor, QLineEdit) or setting.key in WIDE else 180)
        name(editor, key)
        for part in (editor, *extra):
            part.setEnabled(setting.home is Home.MACHINE or self.station.may(setting.right))
        self._editors[setting.key] = editor
        heading = label(key, wrap=True)
        heading.setBuddy(editor)
        line = row(heading, editor, *extra, spacing=10)
        line.setStretch(0, 1)
        line.setAlignment(heading, Qt.AlignmentFlag.AlignVCenter)
        return line

    def _way(self, place: str, title: str, advice: str, open: str, drawing: str) -> QFrame:
        """The way to a screen that has no place of its own on the left."""
        frame, inside = card(margins=20, spacing=12)
        self.ways[place] = button(open, theme=self.desk.theme, drawing=drawing)
        self.ways[place].clicked.connect(lambda: self.desk.go(place, None))
        said = column(label(title, "heading"), label(advice, "small", wrap=True), spacing=2)
        line = row(said, self.ways[place], spacing=20)
        line.setStretch(0, 1)
        inside.addLayout(line)
        return frame

    def _about(self) -> QFrame:
        frame, inside = card(margins=20, spacing=6)
        inside.addWidget(label("settings.here", "heading"))
        for key, value in (
            ("settings.archive_folder", str(self.station.archive.folder)),
            ("settings.station_id", self.station.archive.station_id),
        ):
            shown = text("muted", selectable=True)
            shown.setText(value)
            inside.addLayout(row(label(key, "label"), 8, shown, None))
        if not screenshots.possible():
            inside.addWidget(label("settings.screenshots_impossible", "small", wrap=True))
        return frame

    def _show(self, values: dict[str, Any]) -> None:
        self._silent = True
        for key, value in values.items():
            editor = self._editors[key]
            if isinstance(editor, Choice):
                editor.choose(value)
            elif isinstance(editor, QCheckBox):
                editor.setChecked(value)
            elif isinstance(editor, QSpinBox):
                editor.setValue(value)
            elif isinstance(editor, QLineEdit):
                editor.setText(value)
        self._silent = False

    def _on_choose(self, setting: Setting) -> None:
        editor = self._editors[setting.key]
        assert isinstance(editor, QLineEdit)
        start = Path(editor.text()) if editor.text() else None

        def chosen(path: Path) -> None:
            editor.setText(str(path))
            self._set(setting, str(path))

        picker.folder(self, self.desk.theme, chosen, start=start)

    def _set(self, setting: Setting, value: Any) -> None:
        if self._silent:
            return

        def work(_job: object) -> bool:
            if self.station.settings.get(setting.key) == value:
                return False
            self.station.settings.set(setting.key, value)
            return True

        def done(changed: bool) -> None:
            if changed:
                self._take_hold(setting.key, value)
                self.desk.messages.tell("settings.saved")

        self.run("write", work, done=done)

    def _take_hold(self, key: str, value: Any) -> None:
        if key == "language":
            wording.use(value)
        elif key == "theme":
            self.desk.theme.choose(value)
        elif key in ("scan_folder", "settle_s"):
            folder = str(self.station.settings.get("scan_folder"))
            settle_s = float(self.station.settings.get("settle_s"))
            self.run("write", lambda _job: self.station.intake.use_folder(Path(folder) if folder else None, settle_s))


def _choices(setting: Setting) -> list[tuple[object, str]]:
    return [(value, wording.say(f"settings.{setting.key}.{value}")) for value in setting.choices]
