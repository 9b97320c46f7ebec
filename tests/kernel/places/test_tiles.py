"""Vector tiles hold what the store holds, where it lies; a browser keeps them until the collection is renewed."""

import math

import mvt
import pytest
import shapely
from django.test import Client
from made_places import AT

from xilin.kernel.places import queries
from xilin.kernel.places.actions import build
from xilin.kernel.places.models import Build, Place
from xilin.kernel.places.pipeline import tiles
from xilin.kernel.places.queries import Wanted

pytestmark = pytest.mark.django_db


def get(code, zoom, column, row, **headers):
    return Client().get(f"/api/places/tiles/{code}/{zoom}/{column}/{row}.mvt", headers=headers)


def around(x, y, zoom):
    """The tile that a position lies in."""
    n = 2**zoom
    row = (1 - math.asinh(math.tan(math.radians(y))) / math.pi) / 2 * n
    return zoom, int((x + 180) / 360 * n), int(row)


def position(point, zoom, column, row, extent):
    """Longitude and latitude of a point of a tile."""
    n = 2**zoom
    x, y = column + point[0] / extent, row + point[1] / extent
    return x / n * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / n))))


def test_a_plot_stands_in_its_tile_with_its_outline(places):
    place = queries.features("grassland", Wanted(), on=AT.date()).first()
    shape = shapely.from_wkb(bytes(place.geometry))
    at = around(shape.centroid.x, shape.centroid.y, 8)

    response = get("grassland", *at)

    assert response.headers["Content-Type"] == tiles.MEDIA_TYPE
    ((name, extent, found),) = mvt.layers(response.content)
    assert (name, extent) == ("grassland", 4096)
    (ours,) = [one for one in found if one.id == place.pk]
    assert ours.properties["name"] == place.name
    assert ours.properties["area_ha"] == pytest.approx(place.properties["area_ha"])
    assert ours.properties["grassland_use_name"] == place.properties["grassland_use_name"]
    drawn = shapely.Polygon([position(point, *at, extent) for point in ours.parts[0]])
    inside = shape.intersection(shapely.box(*tiles.degrees(*at)))
    assert drawn.symmetric_difference(inside).area < 0.02 * inside.area


def test_tiles_of_a_level_hold_every_place_once_or_more(places):
    stored = set(queries.features("spots", Wanted(), on=AT.date()).values_list("pk", flat=True))
    box = queries.extent("spots")
    first, last = around(box[0], box[3], 6), around(box[2], box[1], 6)
    seen = set()
    for column in range(first[1], last[1] + 1):
        for row in range(first[2], last[2] + 1):
            response = get("spots", 6, column, row)
            assert response.status_code in (200, 204)
            for _name, _extent, found in mvt.layers(response.content):
                seen |= {one.id for one in found}

    assert seen == stored


def test_from_afar_a_place_says_its_kind_only(places):
    at = around(*place_of("grassland"), 7)
    ((_name, _extent, found),) = mvt.layers(get("grassland", *at).content)

    assert {frozenset(one.properties) for one in found} == {frozenset({"kind"})}


def test_nothing_lies_in_the_sea(places):
    response = get("spots", 6, 0, 0)

    assert (response.status_code, response.content) == (204, b"")


def test_a_tile_is_the_same_until_a_renewal_changes_its_collection(places, con):
    at = around(*place_of("spots"), 8)
    first = get("spots", *at)
    tag = first.headers["ETag"]

    assert "max-age" in first.headers["Cache-Control"]
    assert get("spots", *at, **{"If-None-Match": tag}).status_code == 304
    build("spots", con=con, at=AT)
    assert Build.objects.filter(collection="spots").count() == 2
    assert get("spots", *at, **{"If-None-Match": tag}).status_code == 304
    Place.objects.filter(collection="spots").update(digest="")
    build("spots", con=con, at=AT)
    again = get("spots", *at, **{"If-None-Match": tag})
    assert again.status_code == 200
    assert again.headers["ETag"] != tag


def place_of(code):
    place = Place.objects.filter(collection=code, ended_at=None).first()
    return place.west, place.south


def test_small_plots_wait_for_a_closer_look(places):
    counts = []
    for zoom in (2, 9):
        at = around(*place_of("grassland"), zoom)
        counts.append(sum(len(found) for *_, found in mvt.layers(get("grassland", *at).content)))

    assert tiles.tiny(2) > 0.1
    assert counts[0] < 600
    assert counts[1] > 0
