"""An indicator down to a banner and a town, along time, and for programs."""

import csv
import io

import pytest
from reading import faults, foreign

from xilin.apps.portal.queries import region
from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue
from xilin.kernel.standards.models import Declaration

COUNTY, OTHER = "990101000000", "990102000000"
TOWN, SMALL = "990101001000", "990101002000"
AREAS = (
    (COUNTY, "甲旗", "county"), (OTHER, "乙旗", "county"), (TOWN, "甲镇", "town"), (SMALL, "小镇", "town"),
)  # fmt: skip
PAGE = "/indicators/registered/"


@pytest.fixture
def drilled(hub, monkeypatch):
    """The newest computation has counties, towns of one (one of few people), and two months."""
    known = Declaration.objects.filter(kind="area").first()
    for code, name, level in AREAS:
        content = known.content | {"code": code, "name": name, "level": level}
        Declaration.objects.create(
            kind="area", code=code, content=content, since=known.since, file=known.file, line=1
        )
    # The caches of areas know a state of the declarations by its digest: this one has its own.
    monkeypatch.setattr(region, "_version", lambda: "two counties and two towns")
    row = Declaration.objects.get(kind="indicator", code="registered", until=None)
    row.content |= {"by": "town", "least": 5}
    row.save()
    run = IndicatorRun.objects.first()
    IndicatorValue.objects.filter(run=run, indicator="registered").delete()
    values = [
        ("", "", 60), (COUNTY, "", 40), (OTHER, "", 20), (TOWN, "", 37), (SMALL, "", None),
        ("", "2026-01", 25), ("", "2026-02", 35),
    ]  # fmt: skip
    for area, period, value in values:
        IndicatorValue.objects.create(
            run=run, indicator="registered", area=area, period=period, value=value, as_of=hub.now
        )
    return run


def read(client, path, language="zh-hans"):
    client.cookies["django_language"] = language
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("area", ["", f"?area={COUNTY}", f"?area={TOWN}", f"?area={SMALL}"])
def test_each_level_is_a_good_page(client, drilled, area, language):
    text = read(client, PAGE + area, language)

    assert faults(text) == []
    if language == "zh-hans":
        assert foreign(text) == set()


def test_the_region_leads_to_its_counties_and_a_county_to_its_towns(client, drilled):
    whole, county = read(client, PAGE), read(client, f"{PAGE}?area={COUNTY}")

    assert f'href="{PAGE}?area={COUNTY}"' in whole
    assert TOWN not in whole
    assert f'href="{PAGE}?area={TOWN}"' in county
    assert "66.7%" in whole
    assert "92.5%" in county


def test_a_town_of_few_people_shows_that_they_are_few_and_no_number(client, drilled):
    county, town = read(client, f"{PAGE}?area={COUNTY}"), read(client, f"{PAGE}?area={SMALL}")

    assert "&lt;5" in county
    assert "&lt;5" in town
    assert "不公布" in town


def test_months_are_drawn_and_told_as_a_table(client, drilled):
    text = read(client, PAGE)

    assert "<title>2026-02: 35" in text
    assert '<th scope="row">2026-01</th>' in text


@pytest.mark.parametrize("area", ["990199000000", "x", "990101009000"])
def test_an_area_without_a_value_is_not_found(client, drilled, area):
    assert client.get(f"{PAGE}?area={area}").status_code == 404


def test_programs_get_every_value_with_what_it_stands_on(client, drilled):
    lines = list(csv.DictReader(io.StringIO(client.get(f"{PAGE}data.csv").content.decode("utf-8-sig"))))
    answer = client.get(f"{PAGE}data.json").json()

    assert len(lines) == len(answer["values"]) == 7
    (small,) = [one for one in lines if one["area"] == SMALL]
    assert (small["value"], small["note"].startswith("<5")) == ("", True)
    assert {one["period"]: one["value"] for one in answer["values"] if one["period"]} == {
        "2026-01": 25,
        "2026-02": 35,
    }
    assert answer["resource"] == "households"
    assert answer["as_of"]
    assert client.get("/indicators/nothing/data.csv").status_code == 404
