"""Addresses of goods (GS1 Digital Link): what a code's address says, and the links that a thing has."""

import re
from datetime import date
from urllib.parse import quote

from msgspec import Struct

from xilin.apps.trace.codes import serials

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


def linkset(found: Wanted, site: str) -> dict[str, object]:
    """The links of a thing as a linkset (RFC 9264), by the link types of the GS1 vocabulary."""
    here = site + found.path
    types = {
        "https://gs1.org/voc/defaultLink": here,
        "https://gs1.org/voc/pip": f"{site}/01/{found.gtin}",
    }
    if found.serial:
        types["https://gs1.org/voc/verificationService"] = here
        types["https://gs1.org/voc/traceability"] = f"{here}#chain"
    one: dict[str, object] = {"anchor": here}
    for name, href in types.items():
        one[name] = [{"href": href, "title": name.rsplit("/", 1)[1], "hreflang": ["zh", "en", "mn-Mong"]}]
    return {"linkset": [one]}
