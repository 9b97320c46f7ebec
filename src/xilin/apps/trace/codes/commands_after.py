"""`xilin trace codes`, what comes after issuing: acts on codes, notices, proofs, keys that follow each other, releases."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress

from xilin.apps.trace.codes import actions, limits, queries, secrets
from xilin.apps.trace.codes.commands import Batch, app, now, refused
from xilin.apps.trace.codes.errors import BadOrder
from xilin.apps.trace.models import CodeBatch, Notice
from xilin.apps.trace.proof import inclusion
from xilin.lib.errors import NotFound, Refusal

__all__ = ["app"]

PIECE = 50_000
BY = "operator"
First = Annotated[int, typer.Option(help="The first code, from 0.")]
Count = Annotated[int | None, typer.Option(help="How many; all where left out.")]
Lot = Annotated[str, typer.Option(help="The production batch.")]
Who = Annotated[str, typer.Option("--by", help="User name of who does it.")]


class What(StrEnum):
    """What can be said of a batch of goods."""

    RECALLED = "recalled"
    STOLEN = "stolen"
    QUOTA = "quota"


class Secret(StrEnum):
    """What can be replaced by the next of its kind."""

    SECRETS = "secrets"
    ED25519 = "ed25519"
    SM2 = "sm2"


@app.command()
def activate(batch: Batch, first: First = 0, count: Count = None) -> None:
    """Make codes of a batch valid: their goods leave the plant."""
    _act(batch, "activate", first, count)


@app.command()
def void(batch: Batch, first: First = 0, count: Count = None) -> None:
    """Declare codes of a batch void: spoilt, lost or never used. Nothing makes them valid again."""
    _act(batch, "void", first, count)


def _act(number: int, what: str, first: int, count: int | None) -> None:
    try:
        batch = queries.batch(number)
        begin, end = _range(batch, first, count)
        told, columns = 0, (BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
            bar = shown.add_task("", total=end - begin)
            for start in range(begin, end, PIECE):
                piece = range(start, min(start + PIECE, end))
                told += actions.act(piece, what, at=now(), by=BY)
                shown.advance(bar, len(piece))
    except Refusal as refusal:
        raise refused(refusal) from refusal
    said = _("✓ batch {batch}: {count} codes, {refused} refused by their state")
    typer.echo(said.format(batch=number, count=end - begin, refused=told))


def _range(batch: CodeBatch, first: int, count: int | None) -> tuple[int, int]:
    """The ids of codes from the first to before the last; raises BadOrder outside the batch."""
    last = batch.made if count is None else first + count
    if not 0 <= first < last <= batch.made:
        raise BadOrder(why=f"0 – {batch.made}")
    return batch.first_id + first, batch.first_id + last


@app.command()
def allot(
    batch: Batch,
    region: Annotated[str, typer.Argument(help="Code of the sales region.")],
    first: First = 0,
    count: Count = None,
    dealer: Annotated[str, typer.Option(help="USCC of the dealer.")] = "",
    container: Annotated[str, typer.Option(help="URI of the case or pallet they travel in.")] = "",
) -> None:
    """Give codes of a batch to a sales region and its dealer."""
    try:
        found = queries.batch(batch)
        begin, end = _range(found, first, count)
        made = actions.allot(
            [(begin, end - 1)], gtin=found.gtin, lot=found.lot, region=region, dealer=dealer,
            container=container, at=now(), by=BY,
        )  # fmt: skip
    except Refusal as refusal:
        raise refused(refusal) from refusal
    typer.echo(_("✓ allotment {number}: {count} codes").format(number=made.pk, count=made.count))


@app.command()
def notice(
    what: Annotated[What, typer.Argument(help="recalled, stolen or quota.")],
    gtin: Annotated[str, typer.Argument(help="The product's GTIN, fourteen digits.")],
    lot: Annotated[str, typer.Argument(help="The production batch.")],
    number: Annotated[str, typer.Option(help="Number of the case or document behind it.")] = "",
    end: Annotated[bool, typer.Option("--end", help="Take it back.")] = False,
) -> None:
    """Say of a production batch that it is recalled, stolen or over its quota; looks at its codes are told."""
    try:
        if not end:
            made = actions.notice(what, gtin=gtin, lot=lot, number=number, since=now(), by=BY)
            typer.echo(_("✓ notice {number}").format(number=made.pk))
            return
        standing = Notice.objects.filter(kind=what, gtin=gtin, lot=lot, until=None)
        if not standing:
            raise NotFound(kind="notice", name=f"{what} {gtin}/{lot}")
        for one in standing:
            actions.end_notice(one, at=now(), by=BY)
            typer.echo(_("✓ notice {number}").format(number=one.pk))
    except Refusal as refusal:
        raise refused(refusal) from refusal


@app.command()
def prove(
    gtin: Annotated[str, typer.Argument(help="The product's GTIN, fourteen digits.")],
    serial: Annotated[str, typer.Argument(help="The serial number of the code.")],
    out: Annotated[Path | None, typer.Option(help="File to write; the terminal where left out.")] = None,
) -> None:
    """Write the proof that a code was issued, for whoever checks without the platform."""
    try:
        code = queries.find(gtin, serial)
        if code is None:
            raise NotFound(kind="code", name=f"{gtin}/{serial}")
        _written(queries.proof(code).written(), out)
    except Refusal as refusal:
        raise refused(refusal) from refusal


@app.command()
def verify(
    proof: Annotated[
        Path, typer.Argument(help="File with the proof of a code.", exists=True, dir_okay=False)
    ],
    given: Annotated[
        Path | None,
        typer.Option(
            "--keys", help="File with the issuer's public keys; this installation's where left out."
        ),
    ] = None,
) -> None:
    """Check a proof that a code was issued: needs the proof and the keys, no database and no network; exit 1 where it fails."""
    try:
        known = inclusion.keys_read(given.read_bytes()) if given else queries.public_keys()
        found = inclusion.check(inclusion.read(proof.read_bytes()), known)
    except inclusion.Refused:
        typer.echo("✗ " + _("This proves nothing."), err=True)
        raise typer.Exit(1) from None
    said = _("✓ {code}: issued in batch {batch} of {count}, signed by key {key}")
    typer.echo(
        said.format(
            code=found.code, batch=found.said.get("batch"), count=found.said["count"], key=found.key_id
        )
    )


@app.command(name="keys")
def keys_(
    out: Annotated[
        Path | None, typer.Option(help="Write all keys, withdrawn ones marked, as a file for `verify`.")
    ] = None,
) -> None:
    """Print the public keys that signed codes are checked with."""
    if out is not None:
        _written(queries.key_list(), out)
        return
    for key in queries.public_keys():
        typer.echo(f"{key.key_id} {key.algorithm} {key.raw.hex()}")


def _written(document: bytes, out: Path | None) -> None:
    if out is None:
        typer.echo(document.decode())
    else:
        out.write_bytes(document)
        typer.echo(f"✓ {out}")


@app.command()
def rotate(
    what: Annotated[
        Secret, typer.Argument(help="secrets (of scratch codes and chips), or the key of ed25519 or sm2.")
    ],
    days: Annotated[
        int, typer.Option(help="After how many days the new key ends.", min=1)
    ] = secrets.LASTS.days,
) -> None:
    """Use the next secrets or signing key from now on; what was made before still checks."""
    if what is Secret.SECRETS:
        typer.echo(_("✓ secrets of version {version}").format(version=secrets.rotate(at=now(), by=BY)))
        return
    key = secrets.rotate_key(what.value, at=now(), by=BY, lasts=timedelta(days=days))
    typer.echo(f"✓ {key.key_id} {what} {key.public.raw.hex()}")


@app.command()
def withdraw(
    key: Annotated[str, typer.Argument(help="Number of the key.")],
    why: Annotated[str, typer.Option(help="Why: stays in the log.")],
) -> None:
    """Believe nothing a signing key signed any more: its secret may be in other hands."""
    try:
        secrets.withdraw_key(key, at=now(), by=BY, why=why)
    except Refusal as refusal:
        raise refused(refusal) from refusal
    typer.echo(f"✓ {key}")


@app.command()
def release(
    gtin: Annotated[str, typer.Argument(help="The product's GTIN, fourteen digits.")],
    count: Annotated[int, typer.Argument(help="How many codes.", min=1)],
    why: Annotated[str, typer.Option(help="Why codes beyond the limit are right.")],
    by: Who,
    lot: Lot = "",
    producer: Annotated[str, typer.Option(help="USCC of the producer.")] = "",
) -> None:
    """Propose that codes may be ordered beyond a limit; somebody else of the department decides."""
    made = _by(
        by, lambda user: limits.propose(gtin, count, lot=lot, producer=producer, why=why, at=now(), by=user)
    )
    typer.echo(_("✓ case {number} waits for a second person").format(number=made.case))


@app.command()
def decide(
    case: Annotated[str, typer.Argument(help="Number of the case.")],
    by: Who,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it instead of granting it.")] = False,
    remark: Annotated[str, typer.Option(help="What was looked at.")] = "",
) -> None:
    """Grant or refuse a release of codes."""
    one = _by(by, lambda user: limits.decide(case, granted=not refuse, remark=remark, at=now(), by=user))
    typer.echo(
        _("✓ case {number}: granted").format(number=case)
        if one.granted
        else _("✓ case {number}: refused").format(number=case)
    )


def _by(name: str, work: Callable[[Any], Any]) -> Any:
    """What somebody with an account does; ends the command where there is none or it is refused."""
    try:
        user = get_user_model().objects.filter(username=name, is_active=True).first()
        if user is None:
            raise NotFound(kind="user", name=name)
        return work(user)
    except Refusal as refusal:
        raise refused(refusal) from refusal
