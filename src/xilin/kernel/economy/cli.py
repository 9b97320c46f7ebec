"""`xilin economy`: dataflows, one series, and files of figures, on the command line of the machine's operator."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.kernel.economy import queries, reading
from xilin.kernel.economy.declarations import STATUSES, Dataflow
from xilin.kernel.economy.errors import NoSuchDataflow, NoSuchSeries
from xilin.kernel.economy.sdmx import data, questions
from xilin.kernel.economy.sdmx.errors import NotAcceptable
from xilin.kernel.economy.sdmx.formats import DATA, choose
from xilin.kernel.economy.sdmx.languages import ALL
from xilin.kernel.economy.sdmx.xml import Head

app = typer.Typer(no_args_is_help=True, help="Series of the economy: list, show, export.")
Flow = Annotated[str, typer.Argument(help="The dataflow's code, such as gdp.")]


@app.callback()
def root() -> None:
    """Series of the economy: list, show, export."""


def _flow(code: str) -> Dataflow:
    """A dataflow of whatever publisher: the machine's operator sees all."""
    known = queries.economy().flows
    if code.lower() not in known:
        raise NoSuchDataflow(code=code, known=", ".join(known) or "-")
    return known[code.lower()]


def _key(flow: Dataflow, key: str) -> str:
    there = queries.keys(flow)
    if key not in there:
        raise NoSuchSeries(key=key, known=", ".join(there[:5]) or "-", count=len(there))
    return key


@app.command(name="list")
def every(flow: Annotated[str, typer.Argument(help="Of this dataflow the series.")] = "") -> None:
    """List dataflows with what there is of each, or the keys of one's series."""
    language = get_language() or ""
    if flow:
        for key in queries.keys(_flow(flow)):
            typer.echo(key)
        return
    table = Table(_("dataflow"), _("name"), _("series"), _("values"), _("from"), _("to"), box=None)
    for code, one in queries.economy().flows.items():
        held = queries.held(code)
        days = (f"{day}" if day else "-" for day in (held.first, held.last))
        table.add_row(code, one.name.of(language), f"{held.series:,}", f"{held.observations:,}", *days)
    Console().print(table)


@app.command()
def show(
    flow: Flow,
    key: Annotated[str, typer.Argument(help="The series' key, such as A.990000000000.GDP._T.")],
    history: Annotated[bool, typer.Option(help="Every release, not only what stands.")] = False,
) -> None:
    """Show a series: periods, values, status, day of release."""
    language = get_language() or ""
    found = _flow(flow)
    figure = {one.id: one for one in found.figure}[_key(found, key).split(".")[found.position("figure")]]
    statuses = {one.code: one.name.of(language) for one in queries.economy().listed(STATUSES)}
    typer.echo(f"{figure.name.of(language)} · {figure.unit.of(language)}")
    table = Table(_("period"), _("value"), _("status"), _("released"), box=None)
    rows = queries.history(found.code, key) if history else queries.observations(found.code, key)
    for one in rows:
        value = "-" if one.value is None else f"{one.value:,.{figure.decimals}f}"
        released = timezone.localtime(one.released_at)
        table.add_row(one.period, value, statuses.get(one.status, one.status), f"{released:%Y-%m-%d}")
    Console().print(table)


@app.command()
def export(
    flow: Flow,
    file: Annotated[Path, typer.Argument(help="Where to write.")],
    form: Annotated[str, typer.Option("--format", help=", ".join(DATA))] = "csv1",
    key: Annotated[str, typer.Option(help="Series wanted, as in an address: A+Q..GDP.")] = "all",
    as_of: Annotated[datetime | None, typer.Option(help="What stood at this moment.")] = None,
    history: Annotated[bool, typer.Option(help="Every release, not only what stands.")] = False,
) -> None:
    """Write a dataflow's figures into a file, in a format of SDMX."""
    found = _flow(flow)
    if form not in DATA:
        raise NotAcceptable(what=form, offered=", ".join(DATA))
    asked = {"includeHistory": [str(history).lower()]}
    if as_of:
        asked["asOf"] = [timezone.make_aware(as_of).isoformat()]
    question = questions.read(found, key, asked)
    rows = reading.observations(question, settings.SDMX_LARGEST)
    known = queries.economy()
    head = Head(f"X{found.id}", known.publisher(found).agency, timezone.now(), ALL)
    writer = data.WRITERS[choose("", form, version="2.1", data=True).name]
    with file.open("w", encoding="utf-8", newline="") as out:
        out.writelines(writer(data.Answer(question, rows, known, head)))
    typer.echo(_("%(count)s observations in %(file)s") % {"count": f"{len(rows):,}", "file": file})
