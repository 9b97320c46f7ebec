"""`xilin opening`: open data, privacy budgets and joint questions on the machine's command line."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from django.conf import settings
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.kernel.lake import engine
from xilin.kernel.opening import actions, queries
from xilin.kernel.opening.models import Question, Release
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import Refusal

app = typer.Typer(no_args_is_help=True, help="Open data, privacy budgets, joint questions.")


@app.callback()
def root() -> None:
    """Open data, privacy budgets, joint questions."""


@app.command()
def release(
    code: Annotated[list[str] | None, typer.Argument(help="Openings; all where none is named.")] = None,
) -> None:
    """Release what is declared open; exit 1 where one can't be, which stops no other."""
    con = engine.connect(settings.MEMORY_MB)
    refused = False
    for one in code or list(declared("opening")):
        try:
            made = actions.release(one, con=con, at=datetime.now(UTC))
            typer.echo(f"✓ {one} {made.version}: {made.rows}")
        except Refusal as refusal:
            refused = True
            typer.echo(f"✗ {one}: {refusal} {refusal.advice}", err=True)
    raise typer.Exit(1 if refused else 0)


@app.command()
def releases() -> None:
    """List what was released, newest first."""
    fields = ("opening", "version", "released_at", "form", "rows")
    table = Table(*_heads(Release, *fields))
    for row in Release.objects.order_by("-released_at")[:200]:
        moment = f"{timezone.localtime(row.released_at):%Y-%m-%d %H:%M}"
        table.add_row(row.opening, str(row.version), moment, row.form, str(row.rows))
    Console().print(table)


@app.command()
def budget(
    year: Annotated[int | None, typer.Option(help="Of this year; the current one where left out.")] = None,
) -> None:
    """Show what each resource's privacy cost, of how much."""
    table = Table(_("resource"), _("year"), _("epsilon"), _("spent"), _("left"), _("what for"))
    on = timezone.localdate()
    for one in queries.this_year(on.replace(year=year, day=1) if year else on):
        told = ", ".join(f"{row.what} {row.epsilon:g}" for row in one.spendings)
        table.add_row(
            one.resource, str(one.year), f"{one.allowed:g}", f"{one.spent:g}", f"{one.left:g}", told
        )
    Console().print(table)


@app.command()
def questions() -> None:
    """List the joint questions of departments, newest first."""
    fields = ("number", "title", "asker", "other", "first", "second", "state")
    table = Table(*_heads(Question, *fields))
    english = (get_language() or "").startswith("en")
    for row in Question.objects.select_related("asker", "other")[:200]:
        names = [(one.short_en or one.short) if english else one.short for one in (row.asker, row.other)]
        table.add_row(row.number, row.title, *names, row.first, row.second, row.get_state_display())
    Console().print(table)


def _heads(model: type[Model], *fields: str) -> list[str]:
    """The fields' names in the reader's language."""
    return [str(model._meta.get_field(field).verbose_name) for field in fields]  # type: ignore[union-attr]
