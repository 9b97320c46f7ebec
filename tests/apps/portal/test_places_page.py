"""The page of places with a league's areas in it: map, one county, search, lists, an address."""

import html
import re
from datetime import UTC, datetime

import pytest
import shapely
from django.test import Client
from reading import faults, foreign

import small_league
from xilin.kernel.places import store
from xilin.kernel.places.actions import build
from xilin.kernel.places.models import Build, Place
from xilin.kernel.places.pipeline.features import Feature

AT = datetime(2026, 9, 24, 2, 0, tzinfo=UTC)
SQUARE = "[[[110,44],[112,44],[112,45],[110,45],[110,44]]]"
FILES = {
    "areas/areas.csv": """code,name,level,source,parent,kind,name_en
990000000000,小盟,league,test,,,
990101000000,东旗,county,test,990000000000,旗,East Banner
990102000000,西县,county,test,990000000000,县,West County
990101100000,红镇,town,test,990101000000,镇,
990101100201,一村,village,test,990101100000,村,
""",
    "areas/outlines.geojson": '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"990101000000",'
    '"source":"test"},"geometry":{"type":"Polygon","coordinates":' + SQUARE + "}}]}",
    "places/lists.toml": """
[[list]]
code = "a"
name = { zh = "甲名单", en = "List A" }
publisher = { zh = "甲", en = "A" }
as_of = 2026-01-01
source = "test"
[[list]]
code = "b"
name = { zh = "乙名单", en = "List B" }
publisher = { zh = "乙", en = "B" }
as_of = 2026-01-01
source = "test"
""",
    "places/lists/all.csv": """list,code,name,parent,kind
a,990101100000,红镇,990101000000,镇
b,990101101000,红镇,990101000000,镇
""",
    "places/collections.toml": """
[[collection]]
code = "counties"
name = { zh = "旗县", en = "Counties" }
level = "county"
public = true
[[collection]]
code = "towns"
name = { zh = "乡镇", en = "Towns" }
level = "town"
public = true
[[collection]]
code = "plots"
name = { zh = "地块", en = "Plots" }
resource = "entities"
geometry = "uscc"
label = "organisation_name"
public = true
""",
    "places/rules.toml": """
[endings]
county = ["旗", "县"]
town = ["镇"]
village = ["村"]
""",
}


@pytest.fixture
def ground(tmp_path, db):
    """A league of two counties, one with an outline, a town that lists disagree on, and two plots."""
    small_league.apply(tmp_path, FILES, at=AT)
    for code in ("counties", "towns"):
        build(code, con=None, at=AT)
    plots = [
        Feature(
            f"{n}",
            f"草场{n}",
            area="990101100201",
            kind="A",
            shape=shapely.box(110 + n, 44.2, 110.5 + n, 44.6),
        )
        for n in (0, 1)
    ]
    store.merge("plots", plots, AT)


def read_page(language, client=None, **query):
    client = client or Client()
    client.cookies["django_language"] = language
    response = client.get("/places/", query)
    assert response.status_code == 200
    text = response.content.decode()
    assert faults(text) == []
    if language == "zh-hans":
        assert foreign(text) <= {"OGC", "API", "OpenAPI", "GeoJSON", "CGCS"}
    return text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_counties_stand_on_a_map_and_lead_to_each(ground, language):
    text = read_page(language)

    assert "county=990101000000" in text
    assert ("东旗" if language == "zh-hans" else "East") in text
    assert ("代码不同" if language == "zh-hans" else "another code") in text


def drawing(text):
    """The address a county's page asks its drawing of."""
    return html.unescape(re.search(r'hx-get="(/places/ground/[^"]*)"', text)[1])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_county_shows_its_towns_and_lets_its_plots_come_after_it(ground, language):
    text = read_page(language, county="990101000000", map="plots")

    assert "红镇" in text
    assert 'class="outline"' in text
    assert 'class="plot' not in text
    drawn = Client().get(drawing(text)).content.decode()
    assert drawn.count('class="plot') == 1
    assert drawn.split('class="plot')[1].split("/>")[0].count("M") == 2
    assert 'class="outline"' in drawn
    assert "hx-get" not in read_page(language, county="990101000000", map="towns")
    assert "/places/ground/" not in read_page(language, county="990102000000", map="plots")
    read_page(language, county="nowhere")
    assert Client().get("/places/ground/", {"county": "nowhere", "map": "plots"}).status_code == 404


