"""The `xilin` command: every part's commands under one roof."""

import importlib
import sys
from typing import Annotated

import typer

from xilin import __version__

app = typer.Typer(
    name="xilin",
    help="Xilin: a region's data hub.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

# Where each group of commands lives. A group is loaded when it is asked for: models need Django first.
GROUPS = {
    "registry": "xilin.kernel.registry.cli",
    "audit": "xilin.kernel.audit.cli",
    "exchange": "xilin.kernel.exchange.cli",
    "quality": "xilin.kernel.quality.cli",
    "collect": "xilin.kernel.collect.cli",
}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """One command for everything."""


def main() -> None:
    """Load Django where a command needs it, then hand over."""
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    from xilin.config import commands

    if wanted not in commands.WITHOUT_DJANGO and wanted:
        from xilin.config.start import django

        django()
    commands.add(app)
    for name, module in GROUPS.items():
        if wanted == name:
            app.add_typer(importlib.import_module(module).app, name=name)
    app()
