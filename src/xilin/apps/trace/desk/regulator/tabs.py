"""The pages of this part of the goods' desk, for the tabs above them."""

from collections.abc import Sequence

from django.http import HttpRequest

from xilin.apps.trace.desk.queries import Scope
from xilin.web.desk import Section


def tabs(request: HttpRequest, scope: Scope) -> Sequence[Section]:
    """Those of use to who is signed in."""
    return []
