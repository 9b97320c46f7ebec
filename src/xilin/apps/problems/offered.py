"""What problems offer to other pages: a section of the desk, doors of the public pages."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.problems import queries
from xilin.web.desk import Section
from xilin.web.public import Door


def sections(request: HttpRequest) -> list[Section]:
    """The desk's section, for those whose department receives reports."""
    user = request.user
    if not queries.receives(user):
        return []
    return [
        Section("problems", _("Problems reported"), reverse("problems_desk:every"), queries.waiting(user))
    ]


def doors(_request: HttpRequest) -> Iterator[Door]:
    """Ways to the form and to what became of a report."""
    report, follow = reverse("problems:report"), reverse("problems:follow")
    yield Door("navigation", _("Report a problem"), report, 85)
    yield Door("footing", _("Report a problem"), report, 85)
    yield Door("citizens", _("Report a problem"), report, 20, icon="report")
    yield Door("citizens", _("What became of my report"), follow, 25)
    about = _("A road, a fence, a well, sick animals: it goes to the department that must answer")
    yield Door("herders_page", _("Report a problem"), report, 20, about, "report")
    yield Door("visitors_page", _("Report a problem"), report, 30, about, "report")