def test_plots_of_a_county_without_an_outline_are_drawn_by_themselves(ground):
    plot = Feature("9", "草场9", area="990102100201", kind="A", shape=shapely.box(115, 44, 115.5, 44.4))
    store.merge("plots", [plot], AT)
    pk = Place.objects.get(collection="plots", key="9").pk

    for query in ({}, {"place": str(pk)}):
        drawn = Client().get(drawing(read_page("zh-hans", county="990102000000", map="plots", **query)))
        assert drawn.content.decode().count('class="plot') == 1
        assert ('class="marked"' in drawn.content.decode()) == bool(query)


def test_what_is_drawn_of_a_county_follows_a_renewal(ground):
    address = drawing(read_page("zh-hans", county="990101000000", map="plots"))
    Client().get(address)
    plots = [
        Feature(
            f"{n}", f"草场{n}", area="990101100201", kind="A", shape=shapely.box(110 + n, 44, 110.9 + n, 44.9)
        )
        for n in range(2)
    ]
    counts = store.merge(
        "plots",
        [
            *plots,
            Feature("2", "草场2", area="990101100201", kind="A", shape=shapely.box(111, 44, 111.2, 44.2)),
        ],
        AT,
    )
    Build.objects.create(
        collection="plots",
        at=AT,
        seconds=1,
        read=3,
        added=counts.added,
        changed=counts.changed,
        ended=0,
        held=0,
    )

    drawn = Client().get(address).content.decode()

    assert drawn.split('class="plot')[1].split("/>")[0].count("M") == 3


def test_a_search_leads_to_the_place_on_the_map(ground):
    text = read_page("zh-hans", q="草场1")
    assert "草场1" in text
    assert "草场0" not in text

    pk = Place.objects.get(collection="plots", key="1").pk
    text = read_page("zh-hans", map="plots", county="990101000000", place=str(pk))
    assert 'class="marked"' in text
    assert 'class="marked"' in Client().get(drawing(text)).content.decode()
    assert f"/api/places/collections/plots/items/{pk}" in text
    for odd in ("x", "9" * 40, "-1", "²"):
        read_page("zh-hans", place=odd)


def test_an_address_is_coded_and_stands_in_no_address_of_ours(ground):
    client = Client()
    response = client.post("/places/", {"address": "东旗红镇一村3号"})

    assert response.status_code == 200
    assert "990101100201" in response.content.decode()
    assert client.post("/places/", {"address": ""}).status_code == 422
    assert (
        "990101"
        not in client.post("/places/", {"address": "不认识的地方"})
        .content.decode()
        .split("sunken")[1]
        .split("</article>")[0]
    )


def test_a_page_with_nothing_in_it_says_so(db):
    assert "没有声明地点要素集" in read_page("zh-hans")


def test_what_lists_say_has_its_column_named_in_each_cell_for_narrow_screens(ground):
    text = read_page("zh-hans")

    row = text.split('<table class="labelled">')[1].split("<tbody>")[1].split("</tr>")[0]
    assert 'data-label="甲名单">990101100 红镇' in row
    assert 'data-label="乙名单">990101101 红镇' in row
    assert 'data-label="差异">代码不同' in row


def test_a_search_and_an_address_lead_to_where_their_answer_stands(ground):
    text = read_page("zh-hans")

    assert 'action="/places/#search"' in text
    assert 'id="search"' in text
    assert 'action="#address"' in text
    assert 'id="address"' in text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_service_reads_well(ground, language):
    client = Client()
    client.cookies["django_language"] = language
    pk = Place.objects.get(collection="towns").pk
    for path in (
        "", "collections", "collections/towns", "collections/counties", "collections/towns/items",
        "collections/towns/items?kind=none", f"collections/towns/items/{pk}", "codes/9901", "collections/nowhere",
    ):  # fmt: skip
        text = client.get(f"/api/places/{path}", headers={"Accept": "text/html"}).content.decode()
        assert faults(text) == [], path
        if language == "zh-hans" and "nowhere" not in path:
            assert foreign(text) - {"OGC", "API", "OpenAPI", "GeoJSON", "CGCS", "test", "none"} == set(), path


@pytest.mark.parametrize("sought", ["ᠬᠤᠰᠢᠭᠤ", "ᠵᠡᠭᠦᠨ ᠬᠣᠰᠢᠭᠤ", "ᠬᠣᠰᠢᠭᠤ\u202fᠨᠤᠭᠤᠳ"])
def test_a_county_is_found_by_its_mongolian_name_however_it_is_encoded(ground, sought):
    Place.objects.filter(area="990101000000").update(name_mn="ᠵᠡᠭᠦᠨ ᠬᠣᠰᠢᠭᠤ")

    assert "东旗" in read_page("en", q=sought).split('class="results"')[1].split("</ol>")[0]
    assert 'class="results"' not in read_page("en", q="ᠬᠣᠲᠠ")
