"""What the economy refuses."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NoSuchDataflow(Refusal):
    """The dataflow isn't declared."""

    status = 404
    message = _("There is no dataflow {code}, or you may not see it.")
    remedy = _("Dataflows that you may read: {known}.")


class NoSuchSeries(Refusal):
    """The dataflow has no series of this key."""

    status = 404
    message = _("There is no series {key}.")
    remedy = _("There are {count}, such as {known}; xilin economy list <dataflow> tells all.")
