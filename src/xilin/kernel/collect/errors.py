"""What collect refuses to people; what is wrong with a source stands in `faults`."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NoSuchSource(Refusal):
    """No source of this code is declared."""

    status = 404
    message = _("There is no source {source}.")
    remedy = _("Declared are: {known}. Write it in the league folder, then run xilin apply.")


class AnotherRun(Refusal):
    """Another process goes the way of data from end to end at this moment."""

    message = _("Another xilin run or xilin demo is at work.")
    remedy = _("Wait until it has ended, then run again. Nothing was changed.")


class Unbalanced(Exception):
    """Rows were lost or doubled between reading and standardising: a defect, never a source's fault."""
