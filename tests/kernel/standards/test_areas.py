"""The league's areas: complete against the published lists, consistent as a tree, lawful as codes."""

import csv
import itertools
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from xilin.kernel.standards.declarations import AREA, BOUNDARY, Area, Boundary, wrong_geometry
from xilin.lib.declared import read

FOLDER = Path(__file__).parents[3] / "leagues" / "xilingol"
LEAGUE_CODE = "152500000000"
# Significant digits of a 12-digit division code by level: province 2, prefecture 2, county 2, town 3, village 3.
DIGITS = {"league": 4, "county": 6, "town": 9, "village": 12}


@pytest.fixture(scope="module")
def areas() -> dict[str, Area]:
    league, _strangers = read(FOLDER, [AREA])
    return {code: declared.value for code, declared in league.all("area").items()}


@pytest.fixture(scope="module")
def outlines() -> dict[str, Boundary]:
    league, _strangers = read(FOLDER, [BOUNDARY])
    return {code: declared.value for code, declared in league.all("boundary").items()}


def published(testdata, name):
    with (testdata / "geo" / f"{name}_1525.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def of_level(areas, level):
    return {code: area for code, area in areas.items() if area.level == level}


def test_the_thirteen_counties_are_the_published_ones(areas, testdata):
    counties = {row["code"] + "000000": row["name"] for row in published(testdata, "counties")}
    ours = {code: area.name for code, area in of_level(areas, "county").items()}

    assert len(ours) == 13
    assert ours.keys() == counties.keys()
    for code, name in ours.items():
        assert counties[code].startswith(name)  # 乌拉盖管理区管委会 is the office of 乌拉盖管理区


def test_the_ninety_nine_towns_are_those_of_the_statistics_bureau(areas, testdata):
    towns = {
        row["nbs_2023_code"] + "000": row["name"]
        for row in published(testdata, "towns")
        if row["nbs_2023_code"]
    }
    ours = {code: area.name for code, area in of_level(areas, "town").items()}

    assert len(ours) == 99
    assert ours == towns


def test_the_villages_are_the_published_ones_each_in_its_town(areas, testdata):
    villages = {
        row["code"]: (row["name"], row["town_code"] + "000") for row in published(testdata, "villages")
    }
    ours = {code: (area.name, area.parent) for code, area in of_level(areas, "village").items()}

    assert len(ours) == 1088
    assert ours == villages


def test_every_county_has_as_many_towns_and_villages_as_published(areas, testdata):
    towns = Counter(code[:6] for code in of_level(areas, "town"))
    villages = Counter(code[:6] for code in of_level(areas, "village"))

    for row in published(testdata, "counties"):
        assert towns[row["code"]] == int(row["nbs_towns"]), row["name"]
        assert villages[row["code"]] == int(row["nbs_villages"]), row["name"]


def test_every_area_says_where_its_code_comes_from(areas):
    assert [code for code, area in areas.items() if not area.source] == []


def test_the_tree_has_one_root_and_every_branch_reaches_it(areas):
    assert [code for code, area in areas.items() if not area.parent] == [LEAGUE_CODE]
    for code, area in areas.items():
        above = [area.level]
        while areas[code].parent:
            code = areas[code].parent
            above.append(areas[code].level)
        assert code == LEAGUE_CODE
        assert above == list(DIGITS)[list(DIGITS).index(area.level) :: -1]


def test_a_code_has_the_digits_of_its_level_and_begins_with_its_parents(areas):
    for code, area in areas.items():
        digits = DIGITS[area.level]
        assert re.fullmatch(r"[0-9]{12}", code), code
        assert code[digits:] == "0" * (12 - digits), code
        if area.parent:
            above = DIGITS[areas[area.parent].level]
            assert code[:above] == area.parent[:above], code
            assert int(code[above:digits]) > 0, code


def test_the_parts_of_a_code_lie_in_the_ranges_of_the_standard(areas):
    """GB/T 2260: 21-50 a league, 21-80 a banner or county, 01-20 a city under it; the township's first digit 0 to 5."""
    assert 21 <= int(LEAGUE_CODE[2:4]) <= 50
    for code, area in of_level(areas, "county").items():
        county = int(code[4:6])
        assert (1 <= county <= 18) if area.kind == "市" else (21 <= county <= 80), code
    for code, area in of_level(areas, "town").items():
        assert code[6] in "012345", code
        if area.name.endswith("街道"):
            assert code[6] == "0", code
        if area.name.endswith("镇"):
            assert code[6] == "1", code
        if area.name.endswith(("苏木", "乡")):
            assert code[6] in "23", code


def test_villages_codes_tell_residents_from_villagers_committees(areas):
    villages = of_level(areas, "village")

    for code in villages:
        assert 1 <= int(code[9:]) <= 599, code
    for code, area in villages.items():
        if area.name.endswith("嘎查"):
            assert 200 <= int(code[9:]) <= 399 or int(code[9:]) >= 500, (code, area.name)


def test_every_county_has_an_outline_or_a_point_of_a_few_kilobytes(areas, outlines):
    features = json.loads((FOLDER / "areas/boundaries.geojson").read_text(encoding="utf-8"))["features"]

    assert outlines.keys() == of_level(areas, "county").keys()
    assert max(len(json.dumps(feature, ensure_ascii=False)) for feature in features) < 4096
    assert all(outline.source for outline in outlines.values())
    assert all(wrong_geometry(outline.geometry) is None for outline in outlines.values())
    assert [code for code, outline in outlines.items() if outline.geometry["type"] == "Point"] == [
        "152571000000"
    ]


def rings(geometry):
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [ring for polygon in polygons for ring in polygon]


def square_degrees(geometry):
    """Area by the shoelace formula; the outlines have no holes."""
    return sum(
        abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in itertools.pairwise(ring))) / 2
        for ring in rings(geometry)
    )


def inside(point, geometry):
    x, y = point
    crossings = sum(
        (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
        for ring in rings(geometry)
        for (x1, y1), (x2, y2) in itertools.pairwise(ring)
    )
    return crossings % 2 == 1


def test_simplified_outlines_keep_their_area_and_their_own_centre(outlines, testdata):
    full = json.loads((testdata / "geo/xilingol_counties.geojson").read_text(encoding="utf-8"))["features"]

    assert len(full) == 12
    for feature in full:
        code = feature["properties"]["code"] + "000000"
        ours = outlines[code]
        assert square_degrees(ours.geometry) == pytest.approx(
            square_degrees(feature["geometry"]), rel=0.01
        ), code
        assert ours.area_km2 == feature["properties"]["area_km2"]
        assert inside(ours.centre, ours.geometry), code


def test_the_management_area_without_an_outline_lies_in_the_banner_it_is_part_of(outlines):
    point = outlines["152571000000"].geometry["coordinates"]

    assert [
        code
        for code, outline in outlines.items()
        if outline.geometry["type"] != "Point" and inside(point, outline.geometry)
    ] == ["152525000000"]


def test_neighbours_share_their_borders_without_gaps(outlines):
    """Every stretch of border inside the league stands in two outlines, the other way round in each."""
    stretches = Counter()
    for outline in outlines.values():
        if outline.geometry["type"] != "Point":
            for ring in rings(outline.geometry):
                stretches.update(frozenset(map(tuple, pair)) for pair in itertools.pairwise(ring))

    assert set(stretches.values()) == {1, 2}
    assert sum(1 for count in stretches.values() if count == 2) > 150
