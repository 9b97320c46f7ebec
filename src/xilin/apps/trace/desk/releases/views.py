"""Pages of releases of codes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from xilin.apps.trace.codes import limits
from xilin.apps.trace.desk import frame
from xilin.apps.trace.desk.regulator.watch import asked
from xilin.apps.trace.desk.releases import queries
from xilin.apps.trace.desk.releases import tables as listed
from xilin.apps.trace.desk.releases.forms import DecideForm, ReleaseForm
from xilin.kernel.casework import queries as cases
from xilin.lib.errors import Refusal
from xilin.web import tables
from xilin.web.desk import desk_page, person


@require_http_methods(["GET", "POST"])
@desk_page
def releases(request: HttpRequest) -> HttpResponse:
    """All releases, and the form that asks for one."""
    watch = asked(request)
    english = (get_language() or "").startswith("en")
    products = [
        (gtin, f"{en if english and en else zh} · {gtin}") for gtin, zh, en in queries.products(watch)
    ]
    form = ReleaseForm(request.POST or None, products=products) if watch.decides and products else None
    status = 200
    if request.method == "POST" and form is not None:
        status = 422
        if form.is_valid():
            try:
                made = limits.propose(**form.cleaned_data, at=timezone.now(), by=person(request))
            except Refusal as refusal:
                form.add_error(None, f"{refusal} {refusal.advice}")
            else:
                messages.success(
                    request, _("Case {number} waits for a second person.").format(number=made.case)
                )
                return redirect("goods:releases:releases")
    names = {gtin: name.partition(" · ")[0] for gtin, name in products}
    table = listed.releases(request, queries.seen(watch), names, now=timezone.now())
    return tables.exported(table) or frame.show(
        request, "releases/releases", "releases", status, table=table, form=form
    )


@require_http_methods(["GET", "POST"])
@desk_page
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """One release, and the form of who decides it."""
    watch, user, at = asked(request), person(request), timezone.now()
    one = queries.one(watch, number)
    may = watch.decides and one.granted is None and user.username != one.proposed_by
    form = DecideForm(request.POST or None) if may else None
    status = 200
    if request.method == "POST" and form is not None:
        status = 422
        if form.is_valid():
            granted = form.cleaned_data["granted"] == "yes"
            try:
                limits.decide(number, granted=granted, remark=form.cleaned_data["remark"], at=at, by=user)
            except Refusal as refusal:
                form.add_error(None, f"{refusal} {refusal.advice}")
            else:
                messages.success(request, _("The decision is entered."))
                return redirect("goods:releases:decide", number)
    case = cases.numbered([number]).get(number)
    last = case.steps.last() if case and case.closed_at else None
    people = queries.people([one])
    names = {gtin: (zh, en) for gtin, zh, en in queries.products(watch)}
    zh, en = names.get(one.gtin, (one.gtin, ""))
    name = en if en and (get_language() or "").startswith("en") else zh
    return frame.show(
        request, "releases/release", "releases", status, one=one, name=name, case=case, form=form, now=at,
        own=user.username == one.proposed_by, remark=last.remark if last else "",
        asked_by=people.get(one.proposed_by, one.proposed_by), decided_by=people.get(one.decided_by, one.decided_by),
    )  # fmt: skip
