"""The commands that span parts: plan, apply, run, demo, test, check."""

import typer

WITHOUT_DJANGO = {"test", "check", "--version"}


def add(app: typer.Typer) -> None:
    """Hang the commands on the root."""
