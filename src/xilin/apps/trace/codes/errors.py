"""What can be wrong with an order of codes, a chip or a file."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class BadOrder(Refusal):
    """An order that can't be carried out as it stands."""

    status = 422
    message = _("The codes can't be issued: {why}")
    remedy = _("Correct the order and give it again.")


class OrderChanged(Refusal):
    """The same order number was used for another order."""

    message = _("An order with this number was given before, for something else.")
    remedy = _("Give the new order a number of its own.")


class NotReady(Refusal):
    """The codes of a batch aren't all there yet."""

    message = _("Batch {batch} is not issued yet.")
    remedy = _("Wait until it is issued, or start issuing again.")


class ScratchForgotten(Refusal):
    """The scratch codes of a batch can't be printed any more."""

    status = 410
    message = _("The scratch codes of batch {batch} were forgotten after printing.")
    remedy = _("Declare the batch void and issue another.")


class ChipTaken(Refusal):
    """A chip or a code that is bound already."""

    message = _("Chip {uid} or the code is bound already.")
    remedy = _("Take another chip.")


class NoSecret(Refusal):
    """A secret of this version isn't here, and another one would not fit what was derived from it."""

    message = _("The secret of codes, version {version}, is missing.")
    remedy = _("Restore the folder of keys from its backup.")


class NoRegion(Refusal):
    """A sales region nobody declared."""

    status = 422
    message = _("There is no sales region {region}.")
    remedy = _("Choose one of the regions that the league folder declares.")


class NoSuchAct(Refusal):
    """Something that can't be done to codes."""

    status = 422
    message = _("Codes can't be given the act {act}.")
    remedy = _("Choose one of {acts}.")


class QuotaExceeded(Refusal):
    """A party claims more than there is: no codes for more of it."""

    message = _("{source} has {have} and claims {claimed}: no more codes of {gtin} are issued.")
    remedy = _(
        "Send the events that are missing, or ask the department in charge to look into alert {alert}. Two of its people may release the order."
    )


class LotExceeded(Refusal):
    """More codes than a production batch has items."""

    message = _(
        "Batch {lot} has {room} items by its events; {there} codes are there and {count} more were ordered."
    )
    remedy = _(
        "Order fewer, declare spoilt codes void, or send the event that says how much the batch is. Two people of the department in charge may release the order."
    )


class NotTheirProduct(Refusal):
    """Somebody who has no say over a product's codes."""

    status = 403
    message = _("Only stewards and approvers of the department that watches the product do this.")
    remedy = _("Ask the department in charge of the product.")


class SecondPerson(Refusal):
    """Whoever proposed a release can't grant it."""

    message = _("A release is decided by somebody else than who proposed it.")
    remedy = _("Ask a second person who is responsible to look at it and decide.")


class NotDecidable(Refusal):
    """No release waits under this number."""

    status = 404
    message = _("No release waits under the number {number}.")
    remedy = _("Look for the number in the list of cases.")
