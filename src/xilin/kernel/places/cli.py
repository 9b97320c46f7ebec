"""`xilin places`: renew collections, read lists and codes, code addresses, on the command line of the machine's operator."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.kernel.lake import engine
from xilin.kernel.places import actions, queries
from xilin.kernel.standards.queries import declared

app = typer.Typer(no_args_is_help=True, help="Places: renew, load, lists, codes, addresses.")


@app.callback()
def root() -> None:
    """Places: renew, load, lists, codes, addresses."""


@app.command()
def build(
    collection: Annotated[
        list[str] | None, typer.Argument(help="Collections; all where none is named.")
    ] = None,
) -> None:
    """Renew collections of places from areas, lists and the rows in force of their resources."""
    con, table = engine.connect(settings.MEMORY_MB), Table(box=None, header_style="bold")
    for head in (_("collection"), _("read"), _("added"), _("changed"), _("ended"), _("held"), _("seconds")):
        table.add_column(head, justify="left" if not table.columns else "right")
    for code in collection or declared("place_collection"):
        one = actions.build(code, con=con, at=datetime.now(UTC))
        if one is None:
            table.add_row(code, *[""] * 6)
            continue
        counts = (one.read, one.added, one.changed, one.ended, one.held)
        table.add_row(code, *(f"{count:,}" for count in counts), f"{one.seconds:.1f}")
    Console().print(table)


@app.command()
def load(
    collection: Annotated[str, typer.Argument(help="A collection the file replaces.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="GeoJSON in CGCS2000.")],
    key: Annotated[str, typer.Option(help="The property that tells features apart.")] = "id",
    name: Annotated[str, typer.Option(help="The property of the name.")] = "name",
    area: Annotated[str, typer.Option(help="The property of the area code.")] = "area",
) -> None:
    """Load a collection from a GeoJSON file; features whose geometry can't be used are held, with reasons."""
    one = actions.load(collection, file, key=key, name=name, area=area, at=datetime.now(UTC))
    typer.echo(
        f"{_('read')} {one.read:,} · {_('added')} {one.added:,} · {_('changed')} {one.changed:,} · {_('ended')} {one.ended:,} · {_('held')} {one.held:,}"
    )
    language = get_language() or ""
    for held in queries.held(collection)[:20]:
        reasons = "; ".join(reason["en" if language.startswith("en") else "zh"] for reason in held.reasons)
        typer.echo(f"  {held.key}: {reasons}")


@app.command()
def lists(
    collection: Annotated[str, typer.Argument(help="A collection of areas that lists speak of.")] = "towns",
    every: Annotated[bool, typer.Option("--all", help="Also areas on which the lists agree.")] = False,
) -> None:
    """Show what each official list says of each area, and where they differ."""
    names = list(declared("place_list"))
    table = Table(_("place"), *names, _("how it was linked"), _("differs"), box=None)
    for one in queries.linked(collection):
        if one.differs or every:
            said = [f"{row.code} {row.name}" if (row := one.said.get(code)) else "—" for code in names]
            table.add_row(str(one.place.pk), *said, one.how, ", ".join(one.differs))
    Console().print(table)


@app.command()
def meaning(
    code: Annotated[str, typer.Argument(help="An area code of 4 to 12 digits.")],
    on: Annotated[str, typer.Option(help="The day, such as 1981-06-01; all meanings where left out.")] = "",
) -> None:
    """Tell what an area code meant on a day, one meaning for each book of codes."""
    try:
        day = date.fromisoformat(on) if on else None
    except ValueError:
        raise typer.BadParameter(on) from None
    for one in queries.meanings(code, day):
        stretch = f"{one.valid_from or '…'} – {one.valid_to or '…'}"
        follows = f" → {one.successor}" if one.successor else ""
        typer.echo(f"{one.code} {one.name} ({stretch}){follows} [{one.book}] {one.source}")


@app.command()
def code(address: Annotated[str, typer.Argument(help="An address in Chinese.")]) -> None:
    """Code an address to its village: 12 digits, how sure, and what is left."""
    found = queries.code_address(address)
    typer.echo(f"{found.code or '—'}  {found.confidence:.2f}  {found.level}")
    for step in found.steps:
        typer.echo(f"  {step.area.code} {step.area.name}  [{step.how}] {step.text}")
    for name, value in found.parts.items():
        typer.echo(f"  {name}: {value}")
    if found.candidates:
        typer.echo(f"  {_('fits as well')}: {', '.join(found.candidates)}")
