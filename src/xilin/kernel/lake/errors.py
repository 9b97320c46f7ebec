"""What the lake refuses."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class ColumnsDontFit(Refusal):
    """The new rows' columns can't be brought together with those the table has."""

    message = _("Table {table} can't take these rows: {why}.")
    remedy = _(
        "A column may be added, and its type may be widened; for any other change give the item a new column name."
    )
