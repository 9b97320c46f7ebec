"""What things, places and parties of a trace are called: by master data, declared products and registered parties."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from xilin.apps.trace.epcis.keys import ROOT
from xilin.apps.trace.gs1 import eartags
from xilin.apps.trace.models import MasterData, Party
from xilin.lib.text import Text

LOCATION, PARTY = "urn:epcglobal:epcis:vtype:Location", "urn:epcglobal:epcis:vtype:Party"
_PREFIX = f"{ROOT}/"
TAG = eartags.URN
_KINDS: dict[str, Text] = {
    "00": Text(zh="物流单元", en="logistic unit"), "01": Text(zh="商品", en="product"), "253": Text(zh="单证", en="document"),
    "414": Text(zh="地点", en="place"), "417": Text(zh="参与方", en="party"), "8003": Text(zh="周转容器", en="returnable container"),
    "8004": Text(zh="资产", en="asset"),
}  # fmt: skip
_ANIMAL, _EVENT, _OTHER = (
    Text(zh="牲畜", en="animal"),
    Text(zh="过程", en="process"),
    Text(zh="物品", en="thing"),
)


def of_places(uris: Iterable[str | None]) -> dict[str, str]:
    """Names of places and parties, those that somebody told; of several tellings the newest."""
    wanted = {uri for uri in uris if uri}
    found: dict[str, str] = {}
    rows = MasterData.objects.filter(uri__in=wanted, kind__in=(LOCATION, PARTY)).order_by("at")
    for uri, attributes in rows.values_list("uri", "attributes"):
        for one in attributes:
            if str(one.get("id", "")).rsplit("#", 1)[-1].rsplit(":", 1)[-1] == "name":
                found[uri] = str(one.get("attribute") or "")
    for party in Party.objects.exclude(ids=[]).only("name", "code", "ids"):
        for uri in party.ids:
            if uri in wanted:
                found.setdefault(uri, party.name or party.code)
    return {uri: name for uri, name in found.items() if name}


def kind(thing: str, products: Mapping[str, Any]) -> Text:
    """What kind of thing an identifier names; the product's own name where it is declared."""
    if thing.startswith(TAG):
        return _ANIMAL
    if thing.startswith("event:"):
        return _EVENT
    key, _, rest = thing.removeprefix(_PREFIX).partition("/")
    if not thing.startswith(_PREFIX):
        return _OTHER
    product = products.get(rest.partition("/")[0]) if key == "01" else None
    return product.name if product is not None else _KINDS.get(key, _OTHER)


def short(thing: str) -> str:
    """An identifier as it is read out: the serial number or lot, the digits of an ear tag, else its end.

    >>> short("https://id.gs1.org/01/09520001000010/21/A%2FB"), short("urn:xilin:eartag:399250200000017")
    ('A/B', '399250200000017')
    """
    if thing.startswith(_PREFIX):
        parts = thing[len(_PREFIX) :].split("/")
        return unquote(parts[-1]) if len(parts) != 3 else parts[1] + "/" + unquote(parts[2])
    return unquote(thing.rsplit(":", 1)[-1].rsplit("/", 1)[-1])


def group(thing: str) -> str:
    """What things are alike by: the same product, kind of asset or register of animals; a lot is like no other."""
    if thing.startswith(TAG):
        return TAG
    parts = thing.removeprefix(_PREFIX).split("/")
    if not thing.startswith(_PREFIX) or len(parts) < 2:
        return thing
    if parts[0] == "01":
        return f"01/{parts[1]}/{parts[2]}" if len(parts) > 3 and parts[2] == "21" else thing
    return parts[0] + "/" + (parts[1][:14] if parts[0] == "8003" else "")


def product(thing: str) -> str:
    """The product a thing is of, as its GTIN; "" for what is no product."""
    parts = thing.removeprefix(_PREFIX).split("/")
    return parts[1] if thing.startswith(_PREFIX) and parts[0] == "01" and len(parts) > 1 else ""
