"""The map of looks: the league's own outlines lie below, where the league is, and its looks are one bubble in its middle."""

import re

import pytest

import trace_league
from xilin.apps.trace.desk.producer import looks
from xilin.lib.text import Text

HOME, AWAY = "1525", (104.0, 30.6)
PLACES = [
    looks.Place("152502", Text(zh="锡林浩特市", en="Xilinhot"), {"genuine": 3}, 116.1, 43.9),
    looks.Place("152501", Text(zh="二连浩特市", en="Erenhot"), {"genuine": 2}, 111.9, 43.6),
    looks.Place("51", Text(zh="四川省", en="Sichuan"), {"fake": 1}, *AWAY),
]


@pytest.fixture
def league(db, tmp_path):
    trace_league.apply(tmp_path)


def test_the_league_lies_below_the_looks_at_its_place(league):
    drawn = looks.country(PLACES, HOME)

    home, away = sorted(drawn.bubbles, key=lambda one: -one.place.looks)
    assert (home.place.looks, away.place.looks) == (5, 1)
    points = [(float(x), float(y)) for x, y in re.findall(r"(-?[0-9]+) (-?[0-9]+)", drawn.ground)]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    assert min(xs) < home.x < max(xs)
    assert min(ys) < home.y < max(ys)
    assert away.x < min(xs)
    assert away.y > max(ys)


def test_without_outlines_looks_stand_where_they_are(db, league, monkeypatch):
    monkeypatch.setattr(looks, "_outlines", list)
    drawn = looks.country(PLACES, HOME)
    assert drawn.ground == ""
    assert len(drawn.bubbles) == 3
