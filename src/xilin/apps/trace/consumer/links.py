"""Addresses of goods (GS1 Digital Link): what a code's address says, and the links that a thing has."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from urllib.parse import quote

from msgspec import Struct

from xilin.apps.trace.codes import serials
from xilin.apps.trace.declarations import GoodsLink
from xilin.apps.trace.gs1.resolver import Target
from xilin.apps.trace.verdicts.book import Book
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text

GTIN = re.compile(r"^\d{14}$|^\d{13}$|^\d{12}$|^\d{8}$")
VALUE = re.compile(r"^[!-Z_a-z%]{1,20}$")


class Wanted(Struct, frozen=True):
    """What an address asks for: a product, a batch of it, or one item; `expiry` where the code says it."""

    gtin: str
    lot: str = ""
    serial: str = ""
    expiry: date | None = None

    @property
    def path(self) -> str:
        """The path as it is signed and printed."""
        lot = f"/10/{quote(self.lot, safe='')}" if self.lot else ""
        serial = f"/21/{quote(self.serial, safe='')}" if self.serial else ""
        return f"/01/{self.gtin}{lot}{serial}"


def wanted(gtin: str, lot: str, serial: str, query: dict[str, str]) -> Wanted | None:
    """What an address asks for; None where it is no address of goods.

    >>> wanted("9520001000010", "", "ab-c", {}).path
    '/01/09520001000010/21/ab-c'
    """
    if not GTIN.match(gtin) or (lot and not VALUE.match(lot)):
        return None
    meant = serials.as_meant(serial)
    serial = meant if serials.is_serial(meant) else serial
    if serial and not VALUE.match(serial):
        return None
    return Wanted(gtin.zfill(14), lot, serial, _expiry(query))


def _expiry(query: dict[str, str]) -> date | None:
    """The date of AI 17 (YYMMDD); a day 00 is the last of its month."""
    text = query.get("17", "")
    if not re.fullmatch(r"\d{6}", text):
        return None
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    try:
        if day:
            return date(year, month, day)
        following = date(year + month // 12, month % 12 + 1, 1)
        return date.fromordinal(following.toordinal() - 1)
    except ValueError:
        return None


class Links(Struct, frozen=True):
    """The links of the league: for each key of `kept` those that are declared there; `products` are the GTINs with pages."""

    kept: Mapping[str, tuple[GoodsLink, ...]]
    products: frozenset[str]

    @property
    def contexts(self) -> set[str]:
        """All contexts that a link is for."""
        return {one.context for declared in self.kept.values() for one in declared if one.context}

    def at(self, paths: Sequence[str], site: str, language: str) -> dict[str, list[Target]]:
        """What is kept at paths of Digital Links: what is declared there, and the pages of this site."""
        found: dict[str, list[Target]] = {}
        # An item has one page, whether its batch stands in the address or not.
        page = next(
            (path for path in paths if "/21/" in path and self._own(path, site, language, led=False)), ""
        )
        for path in paths:
            declared = [_target(one, language) for one in self.kept.get(path, ())]
            led = any(one.default for one in declared)
            own = [] if "/21/" in path and path != page else self._own(path, site, language, led=led)
            if declared or own:
                found[path] = [*own, *declared]
        return found

    def _own(self, path: str, site: str, language: str, *, led: bool) -> list[Target]:
        """The pages of an item, a batch or a product; a product's page is the default where no other is declared."""
        parts = path.split("/")
        if parts[1] != "01" or parts[2] not in self.products or not {*parts[3::2]} <= {"10", "21"}:
            return []
        here, html = site + path, "text/html"
        if "21" not in parts[3::2]:
            return [Target("gs1:pip", here, _PAGE.of(language), media_type=html, default=not led)]
        return [
            Target("gs1:verificationService", here, _CHECK.of(language), media_type=html, default=True),
            Target("gs1:traceability", f"{here}#chain", _CHAIN.of(language), media_type=html),
            Target(
                "gs1:verificationService",
                f"{site}/check/{parts[2]}/{parts[parts.index('21', 3) + 1]}/proof/",
                _PROOF.of(language),
                media_type="application/json",
            ),
        ]


_PAGE = Text(zh="产品信息", en="About the product")
_CHECK = Text(zh="防伪查验", en="Check of the item")
_PROOF = Text(zh="签发证明", en="Proof of issue")
_CHAIN = Text(zh="追溯链条", en="Where it came from")


def _target(one: GoodsLink, language: str) -> Target:
    return Target(
        one.type,
        one.href,
        one.title.of(language),
        (one.language,) if one.language else (),
        one.context,
        one.media_type,
        one.default,
    )


def links_of(book: Book) -> Links:
    """What is declared; read again when another version of the league folder was applied, or a product was entered."""
    return _links(book.version, frozenset(book.products))


@lru_cache(maxsize=4)
def _links(version: str, products: frozenset[str]) -> Links:
    kept: dict[str, list[GoodsLink]] = defaultdict(list)
    for one in declared("trace_link").values() if version else ():
        kept[one.key].append(one)
    return Links({key: tuple(found) for key, found in kept.items()}, products)
