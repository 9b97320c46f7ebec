"""目录编制 The department's entries on their way: compile, submit, review, return, publish, withdraw."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.portal.queries import compiling
from xilin.apps.portal.tables import duties as listed
from xilin.apps.portal.views.desk.frame import attempt, desk_page, person, show
from xilin.kernel.catalog import actions, entries, forms, queries, sheets, tomls
from xilin.kernel.catalog.errors import SheetHasFaults
from xilin.lib.errors import NotFound
from xilin.web import tables

SECTION = "compilations"


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Entries on their way: those that wait for the reader, those under way, those that ended."""
    box = request.GET.get("box", "")
    rows = queries.compilations_for(request.user)
    ended = ("published", "withdrawn", "abandoned")
    boxes: dict[str, Callable[[], Any]] = {
        "waiting": lambda: queries.waiting_for(request.user),
        "open": lambda: rows.exclude(state__in=ended),
        "ended": lambda: rows.filter(state__in=ended),
    }
    box = box if box in boxes else "open"
    table = listed.compilations(request, boxes[box](), box)
    return tables.exported(table) or show(
        request,
        "compilations",
        SECTION,
        box=box,
        table=table,
        compiles=queries.may_compile(request.user),
        waiting=queries.waiting_for(request.user).count(),
        authority=queries.authority(),
        reports=queries.sees_reports(request.user),
    )


@require_safe
@desk_page
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One entry on its way: what it says, what differs, its course, and what may be done now."""
    return _page(request, queries.compilation_for(request.user, number))


def _page(request: HttpRequest, found: Any, **bound: Any) -> HttpResponse:
    answer = compiling.about(request.user, found)
    answer |= {
        "pass_form": forms.RemarkForm(auto_id="pass_%s"),
        "back_form": forms.ReasonForm(auto_id="back_%s"),
    }
    return show(request, "compilation", SECTION, status=409 if bound else 200, **(answer | bound))


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def new(request: HttpRequest) -> HttpResponse:
    """Compile a new entry."""
    blank = entries.blank(getattr(request.user, "department", None), on=timezone.localdate())
    return _edit(
        request,
        blank,
        lambda value: actions.begin(value, by=person(request), at=timezone.now()),
        title=_("Compile an entry"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change what an entry says, while it is being compiled or after it was returned."""
    found = queries.compilation_for(request.user, number)
    if not compiling.about(request.user, found)["may_change"]:
        return redirect("portal:compilation", number)
    return _edit(
        request,
        found.value,
        lambda value: actions.change(found, value, by=person(request), at=timezone.now()),
        title=found.name,
        in_folder=bool(found.resource and found.resource.declared),
        number=number,
    )


def _edit(
    request: HttpRequest,
    value: Any,
    act: Callable[[Any], Any],
    *,
    title: str,
    in_folder: bool = False,
    number: str = "",
) -> HttpResponse:
    given = request.POST if request.method == "POST" else None
    form = forms.EntryForm(given, entry=value, in_folder=in_folder)
    rows = forms.rows(value, given, in_folder=in_folder)
    if given is not None and form.is_valid() and rows.is_valid():
        made = form.made(*rows.made(), base=value)
        if "more" in given:
            form, rows = forms.EntryForm(entry=made), forms.rows(made, more=forms.MORE_ROWS)
        elif saved := attempt(form, lambda: act(made)):
            messages.success(request, _("Kept. Look it over, then submit it."))
            return redirect("portal:compilation", saved.number)
    return show(
        request,
        "compile",
        SECTION,
        status=409 if form.errors or any(rows.errors) else 200,
        form=form,
        rows=rows,
        heading=title,
        in_folder=in_folder,
        number=number,
        elements=forms.elements(),
    )


@require_POST
@desk_page
def amend(request: HttpRequest, code: str) -> HttpResponse:
    """Begin the amendment of a published entry."""
    made = actions.amend(queries.resource_for(request.user, code), by=person(request), at=timezone.now())
    return redirect("portal:edit_compilation", made.number)


@require_POST
@desk_page
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Ask that a published entry be withdrawn, with reasons."""
    resource = queries.resource_for(request.user, code)
    made = actions.withdraw(
        resource, reason=request.POST.get("reason", ""), by=person(request), at=timezone.now()
    )
    messages.success(request, _("Asked for withdrawal: %(number)s.") % {"number": made.number})
    return redirect("portal:compilation", made.number)


@require_POST
@desk_page
def submit(request: HttpRequest, number: str) -> HttpResponse:
    """Submit an entry to the department's review."""
    return _step(request, number, actions.submit, _("Submitted to the department's review."))


@require_POST
@desk_page
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    """Take an entry out of its reviews."""
    return _step(request, number, actions.take_back, _("Taken back."))


@require_POST
@desk_page
def abandon(request: HttpRequest, number: str) -> HttpResponse:
    """Give an entry up that isn't published."""
    return _step(request, number, actions.abandon, _("Given up."))


def _step(request: HttpRequest, number: str, act: Callable[..., Any], said: str) -> HttpResponse:
    found = queries.compilation_for(request.user, number)
    form = forms.RemarkForm(request.POST)
    if form.is_valid() and attempt(form, lambda: act(found, by=person(request), at=timezone.now())):
        messages.success(request, said)
        return redirect("portal:compilation", number)
    return _page(request, found, refused=form)


