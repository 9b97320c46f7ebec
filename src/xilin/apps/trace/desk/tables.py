"""Tables of the desk's page of goods: the newest batches and allotments, and where looks came from."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.translation import gettext as _

from xilin.apps.trace.desk.queries import Place
from xilin.apps.trace.models import Allotment, CodeBatch
from xilin.apps.trace.verdicts.book import Book
from xilin.web import tables
from xilin.web.tables import Column, Table
from xilin.web.templatetags.xilin import words


def batches(request: HttpRequest, rows: Sequence[CodeBatch], book: Book) -> Table:
    """The newest batches of codes."""
    return tables.asked(
        request,
        "batches",
        _("Newest batches of codes"),
        [
            Column("batch", _("Batch"), lambda one: one.lot or str(one.pk), kind="code", sortable=True),
            Column("product", _("Product"), lambda one: words(book.product_name(one.gtin)), sortable=True),
            Column("kind", _("Kind"), lambda one: one.get_kind_display(), sortable=True),
            Column("codes", _("Codes"), lambda one: one.made, kind="number", sortable=True),
        ],
        rows,
        prefix="batches-",
        empty=(_("No codes were issued."), ""),
    )  # fmt: skip


def places(request: HttpRequest, rows: Sequence[Place]) -> Table:
    """Where looks came from, and how many of them were warned."""
    return tables.asked(
        request,
        "places",
        _("Where looks came from"),
        [
            Column("place", _("Place"), lambda one: words(one.name), sortable=True),
            Column("looks", _("Looks"), kind="number", sortable=True),
            Column("warned", _("Warned"), kind="number", sortable=True),
        ],
        rows,
        prefix="places-",
        empty=(_("Nobody has looked yet."), ""),
    )  # fmt: skip


def allotments(request: HttpRequest, rows: Sequence[Allotment], book: Book) -> Table:
    """The newest allotments of codes to regions."""
    return tables.asked(
        request,
        "allotments",
        _("Newest allotments"),
        [
            Column("product", _("Product"), lambda one: words(book.product_name(one.gtin)), sortable=True),
            Column("batch", _("Batch"), lambda one: one.lot, kind="code", sortable=True),
            Column("region", _("To be sold in"), lambda one: words(book.region_name(one.region)), sortable=True),
            Column("codes", _("Codes"), lambda one: one.count, kind="number", sortable=True),
        ],
        rows,
        prefix="allotments-",
    )  # fmt: skip
