"""The declarations that verdicts are made by, ready to be looked things up in."""

import ipaddress
import math
from collections.abc import Iterable
from datetime import date
from functools import cached_property

from msgspec import Struct

from xilin.apps.trace.declarations import Disclosure, Network, Product, Region, Spot, VerdictRule, Weighing
from xilin.lib.text import Text

EARTH_KM = 6371.0


class Book(Struct, frozen=True, dict=True):
    """Products, regions, places and the rules in force on a day; `version` is the digest of the league folder's version."""

    on: date
    products: dict[str, Product]
    regions: dict[str, Region]
    spots: dict[str, Spot]
    networks: tuple[Network, ...]
    rules: dict[str, VerdictRule]
    weighing: Weighing
    disclosures: dict[str, Disclosure]
    version: str = ""

    def spot(self, place: str) -> Spot | None:
        """Where an area lies, or the nearest area around it that is in the table."""
        while place:
            if found := self.spots.get(place):
                return found
            place = place[:-2]
        return None

    def apart(self, one: str, other: str) -> float:
        """How far two areas are apart at least, in kilometres: 0 where they may touch or aren't known."""
        if one == other or not one or not other:
            return 0.0
        key = (one, other) if one < other else (other, one)
        found = self._distances.get(key)
        if found is None:
            a, b = self.spot(one), self.spot(other)
            found = 0.0 if a is None or b is None else max(0.0, _distance(a, b) - a.radius_km - b.radius_km)
            self._distances[key] = found
        return found

    def place_name(self, place: str) -> Text:
        """What an area is called; its code where nothing is known of it."""
        spot = self.spot(place)
        if spot is None:
            return Text(zh=place or "未知地点", en=place or "an unknown place")
        return Text(zh=spot.name, en=spot.name_en, mn=spot.name_mn)

    def product_name(self, gtin: str) -> Text:
        """What a product is called; its number where nobody declared it."""
        product = self.products.get(gtin)
        return product.name if product else Text(zh=gtin or "—", en=gtin or "—")

    def region_name(self, code: str) -> Text:
        """What a sales region is called."""
        region = self.regions.get(code)
        return region.name if region else Text(zh=code or "未分配", en=code or "no region")

    def whereabouts(self, address: str) -> tuple[str, bool]:
        """The area an IP address is used in, "" where nobody said, and whether it may be compared with others."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return "", False
        for network, declared in self._networks:
            if found.version == network.version and found in network:
                return declared.area, not declared.coarse
        return "", False

    @cached_property
    def _networks(self) -> list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, Network]]:
        parsed = [(ipaddress.ip_network(one.cidr), one) for one in self.networks]
        return sorted(parsed, key=lambda pair: -pair[0].prefixlen)

    @cached_property
    def _distances(self) -> dict[tuple[str, str], float]:
        return {}


def make(
    on: date,
    *,
    products: Iterable[Product],
    regions: Iterable[Region],
    spots: Iterable[Spot],
    networks: Iterable[Network],
    rules: Iterable[VerdictRule],
    weighings: Iterable[Weighing],
    disclosures: Iterable[Disclosure] = (),
    version: str = "",
) -> Book:
    """The book of a day: rules that hold on it, the newest weighing."""
    known = [one for one in weighings if one.since <= on]
    newest = max(known, key=lambda one: one.since, default=None)
    return Book(
        on=on,
        products={one.gtin: one for one in products},
        regions={one.code: one for one in regions},
        spots={one.code: one for one in spots},
        networks=tuple(networks),
        rules={one.code: one for one in rules if one.in_force(on)},
        weighing=newest or Weighing(code="none", prior_bits=-10.0, warn_from=0.5, since=on, source=""),
        disclosures={one.party: one for one in disclosures},
        version=version,
    )


def _distance(a: Spot, b: Spot) -> float:
    """Along the great circle, in kilometres (haversine)."""
    north = math.radians(b.latitude - a.latitude)
    east = math.radians(b.longitude - a.longitude)
    half = (
        math.sin(north / 2) ** 2
        + math.cos(math.radians(a.latitude)) * math.cos(math.radians(b.latitude)) * math.sin(east / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
