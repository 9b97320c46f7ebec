"""What the repository refuses, each an exception of the EPCIS standard with what the caller can do."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class EpcisRefusal(Refusal):
    """A refusal that the standard has an exception for; `type` is its name in problem documents."""

    type: ClassVar[str] = "epcisException:ValidationException"
    message = _("The repository of events refused the call.")
    remedy = _("The problem's type says why; see the guide of the repository.")


class KeyMissing(EpcisRefusal):
    """A call without a key, or with one that isn't in force: the same answer for all."""

    status = 401
    type = "epcisException:SecurityException"
    message = _("The call carries no key that is in force.")
    remedy = _("Send the header Authorization: Bearer and your system's key.")


class NotAllowed(EpcisRefusal):
    """A key whose system may not do this in the repository."""

    status = 403
    type = "epcisException:SecurityException"
    message = _("Your system may not do this in the repository.")
    remedy = _("Ask the platform's operators for access to capture or to query.")


class NoSuchName(EpcisRefusal):
    """There is no such thing, or the caller may not see it."""

    status = 404
    type = "epcisException:NoSuchNameException"
    message = _("There is nothing of this name, or you may not see it.")
    remedy = _("Check the address.")


class MethodWrong(EpcisRefusal):
    """A method that the address doesn't have."""

    status = 405
    type = "epcisException:ImplementationException"
    message = _("This address doesn't have the method.")
    remedy = _("It has: {allowed}.")


class NotAcceptable(EpcisRefusal):
    """A version, format or media type asked for that the repository doesn't speak."""

    status = 406
    type = "epcisException:NotAcceptableException"
    message = _("{header} asks for what the repository doesn't speak.")
    remedy = _("It speaks: {allowed}.")


class AlreadyThere(EpcisRefusal):
    """Something of that name exists."""

    status = 409
    type = "epcisException:ResourceAlreadyExistsException"
    message = _("{name} is there already.")
    remedy = _("Choose another name.")


class TooLarge(EpcisRefusal):
    """A capture beyond the limits."""

    status = 413
    type = "epcisException:CaptureLimitExceededException"
    message = _("The document is too large.")
    remedy = _("Send at most {events} events and {bytes} bytes at a time.")


class UrlTooLong(EpcisRefusal):
    """An address longer than the repository reads."""

    status = 414
    type = "epcisException:URITooLongException"
    message = _("The address is too long.")
    remedy = _("Name the query with POST /queries and ask for its events.")


class MediaTypeWrong(EpcisRefusal):
    """A body in a format that isn't read here."""

    status = 415
    type = "epcisException:UnsupportedMediaTypeException"
    message = _("The body's media type isn't read here.")
    remedy = _("Send: {allowed}.")


class QueryParameterWrong(EpcisRefusal):
    """A parameter of a query that isn't one, or whose value isn't of its kind."""

    status = 400
    type = "epcisException:QueryParameterException"
    message = _("The query's parameter {name} can't be used: {why}.")
    remedy = _("Correct the parameter; the guide lists all of them.")


class QueryInvalid(EpcisRefusal):
    """A query, subscription or its definition that isn't formed as it must be."""

    status = 400
    type = "epcisException:QueryValidationException"
    message = _("The request can't be used: {why}.")
    remedy = _("Correct it as the guide describes.")


class SubscriptionWrong(EpcisRefusal):
    """Controls of a subscription that aren't any."""

    status = 400
    type = "epcisException:SubscriptionControlsException"
    message = _("The subscription can't be made: {why}.")
    remedy = _("Give stream or a schedule, and an address that may be sent to.")


class QueryTooLarge(EpcisRefusal):
    """More events fit than maxEventCount allows."""

    status = 413
    type = "epcisException:QueryTooLargeException"
    message = _("More than {most} events fit the query.")
    remedy = _("Choose narrower conditions, or page through the answer without maxEventCount.")


class QueryTooComplex(EpcisRefusal):
    """A query that took too long."""

    status = 413
    type = "epcisException:QueryTooComplexException"
    message = _("The query takes too long.")
    remedy = _("Choose narrower conditions, such as times or identifiers.")


class BehaviourWrong(EpcisRefusal):
    """A header with a value that it can't have."""

    status = 400
    type = "epcisException:ValidationException"
    message = _("The header {header} has a value it can't have.")
    remedy = _("Allowed are: {allowed}.")


class Unavailable(EpcisRefusal):
    """The database can't be reached, or the log can't be written."""

    status = 503
    type = "epcisException:ImplementationException"
    message = _("The repository can't be reached at the moment.")
    remedy = _("Try again in a moment.")


class Defect(EpcisRefusal):
    """A mistake of the repository itself."""

    status = 500
    type = "epcisException:ImplementationException"
    message = _("The repository made a mistake.")
    remedy = _("Tell the platform's operators the time of your call.")
