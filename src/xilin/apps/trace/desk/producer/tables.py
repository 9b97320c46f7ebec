"""Tables of the producers' desk: products, batches of codes and their parts, workbooks, places of looks, suspicions, reports."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.trace.desk.producer import queries
from xilin.apps.trace.desk.producer.queries import Line, Part, Span
from xilin.apps.trace.models import Alert, CodeBatch
from xilin.apps.trace.verdicts.book import Book
from xilin.lib.text import Text
from xilin.web import tables
from xilin.web.tables import Column, Filter, Rows, Table
from xilin.web.templatetags.xilin import words

BATCHES = {"ready": "good", "failed": "bad"}
SHEETS = {"kept": "good", "checked": "brand"}


def _of_product(book: Book, gtins: Sequence[str]) -> Filter:
    choices = [(gtin, words(book.product_name(gtin))) for gtin in gtins]
    return Filter("gtin", _("Product"), choices, lambda rows, value: rows.filter(gtin=value))  # type: ignore[union-attr]


def _numbers(one: Span | Part) -> str:
    return str(one.first) if one.first == one.last else f"{one.first}–{one.last}"


def products(request: HttpRequest, lines: Sequence[Line]) -> Table:
    """A party's products with the life of their codes."""
    page = reverse("goods:producer:batches")
    return tables.asked(
        request,
        "products",
        _("Products"),
        [
            Column("product", _("Product"), lambda line: words(line.product.name), sortable=True, href=lambda line: f"{page}?gtin={line.product.gtin}", below=lambda line: line.product.gtin),
            Column("net", _("Net content"), lambda line: words(line.product.net)),
            Column("batches", _("Batches"), kind="number", sortable=True),
            Column("made", _("Codes"), lambda line: line.counts.made, kind="number", sortable=True),
            Column("issued", _("not active yet"), lambda line: line.counts.issued, kind="number", sortable=True),
            Column("active", _("active"), lambda line: line.counts.active, kind="number", sortable=True),
            Column("sold", _("sold"), lambda line: line.counts.sold, kind="number", sortable=True),
            Column("ended", _("returned, recalled, void"), lambda line: line.counts.ended, kind="number", sortable=True),
            Column("life", _("Life of the codes"), lambda _line: "", template="goods_desk/producer/cells/life.html"),
        ],
        lines,
        find=tables.containing(lambda line: words(line.product.name), lambda line: line.product.gtin),
    )  # fmt: skip


def batches(request: HttpRequest, rows: Rows, book: Book, gtins: Sequence[str]) -> Table:
    """Batches of codes with their codes by state."""

    def together(found: Sequence[CodeBatch]) -> list[tuple[CodeBatch, queries.Counts]]:
        counts = queries.counted(found)
        return [(one, counts[one.pk]) for one in found]

    states = [(code, str(name)) for code, name in CodeBatch.State.choices]
    return tables.asked(
        request,
        "batches",
        _("Batches"),
        [
            Column("batch", _("Batch"), lambda row: row[0].lot or row[0].pk, kind="code", sort="lot", href=lambda row: reverse("goods:producer:batch", args=[row[0].pk])),
            Column("product", _("Product"), lambda row: words(book.product_name(row[0].gtin)), sort="gtin"),
            Column("carrier", _("Carrier"), lambda row: row[0].get_kind_display(), sort="kind"),
            Column("ordered", _("Ordered"), lambda row: row[0].issued_at, kind="moment", sort="issued_at"),
            Column("codes", _("Codes"), lambda row: row[0].count, kind="number", sort="count"),
            Column("active", _("active"), lambda row: row[1].active, kind="number"),
            Column("sold", _("sold"), lambda row: row[1].sold, kind="number"),
            Column("opened", _("of them opened"), lambda row: row[1].opened, kind="number"),
            Column("state", _("State"), lambda row: row[0].get_state_display(), kind="status", sort="state", status=lambda row: BATCHES.get(row[0].state, "brand")),
        ],
        rows,
        filters=[
            _of_product(book, gtins),
            Filter("state", _("State"), states, lambda found, value: found.filter(state=value)),  # type: ignore[union-attr]
        ],
        find=tables.matching("lot", "gtin"),
        together=together,
        empty=(_("No batch of codes."), _("Order codes for a product; they are ready in a moment.")),
    )  # fmt: skip


def spans(request: HttpRequest, found: Sequence[Span], path: str) -> Table:
    """The codes of a batch as runs of one state."""
    return tables.asked(
        request,
        "states",
        _("Codes by state"),
        [
            Column("numbers", _("Code numbers"), _numbers, kind="code"),
            Column("state", _("State"), lambda one: one.name, sortable=True),
            Column("many", _("How many"), kind="number", sortable=True),
        ],
        found,
        prefix="states-",
        per_page=20,
        path=path,
    )  # fmt: skip


def parts(request: HttpRequest, found: Sequence[Part], book: Book, path: str) -> Table:
    """How a batch is allotted."""

    def of(name: str) -> Any:
        return lambda one: getattr(one.allotment, name) if one.allotment else None

    def region(one: Part) -> str:
        return words(book.region_name(one.allotment.region)) if one.allotment else _("allotted to no region")

    return tables.asked(
        request,
        "parts",
        _("Where they are to be sold"),
        [
            Column("numbers", _("Code numbers"), _numbers, kind="code"),
            Column("region", _("Sales region"), region, sortable=True),
            Column("dealer", _("Dealer"), of("dealer"), kind="code", sortable=True),
            Column("allotted", _("Allotted"), of("allotted_at"), kind="moment", sortable=True),
            Column("shipped", _("Shipped"), of("shipped_at"), kind="moment", sortable=True),
            Column("received", _("Received"), of("received_at"), kind="moment", sortable=True),
        ],
        found,
        prefix="parts-",
        per_page=20,
        empty=(_("The codes aren't made yet."), ""),
        path=path,
    )  # fmt: skip


