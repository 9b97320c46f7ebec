"""Settings from the environment."""

from pathlib import Path

import pytest

from xilin.lib import environment


@pytest.mark.parametrize(
    ("value", "default", "meant"),
    [
        ("yes", False, True),
        ("TRUE", False, True),
        ("1", False, True),
        ("no", True, False),
        ("False", True, False),
        ("0", True, False),
        ("", True, True),
        ("", False, False),
    ],
)
def test_a_flag_says_yes_or_no_or_leaves_it_to_the_default(monkeypatch, value, default, meant):
    monkeypatch.setenv("XILIN_THING", value)

    assert environment.flag("XILIN_THING", default) is meant


def test_a_variable_that_is_not_set_leaves_the_default(monkeypatch):
    monkeypatch.delenv("XILIN_THING", raising=False)

    assert environment.text("XILIN_THING", "it") == "it"
    assert environment.number("XILIN_THING", 7) == 7
    assert environment.folder("XILIN_THING", Path("/srv")) == Path("/srv")
    assert environment.flag("XILIN_THING") is False


@pytest.mark.parametrize(("value", "number"), [("12", 12), ("-3", -3), ("0", 0)])
def test_a_number_is_whole(monkeypatch, value, number):
    monkeypatch.setenv("XILIN_THING", value)

    assert environment.number("XILIN_THING", 7) == number


@pytest.mark.parametrize("value", ["1.5", "--3", "12 MB", "²", "一"])
def test_what_is_no_number_stops_the_start_by_name(monkeypatch, value):
    monkeypatch.setenv("XILIN_THING", value)

    with pytest.raises(environment.BadSetting, match="XILIN_THING"):
        environment.number("XILIN_THING", 7)


def test_a_folder_is_made_absolute_and_the_home_sign_is_understood(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XILIN_THING", "~/hub/../lake")

    assert environment.folder("XILIN_THING", Path("/srv")) == tmp_path / "lake"
