"""What the regulator's desk refuses."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class TakenAlready(Refusal):
    """Somebody took the alarm first."""

    message = _("This alarm was taken by {by} already.")
    remedy = _("Talk to them; whoever took it decides it.")


class NotOpen(Refusal):
    """The alarm is decided, or events explain it."""

    message = _("This alarm is {state} already.")
    remedy = _("Look at it again: what was done stands there.")


class NoSuchOutcome(Refusal):
    """An outcome this kind of alarm can't have, or not now."""

    status = 422
    message = _("This alarm can't be decided so.")
    remedy = _("Reload the page and choose one of the outcomes it offers.")
