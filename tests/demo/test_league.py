"""The true league: the report's figures, the same again for the same seed, households that make sense."""

from datetime import date

import numpy as np
import pytest

from xilin.demo import league, rates, systems
from xilin.demo.population import households as hh
from xilin.demo.population import organisations as org
from xilin.demo.sources import economy, offices, people


@pytest.fixture(scope="module")
def whole(folder):
    """The league at scale 1."""
    return league.make(1, 1.0, date(2026, 3, 2), folder)


def test_at_scale_1_the_league_has_the_figures_of_the_report(whole):
    firms, alive = whole.organisations, whole.people

    assert alive.count == 1_179_100
    assert int(firms.registered.sum()) == 107_192
    assert int(firms.filed.sum()) == 90_591
    assert int(firms.on_platform.sum()) == 383
    assert [len(firms.of(kind)) for kind in (org.HOSPITAL, org.CENTRE, org.CLINIC)] == [37, 10, 242]
    assert len(firms.of(org.SCHOOL)) == 156
    assert len(whole.communities) == 45


def test_at_scale_1_the_systems_count_them_too(whole):
    herders = offices.herder_households(whole).table
    grids = offices.grids(whole).table

    assert len(set(people.health_records(whole).entity.tolist())) == 950_000
    assert len(set(economy.sme_companies(whole).entity.tolist())) == 383
    assert herders.num_rows == 7_413
    assert sum(map(int, herders.column("羔羊数").to_pylist())) == 1_610_000
    assert grids.num_rows == len(set(grids.column("网格编码").to_pylist())) == 180
    assert len(set(grids.column("社区代码").to_pylist())) == 45
    assert offices.web_sites(whole).table.num_rows == 519
    assert offices.schools(whole).table.num_rows == 156
    assert offices.health_institutions(whole).table.num_rows == 37 + 10 + 242


def test_counts_are_scaled_and_what_stands_once_is_not():
    shape = rates.shape()

    assert shape.counts.at(0.01).people == 11_791
    assert shape.counts.at(0.00001).lambs == 16
    assert shape.counts.at(1e-9).herder_households == 1
    assert shape.fixed.grids == 180


@pytest.mark.parametrize("scale", [0.0005, 0.003])
def test_the_smallest_league_still_has_every_system(scale, folder):
    tiny = league.make(3, scale, date(2026, 3, 2), folder)

    for system in systems.SYSTEMS:
        assert system.rows(tiny).table.num_rows > 0, system.source


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(folder, true, found):
    again = league.make(7, 0.01, date(2026, 3, 2), folder)
    other = league.make(8, 0.01, date(2026, 3, 2), folder)

    for source in ("gaj_hukou", "rsj_employment", "fgw_credit", "tjj_statistics"):
        rows = next(system.rows for system in systems.SYSTEMS if system.source == source)
        assert rows(again).table.equals(found[source].table)
        assert not rows(other).table.equals(found[source].table)


def test_another_rate_in_one_source_moves_no_other(folder, tmp_path, found):
    text = (rates.HERE / "rates.toml").read_text("utf-8")
    changed = tmp_path / "rates.toml"
    changed.write_text(
        text.replace("[source.zzb_party]\nid_missing = 0.020", "[source.zzb_party]\nid_missing = 0.5")
    )
    other = league.make(7, 0.01, date(2026, 3, 2), folder, changed)

    assert not people.party_members(other).table.equals(found["zzb_party"].table)
    assert people.household_registration(other).table.equals(found["gaj_hukou"].table)


def test_children_are_younger_than_the_heads_they_live_with(true):
    crowd = true.people
    children = np.isin(crowd.relation, (2, 3))
    gap = (crowd.birth[children] - crowd.birth[crowd.head[children]]).astype(int) / hh.YEAR

    assert gap.min() >= 18
    assert children.sum() > 0.15 * crowd.count


def test_nobody_is_born_or_dies_after_today_and_nobody_dies_before_birth(true):
    crowd = true.people
    dead = ~crowd.alive

    assert (crowd.birth <= true.today).all()
    assert (crowd.death[dead] <= true.today).all()
    assert (crowd.death[dead] >= crowd.birth[dead]).all()
    assert 0.005 < dead.mean() < 0.03


def test_people_spread_over_counties_as_the_shape_says(true):
    shape = rates.shape()
    lives = np.bincount(true.places.county[true.people.lives], minlength=len(true.places.county_codes))
    for county in shape.county:
        at = true.places.county_codes.index(county.code)
        share = county.people / sum(other.people for other in shape.county)
        assert lives[at] / true.people.count == pytest.approx(share, abs=0.05)
