"""What the lake refuses."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class ColumnsDontFit(Refusal):
    """The new rows' columns can't be brought together with those the table has; `detail` are Iceberg's words."""

    message = _("Table {table} can't take these rows: the type of {columns} has changed.")
    remedy = _(
        "A column may be added, and its type may be widened; for any other change give the item a new column name."
    )

    def __init__(self, table: str, columns: Sequence[str], detail: str) -> None:
        super().__init__(table=table, columns=", ".join(columns))
        self.columns, self.detail = columns, detail
