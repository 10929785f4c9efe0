"""ui/widgets/picker.py — choosing a folder or a file without leaving a trace.

Qt's own file dialog writes the folders a person visits, in clear, into `QtProject.conf`; this one remembers nothing.
Three uses: `folder()`, `open_file()` and `save_file()`, each calling `then(path)` when the person has chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDir, QFileInfo, QModelIndex, QSize, QStandardPaths, QStorageInfo, Qt
from PySide6.QtGui import QAbstractFileIconProvider, QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileSystemModel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from ui import icons
from ui.phrases import name, say
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.form import Field
from ui.widgets.layout import button, column, row, text, tool

Chosen = Callable[[Path], object]


def folder(parent: QWidget, theme: Theme, then: Chosen, *, start: Path | None = None) -> Dialog:
    """Ask for a folder that exists or is to be made."""
    return _open(Dialog(parent, theme, "picker.folder", start), then)


def open_file(parent: QWidget, theme: Theme, then: Chosen, *, endings: tuple[str, ...]) -> Dialog:
    """Ask for a file that exists, with one of the endings (`.json`)."""
    return _open(Dialog(parent, theme, "picker.open", None, endings=endings), then)


def save_file(parent: QWidget, theme: Theme, then: Chosen, *, suggested: str) -> Dialog:
    """Ask where to write a file. A file that is there already is only replaced after a second press."""
    return _open(Dialog(parent, theme, "picker.save", None, suggested=suggested), then)


class Dialog(QDialog):
    """Places on the left, what is in the folder on the right, the name below."""

    def __init__(
        self, parent: QWidget, theme: Theme, purpose: str, start: Path | None,
        *, endings: tuple[str, ...] = (), suggested: str = "",
    ) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 500)
        say(self, purpose, "setWindowTitle")
        self.chosen: Path | None = None
        self._purpose, self._suggested = purpose, suggested
        self._asked: Path | None = None
        self._model = QFileSystemModel(self)
        self._model.setOption(QFileSystemModel.Option.DontUseCustomDirectoryIcons)
        self._drawings = _Drawings(theme)
        self._model.setIconProvider(self._drawings)
        files = QDir.Filter.Files if purpose != "picker.folder" else QDir.Filter(0)
        self._model.setFilter(QDir.Filter.AllDirs | QDir.Filter.NoDotAndDotDot | files)
        self._model.setNameFilters([f"*{ending}" for ending in endings])
        self._model.setNameFilterDisables(False)
        self._places = _places(theme)
        name(self._places, "picker.places")
        self._places.itemClicked.connect(lambda item: self.go(Path(item.data(Qt.ItemDataRole.UserRole))))
        self._places.itemActivated.connect(lambda item: self.go(Path(item.data(Qt.ItemDataRole.UserRole))))
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setIconSize(QSize(18, 18))
        self._list.setUniformItemSizes(True)
        name(self._list, "picker.contents")
        self._list.activated.connect(self._on_activated)
        self._list.selectionModel().currentChanged.connect(self._on_current_changed)
        self._up = tool("picker.up", theme, "folder-up")
        self._up.clicked.connect(lambda: self.go(self._here.parent))
        self._path = QLineEdit()
        name(self._path, "picker.path")
        self._path.returnPressed.connect(self._on_path)
        self._make = button("picker.make", theme=theme, drawing="folder")
        self._make.clicked.connect(self._on_make)
        self._name = QLineEdit(suggested)
        self._field = Field("picker.new_folder" if purpose == "picker.folder" else "picker.name", self._name)
        self.take = button(f"{purpose}_take", "primary")
        self.take.setDefault(True)
        self.take.clicked.connect(self._on_take)
        leave = button("message.no")
        leave.clicked.connect(self.reject)
        self._list.setMinimumWidth(420)
        right = column(row(self._up, self._path), self._list, self._field)
        right.setStretch(1, 1)
        body = row(self._places, right, spacing=12)
        body.setStretch(1, 1)
        whole = column(body, row(self._make, None, leave, self.take), spacing=14)
        whole.setContentsMargins(18, 18, 18, 16)
        self.setLayout(whole)
        self._make.setVisible(purpose != "picker.open")
        self._field.setVisible(purpose == "picker.save")
        self._list.setFocus()
        self.go(start or Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)))

    def go(self, where: Path) -> None:
        """Show the nearest folder that exists."""
        while not where.is_dir() and where != where.parent:
            where = where.parent
        self._here = where
        self._path.setText(str(where))
        self._list.setRootIndex(self._model.setRootPath(str(where)))
        self._up.setEnabled(where != where.parent)
        self._list.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter takes the choice only from the name: in the path and in the list it walks through the folders.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._name.hasFocus():
            event.accept()
        else:
            super().keyPressEvent(event)

    def _on_activated(self, index: QModelIndex) -> None:
        path = Path(self._model.filePath(index))
        if path.is_dir():
            self.go(path)
        elif self._purpose == "picker.open":
            self._finish(path)

    def _on_current_changed(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and self._purpose == "picker.save" and not self._model.isDir(index):
            self._name.setText(self._model.fileName(index))

    def _on_path(self) -> None:
        typed = Path(self._path.text().strip()).expanduser()
        if typed.is_file() and self._purpose == "picker.open":
            self._finish(typed)
        else:
            self.go(typed)

    def _on_make(self) -> None:
        base = say(text(), "picker.fresh").text()
        fresh = next(
            path for path in (self._here / f"{base}{n or ''}" for n in range(1000)) if not path.exists()
        )
        try:
            fresh.mkdir()
        except OSError:
            self._field.setVisible(True)
            self._field.show_problem("picker.cannot_make")
            return
        self.go(fresh)

    def _on_take(self) -> None:
        current = self._list.currentIndex()
        marked = self._list.selectionModel().isSelected(current) and Path(self._model.filePath(current))
        if self._purpose == "picker.folder":
            typed = Path(self._path.text().strip()).expanduser()
            self._finish(marked or (typed if typed.is_absolute() else self._here))
        elif self._purpose == "picker.open":
            if marked and marked.is_file():
                self._finish(marked)
            elif marked:
                self.go(marked)
        elif self._name.text().strip():
            path = self._here / Path(self._name.text().strip()).name
            ending = Path(self._suggested).suffix
            path = path if path.suffix == ending else path.with_name(path.name + ending)
            if path.exists() and self._asked != path:
                self._asked = path
                self._field.show_problem("picker.replace")
            else:
                self._finish(path)

    def _finish(self, path: Path) -> None:
        self.chosen = path
        self.accept()


class _Drawings(QAbstractFileIconProvider):
    """Our own drawings; asking the system for one per file would touch every file of a slow stick."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        tokens = theme.tokens
        self._folder = icons.icon("folder", tokens.accent, tokens.edge)
        self._file = icons.icon("record", tokens.muted, tokens.edge)

    def icon(self, what: QFileInfo | QAbstractFileIconProvider.IconType) -> QIcon:
        if isinstance(what, QFileInfo):
            return self._folder if what.isDir() else self._file
        return self._file if what == QAbstractFileIconProvider.IconType.File else self._folder


