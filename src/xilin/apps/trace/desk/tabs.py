"""The first page of the goods' desk, for the tabs above its pages."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.trace.desk.queries import Scope
from xilin.web.desk import Section


def tabs(request: HttpRequest, scope: Scope) -> Sequence[Section]:
    """The first page, for everybody who has goods to see; producers have an overview of their own."""
    return (
        [] if scope.nothing or scope.producer else [Section("goods", _("Overview"), reverse("goods:goods"))]
    )
