"""What the producers' desk refuses."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from xilin.lib.errors import Refusal


class WrongRange(Refusal):
    """Codes that a batch doesn't have."""

    status = 422
    message = _("The batch has no such codes: {first} to {last} of {count}.")
    remedy = _("Give numbers from 1 to {count}, the first not above the last.")


class BusyBatch(Refusal):
    """Something else is being done with the batch."""

    message = _("Something else is still being done with this batch.")
    remedy = _("Wait until it is done.")


class TooManyLabels(Refusal):
    """A PDF for more labels than one file holds."""

    status = 422
    message = _("One PDF holds {most} labels.")
    remedy = _("Order several files, or a CSV.")


class AnsweredAlready(Refusal):
    """An alert that is a case already."""

    message = _("This alert is a case already: {case}.")
    remedy = _("Look at what the authority finds.")


class NobodyWatches(Refusal):
    """No authority is entered for a product."""

    message = _("No authority is entered for this product, so nobody could take the case.")
    remedy = _("Ask the centre to enter one in the league folder.")


class NoWorkbook(Refusal):
    """A file that can't be taken in as a whole."""

    status = 422
    message = _("The workbook can't be taken in: {why}")
    remedy = _("Save it again as an XLSX workbook, best in one of the templates.")


class NotToConfirm(Refusal):
    """A workbook that was kept or given up before."""

    message = _("This workbook was kept or given up before.")
    remedy = _("Look at what became of it.")


class NotNow(Refusal):
    """What was checked isn't what stands there now."""

    message = _("Meanwhile other rows of this workbook would be refused.")
    remedy = _("Look at the rows again, then keep it.")


def in_both(refusal: Refusal) -> dict[str, str]:
    """A refusal and what to do, in both languages: for who reads it later."""
    said = {}
    for language, code in (("zh", "zh-hans"), ("en", "en")):
        with override(code):
            said[language] = f"{refusal} {refusal.advice}"
    return said
