"""What the department owes, each duty with its clock."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from xilin.apps.portal.views.desk.frame import desk_page, show
from xilin.kernel.casework import queries as casework
from xilin.kernel.exchange import queries as exchange


@require_safe
@desk_page
def duties(request: HttpRequest) -> HttpResponse:
    """Open steps with cards, the score of the last year, what is under way elsewhere."""
    now = timezone.now()
    department = getattr(request.user, "department", None)
    owed = casework.standings(now, department=department) if department else []
    scores = casework.scores(now - timedelta(days=365), now)
    mine = next((score for score in scores if department and score.department.pk == department.pk), None)
    asked = exchange.requests_for(request.user)
    asked = asked.filter(department=department, state="pending") if department else asked.none()
    return show(request, "duties", "desk", owed=owed, score=mine, asked=asked[:10], now=now)
