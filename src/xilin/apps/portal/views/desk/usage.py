"""谁用了我的数据 Who used the department's data, when, for what, with the number of the receipt."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xilin.apps.portal.queries import sharing
from xilin.apps.portal.tables import exchange as listed
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.audit.actions import read_by
from xilin.kernel.exchange import queries
from xilin.kernel.exchange.actions import watching
from xilin.lib.errors import NotFound
from xilin.web import tables

MOST = 2000


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Every answer of the gateway from the department's resources, newest first; that they were read is logged first."""
    user = person(request)
    table = listed.usage(request, queries.usage_for(user, limit=MOST), sharing.purpose_names())
    taken = tables.exported(table)
    read = len(table.found) if taken else len(table.page)
    read_by(user, "usage", read, at=timezone.now(), everyones=user.department_id is None)
    return taken or show(request, "usage", "usage", table=table, alarms=watching.alarms_for(user))


@require_POST
@desk_page
def close(request: HttpRequest, alarm: int) -> HttpResponse:
    """Say what was behind an alarm; where nothing is said, or it isn't this person's to say, why."""
    user = person(request)
    one = watching.alarms_for(user).filter(pk=alarm).first()
    if one is None:
        raise NotFound(kind=_("alarm"), name=alarm)
    watching.close_alarm(one, by=user, at=timezone.now(), remark=request.POST.get("remark", "")[:2000])
    messages.success(request, _("The alarm is closed."))
    return redirect("portal:usage")
