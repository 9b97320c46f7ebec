"""What questions about traces refuse."""

from django.utils.translation import gettext_lazy as _

from xilin.apps.trace.repository.errors import EpcisRefusal


class NotAnIdentifier(EpcisRefusal):
    """A text that can't name a thing."""

    status = 400
    type = "epcisException:QueryParameterException"
    message = _("This is no identifier.")
    remedy = _(
        "Give an ear tag of fifteen digits, a GS1 Digital Link, an EPC URN or a product with its lot or serial number."
    )


class NotATime(EpcisRefusal):
    """A moment that isn't one."""

    status = 400
    type = "epcisException:QueryParameterException"
    message = _("This is no time.")
    remedy = _("Write times like 2026-11-26T08:00:00+08:00.")


class TooLong(EpcisRefusal):
    """An answer of more nodes than one is given."""

    status = 413
    type = "epcisException:QueryTooLargeException"
    message = _("The answer has more than {most} nodes.")
    remedy = _("Ask for a part of it: an item instead of a container or batch.")
