"""What a buyer can do: report that something is wrong with goods."""

from datetime import datetime, timedelta

from django.db import transaction

from xilin.apps.trace.consumer.errors import ReportedEnough
from xilin.apps.trace.models import Suspicion
from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import Scan
from xilin.kernel.accounts.queries import department
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework

MOST_A_DAY = 5
KIND, STEP = "trace_suspicion", "look_into"


@transaction.atomic
def report(scan: Scan, *, why: str, text: str, book: Book, at: datetime) -> Suspicion:
    """举报 Report a suspicion about goods; a case asks the department of the product to look into it. Raises ReportedEnough.

    Nothing says who reported: the telephone is a keyed hash, used to stop floods.
    """
    key = scan.client or scan.network
    today = Suspicion.objects.filter(client=key, at__gt=at - timedelta(days=1)).count()
    if today >= MOST_A_DAY:
        raise ReportedEnough
    product = book.products.get(scan.gtin)
    made = Suspicion.objects.create(
        gtin=scan.gtin, serial=scan.serial[:40], why=why, text=text[:500], place=scan.place, client=key, at=at
    )
    if product is not None and product.department:
        case = casework.open(
            kind=KIND,
            subject=f"{product.name.zh} {scan.gtin}/{scan.serial}"[:200],
            department=department(product.department),
            step=STEP,
            at=at,
            by=None,
        )
        made.case = case.number
        made.save(update_fields=["case"])
    record(
        "trace.suspicion_reported",
        at=at,
        department=product.department if product else "",
        subject=f"{scan.gtin}/{scan.serial}",
        detail={"why": why, "case": made.case},
    )
    return made
