"""Pages of looks: where and when goods were looked at, what is suspected, and the evidence behind one suspicion."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from xilin.apps.trace.desk.producer import actions, looks, queries, words
from xilin.apps.trace.desk.producer import tables as listed
from xilin.apps.trace.desk.producer.forms import ExplainForm
from xilin.apps.trace.desk.producer.frame import Desk, attempt
from xilin.apps.trace.desk.reported import REPORTED
from xilin.apps.trace.models import Alert
from xilin.apps.trace.verdicts.facts import thing_of
from xilin.lib.text import Text
from xilin.web import tables
from xilin.web.desk import desk_page

LEVELS = {
    "genuine": ("good", _("nothing speaks against it")),
    "caution": ("warn", _("take care")),
    "fake": ("bad", _("very likely a fake")),
    "unknown": ("", _("nothing is known")),
}
ACTS = {"look": _("looked"), "shop": _("shop"), "open": _("opened"), "inspect": _("inspected")}
KINDS = {
    "item": _("single code"),
    "consignment": _("consignment"),
    "batch": _("production batch"),
    "asker": _("somebody who tries numbers"),
}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Where and when goods were looked at, what is suspected, what surfaced in other regions."""
    desk = Desk(request)
    gtin = request.GET.get("gtin", "")
    gtin = gtin if gtin in desk.producer.gtins else ""
    chosen = looks.period(
        _number(request.GET.get("days", "")), _number(request.GET.get("week", "")), at=desk.at
    )
    places = looks.by_place(desk.producer, desk.book, chosen, gtin)
    home = looks.home_code()
    part: dict[str, Any] = {
        "gtin": gtin,
        "chosen": chosen,
        "places": listed.places(request, places),
        "looks": sum(one.looks for one in places),
        "warned": sum(one.warned for one in places),
        "fake": sum(one.fake for one in places),
        "unplaced": sum(one.looks for one in places if one.longitude is None),
        "country": looks.country(places, home),
        "league": looks.league(places, home),
        "weeks": looks.weeks(desk.producer, chosen, gtin, at=desk.at),
    }
    part["columns"], part["routes"] = _routes(desk, chosen, gtin)
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") == "looks":
        return render(request, "goods_desk/producer/looks_part.html", part)
    gtins = sorted(desk.producer.gtins)
    closed = [alert_line(desk, one, []) for one in queries.closed(desk.producer)]
    reports = [
        (one, desk.book.place_name(one.place) if one.place else None, words.said(REPORTED, one.why))
        for one in queries.suspicions(desk.producer, at=desk.at).order_by("-at")[:20]
    ]
    told: dict[str, Any] = {
        "suspicions": listed.suspicions(
            request,
            queries.alerts(desk.producer),
            desk.book,
            lambda one, answers: alert_line(desk, one, answers),
            gtins,
        ),
        "reports": listed.reports(request, reports, desk.book),
        "closed": listed.closed(request, closed, desk.book),
    }
    return tables.exported(part["places"], *told.values()) or desk.show(
        "looks",
        "looks",
        periods=[(days, days == chosen.days) for days in looks.PERIODS],
        products=[(code, desk.book.products[code]) for code in gtins],
        **told,
        **part,
    )


def _routes(desk: Desk, chosen: looks.Period, gtin: str) -> tuple[list[Text], list[looks.Route]]:
    columns, routes = looks.diversion(desk.producer, desk.book, chosen, gtin)
    elsewhere = Text(zh="其他地区", en="elsewhere")
    return [desk.book.region_name(code) if code else elsewhere for code in columns], routes


def alert_line(desk: Desk, one: Alert, answers: list[Any]) -> dict[str, Any]:
    """An alert as a row."""
    return {
        "alert": one,
        "rule": desk.book.rules.get(one.rule),
        "product": desk.book.products.get(one.gtin),
        "place": desk.book.place_name(one.place) if one.place else None,
        "told": Text(zh=one.told.get("zh", ""), en=one.told.get("en", "")),
        "kind": KINDS.get(one.kind, one.kind),
        # Who tries numbers is known by a keyed hash, which says nothing to a reader.
        "subject": one.subject.partition("/")[2] or ("" if one.kind == "asker" else one.subject),
        "answers": answers,
    }


@require_safe
@desk_page
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One suspicion with its evidence."""
    desk = Desk(request)
    return _one(desk, queries.alert(desk.producer, pk))


def _one(desk: Desk, found: Alert, status: int = 200, form: ExplainForm | None = None) -> HttpResponse:
    code = looks.code_of(found)
    allotment = looks.allotment_of(found, desk.producer)
    region = code.region if code else allotment.region if allotment else ""
    return desk.show(
        "alert",
        "looks",
        status,
        line=alert_line(desk, found, queries.answers([found]).get(found.pk, [])),
        code=code,
        thing=thing_of(code.gtin, code.serial) if code else "",
        allotment=allotment,
        region=desk.book.region_name(region) if region else None,
        evidence=[
            (row, *LEVELS.get(row.level, ("", row.level)), ACTS.get(row.act, row.act))
            for row in looks.evidence(found, desk.book)
        ],
        form=form or ExplainForm(),
    )


@require_POST
@desk_page
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what was behind a suspicion."""
    desk = Desk(request)
    desk.producer.may_act()
    found = queries.alert(desk.producer, pk)
    form = ExplainForm(request.POST)
    if form.is_valid() and attempt(
        form,
        lambda: actions.explain(desk.producer, found, form.cleaned_data["text"], at=desk.at, by=desk.user),
    ):
        return redirect("goods:producer:alert", pk)
    return _one(desk, found, 422, form)


@require_POST
@desk_page
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the authority to look into a suspicion."""
    desk = Desk(request)
    desk.producer.may_act()
    found = queries.alert(desk.producer, pk)
    form = ExplainForm({"text": ""})
    form.is_valid()
    form.errors.clear()
    if attempt(
        form,
        lambda: actions.take_as_case(desk.producer, found, book=desk.book, at=desk.at, by=desk.user),
    ):
        return redirect("goods:producer:alert", pk)
    return _one(desk, found, 409, form)
