"""`xilin trace seat`, `seats` and `import`: who works at the producers' desk; workbooks taken in by the operator."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.apps.trace.desk import seats as places
from xilin.apps.trace.desk.producer.sheets import keeping, workbook
from xilin.apps.trace.models import Party
from xilin.apps.trace.verdicts.queries import book as book_of
from xilin.kernel.audit.actions import record
from xilin.lib.errors import NotFound, Refusal


def seat(
    user: Annotated[str, typer.Argument(help="User name of who works at the producers' desk.")],
    party: Annotated[str, typer.Option(help="Code of the party whose goods are theirs.")] = "",
    name: Annotated[str, typer.Option(help="The party's name.")] = "",
    identifier: Annotated[
        list[str] | None,
        typer.Option(
            help="An identifier of the party: its USCC, by which products name it; its GLN's Digital Link."
        ),
    ] = None,
    new: Annotated[
        str, typer.Option(help="Full name of who gets an account for it; its password is shown once.")
    ] = "",
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
            with transaction.atomic():
                places.enter_party(party, name=name, ids=tuple(identifier or ()), at=now)
                password = places.new_account(user, new, at=now) if new else ""
                places.give(user, party, acts=acts, at=now)
            if password:
                typer.echo(_("Password of {user}: {password}").format(user=user, password=password))
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


def import_(
    file: Annotated[Path, typer.Argument(help="A workbook (XLSX) in the producers' template.", exists=True)],
    party: Annotated[str, typer.Option(help="Code of the party whose goods are theirs.")],
    check: Annotated[bool, typer.Option("--check", help="Only look; keep nothing.")] = False,
    rows: Annotated[
        Path | None, typer.Option(help="Workbook to write the rows to that can't be kept, with the reasons.")
    ] = None,
) -> None:
    """Take in a producer's workbook: products, batches and events; the same one twice changes nothing."""
    now = datetime.now(UTC)
    language = "en" if (get_language() or "").startswith("en") else "zh"
    try:
        whom = Party.objects.filter(code=party).first()
        if whom is None:
            raise NotFound(kind=_("party"), name=party)
        book = book_of(now)
        producer = places.of_party(whom, book, acts=True)
        with file.open("rb") as opened:
            content = opened.read(workbook.LARGEST + 1)
        carry_out = keeping.look if check else _take
        told = carry_out(content, producer, book, at=now)
    except Refusal as refusal:
        Console(stderr=True).print(f"{refusal} {refusal.advice}", style="red", markup=False)
        raise typer.Exit(1) from None
    _tell(told, language)
    if rows is not None and told.bad:
        rows.write_bytes(keeping.returned(told.bad, "en" if language == "en" else "zh"))
        typer.echo(str(rows))
    if told.bad:
        raise typer.Exit(1)


@transaction.atomic
def _take(content: bytes, producer: places.Producer, book: Any, *, at: datetime) -> keeping.Outcome:
    told = keeping.take(content, producer, book, at=at)
    record(
        "trace.sheet_kept",
        at=at,
        subject="xilin trace import",
        detail={
            "party": producer.code, "events": told.events, "duplicates": told.duplicates, "products": told.products,
            "bad": len(told.bad),
        },
    )  # fmt: skip
    return told


def _tell(told: keeping.Outcome, language: str) -> None:
    for row in told.bad:
        for fault in row["faults"]:
            words = f"{row['sheet']}!{fault['cell']}: {fault['what'][language]} {fault['remedy'][language]}"
            typer.echo(words, err=True)
    typer.echo(
        _("{good} rows new, {known} known already, {bad} with faults; {events} events stored").format(
            good=told.good, known=told.known, bad=len(told.bad), events=told.events
        )
    )
