"""ui/screens/interchange_problems.py — the third page of an import: what is wrong, row by row, and what would come in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app import wording
from app.interchange import Trial
from app.interchange.trial import RowProblem
from app.privacy import cover
from storage.records import Category
from ui.models import choices
from ui.models.columns import Column
from ui.models.listed import ListedModel
from ui.phrases import name, plain, say
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.form import Choice
from ui.widgets.layout import button, card, column, label, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table


def _sentence(found: RowProblem) -> str:
    return cover(wording.say(found.problem.key, **found.problem.facts))


def _weight(found: RowProblem) -> str:
    return wording.say("interchange.blocking" if found.blocking else "interchange.note")


PROBLEMS: tuple[Column[RowProblem], ...] = (
    Column("interchange.row", lambda found: str(found.row or "—"), 70),
    Column("interchange.column", lambda found: found.column or "—", 110),
    Column("interchange.problem", _sentence, hint=_sentence),
    Column("interchange.weight", _weight, 112, state=lambda found: "failed" if found.blocking else "soon"),
)
WORDS_SHOWN = 12


class ProblemsPage(QWidget):
    """Counts, the list, and the words that only a person can decide."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._trial: Trial | None = None
        self._known: Sequence[Category] = ()
        self._model = ListedModel(PROBLEMS)
        self._numbers = {which: text("number") for which in ("rows", "good", "bad")}
        self._said = text("muted", wrap=True)
        self.filter = Choice()
        self.filter.setMinimumContentsLength(10)
        self.filter.currentIndexChanged.connect(self._on_filter)
        name(self.filter, "interchange.filter")
        self.save = button("interchange.save_problems", theme=theme, drawing="export")
        self.words: dict[tuple[str, str], Choice] = {}
        self._words_frame, words = card(margins=16, spacing=8)
        words.addWidget(label("interchange.words", "heading"))
        words.addWidget(label("interchange.words_advice", "small", wrap=True))
        self._words_box = QVBoxLayout()
        self._words_box.setSpacing(6)
        words.addLayout(self._words_box)
        self.check = button("interchange.check_again", theme=theme, drawing="refresh")
        words.addLayout(row(self.check, None))
        words.addStretch(1)
        self._words_frame.setFixedWidth(300)
        self.back = button("interchange.back")
        self.take = button("interchange.import", "primary", theme=theme, drawing="import")
        tiles = row(spacing=30)
        for which, number in self._numbers.items():
            tiles.addLayout(column(number, label(f"interchange.count_{which}", "label"), spacing=0))
        self._head, inside = card(kind="next", margins=18, spacing=6)
        top = row(self._said, tiles, spacing=24)
        top.setStretch(0, 1)
        inside.addLayout(top)
        listed, below = card(margins=0, spacing=0)
        bar = row(label("interchange.problems", "heading"), None, self.filter, self.save)
        bar.setContentsMargins(16, 10, 12, 8)
        below.addLayout(bar)
        table = name(Table(self._model, PROBLEMS, theme), "interchange.problems")
        self._shelf = Shelf(table, theme, empty="interchange.no_problems", drawing="done")
        below.addWidget(self._shelf, 1)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(listed, 1)
        body.addWidget(self._words_frame)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addWidget(self._head)
        whole.addLayout(body, 1)
        whole.addLayout(row(self.back, None, self.take))
        self.setFocusProxy(self.take)

    def show_trial(self, trial: Trial, known: Sequence[Category]) -> None:
        self._trial, self._known = trial, known
        self._show_words(trial)
        self.reword()

    def decided(self) -> dict[str, dict[str, str]]:
        """field -> word -> the value chosen for it."""
        found: dict[str, dict[str, str]] = {}
        for (field, word), choice in self.words.items():
            if choice.value():
                found.setdefault(field, {})[word] = str(choice.value())
        return found

    def lines(self) -> list[tuple[str, str, str, str]]:
        """The shown problems with their headings, as text."""
        heads = tuple(wording.say(column.title) for column in PROBLEMS)
        shown = [self._model.record(row_) for row_ in range(len(self._model))]
        return [
            (heads[0], heads[1], heads[2], heads[3]),
            *((str(found.row or ""), found.column, _sentence(found), _weight(found)) for found in shown),
        ]

    def reword(self) -> None:
        trial = self._trial
        if trial is None:
            return
        good, bad = len(trial.entries), trial.rows - len(trial.entries)
        for which, number in (("rows", trial.rows), ("good", good), ("bad", bad)):
            self._numbers[which].setText(f"{number:,}")
        kind = trial.mapping.kind.value
        if not good:
            plain(self._said, wording.say("interchange.tried_none"))
        elif trial.clean:
            plain(self._said, wording.say(f"interchange.tried_clean_{kind}", n=f"{good:,}"))
        else:
            plain(self._said, wording.say("interchange.tried_bad", n=f"{bad:,}"))
        if trial.before is not None:
            told = wording.say("interchange.before", at=trial.before.at[:10], n=f"{trial.before.rows:,}")
            plain(self._said, f"{told}\n{self._said.text()}")
        self._head.setProperty("state", "good" if trial.clean else "")
        self._head.style().polish(self._head)
        say(self.take, "interchange.take" if trial.clean else "interchange.take_good", n=f"{good:,}")
        self.take.setEnabled(good > 0)
        kinds = [("", "all"), (True, "blocking"), (False, "note")]
        self.filter.fill([(value, wording.say(f"interchange.filter_{which}")) for value, which in kinds])
        self._on_filter()
        self._shelf.reword()

    # -- inside

    def _on_filter(self) -> None:
        if self._trial is None:
            return
        wanted = self.filter.value()
        shown = [found for found in self._trial.problems if wanted in ("", None, found.blocking)]
        self._model.show(shown)
        self.save.setEnabled(bool(shown))
        self._shelf.show_content() if shown else self._shelf.show_empty()

    def _show_words(self, trial: Trial) -> None:
        """One choice for each word nobody has decided yet."""
        while (item := self._words_box.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.words = {}
        values = {
            "category": choices.categories(self._known),
            "retention": [(kept.value, word) for kept, word in choices.retentions()],  # type: ignore[attr-defined]
            "security_class": [(one.value, word) for one, word in choices.secrecies()],  # type: ignore[attr-defined]
        }
        undecided = [(field, word) for field, words in trial.undecided.items() for word in words][:WORDS_SHOWN]
        for field, word in undecided:
            choice = Choice()
            choice.setFixedWidth(150)
            choice.fill([("", wording.say("interchange.undecided")), *values[field]])
            name(choice, "interchange.word_name", word=word)
            self.words[field, word] = choice
            line, told = QFrame(), text("strong")
            told.setText(word if len(word) <= 8 else f"{word[:7]}…")
            told.setToolTip(word)
            inside = row(told, None, choice)
            inside.setContentsMargins(0, 0, 0, 0)
            line.setLayout(inside)
            self._words_box.addWidget(line)
        self._words_frame.setVisible(bool(undecided))
        # What has to be decided comes before what can be imported.
        for made, drawn, first in ((self.check, "refresh", bool(undecided)), (self.take, "import", not undecided)):
            look(made, "primary" if first else "")
            self._theme.wear(made, drawn, "on_accent" if first else "text", 18)
        self.setFocusProxy(next(iter(self.words.values()), self.take))
