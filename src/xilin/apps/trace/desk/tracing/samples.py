"""Addresses of pages of traces and recalls that depend on what is there, for pictures."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from xilin.apps.trace.genealogy import recalls
from xilin.apps.trace.models import Recall


def samples(user: Any) -> list[tuple[str, str]]:
    """A public recall, the chain forward from what it is of, the form to propose one, a notice to answer."""
    if user is None:
        return []
    found: list[tuple[str, str]] = []
    recall = recalls.recalls_for(user).filter(state=Recall.State.PUBLIC).first()
    if recall is not None:
        found.append(("goods-recall", reverse("goods:tracing:recall", args=[recall.case.number])))
        asked = {"id": recall.roots[0], "way": "forward"}
        found.append(("goods-traced", f"{reverse('goods:tracing:trace')}?{urlencode(asked)}"))
        if recalls.may_propose(user):
            asked = {"id": recall.roots[0]}
            found.append(("goods-propose", f"{reverse('goods:tracing:propose')}?{urlencode(asked)}"))
    notice = recalls.notices_of(user).first()
    if notice is not None:
        found.append(("goods-notice", reverse("goods:tracing:notice", args=[notice.pk])))
    return found
