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


class ClockStopped(Refusal):
    """The clock stands still already."""

    message = _("The clock of case {number} stands still already.")
    remedy = _("Wait until what is missing has come.")


class ClockRuns(Refusal):
    """The clock isn't stopped, so it can't go on."""

    message = _("The clock of case {number} runs.")
    remedy = _("Nothing needs to be done.")


class NoExtension(Refusal):
    """A step that can't be lengthened, or not by so much, or not again."""

    status = 422
    message = _("The deadline of case {number} can't be lengthened by {days}.")
    remedy = _("It can be lengthened once, before it has passed, by at most {most} ({rule}).")


class CaseIsOpen(Refusal):
    """The case hasn't ended, so it can't begin again."""

    message = _("Case {number} is under way.")
    remedy = _("Nothing needs to be done.")
