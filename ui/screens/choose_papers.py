"""ui/screens/choose_papers.py — choosing among the papers that wait in the inbox: one, or several in the order they stand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from app import wording
from app.privacy import cover
from storage.records import Arrival
from ui.phrases import name
from ui.screens.page_preview import PagePreview
from ui.screens.record_dialog import RecordDialog
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.layout import column, label, row
from ui.widgets.states import Shelf


def ask(
    screen: Screen, title: str, then: Callable[[Sequence[Arrival]], object], *, several: bool,
    without: Collection[int] = (), which: str = "",
) -> None:
    """Fetches the inbox and asks; `then` gets what was chosen, never nothing."""

    def show(papers: list[Arrival]) -> None:
        dialog = ChoosePapers(screen, title, [one for one in papers if one.id not in without], several, which)
        dialog.accepted.connect(lambda: then(dialog.chosen))
        dialog.open()

    screen.run("view", lambda _job: screen.station.inbox(), done=show)


class ChoosePapers(RecordDialog):
    def __init__(self, screen: Screen, title: str, papers: Sequence[Arrival], several: bool, which: str) -> None:
        super().__init__(screen, title, which, yes="papers.take", width=760)
        self._papers, self._several = papers, several
        self.list = QListWidget()
        self.list.setWordWrap(True)
        name(self.list, "inbox.papers")
        for paper in papers:
            shown = paper.suggestion.title if paper.suggestion and paper.suggestion.title else paper.name
            line = QListWidgetItem(wording.say("papers.line", title=cover(shown), pages=paper.page_count))
            if several:
                line.setFlags(line.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                line.setCheckState(Qt.CheckState.Unchecked)
            self.list.addItem(line)
        look(self.list, "card")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumWidth(300)
        self.list.currentRowChanged.connect(self._on_row)
        self.list.itemChanged.connect(lambda _line: self._on_chosen())
        if not several:
            self.list.itemActivated.connect(lambda _line: self.take())
        self._page = 1
        self.view = PagePreview(screen.station, screen.desk.theme)
        self.view.turned.connect(self._turn)
        shelf = Shelf(self.list, screen.desk.theme, empty="papers.none")
        content = row(shelf, self.view, spacing=16)
        content.setStretch(0, 1)
        content.setStretch(1, 1)
        whole = column(label(f"{title}_advice", "muted", wrap=True), content, spacing=10)
        whole.setStretch(1, 1)
        self.arrange(whole)
        self.resize(820, 560)
        if papers:
            shelf.show_content()
            self.list.setCurrentRow(0)
            self.list.setFocus()
        else:
            shelf.show_empty()
        self._on_chosen()

    @property
    def chosen(self) -> list[Arrival]:
        if not self._several:
            row = self.list.currentRow()
            return [self._papers[row]] if row >= 0 else []
        checked = Qt.CheckState.Checked
        return [paper for row, paper in enumerate(self._papers) if self.list.item(row).checkState() == checked]

    def take(self) -> None:
        if self.chosen:
            self.accept()

    def _on_row(self, _row: int) -> None:
        self._page = 1
        self._turn(0)
        self._on_chosen()

    def _turn(self, by: int) -> None:
        paper = self._papers[self.list.currentRow()]
        if paper.object_id is None or not paper.page_count:
            self.view.forget()
            return
        self._page = min(max(self._page + by, 1), paper.page_count)
        self.view.want(paper.object_id, self._page, self._page, paper.page_count)

    def _on_chosen(self) -> None:
        self.yes.setEnabled(bool(self.chosen))
