"""What the exchange refuses, each with what the caller can do about it."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NoDepartment(Refusal):
    """Someone without a department asks or decides."""

    status = 403
    message = _("You act for no department, so you can't ask for data or decide on it.")
    remedy = _("Ask the system administrator to enter your department.")


class RoleMissing(Refusal):
    """The role of the user doesn't allow this."""

    status = 403
    message = _("This needs the role {role}, which you don't have.")
    remedy = _("Let a colleague with that role do it, or ask the system administrator for the role.")


class NotTheProvider(Refusal):
    """Someone of another department decides on a request."""

    status = 403
    message = _("Request {number} is decided by {provider}, not by your department.")
    remedy = _("Wait for the provider's decision; its deadline stands on the request.")


class NotTheApplicant(Refusal):
    """Someone of another department withdraws a request."""

    status = 403
    message = _("Request {number} was made by {department}; only that department can withdraw it.")
    remedy = _("Refuse it with its legal basis if it can't be granted.")


class NotAParty(Refusal):
    """A department that neither gave nor holds a grant wants to end it."""

    status = 403
    message = _("Grant {number} was neither given by your department nor is it held by it.")
    remedy = _("Tell the provider or the holder of the grant why it should end.")


class OwnRequest(Refusal):
    """Applicant and approver are one person."""

    status = 403
    message = _("You made request {number} yourself: applicant and approver are never one person.")
    remedy = _("Let another approver of the providing department decide.")


class OwnData(Refusal):
    """A department asks for its own resource."""

    message = _("{resource} is your department's own data; it needs no request.")
    remedy = _("Use it in your own system.")


class NothingAsked(Refusal):
    """A request without items."""

    status = 422
    message = _("The request names no items of {resource}.")
    remedy = _("Choose the items you need; allowed are: {allowed}.")


class UnknownItems(Refusal):
    """Items that are not of the resource."""

    status = 422
    message = _("{items} are not items of {resource}.")
    remedy = _("Allowed are: {allowed}.")


class NotShareable(Refusal):
    """Items the law doesn't let anyone share."""

    status = 403
    message = _("{items} of {resource} are not shared. Basis: {basis}")
    remedy = _("Ask for other items, or ask the provider how the matter can be served without the data.")


class UnknownPurpose(Refusal):
    """A purpose that isn't declared."""

    status = 422
    message = _("There is no purpose {purpose}.")
    remedy = _("Allowed are: {allowed}. A new purpose is declared with its legal basis in purposes.toml.")


class UnknownShape(Refusal):
    """A shape of answer that doesn't exist."""

    status = 422
    message = _("There is no shape of answer {shape}.")
    remedy = _("Allowed are: {allowed}.")


class GroundsMissing(Refusal):
    """No legal basis or no scenario stands in a request."""

    status = 422
    message = _("A request must say its legal basis and the scenario the data is used in.")
    remedy = _("Fill in what is missing: {missing}.")


class TermWrong(Refusal):
    """A term that ends too early or too late."""

    status = 422
    message = _("The last day {until} is not allowed.")
    remedy = _("Choose a day from {first} to {last}.")


class QuotaWrong(Refusal):
    """A daily quota or hours that make no sense, or more than was asked for."""

    status = 422
    message = _("A quota of {quota} answers a day is not allowed.")
    remedy = _("Choose a number from 1 to {most}.")


class HoursWrong(Refusal):
    """Hours of the day that aren't hours."""

    status = 422
    message = _("From {first} to {last} o'clock is not a span of a day.")
    remedy = _("Choose whole hours from 0 to 24, the first before the last.")


class ClientNotYours(Refusal):
    """A client of another department, or one that is retired."""

    status = 403
    message = _("{client} is not a system of your department in use.")
    remedy = _("Choose one of your department's systems, or register one first.")


class ClientExists(Refusal):
    """A code that another client has."""

    message = _("There is a system with code {code} already.")
    remedy = _("Choose another code.")


class ClientCodeWrong(Refusal):
    """A code that isn't one."""

    status = 422
    message = _("{code} can't be a system's code.")
    remedy = _("Use lower-case letters, digits and underscores, a letter first, at most 60 characters.")


