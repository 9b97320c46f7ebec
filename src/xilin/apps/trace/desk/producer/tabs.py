"""The pages of this part of the goods' desk, for the tabs above them."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.trace.desk.producer.frame import found_for
from xilin.apps.trace.desk.queries import Scope
from xilin.web.desk import Section


def tabs(request: HttpRequest, scope: Scope) -> Sequence[Section]:
    """Those of a producer, for its own people; sheets for those of them who act."""
    producer = found_for(request)
    if producer is None:
        return []
    wanted = [
        ("overview", _("My goods"), True),
        ("batches", _("Batches and codes"), True),
        ("events", _("Events"), True),
        ("looks", _("Looks and suspicions"), True),
        ("sheets", _("Sheets (XLSX)"), producer.acts),
    ]
    return [
        Section(f"producer_{code}", name, reverse(f"goods:producer:{code}"))
        for code, name, useful in wanted
        if useful
    ]
