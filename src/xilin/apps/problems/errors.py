"""What is refused where problems are reported and followed."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NoSuchReport(Refusal):
    """Number and secret don't belong together; whether there is such a number isn't told."""

    status = 404
    message = _("No report has this number and this key.")
    remedy = _("Both stand on the page that was shown when it was sent.")


class ReportedOften(Refusal):
    """Too many reports came from one place, or altogether."""

    status = 429
    message = _("Too many reports came in just now.")
    remedy = _(
        "Try again in {minutes} minutes; what can't wait belongs to the telephone: 110, 119, 120, 12345."
    )


class NoPicture(Refusal):
    """What was sent as a photo is none that is taken."""

    status = 422
    message = _("This is no photo that can be taken.")
    remedy = _("Send a JPEG, PNG or WebP of at most 8 MB.")


class NotTheirs(Refusal):
    """Someone who may not act on a report."""

    status = 403
    message = _("You can't act on this report.")
    remedy = _("A steward or approver of the department that has it can.")


class NothingToSend(Refusal):
    """A report that looks as if a machine had sent it."""

    status = 422
    message = _("The report was not taken.")
    remedy = _("Go back, read it over and send it again.")