class KeyNotInUse(Refusal):
    """A key that was revoked before."""

    message = _("Key {prefix} is revoked already.")
    remedy = _("Issue a new key if the system needs one.")


class SigningKeyWrong(Refusal):
    """A text that holds no public key of the algorithm."""

    message = _("This is no public key for {algorithm}.")
    remedy = _("Give the public key, never the private one, as: {allowed}.")


class EntryWithdrawn(Refusal):
    """A grant of a catalogue entry that was withdrawn meanwhile."""

    message = _("{resource} was withdrawn from the catalogue.")
    remedy = _("Refuse the request with that reason, or let the entry be published anew first.")


class ExpiryWrong(Refusal):
    """A day on which a key would end that has passed or lies too far ahead."""

    status = 422
    message = _("A key ends between {first} and {last}.")
    remedy = _("Choose a day in between, and enter the next key before it.")


class SigningKeyExists(Refusal):
    """A public key that was entered before, in force or not."""

    message = _("The signing key {keyid} was entered before.")
    remedy = _("Make a new pair of keys: one that has ended never comes back.")


class GrantNotTried(Refusal):
    """A grant that can't be tried by hand: not the department's, not in force, or not for calls."""

    message = _("Calls under the grant {number} can't be tried.")
    remedy = _("Choose a grant for calls that your department holds and that is in force.")


class TooManyTrialKeys(Refusal):
    """More trial keys in an hour than somebody needs who tries calls."""

    status = 429
    message = _("You made {most} trial keys within the hour.")
    remedy = _("Wait a while; a system that calls often uses a key of its own.")


class GatewayAway(Refusal):
    """A gateway that doesn't answer the desk."""

    status = 502
    message = _("The gateway can't be reached from here.")
    remedy = _(
        "Nothing was sent on. Tell the operators: xilin gateway has to run, at the address of XILIN_GATEWAY_REACHED."
    )


class TrialMalformed(Refusal):
    """What the console was to send on is no trial call of the system and grant it was opened for."""

    status = 400
    message = _("This is no trial call under the grant {number}: {what}.")
    remedy = _("Load the console's page anew, and sign the call again.")


class TrialTooFast(Refusal):
    """More trial calls in a minute than somebody reads the answers of."""

    status = 429
    message = _("That was {most} trial calls within a minute.")
    remedy = _("Wait {seconds} seconds.")


class NotPending(Refusal):
    """A request that was decided before."""

    message = _("Request {number} is {state} already.")
    remedy = _("Look at its reviews; make a new request if data is still needed.")


class RefusalNeedsBasis(Refusal):
    """A refusal without its legal basis or reason."""

    status = 422
    message = _("A refusal needs its legal basis and a written reason.")
    remedy = _("Name the law, administrative regulation or State Council decision, and give the reason.")


class ReasonMissing(Refusal):
    """A revocation without a reason."""

    status = 422
    message = _("Revoking a grant needs a written reason.")
    remedy = _("Give the reason.")


class MoreThanAsked(Refusal):
    """An approval that goes beyond the request."""

    status = 422
    message = _("An approval can't give more than was asked for: {what}.")
    remedy = _("Grant at most what stands in the request; the applicant can ask anew.")


class FilterWrong(Refusal):
    """A condition on rows that can't be one."""

    status = 422
    message = _("The rows can't be chosen that way: {problem}.")
    remedy = _("Allowed are: {allowed}.")


class NotMatched(Refusal):
    """Matching by name is for base registries that are searched by name."""

    status = 422
    message = _("Nobody can be matched by name in {resource}.")
    remedy = _("Leave it out: only base registries with a declared search allow it.")


class UnknownMask(Refusal):
    """A mask that isn't declared, or none where the catalogue wants one."""

    status = 422
    message = _("{mask} can't be the mask of item {item}.")
    remedy = _("Allowed are: {allowed}.")