def _open(dialog: Dialog, then: Chosen) -> Dialog:
    dialog.accepted.connect(lambda: then(dialog.chosen) if dialog.chosen is not None else None)
    dialog.open()
    return dialog


def _places(theme: Theme) -> QListWidget:
    made = QListWidget()
    made.setFixedWidth(190)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    made.setIconSize(QSize(18, 18))
    look(made, "places")
    tokens = theme.tokens
    for where in ("DesktopLocation", "DocumentsLocation", "HomeLocation"):
        location = getattr(QStandardPaths.StandardLocation, where)
        path = QStandardPaths.writableLocation(location)
        if path and Path(path).is_dir():
            item = QListWidgetItem(icons.icon("folder", tokens.accent, tokens.edge),
                                   QStandardPaths.displayName(location), made)
            item.setData(Qt.ItemDataRole.UserRole, path)
    for volume in QStorageInfo.mountedVolumes():
        if volume.isReady() and volume.isValid() and _for_people(volume):
            shown = volume.displayName() if volume.displayName() != volume.rootPath() else volume.rootPath()
            item = QListWidgetItem(icons.icon("drive", tokens.accent, tokens.edge), shown, made)
            item.setData(Qt.ItemDataRole.UserRole, volume.rootPath())
    return made


def _for_people(volume: QStorageInfo) -> bool:
    # On Linux the list is full of places nobody keeps papers in.
    root = volume.rootPath()
    return root == "/" or root[1:2] == ":" or root.startswith(("/media/", "/run/media/", "/mnt/", "/Volumes/"))
