"""ui/screens/scheme.py — the rules of the house: categories, retention, numbering, places, words. Who may not change them looks.

Each page is a list and a form beside it: choose a line and change it, or begin a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout

from app import wording
from app.numbering import Profile
from app.station import Station
from storage.records import Arrangement, Category, Retention
from storage.records.scheme import Place, PlaceKind, RetentionRule
from ui import actions
from ui.desk import Desk
from ui.models import choices
from ui.models.columns import Column, word
from ui.phrases import say
from ui.screens.scheme_page import Known, Page
from ui.screens.scheme_words import WordPage
from ui.screens.screen import Screen
from ui.widgets.form import Choice, Field
from ui.widgets.layout import button, row
from ui.widgets.tabs import Tabs

R = TypeVar("R")


class SchemeScreen(Screen):
    title = "scheme.title"
    concerns = frozenset(
        {"change_category", "end_category", "keep_profile", "keep_rule", "end_rule", "keep_place", "retire_place",
         "add_station_word", "drop_station_word"}
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.categories = CategoryPage(self)
        self.rules = RulePage(self)
        self.profiles = ProfilePage(self)
        self.places = PlacePage(self)
        self.words = WordPage(self)
        self._pages: tuple[Page[Any], ...] = (self.categories, self.rules, self.profiles, self.places, self.words)
        self.tabs = Tabs([(page.title, page) for page in self._pages])
        back = button("scheme.back", "link", theme=desk.theme, drawing="left")
        back.clicked.connect(self._back)
        actions.make("back", self, self._back)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 12, 20, 14)
        whole.setSpacing(6)
        whole.addLayout(row(back, None))
        whole.addWidget(self.tabs, 1)
        self.setFocusProxy(self.tabs)
        for page in self._pages:
            page.shelf.show_busy()

    def refresh(self) -> None:
        def trouble(error: BaseException) -> None:
            for page in self._pages:
                page.shelf.show_trouble(error, self.refresh)

        self.run("view", lambda _job: _look(self.station), done=self._show, failed=trouble)

    def reword(self) -> None:
        for page in self._pages:
            page.reword()

    def _show(self, known: Known) -> None:
        for page in self._pages:
            page.know(known)

    def _back(self) -> None:
        self.desk.go("settings", None)


class CategoryPage(Page[Category]):
    title, act, empty = "scheme.categories", "change_category", "scheme.no_lines"

    def __init__(self, screen: SchemeScreen) -> None:
        self.code, self.name_zh, self.name_en, self.why = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.retention, self.arrangement, self.profile = Choice(), Choice(), Choice()
        self.seals = QCheckBox()
        say(self.seals, "scheme.seals")
        columns: tuple[Column[Category], ...] = (
            Column("scheme.code", lambda category: category.code, 110),
            Column("scheme.name", choices.category_name),
            Column("field.retention", lambda category: choices.retention_word(category.default_retention), 96),
            Column("scheme.arrangement", lambda category: word("arrangement", category.arrangement.value), 130),
            Column("scheme.certain", lambda category: _certain(category.verified), 110),
        )
        super().__init__(
            screen,
            columns,
            {
                "code": Field("scheme.code", self.code, hint="scheme.code_hint"),
                "name": Field("scheme.name", self.name_zh),
                "name_en": Field("scheme.name_en", self.name_en),
                "default_retention": Field("scheme.default_retention", self.retention),
                "arrangement": Field("scheme.arrangement", self.arrangement, hint="scheme.arrangement_hint"),
                "profile": Field("scheme.profile", self.profile),
                "seals": Field("scheme.seals_title", self.seals, hint="scheme.seals_hint"),
                "note": Field("scheme.why", self.why, hint="scheme.why_hint"),
            },
        )

    def lines(self, known: Known) -> tuple[Category, ...]:
        return known.categories

    def fill(self, known: Known) -> None:
        self.retention.fill(choices.retentions())
        self.arrangement.fill([(kind, word("arrangement", kind.value)) for kind in Arrangement])
        self.profile.fill([(profile.name, profile.title) for profile in known.profiles])

    def put(self, line: Category | None) -> None:
        category = line or Category("", "", "", Retention.D10)
        self.code.setText(category.code)
        self.code.setReadOnly(line is not None)
        self.name_zh.setText(category.name)
        self.name_en.setText(category.name_en)
        self.retention.choose(category.default_retention)
        self.arrangement.choose(category.arrangement)
        self.profile.choose(category.profile)
        self.seals.setChecked(category.seals)
        self.why.clear()

    def keep(self) -> Callable[[], object]:
        before = self.chosen or Category("", "", "", Retention.D10)
        wanted = replace(
            before,
            code=self.code.text().strip().upper(),
            name=self.name_zh.text().strip(),
            name_en=self.name_en.text().strip(),
            default_retention=self.retention.value(),
            arrangement=self.arrangement.value(),
            profile=self.profile.value(),
            seals=self.seals.isChecked(),
        )
        why = self.why.text()
        return lambda: self.station.scheme.change_category(wanted, why)

    def end(self) -> None:
        chosen, why = self.chosen, self.why.text()
        if chosen is not None:
            self.screen.desk.messages.ask(
                "scheme.end_category",
                lambda: self._act(lambda: self.station.scheme.end_category(chosen.code, date.today(), why)),
                code=chosen.code,
            )


class RulePage(Page[RetentionRule]):
    title, act, empty = "scheme.rules", "keep_rule", "scheme.no_lines"

    def __init__(self, screen: SchemeScreen) -> None:
        self.category, self.retention = Choice(), Choice()
        self.type, self.basis, self.reference = QLineEdit(), QLineEdit(), QLineEdit()
        self.verified = QCheckBox()
        say(self.verified, "scheme.verified")
        columns: tuple[Column[RetentionRule], ...] = (
            Column("scheme.code", lambda rule: rule.category, 96),
            Column("scheme.document_type", lambda rule: rule.document_type or wording.say("scheme.any_type"), 140),
            Column("field.retention", lambda rule: choices.retention_word(rule.retention), 90),
            Column("scheme.basis", lambda rule: rule.basis),
            Column("scheme.whose", lambda rule: wording.say("scheme.own" if rule.id else "scheme.suggested"), 92),
            Column("scheme.certain", lambda rule: _certain(rule.verified), 100),
        )
        super().__init__(
            screen,
            columns,
            {
                "category": Field("field.category", self.category),
                "document_type": Field("scheme.document_type", self.type, hint="scheme.document_type_hint"),
                "retention": Field("field.retention", self.retention),
                "basis": Field("scheme.basis", self.basis),
                "reference": Field("scheme.reference", self.reference, hint="scheme.reference_hint"),
                "verified": Field("scheme.certain", self.verified),
            },
        )

    def lines(self, known: Known) -> tuple[RetentionRule, ...]:
        return known.rules

    def fill(self, known: Known) -> None:
        self.category.fill(choices.categories(known.categories))
        self.retention.fill(choices.retentions())

    def put(self, line: RetentionRule | None) -> None:
        rule = line or RetentionRule("WS", "", Retention.D10, "")
        self.category.choose(rule.category)
        self.type.setText(rule.document_type)
        self.retention.choose(rule.retention)
        self.basis.setText(rule.basis)
        self.reference.setText(rule.reference)
        self.verified.setChecked(rule.verified)
        self.end_button.setVisible(self.station.may(self.act) and bool(rule.id))

    def keep(self) -> Callable[[], object]:
        wanted = RetentionRule(
            self.category.value(), self.type.text().strip(), self.retention.value(), self.basis.text(),
            self.reference.text(), self.verified.isChecked(),
        )  # fmt: skip
        return lambda: self.station.scheme.keep_rule(wanted, date.today())

    def end(self) -> None:
        chosen = self.chosen
        if chosen is not None and chosen.id:
            self._act(lambda: self.station.scheme.end_rule(chosen.id, date.today()))


class ProfilePage(Page[Profile]):
    title, act, empty = "scheme.profiles", "keep_profile", "scheme.no_lines"

    def __init__(self, screen: SchemeScreen) -> None:
        self.id, self.caption, self.item, self.volume = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        columns: tuple[Column[Profile], ...] = (
            Column("scheme.profile", lambda profile: profile.title),
            Column("scheme.example_item", lambda profile: profile.item, 300),
            Column("scheme.certain", lambda profile: _certain(profile.verified), 100),
        )
        super().__init__(
            screen,
            columns,
            {
                "name": Field("scheme.profile_id", self.id, hint="scheme.profile_id_hint"),
                "title": Field("scheme.profile", self.caption),
                "item": Field("scheme.pattern_item", self.item, hint="scheme.pattern_hint"),
                "volume": Field("scheme.pattern_volume", self.volume),
            },
        )
        self.end_button.hide()

    def lines(self, known: Known) -> tuple[Profile, ...]:
        return known.profiles

    def put(self, line: Profile | None) -> None:
        profile = line or Profile("", "", "{fonds}-{category}-{year}-{item:4}", "{fonds}-{category}-{catalogue}-{volume:3}")
        for editor, value in (
            (self.id, profile.name), (self.caption, profile.title), (self.item, profile.item), (self.volume, profile.volume)
        ):  # fmt: skip
            editor.setText(value)
            editor.setCursorPosition(0)

    def keep(self) -> Callable[[], object]:
        wanted = Profile(self.id.text().strip(), self.caption.text(), self.item.text().strip(), self.volume.text().strip())
        return lambda: self.station.scheme.keep_profile(wanted)


class PlacePage(Page[Place]):
    title, act, empty = "scheme.places", "keep_place", "scheme.no_places"

    def __init__(self, screen: SchemeScreen) -> None:
        self.kind, self.parent_place = Choice(), Choice()
        self.code, self.caption, self.remark = QLineEdit(), QLineEdit(), QLineEdit()
        columns: tuple[Column[Place], ...] = (
            Column("scheme.place_path", self._path),
            Column("scheme.place_kind", lambda place: word("place_kind", place.kind.value), 110),
            Column("scheme.name", lambda place: place.name, 200),
        )
        super().__init__(
            screen,
            columns,
            {
                "kind": Field("scheme.place_kind", self.kind),
                "parent": Field("scheme.place_in", self.parent_place, hint="scheme.place_in_hint"),
                "code": Field("scheme.place_code", self.code, hint="scheme.place_code_hint"),
                "name": Field("scheme.name", self.caption),
                "remark": Field("field.remarks", self.remark),
            },
        )
        self.kind.currentIndexChanged.connect(lambda _row: self._fill_parents())

    def lines(self, known: Known) -> tuple[Place, ...]:
        return tuple(sorted(known.places, key=lambda place: known.paths.get(place.id, "")))

    def fill(self, known: Known) -> None:
        self.kind.fill([(kind, word("place_kind", kind.value)) for kind in PlaceKind])
        self._fill_parents()

    def put(self, line: Place | None) -> None:
        place = line or Place(PlaceKind.ROOM, "")
        self.kind.choose(place.kind)
        self._fill_parents()
        self.parent_place.choose(place.parent_id)
        self.code.setText(place.code)
        self.caption.setText(place.name)
        self.remark.setText(place.note)

    def keep(self) -> Callable[[], object]:
        wanted = Place(
            self.kind.value(), self.code.text().strip(), self.caption.text().strip(), self.remark.text().strip(),
            self.parent_place.value(), id=self.chosen.id if self.chosen else 0,
        )  # fmt: skip
        return lambda: self.station.scheme.keep_place(wanted)

    def end(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            self._act(lambda: self.station.scheme.retire_place(chosen.id))

    def _path(self, place: Place) -> str:
        return self.known.paths.get(place.id, place.code) if self.known else place.code

    def _fill_parents(self) -> None:
        if self.known is None or self.kind.value() is None:
            return
        kinds = list(PlaceKind)
        place = kinds.index(self.kind.value())
        above: list[tuple[object, str]] = [(None, wording.say("scheme.place_nowhere"))] if place == 0 else []
        if place:
            above += [(p.id, self.known.paths.get(p.id, p.code)) for p in self.known.places if p.kind is kinds[place - 1]]
        self.parent_place.fill(above)


def _look(station: Station) -> Known:
    scheme = station.scheme
    places = tuple(scheme.places())
    return Known(
        tuple(scheme.categories()), tuple(scheme.rules()), tuple(scheme.profiles()), places,
        {place.id: scheme.place_path(place.id) for place in places}, tuple(station.searches.words()),
    )  # fmt: skip


def _certain(verified: bool) -> str:
    return wording.say("scheme.verified_short" if verified else "scheme.unverified")