def sheets(request: HttpRequest, rows: Rows) -> Table:
    """Workbooks that were sent before."""
    return tables.asked(
        request,
        "sheets",
        _("Sent before"),
        [
            Column("at", _("Sent"), kind="moment", sort="at", href=lambda one: reverse("goods:producer:sheet", args=[one.pk]), below=lambda one: one.by),
            Column("file", _("File"), lambda one: one.name, kind="code", sort="name"),
            Column("good", _("Good"), kind="number", sort="good"),
            Column("known", _("Known"), kind="number", sort="known"),
            Column("faulty", _("Faulty"), kind="number", sort="faulty"),
            Column("state", _("State"), lambda one: one.get_state_display(), kind="status", sort="state", status=lambda one: SHEETS.get(one.state, "")),
        ],
        rows,
        find=tables.matching("name", "by"),
        per_page=20,
        empty=(_("No workbook was sent yet."), ""),
    )  # fmt: skip


def places(request: HttpRequest, found: Sequence[Any]) -> Table:
    """Where looks came from, and how many of them were warned."""
    return tables.asked(
        request,
        "places",
        _("By place"),
        [
            Column("place", _("Place"), lambda one: words(one.name), sortable=True),
            Column("looks", _("Looks"), kind="number", sortable=True),
            Column("warned", _("Warned"), kind="number", sortable=True),
            Column("fake", _("Very likely fakes"), kind="number", sortable=True),
            Column("share", _("Share warned"), lambda one: one.warned / one.looks if one.looks else None, sortable=True, template="goods_desk/producer/cells/warned.html"),
        ],
        found,
        find=tables.containing(lambda one: words(one.name)),
        prefix="places-",
    )  # fmt: skip


def suspicions(request: HttpRequest, rows: Rows, book: Book, line: Any, gtins: Sequence[str]) -> Table:
    """Suspected fakes that are open; `line` tells an alert and what was said of it as a row."""

    def together(found: Sequence[Alert]) -> list[Mapping[str, Any]]:
        answers = queries.answers(found)
        return [line(one, answers.get(one.pk, [])) for one in found]

    return tables.asked(
        request,
        "suspicions",
        _("Suspected fakes"),
        [
            Column("rule", _("Rule"), _rule, sort="rule", href=lambda row: reverse("goods:producer:alert", args=[row["alert"].pk]), below=_subject),
            Column("product", _("Product"), lambda row: words(book.product_name(row["alert"].gtin)), sort="gtin"),
            Column("why", _("Why it says so"), lambda row: words(row["told"]), wide=True),
            Column("place", _("Place"), lambda row: words(row["place"])),
            Column("times", _("Times"), lambda row: row["alert"].count, kind="number", sort="count"),
            Column("last", _("Last"), lambda row: row["alert"].last_at, kind="moment", sort="last_at"),
            Column("outcome", _("Outcome"), lambda row: _answered(row)[0], kind="status", status=lambda row: _answered(row)[1]),
        ],
        rows,
        filters=[_of_product(book, gtins)],
        per_page=20,
        prefix="suspicions-",
        together=together,
        empty=(_("Nothing is suspected."), ""),
    )  # fmt: skip


def _rule(row: Mapping[str, Any]) -> str:
    return (words(row["rule"].name) if row["rule"] else "") or str(row["alert"].rule)


def _subject(row: Mapping[str, Any]) -> str:
    return f"{row['kind']} {row['subject']}".strip()


def _answered(row: Mapping[str, Any]) -> tuple[str, str]:
    """What became of a suspicion, and how that looks."""
    if row["alert"].case:
        return _("a case"), "brand"
    return (_("explained"), "good") if row["answers"] else (_("not answered yet"), "warn")


def reports(request: HttpRequest, found: Sequence[tuple[Any, Text | None, Text]], book: Book) -> Table:
    """What consumers reported: goods, place and what is wrong."""
    return tables.asked(
        request,
        "reports",
        " · ".join((_("Reports of consumers"), _("last 30 days"))),
        [
            Column("at", _("Time"), lambda row: row[0].at, kind="moment", sortable=True),
            Column("product", _("Product"), lambda row: words(book.product_name(row[0].gtin)), sortable=True, below=lambda row: row[0].serial),
            Column("why", _("What is wrong"), lambda row: words(row[2]), sortable=True),
            Column("place", _("Place"), lambda row: words(row[1]), sortable=True),
            Column("case", _("Case"), lambda row: row[0].case, kind="code"),
        ],
        found,
        prefix="reports-",
    )  # fmt: skip


def closed(request: HttpRequest, found: Sequence[Mapping[str, Any]], book: Book) -> Table:
    """Suspicions that were closed, with what was behind them."""
    return tables.asked(
        request,
        "closed",
        _("Suspicions that were closed"),
        [
            Column("rule", _("Rule"), _rule, sortable=True, below=_subject),
            Column("product", _("Product"), lambda row: words(book.product_name(row["alert"].gtin)), sortable=True),
            Column("outcome", _("Outcome"), lambda row: row["alert"].outcome, wide=True),
            Column("at", _("Closed"), lambda row: row["alert"].closed_at, kind="moment", sortable=True),
        ],
        found,
        prefix="closed-",
    )  # fmt: skip
