"""The pages of this part of the goods' desk, for the tabs above them."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.trace.desk.queries import Scope
from xilin.apps.trace.genealogy import holders, recalls
from xilin.apps.trace.models import Recall
from xilin.web.desk import Section


def tabs(request: HttpRequest, scope: Scope) -> Sequence[Section]:
    """Traces and recalls for those who have goods to see or a party they record for; notices for the latter."""
    user: Any = request.user
    party = holders.party_of(user)
    seen = recalls.recalls_for(user)
    found: list[Section] = []
    if not scope.nothing or party is not None:
        found.append(Section("trace", _("Traces"), reverse("goods:tracing:trace")))
    waiting = 0
    if party is None and scope.decides:
        waiting = seen.filter(state=Recall.State.PROPOSED).exclude(proposed_by=user).count()
    if not scope.nothing or party is not None or seen.exists():
        found.append(Section("recalls", _("Recalls"), reverse("goods:tracing:recalls"), waiting))
    if party is not None:
        unread = recalls.notices_of(user).filter(recall__state=Recall.State.PUBLIC, confirmed_at=None).count()
        found.append(Section("notices", _("Notices of recalls"), reverse("goods:tracing:notices"), unread))
    return found