@require_POST
@desk_page
def pass_on(request: HttpRequest, number: str) -> HttpResponse:
    """Pass an entry on: the department's approver to the authority, the authority's into the catalogue."""
    found = queries.compilation_for(request.user, number)
    last = found.state == "authority_review"
    form = forms.RemarkForm(request.POST, auto_id="pass_%s")
    act: Callable[..., Any] = actions.publish if last else actions.pass_on
    if form.is_valid() and attempt(
        form, lambda: act(found, by=person(request), at=timezone.now(), **form.cleaned_data)
    ):
        said = _("Passed on to the authority.")
        if last:
            said = _("Done: the catalogue says it from now on.")
        messages.success(request, said)
        return redirect("portal:compilation", number)
    return _page(request, found, pass_form=form)


@require_POST
@desk_page
def send_back(request: HttpRequest, number: str) -> HttpResponse:
    """Return an entry for amendment, with reasons."""
    found = queries.compilation_for(request.user, number)
    form = forms.ReasonForm(request.POST, auto_id="back_%s")
    if form.is_valid() and attempt(
        form, lambda: actions.send_back(found, by=person(request), at=timezone.now(), **form.cleaned_data)
    ):
        messages.success(request, _("Returned, with your reasons."))
        return redirect("portal:compilation", number)
    return _page(request, found, back_form=form)


@require_POST
@desk_page
def decide_source(request: HttpRequest, element: str) -> HttpResponse:
    """The authority decides which resource is the one source of a data element."""
    actions.decide_source(
        element,
        queries.resource_for(request.user, request.POST.get("resource", "")),
        reason=request.POST.get("reason", ""),
        by=person(request),
        at=timezone.now(),
    )
    messages.success(request, _("Decided: it is the one source from now on."))
    return redirect("portal:one_source")


@require_POST
@desk_page
def end_source(request: HttpRequest, element: str) -> HttpResponse:
    """End a decision: what is declared counts again."""
    actions.end_decision(queries.decision_on(element), by=person(request), at=timezone.now())
    messages.success(request, _("Ended: what is declared counts again."))
    return redirect("portal:one_source")


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def take_in(request: HttpRequest) -> HttpResponse:
    """Take a workbook of catalogue sheets in: all of it, or every fault with its cell."""
    form = forms.SheetForm(request.POST or None, request.FILES or None)
    faults: list[Any] = []
    if form.is_valid():
        content = form.cleaned_data["file"].read(sheets.LARGEST + 1)
        try:
            done = actions.take_in(content, by=person(request), at=timezone.now())
        except SheetHasFaults as refused:
            faults = refused.facts["faults"]  # type: ignore[assignment]
        else:
            said = _("Taken in: %(begun)d to look over, %(unchanged)d as they are published.")
            messages.success(request, said % {"begun": len(done.begun), "unchanged": done.unchanged})
            return redirect("portal:compilations")
    return show(
        request,
        "take_in",
        SECTION,
        status=409 if form.is_bound else 200,
        form=form,
        faults=[
            (fault.sheet, f"{fault.column}{fault.row}", fault.what, fault.allowed) for fault in faults[:200]
        ],
        count=len(faults),
        compiles=queries.may_compile(request.user),
    )


@require_safe
@desk_page
def toml(request: HttpRequest, number: str) -> HttpResponse:
    """An entry as the file of the league folder that declares it."""
    value = queries.compilation_for(request.user, number).value
    answer = HttpResponse(tomls.text(value), content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{value.code or number}.toml"'
    return answer


@require_safe
@desk_page
def sheet(request: HttpRequest) -> HttpResponse:
    """The department's entries as a workbook; with `empty` the form to fill in."""
    mine = queries.resources().filter(provider=getattr(request.user, "department_id", None), base=False)
    content = actions.sheet_of(mine.none() if request.GET.get("empty") else mine)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = HttpResponse(content, content_type=kind)
    answer.headers["Content-Disposition"] = 'attachment; filename="catalogue.xlsx"'
    return answer


@require_safe
@desk_page
def reports(request: HttpRequest) -> HttpResponse:
    """What was told to the upper level, what waits, what it refused and why."""
    if not queries.sees_reports(request.user):
        raise NotFound(kind=_("Reports to the upper level"), name="")
    rows = queries.reports_for(request.user)
    table = listed.reports(request, rows, [(state, str(label)) for state, label in queries.REPORT_STATES])
    return tables.exported(table) or show(
        request,
        "catalogue_reports",
        SECTION,
        table=table,
        counts=[(label, rows.filter(state=state).count()) for state, label in queries.REPORT_STATES],
        connected=bool(settings.UPWARD_URL),
        again=queries.may_decide_source(request.user),
    )


@require_POST
@desk_page
def report_again(request: HttpRequest) -> HttpResponse:
    """Put what was refused back into the queue: for the authority's approvers."""
    if not queries.may_decide_source(request.user):
        raise NotFound(kind=_("Reports to the upper level"), name="")
    n = actions.try_again(at=timezone.now())
    messages.success(request, _("Sent again soon: %(n)d.") % {"n": n})
    return redirect("portal:catalogue_reports")
