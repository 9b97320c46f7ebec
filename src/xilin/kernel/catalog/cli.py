"""`xilin catalogue`: entries on their way, the one source of each element, sheets, reports to the upper level."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import actions, queries
from xilin.kernel.catalog.errors import SheetHasFaults
from xilin.kernel.catalog.models import Report
from xilin.lib.errors import NotFound, Refusal

app = typer.Typer(
    no_args_is_help=True, help="The catalogue: one source of each element, sheets, reports upward."
)


@app.callback()
def root() -> None:
    """The catalogue: one source of each element, sheets, reports upward."""


@app.command()
def repeated() -> None:
    """Print which elements several departments collect, and from whom they should take them instead."""
    table = _table(_("data element"), _("the one source"), _("collected besides by"))
    for one in queries.one_sources(repeated=True):
        source = one.source.resource if one.source else None
        said = f"{source.provider.short}: {source.name}" if source else _("undecided by anyone")
        others = {item.resource.provider.short: item.resource.name for item in one.repeated}
        table.add_row(
            f"{one.name} ({one.element})", said, "\n".join(f"{who}: {what}" for who, what in others.items())
        )
    Console().print(table)


@app.command()
def sheet(
    file: Annotated[Path, typer.Argument(help="Where to write the workbook.")],
    department: Annotated[str, typer.Option(help="Of this department only.")] = "",
) -> None:
    """Write entries as an XLSX workbook with the thirteen fields and the items."""
    found = queries.resources().filter(base=False)
    if department:
        if not Department.objects.filter(code=department).exists():
            _say_no(NotFound(kind=Department._meta.verbose_name, name=department))
        found = found.filter(provider__code=department)
    file.write_bytes(actions.sheet_of(found))
    Console().print(_("{n} entries written.").format(n=found.count()))


@app.command()
def take(
    file: Annotated[Path, typer.Argument(help="The workbook.", exists=True, dir_okay=False)],
    user: Annotated[str, typer.Option(help="Who compiles: a steward or approver of the department.")],
) -> None:
    """Take a department's workbook in: all of it, or every fault with its cell and exit 1."""
    by = User.objects.filter(username=user).first()
    if by is None:
        _say_no(NotFound(kind=User._meta.verbose_name, name=user))
        return
    try:
        done = actions.take_in(file.read_bytes(), by=by, at=datetime.now(UTC))
    except SheetHasFaults as refused:
        language = get_language() or ""
        for fault in refused.facts["faults"]:  # type: ignore[attr-defined]
            Console().print(fault.of(language), markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except Refusal as refused:
        _say_no(refused)
        return
    for one in done.begun:
        Console().print(f"{one.number} {one.name}", markup=False)
    Console().print(
        _("{begun} begun, {unchanged} unchanged.").format(begun=len(done.begun), unchanged=done.unchanged)
    )


@app.command()
def report(
    everything: Annotated[
        bool, typer.Option("--all", help="Queue every entry whose version was never reported.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Queue what was refused once more.")] = False,
    send: Annotated[bool, typer.Option("--send", help="Send what is due now, without the worker.")] = False,
) -> None:
    """Show what was told to the upper level, what waits, and what it refused and why."""
    now = datetime.now(UTC)
    if not settings.UPWARD_URL:
        Console().print(_("No upper level is connected: XILIN_UPWARD_URL is empty."))
    if everything:
        Console().print(_("{n} entries queued.").format(n=actions.queue_all(at=now)))
    if again:
        Console().print(_("{n} entries queued.").format(n=actions.try_again(at=now)))
    if send:
        actions.send_due(now=lambda: datetime.now(UTC))
    counts = {label: Report.objects.filter(state=state).count() for state, label in Report.State.choices}
    Console().print(" · ".join(f"{label}: {n:,}" for label, n in counts.items()))
    table = _table(_("resource"), _("version"), _("state"), _("attempts"), _("what went wrong"))
    for one in Report.objects.exclude(state=Report.State.RECEIVED).select_related("resource")[:50]:
        table.add_row(
            one.resource.code, str(one.number), one.get_state_display(), str(one.attempts), one.error[:80]
        )
    if table.row_count:
        Console().print(table)


def _table(*heads: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in heads:
        table.add_column(head)
    return table


def _say_no(refused: Refusal) -> None:
    Console(stderr=True).print(f"{refused} {refused.advice}", markup=False)
    raise typer.Exit(1)
