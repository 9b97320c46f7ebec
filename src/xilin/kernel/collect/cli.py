"""`xilin collect`: collect sources, list batches, repair what a crash left."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.kernel.collect import actions, queries
from xilin.kernel.collect.models import Batch
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import Refusal

app = typer.Typer(no_args_is_help=True, help="Batches: from the sources into the lake.")


@app.callback()
def root() -> None:
    """Batches: from the sources into the lake."""


@app.command()
def run(
    sources: Annotated[list[str] | None, typer.Argument(help="Sources; all where none is named.")] = None,
) -> None:
    """Collect sources one after another; exit 1 where one is refused, which stops no other."""
    found = []
    try:
        for source in sources or sorted(declared("source")):
            # One by one, so that what is done is shown even where a later name is nobody's.
            found.append(actions.collect(source, at=datetime.now(UTC)))  # noqa: PERF401
    except Refusal as refusal:
        typer.echo(f"{refusal} {refusal.advice}", err=True)
        raise typer.Exit(2) from None
    finally:
        _show(found)
    raise typer.Exit(any(batch.state == Batch.State.REFUSED for batch in found))


@app.command()
def batches(
    source: Annotated[str, typer.Option(help="Of this source only.")] = "",
    count: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 30,
) -> None:
    """List batches with their counts."""
    rows = queries.batches()
    _show(list((rows.filter(source=source) if source else rows)[:count]))


@app.command()
def lineage(batch: Annotated[int, typer.Argument(help="The batch's number.")]) -> None:
    """Print a batch as an OpenLineage run event."""
    try:
        typer.echo(json.dumps(queries.batch(batch).event, ensure_ascii=False, indent=2))
    except Refusal as refusal:
        typer.echo(f"{refusal} {refusal.advice}", err=True)
        raise typer.Exit(2) from None


@app.command()
def recover() -> None:
    """Finish or remove what a crash left, and delete files nobody knows."""
    done = actions.recover(datetime.now(UTC))
    typer.echo(
        _("Finished {finished} batches, removed {removed}, swept up {swept} files.").format(
            finished=len(done.finished), removed=len(done.removed), swept=done.swept
        )
    )


def _show(found: list[Batch]) -> None:
    names = (
        "source",
        "state",
        "rows_read",
        "rows_accepted",
        "rows_quarantined",
        "rows_duplicate",
        "started_at",
    )
    heads = [str(Batch._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]
    table = Table("#", *heads, box=None, header_style="bold", pad_edge=False)
    for batch in found:
        counts = (batch.rows_read, batch.rows_accepted, batch.rows_quarantined, batch.rows_duplicate)
        when = f"{timezone.localtime(batch.started_at):%Y-%m-%d %H:%M}"
        table.add_row(
            str(batch.pk), batch.source, batch.get_state_display(), *(f"{n:,}" for n in counts), when
        )
    console = Console()
    console.print(table)
    language = get_language() or ""
    for batch in found:
        detail = _("Technical detail: {detail}").format(detail=batch.detail) if batch.detail else ""
        for line in [batch.message(language), detail, *batch.notes(language)]:
            if line:
                console.print(f"{batch.source}: {line}", highlight=False, markup=False)
