"""What deliveries refuse, each with what the calling system or its department can do about it."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class FilterNotUsable(Refusal):
    """A row filter on an item that the resource has no more: nothing is delivered, rather than every row."""

    status = 503
    message = _("The grant chooses rows by {column}, which the resource doesn't have any more.")
    remedy = _("Ask the provider for a new grant.")


class NotDelivered(Refusal):
    """A resource that has no rows in the lake of its own, such as a base registry."""

    status = 422
    message = _("{resource} is not delivered in bulk: it has no rows of its own in the lake.")
    remedy = _("Look records up one by one, or ask for the resources it is made of.")


class NothingCollected(Refusal):
    """A resource of which nothing was collected yet."""

    status = 503
    message = _("No rows of {resource} have been collected yet.")
    remedy = _("Try again later, or ask the platform's operators.")


class WayNotGranted(Refusal):
    """No grant of the client for the resource that allows this way of delivery."""

    status = 403
    message = _("Your system holds no grant for {resource} by {way}.")
    remedy = _("Ask the provider for it on the platform's pages.")


class GrantEndedMeanwhile(Refusal):
    """A grant that was revoked, has ended or has not begun."""

    status = 403
    message = _("The grant {number} is not in force, so nothing is delivered under it.")
    remedy = _("Ask the provider for a new one on the platform's pages.")


class PurposeNotGranted(Refusal):
    """A purpose other than the granted one."""

    status = 403
    message = _("{resource} was not granted to your system for this purpose in this way.")
    remedy = _("Granted is: {allowed}.")


class OutsideGrantedHours(Refusal):
    """A delivery outside the hours of the grant."""

    status = 403
    message = _("The grant {number} allows deliveries from {first} to {last} o'clock.")
    remedy = _("Ask within these hours.")


class ItemsOutside(Refusal):
    """Columns that the grant doesn't hold."""

    status = 403
    message = _("The grant {number} doesn't hold some of the items asked for.")
    remedy = _("Granted are: {allowed}.")


class MustBeSigned(Refusal):
    """A call without a signature under a grant whose calls must be signed."""

    status = 403
    message = _("Deliveries under the grant {number} are answered to signed calls only.")
    remedy = _("Sign the call with your system's key (RFC 9421).")


class RowsUsedUp(Refusal):
    """The day's rows are used up."""

    status = 429
    message = _("The quota of {quota} rows a day of the grant {number} doesn't hold this delivery.")
    remedy = _("Ask again tomorrow, ask for what changed only, or ask the provider for a larger quota.")


class TooManyWaiting(Refusal):
    """Too many files of a grant that wait or lie ready."""

    status = 429
    message = _("The grant {number} has {most} files that wait or lie ready.")
    remedy = _("Take or give up one of them first.")


class DeliveryUnknown(Refusal):
    """A file, subscription or address that isn't there, or isn't the caller's: the same answer for both."""

    status = 404
    message = _("There is no such delivery, or it isn't yours.")
    remedy = _("Check its number.")


class SinceWrong(Refusal):
    """An increment since a file that isn't of the same grant and items, or was never made."""

    status = 422
    message = _("What changed can't be told since the file {since}.")
    remedy = _("Name a file of the same grant and the same items that was made, or ask for all rows.")


class FileNotReady(Refusal):
    """A file that is still being made."""

    status = 409
    message = _("The file {number} is not ready yet.")
    remedy = _("Ask for its state and come again when it is ready.")


class FileGone(Refusal):
    """A file that was taken, expired or refused."""

    status = 410
    message = _("The file {number} is gone: it is given once and kept for a limited time.")
    remedy = _("Ask for a new one.")


class RangeWrong(Refusal):
    """A range of bytes that the file doesn't have."""

    status = 416
    message = _("The file has {size} bytes; the range asked for lies outside.")
    remedy = _("Ask for bytes from 0 to {size}, one range at a time.")


class SubscriptionOver(Refusal):
    """A subscription that has ended."""

    status = 410
    message = _("The subscription {number} has ended.")
    remedy = _("Begin a new one under a grant in force.")


class CursorWrong(Refusal):
    """A cursor that was not given for this subscription."""

    status = 422
    message = _("This cursor was not given for this subscription.")
    remedy = _("Use the cursor of the last answer, or begin with the subscription's own.")


class CursorGone(Refusal):
    """A cursor older than the changes that are kept."""

    status = 410
    message = _("The changes after this cursor are no longer kept.")
    remedy = _("Take the subscription's whole state as a file and go on from its cursor.")


class AddressWrong(Refusal):
    """An address that messages can't be sent to."""

    status = 422
    message = _("Messages can't be sent to this address: {why}.")
    remedy = _("Give an https address without user name and fragment that the platform may reach.")


class AddressThere(Refusal):
    """An address that is entered already."""

    message = _("This address is entered for the system already.")
    remedy = _("Use the one that is there.")


class NotApproved(Refusal):
    """An address that nobody approved, or that has ended."""

    status = 409
    message = _("This address is not approved for your system.")
    remedy = _("Let an approver of your department approve it on the desk.")


class OwnAddress(Refusal):
    """Who entered an address approves it."""

    status = 403
    message = _("You entered this address yourself: who enters and who approves are never one person.")
    remedy = _("Let another approver of your department approve it.")


class NotHalted(Refusal):
    """A subscription that isn't halted."""

    message = _("The subscription {number} is not halted.")
    remedy = _("There is nothing to resume.")
