"""`xilin exchange`: requests, grants and keys on the command line of the machine's operator."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.kernel.accounts.models import User
from xilin.kernel.exchange import actions, risk, tracing
from xilin.kernel.exchange.models import Client, Grant, MaskFit, Request
from xilin.lib.errors import NotFound, Refusal

app = typer.Typer(no_args_is_help=True, help="Requests, grants and keys of the exchange.")


@app.callback()
def root() -> None:
    """Requests, grants and keys of the exchange."""


@app.command()
def requests(
    pending: Annotated[bool, typer.Option(help="Only those that wait for a decision.")] = False,
) -> None:
    """List the sharing requests, newest first."""
    rows = Request.objects.select_related("department", "resource", "provider", "case")
    if pending:
        rows = rows.filter(state=Request.State.PENDING)
    table = Table(
        *_heads(Request, "number", "department", "resource", "provider", "shape", "state"), _("due at")
    )
    for row in rows[:200]:
        table.add_row(
            row.number,
            row.department.short,
            row.resource.code,
            row.provider.short,
            row.get_shape_display(),
            row.get_state_display(),
            _day(row.case.due_at),
        )
    Console().print(table)


@app.command()
def grants(
    every: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
) -> None:
    """List the grants in force."""
    now = datetime.now(UTC)
    fields = ("number", "client", "resource", "shape", "purpose", "quota_per_day", "valid_until")
    table = Table(*_heads(Grant, *fields), _("items"), _("in force"))
    for row in Grant.objects.select_related("client", "resource").prefetch_related("items"):
        if every or row.in_force(now):
            columns = [f"{item.column}:{item.mask}" if item.mask else item.column for item in row.items.all()]
            table.add_row(
                row.number,
                row.client.code,
                row.resource.code,
                row.get_shape_display(),
                row.purpose,
                str(row.quota_per_day),
                _day(row.valid_until),
                ", ".join(columns),
                "✓" if row.in_force(now) else "",
            )
    Console().print(table)


@app.command()
def key(
    client: Annotated[str, typer.Argument(help="The system's code.")],
    user: Annotated[str, typer.Option(help="Who issues it: a steward or approver of the department.")],
) -> None:
    """Issue a key for a system; it is printed once and kept nowhere."""
    try:
        system = _found(Client.objects.filter(retired_at=None), code=client)
        person = _found(User.objects.filter(is_active=True), username=user)
        typer.echo(actions.issue_key(system, by=person, at=datetime.now(UTC)))
    except Refusal as refusal:
        typer.echo(f"{refusal} {refusal.advice}", err=True)
        raise typer.Exit(1) from None


@app.command()
def fits(
    resource: Annotated[
        list[str] | None, typer.Argument(help="Resources; all that are served where none is named.")
    ] = None,
) -> None:
    """Measure how many people still fit what each mask of the catalogue shows."""
    table = Table(*_heads(MaskFit, "resource", "column", "mask", "known", "median", "least", "records"))
    for code in resource or risk.served():
        for row in risk.measure(code):
            figures = (f"{row.median:,}", f"{row.least:,}", f"{row.records:,}")
            table.add_row(row.resource, row.column, row.mask, row.known, *figures)
    Console().print(table)


@app.command()
def trace(
    file: Annotated[Path, typer.Argument(help="The file: Parquet, or CSV with column names.")],
) -> None:
    """Say whose bulk file a leaked one is, by the marks left in it; exit 1 where none is."""
    try:
        marks = tracing.traced(file, at=datetime.now(UTC))
    except Refusal as refusal:
        typer.echo(f"{refusal} {refusal.advice}", err=True)
        raise typer.Exit(2) from None
    for mark in marks:
        said = {
            _("mark"): tracing.KINDS[mark.kind].of(get_language() or ""),
            _("grant"): mark.grant.number,
            _("department"): mark.grant.department.short,
            _("system"): mark.grant.client.code,
            _("bulk file"): mark.export.number if mark.export else "—",
            _("evidence"): mark.told(get_language() or ""),
        }
        typer.echo("\n".join(f"{name}: {value}" for name, value in said.items()) + "\n")
    if not marks:
        typer.echo(_("No mark is left in this file."))
        raise typer.Exit(1)


def _found(rows: QuerySet[Any], **named: str) -> Any:
    """The row of that name, or NotFound."""
    row = rows.filter(**named).first()
    if row is None:
        raise NotFound(kind=rows.model._meta.verbose_name, name=next(iter(named.values())))
    return row


def _heads(model: type[Model], *fields: str) -> list[str]:
    """The fields' names in the reader's language."""
    return [str(model._meta.get_field(field).verbose_name) for field in fields]  # type: ignore[union-attr]


def _day(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
