"""隐私预算 The ledger of what releases and answers cost a resource's privacy in a year: sequential composition."""

from datetime import datetime

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from xilin.kernel.audit.actions import record
from xilin.kernel.opening.errors import BudgetSpent
from xilin.kernel.opening.models import Spending
from xilin.kernel.opening.pipeline.noise import scale
from xilin.kernel.standards.queries import declaration


def spent(resource: str, year: int) -> float:
    """Epsilon spent of a resource in a calendar year."""
    rows = Spending.objects.filter(resource=resource, year=year)
    return float(rows.aggregate(sum=Sum("epsilon"))["sum"] or 0)


def allowed(resource: str) -> float:
    """Epsilon a resource may cost in a calendar year; 0 where none is declared."""
    told = declaration("privacy_budget", resource)
    return float(told.epsilon) if told else 0.0


def spend(resource: str, what: str, *, epsilon: float, contribution: int, at: datetime) -> Spending:
    """Enter a cost in the caller's transaction, before noise is drawn; BudgetSpent where there isn't so much left.

    Of two that spend at once the second waits for the first, so that together they can't spend too much.
    """
    year = timezone.localtime(at).year
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('xilin.privacy'), hashtext(%s))", [resource])
    most, gone = allowed(resource), spent(resource, year)
    if gone + epsilon > most + 1e-9:
        raise BudgetSpent(
            resource=resource, left=f"{max(most - gone, 0):g}", year=year, wanted=f"{epsilon:g}"
        )
    made = Spending.objects.create(
        resource=resource,
        year=year,
        what=what,
        epsilon=epsilon,
        scale=scale(epsilon, contribution),
        at=at,
    )
    record(
        "opening.privacy.spent",
        subject=resource,
        detail={
            "what": what,
            "epsilon": epsilon,
            "scale": made.scale,
            "year": year,
            "left": most - gone - epsilon,
        },
        at=at,
    )
    return made
