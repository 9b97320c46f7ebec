"""`xilin trace`: traceability on the command line of the machine's operator."""

import typer

from xilin.apps.trace.codes import commands_after as codes
from xilin.apps.trace.desk.producer import commands as producers
from xilin.apps.trace.handheld import commands as handheld
from xilin.apps.trace.repository import commands as repository
from xilin.apps.trace.tracing import commands as tracing

app = typer.Typer(no_args_is_help=True, help="Traceability of goods.")


@app.callback()
def root() -> None:
    """Traceability of goods."""


for command in (
    repository.load,
    repository.allow,
    repository.forbid,
    repository.accesses,
    *tracing.COMMANDS,
    handheld.hand,
    handheld.hands,
    producers.seat,
    producers.seats,
):
    app.command()(command)

app.command(name="import")(producers.import_)
app.add_typer(codes.app, name="codes")
