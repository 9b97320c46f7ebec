"""OGC API - Features parts 1 and 2: every requirement a client relies on, read back as clients do."""

import json
import re
from urllib.parse import urlencode

import numpy as np
import pytest
import shapely
from django.test import Client
from made_places import AT

from xilin.kernel.accounts.models import User
from xilin.kernel.places import queries
from xilin.kernel.places.models import Place
from xilin.kernel.places.pipeline import crs
from xilin.kernel.places.queries import Wanted

pytestmark = pytest.mark.django_db

ROOT = "/api/places/"
PUBLIC = ["counties", "towns", "villages", "grassland", "spots"]
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def get(path, status=200, client=None, **query):
    response = (client or Client()).get(f"{ROOT}{path}", query)
    assert response.status_code == status, response.content[:400]
    return json.loads(response.content)


def links(document):
    return {link["rel"]: link for link in document["links"]}


def every(path, **query):
    """All features of a collection, following the links from page to page."""
    page = get(path, **query)
    found = page["features"]
    while "next" in links(page):
        response = Client().get(links(page)["next"]["href"].replace("http://testserver", ""))
        page = json.loads(response.content)
        found += page["features"]
    return found


def test_the_landing_page_leads_to_all_there_is(places):
    document = get("")
    found = links(document)

    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= found.keys()
    for rel in ("service-desc", "conformance", "data"):
        assert Client().get(found[rel]["href"].replace("http://testserver", "")).status_code == 200
    classes = get("conformance")["conformsTo"]
    for part in (
        "features-1/1.0/conf/core",
        "features-1/1.0/conf/geojson",
        "features-2/1.0/conf/crs",
        "features-1/1.0/conf/oas30",
    ):
        assert f"http://www.opengis.net/spec/ogcapi-{part}" in classes


def test_collections_say_their_systems_and_extent(places):
    found = {one["id"]: one for one in get("collections")["collections"]}

    assert list(found) == PUBLIC
    assert found["grassland"]["storageCrs"] == f"{EPSG}4490"
    assert found["grassland"]["crs"][0] == crs.CRS84
    assert found["grassland"]["extent"]["spatial"]["bbox"] == [list(queries.extent("grassland"))]
    assert "extent" not in found["towns"]
    assert get("collections/counties")["id"] == "counties"


def test_pages_together_hold_every_place_once(places):
    found = every("collections/grassland/items", limit=97)

    assert [one["id"] for one in found] == list(
        queries.features("grassland", Wanted(), on=AT.date()).values_list("pk", flat=True)
    )
    page = get("collections/grassland/items", limit=97)
    assert (page["numberMatched"], page["numberReturned"]) == (len(found), 97)


def test_a_limit_beyond_the_most_is_the_most_and_the_default_holds(places):
    assert get("collections/villages/items")["numberReturned"] == 100
    assert get("collections/villages/items", limit=1_000_000)["numberReturned"] == 1088


def test_coordinates_come_in_each_system_with_its_axes_in_order(places):
    """EPSG:4490 and 4326 have latitude first; CRS84 and Web Mercator don't."""
    found = {}
    for system in crs.SUPPORTED:
        response = Client().get(f"{ROOT}collections/spots/items", {"crs": system, "limit": 500})
        assert response.headers["Content-Crs"] == f"<{system}>"
        rows = json.loads(response.content)["features"]
        found[system] = np.array([row["geometry"]["coordinates"] for row in rows])
    plain = found[crs.CRS84]

    assert np.array_equal(found[f"{EPSG}4490"], plain[:, ::-1])
    assert np.array_equal(found[f"{EPSG}4326"], plain[:, ::-1])
    x = np.radians(plain[:, 0]) * 6378137
    y = np.log(np.tan(np.pi / 4 + np.radians(plain[:, 1]) / 2)) * 6378137
    assert np.abs(found[f"{EPSG}3857"] - np.column_stack([x, y])).max() < 0.002


def test_bounds_are_read_in_their_own_system(places):
    west, south, east, north = 115.2, 43.2, 116.9, 44.7
    plain = get("collections/grassland/items", bbox=f"{west},{south},{east},{north}", limit=1000)
    swapped = get(
        "collections/grassland/items",
        **{"bbox": f"{south},{west},{north},{east}", "bbox-crs": f"{EPSG}4490", "limit": 1000},
    )
    merc = crs.from_storage(shapely.points([[west, south], [east, north]]), f"{EPSG}3857")
    corners = ",".join(str(v) for point in shapely.get_coordinates(merc) for v in point)
    metres = get("collections/grassland/items", **{"bbox": corners, "bbox-crs": f"{EPSG}3857", "limit": 1000})
    heights = get("collections/grassland/items", bbox=f"{west},{south},0,{east},{north},100", limit=1000)

    ids = [one["id"] for one in plain["features"]]
    assert 10 < len(ids) < 400
    for other in (swapped, metres, heights):
        assert [one["id"] for one in other["features"]] == ids


