"""`xilin casework`: deadlines, cards and the compliance report on the command line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.kernel.casework import compliance, queries

app = typer.Typer(no_args_is_help=True, help="Deadlines: cards, alarms, the compliance report.")
Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; a year back where left out.")
]
Last = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; today where left out.")]


@app.callback()
def root() -> None:
    """Deadlines: cards, alarms, the compliance report."""


@app.command()
def report(
    since: Day = None,
    until: Last = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write a workbook there.")] = None,
) -> None:
    """Print how each department kept its deadlines: share in time, median days, cards, what is overdue."""
    end = _midnight(until) + timedelta(days=1) if until else datetime.now(UTC)
    begin = _midnight(since) if since else end - timedelta(days=365)
    lines = compliance.compliance(begin, end)
    if xlsx is not None:
        xlsx.write_bytes(compliance.workbook(lines, begin, end))
        typer.echo(str(xlsx))
        return
    table = Table(*compliance.heads())
    for line in lines:
        table.add_row(
            line.department.short,
            "—" if line.share is None else f"{line.share:.1%}",
            str(line.in_time),
            str(line.late),
            "—" if line.days is None else f"{line.days:g}",
            *map(str, (line.open, line.overdue, line.yellow, line.stopped, line.extended)),
        )
    Console().print(table)


@app.command()
def cards() -> None:
    """List the steps with a yellow or red card, red first; exit 1 where one is overdue."""
    found = queries.cards(datetime.now(UTC))
    table = Table(_("card"), _("case"), _("department"), _("step"), _("due at"))
    for one in found:
        due = timezone.localtime(one.step.due_at) if one.step.due_at else None
        table.add_row(
            str(one.card.label), one.case.number, one.step.department.short, one.step.step,
            f"{due:%Y-%m-%d %H:%M}" if due else "",
        )  # fmt: skip
    Console().print(table)
    raise typer.Exit(1 if any(one.card == "red" for one in found) else 0)


@app.command()
def alarms() -> None:
    """Name the years whose holiday table is missing and deadlines fall in, or soon will; exit 1 where one is an estimate."""
    wrong = queries.calendar_alarms(datetime.now(UTC))
    for year, steps in wrong.items():
        typer.echo(
            _(
                "The holiday table of %(year)s is missing; %(steps)s open deadlines are estimates by weekends alone."
            )
            % {"year": year, "steps": steps}
        )
    raise typer.Exit(1 if any(wrong.values()) else 0)


def _midnight(day: datetime) -> datetime:
    """The first moment of a day in the platform's time zone."""
    return timezone.make_aware(day)
