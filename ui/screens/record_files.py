"""ui/screens/record_files.py — 文件: the files of a record, their order and pages; more of them, and better ones.

Order is changed by dragging or with Alt and the arrows, and kept when the person says so. Page counts are compared and told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QFrame, QVBoxLayout

from app import wording
from app.description.documents import PageCounts, Paper
from app.privacy import cover
from storage.records import Arrival, Item, State
from storage.records.descriptions import ATTACHMENT, MAIN
from ui.models.columns import size
from ui.phrases import name, say
from ui.screens import choose_papers
from ui.screens.page_preview import PagePreview
from ui.screens.record_dialog import RecordDialog
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.layout import button, column, label, row, text
from ui.widgets.ordered import Ordered


@dataclass(frozen=True, slots=True)
class _Files:
    papers: list[Paper]
    counts: PageCounts
    superseded: int


@dataclass(slots=True)
class _Line:
    """A file as it stands in the dialog: its role and its pages may have been changed here."""

    paper: Paper
    role: str
    pages: list[int]


def open_for(screen: Screen, item: Item) -> None:
    FilesDialog(screen, item).open()


class FilesDialog(RecordDialog):
    def __init__(self, screen: Screen, item: Item) -> None:
        super().__init__(screen, "files.title", item.reference_code, yes="files.keep", width=940)
        self._item = item
        self._lines: list[_Line] = []
        self.files, self.pages = Ordered(), Ordered()
        name(self.files, "files.title")
        name(self.pages, "files.pages")
        self.files.currentRowChanged.connect(lambda _row: self._on_file())
        self.pages.currentRowChanged.connect(lambda _row: self._on_page())
        self.files.moved.connect(self._on_changed)
        self.pages.moved.connect(self._on_pages_moved)
        self.view = PagePreview(screen.station, screen.desk.theme)
        self.view.turned.connect(self.pages.step)
        self._counts = QFrame()
        look(self._counts, "notice", state="warn")
        self._counted = text(wrap=True)
        inside = QVBoxLayout(self._counts)
        inside.setContentsMargins(12, 8, 12, 8)
        inside.addWidget(self._counted)
        self._counts.hide()
        self._former = text("small", wrap=True)
        self.add_button = button("files.add", theme=screen.desk.theme, drawing="inbox")
        self.replace_button = button("files.replace", theme=screen.desk.theme, drawing="refresh")
        self.role_button = button("files.as_attachment")
        self.add_button.clicked.connect(self._on_add)
        self.replace_button.clicked.connect(self._on_replace)
        self.role_button.clicked.connect(self._on_role)
        self.no.clicked.disconnect()
        self.no.clicked.connect(self.reject)
        say(self.no, "files.close")
        files = column(label("files.files", "strong"), self.files, self.role_button, self.add_button, self.replace_button)
        pages = column(label("files.pages", "strong"), self.pages, label("files.keys", "small", wrap=True))
        self.files.setMinimumWidth(250)
        self.pages.setFixedWidth(150)
        lists = row(files, pages, self.view, spacing=16)
        lists.setStretch(0, 2)
        lists.setStretch(2, 3)
        whole = column(self._counts, lists, self._former, spacing=10)
        whole.setStretch(1, 1)
        self.arrange(whole)
        self.resize(1000, 600)
        changes = screen.station.may("order_documents") and (
            item.state is not State.FILED or screen.station.may("correct")
        )
        for part in (self.add_button, self.replace_button, self.role_button, self.yes):
            part.setVisible(changes)
        if not changes:
            for order in (self.files, self.pages):
                order.setDragDropMode(Ordered.DragDropMode.NoDragDrop)
        self._buttons = (self.yes, self.add_button, self.replace_button)
        self._fetch()

    def take(self) -> None:
        """Keep the order that stands here: of the files, and of the pages of each."""
        item, documents = self._item, self.station.description.documents
        lines: list[_Line] = self.files.values()
        order = [(line.paper.document.id, line.role) for line in lines]
        before = [(line.paper.document.id, line.paper.document.role) for line in self._lines]
        pages = [(line.paper.document.id, line.pages) for line in lines if line.pages != list(line.paper.pages)]

        def work() -> None:
            if order != before:
                documents.order(item.id, order)
            for document_id, wanted in pages:
                documents.order_pages(item.id, document_id, wanted)

        self.act(work, lambda _none: self._on_done("files.kept"))

    # -- inside

    def _fetch(self) -> None:
        item, documents = self._item, self.station.description.documents

        def look_up() -> _Files:
            papers = documents.of(item.id)
            everything = documents.of(item.id, superseded=True)
            return _Files(papers, documents.page_counts(item), len(everything) - len(papers))

        self.screen.run("view", lambda _job: look_up(), done=self._show, failed=self.show_trouble)

    def _show(self, found: _Files) -> None:
        self._lines = [_Line(paper, paper.document.role, list(paper.pages)) for paper in found.papers]
        self.files.fill([(line, _words(line)) for line in self._lines])
        self._counts.setVisible(not found.counts.agree)
        say(self._counted, "files.counts", described=found.counts.described, present=found.counts.present)
        say(self._former, "files.superseded", n=found.superseded)
        self._former.setVisible(found.superseded > 0)
        self.replace_button.setEnabled(bool(self._lines))
        self.files.setFocus()
        self._on_file()
        self._on_changed()

    def _on_file(self) -> None:
        line: _Line | None = self.files.value()
        if line is None:
            self.pages.fill([])
            self.view.forget()
            return
        self.pages.fill([(number, wording.say("files.page", n=number)) for number in line.pages])
        say(self.role_button, "files.as_attachment" if line.role == MAIN else "files.as_main")
        if not line.pages:
            self.view.forget()
        self._on_page()

    def _on_page(self) -> None:
        line, number = self.files.value(), self.pages.value()
        if line is not None and number is not None:
            self.view.want(line.paper.document.object_id, number, self.pages.currentRow() + 1, self.pages.count())

    def _on_pages_moved(self) -> None:
        line = self.files.value()
        if line is not None:
            line.pages = self.pages.values()
        self._on_page()
        self._on_changed()

    def _on_role(self) -> None:
        line = self.files.value()
        if line is not None:
            line.role = ATTACHMENT if line.role == MAIN else MAIN
            self.files.currentItem().setText(_words(line))
            say(self.role_button, "files.as_attachment" if line.role == MAIN else "files.as_main")
            self._on_changed()

    def _on_changed(self) -> None:
        changed = self.files.values() != self._lines or any(
            line.role != line.paper.document.role or line.pages != list(line.paper.pages) for line in self._lines
        )
        self.yes.setEnabled(changed)

    def _on_add(self) -> None:
        documents, item = self.station.description.documents, self._item

        def add(papers: Sequence[Arrival]) -> None:
            def work() -> None:
                for paper in papers:
                    documents.add(item.id, paper.id)

            self.act(work, lambda _none: self._on_done("files.added"), list, *self._buttons)

        choose_papers.ask(self.screen, "papers.add", add, several=True, which=item.reference_code)

    def _on_replace(self) -> None:
        documents, item, line = self.station.description.documents, self._item, self.files.value()
        if line is None:
            return

        def replace(papers: Sequence[Arrival]) -> None:
            self.act(
                lambda: documents.replace(item.id, line.paper.document.id, papers[0].id),
                lambda _id: self._on_done("files.replaced"), list, *self._buttons,
            )

        choose_papers.ask(self.screen, "papers.replace", replace, several=False, which=item.reference_code)

    def _on_done(self, told: str) -> None:
        self.screen.desk.messages.tell(told)
        self._fetch()


def _words(line: _Line) -> str:
    role = wording.say(f"document_role.{line.role}")
    return wording.say(
        "files.line", role=role, name=cover(line.paper.name), pages=len(line.paper.pages), size=size(line.paper.size_bytes)
    )
