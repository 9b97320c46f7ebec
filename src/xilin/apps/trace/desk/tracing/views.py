"""Pages of traces and recalls: ask, propose, open by a second person, follow, close; a holder's notices."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.trace.desk import frame
from xilin.apps.trace.desk.tracing import queries
from xilin.apps.trace.desk.tracing import tables as tabled
from xilin.apps.trace.desk.tracing.forms import AskForm, ClearForm, CloseForm, ConfirmForm, ProposeForm
from xilin.apps.trace.genealogy import holders, recalls, walks
from xilin.apps.trace.models import Recall, RecallNotice
from xilin.apps.trace.repository.finding import Viewer
from xilin.apps.trace.tracing import asked, names, sight
from xilin.apps.trace.verdicts.queries import book as book_of
from xilin.kernel.audit.actions import record
from xilin.kernel.audit.privacy import keyed_hash
from xilin.lib.errors import NotFound, Refusal
from xilin.web import tables
from xilin.web.desk import desk_page, person

PAGE, MOST_LISTED = 20, 500


@require_safe
@desk_page
def trace(request: HttpRequest) -> HttpResponse:
    """Where something came from or went: asked by any of its names."""
    viewer, book = _viewer(request), book_of(timezone.now())
    given = request.GET.copy()
    given.setdefault("way", "back")
    form = AskForm(given if "id" in request.GET else None, initial={"way": "back"})
    found, refused, status = None, None, 200
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        try:
            found = queries.seen(wanted["id"], wanted["way"], wanted["at"], viewer, book)
            _read(request, wanted["way"], [wanted["id"]])
        except Refusal as refusal:
            refused, status = refusal, refusal.status
    states = tabled.states(request, found.states, all_of_it=found.reach is not None) if found else None
    links = tabled.links(request, found.rows) if found else None
    file = tables.exported(*(one for one in (states, links) if one is not None))
    return file or frame.show(
        request, "tracing/trace", "trace", status, form=form, found=found, refused=refused,
        states=states, links=links, may_propose=recalls.may_propose(person(request)),
    )  # fmt: skip


@require_safe
@desk_page
def listed(request: HttpRequest) -> HttpResponse:
    """The recalls that somebody may see, those that wait first."""
    user = person(request)
    rows = _recalls(request)
    state = request.GET.get("state", "")
    if state in Recall.State.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    found = [(one, recalls.at_a_glance(one), _step(one)) for one in page.object_list]
    return frame.show(
        request, "tracing/recalls", "recalls", page=page, recalls=found, states=Recall.State.choices, state=state,
        may_propose=recalls.may_propose(user), now=timezone.now(),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def propose(request: HttpRequest) -> HttpResponse:
    """Propose a recall; what it would reach is shown before it is sent."""
    user, viewer, at = person(request), _viewer(request), timezone.now()
    if not recalls.may_propose(user):
        raise NotFound(kind="page", name="recall")
    book = book_of(at)
    party = holders.party_of(user)
    start = {
        "roots": "\n".join(request.GET.getlist("id")),
        "returns": "\n".join(party.ids[:1]) if party else "",
    }
    form = ProposeForm(request.POST if request.method == "POST" else None, initial=start)
    reach, refused, status = None, None, 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        roots = list(dict.fromkeys([*given["roots"], *_tagged(given["household"])]))
        try:
            reach = _reach(roots, viewer)
            _read(request, "reach", roots)
            if "send" in request.POST:
                made = recalls.propose(
                    roots, reason=given["reason"], level=given["level"], returns=given["returns"], risk=given["risk"],
                    department=queries.in_charge(reach, book) if party else None, at=at, by=user,
                )  # fmt: skip
                messages.success(request, _("The recall was proposed. A second person opens it publicly."))
                return redirect("goods:tracing:recall", made.case.number)
        except Refusal as refusal:
            refused, status = refusal, refusal.status
    elif request.method == "GET" and request.GET.getlist("id"):
        roots = _known(request.GET.getlist("id")[:MOST_LISTED])
        reach = _reach(roots, viewer, quietly=True)
        if reach is not None:
            _read(request, "reach", roots)
    return frame.show(
        request, "tracing/propose", "recalls", status, form=form, refused=refused,
        reach=reach, holders=_held(reach) if reach else [],
    )  # fmt: skip


@require_safe
@desk_page
def recall(request: HttpRequest, number: str) -> HttpResponse:
    """One recall: what, why, who has it, how far it is, and what can be done now."""
    found = recalls.recall_for(person(request), number)
    _read(request, "recall", [], found)
    return _recall(request, found)


def _recall(
    request: HttpRequest,
    found: Recall,
    *,
    close: CloseForm | None = None,
    clear: ClearForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user, at = person(request), timezone.now()
    stands = queries.standing(found, book_of(at), at=at)
    acts = recalls.may_act(user, found)
    roots = [(root, short) for root, _, short in stands.roots]
    proposed, public = found.state == Recall.State.PROPOSED, found.state == Recall.State.PUBLIC
    path = reverse("goods:tracing:recall", args=[found.case.number])
    holding = tabled.holders(request, stands.holders, path)
    return tables.exported(holding) or frame.show(
        request, "tracing/recall", "recalls", status, one=found, stands=stands, holders=holding, step=_step(found), now=at,
        may_open=acts and proposed and user.pk != found.proposed_by_id, proposer=user.pk == found.proposed_by_id,
        may_withdraw=proposed and (acts or user.pk == found.proposed_by_id),
        may_look=acts and public, acts=acts,
        close=(close or CloseForm(roots=roots, initial={"outcome": "carried_out"})) if acts and public else None,
        clear=(clear or ClearForm()) if recalls.may_clear(user, found) else None, cleared=recalls.cleared_of(found),
    )  # fmt: skip


@require_POST
@desk_page
def act(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Open a recall publicly, look it up again, or take a proposal back."""
    user, at = person(request), timezone.now()
    found = recalls.recall_for(user, number)
    if what == "open":
        recalls.open_publicly(found, at=at, by=user)
        messages.success(request, _("The recall is public. Holders have their notices, and codes say so."))
    elif what == "look":
        if not recalls.may_act(user, found):
            raise NotFound(kind=Recall._meta.verbose_name, name=number)
        more = recalls.look_again(found, at=at)
        messages.success(request, _("Looked up again: %(count)s items more.") % {"count": more})
    else:
        recalls.withdraw(found, at=at, by=user, remark=request.POST.get("remark", "")[:1000])
        messages.success(request, _("The proposal was taken back."))
    return redirect("goods:tracing:recall", number)


