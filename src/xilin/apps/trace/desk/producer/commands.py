"""`xilin trace seat` and `xilin trace seats`: who works at the producers' desk."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.apps.trace.desk import seats as places
from xilin.lib.errors import Refusal


def seat(
    user: Annotated[str, typer.Argument(help="User name of who works at the producers' desk.")],
    party: Annotated[str, typer.Option(help="Code of the party whose goods are theirs.")] = "",
    acts: Annotated[
        bool, typer.Option("--acts", help="They may order, activate and import, not only look.")
    ] = False,
    end: Annotated[bool, typer.Option("--end", help="They work there no more.")] = False,
) -> None:
    """Let somebody work at the producers' desk, or no more."""
    now = datetime.now(UTC)
    try:
        if end:
            ended = places.end(user, at=now)
            said = _("{user} works there no more.") if ended else _("{user} did not work there.")
        elif not party:
            raise typer.BadParameter("--party")
        else:
            places.give(user, party, acts=acts, at=now)
            said = _("{user} works for {party}.")
    except Refusal as refusal:
        Console(stderr=True).print(f"{refusal} {refusal.advice}", style="red", markup=False)
        raise typer.Exit(1) from None
    typer.echo(said.format(user=user, party=party))


def seats() -> None:
    """List who works at the producers' desk."""
    table = Table(_("user"), _("party"), _("acts"), _("given at"))
    for one in places.seats():
        table.add_row(
            one.user.get_username(), str(one.party), "✓" if one.acts else "", f"{one.given_at:%Y-%m-%d}"
        )
    Console().print(table)
