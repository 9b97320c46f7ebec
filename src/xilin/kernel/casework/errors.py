"""What casework refuses."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NoDeadlineRule(Refusal):
    """No rule says how long this step may take."""

    message = _(
        "No deadline rule covers step {step} of a case of kind {kind} under regime {regime} on {day}."
    )
    remedy = _("Declare the rule with its source in deadlines.toml, then run xilin apply.")


class CaseIsClosed(Refusal):
    """The case has ended: nothing more can be done to it."""

    message = _("Case {number} is {state} and can't be changed.")
    remedy = _("Look at the case's steps for what was decided; open a new one if need be.")
