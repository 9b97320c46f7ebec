"""The pages of the regulator's desk, for the tabs above them."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from xilin.apps.trace.desk.queries import Scope
from xilin.apps.trace.desk.regulator.alarms import Alarms
from xilin.apps.trace.desk.regulator.watch import watch_of
from xilin.apps.trace.verdicts.queries import book
from xilin.web.desk import Section


def tabs(request: HttpRequest, scope: Scope) -> Sequence[Section]:
    """Chains, quotas, balances and alarms, for who oversees goods; how many alarms nobody has yet."""
    watch = watch_of(request.user)
    if watch is None:
        return []
    waiting = Alarms(watch, book(timezone.now()), states=("open",)).count()
    return [
        Section("chains", _("Chains"), reverse("goods:regulator:chains")),
        Section("quotas", _("Quotas"), reverse("goods:regulator:quotas")),
        Section("balances", _("Balances of mass"), reverse("goods:regulator:balances")),
        Section("alarms", _("Alarms"), reverse("goods:regulator:alarms"), waiting),
    ]
