"""A request as a look: which telephone, from where, at what, with which proof."""

import secrets
from datetime import datetime

from django.http import HttpRequest

from xilin.apps.trace.codes import queries as codes
from xilin.apps.trace.codes import secrets as kept
from xilin.apps.trace.codes import serials
from xilin.apps.trace.consumer.links import Wanted
from xilin.apps.trace.consumer.proofs import Proved
from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import Act, Scan
from xilin.apps.trace.verdicts.privacy import client_of, network_of
from xilin.kernel.accounts.forms import address_of

COOKIE = "xilin_look"
KEPT_SECONDS = 400 * 24 * 3600
TOKEN = 32


def token_of(request: HttpRequest) -> str:
    """The random number a browser keeps, "" where it has none yet or one we did not make."""
    token = request.COOKIES.get(COOKIE, "")
    return token if len(token) == TOKEN and token.isascii() and token.isalnum() else ""


def new_token() -> str:
    """A number for a browser that has none."""
    return secrets.token_hex(TOKEN // 2)


def look(
    request: HttpRequest,
    found: Wanted,
    proved: Proved,
    book: Book,
    *,
    token: str,
    at: datetime,
    act: Act = "look",
) -> Scan:
    """The look a request is. Nothing of its address is kept but the county and a keyed hash of its network."""
    address = address_of(request)
    place, precise = book.whereabouts(address)
    # A broken seal is an opening, whoever broke it.
    done: Act = "open" if proved.sealed is False else act
    return Scan(
        gtin=found.gtin,
        serial=found.serial,
        at=at,
        client=client_of(token),
        network=network_of(address, at),
        place=place,
        precise=precise,
        act=done,
        lot=found.lot,
        expiry=found.expiry,
        proof=proved.proof,
        counter=proved.counter,
        fresh=proved.fresh,
        sealed=proved.sealed,
        typo=not serials.is_serial(found.serial),
    )


def scratched(found: Wanted, given: str) -> bool:
    """Whether a scratch code is the one below the layer of this code."""
    code = codes.find(found.gtin, found.serial)
    if code is None or code.scratch is None:
        return False
    expected = bytes(code.scratch)
    hashed = kept.scratch_hash(found.gtin, found.serial, serials.as_meant(given), code.batch.key_version)
    return secrets.compare_digest(expected, hashed)
