"""Pages of the regulator's desk: chains in figures, quotas, balances of mass, alarms."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.trace.desk import frame
from xilin.apps.trace.desk.producer import words
from xilin.apps.trace.desk.regulator import actions, queries
from xilin.apps.trace.desk.regulator import alarms as ringing
from xilin.apps.trace.desk.regulator import tables as listed
from xilin.apps.trace.desk.regulator.alarms import Alarm, Alarms
from xilin.apps.trace.desk.regulator.forms import DecideForm
from xilin.apps.trace.desk.regulator.watch import asked
from xilin.apps.trace.genealogy import balance
from xilin.apps.trace.models import HouseholdYear, ProcessMass, Recall
from xilin.apps.trace.tracing import names
from xilin.apps.trace.verdicts.queries import book as book_of
from xilin.kernel.audit.actions import record
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import NotFound, Refusal
from xilin.lib.text import Text
from xilin.web import tables
from xilin.web.desk import desk_page, person

MOST_ANIMALS = 500


@require_safe
@desk_page
def chains(request: HttpRequest) -> HttpResponse:
    """Chains in figures, how whole they are, codes, looks, alarms, recalls."""
    watch, at = asked(request), timezone.now()
    book = book_of(at)
    by_kind = Alarms(watch, book).by_kind()
    kinds = [
        (kind, ringing.kind_name(kind, book), sum(states.get(one, 0) for one in ringing.WAITING), states)
        for kind, states in by_kind.items()
    ]
    given = request.GET.get("days", "")
    span = int(given) if given.isdecimal() and int(given) in queries.SPANS else queries.SPANS[-1]
    found = queries.overview(at=at, days_back=span)
    told = [
        listed.kinds(request, sorted(kinds, key=lambda one: (-one[2], one[0]))),
        listed.banners(request, found.banners),
        listed.months(request, found.months),
    ]
    return tables.exported(*told) or frame.show(
        request, "regulator/chains", "chains", overview=found, span=span, spans=queries.SPANS, now=at,
        kinds=told[0], banners=told[1], months=told[2],
        codes=[(label, found.states.get(state, 0)) for state, label in _code_states()],
        open=queries.open_chains().exists(), recalls=[(label, found.recalls.get(state, 0), state) for state, label in Recall.State.choices],
    )  # fmt: skip


@require_safe
@desk_page
def open_chains(request: HttpRequest) -> HttpResponse:
    """Packs whose way back to a household isn't whole."""
    asked(request)
    table = listed.open_chains(request, queries.open_chains(), book_of(timezone.now()))
    return tables.exported(table) or frame.show(request, "regulator/open", "chains", table=table)


def _code_states() -> list[tuple[str, Any]]:
    from xilin.apps.trace.models import Code

    return [(state.name.lower(), state.label) for state in Code.State]


def _year(request: HttpRequest, years: list[int]) -> int:
    given = request.GET.get("year", "")
    chosen = int(given) if given.isdecimal() and len(given) == 4 else 0
    return chosen if chosen in years else (years[0] if years else timezone.localdate().year)


@require_safe
@desk_page
def quotas(request: HttpRequest) -> HttpResponse:
    """Households, how many animals they tagged and sold; that names of herders were shown is entered in the log."""
    asked(request)
    years = queries.years()
    year = _year(request, years)
    state, area, text = (request.GET.get(name, "")[:60].strip() for name in ("state", "area", "q"))
    rows = queries.households(year=year, state=state, area=area, text=text)
    names = queries.banner_names()
    table = listed.households(request, rows, year, names)
    _read(request, "quotas", table.taken)
    return tables.exported(table) or frame.show(
        request, "regulator/quotas", "quotas", table=table, years=years, year=year, state=state, area=area, text=text,
        counts=queries.quota_counts(year), banners=sorted(names.items()),
    )  # fmt: skip


@require_safe
@desk_page
def household(request: HttpRequest, pk: int) -> HttpResponse:
    """One household's year, with the animals that left it and the events that say so."""
    asked(request)
    one = HouseholdYear.objects.filter(pk=pk).first()
    if one is None:
        raise NotFound(kind="household", name=pk)
    _read(request, "household", 1)
    animals = _animals(balance.leavings(one.place, one.year, most=MOST_ANIMALS))
    table = listed.leavings(request, animals)
    tags = next(iter(declared("trace_tags").values()), None)
    return tables.exported(table) or frame.show(
        request, "regulator/household", "quotas", household=one, most=MOST_ANIMALS, tags=tags, table=table,
        alert=queries.alerts_of("quota", [one.place], one.year).get(one.place),
        banner=queries.banner_names().get(one.area), number=names.short(one.place),
    )  # fmt: skip


def _animals(leavings: Iterable[Any]) -> list[tuple[Any, str, Text]]:
    """Animals that left, each with the digits of its ear tag and what was done."""
    return [(one, names.short(one.animal), words.said(words.STEPS, one.step)) for one in leavings]


@require_safe
@desk_page
def balances(request: HttpRequest) -> HttpResponse:
    """Processes, what went in and came out, and by how much it may differ."""
    asked(request)
    years = queries.years()
    year = _year(request, years)
    state, step, text = (request.GET.get(name, "")[:80].strip() for name in ("state", "step", "q"))
    rows = queries.masses(year=year, state=state, step=step, text=text)
    known = {one.step: one for one in declared("trace_balance").values()}
    table = listed.processes(request, rows, year, known)
    return tables.exported(table) or frame.show(
        request, "regulator/balances", "balances", table=table, years=years, year=year, state=state, step=step, text=text,
        counts=queries.mass_counts(year), steps=list(known.values()),
    )  # fmt: skip


