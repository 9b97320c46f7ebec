"""Identifiers of the chain: GS1 keys with the prefix 952, kept for demonstrations, and ear tags of no county."""

from functools import lru_cache

from xilin.apps.trace.gs1 import eartags
from xilin.apps.trace.gs1.checks import check_digit

ROOT = "https://id.gs1.org"
EAR_TAG = eartags.URN
"""Before the fifteen digits of an ear tag (畜禽标识), which is no GS1 key."""
ROLL, LEG, ROAST = "09520001000010", "09520001000027", "09520001000034"
CARCASS, PARTS, WASTE = "09520001000041", "09520001000058", "09520001000065"
PRODUCTS = (ROLL, LEG, ROAST)
NET = {ROLL: 0.5, LEG: 2.5, ROAST: 1.0}
"""Kilograms a pack holds."""


def _ended(digits: str) -> str:
    return digits + check_digit(digits)


@lru_cache(maxsize=65536)
def place(number: int) -> str:
    """A place by its number (0 to 999,999,999): GLN as a Digital Link."""
    return f"{ROOT}/414/{_ended(f'952{number:09d}')}"


@lru_cache(maxsize=65536)
def party(number: int) -> str:
    """The party that a place belongs to."""
    return f"{ROOT}/417/{_ended(f'952{number:09d}')}"


def ear_tag(county: str, serial: int) -> str:
    """An ear tag: 3 for sheep, six digits of a county that doesn't exist (99 and four of the true one), eight of a number."""
    return f"{EAR_TAG}399{county[2:6]}{serial:08d}"


def item(gtin: str, serial: str) -> str:
    """A single item."""
    return f"{ROOT}/01/{gtin}/21/{serial}"


def batch(gtin: str, lot: str) -> str:
    """A batch of a product."""
    return f"{ROOT}/01/{gtin}/10/{lot}"


@lru_cache(maxsize=64)
def _asset_type(number: int) -> str:
    return "0" + _ended(f"952{number:09d}")


def asset(kind: int, serial: int) -> str:
    """A container that is used again and again (GRAI): trolleys, totes, pallets."""
    return f"{ROOT}/8003/{_asset_type(kind)}{serial}"


def vehicle(number: int) -> str:
    """A vehicle (GIAI)."""
    return f"{ROOT}/8004/9520009{number:06d}"


TROLLEY, TOTE, PALLET = 900_000_001, 900_000_002, 900_000_003
