"""What registries refuse."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NoTruth(Refusal):
    """There is nothing to compare a registry with."""

    message = _("There is no truth to score the registry {registry} against.")
    remedy = _("Name a Parquet file with source, key and entity, or declare truth_column.")


class NotLinked(Refusal):
    """A registry that was never linked has no entities to score or show."""

    message = _("The registry {registry} has not been linked yet.")
    remedy = _("Collect its sources and run `xilin registry link {registry}` first.")


class ReviewersOnly(Refusal):
    """Someone who isn't a reviewer looks at golden records or decides about them."""

    status = 403
    message = _("Only reviewers of the registries may see and decide this.")
    remedy = _("Ask the system administrator for the role of a registry reviewer.")


class Contradicts(Refusal):
    """A decision that can't hold beside those in force."""

    message = _("This can't hold beside decision {numbers}: {reason}")
    remedy = _("Look at these decisions; withdraw what is wrong, or merge or split by hand.")


class AlreadyDecided(Refusal):
    """Two reviewers answer one pair, or a run has settled it meanwhile."""

    message = _("This pair has been settled meanwhile.")
    remedy = _("Go on with the next one.")


class LinkedSince(Refusal):
    """A linking ended after the reviewer opened the pair: its records may have changed."""

    message = _("The registry was linked after you opened this pair.")
    remedy = _("It is shown as it is now; look at it once more and answer again.")


class NothingToMerge(Refusal):
    """A merge of one entity, or of entities that are not there."""

    status = 422
    message = _("A merge needs two different entities of one registry that have not ended.")
    remedy = _("Give the id of the other entity as its page shows it.")


class NothingToSplit(Refusal):
    """A split that leaves one part without records."""

    status = 422
    message = _("A split needs at least one record on each side.")
    remedy = _("Choose the records that belong to somebody else, and leave at least one.")


class ReasonMissing(Refusal):
    """A merge, a split or a withdrawal without its reason."""

    status = 422
    message = _("A decision by hand needs its reason.")
    remedy = _("Say in a sentence what shows it.")


class SamePerson(Refusal):
    """The one who proposed approves."""

    status = 403
    message = _("You proposed this yourself: two different people decide a merge or a split.")
    remedy = _("Let another reviewer approve or refuse it.")


class NotOpen(Refusal):
    """A decision that is not in a state to be approved or withdrawn."""

    message = _("Decision {number} is not open to this any more.")
    remedy = _("Look at its state; somebody may have been faster.")


class StandsByTwo(Refusal):
    """One person withdraws what two decided."""

    message = _("Decision {number} was taken by two people; one alone can't withdraw it.")
    remedy = _("Propose the contrary by hand; a second person approves it.")


class MayNotLookUp(Refusal):
    """People are looked up by who has that role, and by nobody else."""

    status = 403
    message = _("You may not look people or organisations up.")
    remedy = _("Ask the system administrator for the role of a registry reviewer.")


class LookedUpTooOften(Refusal):
    """One person's look-ups of a day are used up."""

    status = 429
    message = _("You looked up {most} times today; no more is answered.")
    remedy = _("Look up again tomorrow, or have the limit raised where the work needs it.")


class PurposeMissing(Refusal):
    """Personal data is shown for a declared purpose only."""

    status = 400
    message = _("Say for which purpose you look up.")
    remedy = _("Use one of: {allowed}.")


class CaseNumberUnfit(Refusal):
    """A case number with what is looked up in it would bring personal data into the log."""

    status = 400
    message = _("The case number is no number of a case.")
    remedy = _("Give the office's own number, with a digit in it and nothing of the person.")


class NotSearched(Refusal):
    """A registry that declares no search is looked up by id and identifier only."""

    status = 400
    message = _("The registry {registry} can't be searched by name.")
    remedy = _("Look up by id or by identifier, or declare `search` in its file.")


class FactUnreadable(Refusal):
    """A fact of a look-up that can't be read as what it should be; the fact itself is not repeated."""

    status = 400
    message = _("{fact} can't be read.")
    remedy = _(
        "A name has two characters or more, a birth is 1980, 1980-05 or 1980-05-12, an area is six digits or more, a telephone seven or more."
    )


class IdentifierUnreadable(Refusal):
    """What was given is none of the registry's identifiers."""

    status = 400
    message = _("This is not a valid identifier: {allowed}.")
    remedy = _("Check it digit by digit, or look up by name and birth.")


class TooLittleGiven(Refusal):
    """Too few facts for a look-up to mean one person; nobody fishes for lists."""

    status = 400
    message = _("Too little is given to look anyone up.")
    remedy = _("Give the name or the telephone, and {least} facts in all.")


class TooManyFit(Refusal):
    """More fit equally well than may be shown; none is shown."""

    message = _("More than {most} fit what is given equally well.")
    remedy = _("Give another fact: the day of birth, the area, the telephone.")


class NotOnCluster(Refusal):
    """A declaration asks for something that is linked in this process alone."""

    message = _("The registry {registry} can't be linked on a cluster: {what}")
    remedy = _(
        "Link it in the process: leave XILIN_ENGINE empty. What its declaration compares asks for this statement."
    )
