"""Colours stand out in both themes, the dark ones are the same however one comes to them, and sheets name roles only."""

import re
from pathlib import Path

import pytest

from xilin.web import tokens

SHEETS = Path(tokens.__file__).parent / "static/web"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), tokens.TEXT, ids="-on-".join)
def test_text_stands_out_from_its_ground(theme, ink, ground):
    roles = tokens.roles(theme)

    assert tokens.contrast(roles[ink], roles[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("sign", "ground"), tokens.SIGNS, ids="-on-".join)
def test_edges_and_lines_stand_out_from_their_ground(theme, sign, ground):
    roles = tokens.roles(theme)

    assert tokens.contrast(roles[sign], roles[ground]) >= 3


def test_the_dark_theme_is_the_same_by_the_systems_wish_and_by_the_readers():
    assert tokens.roles("dark") == tokens.roles_of_the_system()


def test_both_themes_tell_every_role():
    assert tokens.roles("light").keys() == tokens.roles("dark").keys()


@pytest.mark.parametrize("sheet", ["page.css", "parts.css", "charts.css"])
def test_components_name_roles_and_no_colour_of_their_own(sheet):
    text = re.sub(r"/\*.*?\*/", "", (SHEETS / sheet).read_text(encoding="utf-8"), flags=re.DOTALL)

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgb\(|\bhsl\(", text) == []


@pytest.mark.parametrize("sheet", sorted(SHEETS.glob("*.css")), ids=lambda sheet: sheet.name)
def test_every_token_a_sheet_names_is_there(sheet):
    text = sheet.read_text(encoding="utf-8")
    known = tokens.sizes().keys() | tokens.roles("light").keys() | tokens.declared(text).keys()

    assert set(re.findall(r"var\(--([\w-]+)\)", text)) - known == set()
