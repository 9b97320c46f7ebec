"""`xilin trace codes`: issuing, printing and checking codes on the machine's command line."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from xilin.apps.trace.codes import chips, issuing, printing, queries
from xilin.apps.trace.gs1 import link
from xilin.apps.trace.gs1.errors import Malformed
from xilin.apps.trace.models.codes import Chip, CodeBatch
from xilin.apps.trace.proof import claims, cose, keys, sun
from xilin.lib.errors import NotFound, Refusal

app = typer.Typer(no_args_is_help=True, help="Codes on goods: issue, print, allot, prove, check.")
Batch = Annotated[int, typer.Argument(help="Number of the batch.")]


@app.callback()
def root() -> None:
    """Codes on goods: issue, print, allot, prove, check."""


def now() -> datetime:
    """The moment a command runs at."""
    return datetime.now(UTC)


def refused(refusal: Refusal) -> typer.Exit:
    """The end of a command that was refused, said with its remedy."""
    typer.echo(f"✗ {refusal} {refusal.advice}", err=True)
    return typer.Exit(1)


@app.command()
def issue(
    gtin: Annotated[str, typer.Argument(help="The product's GTIN, fourteen digits.")],
    count: Annotated[int, typer.Argument(help="How many codes.")],
    kind: Annotated[str, typer.Option(help="link, scratch, signed or chip.")] = "link",
    site: Annotated[str, typer.Option(help="Address the codes lead to.")] = link.ROOT,
    lot: Annotated[str, typer.Option(help="The production batch.")] = "",
    producer: Annotated[str, typer.Option(help="USCC of the producer.")] = "",
    algorithm: Annotated[str, typer.Option(help="What signs the batch: ed25519 or sm2.")] = keys.ED25519,
    request: Annotated[
        str, typer.Option(help="The order's own number (UUID): given again, issuing goes on.")
    ] = "",
) -> None:
    """Issue codes of a product; an order that was interrupted goes on where it stopped."""
    try:
        number = UUID(request) if request else uuid4()
        if algorithm not in (keys.ED25519, keys.SM2):
            raise typer.BadParameter(algorithm, param_hint="--algorithm")
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--request") from wrong
    try:
        batch = issuing.order(
            gtin, count, request=number, kind=kind, site=site, lot=lot, producer=producer, at=now()
        )
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
            bar = shown.add_task("", total=batch.count, completed=batch.made)
            batch = issuing.issue(
                batch, at=now(), algorithm=algorithm, progress=lambda made: shown.advance(bar, made)
            )
    except Refusal as refusal:
        raise refused(refusal) from refusal
    typer.echo(
        _("✓ batch {batch}: {count} codes, root {root}, key {key}, order {order}").format(
            batch=batch.pk,
            count=batch.count,
            root=bytes(batch.root or b"").hex(),
            key=batch.key_id,
            order=batch.request,
        )
    )


@app.command()
def batches(
    gtin: Annotated[str, typer.Option(help="Of this product only.")] = "",
) -> None:
    """List batches of codes, newest first."""
    fields = ("id", "gtin", "kind", "lot", "count", "made", "state", "key_id")
    table = Table(
        *(str(getattr(CodeBatch._meta.get_field(field), "verbose_name", field)) for field in fields)
    )
    found = CodeBatch.objects.filter(gtin=gtin) if gtin else CodeBatch.objects.all()
    for row in found[:200]:
        table.add_row(
            str(row.pk), row.gtin, row.get_kind_display(), row.lot, str(row.count), str(row.made),
            row.get_state_display(), row.key_id,
        )  # fmt: skip
    Console().print(table)


@app.command(name="print")
def print_(
    batch: Batch,
    out: Annotated[Path, typer.Argument(help="File to write: .csv for printing machines, .pdf for sheets.")],
    first: Annotated[int, typer.Option(help="The first code, from 0.")] = 0,
    count: Annotated[int | None, typer.Option(help="How many; all where left out.")] = None,
) -> None:
    """Write a batch's print file, for nobody but its owner to read: it may hold scratch codes."""
    try:
        found = queries.batch(batch)
        blocks: Iterator[bytes]
        if out.suffix == ".pdf":
            blocks = printing.as_pdf(found, at=now(), first=first, count=count)
        else:
            blocks = printing.as_csv(found, at=now(), first=first, count=count)
        out.touch(mode=0o600)
        with out.open("wb") as file:
            for block in blocks:
                file.write(block)
    except Refusal as refusal:
        raise refused(refusal) from refusal
    typer.echo(f"✓ {out}")


