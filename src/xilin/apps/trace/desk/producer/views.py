"""Pages of a producer's own goods: the overview, batches of codes, what is done with them, print files."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.trace.codes import issuing
from xilin.apps.trace.desk.producer import actions, events, queries
from xilin.apps.trace.desk.producer import tables as listed
from xilin.apps.trace.desk.producer.event_views import lines
from xilin.apps.trace.desk.producer.forms import FileForm, OrderForm, RangeForm
from xilin.apps.trace.desk.producer.frame import Desk, attempt
from xilin.apps.trace.models import CodeBatch, PrintFile
from xilin.lib.errors import NotFound
from xilin.web import tables
from xilin.web.desk import desk_page

TYPES = {PrintFile.Form.CSV: "text/csv; charset=utf-8", PrintFile.Form.PDF: "application/pdf"}


@require_safe
@desk_page
def overview(request: HttpRequest) -> HttpResponse:
    """Products, batches, codes by state, looks of the last days, the newest events, what is open."""
    desk = Desk(request)
    found = queries.overview(desk.producer, desk.book, at=desk.at)
    open_ = list(queries.alerts(desk.producer)[:6])
    products = listed.products(request, found.lines)
    return tables.exported(products) or desk.show(
        "overview",
        "overview",
        overview=found,
        products=products,
        weeks=found.weeks,
        alerts=[_told(desk, one) for one in open_],
        events=lines(desk, events.newest(desk.producer, at=desk.at)),
        allotted=[(desk.book.region_name(code), count) for code, count in found.allotted],
    )


def _told(desk: Desk, one: object) -> tuple[object, object, object]:
    rule = desk.book.rules.get(one.rule)  # type: ignore[attr-defined]
    return one, rule, desk.book.products.get(one.gtin)  # type: ignore[attr-defined]


@require_safe
@desk_page
def batches(request: HttpRequest) -> HttpResponse:
    """All batches of codes, the newest first; of one product where one is chosen."""
    desk = Desk(request)
    table = listed.batches(request, queries.batches(desk.producer), desk.book, sorted(desk.producer.gtins))
    return tables.exported(table) or desk.show("batches", "batches", table=table)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def order(request: HttpRequest) -> HttpResponse:
    """Order codes of a product."""
    desk = Desk(request)
    desk.producer.may_act()
    form = OrderForm(desk.producer, desk.book, request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        site = settings.CODES_URL or request.build_absolute_uri("/").rstrip("/")
        made = attempt(
            form,
            lambda: actions.order(
                desk.producer,
                given["gtin"],
                given["count"],
                request=given["request"],
                kind=given["kind"],
                site=site,
                lot=given["lot"],
                produced_on=given["produced_on"],
                expires_on=given["expires_on"],
                at=desk.at,
                by=desk.user,
            ),
        )
        if made is not None:
            return redirect("goods:producer:batch", made.pk)
    return desk.show("order", "batches", 422 if form.is_bound else 200, form=form)


@require_safe
@desk_page
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch: its codes by state, allotment, work, print files, root and signature, events."""
    desk = Desk(request)
    found = queries.batch(desk.producer, pk)
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") == "work":
        return render(request, "goods_desk/producer/batch_work.html", _work(desk, found))
    return _batch(desk, found)


def _work(desk: Desk, found: CodeBatch) -> dict[str, object]:
    works = list(queries.works(found)[:12])
    return {
        "batch": found,
        "works": [(one, desk.book.region_name(one.region) if one.region else None) for one in works],
        "busy": any(one.finished_at is None for one in works),
    }


def _batch(desk: Desk, found: CodeBatch, status: int = 200, **forms: object) -> HttpResponse:
    ready = found.state == CodeBatch.State.READY
    spans = queries.spans(found) if ready and found.count <= queries.MANY else []
    path = reverse("goods:producer:batch", args=[found.pk])
    told = [
        listed.spans(desk.request, spans, path),
        listed.parts(desk.request, queries.parts(found) if ready else [], desk.book, path),
    ]
    return tables.exported(*told) or desk.show(
        "batch",
        "batches",
        status,
        product=desk.book.products.get(found.gtin),
        counts=queries.counted([found])[found.pk],
        spans=told[0] if spans else None,
        parts=told[1],
        files=queries.files(found)[:12],
        notices=queries.notices(found),
        events=lines(desk, events.of_batch(desk.producer, found)),
        trace_of=f"{events.ITEM}{found.gtin}/10/{found.lot}" if found.lot else "",
        example=found.site + issuing.head_of(found) + "…",
        root=bytes(found.root or b"").hex(),
        signature=bytes(found.signature or b"").hex(),
        forgotten=found.kind == CodeBatch.Kind.SCRATCH and found.scratch_seed is None,
        range_form=forms.get("range_form") or RangeForm(found, desk.book),
        file_form=forms.get("file_form") or FileForm(found),
        **_work(desk, found),
    )


@require_POST
@desk_page
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Let codes of a batch be activated, allotted or declared void."""
    desk = Desk(request)
    desk.producer.may_act()
    found = queries.batch(desk.producer, pk)
    form = RangeForm(found, desk.book, request.POST)
    if form.is_valid():
        given = form.cleaned_data
        made = attempt(
            form,
            lambda: actions.ask(
                desk.producer, found, given["kind"], given["first"], given["last"],
                region=given["region"], dealer=given["dealer"], at=desk.at, by=desk.user,
            ),
        )  # fmt: skip
        if made is not None:
            return redirect("goods:producer:batch", pk)
    return _batch(desk, found, 422, range_form=form)


@require_POST
@desk_page
def order_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Order a print file."""
    desk = Desk(request)
    desk.producer.may_act()
    found = queries.batch(desk.producer, pk)
    form = FileForm(found, request.POST)
    if form.is_valid():
        given = form.cleaned_data
        made = attempt(
            form,
            lambda: actions.order_file(
                desk.producer, found, given["form"], given["first"], given["last"], at=desk.at, by=desk.user
            ),
        )
        if made is not None:
            return redirect("goods:producer:batch", pk)
    return _batch(desk, found, 422, file_form=form)


@require_POST
@desk_page
def fetch(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Fetch a print file; each fetch is on record."""
    desk = Desk(request)
    desk.producer.may_act()
    found = queries.file(desk.producer, pk, file)
    blocks = actions.fetch(desk.producer, found, at=desk.at, by=desk.user)
    answer = StreamingHttpResponse(blocks, content_type=TYPES[PrintFile.Form(found.form)])
    answer["Content-Disposition"] = f'attachment; filename="codes-{pk}-{file}.{found.form}"'
    return cast(HttpResponse, answer)


@require_POST
@desk_page
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a batch's scratch codes after printing."""
    desk = Desk(request)
    desk.producer.may_act()
    found = queries.batch(desk.producer, pk)
    if request.POST.get("printed") != "yes":
        raise NotFound(kind=_("batch"), name=pk)
    actions.forget_scratch(desk.producer, found, at=desk.at, by=desk.user)
    return redirect("goods:producer:batch", pk)
