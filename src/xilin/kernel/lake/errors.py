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


class SnapshotGone(Refusal):
    """An earlier state of a table that isn't kept any more, or never was."""

    status = 410
    message = _("The lake no longer keeps table {table} as it was (snapshot {snapshot}).")
    remedy = _("Take the rows in force whole, and go on from there.")


class NoSpark(Refusal):
    """XILIN_ENGINE names a cluster that can't be used."""

    message = _("Spark at {master} can't be used: {why}.")
    remedy = _(
        "Install requirements-spark.lock, see that the cluster runs, or leave XILIN_ENGINE empty for DuckDB in the process."
    )


class NoSuchEngine(Refusal):
    """XILIN_ENGINE names no engine."""

    message = _("XILIN_ENGINE can't be {engine}.")
    remedy = _("Write duckdb, or the address of a Spark master such as spark://host:7077.")
