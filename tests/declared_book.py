"""The book of the league's own declarations, read from its folder."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from xilin.apps.trace.declarations import KINDS
from xilin.apps.trace.genealogy.declarations import KINDS as OF_GENEALOGY
from xilin.apps.trace.verdicts.book import Book, make
from xilin.kernel.accounts.declarations import DEPARTMENT
from xilin.kernel.standards.declarations import AREA
from xilin.lib.declared import read

LEAGUE = Path(__file__).parents[1] / "leagues/xilingol"
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


@lru_cache
def declared_book() -> Book:
    league, faults = read(LEAGUE, [AREA, DEPARTMENT, *KINDS, *OF_GENEALOGY])
    assert not [fault for fault in faults if fault.place.file.startswith("trace/")]

    def all_of(kind):
        return [one.value for one in league.all(kind).values()]

    return make(
        BEGIN.date(),
        products=all_of("trace_product"),
        regions=all_of("trace_region"),
        spots=all_of("trace_spot"),
        networks=all_of("trace_network"),
        rules=all_of("trace_rule"),
        weighings=all_of("trace_weighing"),
        disclosures=all_of("trace_disclosure"),
    )
