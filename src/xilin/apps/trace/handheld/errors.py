"""Why the handheld's own interface says no to a whole message; what is wrong with one event stands in its result."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NotSignedIn(Refusal):
    """Nobody is signed in on the device."""

    status = 401
    message = _("Nobody is signed in.")
    remedy = _("Sign in; what was recorded stays on the device.")


class NoHand(Refusal):
    """The account is no hand of any party."""

    status = 403
    message = _("This account may not record with a handheld.")
    remedy = _("Ask whoever runs your accounts to enter you as a hand.")


class BadMessage(Refusal):
    """What came isn't a message of the handheld."""

    status = 400
    message = _("This is no message of the handheld: {why}.")
    remedy = _("Open the handheld again while there is a network, so that it renews itself.")


class NameTaken(Refusal):
    """An account is to be made whose name another has."""

    message = _("Somebody is called {name} already.")
    remedy = _("Choose another user name; leave --new out for who has an account.")


class WrongHand(Refusal):
    """A hand can't be entered as asked."""

    message = _("{what} is not known here.")
    remedy = _("Known are: {known}.")
