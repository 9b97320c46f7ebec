"""What every page of the site knows: whose it is, and the ways through it."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import region as regions
from xilin.apps.portal.queries.names import Names
from xilin.lib.text import Text
from xilin.web import languages, public


@dataclass(frozen=True, slots=True)
class Door:
    """A way to somewhere."""

    name: str
    href: str
    current: bool = False
    kind: str = ""


def region(request: HttpRequest) -> dict[str, object]:
    """The region's name and motto, the navigation with the page one is on, the doors to the desk."""
    info = regions.league()
    return {
        "region_name": regions.name(),
        "centre_name": centre(),
        "site_tagline": _("One platform for sharing data under law"),
        "site_owner": centre() if info else "",
        "navigation": navigation(request),
        "doors": doors(request),
        "account": SimpleLazyObject(lambda: account(request)),
        "names": Names(),
        "footing": public.doors(request, "footing"),
    }


def centre() -> str:
    """What the centre is called."""
    info = regions.league()
    if info is None:
        return _("Data Centre")
    name = languages.paired(regions.name(), info.name.zh, sure=False)
    return _("%(region)s Data Centre") % {"region": name}


def navigation(request: HttpRequest) -> list[Door]:
    """The main sections, as the parts offer them."""
    return [
        Door(one.name, one.href, request.path.startswith(one.href))
        for one in public.doors(request, "navigation")
    ]


def doors(request: HttpRequest) -> list[Door]:
    """Into the desk, or to the sign-in."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return [Door(_("My desk"), reverse("portal:desk"))]
    return [Door(_("Sign in"), reverse("login"))]


def account(request: HttpRequest) -> dict[str, object] | None:
    """Who is signed in and where they change what is theirs: for the frame of the desk."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    department = getattr(user, "department", None)
    short = Text(zh=department.short, en=department.short_en).of(get_language() or "") if department else ""
    who = " · ".join(word for word in (short, str(user), user.get_role_display()) if word)
    return {"who": who, "doors": [Door(_("Password"), reverse("portal:password"))]}
