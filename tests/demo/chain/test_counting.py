"""Chains counted all at once are what a season truly was, and what single traces say."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from xilin.apps.trace.genealogy import counting, queries
from xilin.apps.trace.genealogy.counting import by_area, total
from xilin.apps.trace.genealogy.declarations import KINDS
from xilin.apps.trace.repository import masterdata
from xilin.demo.chain import keys, parties
from xilin.demo.chain.bodies import ZONE
from xilin.demo.chain.capturing import capture_all
from xilin.demo.chain.season import PLANTS, RANCHES, SHOPS, Season
from xilin.demo.chain.shape import Counts
from xilin.lib.declared import read

DAY = date(2026, 11, 26)
SMALL = Counts(households=7, lambs=700, plants=2, centres=2, shops=5)
LEAGUE = Path(settings.ROOT) / "leagues" / "xilingol"
COUNTIES = ("152502", "152522", "152525")


@pytest.fixture
def declared(monkeypatch):
    found, _ = read(LEAGUE, KINDS)
    monkeypatch.setattr(
        counting, "declared", lambda kind: {code: one.value for code, one in found.all(kind).items()}
    )


def places(season):
    """Where households and shops are, as master data has it."""
    said = [(keys.place(RANCHES + household), area) for household, area in enumerate(season.county)] + [
        (keys.place(SHOPS + shop), parties.CITIES[shop % len(parties.CITIES)][0]) for shop in range(5)
    ]
    words = [
        {
            "type": parties.LOCATION,
            "vocabularyElementList": [
                {"id": place, "attributes": [{"id": "xilin:area", "attribute": area}]} for place, area in said
            ],
        }
    ]
    masterdata.keep_with_django(words, parties.CONTEXT, party="league", at=season.end)


def month(at):
    return at.astimezone(ZONE).date().replace(day=1)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [11, 4242])
def test_every_figure_is_that_of_the_truth(declared, seed):
    season = Season(seed, SMALL, DAY, COUNTIES)
    capture_all(season.tell())
    places(season)
    truth = season.truth

    found = counting.chains(COUNTIES, (), most_open=5)
    figures = found.figures

    bought = {
        lamb for lamb, tag in enumerate(truth.tags) if int(tag[-8:]) > 60_000_000
    }  # tags that nobody put on
    tagged = [lamb for lamb in range(len(truth.tags)) if lamb not in bought]
    area = Counter(season.county[truth.household[lamb]] for lamb in tagged)
    assert by_area(figures, "lambs_tagged") == area
    assert total(figures, "households") == SMALL.households
    slaughtered = {lamb for lot in truth.lots for lamb in lot}
    assert total(figures, "carcasses") >= len(slaughtered)
    assert total(figures, "carcasses") - total(figures, "carcasses_traced") <= len(bought)
    packs = Counter(month(pack.made) for pack in truth.packs)
    assert Counter({one.month: one.value for one in figures if one.measure == "packs"}) == packs
    whole = [pack for pack in truth.packs if all(bought.isdisjoint(truth.lots[lot]) for lot in pack.lots)]
    assert total(figures, "packs_traced") == len(whole)
    assert 0 < len(whole) < len(truth.packs)
    assert total(figures, "packs_sold") == sum(pack.state == "sold" for pack in truth.packs)
    homes = {
        pack.id: {
            season.county[truth.household[lamb]]
            for lot in pack.lots
            for lamb in truth.lots[lot]
            if lamb not in bought
        }
        for pack in truth.packs
    }
    assert by_area(figures, "packs_with") == Counter(one for home in homes.values() for one in home)
    assert total(figures, "shops") == len({pack.shop for pack in truth.packs if pack.state == "sold"})
    wanted = Counter(
        parties.CITIES[shop % len(parties.CITIES)][0]
        for shop in {pack.shop for pack in truth.packs if pack.state == "sold"}
    )
    assert by_area(figures, "shops").get("152502", 0) == wanted["152502"]
    traces = {pack: queries.back(pack).completeness.complete for pack, _month in found.open}
    assert traces
    assert not any(traces.values())
    assert all(queries.back(pack.id).completeness.complete for pack in whole[:: len(whole) // 10])


@pytest.mark.django_db
def test_nothing_told_is_nothing_counted(declared):
    assert counting.chains(COUNTIES, ()) == counting.Chains((), ())
    assert keys.place(PLANTS).startswith("https://id.gs1.org/414/")
