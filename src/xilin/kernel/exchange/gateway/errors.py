"""What the gateway refuses, each with what the calling system can do about it."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class KeyMissing(Refusal):
    """A call without a key."""

    status = 401
    message = _("The call carries no key.")
    remedy = _("Send the header Authorization: Bearer and your system's key.")


class KeyUnknown(Refusal):
    """A key that was never issued."""

    status = 401
    message = _("Nobody was given this key.")
    remedy = _("Check the key; a steward of your department can issue a new one.")


class KeyEnded(Refusal):
    """A key that was revoked or has expired, or whose system was retired."""

    status = 401
    message = _("This key is no longer in force.")
    remedy = _("A steward of your department can issue a new one.")


class SignatureMissing(Refusal):
    """A call without a signature under a grant whose calls must be signed."""

    status = 401
    message = _("Calls under the grant {number} must be signed.")
    remedy = _(
        "Sign them by RFC 9421 with a signing key of your system; a steward of your department enters it."
    )


class SignerUnknown(Refusal):
    """A signature by a key that nobody entered."""

    status = 401
    message = _("None of the signatures is by a key that is known here.")
    remedy = _("Check keyid; a steward of your department enters signing keys on the platform's pages.")


class SignatureWrong(Refusal):
    """A signature that doesn't hold or can't be read."""

    status = 401
    message = _("The signature does not hold or can't be read: {what}.")
    remedy = _("Sign by RFC 9421 exactly what is sent, without parameters on components.")


class SignatureTooWeak(Refusal):
    """A signature that leaves out what must be signed."""

    status = 401
    message = _("The signature doesn't cover all it must.")
    remedy = _(
        "Cover @method, @target-uri and content-digest, and give created and a nonce of at most 128 characters."
    )


class SignatureExpired(Refusal):
    """A signature of another moment."""

    status = 401
    message = _("The signature has expired, lies ahead, or lasts too long.")
    remedy = _("Sign each call when it is made, for at most {seconds} seconds; check your clock.")


class SignatureReplayed(Refusal):
    """A nonce that was used before."""

    status = 401
    message = _("This signed call was received before.")
    remedy = _("Sign each call anew, with a nonce that was never used.")


class SignersDiffer(Refusal):
    """A key of one system and a signature of another."""

    status = 401
    message = _("Key and signature are of different systems.")
    remedy = _("Send the key and the signature of one system, or the signature alone.")


class DigestWrong(Refusal):
    """A body that isn't the one that was signed."""

    status = 400
    message = _("The header Content-Digest is missing or is not that of the body.")
    remedy = _("Send it by RFC 9530, with sha-256 or sha-512 of the body as it is sent.")


class TrialOnly(Refusal):
    """A trial key used for anything but calls under its grant."""

    status = 403
    message = _("A trial key is good for calls under the grant {number} alone.")
    remedy = _("Choose the other grant in the console, or call with a key of your system.")


class TrialUsedUp(Refusal):
    """A trial key whose calls are all made."""

    status = 429
    message = _("All {most} calls of this trial key are made.")
    remedy = _("Make another one in the console; systems call with a key of their own.")


class TrialTooLarge(Refusal):
    """More in one call than is shown to somebody who tries it."""

    status = 400
    message = _("A trial call is for at most {most} records.")
    remedy = _("Ask for fewer; systems call with a key of their own.")


class PathUnknown(Refusal):
    """An address the gateway doesn't have."""

    status = 404
    message = _("The gateway has nothing at this address.")
    remedy = _("Its addresses are listed at /v1/openapi.json.")


class MethodWrong(Refusal):
    """An address called with another method than it has."""

    status = 405
    message = _("This address doesn't take the method {method}.")
    remedy = _("Use {allowed}.")


class BodyTooLarge(Refusal):
    """A body beyond the limit."""

    status = 413
    message = _("The body is larger than {most} bytes.")
    remedy = _("Look up one record with each call.")


class BodyNotJson(Refusal):
    """A body that isn't JSON in UTF-8."""

    status = 400
    message = _("The body is not JSON in UTF-8.")
    remedy = _("Send an object with purpose, case_number and by.")


class CallWrong(Refusal):
    """A body with fields that are missing, unknown or of the wrong type."""

    status = 422
    message = _("The call is not well formed: {what}.")
    remedy = _("What a call may hold is described at /v1/openapi.json.")


class CaseNumberWrong(Refusal):
    """A case number that is none, or that holds what was looked up."""

    status = 422
    message = _("The case number can't be used.")
    remedy = _(
        "Give the number of the case in your own system, at most 64 characters, without personal data."
    )


class ValueWrong(Refusal):
    """A value that can't be one of its column."""

    status = 422
    message = _("The value given for {column} is not of the type {type}.")
    remedy = _("Give text as a string, a date as year-month-day, a number as digits.")


class ResourceUnknown(Refusal):
    """A resource that isn't in the catalogue."""

    status = 404
    message = _("There is no such resource in the catalogue.")
    remedy = _("The catalogue is on the platform's pages.")


class GrantUnknown(Refusal):
    """A grant that isn't there, isn't in force, or is another's: the same answer for all three."""

    status = 404
    message = _("Your system holds no such grant in force.")
    remedy = _("Check the number; the grants of your department are on the platform's pages.")


class NotPublished(Refusal):
    """A resource that the gateway has no rows of."""

    status = 503
    message = _("{resource} is not published at the gateway at present.")
    remedy = _("Try again later, or ask the platform's operators.")


