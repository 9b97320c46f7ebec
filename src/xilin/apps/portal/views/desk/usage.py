"""谁用了我的数据 Who used the department's data, when, for what, with the number of the receipt."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import sharing
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.audit.actions import read_by
from xilin.kernel.exchange import queries

MOST = 2000


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Every answer of the gateway from the department's resources, newest first; that they were read is logged first."""
    page = Paginator(queries.usage_for(request.user, limit=MOST), 50).get_page(request.GET.get("page"))
    user = person(request)
    read_by(user, "usage", len(page), at=timezone.now(), everyones=user.department_id is None)
    return show(request, "usage", "usage", page=page, purposes=sharing.purpose_names())
