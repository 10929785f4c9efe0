"""tests/test_passphrases.py — what the grades ask of a passphrase, its age, and what nobody may choose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.passphrases import GRADES, OWN, USUAL, Policy, invent, kinds, policy
from app.settings import SETTINGS
from storage.errors import PassphraseTooPlain, WeakPassphrase


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="milliseconds")


def chosen(**values: object) -> Policy:
    defaults = {setting.key: setting.default for setting in SETTINGS}
    return policy(lambda key: (defaults | values)[key])


@pytest.mark.parametrize(
    "grade, numbers", [("baseline", (10, 3, 90, 5)), ("secret", (8, 2, 30, 5)), ("confidential", (10, 3, 7, 5))]
)
def test_a_grade_is_its_numbers_whatever_else_is_set(grade: str, numbers: tuple[int, int, int, int]) -> None:
    found = chosen(passphrase_grade=grade, passphrase_length=64, passphrase_days=1, passphrase_classes=5, passphrase_history=0)
    assert (found.length, found.classes, found.days, found.remembered) == numbers


def test_a_stations_own_numbers() -> None:
    found = chosen(passphrase_grade=OWN, passphrase_length=16, passphrase_classes=2, passphrase_days=0, passphrase_history=9,
                   key_file_required=True)  # fmt: skip
    assert found == Policy(16, 2, 0, 9, key_file=True)
    assert chosen() == GRADES[USUAL]


@pytest.mark.parametrize(
    "text, expected",
    [("abc", {"lower"}), ("aB3!", {"lower", "upper", "digit", "sign"}), ("口令", {"han"}), ("口令 a", {"han", "sign", "lower"}),
     ("１２", {"digit"}), ("\u3400\U00020164", {"han"}), ("", set())],
)  # fmt: skip
def test_kinds_of_characters(text: str, expected: set[str]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize("text", ["kiln ferry otter plum", "lookatthekilnandferry", "9182736450918"])
def test_long_and_of_one_kind_is_too_plain(text: str) -> None:
    with pytest.raises(PassphraseTooPlain) as caught:
        GRADES["baseline"].judge(text)
    assert caught.value.facts == {"length": 10, "classes": 3}


def test_short_is_too_plain_and_easy_is_weak_whatever_its_kinds() -> None:
    with pytest.raises(PassphraseTooPlain):
        GRADES["baseline"].judge("kR7!vq2#L")
    for easy in ("Password1!", "Admin123456", "Qwerty123!"):
        with pytest.raises(WeakPassphrase):
            GRADES["secret"].judge(easy)
    for good in ("窑 渡轮 水獭 李子 7", "Kiln ferry 9 otter", "样本 correct horse 口令 battery"):
        GRADES["confidential"].judge(good)


def test_age_is_counted_in_whole_days() -> None:
    week = GRADES["confidential"]
    assert week.days_left(ago(days=0, seconds=5)) == 6
    assert week.days_left(ago(days=6, hours=23)) == 0
    assert (week.days_left(ago(days=7, seconds=5)) or 0) < 0
    assert (week.days_left(ago(days=-400)) or 0) > 7, "set by a clock that ran ahead: not too old"
    assert Policy(8, 1, 0, 0).days_left(ago(days=9999)) is None


def test_the_warning_comes_some_days_before_and_not_all_the_time() -> None:
    assert [GRADES[grade].warn_days for grade in ("baseline", "secret", "confidential")] == [10, 10, 2]
    assert Policy(8, 1, 1, 0).warn_days == 0


@given(st.integers(0, 20))
def test_what_the_program_invents_meets_every_grade(_n: int) -> None:
    text = invent()
    assert all(grade.fits(text) for grade in GRADES.values())


@given(st.text(max_size=30), st.text(max_size=5))
def test_more_characters_never_fit_worse(text: str, more: str) -> None:
    rules = GRADES["baseline"]
    if rules.fits(text) and text.isascii() and more.isascii():
        assert rules.fits(text + more)
