"""ui/screens/volumes_desk.py — one volume on the desk: its papers in order, what the guide says of them, and filing it.

An open volume is arranged here; a filed one is read, printed and its description corrected. Opening is journaled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app import reports, wording
from app.drafts import Unfinished
from app.guides import Guide, Line
from app.jobs import Job
from app.reports.volume_contents import VolumeWishes
from app.reports.volume_cover import CoverWishes
from app.volumes import Filed
from storage.errors import Known
from storage.records import Category, Item, Kind, Subject
from storage.records.volumes import Volume
from ui import actions
from ui.desk import Desk
from ui.models import choices
from ui.models.listed import ListedModel
from ui.models.pages import Place
from ui.phrases import name, plain, say
from ui.screens import people_named, people_sharing, ties
from ui.screens.disposal_holds import ask_hold
from ui.screens.screen import Screen
from ui.screens.sealing import ask_seal
from ui.screens.unmask import Unmasking
from ui.screens.volumes import EVENTS
from ui.screens.volumes_choose import ChooseVolumeDialog
from ui.screens.volumes_filing import FilingDialog, Ready
from ui.screens.volumes_form import VolumeDialog
from ui.screens.volumes_papers import PapersTable
from ui.screens.volumes_print import Form, open_forms
from ui.screens.volumes_rows import GUIDE, GuideRow, PaperRow, VolumeRow, heading, state_word
from ui.stylesheet import look, state
from ui.widgets.dates import show
from ui.widgets.layout import button, card, column, row, rule, text, tool
from ui.widgets.states import COLOURS, Shelf
from ui.widgets.table import Table

_VOLUME_FORMS = ("volume_contents", "volume_note", "binding_check")


@dataclass(frozen=True, slots=True)
class _Seen:
    """`volume` and `items` as they are, to be edited and compared; `shown` and `titles` as they may be shown."""

    volume: Volume
    shown: Volume
    full: bool
    items: list[Item]
    titles: dict[int, str]
    guide: Guide | None
    lines: list[Line]
    others: list[Volume]
    left: int | None
    due_on: date | None
    categories: list[Category]


class VolumeScreen(Screen):
    title = "volumes.title"
    needs = frozenset({"view_volume"})
    concerns = EVENTS

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._id = 0
        self._seen: _Seen | None = None
        self._asked: Job[_Seen] | None = None
        self._current = 0
        self.papers = PapersTable(desk.theme)
        self.papers.moved.connect(self.move_row)
        self.papers.chosen.connect(self._open_paper)
        self.papers.selectionModel().currentRowChanged.connect(lambda now, _before: self._on_row(now.row()))
        self._guide_model = ListedModel(GUIDE)
        self.guide = name(Table(self._guide_model, GUIDE, desk.theme), "volumes.guide")
        self.guide.horizontalHeader().hide()
        self._heading = text("heading", wrap=True, selectable=True)
        self._code = text("code", selectable=True)
        self._state = text("badge")
        self._kept = text("badge")
        self._facts = text("small", wrap=True)
        self._guide_name = text("heading")
        self._guide_says = text("small", wrap=True)
        make = {
            "file": ("volumes.file", "primary", "check", self.file),
            "lend": ("lending.borrow", "", "loan", lambda: self.desk.go("lending", Subject(Kind.VOLUME, self._id))),
            "print": ("volumes.print", "", "print", self.print),
            "seal": ("sealing.act.seal", "", "sealing", self.seal),
            "hold": ("disposal.hold_short", "", "lock", self.hold),
            "describe": ("volumes.describe", "", "record", self.describe),
            "add": ("volumes.add", "", "inbox", self.add),
            "move": ("volumes.move", "", "send", self.move_out),
            "arrange": ("volumes.arrange", "", "check", self.arrange),
            "number": ("volumes.number_pages", "", "refresh", self.number_pages),
        }
        self.buttons = {}
        for which, (key, kind, picture, act) in make.items():
            made = button(key, kind, theme=desk.theme, drawing=picture)
            made.clicked.connect(act)
            self.buttons[which] = made
        self.up, self.down = tool("volumes.up", desk.theme, "up"), tool("volumes.down", desk.theme, "down")
        self.up.clicked.connect(lambda: self.shift(-1))
        self.down.clicked.connect(lambda: self.shift(1))
        self.more_button = button("volumes.acts")
        self._menu = QMenu(self)
        self.more_button.setMenu(self._menu)
        self.unmasking = Unmasking(self, self._open_again)
        self.back_button = button("volumes.back", "link", theme=desk.theme, drawing="left")
        self.back_button.clicked.connect(self._back)
        self.inside = Shelf(self.papers, desk.theme, empty="volumes.empty", drawing="inbox")
        self.shelf = Shelf(self._arrange_parts(), desk.theme, empty="state.empty", drawing="volumes")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 10, 20, 14)
        whole.addWidget(self.shelf)
        for id, work in (
            ("item_up", lambda: self.shift(-1)), ("item_down", lambda: self.shift(1)), ("accept", self.file),
            ("print", self.print), ("back", self._back),
        ):
            actions.make(id, self, work)
        for which, id in (("file", "accept"), ("print", "print")):
            self.buttons[which].setToolTip(actions.keys(id))
        self.setFocusProxy(self.papers)
        self.shelf.show_empty()

    # -- what the window asks

    def open(self, subject: object) -> None:
        if isinstance(subject, int):
            self._id, self._seen, self._current = subject, None, 0
            self.shelf.show_busy()
            self._ask(opening=True)

    def refresh(self) -> None:
        if self._id:
            self._ask(opening=False)

    def reword(self) -> None:
        self.shelf.reword()
        self.inside.reword()
        self.papers.papers.reword()
        self.unmasking.reword()
        if self._seen is not None:
            self._describe(self._seen)

    # -- what the person does

    def shift(self, by: int) -> None:
        """The current paper one place up or down."""
        place = self.papers.currentIndex().row()
        if place >= 0:
            self.move_row(place, place + by)

    def move_row(self, source: int, place: int) -> None:
        seen, order = self._seen, self.papers.items()
        if seen is None or not self._may("order_volume") or source == place or not 0 <= place < len(order):
            return
        self._current = order[source]
        order.insert(place, order.pop(source))
        # Shown at once; the station's answer shows it again, whichever order was kept.
        by_id = {row.item.id: row for row in (self.papers.papers.record(n) for n in range(len(order)))}
        self.papers.show_papers([by_id[id] for id in order], movable=True, chosen=self._current)
        self._act(lambda: self.station.volumes.order(seen.volume.id, order))

    def arrange(self) -> None:
        """The order of the guide."""
        if self._may("order_volume"):
            id = self._id
            self._act(lambda: self.station.volumes.arrange(id), "volumes.arranged")

    def number_pages(self) -> None:
        if self._may("number_pages"):
            id = self._id
            self._act(lambda: self.station.volumes.number_pages(id), "volumes.numbered")

    def move_out(self) -> None:
        """The selected papers into another open volume."""
        chosen = self.papers.selected()
        if self._may("move_item") and chosen:
            ChooseVolumeDialog(
                self, self.desk,
                lambda volume: self._act(lambda: self.station.volumes.move(chosen, volume.id), "volumes.moved", n=len(chosen)),
                title="volumes.move_to", without=self._id,
            ).open()

    def join(self) -> None:
        """All papers go to the end of another open volume, which is then on the desk."""
        id = self._id

        def join_to(volume: Volume) -> None:
            self._act(lambda: self.station.volumes.join(id, volume.id), "volumes.joined",
                      then=lambda: self.desk.go("volume", volume.id))

        if self._may("join_volume"):
            ChooseVolumeDialog(self, self.desk, join_to, title="volumes.join_to", without=id).open()

    def withdraw(self) -> None:
        """An empty volume that was opened by mistake."""
        id = self._id

        def yes() -> None:
            self._act(lambda: self.station.volumes.withdraw(id), "volumes.withdrawn", then=self._leave)

        if self._may("withdraw_volume"):
            self.desk.messages.ask("volumes.withdraw_empty", yes)

    def name_people(self) -> None:
        """Whom and what the volume as a whole names."""
        if self._seen is not None and self.station.may("mention"):
            people_named.open_for(self, Subject(Kind.VOLUME, self._id), self._seen.volume.reference_code)

    def share(self) -> None:
        """The volumes that mention what this one mentions."""
        if self._seen is not None and self.station.may("look_up_entity"):
            people_sharing.open_for(self, self._id, self._seen.volume.reference_code)

    def whereabouts(self) -> Unfinished:
        return Unfinished("", f"volume:{self._id}" if self._id else "", {})

    def tie(self) -> None:
        """Where the volume stands, and what it belongs together with."""
        if self._seen is not None and self.station.may("relate"):
            ties.open_for(self, Subject(Kind.VOLUME, self._id), self._seen.volume.reference_code)

    def add(self) -> None:
        """Papers of the inbox go into this volume."""
        if self._seen is not None:
            self.desk.go("inbox", self._seen.volume)

    def describe(self, field: str = "") -> None:
        seen = self._seen
        if seen is not None and self.station.may("describe_volume"):
            id, wanted = self._id, field if isinstance(field, str) else ""

            def ask(raw: Volume) -> None:
                VolumeDialog(self, self.desk, seen.categories, lambda _volume: self.mark(), volume=raw, focus=wanted).open()

            self.run("view", lambda _job: self.station.volumes.raw(id), done=ask)

    def file(self) -> None:
        """Says what is missing, or files."""
        if self._may("file_volume"):
            id = self._id
            self.run("view", lambda _job: self._ready(id), done=self._ask_filing)

    def print(self) -> None:
        seen = self._seen
        if seen is not None:
            forms = [Form(report, wishes) for report, wishes in _forms(seen.volume, seen.guide, self.station.agent.name)]
            # Never among the forms of a volume that is sealed as it is filed: an index of its names does not stay behind.
            forms.append(Form("volume_name_index", forms[1].wishes))
            open_forms(self, self.desk, forms, seen.volume.reference_code or seen.volume.case_no)

    def seal(self) -> None:
        if self._seen is not None:
            ask_seal(self, Subject(Kind.VOLUME, self._id), self._seen.volume.reference_code)

    def hold(self) -> None:
        if self._seen is not None:
            ask_hold(self, Subject(Kind.VOLUME, self._id), self._seen.volume.reference_code)

    # -- inside

    def _arrange_parts(self) -> QWidget:
        top, about = card(margins=16, spacing=6)
        line = row(self._heading, spacing=10)
        line.setStretch(0, 1)
        for part in (self.buttons["describe"], self.buttons["lend"], self.buttons["seal"], self.buttons["hold"],
                     self.buttons["print"], self.more_button, self.buttons["file"]):
            line.addWidget(part)
        about.addLayout(line)
        about.addLayout(row(self._state, self._kept, 4, self._code, None, spacing=6))
        about.addWidget(self._facts)
        left, papers = card(margins=0, spacing=0)
        papers.addWidget(self.inside, 1)
        papers.addWidget(rule())
        foot = row(self.buttons["add"], self.buttons["move"], self.buttons["number"], None, self.up, self.down)
        foot.setContentsMargins(12, 10, 12, 10)
        self._foot = QWidget()
        self._foot.setLayout(foot)
        papers.addWidget(self._foot)
        self._right, guide = card(margins=0, spacing=0)
        self._right.setFixedWidth(344)
        head = column(row(self._guide_name, None), self._guide_says, self.buttons["arrange"], spacing=6)
        head.setContentsMargins(16, 12, 16, 12)
        guide.addLayout(head)
        guide.addWidget(rule())
        guide.addWidget(self.guide, 1)
        beside = row(left, self._right, spacing=12)
        beside.setStretch(0, 1)
        whole = column(row(self.back_button, None, self.unmasking), top, beside, spacing=8)
        whole.setStretch(2, 1)
        body = QWidget()
        body.setLayout(whole)
        return body

    def _may(self, event: str) -> bool:
        return self._seen is not None and self._seen.volume.open and self.station.may(event)

    def _ask(self, *, opening: bool) -> None:
        if self._asked is not None:
            self._asked.cancel()
        id = self._id

        def look_at(_job: Job[_Seen]) -> _Seen:
            if opening:
                self.station.view_volume(id)
            return self._look(id)

        # A look is a write: it goes into the journal.
        self._asked = self.run("write" if opening else "view", look_at, done=self._show, failed=self._on_failed)

    def _look(self, id: int) -> _Seen:
        volumes = self.station.volumes
        volume, items = volumes.volume(id), volumes.items(id)
        full = self.station.people.grant(Subject(Kind.VOLUME, id)) is not None
        shown = self.station.items_by_id([item.id for item in items])
        due = {due.volume.id: due for due in volumes.due(date.today(), str(self.station.settings.get("public_holidays")))}
        others = {other.id: other for other in [*volumes.books(id), *volumes.case(volume)] if other.id != id}
        late = due.get(id)
        return _Seen(
            volume, volume if full else volumes.covered([volume])[0], full, items,
            {id: item.title for id, item in shown.items()}, volumes.guide(volume), volumes.compare(id), list(others.values()),
            late.days_left if late else None, late.due_on if late else None, self.station.categories(),
        )

    def _show(self, seen: _Seen) -> None:
        self._asked, self._seen = None, seen
        self.unmasking.show_subject(Subject(Kind.VOLUME, seen.volume.id))
        self._describe(seen)
        if self.shelf.showing != "content":
            self.shelf.show_content()
            if self.isVisible():
                self.papers.setFocus()

    def _describe(self, seen: _Seen) -> None:
        volume = seen.volume
        shown = VolumeRow(volume, seen.left)
        self._heading.setText(heading(seen.shown, full=seen.full))
        plain(self._state, state_word(shown))
        state(self._state, COLOURS.get(shown.state, ""))
        self._kept.setText(choices.retention_word(volume.retention))
        if volume.open:
            say(self._code, "volumes.no_code")
        else:
            plain(self._code, volume.reference_code)
        look(self._code, "muted" if volume.open else "code")
        self._facts.setText("    ".join(_facts(seen)))
        rows = [
            PaperRow(item, seen.guide.match(item.title, item.document_type) if seen.guide else None, seen.titles.get(item.id, ""))
            for item in seen.items
        ]
        self.papers.show_papers(rows, movable=self._may("order_volume"), chosen=self._current)
        self.papers.setColumnHidden(2, seen.guide is None)
        if rows:
            self.inside.show_content()
        else:
            self.inside.show_empty("volumes.empty" if volume.open else "volumes.no_papers")
        self._foot.setVisible(volume.open and self.station.may("order_volume"))
        self.buttons["file"].setVisible(self._may("file_volume"))
        self.buttons["describe"].setVisible(self.station.may("describe_volume"))
        self.buttons["lend"].setVisible(not volume.open and self.station.may("request_loan"))
        self.buttons["seal"].setVisible(not volume.open and self.station.may("seal"))
        self.buttons["hold"].setVisible(not volume.open and self.station.may("place_hold"))
        self._offer(seen)
        self._show_guide(seen)
        self._on_row(self.papers.currentIndex().row())

    def _offer(self, seen: _Seen) -> None:
        """The rarer acts that fit this volume and this person."""
        self._menu.clear()
        for key, offered, work in (
            ("people.named_button", self.station.may("mention"), self.name_people),
            ("people.share", self.station.may("look_up_entity"), self.share),
            ("record.ties", self.station.may("relate"), self.tie),
            ("volumes.join", self._may("join_volume"), self.join),
            ("volumes.withdraw", self._may("withdraw_volume") and not seen.items, self.withdraw),
        ):
            if offered:
                self._menu.addAction(wording.say(key), work)
        self.more_button.setVisible(not self._menu.isEmpty())

    def _show_guide(self, seen: _Seen) -> None:
        guide = seen.guide
        self._right.setVisible(guide is not None)
        if guide is None:
            return
        lacking = guide.lacking(seen.items)
        say(self._guide_name, "volumes.guide_name", name=guide.title if wording.language() == "zh" else guide.title_en)
        whole = "volumes.guide_whole" if guide.minimum else "volumes.guide_open"
        say(self._guide_says, "volumes.guide_lacks" if lacking else whole, n=len(lacking))
        present = [GuideRow.present(line.entry, len(line.items)) for line in seen.lines if line.items]
        self._guide_model.show([*(GuideRow.lacking(minimum) for minimum in lacking), *present])
        in_order = [item.id for item in guide.order(seen.items)] == [item.id for item in seen.items]
        self.buttons["arrange"].setVisible(self._may("order_volume"))
        self.buttons["arrange"].setEnabled(not in_order)
        say(self.buttons["arrange"], "volumes.in_order" if in_order else "volumes.arrange")

    def _on_row(self, place: int) -> None:
        if 0 <= place < len(self.papers.papers):
            self._current = self.papers.papers.record(place).item.id
        self.up.setEnabled(place > 0)
        self.down.setEnabled(0 <= place < len(self.papers.papers) - 1)
        self.buttons["move"].setEnabled(place >= 0)

    def _act(
        self, work: Callable[[], object], told: str = "", then: Callable[[], None] | None = None, **facts: int
    ) -> None:
        """One act of the station; what it changed is asked for again, also when it was refused, unless `then` leaves it."""

        def done(_answer: object) -> None:
            then() if then else self.mark()
            if told:
                self.desk.messages.tell(told, **facts)

        def failed(error: BaseException) -> None:
            self.mark()
            self.desk.messages.trouble(error)

        self.run("write", lambda _job: work(), done=done, failed=failed)

    def _ready(self, id: int) -> Ready:
        volumes = self.station.volumes
        return Ready(volumes.check(id), volumes.proposed(id), volumes.next_code(volumes.volume(id).draft),
                     self.station.sealing.due_for_seal(id), self.station.categories())

    def _ask_filing(self, ready: Ready) -> None:
        seen = self._seen
        if seen is None:
            return

        def fill(field: str) -> None:
            VolumeDialog(self, self.desk, ready.categories, lambda _volume: self.file(), volume=seen.volume,
                         draft=ready.proposed, focus=field).open()

        def divide() -> None:
            self._act(lambda: self.station.volumes.divide(seen.volume.id), "volumes.divided", n=len(ready.check.books))

        FilingDialog(self, self.desk, ready, fill=fill, divide=divide, file=lambda: self._file(seen)).open()

    def _file(self, seen: _Seen) -> None:
        wanted = _forms(seen.volume, seen.guide, self.station.agent.name)

        def work(_job: object) -> Filed[Form]:
            return self.station.volumes.file(
                seen.volume.id,
                lambda source: [Form(report, wishes, reports.render(report, source, wishes)) for report, wishes in wanted],
            )

        self.run("write", work, done=self._on_filed)

    def _on_filed(self, filed: Filed[Form]) -> None:
        self.desk.messages.tell("volumes.filed_sealed" if filed.sealed else "volumes.filed", code=filed.reference_code)
        if filed.sealed:
            self._leave()
            if self.station.may("print"):
                open_forms(self, self.desk, filed.forms, filed.reference_code)
        else:
            self.mark()

    def _open_paper(self, place: int) -> None:
        if 0 <= place < len(self.papers.papers):
            self.desk.go("record", Place(self.papers.papers.record(place).item.id, "", 0))

    def _open_again(self) -> None:
        """Masked or not, it is another look."""
        if self._id:
            self._ask(opening=True)

    def _leave(self) -> None:
        """The volume is not to be seen any more."""
        self._id, self._seen = 0, None
        self.desk.go("volumes", None)

    def _back(self) -> None:
        self.desk.go("volumes", None)

    def _on_failed(self, error: BaseException) -> None:
        self._asked, self._seen = None, None
        again = None if isinstance(error, Known) else self.refresh
        self.shelf.show_trouble(error, again)


def _facts(seen: _Seen) -> list[str]:
    """What identifies the volume besides its title, in one line."""
    volume = seen.volume
    found = [wording.say("volumes.counts", items=volume.item_count, pages=volume.page_count)]
    if volume.case_no:
        found.append(f"{wording.say('volumes.field.case_no')} {volume.case_no}")
    if volume.closed_on:
        found.append(f"{wording.say('volumes.field.closed_on')} {show(volume.closed_on)}")
    if seen.due_on is not None:
        found.append(wording.say("volumes.due_on", day=seen.due_on.isoformat()))
    if volume.filed_at:
        found.append(wording.say("volumes.filed_by", day=volume.filed_at[:10], by=volume.filed_by))
    if seen.others:
        found.append(wording.say("volumes.others", n=len(seen.others)))
    return found


def _forms(volume: Volume, guide: Guide | None, prepared_by: str) -> list[tuple[str, object]]:
    """The forms of a volume and their wishes; a case has its own cover."""
    language = wording.language()
    whole = VolumeWishes(volume.id, prepared_by, date.today().isoformat(), language)
    cover = CoverWishes(volume.id, language=language)
    covers = ("case_volume_cover", "volume_spine") if guide else ("volume_cover", "volume_spine")
    return [(covers[0], cover), *((report, whole) for report in _VOLUME_FORMS if guide or report != "binding_check"),
            (covers[1], cover)]
