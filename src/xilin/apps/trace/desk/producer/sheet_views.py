"""Pages of workbooks: templates, sending one, a look at what would be kept, keeping it, rows to be mended."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.trace.desk.producer import tables as listed
from xilin.apps.trace.desk.producer.forms import SheetForm
from xilin.apps.trace.desk.producer.frame import Desk, attempt
from xilin.apps.trace.desk.producer.sheets import keeping, template, workbook
from xilin.apps.trace.models import SheetImport
from xilin.lib.text import Text
from xilin.web import tables
from xilin.web.desk import desk_page

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BAD = 100


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Templates, the workbooks sent before, and one that is sent."""
    desk = Desk(request)
    desk.producer.may_act()
    form = SheetForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        sent = form.cleaned_data["file"]
        made = attempt(
            form,
            lambda: keeping.send(
                desk.producer, sent.name, sent.read(workbook.LARGEST + 1), book=desk.book, at=desk.at, by=desk.user
            ),
        )  # fmt: skip
        if made is not None:
            return redirect("goods:producer:sheet", made.pk)
    table = listed.sheets(request, keeping.every(desk.producer))
    return tables.exported(table) or desk.show(
        "sheets", "sheets", 422 if form.is_bound else 200, form=form, table=table, sheets=_named()
    )


def _named() -> list[tuple[str, Text, Text]]:
    return [(one.code, Text(zh=one.names[0], en=one.names[1]), one.lead) for one in template.SHEETS]


def _language() -> template.Language:
    return "en" if (get_language() or "").startswith("en") else "zh"


def _workbook(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=KIND)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


@require_safe
@desk_page
def empty(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in, whole or one sheet of it, in the reader's language."""
    desk = Desk(request)
    desk.producer.may_act()
    wanted = request.GET.get("sheet", "")
    only = (wanted,) if wanted in template.BY_CODE else ()
    return _workbook(template.write(_language(), only=only), wanted if only else "xilin-sheets")


@require_safe
@desk_page
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be kept of a workbook, or was, and every row that can't be."""
    desk = Desk(request)
    desk.producer.may_act()
    sheet = keeping.one(desk.producer, pk)
    refusal = _words(sheet.why).of(get_language() or "") if sheet.why else ""
    return _one(desk, sheet, refusal=refusal)


def _one(desk: Desk, sheet: SheetImport, status: int = 200, refusal: str = "") -> HttpResponse:
    names = {code: name for code, name, _lead in _named()}
    return desk.show(
        "sheet",
        "sheets",
        status,
        sheet=sheet,
        refusal=refusal,
        counts=[(name, sheet.counts[code]) for code, name in names.items() if code in sheet.counts],
        shown=[(names[row["sheet"]], row, _words(row)) for row in sheet.shown],
        bad=[
            (row, [(fault["cell"], _words(fault["what"]), _words(fault["remedy"])) for fault in row["faults"]])
            for row in sheet.bad[:MOST_BAD]
        ],
        left=max(0, len(sheet.bad) - MOST_BAD),
        to_mend=any(row["code"] for row in sheet.bad),
    )  # fmt: skip


def _words(said: dict[str, Any]) -> Text:
    return Text(zh=said["zh"], en=said["en"])


@require_POST
@desk_page
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the good rows."""
    desk = Desk(request)
    desk.producer.may_act()
    sheet = keeping.one(desk.producer, pk)
    form = Form({})
    if attempt(form, lambda: keeping.ask(desk.producer, sheet, at=desk.at, by=desk.user)):
        return redirect("goods:producer:sheet", pk)
    if not form.errors and attempt(
        form, lambda: keeping.confirm(desk.producer, sheet, book=desk.book, at=desk.at, by=desk.user)
    ):
        return redirect("goods:producer:sheet", pk)
    return _one(desk, keeping.one(desk.producer, pk), 409, " ".join(map(str, form.non_field_errors())))


@require_POST
@desk_page
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a workbook that wasn't kept."""
    desk = Desk(request)
    desk.producer.may_act()
    keeping.give_up(desk.producer, keeping.one(desk.producer, pk), at=desk.at, by=desk.user)
    return redirect("goods:producer:sheets")


@require_safe
@desk_page
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that can't be kept, as a workbook with the reasons in a column of their own."""
    desk = Desk(request)
    desk.producer.may_act()
    sheet = keeping.one(desk.producer, pk)
    return _workbook(keeping.returned(sheet.bad, _language()), f"rows-{pk}")
