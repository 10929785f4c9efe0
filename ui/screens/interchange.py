"""ui/screens/interchange.py — catalogues of other systems: taking them in, giving ours out. Two plain halves."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.desk import Desk
from ui.screens.interchange_export import ExportPage
from ui.screens.interchange_import import ImportPage
from ui.screens.screen import Screen
from ui.widgets.tabs import Tabs


class InterchangeScreen(Screen):
    title = "action.interchange"
    needs = frozenset({"import_run", "export"})
    concerns = frozenset({"file", "file_volume", "import_run"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.importing = ImportPage(self)
        self.exporting = ExportPage(self)
        pages: list[tuple[str, Any]] = []
        if self.station.may("import_run"):
            pages.append(("interchange.import", self.importing))
        if self.station.may("export"):
            pages.append(("interchange.export", self.exporting))
        self.tabs = Tabs(pages or [("interchange.export", QWidget())])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 12, 24, 16)
        whole.addWidget(self.tabs)
        self.setFocusProxy(self.importing if self.station.may("import_run") else self.exporting)

    def refresh(self) -> None:
        self.importing.refresh()
        self.exporting.refresh()

    def reword(self) -> None:
        self.importing.reword()
        self.exporting.reword()
