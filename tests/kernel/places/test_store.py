"""Features in the store: collected, checked, held with reasons; found by bounds, cell, time and property."""

import json
from datetime import timedelta

import h3
import numpy as np
import pytest
import shapely
from made_places import AT

from xilin.kernel.places import queries, store
from xilin.kernel.places.actions import build, load, outline
from xilin.kernel.places.declarations import ALL
from xilin.kernel.places.errors import NoCollection, NotGeoJson
from xilin.kernel.places.models import Held, Place, Version
from xilin.kernel.places.pipeline.features import Feature
from xilin.kernel.places.queries import Wanted
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

pytestmark = pytest.mark.django_db

TODAY = AT.date()


def found(code, **wanted):
    return queries.features(code, Wanted(**wanted), on=TODAY)


def shape(place):
    return shapely.from_wkb(bytes(place.geometry))


def test_every_plot_is_stored_or_held_and_the_counts_balance(places, files_of):
    table = files_of[1]["zrzyj_grassland"]
    built = places["grassland"]

    assert built.read == table.num_rows
    assert built.added + built.held == built.read
    assert (found("grassland").count(), Held.objects.count()) == (built.added, built.held)


def test_held_plots_are_those_the_survey_got_wrong_with_reasons_in_words(places, files_of):
    table = files_of[1]["zrzyj_grassland"]
    texts = dict(zip(table.column("地块编号").to_pylist(), table.column("空间范围").to_pylist(), strict=True))
    league = outline()
    wrong = {
        code
        for code, text in texts.items()
        if not text
        or not shapely.is_valid(shapely.from_wkt(text))
        or not league.buffer(0.1).contains(shapely.from_wkt(text))
    }

    held = {one.key.removeprefix("zrzyj_grassland:"): one for one in Held.objects.all()}
    assert held.keys() == wrong
    codes = {reason["code"] for one in held.values() for reason in one.reasons}
    assert {"crosses", "missing"} <= codes <= {"crosses", "missing", "degrees", "outside"}
    assert all(reason["zh"] and reason["en"] for one in held.values() for reason in one.reasons)


def test_stored_geometries_are_valid_counter_clockwise_and_equal_to_the_file(places, files_of):
    table = files_of[1]["zrzyj_grassland"]
    texts = dict(zip(table.column("地块编号").to_pylist(), table.column("空间范围").to_pylist(), strict=True))

    for place in found("grassland"):
        ours = shape(place)
        assert ours.is_valid
        assert ours.exterior.is_ccw
        assert ours.equals(shapely.from_wkt(texts[place.properties["plot_code"]]))
        assert (place.west, place.south, place.east, place.north) == ours.bounds
        assert h3.cell_to_latlng(h3.int_to_str(place.cell))[0] == pytest.approx(
            ours.point_on_surface().y, abs=0.01
        )


def test_bounds_find_the_same_as_a_comparison_of_every_place(places):
    everything = list(found("grassland"))
    rng = np.random.default_rng(5)
    for _ in range(12):
        west, south = rng.uniform(111, 118), rng.uniform(41, 46)
        box = (west, south, west + rng.uniform(0.05, 2), south + rng.uniform(0.05, 2))
        expected = {
            p.pk
            for p in everything
            if p.west <= box[2] and p.east >= box[0] and p.south <= box[3] and p.north >= box[1]
        }
        assert set(found("grassland", box=box).values_list("pk", flat=True)) == expected


def test_a_cell_finds_the_points_in_it_at_every_resolution(places):
    some = found("spots").first()
    cell = h3.int_to_str(some.cell)
    for level in range(10):
        wanted = h3.cell_to_parent(cell, level)
        expected = {p.pk for p in found("spots") if h3.cell_to_parent(h3.int_to_str(p.cell), level) == wanted}
        assert set(found("spots", cell=wanted).values_list("pk", flat=True)) == expected


def test_a_box_over_the_180th_meridian_is_two(places):
    assert found("spots", box=(170, 40, -170, 50)).count() == 0
    assert found("spots", box=(110, 40, 100, 50)).count() == found("spots").count()


