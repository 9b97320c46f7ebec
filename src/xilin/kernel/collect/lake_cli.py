"""`xilin lake`: the lake's upkeep. Here, not in `lake`, as it spares the files of batches at work."""

import typer
from django.utils.translation import gettext as _

from xilin.kernel.collect import compacting

app = typer.Typer(no_args_is_help=True, help="The lake's upkeep.")


@app.callback()
def root() -> None:
    """The lake's upkeep."""


@app.command()
def compact() -> None:
    """Put small files of every table together into larger ones; rows and batches stay as they are."""
    nothing = True
    for done in compacting.every():
        nothing = False
        typer.echo(
            _("{table}: {files} files put together into {made}, {rows} rows.").format(
                table=done.table, files=done.files, made=done.made, rows=f"{done.rows:,}"
            )
        )
    if nothing:
        typer.echo(_("No table has small files to put together."))
