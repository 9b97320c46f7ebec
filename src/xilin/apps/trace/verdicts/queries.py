"""Reading what verdicts are made by: the declarations of a day and the products that producers entered, kept in the process
while they are in force."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from django.db import connection
from django.utils import timezone

from xilin.apps.trace.declarations import Product
from xilin.apps.trace.models import OwnProduct
from xilin.apps.trace.verdicts.book import Book, make
from xilin.kernel.standards.declarations import Name
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text

# Which declarations and products hold: one question, since every look asks it.
STAMP = """
SELECT coalesce((SELECT digest FROM standards_leagueversion ORDER BY number DESC LIMIT 1), ''),
    count(*), max(id), max(changed_at) FROM trace_ownproduct
"""


def book(at: datetime) -> Book:
    """What holds on a day; read again when another version of the league folder was applied, or a product was entered."""
    with connection.cursor() as cursor:
        cursor.execute(STAMP)
        version, *own = cursor.fetchone()
    return _book(version, " ".join(map(str, own)), timezone.localtime(at).date())


@lru_cache(maxsize=4)
def _book(version: str, own: str, on: date) -> Book:
    if not version:
        return make(on, products=(), regions=(), spots=(), networks=(), rules=(), weighings=())
    products: dict[str, Product] = declared("trace_product")
    return make(
        on,
        products=[*_entered(products.values()), *products.values()],
        regions=declared("trace_region").values(),
        spots=declared("trace_spot").values(),
        networks=declared("trace_network").values(),
        rules=declared("trace_rule").values(),
        weighings=declared("trace_weighing").values(),
        disclosures=declared("trace_disclosure").values(),
        version=version,
    )


def _entered(known: Iterable[Product]) -> list[Product]:
    """Products that producers entered themselves. Who watches them, and how often one is looked at, is as declared for others
    of their category; a declared product of the same number stands before one that was entered."""
    like: dict[str, Product] = {}
    for one in known:
        like.setdefault(one.category, one)
    return [_product(one, like.get(one.category)) for one in OwnProduct.objects.select_related("party")]


def _product(one: OwnProduct, like: Product | None) -> Product:
    return Product(
        gtin=one.gtin,
        name=Name(zh=one.name, en=one.name_en or one.name),
        category=cast(Any, one.category),
        producer=one.producer,
        producer_name=Name(zh=str(one.party), en=str(one.party)),
        shelf_days=one.shelf_days,
        code_kind=cast(Any, one.kind),
        k=like.k if like else 4,
        window_days=like.window_days if like else 30,
        transit_days=like.transit_days if like else 7,
        net=Text(zh=one.net),
        department=like.department if like else "",
    )
