"""`xilin trace hand` and `xilin trace hands`: who records with a handheld."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from django.db import transaction
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.apps.trace.handheld import actions, queries
from xilin.apps.trace.handheld.tasks import NAMES
from xilin.lib.errors import Refusal


def hand(
    user: Annotated[str, typer.Argument(help="User name of who records.")],
    party: Annotated[str, typer.Option(help="Code of the party they record for.")] = "",
    task: Annotated[list[str] | None, typer.Option(help="What they may do; all where left out.")] = None,
    place: Annotated[str, typer.Option(help="Where they work, as a Digital Link or EPC.")] = "",
    place_name: Annotated[str, typer.Option(help="What that place is called.")] = "",
    new: Annotated[
        str,
        typer.Option(
            help="Full name of who gets an account for it that may only record; its password is shown once."
        ),
    ] = "",
    end: Annotated[bool, typer.Option("--end", help="They record no more.")] = False,
) -> None:
    """Let somebody record with a handheld, or no more."""
    now = datetime.now(UTC)
    try:
        if end:
            said = (
                _("{user} records no more.")
                if actions.end_hand(user, at=now)
                else _("{user} did not record.")
            )
        elif not party:
            raise typer.BadParameter("--party")
        else:
            with transaction.atomic():
                password = actions.new_account(user, new, at=now) if new else ""
                actions.enter_hand(
                    user, party, tasks=task or list(NAMES), place=place, place_name=place_name, at=now
                )
            if password:
                typer.echo(_("Password of {user}: {password}").format(user=user, password=password))
            said = _("{user} may record for {party}.")
    except Refusal as refusal:
        Console(stderr=True).print(f"{refusal} {refusal.advice}", style="red", markup=False)
        raise typer.Exit(1) from None
    typer.echo(said.format(user=user, party=party))


def hands() -> None:
    """List who records with a handheld."""
    table = Table(_("user"), _("party"), _("tasks"), _("place"), _("given at"))
    for one in queries.hands():
        place = f"{one.place_name} {one.place}".strip()
        table.add_row(
            one.user.get_username(), str(one.party), ", ".join(one.tasks), place, f"{one.given_at:%Y-%m-%d}"
        )
    Console().print(table)
