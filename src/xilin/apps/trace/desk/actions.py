"""What can be done at the desk of goods: say what was behind an alert."""

from datetime import datetime
from typing import Any

from django.db import transaction

from xilin.apps.trace.models import Alert
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.casework import queries as cases


@transaction.atomic
def close(alert: Alert, *, outcome: str, by: Any, at: datetime) -> None:
    """Close an alert with what was found, and the case somebody opened by taking it; whoever came second changes nothing."""
    done = Alert.objects.filter(pk=alert.pk, closed_at=None).update(
        closed_at=at, closed_by=by.username, outcome=outcome[:200]
    )
    if done:
        record(
            "trace.alert_closed",
            at=at,
            by=by,
            subject=f"{alert.kind} {alert.rule}",
            detail={"alert": alert.pk},
        )
        case = cases.numbered([alert.case]).get(alert.case)
        if case is not None and case.closed_at is None:
            casework.close(case, at=at, by=by, outcome="closed", remark=outcome)
