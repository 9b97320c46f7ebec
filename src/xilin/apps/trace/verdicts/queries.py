"""Reading what verdicts are made by: the declarations of a day, kept in the process while they are in force."""

from datetime import date, datetime
from functools import lru_cache

from django.utils import timezone

from xilin.apps.trace.verdicts.book import Book, make
from xilin.kernel.standards.queries import current_version, declared


def book(at: datetime) -> Book:
    """The declarations in force on a day; read again when another version of the league folder was applied."""
    version = current_version()
    return _book(version.digest if version else "", timezone.localtime(at).date())


@lru_cache(maxsize=4)
def _book(version: str, on: date) -> Book:
    if not version:
        return make(on, products=(), regions=(), spots=(), networks=(), rules=(), weighings=())
    return make(
        on,
        products=declared("trace_product").values(),
        regions=declared("trace_region").values(),
        spots=declared("trace_spot").values(),
        networks=declared("trace_network").values(),
        rules=declared("trace_rule").values(),
        weighings=declared("trace_weighing").values(),
        disclosures=declared("trace_disclosure").values(),
    )
