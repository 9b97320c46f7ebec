"""谁用了我的数据 Who used the department's data, when, for what, with the number of the receipt."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import sharing
from xilin.apps.portal.views.desk.frame import desk_page, show
from xilin.kernel.exchange import queries

MOST = 2000


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Every answer of the gateway from the department's resources, newest first."""
    page = Paginator(queries.usage_for(request.user, limit=MOST), 50).get_page(request.GET.get("page"))
    return show(request, "usage", "usage", page=page, purposes=sharing.purpose_names())
