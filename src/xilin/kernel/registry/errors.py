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
