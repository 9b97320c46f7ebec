"""Plots of grassland are what a survey makes of a county: inside it, side by side, with a survey's mistakes."""

import dataclasses

import numpy as np
import pytest
import shapely

from xilin.demo.sources import land


@pytest.fixture(scope="module")
def larger(true):
    """The same league with two thousand plots."""
    names = true.counts.__struct_fields__
    counts = {name: getattr(true.counts, name) for name in names} | {"grassland_plots": 2000}
    return dataclasses.replace(true, counts=type(true.counts)(**counts))


@pytest.fixture(scope="module")
def ground(larger):
    return land.ground(larger, 2000)


def test_every_plot_is_valid_and_inside_its_county(larger, ground):
    plots = shapely.polygons(ground.rings)

    assert len(plots) == pytest.approx(2000, abs=12)
    assert shapely.is_valid(plots).all()
    for county in np.unique(ground.county):
        outline = shapely.from_geojson(larger.places.outlines[county])
        assert shapely.contains(outline, plots[ground.county == county]).all()


def test_plots_touch_but_never_overlap(ground):
    plots = shapely.polygons(ground.rings)
    left, right = shapely.STRtree(plots).query(plots, predicate="intersects")
    pairs = left < right

    shared = shapely.intersection(plots[left[pairs]], plots[right[pairs]])
    assert shapely.area(shared).max() < 1e-12
    assert pairs.sum() > 2000


def test_a_plots_village_is_a_herders_village_of_its_county(larger, ground):
    assert (larger.places.county[ground.village] == ground.county).all()
    assert not larger.places.urban[ground.village].any()


def test_some_outlines_are_wrong_as_the_rates_say(larger):
    found = land.grassland_plots(larger).table
    texts = np.array(found.column("空间范围").to_pylist(), dtype=object)
    shapes = shapely.from_wkt(np.where(texts == "", None, texts))

    rates = larger.errors.land
    crossed = int((~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)).sum())
    assert crossed == pytest.approx(rates.crossed * len(texts), abs=7)
    assert shapely.is_missing(shapes).sum() == pytest.approx(rates.missing * len(texts), abs=7)
    codes = found.column("地块编号").to_pylist()
    assert len(set(codes)) == len(codes)