class MaskedLookUp(Refusal):
    """Masks on every column that records are looked up by, none of them an identifier."""

    status = 422
    message = _("With {items} masked, nothing is left to look records up by.")
    remedy = _(
        "Found or not found would tell a masked value by guessing. Leave one unmasked, or grant an identifier."
    )


class GrantEnded(Refusal):
    """A grant that was revoked before."""

    message = _("Grant {number} was revoked already.")
    remedy = _("Nothing needs to be done.")


class UnknownWay(Refusal):
    """A way of delivery that doesn't exist, or doesn't go with the shape."""

    status = 422
    message = _("{what} can't be delivered that way.")
    remedy = _("Allowed are: {allowed}. Files and subscriptions have masked or full fields, and no lists.")


class LeastWrong(Refusal):
    """A smallest number of rows that makes no sense."""

    status = 422
    message = _("{least} can't be the number of rows that must fit a list.")
    remedy = _("Choose a number from {first} to {last}.")


class NotPassedOn(Refusal):
    """The authority's review of form comes before the provider's decision."""

    message = _("Request {number} is with the authority, which reviews its form first.")
    remedy = _("Wait until it is passed on; its deadline stands on the request.")


class NotInReview(Refusal):
    """A request that doesn't lie with the authority can't be passed on."""

    message = _("Request {number} isn't in the authority's review.")
    remedy = _("Nothing needs to be done.")


class NotTheAuthority(Refusal):
    """Someone who isn't an approver of the authority decides in its place."""

    status = 403
    message = _("This is for an approver of the authority: {authority}.")
    remedy = _("Wait for the authority; its deadline stands on the request.")


class AuthorityIsParty(Refusal):
    """No authority is declared, or it is a party itself."""

    status = 422
    message = _("No authority stands above both departments of request {number}.")
    remedy = _("Take the matter to the authority of the level above.")


class MissingNotSaid(Refusal):
    """A completion notice or an answer to it without words."""

    status = 422
    message = _("Nothing is said of what is missing.")
    remedy = _("Say everything that is missing at once: there is one notice only.")


class ToldAlready(Refusal):
    """A second completion notice."""

    message = _("The applicant of request {number} was told what is missing before, and that is done once.")
    remedy = _("Decide on the request as it stands.")


class NothingMissing(Refusal):
    """Nobody waits for a completion."""

    message = _("Nothing is missing in request {number}.")
    remedy = _("Nothing needs to be done.")


class Incomplete(Refusal):
    """A refusal while the applicant completes the request."""

    message = _("The applicant of request {number} was told what is missing and hasn't answered yet.")
    remedy = _("Wait for the answer; the clock stands still meanwhile.")


class AskedForTime(Refusal):
    """More time was asked for before."""

    message = _("More time was asked for request {number} before, and that is done once.")
    remedy = _("Decide within the time that is left.")


class NoTimeAsked(Refusal):
    """Nobody waits for the authority's consent."""

    message = _("No extension of request {number} waits for consent.")
    remedy = _("Nothing needs to be done.")


class NotRefused(Refusal):
    """Only a refusal can be disputed, once."""

    message = _("Request {number} is {state}: only a refusal can be disputed, and once.")
    remedy = _("Make a new request if data is still needed.")


class NotDisputed(Refusal):
    """No objection waits for a decision."""

    message = _("No objection about request {number} waits for a decision.")
    remedy = _("Nothing needs to be done.")


class Ordered(Refusal):
    """The authority has ordered provision; the provider can't refuse again."""

    message = _(
        "The authority ordered that the data of request {number} be provided; it can't be refused again."
    )
    remedy = _("Approve it, with the masks, rows and term that the law wants.")


class DecidedBefore(Refusal):
    """Who asked for something, or decided the matter before, decides on it."""

    status = 403
    message = _("You had a hand in request {number} before: asking and deciding are never one person's.")
    remedy = _("Let another approver decide.")


class NotRenewable(Refusal):
    """A grant that can't be carried on by this request."""

    status = 422
    message = _("Grant {number} can't be renewed by this request.")
    remedy = _(
        "Renew a grant in force of the same system, resource and purpose, from {days} days before its end on."
    )
