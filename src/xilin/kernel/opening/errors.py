"""What open data and the clean room refuse."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NothingToOpen(Refusal):
    """A resource without rows in force."""

    message = _("No rows of {resource} are in force, so there is nothing to open.")
    remedy = _("Collect its sources first: xilin run")


class TooFew(Refusal):
    """People who can't be made to look alike, or small counts that can't be hidden."""

    message = _("{opening} can't be released: the groups are too small to protect the people in them.")
    remedy = _("Declare coarser steps, fewer columns, or a form with noise.")


class BudgetSpent(Refusal):
    """More privacy than a resource has left this year."""

    message = _("{resource} has {left} of its privacy budget left in {year}; this costs {wanted}.")
    remedy = _("Wait for the next year, or declare a smaller epsilon; what was spent can't be had back.")


class NotAnOpening(Refusal):
    """A release that isn't declared."""

    status = 404
    message = _("There is no opening {opening}.")
    remedy = _("Known are: {known}.")


class TooManyCalls(Refusal):
    """An address that asks too often."""

    status = 429
    message = _("Too many calls from your address: {most} a minute are answered.")
    remedy = _("Wait {seconds} seconds, or fetch the whole file once.")


class NotYourQuestion(Refusal):
    """Someone of a third department, or without the role, acts on a joint question."""

    status = 403
    message = _("Question {number} is between two other departments, or needs an approver.")
    remedy = _("Let an approver of one of the two departments sign or refuse it.")


class QuestionClosed(Refusal):
    """A question that was answered or refused before."""

    message = _("Question {number} is {state} already.")
    remedy = _("Ask a new one.")


class SignedAlready(Refusal):
    """A second signature of one department or one person."""

    message = _("Question {number} is signed already for your department, or by you.")
    remedy = _("The other department's approver signs next; both are different people.")


class QuestionWrong(Refusal):
    """A question that can't be asked of these resources."""

    status = 422
    message = _("The question can't be asked: {what}.")
    remedy = _("Choose two resources of one base registry, of two departments, and items that are shared.")


class TooAlike(Refusal):
    """People who would be found by the difference between two answers."""

    message = _(
        "An earlier answer ({earlier}) was about nearly the same people: the difference would show {fewer} or fewer."
    )
    remedy = _("Ask about the same people or about clearly others; {least} people make the difference.")


class CohortTooSmall(Refusal):
    """A statistic about too few people."""

    message = _("The question is about fewer than {least} people.")
    remedy = _("Ask about more people: leave out conditions.")
