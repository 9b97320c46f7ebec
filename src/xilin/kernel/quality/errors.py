"""What quality refuses."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NotTheProvider(Refusal):
    """Someone of another department answers a request to check a value."""

    status = 403
    message = _("Correction {number} is answered by {provider}, not by you.")
    remedy = _("Wait for the provider's answer; its deadline stands on the case.")


class AlreadyAsked(Refusal):
    """The same row is with its department already."""

    message = _("This row is being checked already, under case {number}.")
    remedy = _("Follow that case; its deadline stands on it.")


class NoDepartment(Refusal):
    """Someone without a department asks for a correction."""

    status = 403
    message = _("You act for no department, so you can't ask for a correction.")
    remedy = _("Ask the system administrator to enter your department.")


class NotMendable(Refusal):
    """A row that can't be mended by its values, or values for columns it hasn't."""

    message = _("This row can't be mended here: {what}")
    remedy = _("Put it right in your own system; the next batch takes it in.")


class StillBroken(Refusal):
    """A mended row that breaks rules all the same; `reasons` are those left, as in quarantine."""

    def __init__(self, reasons: list[dict[str, str]]) -> None:
        self.reasons = reasons
        super().__init__(count=len(reasons))

    message = _("As mended the row still breaks {count} rules; nothing was kept.")
    remedy = _("Read the reasons beside the values and mend those too.")


class NotYours(Refusal):
    """Someone who isn't a steward or engineer of the row's department mends it."""

    status = 403
    message = _("Rows are mended by stewards and engineers of the department they come from.")
    remedy = _("Ask for a correction instead; the department's deadline starts with it.")