def test_properties_filter_and_combine(places):
    meadow = every("collections/grassland/items", kind="A", limit=1000)
    some = every("collections/grassland/items", kind="A", grassland_use="1", limit=1000)

    assert len(some) < len(meadow)
    assert {one["properties"]["kind"] for one in meadow} == {"A"}
    assert {one["properties"]["grassland_use_name"] for one in some} == {"草畜平衡"}
    plot = meadow[0]["properties"]
    (same,) = every("collections/grassland/items", area_ha=str(plot["area_ha"]), plot_code=plot["plot_code"])
    assert same["id"] == meadow[0]["id"]


def test_the_past_is_asked_for_by_datetime(places):
    now = every("collections/counties/items", limit=50)
    then = every("collections/counties/items", datetime="1982-07-01T00:00:00Z")
    until = every("collections/counties/items", datetime="../1983-12-31")

    names = {one["properties"]["name"] for one in then}
    assert "阿巴哈纳尔旗" in names
    assert len(now) == 13
    assert len(until) == 14
    (former,) = [one for one in then if one["properties"]["name"] == "阿巴哈纳尔旗"]
    assert former["geometry"] is None
    successor = get(f"collections/counties/items/{former['properties']['successor_id']}")
    assert successor["properties"]["name"] == "锡林浩特市"


def test_one_feature_is_the_same_as_in_the_list(places):
    listed = get("collections/spots/items", limit=1)["features"][0]
    alone = get(f"collections/spots/items/{listed['id']}")

    assert {"self", "collection", "alternate"} <= links(alone).keys()
    assert {name: alone[name] for name in ("id", "geometry", "properties")} == {
        name: listed[name] for name in ("id", "geometry", "properties")
    }


@pytest.mark.parametrize(
    ("path", "query", "status", "kind"),
    [
        ("collections/spots/items", {"bbox": "1,2,3"}, 400, "places.ParameterWrong"),
        ("collections/spots/items", {"bbox": "nan,0,1,1"}, 400, "places.ParameterWrong"),
        ("collections/spots/items", {"bbox": "0,50,1,1"}, 400, "places.ParameterWrong"),
        ("collections/spots/items", {"limit": "0"}, 400, "places.ParameterWrong"),
        ("collections/spots/items", {"limit": "ten"}, 400, "places.ParameterWrong"),
        ("collections/spots/items", {"after": "9" * 30}, 400, "places.ParameterWrong"),
        ("collections/spots/items", {"datetime": "2026-13-01"}, 400, "places.ParameterWrong"),
        ("collections/spots/items", {"datetime": "2026-01-02/2026-01-01"}, 400, "places.ParameterWrong"),
        ("collections/spots/items", {"crs": f"{EPSG}2385"}, 400, "places.ParameterWrong"),
        ("collections/spots/items", {"h3": "zz"}, 400, "places.ParameterWrong"),
        ("collections/spots/items", {"colour": "red"}, 400, "places.ParameterUnknown"),
        ("collections/nowhere", {}, 404, "places.NoCollection"),
        ("collections/spots/items/0", {}, 404, "places.NoPlace"),
        ("tiles/spots/3/8/0.mvt", {}, 404, "places.NoTile"),
        ("tiles/spots/99/0/0.mvt", {}, 404, "places.NoTile"),
        ("somewhere/else", {}, 404, "errors.NotFound"),
    ],
)
def test_what_can_not_be_done_is_said_as_a_problem(league, path, query, status, kind):
    response = Client().get(f"{ROOT}{path}", query)

    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    problem = json.loads(response.content)
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["type"].endswith(kind.split(".")[1])


def test_parcels_are_seen_when_signed_in_and_say_nothing_of_a_person(league):
    Place.objects.create(collection="parcels", key="t:1", name="990000", digest="0", recorded_at=AT)
    assert "parcels" not in [one["id"] for one in get("collections")["collections"]]
    for path in ("collections/parcels", "collections/parcels/items", "tiles/parcels/0/0/0.mvt"):
        get(path, 404)
    assert not any("parcels" in path for path in get("openapi.json")["paths"])

    client = Client()
    client.force_login(User.objects.create(username="ann"))
    assert get("collections/parcels/items", client=client)["numberMatched"] == 1
    assert "/collections/parcels/items" in get("openapi.json", client=client)["paths"]