@require_safe
@desk_page
def process(request: HttpRequest, pk: int) -> HttpResponse:
    """One process: what went into it, what came out."""
    asked(request)
    one = ProcessMass.objects.filter(pk=pk).first()
    if one is None:
        raise NotFound(kind="process", name=pk)
    book = book_of(timezone.now())
    known = {one.step: one for one in declared("trace_balance").values()}
    return frame.show(
        request, "regulator/process", "balances", process=one, number=names.short(one.place), rule=known.get(one.step),
        parts=_named(balance.parts(one.process), book),
        alert=queries.alerts_of("mass", [one.process], one.year).get(one.process),
    )  # fmt: skip


def _named(parts: list[balance.Part], book: Any) -> list[tuple[balance.Part, Any]]:
    """Parts of a process with the names of products."""
    found = []
    for part in parts:
        gtin = part.name.removeprefix("https://id.gs1.org/01/")[:14]
        product = book.products.get(gtin)
        found.append((part, product.name if product else None))
    return found


@require_safe
@desk_page
def alarms(request: HttpRequest) -> HttpResponse:
    """Everything that rings, what waits first."""
    watch, at = asked(request), timezone.now()
    book = book_of(at)
    state, kind = request.GET.get("state", "waiting"), request.GET.get("kind", "")[:60]
    states = {"waiting": ringing.WAITING, "all": None}.get(state, (state,))
    table = listed.alarms(
        request, Alarms(watch, book, states=states, kind=kind), book, now=at,
        departments={one.code: one.short for one in declared("department").values()} if watch.everything else None,
        empty=_("Nothing waits.") if state == "waiting" and not kind else _("No alarm is like that."),
    )  # fmt: skip
    by_kind = Alarms(watch, book).by_kind()
    _read(request, "alarms", sum(one.kind == "quota" for one in table.taking))
    return tables.exported(table) or frame.show(
        request, "regulator/alarms", "alarms", table=table, state=state, kind=kind,
        kinds=sorted((one, ringing.kind_name(one, book)) for one in by_kind), states=ringing.STATES,
        waiting=sum(n for states in by_kind.values() for one, n in states.items() if one in ringing.WAITING),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def alarm(request: HttpRequest, source: str, pk: int) -> HttpResponse:
    """One alarm with what it rests on; whoever it is for decides it."""
    watch, at = asked(request), timezone.now()
    book = book_of(at)
    one = Alarms(watch, book).one(source, pk)
    mine = watch.owns(one.department) and one.taken_by in ("", person(request).username)
    offered = actions.outcomes(one) if mine else ()
    form = (
        DecideForm(request.POST if request.method == "POST" else None, outcomes=offered) if offered else None
    )
    status = 200
    if request.method == "POST":
        if form is None:
            raise NotFound(kind="alarm", name=pk)
        if form.is_valid() and _decided(request, one, form):
            return redirect("goods:regulator:alarm", source, pk)
        status = 422
    (shown,) = ringing.shown([one], book)
    found = ringing.evidence(one)
    _read(request, "alarm", int(one.kind == "quota"))
    behind = queries.behind(found.record) if source == "lineage" else None
    return frame.show(
        request, "regulator/alarm", "alarms", status, one=shown, form=form, evidence=found, behind=behind, watch=watch, now=at,
        takes=watch.owns(one.department) and one.state == "open", parts=_named(found.parts, book),
        animals=_animals(found.animals),
        looks=[(look, book.place_name(look.place) if look.place else None, _rules(look, book)) for look in found.looks],
        department=declared("department").get(one.department), region=book.region_name(found.allotment.region) if found.allotment else None,
    )  # fmt: skip


def _rules(look: Any, book: Any) -> list[Any]:
    return [book.rules[one].name for one in look.rules if one in book.rules]


def _decided(request: HttpRequest, one: Alarm, form: DecideForm) -> bool:
    given = form.cleaned_data
    try:
        actions.decide(one, given["outcome"], given["remark"], by=person(request), at=timezone.now())
    except Refusal as refusal:
        form.add_error(None, f"{refusal} {refusal.advice}")
        return False
    messages.success(request, _("Your decision is entered."))
    return True


@require_safe
@desk_page
def case(request: HttpRequest, number: str) -> HttpResponse:
    """To the alarm that a case is about."""
    source, pk = ringing.of_case(asked(request), book_of(timezone.now()), number)
    return redirect("goods:regulator:alarm", source, pk)


@require_POST
@desk_page
def take(request: HttpRequest, source: str, pk: int) -> HttpResponse:
    """Take an alarm that nobody has."""
    watch, at = asked(request), timezone.now()
    one = Alarms(watch, book_of(at)).one(source, pk)
    if not watch.owns(one.department):
        raise NotFound(kind="alarm", name=pk)
    try:
        actions.take(one, by=person(request), at=at)
    except Refusal as refusal:
        messages.error(request, f"{refusal} {refusal.advice}")
    else:
        messages.success(request, _("The alarm is yours; its clock runs."))
    return redirect("goods:regulator:alarm", source, pk)


def _read(request: HttpRequest, what: str, count: int) -> None:
    """Enter that somebody read what households of herders sold."""
    if count:
        user = person(request)
        record(
            "trace.households_read",
            at=timezone.now(),
            by=user,
            department=getattr(user, "department", None),
            detail={"what": what, "households": count},
        )
