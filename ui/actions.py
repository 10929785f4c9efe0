"""ui/actions.py — every action of the window once: its name, its keys, its wording.

Screens make an action with `make()`; the list of keys shown by F1 comes from the same table, so what is printed is what
works. Keys are chosen to lie under the hands of a clerk: Enter and F9 accept, PgUp and PgDn turn pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Action:
    """`id` is also the wording key below `action.`; the first of `keys` is the one shown."""

    id: str
    keys: tuple[str, ...]
    everywhere: bool = False


ACTIONS: tuple[Action, ...] = (
    # The places, in their order on the left.
    Action("home", ("Alt+1",), everywhere=True),
    Action("inbox", ("Alt+2",), everywhere=True),
    Action("volumes", ("Alt+3",), everywhere=True),
    Action("search", ("Ctrl+F", "Alt+4"), everywhere=True),
    Action("lending", ("Alt+5",), everywhere=True),
    Action("disposal", ("Alt+6",), everywhere=True),
    Action("sealing", ("Alt+7",), everywhere=True),
    Action("inspection", ("Alt+8",), everywhere=True),
    Action("interchange", ("Alt+9",), everywhere=True),
    Action("reports", ("Alt+0",), everywhere=True),
    Action("sync", ("Alt+-",), everywhere=True),
    Action("backup", ("Alt+B",), everywhere=True),
    Action("audit", ("Alt+A",), everywhere=True),
    Action("settings", ("Alt+=",), everywhere=True),
    Action("lock", ("Ctrl+L",), everywhere=True),
    Action("language", ("Ctrl+Alt+L",), everywhere=True),
    Action("theme", ("Ctrl+Alt+T",), everywhere=True),
    Action("keys", ("F1",), everywhere=True),
    Action("accept", ("F9", "Ctrl+Return", "Ctrl+Enter")),
    Action("same_as_last", ("F7",)),
    Action("skip", ("F8",)),
    Action("quarantine", ("Ctrl+D",)),
    Action("new_volume", ("Ctrl+N",)),
    Action("item_up", ("Alt+Up",)),
    Action("item_down", ("Alt+Down",)),
    Action("page_next", ("PgDown",)),
    Action("page_back", ("PgUp",)),
    Action("zoom_in", ("Ctrl++", "Ctrl+=")),
    Action("zoom_out", ("Ctrl+-",)),
    Action("zoom_page", ("Ctrl+0",)),
    Action("zoom_width", ("Ctrl+9",)),
    Action("refresh", ("F5",)),
    Action("print", ("Ctrl+P",)),
    Action("export", ("Ctrl+S",)),
    Action("new_loan", ("Ctrl+N",)),
    Action("new_consultation", ("Ctrl+N",)),
    Action("unmask", ("Ctrl+U",)),
    Action("people", ("Ctrl+Shift+F",)),
    Action("builder", ("F3",)),
    Action("past", ("F4",)),
    Action("save_search", ("Ctrl+D",)),
    Action("examples", ("Shift+F1",)),
    Action("look", ("Space",)),
    Action("like", ("Ctrl+K",)),
    Action("back", ("Esc",)),
)
_BY_ID = {action.id: action for action in ACTIONS}


def make(id: str, owner: QWidget, work: Callable[[], object]) -> QAction:
    """A live action on `owner`. Its keys work in the whole window, or while the focus is inside `owner`."""
    action = _BY_ID[id]
    made = QAction(owner)
    made.setObjectName(id)
    made.setShortcuts([QKeySequence(keys) for keys in action.keys])
    context = Qt.ShortcutContext
    made.setShortcutContext(context.WindowShortcut if action.everywhere else context.WidgetWithChildrenShortcut)
    made.triggered.connect(lambda _checked=False: work())
    owner.addAction(made)
    return made


def keys(id: str) -> str:
    """The first key of an action, as it is written on the keyboard."""
    return QKeySequence(_BY_ID[id].keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
