"""The page of releases, for the tabs of the goods' desk."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.trace.desk.queries import Scope
from xilin.apps.trace.desk.regulator.watch import watch_of
from xilin.apps.trace.desk.releases.queries import waiting
from xilin.web.desk import Section


def tabs(request: HttpRequest, scope: Scope) -> Sequence[Section]:
    """Releases, for who oversees goods; how many wait for somebody else than who asked."""
    del scope
    watch = watch_of(request.user)
    if watch is None:
        return []
    count = waiting(watch).exclude(proposed_by=request.user.get_username()).count() if watch.decides else 0
    return [Section("releases", _("Releases"), reverse("goods:releases:releases"), count)]
