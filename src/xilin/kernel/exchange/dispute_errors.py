"""What disputes, corrections and citizens' pages refuse."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NotReceived(Refusal):
    """A value that the department was never answered: nobody tries values out by disputing them."""

    status = 403
    message = _("Your department was given no such value by the gateway.")
    remedy = _("Give the look-up as it was made: its columns and values, and an item that was answered.")


class NotOneRecord(Refusal):
    """A look-up that fits no record any more, or several."""

    status = 409
    message = _("The look-up fits {found} records now; a dispute is about one.")
    remedy = _("Give more look-up columns; where the record has gone, tell its department.")


class AlreadyDisputed(Refusal):
    """The same value is with its department already."""

    status = 409
    message = _("This value is being checked already, case {number}.")
    remedy = _("Wait for the answer; its deadline stands on the case.")


class NotAValue(Refusal):
    """What is held to be right can't be a value of the item."""

    status = 422
    message = _("{value} can't be a value of {item}.")
    remedy = _("Give it as the item's data element writes it.")


class NothingWrong(Refusal):
    """What is held to be right is what stands there."""

    status = 422
    message = _("That is what stands there now.")
    remedy = _("Look the record up again: the value may have been mended meanwhile.")


class GroundsNeeded(Refusal):
    """A dispute or question without its grounds."""

    status = 422
    message = _("Say what makes you think so.")
    remedy = _("Name the document or circumstance; the department checks it.")


class NotYoursToAnswer(Refusal):
    """Someone of another department, or without the role, answers."""

    status = 403
    message = _("Case {number} is answered by {provider}.")
    remedy = _("Its deadline stands on the case.")


class AlreadyAnswered(Refusal):
    """A dispute that was answered before."""

    status = 409
    message = _("Case {number} is answered already.")
    remedy = _("Look at the answer; open a new one if need be.")


class NoAnswer(Refusal):
    """An answer that says nothing."""

    status = 422
    message = _("This answer needs its reasons.")
    remedy = _("Write what was checked and what was found.")


class NotSignedIn(Refusal):
    """A name and password that are not those of an account."""

    status = 422
    message = _("This name and password are not known here.")
    remedy = _("Mind capital letters; in the demonstration both stand in the file of accounts.")
