"""What the goods' desk refuses."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class WrongSeat(Refusal):
    """A user or a party that isn't there."""

    status = 422
    message = _("There is no active user of a producer and no party called {what}.")
    remedy = _("Enter the user in the role “works for a producer”, and the party, first.")


class NameTaken(Refusal):
    """A user name that is somebody's."""

    message = _("There is a user called {name} already.")
    remedy = _("Choose another name, or leave --new out.")