class NotGranted(Refusal):
    """No grant of the client for the resource."""

    status = 403
    message = _("Your system holds no grant for {resource}.")
    remedy = _("Ask the provider for it on the platform's pages.")


class GrantNotInForce(Refusal):
    """A grant that was revoked, has ended or has not begun."""

    status = 403
    message = _("The grant {number} is not in force.")
    remedy = _("Ask the provider for a new one on the platform's pages.")


class NotByCalls(Refusal):
    """A grant of files or of a subscription."""

    status = 403
    message = _("The grant {number} is not for calls.")
    remedy = _("Fetch its file or read its subscription, or ask the provider for a grant for calls.")


class PurposeWrong(Refusal):
    """A purpose other than the granted one."""

    status = 403
    message = _("{resource} was not granted to your system for this purpose.")
    remedy = _("Granted is: {allowed}. Ask anew for another purpose.")


class OutsideHours(Refusal):
    """A call outside the hours of the grant."""

    status = 403
    message = _("The grant {number} is in force from {first} to {last} o'clock.")
    remedy = _("Call within these hours.")


class ShapeTooStrong(Refusal):
    """A shape of answer that reveals more than was granted."""

    status = 403
    message = _("The grant {number} answers in the shape {shape} only.")
    remedy = _("Ask for that shape, with values to be verified where it is verify.")


class ItemNotGranted(Refusal):
    """Columns that the grant doesn't hold."""

    status = 403
    message = _("The grant {number} does not hold some of the items asked for.")
    remedy = _("Granted are: {allowed}.")


class MaskedNotVerified(Refusal):
    """Guesses at what a grant masks: yes and no would lift the mask."""

    status = 403
    message = _("The grant {number} masks some of the items to be verified.")
    remedy = _("Ask the provider for a grant of verification, or verify only: {allowed}.")


class NotALookUpColumn(Refusal):
    """A filter on a column that records aren't looked up by."""

    status = 403
    message = _("Records of {resource} can't be looked up this way.")
    remedy = _("Allowed with this grant are: {allowed}.")


class BatchWrong(Refusal):
    """A batch that is too long, or whose lists differ in length."""

    status = 422
    message = _("The lists of the batch differ in length, or have more than {most} values.")
    remedy = _("Give for each column one value a look-up, for at most {most} look-ups a call.")


class ListNotGranted(Refusal):
    """A list under a grant of single look-ups."""

    status = 403
    message = _("The grant {number} doesn't allow lists.")
    remedy = _("Look up by identifier, or ask the provider for a grant that allows lists.")


class NotAListFilter(Refusal):
    """A condition on a column that isn't granted bare, or by an operator that its type doesn't have."""

    status = 403
    message = _("Lists of {resource} can't be chosen by one of the conditions given.")
    remedy = _("Allowed with this grant are: {allowed}.")


class TooFewRows(Refusal):
    """A condition that fits so few rows that it names somebody; how few isn't told."""

    status = 403
    message = _("A list is answered where {least} rows at least fit; fewer do.")
    remedy = _("Choose wider conditions, or look up the single case.")


class CursorWrong(Refusal):
    """A cursor of another list, or of rows that were published anew."""

    status = 422
    message = _("The cursor doesn't belong to this list, or the rows were published anew.")
    remedy = _("Begin again without a cursor, and repeat purpose, conditions and items with each page.")


class ListTooSlow(Refusal):
    """Conditions that would have to look through too much."""

    status = 422
    message = _("The list would take too long with these conditions.")
    remedy = _("Choose wider conditions, or begin with one of: {allowed}.")


class MatchNotGranted(Refusal):
    """A match under a grant that allows look-ups by identifier alone."""

    status = 403
    message = _("The grant {number} doesn't allow matching by name.")
    remedy = _("Look up by identifier, or ask the provider for a grant that allows it.")


class NotAMatchColumn(Refusal):
    """A match by a column that the registry isn't searched by, that the grant doesn't hold, or in a resource without a search."""

    status = 422
    message = _("{resource} can't be matched by one of the columns given.")
    remedy = _("Match by: {allowed}.")


class QuotaUsedUp(Refusal):
    """The day's answers are used up."""

    status = 429
    message = _("The quota of {quota} answers a day of the grant {number} is used up.")
    remedy = _("Call again tomorrow, or ask the provider for a larger quota.")


class VerifiedTooOften(Refusal):
    """One record was verified too often on a day: yes and no, asked again and again, tell a value."""

    status = 429
    message = _("This record was verified {most} times today under the grant {number}; no more is answered.")
    remedy = _(
        "Compare with your own files, verify again tomorrow, or ask the provider for a grant that shows the items."
    )


class TooManyRows(Refusal):
    """A look-up that fits more records than one answer holds."""

    status = 422
    message = _("More than {most} records fit; the gateway answers for single cases only.")
    remedy = _("Look up by a column that names fewer records.")


class LogUnavailable(Refusal):
    """The call can't be written down, so it isn't answered."""

    status = 503
    message = _("The call could not be entered in the log, so it is not answered.")
    remedy = _("Try again in a moment.")


class Defect(Refusal):
    """A mistake of the gateway itself."""

    status = 500
    message = _("The gateway made a mistake; nothing was answered.")
    remedy = _("Tell the platform's operators the time of your call.")