@require_POST
@desk_page
def close(request: HttpRequest, number: str) -> HttpResponse:
    """End a public recall."""
    user, at = person(request), timezone.now()
    found = recalls.recall_for(user, number)
    form = CloseForm(request.POST, roots=[(root, names.short(root)) for root in found.roots])
    if not form.is_valid():
        return _recall(request, found, close=form, status=422)
    given = form.cleaned_data
    try:
        recalls.close(
            found, at=at, by=user, outcome=given["outcome"], remark=given["remark"], cleared=given.get("cleared", [])
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        form.add_error("remark", f"{refusal} {refusal.advice}")
        return _recall(request, found, close=form, status=422)
    messages.success(request, _("The recall is closed."))
    return redirect("goods:tracing:recall", number)


@require_POST
@desk_page
def clear(request: HttpRequest, number: str) -> HttpResponse:
    """Say of goods of a recall that they were found to be good."""
    user, at = person(request), timezone.now()
    found = recalls.recall_for(user, number)
    form = ClearForm(request.POST)
    if not form.is_valid():
        return _recall(request, found, clear=form, status=422)
    try:
        count = recalls.clear(
            found, form.cleaned_data["items"], reason=form.cleaned_data["reason"], at=at, by=user
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        form.add_error("items", f"{refusal} {refusal.advice}")
        return _recall(request, found, clear=form, status=422)
    messages.success(
        request,
        _("Cleared: %(count)s goods. Their codes say no more that they are recalled.") % {"count": count},
    )
    return redirect("goods:tracing:recall", number)


@require_safe
@desk_page
def sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The list of a recall's items as CSV, for those who carry it out."""
    found = recalls.recall_for(person(request), number)
    _read(request, "list", [], found)
    return _csv(recalls.sheet(found), f"recall-{found.case.number}.csv")


@require_safe
@desk_page
def notices(request: HttpRequest) -> HttpResponse:
    """The notices of recalls that somebody's party got."""
    rows = recalls.notices_of(person(request))
    if holders.party_of(person(request)) is None:
        raise NotFound(kind="page", name="notices")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    places = names.of_places(one.holder for one in page.object_list)
    found = [(one, places.get(one.holder, names.short(one.holder))) for one in page.object_list]
    return frame.show(request, "tracing/notices", "notices", page=page, notices=found, now=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice: which items, and what the holder says became of them."""
    user, at = person(request), timezone.now()
    one = recalls.notices_of(user).filter(pk=pk).first()
    if one is None:
        raise NotFound(kind=RecallNotice._meta.verbose_name, name=pk)
    told = {"kept": one.kept, "returned": one.returned, "destroyed": one.destroyed, "remark": one.remark}
    form = ConfirmForm(request.POST if request.method == "POST" else None, notice=one, initial=told)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            recalls.confirm(one.recall, one.holder, at=at, by=user, **form.cleaned_data)
            messages.success(request, _("Thank you. The department in charge sees your answer."))
            return redirect("goods:tracing:notice", pk)
        status = 422
    book = book_of(at)
    items = (
        one.recall.items.filter(holder=one.holder, cleared_at=None)
        .exclude(state=recalls.GONE_INTO_OTHERS)
        .order_by("item")
    )
    shown = [
        (names.kind(item, book.products), names.short(item))
        for item in items.values_list("item", flat=True)[:MOST_LISTED]
    ]
    place = names.of_places([one.holder]).get(one.holder, names.short(one.holder))
    return frame.show(
        request, "tracing/notice", "notices", status, one=one, place=place, form=form, items=shown,
        more=max(0, items.count() - len(shown)), public=one.recall.state == Recall.State.PUBLIC, now=at,
        stands=one.recall.outcome != Recall.Outcome.UNFOUNDED,
        returns=[names.of_places(one.recall.returns).get(to, names.short(to)) for to in one.recall.returns],
    )  # fmt: skip


def _read(request: HttpRequest, what: str, asked: list[str], about: Recall | None = None) -> None:
    """Enter that somebody looked at a trace or a recall: what for as keyed hashes, for an ear tag leads to a household."""
    user, at = person(request), timezone.now()
    record(
        "trace.traces.read",
        at=at,
        by=user,
        department=getattr(user, "department", None),
        subject=about.case.number if about else "",
        detail={"what": what, "asked": [keyed_hash(one, at) for one in asked[:MOST_LISTED]]},
    )


def _viewer(request: HttpRequest) -> Viewer:
    """As whom somebody looks; the page isn't there for who may see nothing."""
    found = queries.viewer_of(person(request), frame.scope(request))
    if found is None:
        raise NotFound(kind="page", name="trace")
    return found


def _recalls(request: HttpRequest) -> Any:
    user = person(request)
    if (
        frame.scope(request).nothing
        and holders.party_of(user) is None
        and not recalls.recalls_for(user).exists()
    ):
        raise NotFound(kind="page", name="recalls")
    return recalls.recalls_for(user)


def _known(texts: list[str]) -> list[str]:
    """The things that texts of an address name; nothing where one of them is no identifier."""
    try:
        return asked.all_known(texts)
    except Refusal:
        return []


def _tagged(place: str) -> list[str]:
    return walks.tagged(place) if place else []


def _reach(roots: list[str], viewer: Viewer, *, quietly: bool = False) -> Any:
    connection.ensure_connection()
    try:
        return sight.reach(roots, None, viewer, connection.connection)
    except Refusal:
        if quietly:
            return None
        raise


def _held(reach: Any) -> list[queries.Said]:
    counts = {key: count for key, count in reach.holders().items() if key[1] != "used"}
    return queries.states(counts, names.of_places(holder for holder, _ in counts))


def _step(one: Recall) -> Any:
    """The step its case stands in, with its clock; None where it has ended."""
    return one.case.steps.filter(ended_at=None).first()


def _csv(text: str, name: str) -> HttpResponse:
    # A mark at the beginning tells spreadsheets that it is UTF-8.
    return HttpResponse(
        "\ufeff" + text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
