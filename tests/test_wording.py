"""tests/test_wording.py — what the program says: both languages, every event, every setting, every error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import resources
from app import filing, wording
from app.settings import SETTINGS
from storage.changes import EVENT_TYPES
from storage.errors import DiskFull, FileUnreadable, Known, NotAnArchive
from storage.records import Delivery, Outcome, ReadingState, Retention, Role, SecurityClass


@pytest.fixture(autouse=True)
def _chinese_afterwards() -> Iterator[None]:
    yield
    wording.use("zh")


def _chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_every_event_has_its_sentence_in_both_languages(event: str) -> None:
    assert _chinese(wording.say(f"event.{event}", "zh"))
    english = wording.say(f"event.{event}", "en")
    assert english and not _chinese(english)


def test_no_sentence_is_for_an_event_that_does_not_exist() -> None:
    for language in wording.LANGUAGES:
        written = {key.removeprefix("event.") for key in wording.catalogue(language) if key.startswith("event.")}
        assert written == set(EVENT_TYPES)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_value_and_setting_can_be_shown(language: str) -> None:
    for name, kind in (
        ("outcome", Outcome),
        ("reading_state", ReadingState),
        ("delivery", Delivery),
        ("retention", Retention),
        ("security_class", SecurityClass),
        ("role", Role),
    ):
        for value in kind:
            assert wording.say(f"{name}.{value.value}", language)
    for setting in SETTINGS:
        assert wording.say(f"setting.{setting.key}", language)


def test_the_language_is_switched_for_everybody_and_listeners_hear_it() -> None:
    heard: list[str] = []

    def listener() -> None:
        heard.append(wording.language())

    assert wording.language() == "zh"
    wording.listen(listener)
    wording.use("en")
    assert wording.event("file") == wording.say("event.file", "en")
    wording.use("zh")
    assert wording.event("file") == wording.say("event.file", "zh") != wording.say("event.file", "en")
    wording.forget(listener)
    wording.forget(listener)
    wording.use("en")
    assert heard == ["en", "zh"]
    with pytest.raises(ValueError, match="fr"):
        wording.use("fr")
    assert wording.language() == "en"


def test_a_text_nobody_wrote_is_a_bug() -> None:
    with pytest.raises(KeyError):
        wording.say("no.such.text")
    with pytest.raises(KeyError):
        wording.event("no_such_event")


def test_an_error_is_told_with_its_facts_and_braces_in_them_do_no_harm() -> None:
    assert "/样本/{0}" in wording.sentence(NotAnArchive(folder="/样本/{0}"))
    assert "…" in wording.sentence(FileUnreadable())
    wording.use("en")
    assert "disk is full" in wording.sentence(DiskFull(file="x"))


def test_a_reason_is_spoken_and_an_unknown_one_shown_as_it_is() -> None:
    assert wording._speak("reason", "too_large") == wording.say("reason.too_large")
    assert wording._speak("reason", "made_up") == "made_up"
    assert wording._speak("name", "too_large") == "too_large"


def test_every_problem_of_a_draft_has_its_sentence() -> None:
    source = Path(filing.__file__).read_text("utf-8")
    keys = {f"problem.{name}" for name in ("title_missing", "creator_missing")}
    keys |= {part.split('"')[0] for part in source.split('"')[1::2] if part.startswith("problem.") and "{" not in part}
    assert len(keys) > 10
    for language in wording.LANGUAGES:
        assert keys <= set(wording.catalogue(language))


def test_nothing_is_written_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "wording" / "zz"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text('[event]\nfile = "x"\n', "utf-8")
    (folder / "b.toml").write_text('[event]\nfile = "y"\n', "utf-8")
    monkeypatch.setattr(resources, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"event\.file"):
        wording.catalogue("zz")


def test_known_errors_have_numbers_of_their_own() -> None:
    numbers = [kind.number for kind in Known.__subclasses__()]
    assert len(numbers) == len(set(numbers))
    assert 0 not in numbers
