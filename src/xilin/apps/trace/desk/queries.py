"""What somebody may see of goods, and what there is to see.

A producer's people see their own organisation's products, those of a department the products it watches, auditors all; nobody else anything.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Sum
from msgspec import Struct

from xilin.apps.trace.desk.seats import producer_of
from xilin.apps.trace.models import Alert, Allotment, CodeBatch, Look, Suspicion
from xilin.apps.trace.verdicts.book import Book
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

DAYS, MOST = 30, 50


class Scope(Struct, frozen=True):
    """Whose goods somebody sees: `gtins` None for all; `decides` whether alerts are theirs to close, `producer` whether they made them."""

    gtins: frozenset[str] | None
    decides: bool = False
    producer: bool = False

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to see."""
        return self.gtins is not None and not self.gtins

    def of(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Only the rows of these goods."""
        return rows if self.gtins is None else rows.filter(gtin__in=self.gtins)


def scope_of(user: Any, book: Book) -> Scope:
    """What a person may see of goods."""
    if not user.is_authenticated or not user.is_active:
        return Scope(frozenset())
    if user.role == "audit":
        return Scope(None)
    producer = producer_of(user, book)
    if producer is not None:
        return Scope(producer.gtins, producer=True)
    code = user.department.code if user.department_id else ""
    watched = frozenset(one.gtin for one in book.products.values() if code and one.department == code)
    return Scope(watched, decides=bool(watched) and user.role in ("steward", "approver"))


def alerts(scope: Scope) -> QuerySet[Alert]:
    """Open alerts about someone's goods, the newest first."""
    return scope.of(Alert.objects.filter(closed_at=None)).order_by("-last_at")


def alert(scope: Scope, pk: int) -> Alert:
    """One open alert; NotFound where it isn't theirs."""
    found = alerts(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(kind="alert", name=pk)
    return found


class Place(Struct, frozen=True):
    """How many looks came from a place, and how many of those were warned."""

    name: Text
    looks: int
    warned: int


class Overview(Struct, frozen=True):
    """Figures of the last 30 days, what was issued, where looks came from."""

    issued: int
    looks: int
    warned: int
    alerts: int
    reports: int
    batches: list[CodeBatch]
    allotments: list[Allotment]
    places: list[Place]


def overview(scope: Scope, book: Book, *, at: datetime) -> Overview:
    """What a desk shows of someone's goods."""
    looks = scope.of(Look.objects.filter(at__gt=at - timedelta(days=DAYS), at__lte=at))
    counted = looks.order_by().values("place", "level").annotate(n=Count("pk"))
    by_place: Counter[str] = Counter()
    warned: Counter[str] = Counter()
    for row in counted:
        by_place[row["place"]] += row["n"]
        warned[row["place"]] += row["n"] if row["level"] in ("caution", "fake") else 0
    batches = scope.of(CodeBatch.objects.all())
    return Overview(
        issued=batches.aggregate(n=Sum("made"))["n"] or 0,
        looks=by_place.total(),
        warned=warned.total(),
        alerts=alerts(scope).count(),
        reports=scope.of(Suspicion.objects.filter(at__gt=at - timedelta(days=DAYS))).count(),
        batches=list(batches.order_by("-pk")[:12]),
        allotments=list(scope.of(Allotment.objects.all()).order_by("-pk")[:12]),
        places=[Place(book.place_name(place), n, warned[place]) for place, n in by_place.most_common(15)],
    )
