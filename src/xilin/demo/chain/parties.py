"""Who takes part in the chain: households, plants, centres and shops as master data, each an entity of the registries.

Names of people stay in the registry: master data says which entity a herder's household is, not who that is.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xilin.apps.trace.models import Party
from xilin.apps.trace.verdicts.queries import book
from xilin.demo.chain import keys
from xilin.demo.chain.season import CENTRES, KITCHENS, PLANTS, RANCHES, SHOPS, Season
from xilin.demo.places import Places
from xilin.demo.streams import stream
from xilin.kernel.registry import queries as registry

CONTEXT = {"cbvmda": "urn:epcglobal:cbv:mda#", "xilin": "urn:xilin:trace:"}
LOCATION, PARTY = "urn:epcglobal:epcis:vtype:Location", "urn:epcglobal:epcis:vtype:Party"
# Where the shops are: area, name, longitude, latitude. Cities that buy mutton, in no order of importance.
CITIES = (
    ("152502", "锡林浩特", 116.08, 43.95), ("110105", "北京", 116.44, 39.92), ("120101", "天津", 117.20, 39.13),
    ("150102", "呼和浩特", 111.75, 40.84), ("130706", "张家口", 114.89, 40.77), ("310115", "上海", 121.54, 31.22),
    ("210102", "沈阳", 123.43, 41.80), ("370102", "济南", 117.02, 36.67),
)  # fmt: skip
HOME = "1525"
_WORDS = {"plant": "肉", "kitchen": "食品", "centre": "物流", "shop": "超市"}
Element = dict[str, Any]


def vocabularies(season: Season, places: Places) -> list[Element]:
    """Master data of every place and party of a season, as a document's header has it."""
    told = [*_households(season, places), *_companies(season)]
    elements = {LOCATION: [], PARTY: []}  # type: dict[str, list[Element]]
    for number, attributes in told:
        said = [{"id": name, "attribute": value} for name, value in attributes.items() if value]
        elements[LOCATION].append({"id": keys.place(number), "attributes": said})
        elements[PARTY].append({"id": keys.party(number), "attributes": said})
    return [{"type": kind, "vocabularyElementList": found} for kind, found in elements.items()]


def name_parties(season: Season, told: Sequence[Element]) -> None:
    """Give the parties that captured their names and identifiers."""
    names = {
        element["id"]: {said["id"]: said["attribute"] for said in element["attributes"]}
        for element in told[1]["vocabularyElementList"]
    }
    for count, first, word in (
        (season.count.plants, PLANTS, "plant"),
        (season.count.centres, CENTRES, "centre"),
    ):
        for number in range(count):
            said = names[keys.party(first + number)]
            ids = [keys.party(first + number), keys.place(first + number)]
            Party.objects.filter(code=f"{word}-{number}").update(name=said["cbvmda:name"], ids=ids)
    for county in set(season.county):
        Party.objects.filter(code=f"station-{county}").update(name=f"{county} 畜牧站")
    Party.objects.filter(code="shops").update(name="零售门店")


def _households(season: Season, places: Places) -> list[tuple[int, Element]]:
    rng = stream(season.seed, "ranches")
    county = {code[:6]: place for place, code in enumerate(places.county_codes)}
    people = list(
        registry.living("people").order_by("pk").values_list("pk", flat=True)[: season.count.households]
    )
    found = []
    for household, area in enumerate(season.county):
        place = county.get(area, 0)
        longitude, latitude = places.centre[place] + rng.normal(0, 0.25, 2)
        facts = {
            "cbvmda:name": f"{places.county_names[place]}牧户 {household + 1:04d}",
            "cbvmda:longitude": f"{longitude:.4f}",
            "cbvmda:latitude": f"{latitude:.4f}",
            "xilin:role": "ranch",
            "xilin:area": area,
            "xilin:entity": f"people/{people[household]}" if household < len(people) else "",
        }
        found.append((RANCHES + household, facts))
    return found


def _companies(season: Season) -> list[tuple[int, Element]]:
    count = season.count
    found = []
    for role, first, number in (
        ("plant", PLANTS, count.plants), ("kitchen", KITCHENS, count.plants), ("centre", CENTRES, count.centres),
        ("shop", SHOPS, count.shops),
    ):  # fmt: skip
        companies = iter(_of(role, number))
        for one in range(number):
            city = CITIES[one % len(CITIES)] if role in ("shop", "centre") else CITIES[0]
            # The registry knows who is at home here; shops elsewhere have names that are made up.
            company = next(companies, {}) if city[0].startswith(HOME) else {}
            found.append((first + one, _company(season, role, one, _seat(season, city, company), company)))
    return found


def _seat(
    season: Season, city: tuple[str, str, float, float], company: Element
) -> tuple[str, str, float, float]:
    """Where a company is: in the county that its name begins with, where it does, else in the city."""
    name = str(company.get("organisation_name") or "")
    spots = book(season.end).spots.values()
    at_home = [one for one in spots if one.code.startswith(HOME) and len(one.code) == 6]
    found = next((one for one in at_home if name.startswith((one.name, one.name.rstrip("市旗县")))), None)
    return (found.code, found.name, found.longitude, found.latitude) if found else city


def _of(role: str, number: int) -> list[Element]:
    """Organisations of the registry whose names fit a role, the first by their code."""
    fitting = registry.living("organisations").filter(attributes__organisation_name__icontains=_WORDS[role])
    rows = fitting.order_by("attributes__uscc").values_list("pk", "attributes")[:number]
    return [{"entity": f"organisations/{pk}", **attributes} for pk, attributes in rows]


def _company(
    season: Season, role: str, number: int, at: tuple[str, str, float, float], company: Element
) -> Element:
    rng = np.random.default_rng([season.seed, number, len(role)])
    area, city, longitude, latitude = at
    title = {"plant": "屠宰加工厂", "kitchen": "精深加工厂", "centre": "冷链配送中心", "shop": "生鲜门店"}[
        role
    ]
    return {
        "cbvmda:name": company.get("organisation_name") or f"{city}{title} {number + 1}",
        "cbvmda:longitude": f"{longitude + rng.normal(0, 0.03):.4f}",
        "cbvmda:latitude": f"{latitude + rng.normal(0, 0.03):.4f}",
        "xilin:role": role,
        "xilin:area": area,
        "xilin:uscc": company.get("uscc", ""),
        "xilin:entity": company.get("entity", ""),
    }
