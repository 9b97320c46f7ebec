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
