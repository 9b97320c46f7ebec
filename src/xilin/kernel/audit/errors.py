"""What the audit log refuses."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class KeyIsShredded(Refusal):
    """A month's key was destroyed: no value can be matched with its entries any more."""

    message = _(
        "The audit key of {month} was shredded, so values can't be matched with that month's entries."
    )
    remedy = _("Search by time, department or case number; the entries themselves still verify.")
