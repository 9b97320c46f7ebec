"""`xilin trace load`, `allow`, `forbid`, `accesses`: files of events, and who may use the repository."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.apps.trace.models import Access
from xilin.apps.trace.repository import access, loading
from xilin.kernel.audit.actions import record


def load(
    files: Annotated[list[Path], typer.Argument(help="EPCIS documents (JSON, XML), or one to a line.")],
    party: Annotated[str, typer.Option(help="Code of the party whose events they are.")],
    refused: Annotated[
        Path | None,
        typer.Option(help="File for what is refused, with its place and why; one is made if not said."),
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="How many read and capture; one more than cores if not said.")
    ] = None,
) -> None:
    """Load files of EPCIS events; what is there already is left as it is, what is invalid is told and left out."""
    begun = datetime.now(UTC)
    kept = refused or settings.HOME / "refused" / f"{files[0].stem}-{begun:%Y%m%dT%H%M%S}.ndjson"
    names = [file.name for file in files]
    record("trace.events.loading", subject=party, detail={"files": names}, at=begun)
    told = loading.load(files, party=party, at=begun, processes=processes, refused=kept)
    ended = datetime.now(UTC)
    seconds = (ended - begun).total_seconds()
    counts = {"stored": told.stored, "duplicates": told.duplicates, "refused": told.refused}
    record("trace.events.loaded", subject=party, detail={"files": names, **counts}, at=ended)
    for one in told.refusals[:50]:
        typer.echo(one.told(), err=True)
    typer.echo(
        _("{stored} events stored, {duplicates} were there, {refused} refused; {rate} a second").format(
            stored=f"{told.stored:,}",
            duplicates=f"{told.duplicates:,}",
            refused=f"{told.refused:,}",
            rate=f"{told.events / max(seconds, 0.001):,.0f}",
        )
    )
    if told.refused:
        typer.echo(_("What was refused stands in {file}").format(file=kept), err=True)
        raise typer.Exit(1)


def allow(
    client: Annotated[str, typer.Argument(help="The system's code.")],
    party: Annotated[str, typer.Option(help="Code of the party it captures and queries for.")],
    name: Annotated[str, typer.Option(help="The party's name.")] = "",
    identifier: Annotated[
        list[str] | None,
        typer.Option(help="An identifier of the party in events, such as its GLN's Digital Link."),
    ] = None,
    capture: Annotated[bool, typer.Option(help="It may capture.")] = False,
    query: Annotated[bool, typer.Option(help="It may query.")] = False,
    everything: Annotated[bool, typer.Option(help="It sees every party's events: regulators only.")] = False,
) -> None:
    """Let a system use the repository for a party."""
    at = datetime.now(UTC)
    with transaction.atomic():
        connection.ensure_connection()
        access.give(
            connection.connection, client, party=party, name=name, ids=tuple(identifier or ()), capture=capture,
            query=query, everything=everything, at=at,
        )  # fmt: skip
        rights = {"party": party, "capture": capture, "query": query, "everything": everything}
        record("trace.access.given", subject=client, detail=rights, at=at)


def forbid(client: Annotated[str, typer.Argument(help="The system's code.")]) -> None:
    """End a system's use of the repository; exit 1 where it has none."""
    at = datetime.now(UTC)
    with transaction.atomic():
        connection.ensure_connection()
        if not access.end(connection.connection, client, at=at):
            raise typer.Exit(1)
        record("trace.access.ended", subject=client, at=at)


def accesses() -> None:
    """List the systems that may use the repository."""
    table = Table(*(str(Access._meta.get_field(field).verbose_name) for field in _FIELDS))  # type: ignore[union-attr]
    for row in Access.objects.filter(ended_at=None).select_related("party"):
        marks = ("✓" if held else "" for held in (row.may_capture, row.may_query, row.sees_all))
        table.add_row(row.client, str(row.party), *marks)
    Console().print(table)


_FIELDS = ("client", "party", "may_capture", "may_query", "sees_all")
