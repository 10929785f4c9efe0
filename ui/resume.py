"""ui/resume.py — how each half-written form is opened again over its record, and how the place where a person stood is.

`FORMS` maps the place of a draft to what opens it; a form's own `take_up` puts back what was typed. The records are fetched
first, as for a form that begins: what may not be seen any more raises there and is told. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app import wording
from app.drafts import Unfinished
from storage.records import Kind, Subject
from ui.models.pages import Place

if TYPE_CHECKING:
    from ui.window import Window

INBOX, CORRECT, VOLUME, LOAN, CONSULTATION, PEOPLE = "inbox", "correct", "volume", "loan", "consultation", "people"


def name(one: Unfinished) -> str:
    """What a person calls it: the form, and the code of its record."""
    said = wording.say(f"draft.place.{one.place}")
    return f"{said} {one.code}" if one.code else said


def stand(window: Window, here: Unfinished) -> None:
    """Back to the screen and the record where the person stood."""
    screen = str(here.content.get("screen", ""))
    subject: Any = None
    if not window.knows(screen):
        return
    if here.subject.startswith("item:"):
        subject = Place(here.about, str(here.content.get("query", "")), int(here.content.get("page", 1)))
    elif here.about:
        subject = here.about
    window.go(screen, subject)


def _inbox(window: Window, one: Unfinished) -> None:
    from ui.screens.inbox import InboxScreen

    screen = window.place("inbox")
    assert isinstance(screen, InboxScreen)
    screen.take_up(one)


def _correct(window: Window, one: Unfinished) -> None:
    from ui.screens import record_edit

    _stand_at(window, "record", one)
    record_edit.open_again(window.place("record"), one)


def _volume(window: Window, one: Unfinished) -> None:
    from ui.screens import volumes_form

    _stand_at(window, "volume" if one.about else "volumes", one)
    volumes_form.open_again(window.place("volume" if one.about else "volumes"), one)


def _loan(window: Window, one: Unfinished) -> None:
    from ui.screens.lending import LendingScreen

    _stand_at(window, "lending", one)
    screen = window.place("lending")
    assert isinstance(screen, LendingScreen)
    screen.take_up(one)


def _consultation(window: Window, one: Unfinished) -> None:
    from ui.screens.sealing import SealingScreen

    _stand_at(window, "sealing", one)
    screen = window.place("sealing")
    assert isinstance(screen, SealingScreen)
    screen.request(one)


def _people(window: Window, one: Unfinished) -> None:
    from ui.screens import people_named

    kind = Kind(one.subject.partition(":")[0])
    screen = "record" if kind is Kind.ITEM else "volume"
    _stand_at(window, screen, one)
    people_named.open_for(window.place(screen), Subject(kind, one.about), one.code).take_up(one)


def _stand_at(window: Window, screen: str, one: Unfinished) -> None:
    """The screen a form opens over, showing its record; what stands there already is not opened twice."""
    subject: Any = None
    if one.subject.startswith("item:"):
        subject = Place(one.about, "", 1)
    elif one.about:
        subject = one.about
    if window.here != screen or window.place(screen).whereabouts().subject != one.subject:
        window.go(screen, subject)


FORMS: dict[str, Callable[[Window, Unfinished], None]] = {
    INBOX: _inbox, CORRECT: _correct, VOLUME: _volume, LOAN: _loan, CONSULTATION: _consultation, PEOPLE: _people,
}
