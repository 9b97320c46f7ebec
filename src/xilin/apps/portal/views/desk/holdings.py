"""我的资源 The department's own resources with their scores and newest rows."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import scores
from xilin.apps.portal.tables import quality as listed
from xilin.apps.portal.views.desk.frame import desk_page, show
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect import queries as collect
from xilin.web import tables


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """The resources the department answers for, worst score first, each with the newest batches that feed it."""
    department = getattr(request.user, "department_id", None)
    own = catalog.resources_for(request.user).filter(provider=department) if department else []
    newest: dict[str, list[object]] = {}
    for batch in collect.newest().values():
        newest.setdefault(batch.resource, []).append(batch)
    rows = [(one, newest.get(one.resource.code, [])) for one in scores.scored(own)]
    table = listed.holdings(request, rows)
    return tables.exported(table) or show(request, "holdings", "holdings", table=table)
