"""ui/screens/inspection_result.py — one run: what it looked at, the four natures as tiles, findings and checks by hand."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from app import wording
from app.inspection.catalogue import NATURES
from app.inspection.words import scope_words
from storage.records.inspection import Severity, Verdict
from ui.models.columns import moment
from ui.phrases import name, plain
from ui.screens.inspection_findings import FindingsPage
from ui.screens.inspection_manual import ManualPage
from ui.screens.inspection_rows import Seen, Tile
from ui.theme import Theme
from ui.widgets.layout import button, card, column, label, row, text
from ui.widgets.states import Badge
from ui.widgets.tabs import Tabs

_COUNTED = (Verdict.FAILED, Verdict.WARNED, Verdict.MANUAL, Verdict.UNCHECKED)


class ResultPage(QWidget):
    """Shows a `Seen`. The print and export buttons are the screen's to connect."""

    def __init__(self, theme: Theme, *, may_answer: bool) -> None:
        super().__init__()
        self._seen: Seen | None = None
        self._line, self.badge, self._found = text("strong", wrap=True), Badge(), text("small")
        self.print_button = button("inspection.print", theme=theme, drawing="print")
        self.export_button = button("inspection.export", theme=theme, drawing="export")
        self.tiles = {nature: NatureTile(nature) for nature in NATURES}
        self.findings, self.manual = FindingsPage(theme), ManualPage(may_answer=may_answer)
        self.tabs = Tabs([("inspection.findings", self.findings), ("inspection.attestations", self.manual)])
        told = column(row(self.badge, self._found, None), self._line, spacing=2)
        head = row(told, self.print_button, self.export_button)
        head.setStretch(0, 1)
        natures = QHBoxLayout()
        natures.setSpacing(10)
        for tile in self.tiles.values():
            natures.addWidget(tile, 1)
        whole = column(head, natures, self.tabs, spacing=10)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        self.setFocusProxy(self.findings)

    def show_run(self, seen: Seen) -> None:
        self._seen = seen
        run = seen.run
        blocking = sum(row.finding.fault.severity is Severity.BLOCKING for group in seen.groups for row in group.rows)
        self.badge.show_state("inspection_verdict", run.result.value)
        found = wording.say("inspection.found", n=f"{run.found:,}", blocking=f"{blocking:,}")
        plain(self._found, found if run.found else wording.say("inspection.clean"))
        plain(
            self._line,
            wording.say(
                "inspection.run_line", at=moment(run.finished_at), phase=wording.say(f"inspection_phase.{run.phase}"),
                scope=scope_words(run.scope), name=run.agent_name,
            ),
        )  # fmt: skip
        for tile in seen.tiles:
            self.tiles[tile.nature].show_tile(tile)
        self.findings.show_run(seen)
        self.manual.show_run(seen)

    def reword(self) -> None:
        self.manual.reword()
        if self._seen is not None:
            self.show_run(self._seen)
        self.findings.shelf.reword()


class NatureTile(QFrame):
    """真实性, 完整性, 可用性 or 安全性."""

    def __init__(self, nature: str) -> None:
        super().__init__()
        frame, box = card(margins=12, spacing=4)
        self.badge, self._passed, self._others = Badge(), text("", wrap=True), text("small", wrap=True)
        # The badge below: beside a long word it would cut it.
        box.addWidget(label(f"inspection_nature.{nature}", "heading"))
        counted = row(self._passed, self.badge)
        counted.setStretch(0, 1)
        box.addLayout(counted)
        box.addWidget(self._others)
        box.addStretch(1)
        self.setLayout(column(frame))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        name(self, f"inspection_nature.{nature}")

    def show_tile(self, tile: Tile) -> None:
        self.badge.show_state("inspection_verdict", tile.worst.value)
        plain(self._passed, wording.say("inspection.tile", passed=tile.verdicts.get(Verdict.PASSED, 0)))
        others = [
            wording.say(f"inspection.tile_{verdict.value}", n=tile.verdicts[verdict])
            for verdict in _COUNTED if tile.verdicts.get(verdict)
        ]  # fmt: skip
        plain(self._others, wording.say("inspection.between").join(others))
        self.setAccessibleDescription(f"{self.badge.text()} {self._passed.text()} {self._others.text()}")
