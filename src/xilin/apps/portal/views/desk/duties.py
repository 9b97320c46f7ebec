"""What the department owes, each duty with its clock."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import held, sharing
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.audit.actions import read_by
from xilin.kernel.casework import queries as casework
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import queries as exchange


@require_safe
@desk_page
def duties(request: HttpRequest) -> HttpResponse:
    """What the department owes and asked for; who belongs to none oversees every department's clocks."""
    now = timezone.now()
    department = getattr(request.user, "department", None)
    scores = casework.scores(now - timedelta(days=365), now)
    if department is None:
        return show(
            request,
            "oversight",
            "desk",
            open_steps=casework.standings(now),
            scores=sorted(scores, key=lambda score: (score.points is None, score.points or 0)),
            alarms=casework.alarms(),
            refused=[batch for batch in collect.batches()[:200] if batch.state == "refused"][:5],
        )
    asked = exchange.requests_for(request.user).filter(department=department, state="pending")
    uses = exchange.usage_for(request.user, limit=5)
    read_by(person(request), "duties", len(uses), at=now)
    return show(
        request,
        "duties",
        "desk",
        owed=casework.standings(now, department=department),
        score=next((score for score in scores if score.department.pk == department.pk), None),
        asked=asked[:10],
        held=held.sources(request.user),
        uses=uses,
        purposes=sharing.purpose_names(),
    )