def test_a_place_that_left_ends_and_comes_back_under_its_id(places, con):
    first = store.merge("trial", [Feature("a", "甲"), Feature("b", "乙")], AT)
    ids = dict(Place.objects.filter(collection="trial").values_list("key", "pk"))
    later = AT + timedelta(days=30)
    second = store.merge("trial", [Feature("a", "甲甲")], later)
    third = store.merge("trial", [Feature("b", "乙"), Feature("a", "甲甲")], later + timedelta(days=1))

    assert [(m.added, m.changed, m.ended) for m in (first, second, third)] == [
        (2, 0, 0),
        (0, 1, 1),
        (0, 1, 0),
    ]
    assert dict(Place.objects.filter(collection="trial").values_list("key", "pk")) == ids
    assert Place.objects.get(collection="trial", key="b").ended_at is None
    assert [v.content["name"] for v in Version.objects.filter(place_id=ids["a"])] == ["甲"]


def test_nothing_is_written_twice(places, con):
    again = build("grassland", con=con, at=AT)

    assert (again.added, again.changed, again.ended) == (0, 0, 0)


def test_a_resource_that_was_never_collected_leaves_its_collection_alone(places, con):
    assert build("parcels", con=con, at=AT) is None
    assert not Place.objects.filter(collection="parcels").exists()


def test_personal_items_can_not_be_shown(whole, tmp_path):
    import shutil

    from made_places import FOLDER

    shutil.copytree(FOLDER, tmp_path / "league")
    file = tmp_path / "league/places/collections.toml"
    file.write_text(
        file.read_text("utf-8").replace('properties = ["area_ha"]', 'properties = ["parcel_holder"]'), "utf-8"
    )

    _league, faults = read(tmp_path / "league", KINDS)

    assert ["personal data" in fault.of("en") for fault in faults] == [True]
    assert {kind.name for kind in ALL} <= {kind.name for kind in KINDS}


def test_a_file_is_loaded_and_what_is_wrong_in_it_is_told(league, tmp_path):
    rows = [
        ("1", "好", {"type": "Point", "coordinates": [116.1, 43.9]}),
        ("2", "远", {"type": "Point", "coordinates": [2.35, 48.85]}),
        ("3", "反", {"type": "Point", "coordinates": [43.9, 116.1]}),
        ("4", "无", None),
        ("1", "重", {"type": "Point", "coordinates": [116.2, 43.9]}),
        ("5", "面", {"type": "Polygon", "coordinates": [[[116, 44], [116.1, 44], [116.1, 44.1], [116, 44]]]}),
    ]
    features = [
        {"type": "Feature", "properties": {"id": key, "name": name, "spot_code": key}, "geometry": geometry}
        for key, name, geometry in rows
    ]
    file = tmp_path / "spots.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")

    built = load("spots", file, key="id", name="name", area="area", at=AT)

    assert (built.read, built.added, built.held) == (6, 1, 5)
    (stored,) = found("spots")
    assert stored.properties == {"spot_code": "1"}
    reasons = [
        [reason["code"] for reason in one.reasons]
        for one in Held.objects.filter(collection="spots").order_by("pk")
    ]
    assert reasons == [["outside"], ["degrees"], ["missing"], ["again"], ["type"]]


@pytest.mark.parametrize(
    "text", ["", "{}", '{"features": 3}', '{"type": "FeatureCollection", "features": [1]}']
)
def test_a_file_that_is_no_collection_is_refused(league, tmp_path, text):
    file = tmp_path / "wrong.geojson"
    file.write_text(text, "utf-8")

    with pytest.raises(NotGeoJson):
        load("spots", file, key="id", name="name", area="area", at=AT)
    with pytest.raises(NoCollection):
        load("nowhere", file, key="id", name="name", area="area", at=AT)


@pytest.mark.parametrize("seed", range(6))
def test_ids_never_change_hands_over_any_sequence_of_deliveries(league, seed):
    """Keys come, change, leave and come back; the store ends as the last delivery, each key under its first id."""
    rng = np.random.default_rng(seed)
    first: dict[str, int] = {}
    for step in range(12):
        keys = [f"k{n}" for n in rng.permutation(12)[: rng.integers(0, 13)]]
        names = {key: f"{key} {rng.integers(0, 3)}" for key in keys}
        at = AT + timedelta(days=step)
        merged = store.merge("trial", [Feature(key, name) for key, name in names.items()], at)

        stored = Place.objects.filter(collection="trial")
        assert {one.key: one.name for one in stored.filter(ended_at=None)} == names
        ids = dict(stored.values_list("key", "pk"))
        assert first.items() <= ids.items()
        assert len(set(ids.values())) == len(ids)
        assert merged.added == len(ids) - len(first)
        first = ids