@app.command()
def forget(batch: Batch) -> None:
    """Forget a batch's scratch codes after printing; only their hashes stay, and no file can be written any more."""
    try:
        issuing.forget_scratch(queries.batch(batch), at=now())
    except Refusal as refusal:
        raise refused(refusal) from refusal
    typer.echo(f"✓ {batch}")


@app.command()
def bind(
    uid: Annotated[str, typer.Argument(help="The chip's UID, fourteen hexadecimal digits.")],
    gtin: Annotated[str, typer.Argument(help="The product's GTIN, fourteen digits.")],
    serial: Annotated[str, typer.Argument(help="The serial number of the code.")],
    mode: Annotated[str, typer.Option(help="aes or lrp.")] = "aes",
    sealed: Annotated[bool, typer.Option("--sealed", help="The chip has a tamper loop.")] = False,
    show_keys: Annotated[
        bool, typer.Option("--keys", help="Print the chip's keys for the encoding station.")
    ] = False,
) -> None:
    """Bind a chip to a code and print what the encoding station writes onto it."""
    code = queries.find(gtin, serial)
    try:
        if code is None:
            raise NotFound(kind="code", name=f"{gtin}/{serial}")
        chip = chips.bind(uid, code, mode=mode, at=now())
    except Refusal as refusal:
        raise refused(refusal) from refusal
    written = printing.chip_link(code.batch, code.serial, lrp=chip.mode == Chip.Mode.LRP, sealed=sealed)
    typer.echo(f"url {written.url}\npicc offset {written.picc}")
    if written.file is not None:
        typer.echo(f"file offset {written.file}")
    typer.echo(f"mac input offset {written.mac_input}\nmac offset {written.mac}")
    if show_keys:
        for name, key in chips.keys_for(chip).items():
            typer.echo(f"{name} {key.hex().upper()}")


@app.command()
def check(
    text: Annotated[str, typer.Argument(help="A link, or a signed code (XL1:…).")],
) -> None:
    """Say what a code proves by itself: its signature or its chip's message; exit 1 where that is not genuine."""
    try:
        typer.echo("✓ " + _checked(text))
    except (cose.Refused, sun.NotGenuine):
        typer.echo("✗ " + _("not genuine"), err=True)
        raise typer.Exit(1) from None
    except Malformed as wrong:
        typer.echo(f"✗ {wrong.what.en}", err=True)
        raise typer.Exit(1) from None


def _checked(text: str) -> str:
    known = queries.public_keys()
    if text.startswith(claims.PREFIX):
        proven = claims.check_text(text, known)
        return _("{path}: issued by key {key} and unchanged").format(path=proven.path, key=proven.key_id)
    found = link.read(text)
    given = {name: values[-1] for name, values in parse_qs(urlsplit(text).query).items()}
    path = found.canonical().removeprefix(link.ROOT)
    if "s" in given:
        proven = claims.check_signature(given["s"], path, known)
        return _("{path}: issued by key {key} and unchanged").format(path=proven.path, key=proven.key_id)
    if "p" in given:
        reading = chips.read(given["p"], given.get("m", ""), enc=given.get("e", ""))
        # The counter isn't accepted here: looking at a message must not make the buyer's own a replay.
        return _("{path}: made by chip {uid}, reading {counter}").format(
            path=path, uid=reading.uid.hex().upper(), counter=reading.counter
        )
    return _("{path}: nothing in it proves anything").format(path=path)
