"""Ways through the site: the navigation, the footer, and the entrances of the home page."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.web.keeping import kept
from xilin.web.public import Door


def doors(_request: HttpRequest) -> list[Door]:
    """All ways that the portal knows of."""
    return _doors()


@kept
def _doors() -> list[Door]:
    # Every page has them, and they are the same for all its readers in a language.
    return [*_navigation(), *_footing(), *_entrances()]


def _navigation() -> Iterator[Door]:
    wanted = (
        ("open", _("Open data")),
        ("catalogue", _("Catalogue")),
        ("indicators", _("Indicators")),
        ("economy", _("Economy")),
        ("places", _("Places")),
        ("herders", _("Herders")),
        ("visitors", _("Visitors")),
        ("approvals", _("Requests and clocks")),
        ("news", _("News of data")),
    )
    for order, (section, name) in enumerate(wanted, 1):
        yield Door("navigation", name, reverse(f"portal:{section}"), order * 10)


def _footing() -> Iterator[Door]:
    wanted = (
        (_("About"), reverse("portal:about")),
        (_("Departments"), reverse("portal:departments")),
        (_("One map"), reverse("portal:map")),
        (_("Registries"), reverse("portal:registries")),
        (_("Quality"), reverse("portal:quality")),
        (_("Cockpit"), reverse("portal:cockpit")),
        (_("Status report"), reverse("portal:report")),
        (_("Audit log"), reverse("portal:audit")),
        (_("Who looked at me"), reverse("portal:citizen")),
        (_("Check a code"), reverse("consumer:find")),
        (_("Xilin handheld"), reverse("handheld:shell")),
        ("DCAT 3", reverse("portal:dcat")),
        (_("News feed"), reverse("portal:news_atom")),
        (_("Accessibility statement"), reverse("portal:accessibility")),
    )
    for order, (name, href) in enumerate(wanted, 1):
        yield Door("footing", name, href, order * 10)


def _entrances() -> Iterator[Door]:
    yield Door("citizens", _("Who looked at my data"), reverse("portal:citizen"), 10)
    yield Door("citizens", _("Check a code"), reverse("consumer:find"), 30)
    yield Door("citizens", _("Requests and their deadlines"), reverse("portal:approvals"), 40)
    yield Door("herders", _("Page for herders"), reverse("portal:herders"), 10)
    yield Door("herders", _("Livestock and grassland in figures"), f"{reverse('portal:herders')}#figures", 20)
    yield Door("visitors", _("Page for visitors"), reverse("portal:visitors"), 10)
    yield Door("visitors", _("Find a place"), reverse("portal:places"), 20)
    yield Door("visitors", _("One map"), reverse("portal:map"), 25)
    yield Door("visitors", _("Is this lamb genuine?"), reverse("consumer:find"), 30)
    yield Door("enterprises", _("Open data with examples"), reverse("portal:open"), 10)
    yield Door("enterprises", _("Series for programs (SDMX)"), reverse("portal:economy"), 20)
    yield Door("enterprises", _("Places for programs (OGC API)"), f"{reverse('places:landing')}?f=html", 30)
    yield Door("departments", _("Department desk"), reverse("portal:desk"), 10)
    yield Door("departments", _("Search the catalogue"), reverse("portal:catalogue"), 20)
    yield Door("departments", _("Cockpit"), reverse("portal:cockpit"), 30)
    yield Door("departments", _("Audit log"), reverse("portal:audit"), 40)
