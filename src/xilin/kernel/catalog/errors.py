"""What the catalogue refuses, each with what the caller can do about it."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NoAuthority(Refusal):
    """The league folder names nobody who reviews the catalogue."""

    message = _("No department is declared that reviews the catalogue.")
    remedy = _("Declare it in catalogue/authority.toml, then run xilin apply.")


class NobodysEntry(Refusal):
    """Someone without a department compiles."""

    status = 403
    message = _("An entry belongs to a department, and you act for none.")
    remedy = _("Ask the system administrator to enter the department you work for.")


class NotYourEntry(Refusal):
    """Someone compiles or reviews an entry of another department, or without the role for it."""

    status = 403
    message = _("{name} is compiled by stewards and approvers of {department}.")
    remedy = _("Let a colleague of that department do it.")


class NotYourReview(Refusal):
    """Someone reviews who isn't to review at this step."""

    status = 403
    message = _("This review is for an approver of {department}.")
    remedy = _("Wait for that department; its deadline stands on the page.")


class OwnWork(Refusal):
    """Someone reviews what they compiled or reviewed themselves."""

    status = 403
    message = _(
        "You have had a hand in {number} already: who compiles, who reviews for the department and who reviews for the authority are three people."
    )
    remedy = _("Let another approver review it.")


class NotAtThisStep(Refusal):
    """An action that doesn't fit where the compilation stands."""

    message = _("{number} is {state}: this can't be done to it now.")
    remedy = _("Open its page again to see where it stands.")


class EntryHasProblems(Refusal):
    """An entry is submitted or published that isn't right yet."""

    status = 422
    message = _("The entry can't go on: {problems}")
    remedy = _("Amend what is named, then submit it again.")


class ReasonMissing(Refusal):
    """Returned, withdrawn or decided without saying why."""

    status = 422
    message = _("A reason is needed here.")
    remedy = _("Write in a sentence why, so that the department can act on it.")


class BeingCompiled(Refusal):
    """A second compilation of one entry."""

    message = _("{name} is being compiled already, on {number}.")
    remedy = _("Finish that one, or take it back first.")


class NothingChanged(Refusal):
    """An amendment that says what the published version says."""

    status = 422
    message = _("The entry says what its published version says.")
    remedy = _("Change something, or give the amendment up.")


class CodeTaken(Refusal):
    """The folder declares a catalogue code that an entry of the desk has."""

    message = _("Catalogue code {code} is that of {name}, which was published from the desk.")
    remedy = _("Give the declaration another number, then run xilin apply again.")


class NotASource(Refusal):
    """A resource is to be the source of an element that it doesn't hold."""

    status = 422
    message = _("{resource} has no item of data element {element}.")
    remedy = _("Choose one of the resources that have it: {allowed}.")


class SheetHasFaults(Refusal):
    """A workbook of catalogue sheets that isn't right; `facts["faults"]` has every fault."""

    status = 422
    message = _("Nothing was taken in: {count} faults in the workbook. {first}")
    remedy = _("Mend every cell that is named, then choose the file again.")
