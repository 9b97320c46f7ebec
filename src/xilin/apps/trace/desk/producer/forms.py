"""What a producer's people fill in at the desk."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xilin.apps.trace.codes.issuing import LARGEST
from xilin.apps.trace.desk.seats import Producer
from xilin.apps.trace.models import CodeBatch, CodeWork, PrintFile
from xilin.apps.trace.verdicts.book import Book

_DAY = forms.DateInput(attrs={"type": "date"})


class OrderForm(forms.Form):
    """New codes: for which product and batch, how many, on which carrier."""

    request = forms.UUIDField(widget=forms.HiddenInput)
    gtin = forms.ChoiceField(label=_("Product"))
    lot = forms.RegexField(
        label=_("Production batch"),
        regex=r"^[A-Za-z0-9\-._/]{1,20}$",
        max_length=20,
        help_text=_("As printed on the goods: letters, digits and - . _ / only, 20 at most."),
    )
    count = forms.IntegerField(label=_("How many codes"), min_value=1, max_value=LARGEST)
    kind = forms.ChoiceField(
        label=_("Carrier"),
        choices=[("", _("as declared for the product")), *CodeBatch.Kind.choices],
        required=False,
    )
    produced_on = forms.DateField(label=_("Produced on"), required=False, widget=_DAY)
    expires_on = forms.DateField(label=_("Expires on"), required=False, widget=_DAY)

    def __init__(self, producer: Producer, book: Book, data: Any = None) -> None:
        self.book = book
        super().__init__(data, initial={"request": uuid4()})
        language = get_language() or ""
        choices = [
            (gtin, f"{book.products[gtin].name.of(language)} · {gtin}") for gtin in sorted(producer.gtins)
        ]
        self.fields["gtin"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What is left out is as declared for the product: the carrier, and the end of its shelf life."""
        given = super().clean() or {}
        product = self.book.products.get(given.get("gtin", ""))
        begun, ends = given.get("produced_on"), given.get("expires_on")
        if product is not None:
            given["kind"] = given.get("kind") or product.code_kind
            if begun and not ends:
                given["expires_on"] = date.fromordinal(
                    min(begun.toordinal() + product.shelf_days, date.max.toordinal())
                )
        if begun and begun > timezone.localdate():
            self.add_error("produced_on", _("This day hasn't come yet."))
        if begun and ends and ends <= begun:
            self.add_error("expires_on", _("This is not after the day of production."))
        return given


class RangeForm(forms.Form):
    """Some codes of a batch, by their numbers in it, and what is to be done with them."""

    kind = forms.ChoiceField(
        label=_("Do what"),
        choices=[
            (CodeWork.Kind.ACTIVATE, _("activate: the goods leave the plant")),
            (CodeWork.Kind.ALLOT, _("allot to a sales region")),
            (CodeWork.Kind.VOID, _("declare void: misprinted, destroyed, used up")),
        ],
        widget=forms.RadioSelect,
    )
    first = forms.IntegerField(label=_("From code"), min_value=1)
    last = forms.IntegerField(label=_("To code"), min_value=1)
    region = forms.ChoiceField(label=_("Sales region"), required=False)
    dealer = forms.RegexField(
        label=_("Dealer"),
        regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$",
        required=False,
        help_text=_("Unified social credit code, where it is known."),
    )

    def __init__(self, batch: CodeBatch, book: Book, data: Any = None) -> None:
        super().__init__(data, initial={"kind": CodeWork.Kind.ACTIVATE, "first": 1, "last": batch.count})
        language = get_language() or ""
        self.fields["region"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((code, one.name.of(language)) for code, one in book.regions.items()),
        ]
        for name in ("first", "last"):
            self.fields[name].widget.attrs["max"] = batch.count

    def clean(self) -> dict[str, Any]:
        """Who allots says where to."""
        given = super().clean() or {}
        if given.get("kind") == CodeWork.Kind.ALLOT and not given.get("region"):
            self.add_error("region", _("Choose the region the codes are to be sold in."))
        return given


class FileForm(forms.Form):
    """A print file: its form, and which codes of the batch."""

    form = forms.ChoiceField(
        label=_("File"),
        choices=[
            (PrintFile.Form.CSV, _("CSV for printing machines")),
            (PrintFile.Form.PDF, _("PDF, A4 sheets of 50 labels")),
        ],
    )
    first = forms.IntegerField(label=_("From code"), min_value=1)
    last = forms.IntegerField(label=_("To code"), min_value=1)

    def __init__(self, batch: CodeBatch, data: Any = None) -> None:
        super().__init__(
            data, initial={"form": PrintFile.Form.CSV, "first": 1, "last": batch.count}, prefix="file"
        )
        for name in ("first", "last"):
            self.fields[name].widget.attrs["max"] = batch.count


class ExplainForm(forms.Form):
    """What was behind an alert."""

    text = forms.CharField(label=_("Our explanation"), max_length=300)


class SheetForm(forms.Form):
    """A workbook to be looked at."""

    file = forms.FileField(
        label=_("Workbook (XLSX)"),
        widget=forms.FileInput(
            attrs={"accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
        ),
        help_text=_(
            "5 MB and 20,000 rows at most. It is checked as a whole; nothing is kept before you confirm."
        ),
    )
