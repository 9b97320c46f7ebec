"""What the department owes, each duty with its clock."""

from datetime import date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import held, sharing
from xilin.apps.portal.tables import duties as listed
from xilin.apps.portal.tables import exchange as shared
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.audit.actions import read_by
from xilin.kernel.casework import compliance as report
from xilin.kernel.casework import queries as casework
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import queries as exchange
from xilin.web import tables


@require_safe
@desk_page
def duties(request: HttpRequest) -> HttpResponse:
    """What the department owes and asked for; who belongs to none oversees every department's clocks."""
    now = timezone.now()
    department = getattr(request.user, "department", None)
    scores = casework.scores(now - timedelta(days=365), now)
    if department is None:
        linked = person(request).role == "audit"
        owed = listed.owed(
            request,
            _("Open duties of every department"),
            casework.standings(now),
            whose=True,
            linked=linked,
        )
        return tables.exported(owed) or show(
            request,
            "oversight",
            "desk",
            owed=owed,
            scores=sorted(scores, key=lambda score: (score.points is None, score.points or 0)),
            alarms=casework.calendar_alarms(now),
            refused=[batch for batch in collect.batches()[:200] if batch.state == "refused"][:5],
        )
    asked = exchange.requests_for(request.user).filter(department=department, state="pending")
    owed = listed.owed(request, _("What we owe"), casework.standings(now, department=department))
    uses = shared.usage(request, exchange.usage_for(request.user, limit=5), sharing.purpose_names())
    read_by(person(request), "duties", uses.count, at=now)
    return tables.exported(owed, uses) or show(
        request,
        "duties",
        "desk",
        owed=owed,
        score=next((score for score in scores if score.department.pk == department.pk), None),
        asked=asked[:10],
        above=exchange.for_authority(request.user)[:20],
        ending=exchange.ending(request.user, now)[:5],
        ended=exchange.ended_lately(request.user, now)[:5],
        keys=exchange.keys_ending(request.user, now)[:5],
        now=now,
        alarms=casework.calendar_alarms(now),
        held=held.sources(request.user),
        uses=uses,
    )


@require_safe
@desk_page
def compliance(request: HttpRequest) -> HttpResponse:
    """How departments kept their deadlines, as page or workbook: one's own, everyone's for authority and oversight."""
    now = timezone.now()
    user = person(request)
    department = getattr(user, "department", None)
    authority = catalog.authority()
    whole = department is None or (authority is not None and authority.pk == department.pk)
    until = _day(request.GET.get("until", ""), timezone.localdate(now))
    since = _day(request.GET.get("since", ""), until - timedelta(days=365))
    span = (_midnight(since), _midnight(until + timedelta(days=1)))
    lines = report.compliance(*span, department=None if whole else department)
    if request.GET.get("file") == "xlsx":
        answer = HttpResponse(
            report.workbook(lines, *span),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        answer["Content-Disposition"] = f'attachment; filename="compliance-{since}-{until}.xlsx"'
        return answer
    table = listed.compliance(request, lines)
    return tables.exported(table) or show(
        request, "compliance", "desk", table=table, lines=lines, since=since, until=until, all=whole
    )


def _day(text: str, otherwise: date) -> date:
    try:
        return max(date(2000, 1, 1), min(date.fromisoformat(text), date(2200, 1, 1)))
    except ValueError:
        return otherwise


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
