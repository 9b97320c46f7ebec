"""`xilin audit`: verify the log, hand out receipts, checkpoints and whole exports."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.kernel.audit import cosigning, queries, shards
from xilin.kernel.audit.actions import record
from xilin.kernel.audit.export import export as write_export
from xilin.kernel.audit.quorum import declared
from xilin.lib.errors import Refusal
from xilin.lib.text import Text

Witnessed = Annotated[
    bool, typer.Option("--witnessed", help="The newest that enough witnesses have cosigned.")
]
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
    size = queries.size()
    findings = queries.verify_log(kept)
    for found in findings:
        place = f"{found.first}" if found.first == found.last else f"{found.first}–{found.last}"
        typer.echo(f"✗ [{place}] {Text(zh=found.zh, en=found.en).of(get_language() or '')}")
    if findings:
        raise typer.Exit(1)
    typer.echo("✓ " + _("The log holds: %(size)s entries, all under signed checkpoints.") % {"size": size})
    _tell_witnessed()
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
def checkpoint(witnessed: Witnessed = False) -> None:
    """Print the newest signed checkpoint, with what witnesses signed of it; keep it elsewhere."""
    found = queries.witnessed() if witnessed else None
    if witnessed and found is None:
        typer.echo(_("No checkpoint has been cosigned by enough witnesses."), err=True)
        raise typer.Exit(1)
    typer.echo(found.note if found else queries.checkpoint(), nl=False)


@app.command()
def receipt(
    seq: Annotated[int, typer.Argument(help="The entry's number.")], witnessed: Witnessed = False
) -> None:
    """Print the receipt of one entry as JSON; that it was read is logged first."""
    try:
        found = queries.receipt(seq, under_witnesses=witnessed)
    except Refusal as refusal:
        typer.echo(f"{refusal} {refusal.advice}", err=True)
        raise typer.Exit(1) from None
    record("audit.log.read", subject=str(seq), detail={"what": "receipt", "entries": 1}, at=datetime.now(UTC))
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


@app.command()
def witnesses(
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask them to cosign the newest checkpoint first.")
    ] = False,
) -> None:
    """Tell how each declared witness stands; exit 1 where one has seen another log than this one."""
    quorum = declared()
    if not quorum.needed:
        typer.echo(_("No witness is declared; XILIN_WITNESSES says how."))
        return
    found = cosigning.collect(at=datetime.now(UTC)) if ask else queries.standings()
    for one in found:
        at = one.at.astimezone().isoformat(timespec="seconds")
        mark = "✓" if one.outcome == "signed" else "✗"
        typer.echo(f"{mark} {one.witness}  {one.size}  {at}  {one.get_outcome_display()}")
    _tell_witnessed()
    if any(one.alarming for one in found):
        raise typer.Exit(1)


@app.command()
def roll() -> None:
    """Begin the month's log where the one that grows began in an earlier month (UTC); the worker does it by itself."""
    begun = shards.roll(at=datetime.now(UTC))
    said = _("The log %(origin)s has begun.") % {"origin": begun.origin} if begun else _("Nothing is to do.")
    typer.echo(said)


@app.command()
def key(
    every: Annotated[
        bool, typer.Option("--all", help="The keys of all months, the first one first.")
    ] = False,
) -> None:
    """Print the verifier key of the month's log, which its receipts are checked with."""
    for one in queries.all_keys() if every else [queries.key()]:
        typer.echo(one)


def _tell_witnessed() -> None:
    """How far the log is witnessed, where witnesses are declared."""
    quorum = declared()
    if not quorum.needed:
        return
    found = queries.witnessed()
    facts: dict[str, object] = {
        "needed": quorum.needed,
        "n": len(quorum.witness),
        "size": found.size if found else 0,
    }
    if found is None:
        typer.echo("! " + _("No checkpoint has %(needed)s of %(n)s cosignatures yet.") % facts)
    else:
        facts["who"] = ", ".join(found.seen)
        typer.echo("✓ " + _("%(size)s entries are witnessed (%(needed)s of %(n)s needed): %(who)s.") % facts)
