"""The refusals of the SDMX service, with the codes of the standard's web services guidelines (section 7.5)."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class SdmxRefusal(Refusal):
    """A query that isn't answered; `number` is the standard's code for why."""

    number = 500
    message = _("The SDMX query was not answered.")
    remedy = _("See the guide of the economy.")


class NoResults(SdmxRefusal):
    """Nothing fits the query."""

    number, status = 100, 404
    message = _("No results: {what}.")
    remedy = _("Ask for what there is: /availability or /contentconstraint.")


class NotAuthorised(SdmxRefusal):
    """The dataflow is not public."""

    number, status = 110, 401
    message = _("Dataflow {what} is not public.")
    remedy = _("Its publisher's department may read it, signed in.")


class Forbidden(NotAuthorised):
    """The dataflow is not public, and someone else's."""

    status = 403
    message = _("Dataflow {what} belongs to another department.")
    remedy = _("Ask the publisher for access.")


class TooLarge(SdmxRefusal):
    """More observations than one answer holds."""

    number, status = 510, 413
    message = _("{count} observations fit; one answer holds {most}.")
    remedy = _("Ask for fewer series or periods.")


class Syntax(SdmxRefusal):
    """The query can't be read."""

    number, status = 140, 400
    message = _("The query can't be read: {what}.")
    remedy = _("Write it as the SDMX REST guidelines say.")


class Semantic(SdmxRefusal):
    """The query can be read, but asks for what the structure doesn't have."""

    number, status = 150, 403
    message = _("The query doesn't fit the structure: {what}.")
    remedy = _("Look at the data structure first.")


class NotOffered(SdmxRefusal):
    """The standard has it, this service hasn't."""

    number, status = 501, 501
    message = _("Not offered: {what}.")
    remedy = _("See the guide of the economy for what is.")


class NotAcceptable(SdmxRefusal):
    """None of the formats asked for is offered."""

    number, status = 140, 406
    message = _("None of the formats asked for is offered: {what}.")
    remedy = _("Offered: {offered}.")
