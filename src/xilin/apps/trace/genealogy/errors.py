"""What recalls refuse."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NothingToRecall(Refusal):
    """Nothing of what was named was ever seen."""

    status = 422
    message = _("Nothing of what is to be recalled was ever seen in an event.")
    remedy = _("Check the identifiers: ear tags, batches, items or containers as events name them.")


class SamePerson(Refusal):
    """Whoever proposed a recall can't open it publicly."""

    message = _("A recall is opened publicly by somebody else than who proposed it.")
    remedy = _("Ask a second person who is responsible to look at it and open it.")


class NotInThisState(Refusal):
    """A recall that is closed, withdrawn, or not public yet."""

    message = _("Recall {number} is {state}.")
    remedy = _("Look at the recall for what was done and what can be done now.")


class NotTheirs(Refusal):
    """Somebody of another department than the one in charge, or without the role."""

    status = 403
    message = _("Only stewards and approvers of the department in charge do this.")
    remedy = _("Ask the department in charge of the recall.")


class NotFinished(Refusal):
    """Items are neither recovered nor destroyed, and nobody said why the recall may end."""

    status = 422
    message = _("{missing} items are neither recovered nor destroyed.")
    remedy = _("Close the recall with a remark that says why it may end all the same.")


class NoDepartment(Refusal):
    """No department watches the goods that a producer wants to recall."""

    status = 422
    message = _("No department watches these goods.")
    remedy = _("Ask the department in charge to propose the recall, or to declare the product.")


class NotListed(Refusal):
    """Goods that aren't on a recall's list, or were cleared before."""

    status = 422
    message = _("{item} isn't on the list of recalled goods, or was cleared before.")
    remedy = _("Take identifiers from the recall's list of items.")


class HeldByLot(Refusal):
    """Goods of a lot that is recalled as a whole: clearing one of them alone would leave its code recalled."""

    status = 422
    message = _("{item} is of a lot that is recalled as a whole.")
    remedy = _("Clear the lot, or leave its goods recalled.")


class NoReason(Refusal):
    """Somebody clears goods without saying why."""

    status = 422
    message = _("Nothing says why these goods are good after all.")
    remedy = _("Write down what was found, such as the laboratory's report.")


class TooMany(Refusal):
    """A holder accounts for more items than the notice is about."""

    status = 422
    message = _("The notice is about {items} items.")
    remedy = _("Give numbers that add up to no more than that.")
