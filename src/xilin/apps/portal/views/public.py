"""The home page, the pages for herders and visitors, news of data, and what the site says of itself."""

from typing import Any, Literal

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xilin.apps.portal.context import centre
from xilin.apps.portal.offered.home import newest
from xilin.apps.portal.queries import figures, holdings, region
from xilin.apps.portal.tables import public as listed
from xilin.apps.trace.genealogy import recalls
from xilin.kernel.indicators.queries import Figure
from xilin.web import public, tables
from xilin.web.keeping import kept

MAPS, NEWS = 4, 200


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the centre is and holds: live figures, a map of a figure, entrances, and what the parts offer."""
    maps = _maps()
    wanted = request.GET.get("map", "")
    chosen = next((one for one in maps if one.indicator.code == wanted), maps[0] if maps else None)
    return render(
        request,
        "portal/home.html",
        {
            "league": region.league(),
            "maps": maps,
            "chosen": chosen,
            "drawn": _drawn(chosen.indicator.code) if chosen else None,
            "blank": None if chosen else region.map_of({}),
            "figures": public.figures(request),
            "entrances": _entrances(request),
            "shown": public.sections(request, "home"),
        },
    )


@kept
def _maps() -> list[Figure]:
    return figures.mapped()[:MAPS]


@kept
def _drawn(code: str) -> Any:
    return figures.map_for(code)


def _entrances(request: HttpRequest) -> list[dict[str, Any]]:
    wanted: tuple[tuple[public.Place, str, str], ...] = (
        ("citizens", _("Citizens"), "key"),
        ("herders", _("Herders"), "map"),
        ("visitors", _("Visitors"), "search"),
        ("enterprises", _("Enterprises"), "chart"),
        ("departments", _("Departments"), "desk"),
    )
    found = [
        {"name": name, "icon": icon, "doors": public.doors(request, place)} for place, name, icon in wanted
    ]
    return [one for one in found if one["doors"]]


@require_safe
def herders(request: HttpRequest) -> HttpResponse:
    """What concerns herders: subsidies, livestock, grassland, in the figures there are."""
    return _for_whom(
        request,
        "herders",
        _("For herders"),
        _("Livestock, grassland, support and codes on goods: what the centre's data says, and whom to ask."),
    )


@require_safe
def visitors(request: HttpRequest) -> HttpResponse:
    """What concerns visitors: places, genuine goods, whom to ask."""
    return _for_whom(
        request,
        "visitors",
        _("For visitors"),
        _("Find places, check what you buy, and tell us what is wrong."),
    )


def _for_whom(
    request: HttpRequest, page: Literal["herders", "visitors"], name: str, lead: str
) -> HttpResponse:
    quick = public.doors(request, "herders_page" if page == "herders" else "visitors_page")
    answer = {"name": name, "lead": lead, "quick": quick, "shown": public.sections(request, page)}
    return render(request, "portal/for_whom.html", answer)


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """Everything that was published, newest first, of one kind or of all; and the recalls in full."""
    kinds = [
        ("", _("all")),
        ("open", _("Open data")),
        ("catalogue", _("Catalogue")),
        ("indicators", _("Indicators")),
        ("recall", _("Recalls of food")),
    ]
    kind = request.GET.get("kind", "")
    found = [one for one in newest(NEWS) if kind in ("", one.kind)]
    answer = {
        "kinds": kinds,
        "kind": kind,
        "page": Paginator(found, 30).get_page(request.GET.get("page")),
        "recalls": list(recalls.public_recalls(20)) if kind in ("", "recall") else [],
    }
    return render(request, "portal/news.html", answer)


@require_safe
def news_atom(request: HttpRequest) -> HttpResponse:
    """The same as an Atom feed."""
    site = request.build_absolute_uri("/").rstrip("/")
    found = newest(50)
    feed = Atom1Feed(
        title=f"{centre()} · {_('News of data')}",
        link=f"{site}{reverse('portal:news')}",
        description="",
        language=get_language(),
        feed_url=f"{site}{reverse('portal:news_atom')}",
        feed_guid=f"{site}/news",
    )
    for one in found:
        feed.add_item(
            title=one.title,
            link=f"{site}{one.href}",
            description=one.about,
            unique_id=f"tag:{request.get_host().split(':')[0]},2026:{one.id}",
            pubdate=one.at,
            updateddate=one.at,
            categories=[one.kind],
        )
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    if found:
        response.headers["Last-Modified"] = http_date(found[0].at.timestamp())
    return response


@require_safe
def departments(request: HttpRequest) -> HttpResponse:
    """The departments that provide data, with what each provides and how good it is."""
    table = listed.providers(request, holdings.providers(request.user))
    return tables.exported(table) or render(request, "portal/departments.html", {"table": table})


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this is, on what law it stands, what it speaks."""
    return render(request, "portal/about.html", {"league": region.league(), "version": region.version()})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """无障碍声明 What the pages hold to, what one can do, what is not met, and whom to tell."""
    return render(request, "portal/accessibility.html")
