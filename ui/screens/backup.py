"""ui/screens/backup.py — 备份: back up now, where to, when the last proved one was made, all that were made, and the drill."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout

from app.backups import Done, Drill, Standing, made_at
from app.jobs import Job
from app.station import Station
from storage.records.backup import Backup, BackupState
from ui import stylesheet
from ui.desk import Desk
from ui.messages import sentence
from ui.models.columns import Column, moment, size, word
from ui.models.listed import ListedModel
from ui.phrases import name, plain, say
from ui.screens.screen import Screen
from ui.widgets import picker
from ui.widgets.layout import button, card, column, drawing, label, row, text
from ui.widgets.question import Question
from ui.widgets.recovery_key import RecoveryKey
from ui.widgets.states import Shelf
from ui.widgets.table import Table


@dataclass(frozen=True, slots=True)
class _Row:
    """One backup, and whether its generation lies in the chosen folder now; None where nobody can say."""

    backup: Backup
    there: bool | None


@dataclass(frozen=True, slots=True)
class _State:
    standing: Standing
    rows: list[_Row]
    hours: int


def _where(one: _Row) -> str:
    if one.backup.state is BackupState.FAILED:
        return word("backup.reason", one.backup.reason)
    if one.backup.state is BackupState.PROVED and one.there is False:
        return f"{one.backup.folder} · {word('backup', 'gone_from_place')}"
    return one.backup.folder


def _number(one: _Row, count: int) -> str:
    return "" if one.backup.state is BackupState.FAILED else f"{count:,}"


BACKUPS: tuple[Column[_Row], ...] = (
    Column("backup.when", lambda one: moment(one.backup.at), 150),
    Column("backup.condition", lambda one: word("backup.state", one.backup.state.value), 120,
           state=lambda one: one.backup.state.value),
    Column("backup.files", lambda one: _number(one, one.backup.files), 90),
    Column("backup.new_files", lambda one: _number(one, one.backup.copied), 80),
    Column("backup.size", lambda one: "" if one.backup.state is BackupState.FAILED else size(one.backup.size_bytes), 100),
    Column("backup.where", _where, hint=_where),
)  # fmt: skip


class DrillDialog(Question):
    """Asks for the recovery key."""

    def __init__(self, parent: Screen) -> None:
        super().__init__(parent, "backup.trial", width=560)
        self.key = RecoveryKey()
        self.key.submitted.connect(self.agree)
        self.box.addSpacing(4)
        self.box.addWidget(label("backup.drill_key", "label"))
        self.box.addWidget(self.key)
        self.close_with_buttons()
        # The advice wraps, and would else take its height from the groups of the key.
        self.ensurePolished()
        self.setMinimumHeight(self.box.totalHeightForWidth(self.minimumWidth()))
        self.setFocusProxy(self.key)
        self.key.setFocus()

    def agree(self) -> None:
        self.key.check(self.accept)


class BackupScreen(Screen):
    title = "action.backup"
    needs = frozenset({"back_up", "drill"})
    concerns = frozenset({"back_up", "fail_backup", "prune_backup", "drill", "restore", "change_setting"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._job: Job[Any] | None = None
        self._standing: Standing | None = None
        self._model = ListedModel(BACKUPS)
        self._headline = text("title")
        self._advice = text("muted", wrap=True)
        self._tiles = {which: text("number") for which in ("days", "files", "size")}
        self.now_button = button("backup.now", "primary", theme=desk.theme, drawing="drive")
        self.place_button = button("backup.choose", theme=desk.theme, drawing="folder")
        self.drill_button = button("backup.drill", theme=desk.theme, drawing="shield")
        self.cancel_button = button("backup.cancel")
        self.now_button.clicked.connect(self.back_up)
        self.place_button.clicked.connect(lambda: self._choose(then=self.mark))
        self.drill_button.clicked.connect(self._on_drill)
        self.cancel_button.clicked.connect(self._on_cancel)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        name(self._bar, "backup.progress")
        self._step = text("small")
        self._warning, self._warned = self._notice()
        table = name(Table(self._model, BACKUPS, desk.theme), "backup.list")
        self._shelf = Shelf(table, desk.theme, empty="backup.empty", drawing="drive")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 24, 16)
        whole.setSpacing(14)
        whole.addWidget(self._line())
        whole.addWidget(self._warning)
        whole.addWidget(self._list(), 1)
        self.setFocusProxy(self.now_button)
        self._running(False)
        say(self._headline, "state.loading")
        self._shelf.show_busy()

    def refresh(self) -> None:
        self.run("view", lambda _job: _look(self.station), done=self._show, failed=self._on_failed)

    def reword(self) -> None:
        self._model.reword()
        self._shelf.reword()

    def back_up(self) -> None:
        """A backup where backups go; where that is not known yet, it is asked first."""
        if self._job is not None:
            return
        if self._standing is None or not self._standing.folder:
            self._choose(then=self._begin)
        else:
            self._begin()

    # -- parts

    def _line(self) -> QFrame:
        self._frame, inside = card(kind="next", margins=20, spacing=12)
        tiles = row(spacing=26)
        for which, number in self._tiles.items():
            tiles.addLayout(column(number, label(f"backup.{which}", "label"), spacing=0))
        top = row(drawing(self.desk.theme, "drive", "accent", 30), column(self._headline, self._advice, spacing=4), tiles,
                  spacing=18)
        top.setStretch(1, 1)
        inside.addLayout(top)
        inside.addWidget(self._bar)
        inside.addLayout(row(self.now_button, self.place_button, self.drill_button, self.cancel_button, self._step, None))
        return self._frame

    def _notice(self) -> tuple[QFrame, Any]:
        frame = QFrame()
        stylesheet.look(frame, "notice", state="warn")
        said = text(wrap=True)
        inside = row(drawing(self.desk.theme, "warning", "warn", 20), said, spacing=12)
        inside.setContentsMargins(16, 8, 12, 8)
        inside.setStretch(1, 1)
        frame.setLayout(inside)
        frame.hide()
        return frame, said

    def _list(self) -> QFrame:
        frame, inside = card(margins=0, spacing=0)
        head = row(label("backup.list", "heading"), None)
        head.setContentsMargins(16, 12, 16, 8)
        inside.addLayout(head)
        inside.addWidget(self._shelf, 1)
        return frame

    # -- what is shown

    def _show(self, state: _State) -> None:
        standing = self._standing = state.standing
        last = standing.last
        if last is None:
            say(self._headline, "backup.never")
        else:
            say(self._headline, "backup.last_today" if standing.days == 0 else "backup.last", at=moment(last.proved_at))
        if not standing.folder:
            say(self._advice, "backup.advice_none")
        elif not standing.present:
            say(self._advice, "backup.advice_absent", folder=standing.folder)
        else:
            say(self._advice, "backup.advice_good", hours=state.hours, folder=standing.folder)
        stylesheet.state(self._frame, "good" if last and standing.present and not standing.pressing else "")
        self._tiles["days"].setText(f"{standing.days:,}" if last else "–")
        self._tiles["files"].setText(f"{last.files:,}" if last else "–")
        self._tiles["size"].setText(size(last.size_bytes) if last else "–")
        say(self.place_button, "backup.change" if standing.folder else "backup.choose")
        name(self.place_button, "backup.change" if standing.folder else "backup.choose")
        self.drill_button.setVisible(self.station.may("drill"))
        self.drill_button.setEnabled(self._job is None and last is not None)
        self._say_warning(standing)
        self._model.show(state.rows)
        self._shelf.show_content() if state.rows else self._shelf.show_empty()

    def _say_warning(self, standing: Standing) -> None:
        if standing.failed is not None:
            say(self._warned, "backup.advice_failed", reason=word("backup.reason", standing.failed.reason))
        elif standing.beside:
            say(self._warned, "backup.beside")
        elif standing.last is not None and standing.last.damaged:
            say(self._warned, "backup.damaged", n=standing.last.damaged)
        self._warning.setVisible(bool(standing.failed or standing.beside or (standing.last and standing.last.damaged)))

    # -- what is done

    def _choose(self, then: Any) -> None:
        def chosen(path: Path) -> None:
            self.run("view", lambda _job: self.station.backups.choose(path), done=lambda _none: then())

        start = Path(self._standing.folder) if self._standing and self._standing.present else None
        picker.folder(self, self.desk.theme, chosen, start=start)

    def _begin(self) -> None:
        self._work(lambda job: self.station.backups.back_up(None, job.step), self._on_done)

    def _on_drill(self) -> None:
        dialog = DrillDialog(self)

        def accepted() -> None:
            key = dialog.key.value()
            dialog.key.wipe()
            self._work(lambda job: self.station.backups.drill(key, None, job.step), self._on_drilled)

        dialog.accepted.connect(accepted)
        dialog.open()

    def _work(self, work: Any, done: Any) -> None:
        self._running(True)
        self._bar.setRange(0, 0)
        plain(self._step, "")
        # One at a time with what the program does by itself, and never in the way of filing.
        self._job = self.run("keep", work, done=done, failed=self._on_work_failed, progress=self._on_progress)

    def _on_progress(self, done: int, total: int, note: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        said = word("backup.step", note)
        if total:
            say(self._step, "backup.bar_said", step=said, done=f"{done:,}", total=f"{total:,}")
        else:
            plain(self._step, said)

    def _on_done(self, answer: Done) -> None:
        self._ended()
        facts = {"files": answer.made.files, "copied": answer.made.copied}
        if answer.pruned.generations:
            self.desk.messages.tell("backup.done_pruned", n=len(answer.pruned.generations), **facts)
        else:
            self.desk.messages.tell("backup.done", **facts)

    def _on_drilled(self, tried: Drill) -> None:
        self._ended()
        if tried.faults:
            self.desk.messages.tell("backup.drill_failed", n=tried.faults, records=tried.records)
        else:
            made = moment(made_at(tried.generation))
            self.desk.messages.tell("backup.drilled", generation=made, records=tried.records, files=tried.files)

    def _on_work_failed(self, error: BaseException) -> None:
        self._ended()
        self.desk.messages.trouble(error)

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._ended()
            self.desk.messages.tell("backup.cancelled")

    def _on_failed(self, error: BaseException) -> None:
        plain(self._headline, sentence(error))
        self._shelf.show_trouble(error, self.refresh)

    def _ended(self) -> None:
        self._job = None
        self._running(False)
        self.mark()

    def _running(self, running: bool) -> None:
        for part in (self._bar, self._step, self.cancel_button):
            part.setVisible(running)
        for part in (self.now_button, self.place_button, self.drill_button):
            part.setEnabled(not running)


def _look(station: Station) -> _State:
    standing = station.backups.state()
    there = station.backups.in_place() if standing.present else None
    rows = [
        _Row(one, one.generation in there if there is not None and one.folder == standing.folder else None)
        for one in station.backups.all()
    ]
    return _State(standing, rows, int(station.settings.get("backup_every_h")))
