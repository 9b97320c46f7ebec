"""A small league with a map: two counties (one outlined), a town without an outline, public spots, plots for departments, an indicator."""

from datetime import UTC, datetime

import shapely
from django.db import transaction
from test_places_page import FILES

import small_league
from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue
from xilin.kernel.places import store
from xilin.kernel.places.actions import build
from xilin.kernel.places.pipeline.features import Feature

AT = datetime(2026, 9, 24, 2, 0, tzinfo=UTC)
COLLECTIONS = """
[[collection]]
code = "{code}"
name = {{ zh = "{name}", en = "{en}" }}
resource = "entities"
geometry = "uscc"
label = "organisation_name"
wanted = "{wanted}"
public = {public}
"""
INDICATOR = """
[[indicator]]
code = "registered"
name = { zh = "登记法人", en = "Entities" }
definition = { zh = "登记的法人数。", en = "Registered entities." }
unit = { zh = "家", en = "" }
theme = { zh = "法人", en = "Entities" }
formula = "count"
resource = "entities"
by = "county"
"""


def files():
    """The league's folder: that of the page of places, with outlines that have a middle and two more collections."""
    found = dict(FILES)
    outline = found["areas/outlines.geojson"]
    found["areas/outlines.geojson"] = outline.replace(
        '"source":"test"', '"source":"test","centre":[111.0,44.5]'
    )
    counties = found["places/collections.toml"].split("[[collection]]")[:3]
    more = [
        COLLECTIONS.format(code="spots", name="地点", en="Spots", wanted="point", public="true"),
        COLLECTIONS.format(code="parcels", name="宗地", en="Parcels", wanted="point", public="false"),
        COLLECTIONS.format(code="plots", name="地块", en="Plots", wanted="polygon", public="true"),
    ]
    found["places/collections.toml"] = "[[collection]]".join(counties) + "".join(more)
    found["indicators/registered.toml"] = INDICATOR
    found["resources/entities.toml"] = small_league.ENTITIES.replace(
        "[[item]]", 'area_column = "uscc"\n[[item]]', 1
    )
    return found


def apply(folder):
    """Apply the league, build its places, and compute its indicator in two years."""
    small_league.apply(folder, files(), at=AT)
    for code in ("counties", "towns"):
        build(code, con=None, at=AT)
    with transaction.atomic():
        _places()
    for year, value in ((2025, 7.0), (2026, 12.0)):
        run = IndicatorRun.objects.create(computed_at=AT.replace(year=year), league_version=1)
        for area, found in (("", value + 1), ("990101000000", value), ("990102000000", 1.0)):
            IndicatorValue.objects.create(
                run=run,
                indicator="registered",
                area=area,
                value=found,
                resource="entities",
                as_of=run.computed_at,
            )


def _places():
    """A plot, a spot and a parcel."""
    town = "990101100201"
    store.merge(
        "plots", [Feature("1", "草场1", area=town, kind="A", shape=shapely.box(110.2, 44.2, 110.6, 44.6))], AT
    )
    store.merge("spots", [Feature("1", "敖包", area=town, kind="A", shape=shapely.Point(111.25, 44.5))], AT)
    store.merge(
        "parcels", [Feature("1", "宗地甲", area=town, kind="A", shape=shapely.Point(111.5, 44.25))], AT
    )