def test_the_openapi_document_tells_every_address_and_parameter(places):
    document = get("openapi.json")

    assert document["openapi"].startswith("3.0")
    for code in PUBLIC:
        operation = document["paths"][f"/collections/{code}/items"]["get"]
        told = set()
        for parameter in operation["parameters"]:
            name = parameter.get("$ref", "").rsplit("/", 1)[-1]
            told.add(document["components"]["parameters"][name]["name"] if name else parameter["name"])
        assert {"bbox", "datetime", "limit", "crs", "bbox-crs"} <= told
        query = dict.fromkeys(told - {"bbox", "datetime", "crs", "bbox-crs", "h3", "f"}, "1")
        assert Client().get(f"{ROOT}collections/{code}/items?{urlencode(query)}").status_code == 200
    references = set(re.findall(r'"#/components/(\w+)/([\w-]+)"', json.dumps(document)))
    assert all(name in document["components"][kind] for kind, name in references)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_people_get_pages(places, language):
    client = Client()
    client.cookies["django_language"] = language
    pk = Place.objects.filter(collection="towns", name="宝绍岱苏木").values_list("pk", flat=True).get()
    for path in (
        "", "conformance", "collections", "collections/counties", "collections/grassland/items",
        f"collections/towns/items/{pk}", "codes/152522?on=1981-01-01",
    ):  # fmt: skip
        response = client.get(
            f"{ROOT}{path}", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        )
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/html"), path
    text = client.get(f"{ROOT}collections/towns/items/{pk}?f=html").content.decode()
    assert "宝绍代苏木" in text
    assert ("官方名单中的记载" if language == "zh-hans" else "What the official lists say") in text


def test_a_code_is_told_as_of_a_day(league):
    found = get("codes/152522", on="1981-06-01")["meanings"]

    assert {one["book"]: one["name"] for one in found} == {"nbs": "达拉特旗", "mca": "阿巴嘎旗"}
    assert all(one["source"] for one in found)


def post(body, status=200):
    response = Client(enforce_csrf_checks=True).post(
        f"{ROOT}addresses", body, content_type="application/json"
    )
    assert response.status_code == status, response.content
    return json.loads(response.content)


def test_an_address_is_coded(league):
    found = post({"address": "内蒙古锡盟正蓝旗上都镇青格勒图嘎查3号"})

    assert (found["code"], found["level"], found["confidence"]) == ("152530100203", "village", 1.0)
    assert found["parts"] == {"number": "3"}
    assert [one["level"] for one in found["areas"]] == ["county", "town", "village"]


@pytest.mark.parametrize(
    "body",
    [{}, {"address": ""}, {"address": "街" * 201}, {"address": 3}, {"address": "正蓝旗", "more": 1}, "text"],
)
def test_what_is_no_address_is_a_problem(league, body):
    assert post(body, 400)["status"] == 400


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", ("干草单产", "区划代码")), ("en", ("Hay yield", "Area code"))]
)
def test_a_page_says_what_its_fields_are_called(places, language, words):
    client = Client()
    client.cookies["django_language"] = language
    pk = queries.features("grassland", Wanted(), on=AT.date()).first().pk
    text = client.get(f"{ROOT}collections/grassland/items/{pk}?f=html").content.decode()

    assert [word for word in words if word not in text] == []
    assert "hay_yield" not in text


def test_a_place_page_tells_how_lists_differ_in_words_and_where_one_is(places):
    client = Client()
    pk = Place.objects.filter(collection="towns").exclude(properties__lists_differ=[]).first().pk
    client.cookies["django_language"] = "zh-hans"
    text = client.get(f"{ROOT}collections/towns/items/{pk}?f=html").content.decode()

    assert "名单差异" in text
    assert "lists_differ" not in text
    assert "linked_by" not in text
    assert "_code" not in text
    assert text.count("<li>") >= 4
    assert 'class="crumbs"' in text


def test_a_place_page_names_the_area_above_and_gives_its_code(places):
    client = Client()
    client.cookies["django_language"] = "zh-hans"
    town = Place.objects.filter(collection="towns", name="宝绍岱苏木").get()
    text = client.get(f"{ROOT}collections/towns/items/{town.pk}?f=html").content.decode()

    assert f"正蓝旗 {town.parent}" in text


def test_what_is_not_there_is_a_page_for_a_browser_and_a_problem_for_a_program(places):
    client = Client()
    page = client.get(f"{ROOT}collections/nowhere", headers={"Accept": "text/html,*/*;q=0.8"})
    asked = client.get(f"{ROOT}collections/nowhere?f=html")
    problem = client.get(f"{ROOT}collections/nowhere", headers={"Accept": "*/*"})

    assert [one.status_code for one in (page, asked, problem)] == [404, 404, 404]
    assert page.headers["Content-Type"].startswith("text/html")
    assert b"<h1" in page.content
    assert asked.headers["Content-Type"].startswith("text/html")
    assert problem.headers["Content-Type"] == "application/problem+json"


def test_every_page_of_the_service_has_its_title(places):
    for path in ("", "conformance", "openapi.json", "collections/towns", "collections/towns/tiles"):
        text = Client().get(f"{ROOT}{path}?f=html").content.decode()
        assert "<h1></h1>" not in text, path
        assert "<h1>" in text, path


@pytest.mark.parametrize(
    ("language", "word"), [("zh-hans", "温性草甸草原"), ("en", "emperate meadow steppe")]
)
def test_kinds_are_told_in_the_readers_language(places, language, word):
    client = Client()
    client.cookies["django_language"] = language
    pk = queries.features("grassland", Wanted(equal={"kind": "A"}), on=AT.date()).first().pk

    assert word in client.get(f"{ROOT}collections/grassland/items?f=html&kind=A").content.decode()
    assert word in client.get(f"{ROOT}collections/grassland/items/{pk}?f=html").content.decode()
