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
