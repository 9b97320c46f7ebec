"""谁用了我的数据 Who used the department's data, when, for what, with the number of the receipt."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xilin.apps.portal.queries import sharing
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.audit.actions import read_by
from xilin.kernel.exchange import queries
from xilin.kernel.exchange.actions import watching
from xilin.lib.errors import NotFound

MOST = 2000


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Every answer of the gateway from the department's resources, newest first; that they were read is logged first."""
    page = Paginator(queries.usage_for(request.user, limit=MOST), 50).get_page(request.GET.get("page"))
    user = person(request)
    read_by(user, "usage", len(page), at=timezone.now(), everyones=user.department_id is None)
    found = watching.alarms_for(user)
    return show(request, "usage", "usage", page=page, purposes=sharing.purpose_names(), alarms=found)


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
