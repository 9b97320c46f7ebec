"""`xilin audit`: verify the log, hand out receipts, checkpoints and whole exports."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.kernel.audit import queries
from xilin.kernel.audit.actions import record
from xilin.kernel.audit.export import export as write_export
from xilin.lib.errors import Refusal
from xilin.lib.text import Text

app = typer.Typer(no_args_is_help=True, help="The audit log: verify it, export it, hand out receipts.")


@app.callback()
def root() -> None:
    """The audit log: verify it, export it, hand out receipts."""


@app.command()
def verify(
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="A checkpoint you kept; the log must still contain it.")
    ] = None,
) -> None:
    """Replay the whole log: entries, tiles, head, signatures; exit 1 where something is wrong."""
    kept = [path.read_text(encoding="utf-8") for path in checkpoint or []]
    findings = queries.verify_log(kept)
    for found in findings:
        place = f"{found.first}" if found.first == found.last else f"{found.first}–{found.last}"
        typer.echo(f"✗ [{place}] {Text(zh=found.zh, en=found.en).of(get_language() or '')}")
    if findings:
        raise typer.Exit(1)
    typer.echo(
        "✓ " + _("The log holds: %(size)s entries, all under signed checkpoints.") % {"size": queries.size()}
    )
    if not kept:
        typer.echo(
            _("Compare with a checkpoint kept elsewhere to rule out that the newest entries were taken back.")
        )


@app.command()
def export(folder: Annotated[Path, typer.Argument(help="A new folder.")]) -> None:
    """Write the log with a stand-alone verifier into a folder; the export itself is logged."""
    try:
        size = write_export(folder)
    except FileExistsError:
        typer.echo(
            _("%(folder)s holds an export already; choose a new folder.") % {"folder": folder}, err=True
        )
        raise typer.Exit(1) from None
    record("audit.log.exported", detail={"size": size}, at=datetime.now(UTC))
    typer.echo(_("%(size)s entries are in %(folder)s.") % {"size": size, "folder": folder})
    typer.echo(_("Check them anywhere: python verifier.py . --key key.txt"))


@app.command()
def checkpoint() -> None:
    """Print the newest signed checkpoint; keep it elsewhere."""
    typer.echo(queries.checkpoint(), nl=False)


@app.command()
def receipt(seq: Annotated[int, typer.Argument(help="The entry's number.")]) -> None:
    """Print the receipt of one entry as JSON."""
    try:
        typer.echo(json.dumps(queries.receipt(seq), ensure_ascii=False, indent=2))
    except Refusal as refusal:
        typer.echo(f"{refusal} {refusal.advice}", err=True)
        raise typer.Exit(1) from None


@app.command()
def key() -> None:
    """Print the verifier key, which receipts and exports are checked with."""
    typer.echo(queries.key())
