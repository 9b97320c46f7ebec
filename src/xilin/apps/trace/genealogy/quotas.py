"""Whether somebody claims more than there is (超额): what stops the issuing of codes, from the alerts of `balance`.

An alert counts while it is neither over (late events explain it) nor decided to be explained or settled.
"""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import unquote

from django.db.models import Q, QuerySet
from msgspec import Struct

from xilin.apps.trace.genealogy import walks
from xilin.apps.trace.genealogy.arrays import array
from xilin.apps.trace.genealogy.holders import names
from xilin.apps.trace.models import LineageAlert, Notice, Party

_LOT = "https://id.gs1.org/01/"
# The batches that things belong to: batches themselves, batches items say they are of, and the batches of codes they carry.
_LOTS = """
SELECT DISTINCT n.name FROM unnest(%(nodes)s::bigint[]) w(node) JOIN trace_lineagemark m ON m.node = w.node AND m.role = 9
JOIN trace_lineagename n ON n.id = m.other
UNION
SELECT n.name FROM unnest(%(nodes)s::bigint[]) w(node) JOIN trace_lineagename n ON n.id = w.node
WHERE n.name ~ '^https://id\\.gs1\\.org/01/\\d{14}/10/[^/]+$'
UNION
SELECT DISTINCT 'https://id.gs1.org/01/' || c.gtin || '/10/' || b.lot FROM unnest(%(nodes)s::bigint[]) w(node)
JOIN trace_lineagename n ON n.id = w.node
JOIN trace_code c ON c.gtin = substring(n.name FROM '^https://id\\.gs1\\.org/01/(\\d{14})/')
    AND c.serial = substring(n.name FROM '/21/([^/]+)$')
JOIN trace_codebatch b ON b.id = c.batch_id WHERE b.lot <> ''
"""
Lot = tuple[str, str]


class Exceeded(Struct, frozen=True):
    """Who claims more than there is: the place, how much it has and claims in words of numbers, and the alert that says so."""

    source: str
    have: str
    claimed: str
    kind: str
    alert: int


def standing() -> QuerySet[LineageAlert]:
    """The alerts that count: found, not explained by events, not decided to be explained or settled."""
    return LineageAlert.objects.filter(ended_at=None).exclude(
        outcome__in=[LineageAlert.Outcome.EXPLAINED, LineageAlert.Outcome.SETTLED]
    )


def exceeded(party: str, product: str, at: datetime, *, lot: str = "") -> Exceeded | None:
    """Whether a party claims more of a product than its source has, as known at a time; None where it doesn't.

    Args:
        party: code of the party (of captures, or a USCC), or an identifier events name it by.
        product: GTIN.
        at: now.
        lot: also counts what stands of this production batch, whoever it is of.
    """
    known = standing().filter(found_at__lte=at)
    about = Q(place__in=places_of(party)) & (Q(kind=LineageAlert.Kind.QUOTA) | Q(gtins__contains=[product]))
    if lot:
        cases = Notice.objects.filter(
            kind=Notice.Kind.QUOTA, gtin=product, lot=lot, until=None, since__lte=at
        ).exclude(number="")
        about |= Q(case__in=cases.values("number"))
    alert = known.filter(about).order_by("found_at", "pk").first()
    return None if alert is None else said(alert)


def said(alert: LineageAlert) -> Exceeded:
    """An alert in the few words that a refusal or a notice has room for: identifiers and numbers, no names."""
    told = alert.figures
    if alert.kind == LineageAlert.Kind.MASS:
        have, claimed = f"{told['kg_in']:.1f} kg", f"{told['kg_out']:.1f} kg"
    else:
        have = str(min(told["tagged"], told["sold"] - told["untagged"]))
        claimed = str(told["sold"])
    return Exceeded(alert.place.rsplit("/", 1)[-1], have, claimed, alert.kind, alert.pk)


def places_of(party: str) -> list[str]:
    """The places and parties that a code or identifier stands for, as events may name them."""
    found = Party.objects.filter(Q(code=party) | Q(ids__contains=[party])).first() if party else None
    given = [party, *(found.ids if found else [])]
    return [*given, *names(one for one in given if "/" in one)]


def lots(nodes: Sequence[int]) -> list[Lot]:
    """The production batches that things are of: product and batch."""
    rows = walks.rows(_LOTS, {"nodes": array(nodes)})
    found = {_lot(name) for (name,) in rows}
    return sorted(one for one in found if one is not None)


def _lot(name: str) -> Lot | None:
    gtin, mark, lot = name.removeprefix(_LOT).partition("/10/")
    return (gtin, unquote(lot)) if mark and len(gtin) == 14 and lot and "/" not in lot else None
